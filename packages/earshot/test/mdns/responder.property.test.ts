import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mostBytesOn } from "../../src/mdns/ground.ts";
import { Name } from "../../src/mdns/name.ts";
import type { OwnRecord } from "../../src/mdns/publication.ts";
import { CLASS, type Question, type RecordData, type ResourceRecord, TYPE } from "../../src/mdns/record.ts";
import { ResponderRig, type Sent, said, V4, words } from "./responder-rig.ts";

const NAMES = ["host.local", "_x._tcp.local", "one._x._tcp.local", "two._x._tcp.local", "other.local"];
const ASKED_TYPES = [TYPE.A, TYPE.AAAA, TYPE.PTR, TYPE.SRV, TYPE.TXT, TYPE.CNAME, TYPE.ANY, 99, 257];

/** Data of a type; each number is another record. */
function dataOf(type: number, number: number): RecordData {
  const target = Name.parse(NAMES[number % NAMES.length] ?? "x.local");
  if (type === TYPE.A) return { kind: "A", address: `192.168.1.${number + 1}` };
  if (type === TYPE.AAAA) return { kind: "AAAA", address: `fe80::${number + 1}` };
  if (type === TYPE.PTR) return { kind: "PTR", target };
  if (type === TYPE.CNAME) return { kind: "CNAME", target };
  if (type === TYPE.SRV) return { kind: "SRV", priority: number, weight: 0, port: 80, target };
  if (type === TYPE.TXT) return { kind: "TXT", bytes: Uint8Array.of(1, 97 + number) };
  return { kind: "opaque", bytes: Uint8Array.of(number) };
}

const someCase = fc
  .tuple(fc.constantFrom(...NAMES), fc.nat({ max: 15 }))
  .map(([name, bits]) =>
    name.replace(/[a-z]/g, (letter, at: number) => ((bits >> (at % 4)) & 1 ? letter.toUpperCase() : letter)),
  );

/** Records of ours: of one name and type all are shared, or all unique. */
const ownRecords = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom(...NAMES),
      type: fc.constantFrom(TYPE.A, TYPE.AAAA, TYPE.PTR, TYPE.SRV, TYPE.TXT, TYPE.CNAME, 99, 257),
      number: fc.nat({ max: 3 }),
    }),
    { minLength: 1, maxLength: 14, selector: ({ name, type, number }) => `${name} ${type} ${number}` },
  )
  .chain((all) =>
    fc.func(fc.boolean()).map((isShared) =>
      all.map(({ name, type, number }): OwnRecord => {
        const ttl = type === TYPE.A || type === TYPE.AAAA ? 120 : 4500;
        const mixes = isShared(name, type, "mixed") && isShared(name, "mixed");
        return {
          name: Name.parse(name),
          type,
          ttl,
          isShared: mixes ? isShared(name, type) : isShared(name),
          data: dataOf(type, number),
        };
      }),
    ),
  );

const questions = fc.array(
  fc.record({
    name: someCase.map((name) => Name.parse(name)),
    type: fc.constantFrom(...ASKED_TYPES),
    class: fc.constantFrom(CLASS.IN, CLASS.IN, CLASS.IN, CLASS.ANY, 3),
    unicast: fc.boolean(),
  }),
  { minLength: 1, maxLength: 6 },
);

const knownAnswers = fc.array(
  fc.record({
    name: someCase.map((name) => Name.parse(name)),
    type: fc.constantFrom(TYPE.A, TYPE.AAAA, TYPE.PTR, TYPE.SRV, TYPE.TXT, TYPE.CNAME, 99),
    number: fc.nat({ max: 3 }),
    ttl: fc.constantFrom(0, 1, 59, 60, 119, 120, 2249, 2250, 4500, 86_400),
  }),
  { maxLength: 30 },
);

/**
 * What must be answered, said as plainly as RFC 6762 says it, without regard to time: each answer in words, sorted. Nobody
 * has heard of our records yet.
 */
