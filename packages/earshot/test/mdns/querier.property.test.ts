import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Answer, AnswerChange } from "../../src/mdns/asking.ts";
import { encodeMessage } from "../../src/mdns/message.ts";
import { type ResourceRecord, TYPE } from "../../src/mdns/record.ts";
import {
  type Asker,
  a,
  cname,
  host,
  IPP,
  instance,
  LINK,
  LINK6,
  nsec,
  ptr,
  QuerierRig,
  srv,
  txt,
} from "./querier-rig.ts";

const LIMITS = { records: 12, recordsPerSource: 6, queriesPerSecond: 4, knownAnswers: 3 };

const label = fc.constantFrom("one", "two", "ONE", "three");
const life = fc.record({ ttl: fc.constantFrom(0, 0, 1, 10, 120, 4500, 2 ** 32 - 1), flush: fc.boolean() });
const said: fc.Arbitrary<ResourceRecord> = fc.oneof(
  fc.tuple(label, life).map(([name, changes]) => ptr(name, changes)),
  fc.tuple(label, label, life).map(([name, at, changes]) => srv(name, at, changes)),
  fc.tuple(label, label, life).map(([name, text, changes]) => txt(name, text, changes)),
  fc
    .tuple(label, fc.integer({ min: 1, max: 6 }), life)
    .map(([name, n, changes]) => a(name, `10.0.0.${n}`, changes)),
  fc.tuple(label, label, life).map(([name, target, changes]) => cname(host(name), host(target), changes)),
  fc
    .tuple(label, fc.subarray([TYPE.A, TYPE.AAAA]), life)
    .map(([name, types, changes]) => nsec(host(name), types, changes)),
);
const question = fc.constantFrom(
  { name: IPP, type: TYPE.PTR },
  { name: instance("one"), type: TYPE.SRV },
  { name: instance("two"), type: TYPE.ANY },
  { name: host("one"), type: TYPE.A },
  { name: host("two"), type: TYPE.AAAA },
  { name: host("three"), type: TYPE.CNAME },
);
const address = fc.constantFrom("192.168.1.20", "192.168.1.21", "192.168.1.22", "192.168.1.23");
const link = fc.constantFrom(LINK, LINK6);
const mode = fc.constantFrom(
  "continuous" as const,
  "continuous" as const,
  "once" as const,
  "passive" as const,
);

type Deed = (rig: QuerierRig, askers: Watch[]) => void;

/** One thing that a stranger, the clock, the machine or somebody here does. */
const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(fc.array(said, { maxLength: 5 }), fc.array(said, { maxLength: 3 }), address, link)
      .map(
        ([records, additionals, from, on]): Deed =>
          (rig) =>
            void rig.say(records, { additionals, address: from, link: on }),
      ),
  },
  {
    weight: 6,
    arbitrary: fc.integer({ min: 1, max: 200_000 }).map(
      (ms): Deed =>
        (rig) =>
          rig.advance(ms),
    ),
  },
  {
    weight: 6,
    arbitrary: fc.integer({ min: 1, max: 1500 }).map(
      (ms): Deed =>
        (rig) =>
          rig.advance(ms),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(question, mode, fc.constantFrom(undefined, LINK.id)).map(
      ([asked, how, on]): Deed =>
        (rig, askers) => {
          askers.push(new Watch(rig.ask({ ...asked, mode: how, ...(on !== undefined && { link: on }) })));
        },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.nat(20).map(
      (n): Deed =>
        (_, askers) =>
          askers.splice(n % (askers.length + 1), 1)[0]?.asker.asking.end(),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(question, fc.array(said, { maxLength: 3 }), fc.boolean(), fc.boolean(), link).map(
      ([asked, known, unicast, truncated, on]): Deed =>
        (rig) => {
          rig.hearQuery([{ ...asked, unicast }], { known, truncated, link: on });
        },
    ),
  },
  {
    weight: 1,
    arbitrary: question.map(
      ({ name, type }): Deed =>
        (rig) =>
          rig.turn((turn) => rig.querier.reconfirm(name, type, turn)),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.subarray([LINK, LINK6]), fc.boolean()).map(
      ([links, slept]): Deed =>
        (rig) =>
          rig.relink(links, slept),
    ),
  },
);

/** Takes what it is told at its word, and complains when that makes no sense. */
class Watch {
  readonly asker: Asker;
  #seen = 0;
  readonly #answers = new Set<Answer>();

  constructor(asker: Asker) {
    this.asker = asker;
  }

  check(): void {
    for (const change of this.asker.changes.slice(this.#seen)) this.#take(change);
    this.#seen = this.asker.changes.length;
    expect(new Set(this.asker.asking.answers)).toEqual(this.#answers);
  }

  #take(change: AnswerChange): void {
    if (change.kind === "none") return;
    const { answer, kind } = change;
    expect(this.#answers.has(answer)).toBe(kind !== "added");
    if (kind === "removed") this.#answers.delete(answer);
    else this.#answers.add(answer);
  }
}

function mostInASecond(instants: readonly number[]): number {
  let most = 0;
  let first = 0;
  instants.forEach((at, index) => {
    while (at - (instants[first] ?? at) >= 1000) first++;
    most = Math.max(most, index - first + 1);
  });
  return most;
}

describe("M-19 M-21 F-09 whatever strangers say, and whoever asks", () => {
  test("each is told what adds up to what is known, within all bounds, and the end is silence", {
    timeout: 30_000,
  }, () => {
    fc.assert(
      fc.property(fc.array(deed, { minLength: 1, maxLength: 60 }), fc.nat(), (deeds, seed) => {
        const rig = new QuerierRig({ limits: LIMITS, seed, links: [LINK, LINK6] });
        const askers: Watch[] = [];
        for (const step of deeds) {
          step(rig, askers);
          for (const watch of askers) watch.check();
          expect(rig.querier.counts.records).toBeLessThanOrEqual(LIMITS.records);
        }
        for (const id of [LINK.id, LINK6.id]) {
          const at = rig.sent.filter((sent) => sent.link === id).map((sent) => sent.at);
          expect(mostInASecond(at)).toBeLessThanOrEqual(2 * LIMITS.queriesPerSecond);
        }
        for (const { asker } of askers) asker.asking.end();
        rig.advance(90_000_000);
        expect(rig.querier.counts).toEqual({ records: 0, asks: 0 });
        expect(rig.ground.agenda.size).toBe(0);
        expect(rig.interest.wants(encodeMessage({ kind: "response", answers: [ptr("one")] }))).toBe(false);
        rig.sent.length = 0;
        rig.advance(90_000_000);
        expect(rig.sent).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});
