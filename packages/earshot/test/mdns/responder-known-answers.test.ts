import { describe, expect, test } from "vitest";
import { TYPE } from "../../src/mdns/record.ts";
import {
  a,
  PRINTER,
  ptr,
  question,
  ResponderRig,
  said,
  shared,
  srv,
  txt,
  unique,
  WLAN,
  words,
} from "./responder-rig.ts";

const INSTANCES = question("_ipp._tcp.local", TYPE.PTR);
const HOST = question("host.local", TYPE.A);
const ANSWER = ptr("_ipp._tcp.local", "Office._ipp._tcp.local");

function printer(options: ConstructorParameters<typeof ResponderRig>[0] = {}): ResponderRig {
  const rig = new ResponderRig(options);
  rig.have(PRINTER);
  return rig;
}

/** When each message goes, in ms from now, and what it answers. */
function within(rig: ResponderRig, ms: number): (readonly [number, string[]])[] {
  const start = rig.now;
  rig.advance(ms);
  return rig.heard().map(({ at, message }) => [at - start, message.answers.map(words)]);
}

describe("Known answers in the query", () => {
  test("A62-063 B-28 what is known with half of its TTL left is not said", () => {
    for (const ttl of [4500, 2250]) {
      const rig = printer();
      rig.ask([INSTANCES], { answers: [said(ANSWER, { ttl })] });
      rig.ask([HOST], { answers: [said(a("host.local", "192.168.1.10"), { ttl: 60 })] });
      expect(within(rig, 1000)).toEqual([]);
    }
  });

  test("A62-064 B-28 what is known for less than half of its TTL is said", () => {
    for (const ttl of [2249, 1, 0]) {
      const rig = printer();
      rig.ask([INSTANCES], { answers: [said(ANSWER, { ttl })] });
      expect(within(rig, 1000)).toHaveLength(1);
    }
  });

  test("M38 what is known for longer than it can live is known", () => {
    const rig = printer();
    rig.ask([INSTANCES], { answers: [said(ANSWER, { ttl: 0xffff_ffff })] });
    expect(within(rig, 1000)).toEqual([]);
  });

  test("A62-063 A62-125 the same is the same in whatever letter case, also with a cache-flush bit", () => {
    const rig = printer();
    rig.ask([INSTANCES], {
      answers: [said(ptr("_IPP._tcp.LOCAL", "OFFICE._ipp._TCP.local"), { flush: true })],
    });
    expect(within(rig, 1000)).toEqual([]);
  });

  test("A62-064 what differs in its data is another record", () => {
    const rig = printer();
    rig.ask([question("Office._ipp._tcp.local", TYPE.SRV)], {
      answers: [said(srv("Office._ipp._tcp.local", "Host.local", 632))],
    });
    rig.ask([question("Office._ipp._tcp.local", TYPE.TXT)], {
      answers: [said(txt("Office._ipp._tcp.local", "RP=ipp/print"))],
    });
    expect(within(rig, 0)).toHaveLength(2);
  });

  test("A62-064 A62-026 what is known in another class is another record", () => {
    const rig = printer();
    rig.ask([INSTANCES], { answers: [{ ...said(ANSWER), class: 3 }] });
    expect(within(rig, 1000)).toHaveLength(1);
  });

  test("B-31 with many questions in a message each is relieved of what is known of it", () => {
    const rig = new ResponderRig();
    const types = Array.from({ length: 32 }, (_, index) => `_t${index}._tcp.local`);
    const records = types.map((type) => ptr(type, `x.${type}`));
    rig.have(records);
    const known = records.filter((_, index) => index % 2 === 0);
    const stale = known.slice(0, 3);
    rig.ask(
      types.map((type) => question(type, TYPE.PTR)),
      { answers: known.map((record) => said(record, { ttl: stale.includes(record) ? 2000 : 4500 })) },
    );
    rig.advance(1000);
    const answers = rig.heard().flatMap(({ message }) => message.answers.map(words));
    const expected = records.filter((record) => !known.includes(record) || stale.includes(record));
    expect(answers.sort()).toEqual(expected.map(words).sort());
  });

  test("A62-063 of a thousand instances those known are left out, and no others", () => {
    const rig = new ResponderRig({ limits: { knownAnswers: 1000 } });
    const records = Array.from({ length: 1000 }, (_, index) =>
      ptr("_x._tcp.local", `n${index}._x._tcp.local`),
    );
    rig.have(records);
    rig.ask([question("_x._tcp.local", TYPE.PTR)], {
      answers: records.filter((_, index) => index % 3 > 0 && index < 500).map((record) => said(record)),
    });
    rig.advance(200);
    const answers = rig.heard().flatMap(({ message }) => message.answers.map(words));
    expect(answers).toEqual(
      records.filter((_, index) => index % 3 === 0 || index >= 500).map((record) => words(record)),
    );
  });

  test("A62-063 a known negative is not said again", () => {
    const rig = printer();
    const nsec = (...types: number[]) =>
      unique("Office._ipp._tcp.local", TYPE.NSEC, { kind: "NSEC", next: ANSWER.name, types });
    const missing = question("Office._ipp._tcp.local", TYPE.AAAA);
    rig.ask([missing], { answers: [said(nsec(TYPE.TXT, TYPE.SRV))] });
    expect(within(rig, 0)).toEqual([]);
    rig.ask([missing], { answers: [said(nsec(TYPE.TXT))] });
    expect(within(rig, 0)).toHaveLength(1);
  });

  test("what is known does not go along with what is not", () => {
    const rig = printer();
    rig.ask([INSTANCES], { answers: [said(srv("Office._ipp._tcp.local", "Host.local", 631))] });
    rig.advance(200);
    const [sent] = rig.heard();
    expect(sent?.message.answers.map(words)).toEqual(["_ipp._tcp.local PTR Office._ipp._tcp.local"]);
    expect(sent?.message.additionals.map(({ type }) => type)).toEqual([TYPE.TXT, TYPE.A, TYPE.AAAA]);
  });

  test("what one asker knows and another does not is said", () => {
    const rig = printer();
    const other = { from: { address: "192.168.1.21" } };
    rig.ask([INSTANCES], { answers: [said(ANSWER)] });
    rig.ask([INSTANCES], {}, other);
    expect(within(rig, 1000)).toHaveLength(1);
    rig.advance(10_000);
    rig.ask([INSTANCES], { answers: [said(srv("Office._ipp._tcp.local", "Host.local", 631))] });
    rig.ask([INSTANCES], {}, other);
    rig.advance(1000);
    const [sent] = rig.heard();
    expect(sent?.message.additionals.map(({ type }) => type)).toContain(TYPE.SRV);
  });

  test("M-21 more known answers of ours than are heeded are not looked at, and that is counted", () => {
    const rig = new ResponderRig({ limits: { knownAnswers: 4 } });
    const records = Array.from({ length: 10 }, (_, index) => ptr("_x._tcp.local", `n${index}._x._tcp.local`));
    rig.have(records);
    const strangers = Array.from({ length: 100 }, (_, index) =>
      ptr("_x._tcp.local", `s${index}._x._tcp.local`),
    );
    const reason = rig.ask([question("_x._tcp.local", TYPE.PTR)], {
      answers: [...strangers, ...records].map((record) => said(record)),
    });
    expect(reason).toBe("too-many-known-answers");
    expect(within(rig, 200)[0]?.[1]).toHaveLength(6);
  });
});

