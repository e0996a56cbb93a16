import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Host } from "../host.ts";
import type { Output } from "../running.ts";
import { type Offered, type Publishing, publishing } from "./dns-sd-peer.ts";
import { runApart } from "./private-host.ts";

/**
 * troglobit's mdnsd announcing a service. It has IPv4 only and no subtypes; its host has the name of the
 * service; it says no goodbye.
 */
export async function startMdnsd(host: Host, offered: Offered, interfaceName = "eth0"): Promise<Publishing> {
  const { name, type, port, txt = [] } = offered;
  const folder = await host.subfolder("mdns.d");
  const lines = [`type ${type}`, `name ${name}`, `port ${port}`, ...txt.map((text) => `txt ${text}`)];
  await writeFile(join(folder, "lab.service"), `${lines.join("\n")}\n`);
  const command = ["mdnsd", "-n", "-l", "notice", "-i", interfaceName, folder];
  const process = runApart(host, [], command);
  await process.waitFor(/mdnsd|Starting/);
  return publishing(process);
}

/** What `mquery` prints about records of `name` within some seconds: it knows the types by number. */
export function mquery(host: Host, name: string, type = 12, seconds = 3): Promise<Output> {
  return host.exec("mquery", ["-i", "eth0", "-t", `${type}`, "-w", `${seconds}`, name]);
}
