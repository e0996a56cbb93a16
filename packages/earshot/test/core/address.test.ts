import { BlockList, isIP } from "node:net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  canonicalAddress,
  familyOf,
  formatAddress,
  isBroadcast,
  isLinkLocal,
  isLoopback,
  isMulticast,
  isPrivate,
  isPublic,
  isUnspecified,
  parseAddress,
  sameAddress,
  splitZone,
} from "../../src/core/address.ts";
import { anyAddress, v4Bytes, v4Text, v6Bytes, v6Text } from "./address-samples.ts";

const nearlyAddress = fc.string({
  unit: fc.constantFrom(..."0123456789afF::..".split("")),
  maxLength: 42,
});

describe("parsing", () => {
  test.each([
    "127.1",
    "0177.0.0.1",
    "2130706433",
    "0x7f.1",
    "1.2.3.04",
    "1.2.3.4.",
    "1.2.3.256",
    "①②⑦.0.0.1",
    " 1.2.3.4",
    "1.2.3.4%eth0",
    "1..2.3",
    "",
  ])("J-01 %j is not an IPv4 address", (text) => {
    expect(parseAddress(text)).toBeUndefined();
    expect(canonicalAddress(text)).toBeUndefined();
    expect(familyOf(text)).toBeUndefined();
  });

  test.each([
    ":",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7:8::",
    "12345::",
    "::g",
    "1.2.3.4::",
    "::1.2.3.4:5",
    "::1.2.3",
    "::01.2.3.4",
    "[::1]",
    "fe80::1%",
    "fe80::1%eth0%1",
    "fe80::1%a b",
    "::1\n",
  ])("%j is not an IPv6 address", (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  test("what node takes for an address is one here, and nothing else (J-01)", () => {
    fc.assert(
      fc.property(fc.oneof(anyAddress, nearlyAddress, fc.ipV4Extended(), fc.string()), (text) => {
        fc.pre(!text.includes("%"));
        expect(parseAddress(text)?.length).toBe({ 0: undefined, 4: 4, 6: 16 }[isIP(text)]);
      }),
      { numRuns: 800 },
    );
  });

  test("bytes written and read again are the same bytes", () => {
    fc.assert(
      fc.property(fc.oneof(v4Bytes, v6Bytes), (bytes) => {
        expect(parseAddress(formatAddress(bytes))).toEqual(bytes);
      }),
    );
  });

  test("only 4 or 16 bytes can be written", () => {
    expect(() => formatAddress(new Uint8Array(5))).toThrow(RangeError);
  });

  test("a text of any length is judged without being split up", () => {
    expect(parseAddress("1:".repeat(100_000))).toBeUndefined();
    expect(parseAddress(`fe80::1%${"a".repeat(65)}`)).toBeUndefined();
  });
});

describe("the canonical form (RFC 5952)", () => {
  test.each([
    // Section 1 and 2: many ways to write one address.
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:0db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:db8::1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:db8::0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:0db8::1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:db8:0:0:1::1", "2001:db8::1:0:0:1"],
    ["2001:db8:0000:0:1::1", "2001:db8::1:0:0:1"],
    ["2001:DB8:0:0:1::1", "2001:db8::1:0:0:1"],
    // 2.1 and 4.1: leading zeros.
    ["2001:db8:aaaa:bbbb:cccc:dddd:eeee:0001", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:1"],
    ["2001:db8:aaaa:bbbb:cccc:dddd:eeee:01", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:1"],
    ["2001:0db8::0001", "2001:db8::1"],
    // 2.2 and 4.2.1: as short as can be.
    ["2001:db8:0:0:0:0:2:1", "2001:db8::2:1"],
    ["2001:db8:0:0:0::1", "2001:db8::1"],
    ["2001:db8::0:1", "2001:db8::1"],
    // 4.2.2: one zero group alone is not shortened.
    ["2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    // 4.2.3: the longest run, the first of equals.
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    // 4.3: lower case.
    ["2001:DB8:AAAA:BBBB:CCCC:DDDD:EEEE:AAAA", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa"],
    ["0:0:0:0:0:0:0:0", "::"],
    ["0:0:0:0:0:0:0:1", "::1"],
    ["1:0:0:0:0:0:0:0", "1::"],
    ["FE80::1%eth0", "fe80::1"],
    ["FF02:0::C", "ff02::c"],
  ])("%s is written %s", (text, canonical) => {
    expect(canonicalAddress(text)).toBe(canonical);
  });

  test("section 5: a mapped IPv4 address is written in mixed notation", () => {
    expect(formatAddress(parseAddress("0:0:0:0:0:FFFF:C000:0201")!)).toBe("::ffff:192.0.2.1");
  });

  test("J-02 a mapped IPv4 address is the IPv4 address that it stands for", () => {
    fc.assert(
      fc.property(v4Text, (text) => {
        const hexadecimal = `::FFFF:${[...parseAddress(text)!].map((byte, index) => byte.toString(16).padStart(2, "0") + (index === 1 ? ":" : "")).join("")}`;
        for (const mapped of [`::ffff:${text}`, `0:0:0:0:0:ffff:${text}`, hexadecimal]) {
          expect(canonicalAddress(mapped)).toBe(text);
          expect(familyOf(mapped)).toBe(4);
          expect(sameAddress(mapped, text)).toBe(true);
          for (const is of [
            isLoopback,
            isLinkLocal,
            isPrivate,
            isMulticast,
            isUnspecified,
            isBroadcast,
            isPublic,
          ])
            expect(is(mapped)).toBe(is(text));
        }
      }),
    );
  });

  test("J-02 node's own block list looks through mapped addresses too", () => {
    const list = new BlockList();
    list.addSubnet("127.0.0.0", 8, "ipv4");
    expect(list.check("::ffff:127.0.0.1", "ipv6")).toBe(true);
  });

  test("it is the same one for every way to write an address, and stays itself", () => {
    fc.assert(
      fc.property(anyAddress, (text) => {
        const canonical = canonicalAddress(text)!;
        expect(canonicalAddress(canonical)).toBe(canonical);
        expect(canonicalAddress(text.toUpperCase())).toBe(canonical);
        expect(sameAddress(text, canonical)).toBe(true);
        expect(canonical).toBe(canonical.toLowerCase());
        expect(familyOf(text)).toBe(isIP(canonical));
      }),
    );
  });

  test("it is what a URL makes of an IPv6 literal", () => {
    fc.assert(
      fc.property(v6Text, (text) => {
        fc.pre(familyOf(text) === 6);
        expect(new URL(`http://[${text}]/`).hostname).toBe(`[${canonicalAddress(text)}]`);
      }),
    );
  });

  test("it holds after more addresses than are remembered", () => {
    for (let index = 0; index < 3000; index++) {
      const group = index.toString(16);
      expect(canonicalAddress(`2001:DB8:0:0::${group.padStart(4, "0")}`)).toBe(
        index === 0 ? "2001:db8::" : `2001:db8::${group}`,
      );
    }
  });

  test("texts that are no address are the same as nothing", () => {
    expect(sameAddress("x", "x")).toBe(false);
    expect(sameAddress("127.0.0.1", "x")).toBe(false);
  });
});

describe("zones", () => {
  test("F-18 a zone is split off and does not count in comparing", () => {
    expect(splitZone("fe80::1%eth0")).toEqual({ address: "fe80::1", zone: "eth0" });
    expect(splitZone("fe80::1")).toEqual({ address: "fe80::1", zone: undefined });
    expect(sameAddress("fe80::1%eth0", "FE80:0::1%12")).toBe(true);
    expect(parseAddress("fe80::1%wlp0s20f3.100")).toEqual(parseAddress("fe80::1"));
  });

  test("J-07 node takes an address with a zone for IPv6, and so do we", () => {
    expect(isIP("fe80::1%eth0")).toBe(6);
    expect(familyOf("fe80::1%eth0")).toBe(6);
  });

  test("what cannot be a zone stays where it is, so that the text is no address", () => {
    for (const text of ["10.0.0.1%eth0", "fe80::1%", "fe80::1%25%25", "%eth0"]) {
      expect(splitZone(text)).toEqual({ address: text, zone: undefined });
      expect(parseAddress(text)).toBeUndefined();
    }
  });
});