describe("Known answers in several messages", () => {
  const MANY = Array.from({ length: 6 }, (_, index) => ptr("_x._tcp.local", `n${index}._x._tcp.local`));
  const ASKED = question("_x._tcp.local", TYPE.PTR);

  function gatherer(options: ConstructorParameters<typeof ResponderRig>[0] = {}): ResponderRig {
    const rig = new ResponderRig(options);
    rig.have(MANY);
    rig.have([a("host.local", "192.168.1.10")]);
    return rig;
  }

  test("A62-068 B-29 M27 what a following message lists is not said", () => {
    const rig = gatherer();
    rig.ask([ASKED], { truncated: true, answers: MANY.slice(0, 2).map((record) => said(record)) });
    rig.advance(5);
    rig.ask([], { truncated: true, answers: MANY.slice(2, 4).map((record) => said(record)) });
    rig.advance(5);
    rig.ask([], { answers: MANY.slice(4, 5).map((record) => said(record)) });
    const heard = within(rig, 1000);
    expect(heard.map(([, answers]) => answers)).toEqual([["_x._tcp.local PTR n5._x._tcp.local"]]);
  });

  test("A62-068 when all is known in the end, nothing is said", () => {
    const rig = gatherer();
    rig.ask([ASKED], { truncated: true });
    rig.ask([], { answers: MANY.map((record) => said(record)) });
    expect(within(rig, 1000)).toEqual([]);
  });

  test("B-32 questions in several messages are put together, with what is known of any", () => {
    const rig = gatherer();
    rig.ask([ASKED, HOST], { truncated: true, answers: MANY.slice(0, 5).map((record) => said(record)) });
    rig.ask([question("nobody.local", TYPE.A)], {
      truncated: true,
      answers: [said(a("host.local", "192.168.1.10"))],
    });
    expect(within(rig, 1000).map(([, answers]) => answers)).toEqual([["_x._tcp.local PTR n5._x._tcp.local"]]);
  });

  test("A62-069 each message with TC has it wait for 400 to 500 ms more, one without does not", () => {
    const rig = gatherer();
    rig.ask([ASKED], { truncated: true });
    rig.advance(300);
    rig.ask([], { truncated: true, answers: [said(MANY[0] as (typeof MANY)[0])] });
    expect(within(rig, 399)).toEqual([]);
    rig.ask([], { answers: [said(MANY[1] as (typeof MANY)[0])] });
    const [[at, answers] = [0, []]] = within(rig, 1000);
    expect(at).toBeGreaterThan(0);
    expect(at).toBeLessThanOrEqual(101);
    expect(answers).toHaveLength(4);
  });

  test("A62-068 what another host lists is not known to the one that asked", () => {
    const rig = gatherer({ links: [...new ResponderRig().ground.links.values(), WLAN] });
    const all = MANY.map((record) => said(record));
    rig.ask([ASKED], { truncated: true });
    rig.ask([], { answers: all }, { from: { address: "192.168.1.21" } });
    rig.advance(300);
    rig.ask([], { answers: all, truncated: true }, { link: WLAN });
    expect(within(rig, 200)[0]?.[1]).toHaveLength(6);
  });

  test("A62-040 what was said to all while more was waited for is not said again", () => {
    const rig = gatherer();
    rig.ask([ASKED], { truncated: true });
    rig.advance(1);
    rig.ask([ASKED], {}, { from: { address: "192.168.1.21" } });
    expect(within(rig, 389)).toHaveLength(1);
    for (let more = 0; more < 3; more++) {
      rig.ask([], { truncated: true });
      rig.advance(390);
    }
    expect(within(rig, 2000)).toEqual([]);
  });

  test("what all heard before a later question is said again when that is asked", () => {
    const rig = gatherer();
    rig.ask([ASKED], { truncated: true });
    rig.advance(50);
    for (const record of rig.own.at("eth0/4", HOST.name)) rig.own.multicast(record, rig.now);
    rig.advance(250);
    rig.ask([HOST], { truncated: true });
    const answers = within(rig, 2000).flatMap(([, words]) => words);
    expect(answers).toContain("host.local A 192.168.1.10");
  });

  test("A62-068 one who also asked in one message is answered, whatever the other lists later", () => {
    const rig = gatherer();
    rig.ask([ASKED], { truncated: true });
    rig.ask([ASKED], {}, { from: { address: "192.168.1.21" } });
    rig.advance(1);
    rig.ask([], { answers: MANY.map((record) => said(record)) });
    const heard = within(rig, 1000);
    expect(heard.map(([, answers]) => answers.length)).toEqual([6]);
    expect(heard[0]?.[0]).toBeLessThanOrEqual(120);
  });

  test("a question of its own between the pieces is answered in its own time", () => {
    const rig = gatherer();
    rig.ask([ASKED], { truncated: true });
    rig.ask([HOST], { answers: MANY.slice(0, 5).map((record) => said(record)) });
    expect(within(rig, 1000)).toEqual([
      [0, ["host.local A 192.168.1.10"]],
      [expect.any(Number), ["_x._tcp.local PTR n5._x._tcp.local"]],
    ]);
  });

  test("known answers that nobody waits for, and questions that are not ours, are not kept", () => {
    const rig = gatherer();
    rig.ask([], { truncated: true, answers: MANY.map((record) => said(record)) });
    rig.ask([question("nobody.local", TYPE.A)], { truncated: true });
    expect(rig.ground.agenda.size).toBe(0);
  });

  test("M-20 however long messages with TC keep coming, it ends", () => {
    const rig = gatherer({ limits: { deferredPerSource: 1000 } });
    const start = rig.now;
    for (let message = 0; message < 100; message++) {
      rig.ask(message === 0 ? [ASKED] : [], {
        truncated: true,
        answers: [said(MANY[0] as (typeof MANY)[0])],
      });
      rig.advance(100);
    }
    const [first] = rig.heard();
    expect((first?.at ?? 0) - start).toBe(2000);
    expect(first?.message.answers).toHaveLength(5);
  });

  test("M-20 of one host 16 messages count, the rest is dropped and does not prolong the wait", () => {
    const rig = gatherer();
    rig.ask([ASKED], { truncated: true });
    const reasons = Array.from({ length: 20 }, () => rig.ask([], { truncated: true }));
    expect(reasons.filter((reason) => reason === "too-many-deferred")).toHaveLength(5);
    rig.advance(300);
    expect(rig.ask([], { truncated: true, answers: MANY.map((record) => said(record)) })).toBe(
      "too-many-deferred",
    );
    expect(within(rig, 200)[0]?.[1]).toHaveLength(6);
  });

  test("M-20 of more than 512 hosts who came first is answered first, with what is known by then", () => {
    const rig = gatherer();
    const host = (index: number) => ({ from: { address: `192.168.1.${index}`, port: 5353 } });
    const small = gatherer({ limits: { deferredSources: 2 } });
    small.ask(
      [ASKED],
      { truncated: true, answers: MANY.slice(0, 5).map((record) => said(record)) },
      host(21),
    );
    small.ask([ASKED], { truncated: true }, host(22));
    expect(small.heard()).toEqual([]);
    expect(small.ask([HOST], { truncated: true }, host(23))).toBe("too-many-deferred");
    expect(small.heard().map(({ message }) => message.answers.map(words))).toEqual([
      ["_x._tcp.local PTR n5._x._tcp.local"],
    ]);
    for (let index = 0; index < 2000; index++)
      rig.ask([HOST], { truncated: true }, { from: { address: `192.168.${index >> 8}.${index & 255}` } });
    expect(rig.ground.agenda.size).toBeLessThanOrEqual(513);
    expect(rig.dropped.filter((reason) => reason === "too-many-deferred")).toHaveLength(2000 - 512);
  });

  test("a link that is gone is not answered when the wait is over", () => {
    const rig = gatherer();
    rig.ask([ASKED], { truncated: true });
    rig.relink([]);
    expect(rig.ground.agenda.size).toBe(0);
    expect(within(rig, 1000)).toEqual([]);
  });

  test("A62-035 shared records of other types wait as well", () => {
    const rig = gatherer();
    rig.have([shared("_y._tcp.local", TYPE.TXT, { kind: "TXT", bytes: Uint8Array.of(0) })]);
    rig.ask([question("_y._tcp.local", TYPE.TXT)], { truncated: true });
    const [[at] = [0]] = within(rig, 1000);
    expect(at).toBeGreaterThanOrEqual(400);
    expect(at).toBeLessThanOrEqual(500);
  });
});

describe("What one asker can have us keep", () => {
  test("M-20 questions of one host are kept up to a bound", () => {
    const rig = printer();
    const types = (from: number) =>
      Array.from({ length: 100 }, (_, index) => question("host.local", from + index));
    expect(rig.ask(types(300), { truncated: true })).toBeUndefined();
    expect(rig.ask(types(400), { truncated: true })).toBeUndefined();
    expect(rig.ask(types(500), { truncated: true })).toBe("too-many-deferred");
    expect(within(rig, 1000)).toEqual([[expect.any(Number), ["Host.local NSEC A+AAAA"]]]);
  });

  test("M-21 negatives that it says to know are heeded up to a bound", () => {
    const rig = printer();
    const next = ANSWER.name;
    const known = Array.from({ length: 100 }, (_, index) =>
      said(unique("host.local", TYPE.NSEC, { kind: "NSEC", next, types: [index + 1] })),
    );
    expect(rig.ask([question("host.local", TYPE.TXT)], { answers: known })).toBe("too-many-known-answers");
    expect(rig.heard()).toHaveLength(1);
  });
});
