import { describe, expect, test } from "vitest";
import type { DeviceOffer } from "../../src/ssdp/advertisement.ts";
import { DEVICE, Rig, UDN } from "./rig.ts";

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
