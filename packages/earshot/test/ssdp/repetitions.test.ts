import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { byteHash } from "../../src/core/byte-hash.ts";
import { alive, byebye, PEER, Rig, response, V4, V6 } from "./rig.ts";

const device = fc.constantFrom("uuid:a", "uuid:b");
const type = fc.constantFrom("upnp:rootdevice", "urn:x:device:D:1", "urn:x:service:S:1", "urn:x:service:S:2");
const address = fc.constantFrom("192.168.1.20", "192.168.1.21");
const details = fc.record({
  boot: fc.constantFrom(undefined, "1", "2"),
  location: fc.constantFrom(undefined, "http://192.168.1.20:80/a.xml", "http://192.168.1.20:81/b.xml"),
  server: fc.constantFrom("S/1", "S/2"),
  maxAge: fc.constantFrom("1", "60", "1800"),
  port: fc.constantFrom(undefined, "49152", "50000"),
});

const deed = fc.oneof(
  { weight: 10, arbitrary: fc.tuple(fc.constant("alive" as const), device, type, address, details) },
  { weight: 2, arbitrary: fc.tuple(fc.constant("response" as const), device, type, address, details) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("byebye" as const), device, type, address, details) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("update" as const), device, type, address, details) },
  { weight: 3, arbitrary: fc.tuple(fc.constant("time" as const), fc.integer({ min: 1, max: 90_000 })) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("links" as const), fc.subarray([V4, V6])) },
);
type Deed = typeof deed extends fc.Arbitrary<infer T> ? T : never;

/** @param mark makes each alive unlike every other in a header that means nothing, so that none is a repetition. */
function perform(rig: Rig, act: Deed, mark: string | undefined): unknown {
  if (act[0] === "time") return rig.advance(act[1]);
  if (act[0] === "links") return rig.relink(act[1]);
  const [kind, udn, what, from, { boot, location, server, maxAge, port }] = act;
  const headers = {
    USN: `${udn}::${what}`,
    SERVER: server,
    "CACHE-CONTROL": `max-age=${maxAge}`,
    ...(location !== undefined && { LOCATION: location }),
    ...(boot !== undefined && { "BOOTID.UPNP.ORG": boot }),
    ...(port !== undefined && { "SEARCHPORT.UPNP.ORG": port }),
  };
  if (kind === "response")
    return rig.hear(response({ ...headers, ST: what, ...(mark !== undefined && { DATE: mark }) }), {
      address: from,
      socket: "own",
      to: "host",
    });
  if (kind === "byebye") return rig.hear(byebye({ ...headers, NT: what }), { address: from });
  const nts = kind === "update" ? { NTS: "ssdp:update", "NEXTBOOTID.UPNP.ORG": "2" } : {};
  return rig.hear(alive({ ...headers, NT: what, ...nts, ...(mark !== undefined && { DATE: mark }) }), {
    address: from,
  });
}

/** All that is known, but for the words of the messages. */
function known({ engine }: Rig): unknown {
  return [...engine.records].map(({ message, sightings, ...record }) => ({
    ...record,
    kind: message.kind,
    sightings: sightings.map(({ link, from, heardAt, expiresAt, locations }) => ({
      at: `${link.id} ${from}`,
      heardAt,
      expiresAt,
      locations: locations.map(({ url }) => url),
    })),
  }));
}

const bounds = fc.constantFrom<NonNullable<ConstructorParameters<typeof Rig>[0]>[]>(
  {},
  { limits: { devices: 2, devicesPerSource: 2, services: 8 } },
  { holdGoodbyeMs: 1500 },
);

describe("a message that repeats the last one byte by byte", () => {
  test("means what it would mean if it were read: nothing is told, known, sent or forgotten differently", () => {
    fc.assert(
      fc.property(
        fc.array(deed, { maxLength: 60 }),
        fc.integer(),
        bounds,
        fc.constantFrom(true, undefined),
        (deeds, seed, options, quiet) => {
          const [quick, slow] = [
            new Rig({ ...options, seed, links: [V4, V6] }),
            new Rig({ ...options, seed, links: [V4, V6] }),
          ];
          for (const rig of [quick, slow]) rig.search({ everyMs: 60_000, isQuiet: quiet });
          deeds.forEach((act, index) => {
            perform(quick, act, undefined);
            perform(slow, act, String(index));
            expect(known(quick)).toEqual(known(slow));
          });
          expect(quick.told).toEqual(slow.told);
          expect(quick.sent.map(({ at, bytes }) => [at, bytes])).toEqual(
            slow.sent.map(({ at, bytes }) => [at, bytes]),
          );
        },
      ),
      { numRuns: 300 },
    );
  }, 30_000);

  test("is counted as heard, moves on the time at which the device runs out, and tells nothing", () => {
    const rig = new Rig();
    rig.hear(alive({ "CACHE-CONTROL": "max-age=100" }));
    rig.advance(50_000);
    rig.forget();
    rig.hear(alive({ "CACHE-CONTROL": "max-age=100" }));
    expect(rig.events).toEqual([]);
    expect(rig.engine.counts.heard).toBe(2);
    const [record] = rig.engine.records;
    expect(record?.sightings.map(({ expiresAt }) => expiresAt - rig.now)).toEqual([100_000]);
  });

  test("is told again to who is told of every answer, and to nobody else", () => {
    const answer = { address: PEER, socket: "own", to: "host" } as const;
    for (const isQuiet of [undefined, true] as const) {
      const rig = new Rig();
      rig.search({ isQuiet });
      rig.hear(response(), answer);
      rig.forget();
      rig.hear(response(), answer);
      expect(rig.told).toEqual(isQuiet ? [] : ["answer"]);
    }
  });

  test("and comes when no search awaits it any more is not taken in", () => {
    const rig = new Rig();
    const search = rig.search({ isQuiet: true });
    const answer = { address: PEER, socket: "own", to: "host" } as const;
    rig.hear(response(), answer);
    rig.engine.endSearch(search);
    rig.search({ target: "urn:x:service:Other:1", isQuiet: true });
    rig.hear(response(), answer);
    expect(rig.engine.counts.dropped.get("unsolicited-response")).toBe(1);
  });

  test("from another address, on another link, or sent to us alone is none", () => {
    const rig = new Rig({ links: [V4, V6] });
    rig.hear(alive());
    rig.hear(alive(), { address: "192.168.1.99" });
    rig.hear(alive(), { to: "host" });
    rig.hear(alive(), { address: PEER });
    const [record] = rig.engine.records;
    expect(record?.sightings.map(({ from }) => from)).toEqual(["192.168.1.99", PEER]);
    expect(rig.engine.counts.dropped.get("alive-by-unicast")).toBe(1);
  });

  test("that differs in one letter is read", () => {
    const rig = new Rig();
    rig.hear(alive({ SERVER: "Thing/1" }));
    rig.forget();
    rig.hear(alive({ SERVER: "Thing/2" }));
    expect(rig.told).toEqual([expect.stringContaining("updated")]);
  });
});

describe("the hash of bytes", () => {
  test("has every byte count, and the seed, and the length", () => {
    const bytes = Uint8Array.from({ length: 23 }, (_, i) => i);
    const hashes = new Set([byteHash(bytes), byteHash(bytes, 1), byteHash(bytes.subarray(0, 22))]);
    for (let i = 0; i < bytes.length; i++) hashes.add(byteHash(bytes.with(i, 0xff)));
    expect(hashes.size).toBe(26);
  });
});
