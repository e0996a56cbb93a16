import { describe, expect, test } from "vitest";
import { TYPE } from "../../src/mdns/record.ts";
import { a, host, instance, OTHER, PEER, ptr, QuerierRig, srv, txt } from "./querier-rig.ts";

const PRINTER = { name: host("printer"), type: TYPE.A } as const;

const count = (told: readonly string[], kind: string): number =>
  told.filter((text) => text.startsWith(kind)).length;

describe("M-19 however much strangers say, no more is kept than the limits say", () => {
  test("of one address: what nobody asks for makes room, what somebody asks for is kept and more refused", () => {
    const rig = new QuerierRig({ limits: { records: 100, recordsPerSource: 10 } });
    const asker = rig.ask();
    for (let i = 0; i < 50; i++) rig.say([ptr("known")], { additionals: [txt(`idle ${i}`, "a=b")] });
    expect(rig.querier.counts.records).toBe(10);
    expect(asker.told).toEqual(["added known._ipp._tcp.local"]);
    for (let i = 0; i < 50; i++) rig.say([ptr(`printer ${i}`)]);
    expect(rig.querier.counts.records).toBe(10);
    expect(count(asker.told, "added")).toBe(10);
    expect(count(asker.told, "removed")).toBe(0);
    expect(rig.drops).toContain("cache-full");
    rig.say([ptr("of another")], { address: OTHER });
    expect(asker.told.at(-1)).toBe("added of another._ipp._tcp.local");
  });

  test("of all: what nobody asks for goes first, the soonest to expire of it", () => {
    const rig = new QuerierRig({ limits: { records: 10, recordsPerSource: 10 } });
    const asker = rig.ask({ ...PRINTER, mode: "passive" });
    rig.say([a("printer", "192.168.1.20", { ttl: 5 })]);
    const additionals = Array.from({ length: 9 }, (_, i) => txt(`idle ${i}`, "a=b", { ttl: 1000 - i }));
    rig.say([a("printer", "192.168.1.20", { ttl: 5 })], { additionals });
    rig.say([a("printer", "192.168.1.20", { ttl: 5 })], {
      additionals: [txt("idle 8", "a=b", { ttl: 2000 })],
    });
    expect(rig.querier.counts.records).toBe(10);
    rig.say([a("printer", "192.168.1.21", { ttl: 5 })], { address: OTHER });
    expect(rig.querier.counts.records).toBe(10);
    const left = Array.from({ length: 9 }, (_, i) => i).filter(
      (i) => [...rig.querier.answers(instance(`idle ${i}`), TYPE.TXT)].length > 0,
    );
    expect(left).toEqual([0, 1, 2, 3, 4, 5, 6, 8]);
    expect(asker.told).toEqual(["added 192.168.1.20", "added 192.168.1.21"]);
  });

  test("a flood from some addresses drives out nothing that others said and somebody asks for", () => {
    const rig = new QuerierRig({ limits: { records: 100, recordsPerSource: 40 } });
    const asker = rig.ask();
    for (let i = 0; i < 5; i++) rig.say([ptr(`good ${i}`, { ttl: 120 })], { address: `192.168.1.${30 + i}` });
    for (let i = 0; i < 1000; i++) rig.say([ptr(`bad ${i}`)], { address: `192.168.1.${200 + (i % 4)}` });
    expect(rig.querier.counts.records).toBe(100);
    expect(asker.told.filter((text) => text.startsWith("removed good"))).toEqual([]);
    expect(count(asker.told, "removed")).toBe(0);
    rig.say([ptr("late and good")], { address: OTHER });
    expect(asker.told.at(-1)).toBe("added late and good._ipp._tcp.local");
    expect(count(asker.told, "removed")).toBe(1);
    expect(asker.told.at(-2)).toMatch(/^removed .* evicted$/);
  });

  test("repetitions with other lives, goodbyes and what comes back make nothing grow", () => {
    const rig = new QuerierRig({ limits: { records: 50, recordsPerSource: 50 } });
    rig.ask();
    rig.ask(PRINTER);
    for (let i = 0; i < 20_000; i++) {
      rig.say([ptr(`printer ${i % 60}`, { ttl: i % 7 === 0 ? 0 : 1 + (i % 4500) })]);
      if (i % 10 === 0) rig.advance(1);
    }
    expect(rig.querier.counts.records).toBeLessThanOrEqual(50);
    expect(rig.ground.agenda.size).toBeLessThanOrEqual(3);
  });

  test("M-21 data without a text to find them by are a hundred of a name at most: who comes next takes the place of one", () => {
    const rig = new QuerierRig();
    const { changes } = rig.ask({ name: instance("Office"), type: TYPE.TXT });
    for (let i = 0; i < 200; i++) rig.say([txt("Office", `n=${i}`, { flush: false })]);
    expect(rig.querier.counts.records).toBe(100);
    expect(changes.filter(({ kind }) => kind === "added")).toHaveLength(200);
    const gone = changes.flatMap((change) => (change.kind === "removed" ? [change.reason] : []));
    expect(gone).toEqual(Array.from({ length: 100 }, () => "evicted"));
  });
});

describe("G-34 F-41 ten thousand instances", () => {
  const limits = { records: 60_000, recordsPerSource: 60_000 };
  const CROWD = 10_000;

  function crowd(): { rig: QuerierRig; told: string[] } {
    const rig = new QuerierRig({ limits });
    const { told } = rig.ask();
    for (let i = 0; i < CROWD; i += 10) rig.say(said(i), { additionals: added(i), address: PEER });
    return { rig, told };
  }

  const some = <T>(make: (i: number) => T, from: number): T[] =>
    Array.from({ length: 10 }, (_, k) => make(from + k));
  const said = (from: number) => some((i) => ptr(`printer ${i}`), from);
  const added = (from: number) => [
    ...some((i) => srv(`printer ${i}`, `host-${i}`), from),
    ...some((i) => a(`host-${i}`, `10.0.${i >> 8}.${i & 255}`), from),
  ];

  test("are known, found, kept, and gone in the end", { timeout: 30_000 }, () => {
    const { rig, told } = crowd();
    expect(rig.querier.counts.records).toBe(3 * CROWD);
    expect(count(told, "added")).toBe(CROWD);
    for (let i = 0; i < CROWD; i += 10) rig.say(said(i));
    expect(told).toHaveLength(CROWD);
    expect([...rig.querier.answers(host("host-9999"), TYPE.A)]).toHaveLength(1);
    rig.advance(120_000);
    expect(rig.querier.counts.records).toBe(CROWD);
    rig.advance(4_400_000);
    expect(rig.querier.counts.records).toBe(0);
    expect(count(told, "removed")).toBe(CROWD);
  });
});
