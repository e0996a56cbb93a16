import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SsdpEvent } from "../../src/ssdp/events.ts";
import { alive, byebye, msearch, Rig, response, V4, V6 } from "./rig.ts";

const udn = fc.constantFrom("uuid:a", "uuid:b", "uuid:c", "my-usn");
const type = fc.constantFrom(
  "upnp:rootdevice",
  "urn:x:device:D:1",
  "urn:x:service:S:1",
  "urn:x:service:S:2",
  "",
);
const address = fc.constantFrom("192.168.1.20", "192.168.1.21", "192.168.1.22");
const bootId = fc.constantFrom(undefined, "1", "2", "3", "0x1", "");

/** One thing that a stranger, the clock or the machine does. */
const deed = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(
      fc.constant("alive" as const),
      udn,
      type,
      address,
      bootId,
      fc.integer({ min: 0, max: 200 }),
    ),
  },
  { weight: 4, arbitrary: fc.tuple(fc.constant("byebye" as const), udn, type, address, bootId) },
  { weight: 2, arbitrary: fc.tuple(fc.constant("update" as const), udn, type, address, bootId) },
  { weight: 3, arbitrary: fc.tuple(fc.constant("response" as const), udn, type, address, bootId) },
  {
    weight: 2,
    arbitrary: fc.tuple(
      fc.constant("search" as const),
      type,
      address,
      fc.constantFrom("1", "0", "x", undefined),
    ),
  },
  { weight: 4, arbitrary: fc.tuple(fc.constant("time" as const), fc.integer({ min: 0, max: 200_000 })) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("links" as const), fc.subarray([V4, V6]), fc.boolean()) },
  { weight: 2, arbitrary: fc.tuple(fc.constant("bytes" as const), fc.uint8Array({ maxLength: 600 })) },
);
type Deed = typeof deed extends fc.Arbitrary<infer T> ? T : never;

function usnOf(device: string, kind: string): { NT: string; USN: string } {
  return kind === "" ? { NT: device, USN: device } : { NT: kind, USN: `${device}::${kind}` };
}

function headers(
  device: string,
  kind: string,
  from: string,
  boot: string | undefined,
): Record<string, string> {
  const location = `http://${from}:80/${device.slice(-1)}.xml`;
  return {
    ...usnOf(device, kind),
    LOCATION: location,
    ...(boot !== undefined && { "BOOTID.UPNP.ORG": boot }),
  };
}

function perform(rig: Rig, act: Deed): unknown {
  switch (act[0]) {
    case "alive":
      return rig.hear(
        alive({ ...headers(act[1], act[2], act[3], act[4]), "CACHE-CONTROL": `max-age=${act[5]}` }),
        { address: act[3] },
      );
    case "byebye":
      return rig.hear(byebye(headers(act[1], act[2], act[3], act[4])), { address: act[3] });
    case "update":
      return rig.hear(
        alive({ ...headers(act[1], act[2], act[3], act[4]), NTS: "ssdp:update", "NEXTBOOTID.UPNP.ORG": "2" }),
        { address: act[3] },
      );
    case "response": {
      const { NT, ...rest } = headers(act[1], act[2], act[3], act[4]) as Record<string, string>;
      return rig.hear(response({ ...rest, ST: NT ?? "" }), { address: act[3], socket: "own", to: "host" });
    }
    case "search":
      return rig.hear(msearch({ ST: act[1], MX: act[3] }), { address: act[2] });
    case "time":
      return rig.advance(act[1]);
    case "links":
      return rig.relink(act[1], act[2]);
    case "bytes":
      return rig.hear([], { bytes: act[1] });
  }
}

/** Roomy, and so tight that everything is pushed out all the time. */
const bounds = fc.constantFrom(
  {},
  { limits: { devices: 2, devicesPerSource: 2, services: 8 } },
  { limits: { devices: 3, services: 16 }, holdGoodbyeMs: 1500 },
  { holdGoodbyeMs: 2000, answerByTcp: true, alwaysReplyWithRootDevice: true },
);

/** Plays the events into a table, and insists that each fits what came before it. */
function fold(events: readonly SsdpEvent[]): Map<string, string> {
  const there = new Map<string, string>();
  for (const event of events) {
    if (!("record" in event)) continue;
    const { id, usn } = event.record;
    expect(there.has(id), `${event.kind} ${usn}`).toBe(event.kind !== "found");
    if (event.kind === "lost") there.delete(id);
    else there.set(id, usn);
  }
  return there;
}

describe("whatever strangers, the clock and the machine do", () => {
  test("S-20 T-03 nothing throws, found and lost alternate for each USN, and the events add up to the cache", () => {
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 80 }), fc.integer(), bounds, (deeds, seed, options) => {
        const rig = new Rig({ seed, links: [V4, V6], ...options });
        rig.search({ everyMs: 60_000 });
        rig.offer({ location: "http://{address}/", root: { type: "urn:x:device:D:1", udn: "uuid:own" } });
        for (const act of deeds) perform(rig, act);
        expect(new Set(fold(rig.events).keys())).toEqual(
          new Set([...rig.engine.records].map(({ id }) => id)),
        );
      }),
      { numRuns: 600 },
    );
  }, 30_000);

  test("once everybody is silent, everything is lost, and nothing is waited for but our own next search", () => {
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 60 }), fc.integer(), bounds, (deeds, seed, options) => {
        const rig = new Rig({ seed, links: [V4, V6], ...options });
        const search = rig.search({ everyMs: 60_000 });
        for (const act of deeds) perform(rig, act);
        rig.relink([V4, V6]);
        rig.advance(2 * 1_800_000);
        rig.engine.endSearch(search);
        rig.advance(60_000);
        expect([...rig.engine.records]).toEqual([]);
        expect(rig.engine.waiting).toEqual([]);
      }),
      { numRuns: 200 },
    );
  }, 30_000);

  test("the same seed and the same deeds give the same bytes at the same instants", () => {
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 40 }), fc.integer(), (deeds, seed) => {
        const run = (): unknown => {
          const rig = new Rig({ seed, links: [V4, V6] });
          rig.search({ everyMs: 60_000 });
          for (const act of deeds) perform(rig, act);
          return rig.sent.map(({ at, bytes, to, socket }) => [at, [...bytes], to, socket]);
        };
        expect(run()).toEqual(run());
      }),
      { numRuns: 30 },
    );
  });
});
