import { describe, expect, test } from "vitest";
import type { DeviceOffer } from "../../src/ssdp/advertisement.ts";
import { DEVICE, msearch, Rig, UDN, V4, V6 } from "./rig.ts";

const SIMPLE: DeviceOffer = { location: "http://{address}:80/", root: { type: DEVICE, udn: UDN } };

describe("what cannot be offered", () => {
  test.each([
    ["no location", { root: { type: DEVICE, udn: UDN } }, "INVALID_OFFER"],
    ["a relative location", { ...SIMPLE, location: "/desc.xml" }, "INVALID_OFFER"],
    ["a location with a misspelt place-holder", { ...SIMPLE, location: "http://{adress}/" }, "INVALID_OFFER"],
    ["a location with a line break", { ...SIMPLE, location: "http://{address}/\r\nX: y" }, "INVALID_OFFER"],
    ["a UDN without uuid:", { ...SIMPLE, root: { type: DEVICE, udn: "x" } }, "INVALID_OFFER"],
    [
      "a type with a line break",
      { ...SIMPLE, root: { type: "urn:a\r\nb", udn: UDN } },
      "INVALID_SEARCH_TARGET",
    ],
    ["max-age 0", { ...SIMPLE, maxAgeSeconds: 0 }, "INVALID_OPTION"],
    ["half a second", { ...SIMPLE, maxAgeSeconds: 1.5 }, "INVALID_OPTION"],
    ["a vendor header without domain", { ...SIMPLE, headers: [["X", "1"]] }, "INVALID_HEADER"],
    [
      "a vendor header with a line break",
      { ...SIMPLE, headers: [["X.EXAMPLE.COM", "1\r\nLOCATION: x"]] },
      "INVALID_HEADER",
    ],
    ["a SERVER with a line break", { ...SIMPLE, server: "a\r\nLOCATION: x" }, "INVALID_HEADER"],
    ["neither tree nor bare entry", { location: "http://{address}/" }, "INVALID_OFFER"],
    ["an empty USN", { bare: { target: "x", usn: " " } }, "INVALID_OFFER"],
    ["a USN with a line break", { bare: { target: "x", usn: "a\r\nb: c" } }, "INVALID_HEADER"],
    [
      "a vendor header of 9,000 bytes",
      { ...SIMPLE, headers: [["X.EXAMPLE.COM", "x".repeat(9000)]] },
      "MESSAGE_TOO_LONG",
    ],
    ["a CONFIGID over 24 bits", { ...SIMPLE, configId: 2 ** 24 }, "INVALID_OPTION"],
  ] as const)("S-37 %s", (_, offer, code) => {
    const rig = new Rig();
    expect(() => rig.offer(offer as DeviceOffer)).toThrow(expect.objectContaining({ code }));
    expect(rig.sent).toEqual([]);
  });
});

test("quirk S38 the header that voice assistants look for can be announced", () => {
  const rig = new Rig();
  rig.offer({ ...SIMPLE, headers: [["hue-bridgeid", "001788FFFE23BFC2"]] });
  rig.advance(100);
  expect(rig.sent[0]?.message.headers.get("HUE-BRIDGEID")).toBe("001788FFFE23BFC2");
});

describe("an offer that is as long as can be", () => {
  const DIALECTS = ["1.0", "1.1", "2.0", "ietf", "both"] as const;

  /** How it goes: refused at once, or sent, whatever a stranger asks. */
  function fate(offer: DeviceOffer): "refused" | "sent" {
    const rig = new Rig({
      links: [
        { ...V4, sharedPort: undefined },
        { ...V6, sharedPort: undefined },
      ],
    });
    try {
      rig.offer(offer);
    } catch (error) {
      expect(error).toMatchObject({ code: "MESSAGE_TOO_LONG" });
      return "refused";
    }
    rig.advance(5000);
    for (const searchId of ["s".repeat(256), "\u20ac".repeat(256)]) {
      rig.forget();
      rig.hear(msearch({ S: searchId }), { port: 4000 });
      rig.hear(msearch({ S: searchId }), { port: 4001, address: "fe80::99", link: V6 });
      rig.advance(5000);
      expect(rig.sent.filter(({ message }) => message.kind === "response")).toHaveLength(6);
    }
    rig.relink([V4, { ...V6, ownPort: 50_009 }]);
    rig.advance(5000);
    return "sent";
  }

  test.each(DIALECTS)("S-37 by its number of headers is refused or sent whole, in dialect %s", (dialect) => {
    const fates = Array.from({ length: 20 }, (_, i) => {
      const headers = Array.from({ length: 44 + i }, (_, n) => [`H${n}.EXAMPLE.COM`, "x"] as const);
      return fate({ ...SIMPLE, dialect, headers });
    });
    expect(new Set(fates)).toEqual(new Set(["sent", "refused"]));
  });

  test.each(DIALECTS)("S-37 by its bytes is refused or sent whole, in dialect %s", (dialect) => {
    const fates = Array.from({ length: 30 }, (_, i) => {
      const size = Math.floor((7000 + 40 * i) / 4);
      const headers = Array.from({ length: 4 }, (_, n) => [`H${n}.EXAMPLE.COM`, "x".repeat(size)] as const);
      return fate({ ...SIMPLE, dialect, headers });
    });
    expect(new Set(fates)).toEqual(new Set(["sent", "refused"]));
  });
});
