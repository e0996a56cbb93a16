/**
 * IP addresses as text: parsed strictly, written canonically (RFC 4291, RFC 5952), compared, classified.
 * An IPv4 address mapped into IPv6 (`::ffff:192.0.2.1`) is its IPv4 address in every question asked here, for that
 * is where its packets go. Text that is no address is in no class and on no link. Nothing here throws at any text.
 */
import { byteAt, formatV4, formatV6, isMapped, parseV4, parseV6, v4At } from "./address-text.ts";
import type { InterfaceAddress } from "./engine.ts";

/** Where a URL points: at an address without zone, or at a name. `port` is the scheme's own when none is written. */
export type UrlHost =
  | { readonly address: string; readonly family: 4 | 6; readonly port: number | undefined }
  | { readonly name: string; readonly port: number | undefined };

/**
 * The 4 or 16 bytes of an address, or `undefined`. An IPv6 zone is allowed and left out. Strict: four decimal
 * numbers without leading zeros, or RFC 4291 section 2.2. `127.1`, `0177.0.0.1` and `2130706433` are not addresses;
 * where URLs allow them, `hostOfUrl` knows.
 */
export function parseAddress(text: string): Uint8Array | undefined {
  const v4 = parseV4(text);
  if (v4 !== undefined) return Uint8Array.of(v4 >>> 24, v4 >>> 16, v4 >>> 8, v4);
  return parseV6(splitZone(text).address);
}

/** Writes 4 bytes as IPv4, 16 bytes as IPv6 in the form of RFC 5952, mapped IPv4 in mixed notation. */
export function formatAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return formatV4(v4At(bytes, 0));
  if (bytes.length !== 16) throw new RangeError(`an address has 4 or 16 bytes, not ${bytes.length}`);
  return formatV6(bytes);
}

/** The one way to write an address: no zone, RFC 5952, a mapped IPv4 address as IPv4. `undefined` when it is none. */
export function canonicalAddress(text: string): string | undefined {
  return parseV4(text) === undefined ? readV6(text)?.canonical : text;
}

/** Whether both are addresses, and the same one. Zones do not count. */
export function sameAddress(a: string, b: string): boolean {
  const canonical = canonicalAddress(a);
  return canonical !== undefined && canonical === canonicalAddress(b);
}

/** Takes the zone off (RFC 4007 section 11). What stands where a zone may not stay is left in `address`. */
export function splitZone(text: string): { readonly address: string; readonly zone: string | undefined } {
  const at = text.indexOf("%");
  const zone = text.slice(at + 1);
  if (at < 0 || !text.slice(0, at).includes(":") || !ZONE.test(zone))
    return { address: text, zone: undefined };
  return { address: text.slice(0, at), zone };
}

/** 4 or 6, or `undefined` when the text is no address. A mapped IPv4 address is 4. */
export function familyOf(text: string): 4 | 6 | undefined {
  const address = parse(text);
  if (address === undefined) return undefined;
  return typeof address === "number" ? 4 : 6;
}

/** Which hosts are on a link, by the addresses and prefixes of our own interface. Built once, asked per datagram. */
export class Prefixes {
  readonly #blocks: Blocks;
  readonly #broadcasts: ReadonlySet<number>;

