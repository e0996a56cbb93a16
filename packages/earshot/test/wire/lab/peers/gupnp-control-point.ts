import { compile } from "../compile.ts";
import type { Host } from "../host.ts";
import type { Running } from "../running.ts";

/** A control point on GUPnP (our program, their library) that reads descriptions; its lines are told in its source. */
export async function startGupnpControlPoint(
  host: Host,
  { target = "upnp:rootdevice", interfaceName = "eth0" } = {},
): Promise<Running> {
  const process = host.run(await compile("gupnp-control-point", "gupnp-1.6"), [interfaceName, target]);
  await process.waitFor(/^READY/);
  return process;
}
