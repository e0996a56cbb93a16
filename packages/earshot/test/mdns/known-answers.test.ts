import { describe, expect, test } from "vitest";
import { TYPE } from "../../src/mdns/record.ts";
import { a, host, IPP, instance, LINK, LINK6, ptr, QuerierRig, type Sent, txt } from "./querier-rig.ts";

/** Asks for pointers; then so many are heard, and the next query is waited for. */
function browsing(count: number, rig: QuerierRig = new QuerierRig()): readonly Sent[] {
  rig.ask();
  rig.advance(150);
  const pointers = Array.from({ length: count }, (_, i) => ptr(`a printer in room ${i}`));
  while (pointers.length > 0) rig.say(pointers.splice(0, 30));
  rig.sent.length = 0;
  rig.advance(1500);
  return rig.sent;
}

describe("known answers of a query", () => {
  test("A62-010 A62-063 A62-109 are what is known, with what is left of its life, without the cache-flush bit", () => {
    const rig = new QuerierRig();
    rig.ask();
    rig.say([ptr("Office", { flush: true, ttl: 4500 })]);
    rig.advance(60_000);
    const last = rig.sent.at(-1);
    const [answer, ...others] = last?.message.answers ?? [];
    expect(others).toEqual([]);
    expect(answer).toMatchObject({ type: TYPE.PTR, flush: false, class: 1 });
    const heardAt = 60_000;
    expect(answer?.ttl).toBe(Math.floor(4500 - ((last?.at ?? 0) - heardAt) / 1000));
  });

  test("A62-065 are those with at least half their life left", () => {
    const rig = new QuerierRig();
    rig.ask();
    rig.say([ptr("long"), ptr("short", { ttl: 20 }), ptr("middle", { ttl: 100 })]);
    const listed = (): (number | undefined)[][] =>
      rig.sent.filter(({ at }) => at > 60_000).map(({ message }) => message.answers.map(({ ttl }) => ttl));
    rig.advance(40_000);
    expect(listed().map((ttls) => ttls.length)).toEqual([3, 3, 3, 3, 2, 2]);
    rig.advance(40_000);
    expect(listed().at(-1)).toHaveLength(1);
  });

  test("A62-067 A62-137 M26 that do not fit go in messages of their own, each but the last with TC, none too long", () => {
    const sent = browsing(200);
    expect(sent.length).toBeGreaterThan(3);
    expect(new Set(sent.map(({ at }) => at)).size).toBe(1);
    expect(sent.map(({ message }) => message.questions.length)).toEqual([1, ...sent.slice(1).map(() => 0)]);
    expect(sent.map(({ message }) => message.truncated)).toEqual([...sent.slice(1).map(() => true), false]);
    for (const { bytes } of sent) expect(bytes.length).toBeLessThanOrEqual(1452);
    const names = sent.flatMap(({ message }) =>
      message.answers.map(({ data }) => (data.kind === "PTR" ? data.target.key : "")),
    );
    expect(new Set(names).size).toBe(200);
    expect(names).toHaveLength(200);
  });

  test("M26 messages are as long as the link takes", () => {
    const rig = new QuerierRig({ links: [{ ...LINK6, mtu: 1280 }] });
    rig.ask();
    rig.advance(150);
    for (let i = 0; i < 100; i++) rig.say([ptr(`a printer in room ${i}`)], { link: LINK6 });
    rig.sent.length = 0;
    rig.advance(1500);
    expect(rig.sent.length).toBeGreaterThan(1);
    for (const { bytes } of rig.sent) expect(bytes.length).toBeLessThanOrEqual(1280 - 48);
  });

  test("are 256 of a question at most, and no more messages than may leave at once", () => {
    const count = (sent: readonly Sent[]): number =>
      sent.reduce((sum, { message }) => sum + message.answers.length, 0);
    expect(count(browsing(1000))).toBe(256);
    expect(count(browsing(1000, new QuerierRig({ limits: { knownAnswers: 10 } })))).toBe(10);
    const few = browsing(1000, new QuerierRig({ limits: { queriesPerSecond: 2 } }));
    expect(few).toHaveLength(2);
    expect(few.at(-1)?.message.truncated).toBe(false);
  });

  test("A62-017 of several questions are in one message with them, each once", () => {
    const rig = new QuerierRig();
    rig.ask();
    rig.ask({ type: TYPE.ANY });
    rig.say([ptr("Office")]);
    rig.advance(1500);
    expect(rig.sent[1]?.message.questions).toHaveLength(2);
    expect(rig.sent[1]?.message.answers).toHaveLength(1);
  });

  test("are never those of another link, or of another question", () => {
    const rig = new QuerierRig({ links: [LINK, LINK6] });
    rig.ask();
    rig.say([ptr("Office")], { additionals: [a("printer", "192.168.1.20"), txt("Office", "a=b")] });
    rig.advance(3000);
    const on = (id: string): number[] =>
      rig.sent.filter(({ link }) => link === id).map(({ message }) => message.answers.length);
    expect(on(LINK.id)).toEqual([1, 1]);
    expect(on(LINK6.id)).toEqual([0, 0]);
  });

  test("M38 say no more than the one who gave them said, though they are kept longer here, or not as long", () => {
    const rig = new QuerierRig();
    rig.ask();
    rig.ask({ name: host("printer"), type: TYPE.A });
    rig.say([ptr("Office", { ttl: 600 }), ptr("Attic", { ttl: 80_000 })]);
    rig.advance(3000);
    const ttls = rig.sent.at(-1)?.message.answers.map(({ ttl }) => ttl) ?? [];
    expect(ttls).toHaveLength(2);
    expect(ttls[0]).toBeLessThanOrEqual(600);
    expect(ttls[0]).toBeGreaterThan(590);
    expect(ttls[1]).toBeGreaterThan(79_990);
  });

  test("are not those that may be gone", () => {
    const rig = new QuerierRig();
    rig.ask();
    rig.say([ptr("Office"), ptr("Attic")]);
    rig.turn((turn) => rig.querier.reconfirm(instance("Office"), TYPE.SRV, turn));
    rig.turn((turn) => rig.querier.reconfirm(IPP, TYPE.PTR, turn));
    rig.say([ptr("Attic")]);
    rig.advance(150);
    expect(rig.sent.at(-1)?.message.answers).toHaveLength(1);
  });
});
