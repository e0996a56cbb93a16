import type { Host } from "../host.ts";

/** miniupnpc's view of the gateway: what `upnpc -s` says, after its own discovery over one interface. */
export async function upnpcStatus(host: Host, interfaceName = "eth0"): Promise<string> {
  const { stdout, stderr } = await host.exec("upnpc", ["-m", interfaceName, "-s"]);
  return stdout + stderr;
}
