import { compile } from "../compile.ts";
import type { Host } from "../host.ts";
import { byFirstWord, type Listening, listening, type Report } from "./peer.ts";

export interface GssdpOptions {
  /** @default "ssdp:all" */
  readonly target?: string;
  /** @default "eth0" */
  readonly interfaceName?: string;
}

/**
 * GSSDP's own client, IPv4 only. It searches every 3 seconds, and runs without `-n`: with it, it calls everything
 * unavailable at its end, byebye or not.
 */
export async function startGssdpDiscover(host: Host, options: GssdpOptions = {}): Promise<Listening> {
  const { target = "ssdp:all", interfaceName = "eth0" } = options;
  const process = host.run("gssdp-discover", ["-i", interfaceName, "-t", target, "-m", "all", "-r", "3"]);
  await process.waitFor(/^Showing/);
  return listening(process, readReport);
}

/** A client on GSSDP (our program, their library) that speaks and hears on one address, of either family. */
export async function startGssdpBrowser(
  host: Host,
  address: string,
  options: GssdpOptions = {},
): Promise<Listening> {
  const { target = "ssdp:all", interfaceName = "eth0" } = options;
  const process = host.run(await compile("gssdp-browser", "gssdp-1.6"), [interfaceName, address, target]);
  await process.waitFor(/^READY/);
  return listening(process, byFirstWord(["AVAILABLE"], ["UNAVAILABLE"]));
}

/** A report is a line `resource available`, then one with the USN, then perhaps one with a location. */
function readReport(line: string, previous: string): Report {
  const usn = /^ *USN: +(\S+)/.exec(line)?.[1];
  return usn ? { usn, present: previous === "resource available" } : undefined;
}
