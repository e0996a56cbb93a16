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

export interface ZeroconfOptions {
  /** @default "eth0" */
  readonly interfaceName?: string;
  /** @default [4] */
  readonly families?: readonly (4 | 6)[];
}

/** python-zeroconf announcing a service of `zeroconf-host`, which it has probed for. */
export async function startZeroconfPublisher(
  host: Host,
  offered: Offered,
  options: ZeroconfOptions = {},
): Promise<Publishing> {
  const where = await placeOf(host, options);
  const process = run(host, "zeroconf-publish", { ...offered, host: "zeroconf-host", ...where });
  await process.waitFor(/^READY/);
  return publishing(process);
}

/** python-zeroconf browsing and resolving `type`. */
export async function startZeroconfBrowser(
  host: Host,
  type: string,
  options: ZeroconfOptions = {},
): Promise<Browsing> {
  const process = run(host, "zeroconf-browse", { type, ...(await placeOf(host, options)) });
  await process.waitFor(/^READY/);
  return browsing(process, readJson);
}

/** It names interfaces by their addresses, link-local ones for IPv6 among them. */
async function placeOf(host: Host, { interfaceName = "eth0", families = [4] }: ZeroconfOptions) {
  const each = await Promise.all(families.map((family) => host.addresses(interfaceName, family)));
  const addresses = each.flat();
  return { addresses, interfaces: addresses, families };
}

/** By Debian's own Python, which has the Debian package. */
function run(host: Host, name: string, order: object): Running {
  const program = fileURLToPath(new URL(`../src/${name}.py`, import.meta.url));
  return host.run("/usr/bin/python3", [program, JSON.stringify(order)]);
}
