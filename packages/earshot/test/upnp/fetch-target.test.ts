import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { repairedUrl, whyNotFetched } from "../../src/upnp/fetch-target.ts";
import { link, link6 } from "./fetching.ts";

const self = "10.0.0.7";
const pieces = fc.constantFrom(
  ...[
    "http",
    "https",
    "HTTP",
    "file",
    ":",
    "//",
    "\\\\",
    "/",
    "@",
    "[",
    "]",
    "%25eth0",
    ":80",
    ":0",
    ":99999",
    "?",
    "#",
    " ",
  ],
  ...[
    "10.0.0.7",
    "10.0.0.8",
    "127.0.0.1",
    "0",
    "localhost",
    "::1",
    "fe80::7",
    "169.254.169.254",
    "0x7f.1",
    "é",
    "\u0000",
  ],
);
const urls = fc.oneof(
  fc.array(pieces, { maxLength: 9 }).map((parts) => parts.join("")),
  fc.array(pieces, { maxLength: 6 }).map((parts) => `http://${parts.join("")}`),
  fc.webUrl(),
  fc.string(),
);

describe("what may be fetched", () => {
  test("S-12 J-01 whatever is announced: where it is fetched, it is http and leads to the very host that spoke", () => {
    fc.assert(
      fc.property(urls, (url) => {
        if (whyNotFetched({ url, from: self, link }) !== undefined) return;
        const parsed = new URL(url);
        expect([parsed.protocol, parsed.hostname, parsed.username, parsed.password]).toEqual([
          "http:",
          self,
          "",
          "",
        ]);
      }),
      { numRuns: 5000 },
    );
    expect(whyNotFetched({ url: `http://${self}:1900/`, from: self, link })).toBeUndefined();
  });

  test("quirk S16 S-12 whatever is announced: what is guessed leads to the very host that spoke", () => {
    fc.assert(
      fc.property(urls, (url) => {
        const repaired = repairedUrl(url, self);
        if (repaired === undefined) return;
        expect(new URL(repaired).host.split(":")[0]).toBe(self);
        expect(whyNotFetched({ url: repaired, from: self, link })).toBeUndefined();
      }),
      { numRuns: 5000 },
    );
  });

  test.each([
    ["http://127.0.0.1:49152/d.xml?a=b", self, "http://10.0.0.7:49152/d.xml?a=b"],
    ["http://[::1]/d.xml", self, "http://10.0.0.7/d.xml"],
    ["http://0.0.0.0:80/", self, "http://10.0.0.7/"],
    ["http://169.254.3.4:5000/x", self, "http://10.0.0.7:5000/x"],
    ["http://[fe80::9]:5000/x", self, "http://10.0.0.7:5000/x"],
    ["http://127.0.0.1:49152/d.xml", "fe80::7", "http://[fe80::7]:49152/d.xml"],
    ["http://169.254.169.254/latest", self, undefined],
    ["http://10.0.0.8/x", self, undefined],
    ["http://localhost/x", self, undefined],
    ["https://127.0.0.1/x", self, undefined],
    ["http://127.0.0.1:0/x", self, undefined],
    ["http://10.0.0.7/x", self, undefined],
  ])("quirk S16 %s from %s is guessed to mean %s", (url, from, meant) => {
    expect(repairedUrl(url, from)).toBe(meant);
  });

  test("quirk S19 a link-local host is on any IPv6 link that it spoke on, and on no IPv4 link", () => {
    const target = { url: "http://[fe80::9%25eth7]:80/d.xml", from: "fe80::9" };
    expect(whyNotFetched({ ...target, link: link6 })).toBeUndefined();
    expect(whyNotFetched({ ...target, link })).toBe("an address that is not on the link");
  });

  test("J-01 loopback is fetched from only where loopback itself spoke", () => {
    const lo = { ...link, address: "127.0.0.1", addresses: [{ address: "127.0.0.1", prefixLength: 8 }] };
    expect(whyNotFetched({ url: "http://127.0.0.1/", from: "127.0.0.1", link: lo })).toBeUndefined();
    expect(whyNotFetched({ url: "http://127.0.0.1/", from: self, link })).toContain("loopback");
    expect(whyNotFetched({ url: "http://127.0.0.1/", from: "127.0.0.1", link })).toContain("not on the link");
  });
});
