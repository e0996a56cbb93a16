import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalAddress, hostOfUrl, parseUrl, urlHost } from "../../src/core/address.ts";

describe("where a URL leads", () => {
  test.each([
    ["http://127.0.0.1/", "127.0.0.1", 80],
    ["http://127.1/", "127.0.0.1", 80],
    ["http://0177.0.0.1/", "127.0.0.1", 80],
    ["http://0/", "0.0.0.0", 80],
    ["http://[::1]/", "::1", 80],
    ["http://[::ffff:7f00:1]/", "127.0.0.1", 80],
    ["http://[::ffff:127.0.0.1]/", "127.0.0.1", 80],
    ["http://169.254.169.254/latest/", "169.254.169.254", 80],
    ["http://2130706433/", "127.0.0.1", 80],
    ["http://0x7f.1/", "127.0.0.1", 80],
    ["http://①②⑦.0.0.1/", "127.0.0.1", 80],
    ["http://192.168.1.5@203.0.113.9/", "203.0.113.9", 80],
    ["http://203.0.113.9\\@192.168.1.5/", "203.0.113.9", 80],
    ["http://1.2.3.4:1900@10.0.0.1/", "10.0.0.1", 80],
    ["http://239.255.255.250/", "239.255.255.250", 80],
    ["http://255.255.255.255/", "255.255.255.255", 80],
    ["http://192.168.1.5:22/", "192.168.1.5", 22],
    ["https://192.168.1.5/", "192.168.1.5", 443],
    ["yeelight://192.168.1.239:55443", "192.168.1.239", 55443],
    ["http://[2001:DB8:0:0::1]:8080/x", "2001:db8::1", 8080],
  ])("V-66 J-01 %s leads to %s port %d", (url, address, port) => {
    expect(hostOfUrl(url)).toEqual({ address, family: address.includes(":") ? 6 : 4, port });
  });

  test.each([
    ["http://router.lan/", { name: "router.lan", port: 80 }],
    ["http://LOCALHOST:8080/", { name: "localhost", port: 8080 }],
    ["http://10.0.0.1.example/", { name: "10.0.0.1.example", port: 80 }],
    ["soap.beep://192.168.1.5.x/", { name: "192.168.1.5.x", port: undefined }],
    ["foo://127.1/", { name: "127.1", port: undefined }],
  ])("S17 %s leads to a name", (url, host) => {
    expect(hostOfUrl(url)).toEqual(host);
  });

  test.each([
    "file:///etc/passwd",
    "//203.0.113.9/x",
    "http://[null]:49152/desc.xml",
    "",
    "192.168.1.5:80",
    "192.168.1.5",
    "http://",
    "http://1.2.3.4.5.6.7.8:99999/",
    "http://256.256.256.256/",
    "http://[fe80::1%25]x/",
    "http://[10.0.0.1%25eth0]/",
    "http://[2001:db8::1%25eth0]/",
    "mailto:root@10.0.0.1",
    "http://\u0000/",
    "http:%ca\u00ad", // `URL.canParse` says yes, and `new URL` throws.
  ])("S-15 S17 %j leads nowhere, and does not throw", (url) => {
    expect(hostOfUrl(url)).toBeUndefined();
  });

  test("S17 the host (null) is a name that nobody has", () => {
    expect(hostOfUrl("http://(null):49152/desc.xml")).toEqual({ name: "(null)", port: 49152 });
  });

  test("it is where the URL parser of the platform leads, for any text", () => {
    const pieces = fc.constantFrom(
      ..."http:// https:// // / \\ @ : [ ] % 25 eth0 fe80::1 ::1 10.0.0.1 127.1 0x7f 80 :8080 ? # x \t".split(
        " ",
      ),
    );
    const text = fc.oneof(
      fc.webUrl(),
      fc.string(),
      fc.array(pieces, { maxLength: 8 }).map((all) => all.join("")),
    );
    fc.assert(
      fc.property(text, (url) => {
        const host = hostOfUrl(url);
        if (!URL.canParse(url)) return host === undefined || /\[fe[89ab].*%/i.test(url);
        const name = new URL(url).hostname.replace(/^\[|\]$/g, "");
        if (name === "") return host === undefined;
        if (host && "address" in host) return host.address === canonicalAddress(name);
        return host?.name === name;
      }),
      { numRuns: 600 },
    );
  });

  test("J-16 a very long text is read in time that grows with its length", () => {
    for (const piece of ["http://[fe80::", "[", "%25", "fe80::1%", "@[", "/", "a:"]) {
      const text = `http://${piece.repeat(65_536 / piece.length)}`;
      const host = hostOfUrl(text);
      expect(host === undefined || "name" in host, piece).toBe(true);
    }
  });
});

describe("zones in URLs", () => {
  test.each([
    "http://[fe80::1%25eth0]:8080/d.xml",
    "http://[fe80::1%eth0]:8080/d.xml",
    "http://[FE80:0::1%2512]:8080/d.xml",
    "http://[fe80::1%12]:8080/d.xml",
    "http://[fe80::1%25en%2E0]:8080/d.xml",
    "http://[fe80::1]:8080/d.xml",
  ])("J-07 %s loses its zone and keeps the rest", (url) => {
    expect(hostOfUrl(url)).toEqual({ address: "fe80::1", family: 6, port: 8080 });
    expect(parseUrl(url)?.href).toBe("http://[fe80::1]:8080/d.xml");
  });

  test("J-07 a zone with no link-local address around it makes the URL none", () => {
    expect(parseUrl("http://[2001:db8::1%25eth0]/")).toBeUndefined();
    expect(parseUrl("http://[::1%25eth0]/")).toBeUndefined();
  });

  test("a path or a query that looks like a zone is left alone", () => {
    for (const url of [
      "http://10.0.0.1/[fe80::1%25eth0]",
      "http://10.0.0.1/?//[fe80::1%25eth0]",
      "http://10.0.0.1/#//[fe80::1%eth0]",
    ])
      expect(parseUrl(url)?.href).toBe(new URL(url).href);
  });

  test("J-07 taking a zone off never changes where a URL leads", () => {
    const zone = fc.constantFrom("%eth0", "%25eth0", "%2512", "%x]@10.0.0.1/", "%/", "%@", "% ");
    fc.assert(
      fc.property(fc.constantFrom("", "u@", "10.0.0.1@", "u:p@"), zone, (userInfo, text) => {
        const url = `http://${userInfo}[fe80::1${text}]/`;
        const host = hostOfUrl(url);
        if (URL.canParse(url)) expect(host).toMatchObject({ address: new URL(url).hostname });
        else if (host) expect(host).toMatchObject({ address: "fe80::1" });
      }),
    );
  });
});

describe("addresses as hosts of URLs", () => {
  test("S19 IPv6 stands in brackets, without zone", () => {
    expect(urlHost("fe80::1%eth0")).toBe("[fe80::1]");
    expect(urlHost("2001:DB8::0:1")).toBe("[2001:db8::1]");
    expect(urlHost("::ffff:10.0.0.1")).toBe("10.0.0.1");
    expect(urlHost("10.0.0.1")).toBe("10.0.0.1");
    expect(urlHost("router.lan")).toBe("router.lan");
  });

  test("an address put into a URL comes out again", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.integer({ min: 1, max: 65535 }), (address, port) => {
        const host = hostOfUrl(`http://${urlHost(address)}:${port}/x`);
        expect(host).toMatchObject({ address: canonicalAddress(address), port });
      }),
    );
  });
});
