import { parseAddress } from "../core/address.ts";
import { Name } from "../mdns/index.ts";

/** The name whose PTR record tells the host of an address: `10.1.168.192.in-addr.arpa` (RFC 1035 §3.5, RFC 3596 §2.5). */
export function reverseName(address: string): Name | undefined {
  const bytes = parseAddress(address);
  if (!bytes) return undefined;
  if (bytes.length === 4) return Name.of(...[...bytes].reverse().map(String), "in-addr", "arpa");
  const nibbles = [...bytes].reverse().flatMap((byte) => [byte & 0x0f, byte >> 4]);
  return Name.of(...nibbles.map((nibble) => nibble.toString(16)), "ip6", "arpa");
}
