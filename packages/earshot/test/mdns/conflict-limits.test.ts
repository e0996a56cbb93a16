import { describe, expect, test } from "vitest";
import { ConflictHistory, ConflictLimits, Defences } from "../../src/mdns/conflict-limits.ts";
import { Name } from "../../src/mdns/name.ts";
import { a, ClaimsRig, HOST, Offer, said } from "./claims-rig.ts";

const NEVER = Number.NEGATIVE_INFINITY;

/** Somebody denies every name we try, for ever. Returns when each first probe for a new name was sent. */
function denyAll(rig: ClaimsRig, forMs: number): number[] {
  const tries: number[] = [];
  let number = 1;
  const offer = new Offer([a("192.168.1.10")]);
  const id = rig.publish(offer);
  offer.react = function next(news, turn) {
    if (news.kind !== "conflict") return;
    const renamed = new Offer([a("192.168.1.10", Name.parse(`office-${++number}.local`))]);
    renamed.react = next;
    rig.turn(() => rig.claims.replace(id, renamed, turn));
  };
  const end = rig.now + forMs;
  while (rig.now < end) {
    const { nextAt } = rig.ground.agenda;
    rig.advance(Math.min(nextAt, end) - rig.now);
    const last = rig.probes.at(-1);
    rig.forget();
    if (!last) continue;
    tries.push(last.at);
    for (const { name } of last.message.questions) rig.hear([said(a("192.168.1.99", name))]);
  }
  return tries;
}

describe("limits on conflicts", () => {
  test("A62-083, B-13, quirk M12 after fifteen conflicts within ten seconds each further probe waits for five", () => {
    const tries = denyAll(new ClaimsRig(), 60_000);
    const start = tries[0] ?? 0;
    expect((tries[14] ?? 0) - start).toBeLessThan(10_000);
    const gaps = tries.slice(15).map((at, index) => at - (tries[index + 14] ?? 0));
    expect(gaps.length).toBeGreaterThan(5);
    for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(5000);
  });

  test("M-24 after 32 conflicts in a row each wait is twice as long as the last, ten minutes at most", () => {
    const tries = denyAll(new ClaimsRig(), 4 * 3_600_000);
    const waits = tries.slice(32).map((at, index) => at - (tries[index + 31] ?? 0));
    for (const [index, wait] of waits.entries()) {
      const least = Math.min(10_000 * 2 ** index, 600_000);
      expect(wait).toBeGreaterThanOrEqual(least);
      expect(wait).toBeLessThanOrEqual(least + 250);
    }
    expect(tries.length).toBeLessThan(32 + 6 + 4 * 6 + 1);
  });

  test("A62-083 the limit is the host's: another publication waits as well", () => {
    const rig = new ClaimsRig();
    const last = denyAll(rig, 5000).at(-1) ?? 0;
    rig.publish(new Offer([a("192.168.1.10", Name.parse("other.local"))]));
    rig.advance(20_000);
    const first = rig.probes.find(({ message }) =>
      message.questions.some(({ name }) => name.toString() === "other.local"),
    );
    expect((first?.at ?? 0) - last).toBeGreaterThanOrEqual(5000);
  });

  test("A62-083 after ten quiet seconds the limit is off", () => {
    const limits = new ConflictLimits();
    for (let at = 0; at < 14; at++) limits.add(at);
    expect(limits.waitsUntil(14)).toBe(NEVER);
    limits.add(14);
    expect(limits.waitsUntil(15)).toBe(5014);
    limits.add(5014);
    expect(limits.waitsUntil(5014)).toBe(10_014);
    expect(limits.waitsUntil(15_014)).toBe(10_014);
    expect(limits.waitsUntil(15_015)).toBe(NEVER);
    limits.add(20_000);
    expect(limits.waitsUntil(20_000)).toBe(NEVER);
  });

  test("A62-083 fifteen conflicts in more than ten seconds are no crowd", () => {
    const limits = new ConflictLimits();
    for (let at = 0; at < 100; at++) limits.add(at * 720);
    expect(limits.waitsUntil(100 * 720)).toBe(NEVER);
  });

  test("M-24 conflicts count as a row until the names were ours for ten seconds", () => {
    const history = new ConflictHistory();
    for (let at = 0; at < 31; at++) history.add(at);
    expect(history.waitsUntil).toBe(NEVER);
    history.calm(100);
    history.add(9000);
    expect(history.waitsUntil).toBe(9000 + 10_000);
    history.calm(20_000);
    history.add(30_000);
    expect(history.waitsUntil).toBe(NEVER);
    expect(history.count).toBe(33);
  });

  test("M-24 a name that must be defended again and again is defended more slowly", () => {
    const defences = new Defences();
    const waits = Array.from({ length: 7 }, (_, at) => defences.add(HOST, "eth0/4", at * 1000) - at * 1000);
    expect(waits).toEqual([0, 0, 0, 0, 0, 5000, 5000]);
    expect(defences.add(HOST, "wlan0/4", 7000)).toBe(7000);
    expect(defences.add(HOST, "eth0/4", 100_000)).toBe(100_000);
  });
});
