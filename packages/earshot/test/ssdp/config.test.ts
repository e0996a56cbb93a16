import { describe, expect, test } from "vitest";
import { type SsdpOptions, ssdpConfig } from "../../src/ssdp/config.ts";
import { Rig } from "./rig.ts";

const outside = { bootId: 1, system: "Linux/6.1" };

describe("what is chosen when nothing is", () => {
  test("packets travel two hops, and as far as one likes when asked", () => {
    expect(new Rig().engine.binding.hops).toBe(2);
    expect(new Rig({ hops: 4 }).engine.binding.hops).toBe(4);
  });

  test("the groups of the standard are joined, FF05::C only by choice", () => {
    expect(new Rig().engine.binding).toMatchObject({
      port: 1900,
      groups: { 4: ["239.255.255.250"], 6: ["ff02::c"] },
    });
    expect(new Rig({ siteScope: true }).engine.binding.groups[6]).toEqual(["ff02::c", "ff05::c"]);
  });

  test("G-20 G-35 the limits are those that the documents name", () => {
    expect(ssdpConfig({}, outside).limits).toEqual({
      answersPerSecondPerSource: 10,
      answerBurstPerSource: 20,
      answersPerSecond: 100,
      pendingAnswers: 256,
      devices: 2048,
      devicesPerSource: 64,
      services: 4096,
    });
  });

  test("UD-020 a BOOTID is held to 31 bits", () => {
    expect(ssdpConfig({}, { ...outside, bootId: 2 ** 31 + 5 }).bootId).toBe(5);
  });
});

describe("what cannot be chosen", () => {
  test.each([
    ["port 0", { port: 0 }],
    ["port 65536", { port: 65_536 }],
    ["half a hop", { hops: 1.5 }],
    ["no hop", { hops: 0 }],
    ["256 hops", { hops: 256 }],
    ["a group that is a host", { group: "192.168.1.1" }],
    ["a group that is no address", { group: "upnp" }],
    ["an IPv6 group", { group: "ff02::c" }],
    ["no devices", { limits: { devices: 0 } }],
    ["a limit that is no number", { limits: { pendingAnswers: Number.NaN } }],
  ] as [string, SsdpOptions][])("%s", (_, options) => {
    expect(() => ssdpConfig(options, outside)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });
});