function mustBeAnswered(
  ours: readonly OwnRecord[],
  asked: readonly Question[],
  known: readonly ResourceRecord[],
): string[] {
  const isKnown = (record: OwnRecord): boolean =>
    known.some(
      (one) => lower(words(one)) === lower(words(record)) && same(one, record) && one.ttl >= record.ttl / 2,
    );
  const answers = new Set<string>();
  for (const { name, type, class: code } of asked) {
    if (code === 3) continue;
    const ofName = ours.filter((record) => lower(`${record.name}`) === lower(`${name}`));
    const matching = ofName.filter(
      (record) => type === TYPE.ANY || record.type === type || record.type === TYPE.CNAME,
    );
    for (const record of matching) {
      const set = ofName.filter((other) => !record.isShared && other.type === record.type);
      if (record.isShared ? !isKnown(record) : !set.every(isKnown)) answers.add(described(record));
    }
    const isOursAlone = ofName.length > 0 && ofName.every(({ isShared }) => !isShared);
    if (
      isOursAlone &&
      matching.length === 0 &&
      type !== TYPE.ANY &&
      ofName.every((record) => record.type < 256)
    )
      answers.add(`NSEC ${lower(`${name}`)}`);
  }
  return [...answers].sort();
}

/** Words that tell apart what the data tells apart. */
function described({ name, type, data }: Pick<ResourceRecord, "name" | "type" | "data">): string {
  if (data.kind === "NSEC") return `NSEC ${lower(`${name}`)}`;
  return `${words({ name, type, data })} ${detailOf(data)}`;
}

function detailOf(data: RecordData): string {
  if (data.kind === "SRV") return String(data.priority);
  return data.kind === "TXT" || data.kind === "opaque" ? data.bytes.join() : "";
}

function same(a: Pick<ResourceRecord, "data">, b: Pick<ResourceRecord, "data">): boolean {
  return detailOf(a.data) === detailOf(b.data);
}

function lower(text: string): string {
  return text.toLowerCase();
}

function answered(sent: readonly Sent[]): string[] {
  return sent.flatMap(({ message }) => message.answers.map(described)).sort();
}

function recordsOf({ message }: Sent): readonly ResourceRecord[] {
  return [...message.answers, ...message.authorities, ...message.additionals];
}

function asKnown(
  list: readonly { name: Name; type: number; number: number; ttl: number }[],
): ResourceRecord[] {
  return list.map(({ name, type, number, ttl }) => ({
    name,
    type,
    class: CLASS.IN,
    flush: false,
    ttl,
    data: dataOf(type, number),
  }));
}

