import { compile } from "../compile.ts";
import type { Host } from "../host.ts";
import { type Announcing, announcing, byFirstWord, type Listening, listening } from "./peer.ts";

/** A LabDevice:1 on libupnp (our program, their library). */
export async function startLibupnpDevice(
  host: Host,
  { maxAgeSeconds = 1800, interfaceName = "eth0" } = {},
): Promise<Announcing> {
  const process = host.run(await compile("libupnp-device", "libupnp"), [interfaceName, `${maxAgeSeconds}`]);
  await process.waitFor(/^READY/);
  return announcing(process, "uuid:70757070-0000-4000-8000-000000000001");
}

/** A control point on libupnp (our program, their library) that searches `target` every 3 seconds. */
export async function startLibupnpControlPoint(
  host: Host,
  { target = "ssdp:all", interfaceName = "eth0" } = {},
): Promise<Listening> {
  const process = host.run(await compile("libupnp-control-point", "libupnp"), [interfaceName, target]);
  await process.waitFor(/^READY/);
  // It hands what it hears to a pool of threads.
  return listening(process, byFirstWord(["ANSWER", "ALIVE"], ["BYEBYE"]), { inDisorder: true });
}

/** An XML document as libupnp understands it: fetched and written out by the library. Rejects when it refuses it. */
export async function readByLibupnp(host: Host, url: string, interfaceName = "eth0"): Promise<string> {
  const { stdout, stderr } = await host.exec(await compile("libupnp-read", "libupnp"), [interfaceName, url]);
  const [, document] = /^DOCUMENT (.*)$/m.exec(stdout) ?? [];
  if (document === undefined) throw new Error(`libupnp refuses ${url}: ${stderr}`);
  return document;
}
