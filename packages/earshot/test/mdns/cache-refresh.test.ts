import { describe, expect, test } from "vitest";
import { TYPE } from "../../src/mdns/record.ts";
import { a, host, ptr, QuerierRig, srv } from "./querier-rig.ts";

const PRINTER = { name: host("printer"), type: TYPE.A } as const;
const OFFICE = "Office._ipp._tcp.local";

describe("what somebody asks for all the time is kept fresh", () => {
  test("A62-013 it is asked for at 80, 85, 90 and 95 % of its life, each up to 2 % later, and is gone at its end", () => {
    const first: number[] = [];
    for (let seed = 0; seed < 40; seed++) {
      const rig = new QuerierRig({ seed });
      const asker = rig.ask(PRINTER);
      rig.say([a("printer", "192.168.1.20")]);
      const since = rig.now;
      rig.advance(119_999);
      const shares = rig.askedAt(since).map((at) => at / 120_000);
      expect(shares).toHaveLength(4);
      [0.8, 0.85, 0.9, 0.95].forEach((share, index) => {
        expect(shares[index]).toBeGreaterThanOrEqual(share);
        expect(shares[index]).toBeLessThanOrEqual(share + 0.02);
      });
      expect(asker.told).toHaveLength(1);
      rig.advance(1);
      expect(asker.told.at(-1)).toBe("removed 192.168.1.20 expired");
      first.push(shares[0] ?? 0);
    }
    expect(Math.max(...first) - Math.min(...first)).toBeGreaterThan(0.015);
  });

  test("A62-013 an answer ends the asking until it is at 80 % of its life again", () => {
    const rig = new QuerierRig();
    const asker = rig.ask(PRINTER);
    rig.say([a("printer", "192.168.1.20")]);
    for (let i = 0; i < 10; i++) {
      rig.sent.length = 0;
      rig.advance(99_000);
      expect(rig.sent).toHaveLength(1);
      expect(rig.sent[0]?.message.answers).toEqual([]);
      rig.say([a("printer", "192.168.1.20")]);
    }
    expect(asker.told).toHaveLength(11);
  });

  test("A62-014 what nobody asks for, or only listens for, or asked for once, is not", () => {
    const rig = new QuerierRig();
    const end = rig.ask();
    rig.ask({ ...PRINTER, mode: "passive" });
    rig.say([ptr("Office")], { additionals: [srv("Office", "printer"), a("printer", "192.168.1.20")] });
    end.asking.end();
    rig.sent.length = 0;
    rig.advance(5_000_000);
    expect(rig.sent).toEqual([]);
    expect(rig.querier.counts.records).toBe(0);
  });

  test("A62-013 asking that begins late in a life begins where that is", () => {
    const rig = new QuerierRig();
    rig.ask({ ...PRINTER, mode: "passive" });
    rig.say([a("printer", "192.168.1.20")]);
    const since = rig.now;
    rig.advance(110_000);
    rig.ask(PRINTER);
    rig.advance(9000);
    const shares = rig.askedAt(since).map((at) => at / 120_000);
    expect(shares.length).toBeGreaterThanOrEqual(1);
    expect(shares.length).toBeLessThanOrEqual(2);
    expect(shares.at(-1)).toBeGreaterThanOrEqual(0.95);
  });

  test("M10 M-26 lives of seconds are no storm: a pointer is kept for 1125 s at least, others for 15", () => {
    const rig = new QuerierRig();
    const pointers = rig.ask();
    const addresses = rig.ask(PRINTER);
    rig.say([ptr("Office", { ttl: 1 }), a("printer", "192.168.1.20", { ttl: 1 })]);
    rig.advance(14_999);
    expect(addresses.told).toHaveLength(1);
    const forAddress = rig.sent.filter(({ message }) =>
      message.questions.some(({ type }) => type === TYPE.A),
    );
    expect(forAddress.length).toBeLessThanOrEqual(4);
    const at = forAddress.map((sent) => sent.at);
    at.slice(1).forEach((instant, index) => {
      expect(instant - (at[index] ?? 0)).toBeGreaterThanOrEqual(1000);
    });
    rig.advance(1);
    expect(addresses.told.at(-1)).toBe("removed 192.168.1.20 expired");
    rig.advance(1_125_000 - 15_001);
    expect(pointers.told).toEqual([`added ${OFFICE}`]);
    rig.advance(1);
    expect(pointers.told.at(-1)).toBe(`removed ${OFFICE} expired`);
  });

  test("M10 a record that is said every second with a life of two is asked for by nobody, and told as one", () => {
    const rig = new QuerierRig();
    const asker = rig.ask(PRINTER);
    for (let i = 0; i < 120; i++) {
      rig.say([a("printer", "192.168.1.20", { ttl: 2 })]);
      rig.advance(1000);
    }
    expect(rig.sent).toEqual([]);
    expect(new Set(asker.told)).toEqual(new Set(["added 192.168.1.20", "refreshed 192.168.1.20"]));
  });

  test("M-26 lives of years end after 75 minutes, or a day where nothing hangs on them", () => {
    const rig = new QuerierRig();
    const pointers = rig.ask({ mode: "passive" });
    const addresses = rig.ask({ ...PRINTER, mode: "passive" });
    for (const ttl of [2 ** 31, 2 ** 32 - 1]) {
      rig.say([ptr("Office", { ttl }), a("printer", "192.168.1.20", { ttl })]);
      rig.advance(4_499_999);
      expect(pointers.told.at(-1)).toMatch(/added|refreshed/);
      rig.advance(1);
      expect(pointers.told.at(-1)).toMatch(/expired/);
      rig.advance(86_400_000 - 4_500_000);
      expect(addresses.told.at(-1)).toMatch(/expired/);
    }
  });

  test("M-26 however many records of a set age at different times, they are asked for once a second at most", () => {
    const rig = new QuerierRig();
    rig.ask({ ...PRINTER });
    for (let i = 0; i < 1000; i++) {
      rig.say([a("printer", `10.0.${i >> 8}.${i & 255}`, { flush: false, ttl: 20 })]);
      rig.advance(10);
    }
    rig.sent.length = 0;
    const since = rig.now;
    rig.advance(10_000);
    const at = rig.askedAt(since);
    at.slice(1).forEach((instant, index) => {
      expect(instant - (at[index] ?? 0)).toBeGreaterThanOrEqual(999);
    });
    expect(at.length).toBeGreaterThan(3);
  });
});
