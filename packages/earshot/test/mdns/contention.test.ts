import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Name } from "../../src/mdns/name.ts";
import { isSameRecord } from "../../src/mdns/own-records.ts";
import type { OwnRecord } from "../../src/mdns/publication.ts";
import { Bus, type NameClaim } from "./claims-bus.ts";
import { a, srv, txt } from "./claims-rig.ts";

type Records = (name: Name) => readonly OwnRecord[];

/** Records of one name: addresses, a service, or both, from few enough that hosts often have the same. */
const records: fc.Arbitrary<Records> = fc
  .uniqueArray(fc.nat(7), { minLength: 1, maxLength: 4 })
  .map((kinds) => (name: Name) => kinds.map((kind) => recordOf(kind, name)));

function recordOf(kind: number, name: Name): OwnRecord {
  if (kind < 4) return a(`10.1.1.${kind * 60 + 1}`, name);
  return kind < 6 ? srv(kind * 100, name) : txt(`x=${kind}`, name);
}

interface World {
  readonly seed: number;
  readonly loss: number;
  readonly delay: number;
  readonly hosts: readonly { readonly records: Records; readonly startsAt: number }[];
}

const worldOf = (hosts: number, loss: number): fc.Arbitrary<World> =>
  fc.record({
    seed: fc.integer(),
    loss: fc.constantFrom(0, loss),
    delay: fc.constantFrom(1, 20, 100),
    hosts: fc.array(fc.record({ records, startsAt: fc.constantFrom(0, 0, 100, 300, 700, 5000) }), {
      minLength: hosts,
      maxLength: hosts,
    }),
  });

/** All hosts claim the same name; meanwhile somebody asks for it now and then, so that lost words are said again. */
function play(world: World): { bus: Bus; claims: readonly NameClaim[] } {
  const bus = new Bus(world);
  const starts = [...world.hosts].sort((one, other) => one.startsAt - other.startsAt);
  const claims: NameClaim[] = [];
  for (const { records: wanted, startsAt } of starts) {
    bus.advance(startsAt - bus.now);
    claims.push(bus.join().claim("office", wanted));
  }
  for (let times = 0; times < 60; times++) {
    for (const name of new Map(claims.map(({ name }) => [name.key, name])).values()) bus.ask(name);
    bus.advance(5000);
  }
  return { bus, claims };
}

/** What a claim says of each type of its name, in words that are equal for equal sets. */
function sayingsOf(claim: NameClaim): Map<string, string> {
  const words = new Map<string, string[]>();
  for (const { type, data } of claim.recordsOn()) {
    const key = `${type} ${claim.name.key}`;
    words.set(key, [...(words.get(key) ?? []), JSON.stringify(data)].sort());
  }
  return new Map([...words].map(([key, set]) => [key, set.join()]));
}

/** Each has a name that it answers for, and who shares one says the same of it (RFC 6762 §9). */
function expectOneOwnerEach(claims: readonly NameClaim[]): void {
  const truths = new Map<string, Set<string>>();
  for (const claim of claims) {
    expect(claim.isOwner, `${claim.name} of ${claim.host.link.address} is answered for`).toBe(true);
    for (const [key, saying] of sayingsOf(claim)) truths.set(key, (truths.get(key) ?? new Set()).add(saying));
  }
  for (const [key, sayings] of truths) expect([...sayings], `what is said of ${key}`).toHaveLength(1);
}

describe("hosts that claim the same name", () => {
  test.each([
    [2, 60],
    [3, 40],
    [10, 12],
  ])(
    "A62-080, A62-085, A62-098 %i of them end with one owner of each name, whatever they say of it",
    (hosts, numRuns) => {
      fc.assert(
        fc.property(worldOf(hosts, 0.1), (world) => expectOneOwnerEach(play(world).claims)),
        { numRuns },
      );
    },
  );

  test("A62-085 of two that begin at once, who has the later data has the name, and the other the next", () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(1, 20), (seed, delay) => {
        const bus = new Bus({ seed, loss: 0, delay });
        const low = bus.join().claim("office", (name) => [a("10.1.1.1", name)]);
        const high = bus.join().claim("office", (name) => [a("10.1.1.200", name)]);
        bus.advance(10_000);
        expect([low.name.toString(), high.name.toString()]).toEqual(["office-2.local", "office.local"]);
      }),
      { numRuns: 100 },
    );
  });

  test("A62-079, F-29 a host that comes later never takes the name of one that is there", () => {
    fc.assert(
      fc.property(fc.integer(), records, records, (seed, first, second) => {
        const bus = new Bus({ seed, loss: 0, delay: 20 });
        const owner = bus.join().claim("office", first);
        bus.advance(5000);
        const late = bus.join().claim("office", second);
        // Who has all that the owner has and more takes part in its name (quirk M13).
        fc.pre(
          owner.recordsOn().some((record) => !late.recordsOn().some((other) => isSameRecord(record, other))),
        );
        bus.advance(30_000);
        expect(owner.news.map(({ kind }) => kind)).toEqual(["established"]);
      }),
      { numRuns: 100 },
    );
  });

  test("A62-098, A62-099 two networks that are joined end with one owner of each name", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const bus = new Bus({ seed, loss: 0, delay: 20 });
        const one = bus.join().claim("office", (name) => [a("10.1.1.1", name)]);
        bus.advance(3000);
        const [first] = bus.hosts.splice(0);
        const other = bus.join().claim("office", (name) => [a("10.1.1.200", name)]);
        bus.advance(3000);
        if (first) bus.hosts.push(first);
        bus.ask(one.name);
        bus.advance(30_000);
        expectOneOwnerEach([one, other]);
      }),
      { numRuns: 50 },
    );
  });

  test("A62-090 once it is settled nobody says anything more", () => {
    const { bus } = play({
      seed: 1,
      loss: 0,
      delay: 20,
      hosts: Array.from({ length: 10 }, (_, at) => ({
        records: (name: Name) => [a(`10.1.1.${at + 1}`, name)],
        startsAt: 0,
      })),
    });
    bus.sent = 0;
    bus.advance(3_600_000);
    expect(bus.sent).toBe(0);
  });
});
