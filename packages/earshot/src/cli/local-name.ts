/** Names as they are written on the command line. */
import { isIPv4, isIPv6 } from "node:net";
import { Name } from "../mdns.ts";

/**
 * A name in presentation form. One label, or what ends in a service type, gets `.local`; anything else with two labels is
 * a whole name (RFC 6762 §21), and no name of mDNS unless it says so itself.
 * @throws UsageError `INVALID_NAME`.
 */
export function localName(text: string): Name {
  const name = Name.parse(text);
  const isWhole = /(?:^|[^\\])\.$/.test(text);
  const last = name.labels.at(-1) ?? "";
  const isRelative =
    (name.labels.length === 1 && last.toLowerCase() !== "local") || /^_(?:tcp|udp)$/i.test(last);
  return isRelative && !isWhole ? Name.of(...name.labels, "local") : name;
}

/** The name that has the PTR record of an address; `undefined` where `text` is no address. A zone is left out. */
export function reverseName(text: string): Name | undefined {
  const [address = ""] = text.split("%");
  if (isIPv4(address)) return Name.of(...address.split(".").reverse(), "in-addr", "arpa");
  if (!isIPv6(address)) return undefined;
  return Name.of(...[...hexDigits(address)].reverse(), "ip6", "arpa");
}

/** The 32 hexadecimal digits of an IPv6 address. */
function hexDigits(address: string): string {
  const [head = "", tail] = canonical(address).split("::");
  const groups = (text: string): string[] => (text === "" ? [] : text.split(":"));
  const before = groups(head);
  const after = groups(tail ?? "");
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => "0");
  return [...before, ...zeros, ...after].map((group) => group.padStart(4, "0")).join("");
}

/** RFC 5952, without dotted decimals. */
function canonical(address: string): string {
  return new URL(`http://[${address}]/`).hostname.slice(1, -1);
}
