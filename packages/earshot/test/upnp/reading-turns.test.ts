import { describe, expect, test } from "vitest";
import { ReadingTurns } from "../../src/upnp/reading-turns.ts";
import { FakeClock } from "../network/fake-network.ts";
import { pass, settled, watch } from "./fetching.ts";

/** Turns whose readings take time, and when each began. */
function rig() {
  const clock = new FakeClock();
  const turns = new ReadingTurns(clock);
  const began: { name: string; at: number }[] = [];
  const read = (name: string, ms: number, size = 1, signal = new AbortController().signal) =>
    watch(
      turns.take(size, signal, () => {
        began.push({ name, at: clock.time });
        clock.time += ms;
        return name;
      }),
    );
  return { clock, turns, began, read, pass: (ms: number) => pass(clock, ms) };
}

describe("reading in turns", () => {
  test("is done in a later turn of the event loop, one document in each", async () => {
    const { clock, read, began } = rig();
    const all = ["a", "b", "c"].map((name) => read(name, 0));
    await settled();
    expect(began).toEqual([]);
    for (let turn = 1; turn <= 3; turn++) {
      expect(clock.armed).toHaveLength(1);
      clock.fireEarly(clock.time);
      expect(began).toHaveLength(turn);
    }
    await settled();
    expect(all.map(({ value }) => value)).toEqual(["a", "b", "c"]);
    expect(clock.armed).toEqual([]);
  });

  test("H-08 documents that take long get half a second at once, and a tenth of all time after that", async () => {
    const { clock, read, began, pass } = rig();
    clock.time = 100_000;
    const start = clock.time;
    for (let i = 0; i < 300; i++) read(`${i}`, 100);
    await pass(60_000);
    const early = began.filter(({ at }) => at - start < 600).length;
    expect(early).toBeGreaterThanOrEqual(5);
    expect(early).toBeLessThanOrEqual(6);
    expect(began.length * 100).toBeLessThanOrEqual(60_000 / 10 + 600);
    expect(began.length * 100).toBeGreaterThan(60_000 / 10 - 200);
  });

  test("a quiet while gives no more than that half second", async () => {
    const { read, began, pass } = rig();
    read("first", 100);
    await pass(3_600_000);
    for (let i = 0; i < 100; i++) read(`${i}`, 100);
    await pass(1000);
    expect(began.length).toBeLessThanOrEqual(8);
  });

  test("H-08 the smallest comes first, so that a small description need not wait for large ones", async () => {
    const { read, began, pass } = rig();
    for (let i = 0; i < 16; i++) read("bomb", 100, 262_144);
    await pass(3000);
    const lamp = read("lamp", 1, 2000);
    await pass(1100);
    expect(lamp.value).toBe("lamp");
    expect(began.length).toBeLessThan(17); // There were others before it, and it did not wait for them.
  });

  test("what throws rejects, and costs what it took", async () => {
    const { clock, turns, read, began, pass } = rig();
    const failed = watch(
      turns.take(1, new AbortController().signal, () => {
        clock.time += 1000;
        throw new Error("no description");
      }),
    );
    const next = read("next", 1);
    await pass(4000);
    expect([failed.error?.message, next.value]).toEqual(["no description", undefined]);
    await pass(2000);
    expect([next.value, began.length]).toEqual(["next", 1]);
  });

  test("what is called off, before or while it waits, is not read, and nothing stays armed", async () => {
    const { clock, turns, read, began, pass } = rig();
    const [early, late] = [new AbortController(), new AbortController()];
    early.abort();
    const all = [read("a", 1, 1, early.signal), read("b", 1, 1, late.signal)];
    late.abort();
    await settled();
    expect(clock.armed).toEqual([]);
    const closed = read("c", 1);
    turns.callOffAll();
    await settled();
    expect(clock.armed).toEqual([]);
    await pass(1000);
    expect([...all, closed].map(({ error }) => error?.code)).toEqual(["ABORTED", "ABORTED", "ABORTED"]);
    expect(began).toEqual([]);
  });
});
