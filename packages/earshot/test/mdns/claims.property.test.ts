import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Name } from "../../src/mdns/name.ts";
import { isSameRecord } from "../../src/mdns/own-records.ts";
import type { OwnRecord } from "../../src/mdns/publication.ts";
import { CLASS, type ResourceRecord, TYPE } from "../../src/mdns/record.ts";
import { a, ClaimsRig, ETH, Offer, ptr, said, srv, textOf, txt, WIFI } from "./claims-rig.ts";

const NAMES = ["a", "B", "c"].map((label) => Name.of(label, "local"));
const name = fc.constantFrom(...NAMES);
const record: fc.Arbitrary<OwnRecord> = fc.oneof(
  fc.tuple(name, fc.constantFrom("10.0.0.1", "10.0.0.2")).map(([of, address]) => a(address, of)),
  fc.tuple(name, fc.nat(1)).map(([of, port]) => srv(port, of)),
  fc.tuple(name, fc.constantFrom("x", "y")).map(([of, text]) => txt(text, of)),
  name.map((target) => ptr(target)),
);
const records = fc.array(record, { maxLength: 5 });
const links = fc.constantFrom([], [ETH], [WIFI], [ETH, WIFI], [{ ...ETH, address: "192.168.1.11" }, WIFI]);
const heard = fc.array(
  fc
    .tuple(record, fc.constantFrom(0, 1, 120, 4500), fc.boolean(), fc.constantFrom(CLASS.IN, 3))
    .map(([own, ttl, flush, code]): ResourceRecord => said(own, { ttl, flush, class: code })),
  { minLength: 1, maxLength: 4 },
);

type Step = (world: World) => void;

/** What may happen, to one of a few publications. */
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(records, fc.boolean()).map(
    ([wanted, probes]): Step =>
      (world) =>
        world.add(wanted, probes),
  ),
  fc.tuple(fc.nat(), records).map(
    ([which, wanted]): Step =>
      (world) =>
        world.change(which, wanted),
  ),
  fc.tuple(fc.nat(), records).map(
    ([which, wanted]): Step =>
      (world) =>
        world.replace(which, wanted),
  ),
  fc.nat().map(
    (which): Step =>
      (world) =>
        world.withdraw(which),
  ),
  fc.nat().map(
    (which): Step =>
      (world) =>
        world.announce(which),
  ),
  fc.tuple(links, fc.boolean()).map(
    ([now, resumed]): Step =>
      ({ rig }) =>
        rig.relink(now, resumed),
  ),
  fc.tuple(heard, fc.constantFrom(ETH, WIFI)).map(
    ([all, link]): Step =>
      ({ rig }) =>
        rig.hear(all, { link }),
  ),
  fc.tuple(heard, fc.constantFrom(ETH, WIFI)).map(
    ([all, link]): Step =>
      ({ rig }) =>
        rig.hearProbe(all, { link }),
  ),
  fc.constantFrom(0, 1, 100, 250, 1000, 7000).map(
    (ms): Step =>
      ({ rig }) =>
        rig.advance(ms),
  ),
);

/** A rig with some publications; what is withdrawn stays withdrawn. */
class World {
  readonly rig = new ClaimsRig({ links: [ETH, WIFI] });
  readonly offers = new Map<number, Offer>();

  add(wanted: readonly OwnRecord[], probes: boolean): void {
    if (this.offers.size >= 6) return;
    const offer = new Offer(wanted, { probes });
    this.offers.set(this.rig.publish(offer), offer);
  }

  change(which: number, wanted: readonly OwnRecord[]): void {
    this.#pick(which, (id, offer) => {
      offer.records = () => wanted;
      this.rig.update(id);
    });
  }

  replace(which: number, wanted: readonly OwnRecord[]): void {
    this.#pick(which, (id) => {
      const offer = new Offer(wanted);
      this.offers.set(id, offer);
      this.rig.turn((turn) => this.rig.claims.replace(id, offer, turn));
    });
  }

  announce(which: number): void {
    this.#pick(which, (id) => this.rig.turn((turn) => this.rig.claims.announce(id, turn)));
  }

  withdraw(which: number): void {
    this.#pick(which, (id, offer) => {
      this.offers.delete(id);
      this.rig.withdraw(id);
      expect(offer.told.at(-1)).toBe("withdrawn");
    });
  }

  #pick(which: number, step: (id: number, offer: Offer) => void): void {
    const ids = [...this.offers.keys()];
    const id = ids[which % Math.max(1, ids.length)];
    const offer = id === undefined ? undefined : this.offers.get(id);
    if (id !== undefined && offer) step(id, offer);
  }
}

/** Whatever comes: nothing is ours that nobody publishes, and no message says a record twice. */
function check({ rig, offers }: World): void {
  const wanted = [...offers.values()].flatMap((offer) =>
    [...rig.ground.links.values()].flatMap(offer.records),
  );
  for (const link of [ETH, WIFI])
    for (const own of rig.own.on(link.id)) expect(wanted.some((each) => isSameRecord(each, own))).toBe(true);
  for (const { message, bytes } of rig.sent) {
    expect(bytes.length).toBeLessThanOrEqual(1472);
    const all = [...message.answers, ...message.authorities, ...message.additionals];
    const texts = all.map(
      (each) => `${each.type} ${textOf({ ...each, ttl: 1, flush: false }).toLowerCase()}`,
    );
    expect(new Set(texts).size).toBe(texts.length);
    for (const { type, flush } of message.authorities) expect([type, flush]).toEqual([type, false]);
    for (const { type, flush } of message.answers) expect([type, flush]).toEqual([type, type !== TYPE.PTR]);
  }
}

/** Nobody contests anything any more: all is established that is not lost. */
function expectRest({ rig, offers }: World): void {
  rig.relink([ETH, WIFI]);
  rig.advance(700_000);
  rig.forget();
  rig.advance(3_600_000);
  expect(rig.sent).toEqual([]);
  expect(rig.ground.agenda.size).toBe(0);
  for (const offer of offers.values()) {
    const last = offer.told.at(-1);
    if (last !== "established") expect(last).toMatch(/^conflict/);
  }
  for (const link of [ETH, WIFI]) for (const of of NAMES) expect(rig.own.probing(link.id, of)).toEqual([]);
}

describe("claims, whatever happens", () => {
  test("M-24, B-37, A62-107, A62-110 nothing throws, nothing is left behind, and all comes to rest", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const world = new World();
        for (const each of steps) {
          each(world);
          check(world);
          world.rig.forget();
        }
        expectRest(world);
        for (const id of world.offers.keys()) world.rig.withdraw(id);
        check(world);
        for (const of of [...NAMES, ptr().name]) expect(world.rig.own.has(of)).toBe(false);
        expect(world.rig.ground.agenda.size).toBe(0);
        expect(world.rig.claims.size).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  test("M-24 ten minutes of strangers' words make us send no more than two messages a second", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(heard, fc.boolean()), { minLength: 5, maxLength: 20 }), (words) => {
        const world = new World();
        world.add([a("10.0.0.1", NAMES[0]), srv(1, NAMES[1]), ptr(NAMES[1])], true);
        const { rig } = world;
        rig.advance(5000);
        rig.forget();
        for (let at = 0; at < 6000; at++) {
          const [all, isProbe] = words[at % words.length] ?? [[], false];
          if (isProbe) rig.hearProbe(all);
          else rig.hear(all);
          rig.advance(100);
        }
        expect(rig.sent.length).toBeLessThan(1200);
      }),
      { numRuns: 20 },
    );
  });
});
