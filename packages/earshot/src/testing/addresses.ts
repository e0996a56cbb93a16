import { canonicalAddress, parseAddress } from "../core/address.ts";
import type { InterfaceAddress } from "../core/engine.ts";
import { UsageError } from "../core/errors.ts";

/** Reads `192.168.1.10/24` or `fe80::10/64`. @throws UsageError `INVALID_ADDRESS` */
export function parseInterfaceAddress(text: string): InterfaceAddress {
  const [address = "", length = ""] = text.split("/");
  const bits = (parseAddress(address)?.length ?? 0) * 8;
  const prefixLength = Number(length);
  if (bits === 0 || !/^\d{1,3}$/.test(length) || prefixLength > bits)
    throw new UsageError("INVALID_ADDRESS", `"${text}" is not an address with a prefix, such as 10.0.0.1/16`);
  return { address: canonicalAddress(address) ?? address, prefixLength };
}

/** One address of each prefix that `addresses` are on, by prefix: hosts may have thousands of addresses on a few. */
export function subnetsOf(addresses: readonly InterfaceAddress[]): ReadonlyMap<string, InterfaceAddress> {
  const subnets = new Map<string, InterfaceAddress>();
  for (const address of addresses) {
    const network = networkOf(address);
    if (!subnets.has(network)) subnets.set(network, address);
  }
  return subnets;
}

function networkOf({ address, prefixLength }: InterfaceAddress): string {
  const bytes = parseAddress(address) ?? [];
  const network = Array.from(bytes, (byte, index) => {
    const bits = Math.min(8, Math.max(0, prefixLength - 8 * index));
    return byte & (0xff00 >> bits) & 0xff;
  });
  return `${network.join(".")}/${prefixLength}`;
}