describe("The responder and a model of it", () => {
  test("A62-026 A62-028 A62-056 A62-063 A62-064 A62-106 whatever is asked and known, it answers what the RFC says", () => {
    fc.assert(
      fc.property(ownRecords, questions, knownAnswers, (ours, asked, list) => {
        const rig = new ResponderRig();
        rig.have(ours);
        const known = asKnown(list);
        rig.ask(asked, { answers: known });
        rig.advance(1000);
        expect(answered(rig.heard())).toEqual(mustBeAnswered(ours, asked, known));
      }),
      { numRuns: 100 },
    );
  });

  test("A62-068 B-32 the same when questions and known answers come in several messages", () => {
    fc.assert(
      fc.property(ownRecords, questions, knownAnswers, fc.nat({ max: 5 }), (ours, asked, list, cut) => {
        const rig = new ResponderRig();
        rig.have(ours);
        const known = asKnown(list);
        const [first, second] = [asked.slice(0, cut), asked.slice(cut)];
        rig.ask(first.length > 0 ? first : asked, { truncated: true, answers: known.slice(0, cut * 4) });
        rig.ask(first.length > 0 ? second : [], { truncated: true, answers: known.slice(cut * 4) });
        rig.ask([]);
        rig.advance(2000);
        const isAwaited = asked.some(({ name }) => rig.own.has(name));
        expect(answered(rig.heard())).toEqual(
          isAwaited ? mustBeAnswered(ours, asked, reachable(rig, first, asked, known, cut)) : [],
        );
      }),
      { numRuns: 150 },
    );
  });

  /** Known answers of a first message count only where one of its questions is for a name of ours: else nobody waits. */
  function reachable(
    rig: ResponderRig,
    first: readonly Question[],
    asked: readonly Question[],
    known: readonly ResourceRecord[],
    cut: number,
  ): readonly ResourceRecord[] {
    const opening = first.length > 0 ? first : asked;
    return opening.some(({ name }) => rig.own.has(name)) ? known : known.slice(cut * 4);
  }

  test("A62-059 A62-061 A62-062 a resolver of old gets the same, in one message, with short lives", () => {
    fc.assert(
      fc.property(ownRecords, questions, (ours, asked) => {
        const rig = new ResponderRig();
        rig.have(ours);
        const edns = { name: Name.root, type: TYPE.OPT, class: 4096, flush: false, ttl: 0 };
        rig.ask(
          asked,
          { additionals: [{ ...edns, data: { kind: "OPT", options: [] } }] },
          { from: { port: 999 } },
        );
        const heard = rig.heard();
        expect(answered(heard)).toEqual(mustBeAnswered(ours, asked, []));
        expect(heard.length).toBeLessThanOrEqual(1);
        const records = heard.flatMap(recordsOf).filter(({ type }) => type !== TYPE.OPT);
        expect(records.every(({ ttl, flush }) => ttl <= 10 && !flush)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});

type Step =
  | { readonly do: "wait"; readonly ms: number }
  | {
      readonly do: "ask";
      readonly asked: readonly Question[];
      readonly known: readonly ResourceRecord[];
      readonly truncated: boolean;
      readonly host: number;
      readonly port: number;
    }
  | { readonly do: "probe"; readonly asked: Question }
  | { readonly do: "drop" | "bring"; readonly which: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({
      do: fc.constant("wait" as const),
      ms: fc.constantFrom(0, 1, 15, 70, 130, 260, 500, 999, 1000),
    }),
    fc.record({
      do: fc.constant("ask" as const),
      asked: questions,
      known: knownAnswers.map((list) => asKnown(list.slice(0, 4))),
      truncated: fc.boolean(),
      host: fc.integer({ min: 20, max: 23 }),
      port: fc.constantFrom(5353, 5353, 5353, 4000),
    }),
  ),
  { minLength: 5, maxLength: 60 },
);

const wildSteps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: steps.filter((list) => list.length > 0).map((list) => list[0] as Step) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant("probe" as const),
        asked: questions.map((list) => list[0] as Question),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constantFrom("drop" as const, "bring" as const),
        which: fc.nat({ max: 13 }),
      }),
    },
  ),
  { minLength: 5, maxLength: 60 },
);

function perform(rig: ResponderRig, ours: readonly OwnRecord[], step: Step): void {
  if (step.do === "wait") rig.advance(step.ms);
  else if (step.do === "ask")
    rig.ask(
      step.asked,
      { answers: step.known, truncated: step.truncated },
      { from: { address: `192.168.1.${step.host}`, port: step.port } },
    );
  else if (step.do === "probe")
    rig.ask([{ ...step.asked, type: TYPE.ANY }], {
      authorities: [{ ...said(ours[0] as OwnRecord), name: step.asked.name }],
    });
  else change(rig, ours, step.do === "bring", step.which);
}

function change(rig: ResponderRig, ours: readonly OwnRecord[], brings: boolean, which: number): void {
  const record = ours[which % ours.length] as OwnRecord;
  const live = rig.own.at(V4.id, record.name).find((one) => described(one) === described(record));
  if (brings) rig.own.hold(V4, record, 1, true);
  else if (live) rig.own.release(live, 1);
}

