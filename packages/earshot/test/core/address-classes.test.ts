import { BlockList, isIP } from "node:net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  canonicalAddress,
  familyOf,
  formatAddress,
  ipv4Broadcast,
  isBroadcast,
  isLinkLocal,
  isLoopback,
  isMulticast,
  isOnLink,
  isPrivate,
  isPublic,
  isUnspecified,
  Prefixes,
  parseAddress,
  scopeOf,
} from "../../src/core/address.ts";
import { anyAddress, v4Text, v6Text } from "./address-samples.ts";

describe("classes", () => {
  const classes: readonly [name: string, is: (text: string) => boolean, blocks: readonly string[]][] = [
    ["loopback", isLoopback, ["127.0.0.0/8", "::1/128"]],
    ["link-local", isLinkLocal, ["169.254.0.0/16", "fe80::/10"]],
    ["private", isPrivate, ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"]],
    ["multicast", isMulticast, ["224.0.0.0/4", "ff00::/8"]],
    ["unspecified", isUnspecified, ["0.0.0.0/32", "::/128"]],
    ["broadcast", isBroadcast, ["255.255.255.255/32"]],
  ];

  test.each(classes)("%s is what node's block list says", (_name, is, blocks) => {
    const list = blockList(blocks);
    const near = fc.constantFrom(...blocks).chain((block) => nearBlock(block));
    fc.assert(
      fc.property(fc.oneof(anyAddress, near), (text) => {
        expect(is(text)).toBe(list.check(text, ipFamily(text)));
      }),
      { numRuns: 500 },
    );
  });

  test.each(classes)("text that is no address is not %s", (_name, is) => {
    for (const text of ["", "localhost", "127.1", "[::1]", "10.0.0", "224.0.0.1/4"])
      expect(is(text)).toBe(false);
  });

  test("public is none of the special-purpose blocks", () => {
    for (const text of ["8.8.8.8", "1.0.0.1", "100.63.255.255", "100.128.0.1", "2600::1", "2a00:1450::1"])
      expect(isPublic(text), text).toBe(true);
    const special =
      "0.1.2.3 10.0.0.1 100.64.0.1 127.0.0.1 169.254.169.254 172.31.0.1 192.0.0.1 192.0.2.1 192.168.1.1 198.19.0.1 " +
      "198.51.100.1 203.0.113.9 224.0.0.1 240.0.0.1 255.255.255.255 :: ::1 64:ff9b::1 100::1 2001::1 2001:db8::1 " +
      "2002::1 3fff::1 fc00::1 fe80::1 fec0::1 ff02::c ::ffff:10.0.0.1 localhost";
    for (const text of special.split(" ")) expect(isPublic(text), text).toBe(false);
  });

  test("F-17 the scope of an IPv6 address", () => {
    const scopes = {
      "ff01::1": 1,
      "ff02::c": 2,
      "ff05::c": 5,
      "ff08::c": 8,
      "ff0e::c": 14,
      "ff32:40:fd00::1": 2,
    };
    for (const [text, scope] of Object.entries(scopes)) expect(scopeOf(text), text).toBe(scope);
    expect(["fe80::1%eth0", "::1", "fec0::1", "fd00::1", "2001:db8::1"].map(scopeOf)).toEqual([
      2, 2, 5, 14, 14,
    ]);
    expect(["10.0.0.1", "::ffff:10.0.0.1", "x"].map(scopeOf)).toEqual([undefined, undefined, undefined]);
  });
});

describe("what is on a link", () => {
  const link = [
    { address: "192.168.1.5", prefixLength: 24 },
    { address: "10.20.0.1", prefixLength: 31 },
    { address: "10.30.0.1", prefixLength: 32 },
  ];

  test("G-05 a source outside the prefixes of the interface is not on its link", () => {
    const prefixes = new Prefixes(link);
    for (const text of [
      "192.168.1.1",
      "192.168.1.254",
      "10.20.0.0",
      "10.20.0.1",
      "10.30.0.1",
      "::ffff:192.168.1.9",
    ])
      expect(prefixes.contains(text), text).toBe(true);
    for (const text of [
      "192.168.2.1",
      "192.168.0.255",
      "10.20.0.2",
      "10.30.0.0",
      "169.254.1.1",
      "127.0.0.1",
      "::1",
      "x",
    ])
      expect(prefixes.contains(text), text).toBe(false);
  });

  test("S-12 a group, a broadcast and the unspecified address are no hosts, whatever the prefix", () => {
    const everything = new Prefixes([
      { address: "192.168.1.5", prefixLength: 24 },
      { address: "1.2.3.4", prefixLength: 0 },
      { address: "2001:db8::1", prefixLength: 0 },
    ]);
    for (const text of ["8.8.8.8", "2600::1"]) expect(everything.contains(text), text).toBe(true);
    for (const text of [
      "239.255.255.250",
      "255.255.255.255",
      "192.168.1.255",
      "192.168.1.0",
      "0.0.0.0",
      "::",
      "ff02::c",
    ])
      expect(everything.contains(text), text).toBe(false);
  });

  test("F-17 where IPv6 is spoken every link-local address is on the link, and only there", () => {
    const v6 = [{ address: "2001:db8:1::5", prefixLength: 64 }];
    expect(isOnLink("fe80::abcd%eth7", v6)).toBe(true);
    expect(isOnLink("2001:db8:1::ffff", v6)).toBe(true);
    expect(isOnLink("2001:db8:2::5", v6)).toBe(false);
    expect(isOnLink("fe80::abcd", link)).toBe(false);
    expect(isOnLink("fe80::abcd", [])).toBe(false);
  });

  test("J-02 it agrees with node's block list for any prefix and any host", () => {
    const v4Prefix = fc.record({ address: v4Text, prefixLength: fc.integer({ min: 0, max: 32 }) });
    const v6Prefix = fc.record({ address: v6Text, prefixLength: fc.integer({ min: 0, max: 128 }) });
    const both = fc.array(fc.oneof(v4Prefix, v6Prefix), { maxLength: 4 });
    const notHosts = blockList(["0.0.0.0/8", "224.0.0.0/4", "255.255.255.255/32", "::/128", "ff00::/8"]);
    const cases = both.chain((own) => {
      const near = own.map(({ address, prefixLength }) => nearBlock(`${address}/${prefixLength}`));
      return fc.tuple(fc.constant(own), fc.oneof(anyAddress, ...near));
    });
    fc.assert(
      fc.property(cases, ([own, text]) => {
        const usable = own.filter(
          ({ address, prefixLength }) => familyOf(address) === 6 || prefixLength <= 32,
        );
        fc.pre(usable.every(({ address }) => !address.startsWith("::ffff:")));
        const family = familyOf(text);
        const list = blockList(
          usable
            .filter(({ address }) => familyOf(address) === family) // A v6 block of node's also covers v4.
            .map(({ address, prefixLength }) => `${address}/${prefixLength}`),
        );
        if (usable.some(({ address }) => familyOf(address) === 6)) list.addSubnet("fe80::", 10, "ipv6");
        const within = list.check(canonicalAddress(text)!, family === 4 ? "ipv4" : "ipv6");
        const isEdge = usable.some(({ address, prefixLength }) =>
          isNetworkOrBroadcast(text, address, prefixLength),
        );
        expect(isOnLink(text, own)).toBe(within && !isEdge && !notHosts.check(text, ipFamily(text)));
      }),
      { numRuns: 800 },
    );
  });

  test("prefixes that cannot be are left out", () => {
    const odd = [
      { address: "x", prefixLength: 24 },
      { address: "10.0.0.1", prefixLength: 33 },
      { address: "10.0.0.1", prefixLength: -1 },
      { address: "10.0.0.1", prefixLength: 8.5 },
      { address: "10.0.0.1", prefixLength: Number.NaN },
      { address: "fd00::1", prefixLength: 129 },
    ];
    expect(new Prefixes(odd).contains("10.0.0.1")).toBe(false);
    expect(new Prefixes(odd).contains("fd00::1")).toBe(false);
  });

  test("the broadcast address of a prefix", () => {
    expect(ipv4Broadcast("192.168.1.5", 24)).toBe("192.168.1.255");
    expect(ipv4Broadcast("10.1.2.3", 8)).toBe("10.255.255.255");
    expect(ipv4Broadcast("10.1.2.3", 30)).toBe("10.1.2.3");
    expect(ipv4Broadcast("10.1.2.3", 0)).toBe("255.255.255.255");
    for (const length of [31, 32, 33, -1, 1.5]) expect(ipv4Broadcast("10.1.2.3", length)).toBeUndefined();
    expect(ipv4Broadcast("fe80::1", 24)).toBeUndefined();
    expect(isBroadcast("192.168.1.255", [{ address: "192.168.1.5", prefixLength: 24 }])).toBe(true);
    expect(isBroadcast("192.168.2.255", [{ address: "192.168.1.5", prefixLength: 24 }])).toBe(false);
    expect(isBroadcast("x", [{ address: "x", prefixLength: 24 }])).toBe(false);
  });
});

function ipFamily(text: string): "ipv4" | "ipv6" {
  return isIP(text) === 4 ? "ipv4" : "ipv6";
}

function blockList(blocks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const block of blocks) {
    const [address, length] = block.split("/") as [string, string];
    list.addSubnet(address, Number(length), ipFamily(address));
  }
  return list;
}

