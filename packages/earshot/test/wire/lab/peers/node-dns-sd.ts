import { fileURLToPath } from "node:url";
import type { Host } from "../host.ts";
import type { Running } from "../running.ts";
import {
  type Browsing,
  browsing,
  type Offered,
  type Publishing,
  publishing,
  readJson,
} from "./dns-sd-peer.ts";

/** @homebridge/ciao announcing a service of `ciao-host`. It serves both families where the interface has them. */
export async function startCiao(host: Host, offered: Offered): Promise<Publishing> {
  const process = run(host, "ciao-publish", { ...offered, interface: "eth0" });
  await process.waitFor(/^READY/);
  return publishing(process);
}

/** bonjour-service announcing a service of `bonjour-host`. It has IPv4 only, and needs a route for multicast. */
export async function startBonjourPublisher(host: Host, offered: Offered): Promise<Publishing> {
  const process = run(host, "bonjour-publish", { ...offered, address: host.address });
  await process.waitFor(/^READY/);
  return publishing(process);
}

/** bonjour-service browsing `type`. */
export async function startBonjourBrowser(
  host: Host,
  type: string,
  subtypes?: readonly string[],
): Promise<Browsing> {
  const process = run(host, "bonjour-browse", { type, subtypes, address: host.address });
  await process.waitFor(/^READY/);
  return browsing(process, readJson);
}

function run(host: Host, name: string, order: object): Running {
  const program = fileURLToPath(new URL(`../children/${name}.js`, import.meta.url));
  return host.run(globalThis.process.execPath, [program, JSON.stringify(order)]);
}