/** The shortest time between two multicasts of the same record, in any section. */
function shortestGap(sent: readonly Sent[]): number {
  const last = new Map<string, number>();
  let shortest = Number.POSITIVE_INFINITY;
  for (const each of sent.filter(({ to }) => to === "group"))
    for (const record of recordsOf(each)) {
      const key = record.type === TYPE.NSEC ? words(record) : described(record);
      shortest = Math.min(shortest, each.at - (last.get(key) ?? Number.NEGATIVE_INFINITY));
      last.set(key, each.at);
    }
  return shortest;
}

function checkMessages(sent: readonly Sent[], ours: readonly OwnRecord[]): void {
  const shared = new Map(ours.map((record) => [described(record), record.isShared]));
  for (const each of sent) {
    const records = recordsOf(each).filter(({ type }) => type !== TYPE.OPT);
    expect(each.bytes.length).toBeLessThanOrEqual(mostBytesOn(V4));
    expect(new Set(records.map(described)).size).toBe(records.length);
    const isLegacy = each.to !== "group" && each.to.port !== 5353;
    for (const record of records) {
      const isShared = record.type === TYPE.NSEC ? false : shared.get(described(record));
      expect(isShared).toBeDefined();
      expect(record.flush).toBe(!isShared && !isLegacy);
    }
  }
}

describe("Over time", () => {
  test("A62-040 B-37 B-40 whatever is asked, no record is multicast twice in a second or stands twice in a message", () => {
    fc.assert(
      fc.property(ownRecords, steps, fc.integer(), (ours, list, seed) => {
        const rig = new ResponderRig({ seed });
        rig.have(ours);
        for (const step of list) perform(rig, ours, step);
        rig.advance(3000);
        const heard = rig.heard();
        expect(shortestGap(heard)).toBeGreaterThanOrEqual(1000);
        checkMessages(heard, ours);
        expect(rig.ground.agenda.size).toBe(0);
      }),
      { numRuns: 100 },
    );
  });

  test("A62-041 with probes, and records that come and go, not twice in 250 ms", () => {
    fc.assert(
      fc.property(ownRecords, wildSteps, fc.integer(), (ours, list, seed) => {
        const rig = new ResponderRig({ seed });
        const kept: readonly OwnRecord[] = rig.have(ours);
        for (const step of list) perform(rig, kept, step);
        rig.advance(3000);
        const heard = rig.heard();
        expect(gapWithoutChanges(heard, list)).toBeGreaterThanOrEqual(250);
        checkMessages(heard, ours);
      }),
      { numRuns: 100 },
    );
  });

  /** A record that went and came is another one, of which nobody knows when it was said: where that happened, all is allowed. */
  function gapWithoutChanges(sent: readonly Sent[], list: readonly Step[]): number {
    return list.some((step) => step.do === "drop") ? Number.POSITIVE_INFINITY : shortestGap(sent);
  }

  test("A62-032 A62-055 who asks all hears it within 620 ms, or all heard it within the second before", () => {
    fc.assert(
      fc.property(ownRecords, steps, fc.integer(), (ours, list, seed) => {
        const rig = new ResponderRig({ seed });
        rig.have(ours);
        const due: { readonly at: number; readonly answer: string }[] = [];
        for (const step of list) {
          if (step.do === "ask" && step.port === 5353 && !step.truncated) {
            const asked = step.asked.map((question) => ({ ...question, unicast: false }));
            for (const answer of mustBeAnswered(ours, asked, step.known)) due.push({ at: rig.now, answer });
            rig.ask(asked, { answers: step.known }, { from: { address: `192.168.1.${step.host}` } });
          } else if (step.do === "wait") rig.advance(step.ms);
        }
        rig.advance(3000);
        const heard = rig
          .heard()
          .flatMap((sent) => recordsOf(sent).map((record) => [sent.at, described(record)] as const));
        for (const { at, answer } of due) {
          const times = heard.filter(
            ([when, what]) => what === answer && when >= at - 1000 && when <= at + 620,
          );
          expect(times.length, `${answer} asked for at ${at}`).toBeGreaterThan(0);
        }
      }),
      { numRuns: 100 },
    );
  });
});