/** Addresses that share most of their bits with the block: inside it, at its edges, just beyond. */
function nearBlock(block: string): fc.Arbitrary<string> {
  const [address, length] = block.split("/") as [string, string];
  const bytes = parseAddress(address)!;
  const bits = bytes.length * 8;
  const from = Math.max(0, Math.min(Number(length), bits) - 2);
  return fc.oneof(
    fc
      .tuple(fc.constantFrom(0, 255), fc.constant(Number(length)))
      .map(([fill, start]) => filled(bytes, start, fill)),
    fc.integer({ min: 0, max: bits - 1 }).map((bit) => flipped(bytes, bit)),
    fc.integer({ min: Math.min(from, bits - 1), max: bits - 1 }).map((bit) => flipped(bytes, bit)),
  );
}

function filled(bytes: Uint8Array, start: number, fill: number): string {
  const copy = bytes.map((byte, index) => {
    const keep = Math.max(0, Math.min(8, start - index * 8));
    const mask = (0xff00 >> keep) & 0xff;
    return (byte & mask) | (fill & ~mask & 0xff);
  });
  return formatAddress(copy);
}

function flipped(bytes: Uint8Array, bit: number): string {
  return formatAddress(bytes.map((byte, index) => (index === bit >> 3 ? byte ^ (0x80 >> (bit & 7)) : byte)));
}

/** Computed another way than in the source: with whole-number division. */
function isNetworkOrBroadcast(text: string, own: string, prefixLength: number): boolean {
  const [a, b] = [text, own].map((each) => canonicalAddress(each)!);
  if (prefixLength > 30 || isIP(a!) !== 4 || isIP(b!) !== 4) return false;
  const size = 2 ** (32 - prefixLength);
  const [x, y] = [a!, b!].map((each) => each.split(".").reduce((sum, part) => sum * 256 + Number(part), 0));
  return Math.floor(x! / size) === Math.floor(y! / size) && (x! % size === 0 || x! % size === size - 1);
}