  /** Prefixes whose address or length is none are left out. */
  constructor(addresses: readonly InterfaceAddress[]) {
    this.#blocks = new Blocks(addresses);
    this.#broadcasts = this.#blocks.networkAndBroadcast();
    if (this.#blocks.v6.length > 0) this.#blocks.add("fe80::", 10);
  }

  /**
   * Whether a host on the link can have this address: within a prefix, and neither group, broadcast nor
   * unspecified. Where IPv6 is spoken, every link-local IPv6 address is on the link it was heard on.
   */
  contains(address: string): boolean {
    const parsed = parse(address);
    if (parsed === undefined || !this.#blocks.cover(parsed) || notHosts.cover(parsed)) return false;
    return typeof parsed !== "number" || !this.#broadcasts.has(parsed);
  }
}

/** `new Prefixes(addresses).contains(address)`, with the prefixes remembered for as long as `addresses` lives. */
export function isOnLink(address: string, addresses: readonly InterfaceAddress[]): boolean {
  let prefixes = prefixesOf.get(addresses);
  if (!prefixes) {
    prefixes = new Prefixes(addresses);
    prefixesOf.set(addresses, prefixes);
  }
  return prefixes.contains(address);
}

/** 127.0.0.0/8 or ::1. */
export function isLoopback(address: string): boolean {
  return isWithin(loopback, address);
}

/** 169.254.0.0/16 (RFC 3927) or fe80::/10. */
export function isLinkLocal(address: string): boolean {
  return isWithin(linkLocal, address);
}

/** 10/8, 172.16/12 or 192.168/16 (RFC 1918), or a unique local address fc00::/7 (RFC 4193). */
export function isPrivate(address: string): boolean {
  return isWithin(privateUse, address);
}

/** 224.0.0.0/4 or ff00::/8. */
export function isMulticast(address: string): boolean {
  return isWithin(multicast, address);
}

/** 0.0.0.0 or ::. */
export function isUnspecified(address: string): boolean {
  return isWithin(unspecified, address);
}

/** 255.255.255.255, or the last address of the prefix of one of `addresses`. */
export function isBroadcast(address: string, addresses: readonly InterfaceAddress[] = []): boolean {
  const canonical = canonicalAddress(address);
  if (canonical === undefined) return false;
  if (canonical === "255.255.255.255") return true;
  return addresses.some((own) => ipv4Broadcast(own.address, own.prefixLength) === canonical);
}

/** Globally reachable unicast: in none of the blocks that the IANA special-purpose registries set apart. */
export function isPublic(address: string): boolean {
  const parsed = parse(address);
  if (parsed === undefined || specialPurpose.cover(parsed)) return false;
  return typeof parsed === "number" || globalUnicast.cover(parsed);
}

/**
 * How far an IPv6 address means the same, as the number of RFC 4291 section 2.7: 1 interface, 2 link, 5 site,
 * 8 organization, 14 global. Of a group it is the one written in it. `undefined` for IPv4 and what is no address.
 */
export function scopeOf(address: string): number | undefined {
  const bytes = parse(address);
  if (bytes === undefined || typeof bytes === "number") return undefined;
  if (multicast.cover(bytes)) return byteAt(bytes, 1) & 0x0f;
  if (linkLocal.cover(bytes) || loopback.cover(bytes)) return 2; // Loopback: RFC 4007 section 4.
  return siteLocal.cover(bytes) ? 5 : 14;
}

/** The directed broadcast address of an IPv4 prefix; `undefined` when there is none (IPv6, /31, /32). */
export function ipv4Broadcast(address: string, prefixLength: number): string | undefined {
  const parsed = parse(address);
  if (typeof parsed !== "number" || !isPrefixLength(prefixLength, 30)) return undefined;
  return formatV4(lastOf(parsed, maskOf(prefixLength)));
}

/** An address as the host of a URL: canonical, IPv6 in brackets, no zone. What is no address is given back as it is. */
export function urlHost(address: string): string {
  const canonical = canonicalAddress(address) ?? address;
  return canonical.includes(":") ? `[${canonical}]` : canonical;
}

/**
 * Where an absolute URL leads, read by the WHATWG rules and nothing else, so that what is checked is where a client
 * would connect: `http://2130706433/` is 127.0.0.1, `http://10.0.0.1\@host/` is 10.0.0.1. `undefined` when it is
 * no URL or has no host.
 */
export function hostOfUrl(url: string): UrlHost | undefined {
  const parsed = parseUrl(url);
  if (!parsed || parsed.hostname === "") return undefined;
  const port = parsed.port === "" ? DEFAULT_PORTS.get(parsed.protocol) : Number(parsed.port);
  const host = parsed.hostname;
  const address = canonicalAddress(host.startsWith("[") ? host.slice(1, -1) : host);
  if (address === undefined) return { name: host, port };
  return { address, family: address.includes(":") ? 6 : 4, port };
}

/**
 * An absolute URL, or `undefined`. URLs have no place for a zone (RFC 6874 was never taken up), but devices write one:
 * `[fe80::1%25eth0]` and `[fe80::1%eth0]` lose it. The zone is that of the link the URL was heard on.
 */
export function parseUrl(url: string): URL | undefined {
  return readUrl(url) ?? readUrl(url.replace(ZONE_IN_URL, "$1$2"));
}

/**
 * What `new URL` makes of it, or `undefined`. `canParse` is only a cheap look before: it says yes to `http:%ca\u00ad`, of
 * which `new URL` can make nothing.
 */
export function readUrl(url: string, base?: string): URL | undefined {
  if (!URL.canParse(url, base)) return undefined;
  try {
    return new URL(url, base);
  } catch {
    return undefined;
  }
}

const ZONE = /^[0-9A-Za-z._~:@-]{1,64}$/;
const ZONE_IN_URL =
  /^([^/?#]{0,32}\/\/[^/?#[\]]{0,512}\[fe[89ab][0-9a-f:.]{1,41})%[0-9A-Za-z._~%-]{1,64}(\])/i;
const DEFAULT_PORTS: ReadonlyMap<string, number> = new Map([
  ["http:", 80],
  ["https:", 443],
  ["ws:", 80],
  ["wss:", 443],
  ["ftp:", 21],
]);

/** IPv4, mapped or not, as an unsigned 32-bit number; IPv6 as 16 bytes. */
type Parsed = number | Uint8Array;

const RECENT_LIMIT = 1024;
/** IPv6 texts read of late. Only addresses get in, so every key is short. */
const recent = new Map<string, { readonly parsed: Parsed; readonly canonical: string }>();
const prefixesOf = new WeakMap<readonly InterfaceAddress[], Prefixes>();

function parse(text: string): Parsed | undefined {
  return parseV4(text) ?? readV6(text)?.parsed;
}

function readV6(text: string): { readonly parsed: Parsed; readonly canonical: string } | undefined {
  const known = recent.get(text);
  if (known) return known;
  const bytes = parseV6(splitZone(text).address);
  if (!bytes) return undefined;
  const parsed = isMapped(bytes) ? v4At(bytes, 12) : bytes;
  const read = { parsed, canonical: typeof parsed === "number" ? formatV4(parsed) : formatV6(parsed) };
  if (recent.size >= RECENT_LIMIT) recent.clear();
  recent.set(text, read);
  return read;
}

function isPrefixLength(length: number, most: number): boolean {
  return Number.isInteger(length) && length >= 0 && length <= most;
}

function maskOf(prefixLength: number): number {
  return prefixLength === 0 ? 0 : (-1 << (32 - prefixLength)) >>> 0;
}

function lastOf(address: number, mask: number): number {
  return (address | ~mask) >>> 0;
}

/** Blocks of addresses: IPv4 as number and mask, IPv6 as bytes and length. */
class Blocks {
  readonly v4: { readonly network: number; readonly mask: number }[] = [];
  readonly v6: { readonly bytes: Uint8Array; readonly length: number }[] = [];

  constructor(blocks: readonly InterfaceAddress[]) {
    for (const { address, prefixLength } of blocks) this.add(address, prefixLength);
  }

  add(address: string, length: number): void {
    const parsed = parse(address);
    if (typeof parsed === "number") {
      if (isPrefixLength(length, 32))
        this.v4.push({ network: (parsed & maskOf(length)) >>> 0, mask: maskOf(length) });
    } else if (parsed && isPrefixLength(length, 128)) this.v6.push({ bytes: parsed, length });
  }

  cover(address: Parsed): boolean {
    if (typeof address === "number") {
      for (const { network, mask } of this.v4) if ((address & mask) >>> 0 === network) return true;
      return false;
    }
    for (const { bytes, length } of this.v6) if (sharePrefix(address, bytes, length)) return true;
    return false;
  }

  /** The first and last address of each IPv4 block that has hosts between them. */
  networkAndBroadcast(): ReadonlySet<number> {
    const wide = this.v4.filter(({ mask }) => mask <= maskOf(30));
    return new Set(wide.flatMap(({ network, mask }) => [network, lastOf(network, mask)]));
  }
}

function sharePrefix(a: Uint8Array, b: Uint8Array, length: number): boolean {
  const whole = length >> 3;
  for (let index = 0; index < whole; index++) if (a[index] !== b[index]) return false;
  return (length & 7) === 0 || (byteAt(a, whole) ^ byteAt(b, whole)) >> (8 - (length & 7)) === 0;
}

function isWithin(blocks: Blocks, address: string): boolean {
  const parsed = parse(address);
  return parsed !== undefined && blocks.cover(parsed);
}

function blocks(text: string): Blocks {
  const list = text.split(" ").map((block) => block.split("/"));
  return new Blocks(list.map(([address = "", length]) => ({ address, prefixLength: Number(length) })));
}

const loopback = blocks("127.0.0.0/8 ::1/128");
const linkLocal = blocks("169.254.0.0/16 fe80::/10");
const siteLocal = blocks("fec0::/10");
const privateUse = blocks("10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7");
const multicast = blocks("224.0.0.0/4 ff00::/8");
const unspecified = blocks("0.0.0.0/32 ::/128");
const notHosts = blocks("0.0.0.0/8 224.0.0.0/4 255.255.255.255/32 ::/128 ff00::/8");
const globalUnicast = blocks("2000::/3");
const specialPurpose = blocks(
  "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 " +
    "192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/3 " +
    "2001::/23 2001:db8::/32 2002::/16 3fff::/20",
);
