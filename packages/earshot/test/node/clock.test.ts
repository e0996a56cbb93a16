import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createClock, MAX_STEP_MS, type TimeSources } from "../../src/node/clock.ts";

/** Time that passes when told; its timers fire up to `earlyMs` too early, as those of Node may. */
class FakeTime implements TimeSources {
  readonly steps: number[] = [];
  #now: number;
  readonly #earlyMs: number;
  #timers: { at: number; callback: () => void }[] = [];

  constructor(now: number, earlyMs = 0) {
    this.#now = now;
    this.#earlyMs = earlyMs;
  }

  readonly now = (): number => this.#now;
  readonly wall = (): number => 0;
  readonly after = (ms: number, callback: () => void): (() => void) => {
    this.steps.push(ms);
    const timer = { at: this.#now + Math.max(ms - this.#earlyMs, 0.01), callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };

  get waiting(): number {
    return this.#timers.length;
  }

  /** Fires the next timer; says when it was. */
  fire(): number {
    this.#timers.sort((a, b) => a.at - b.at);
    const timer = this.#timers.shift();
    if (!timer) throw new Error("no timer is set");
    this.#now = timer.at;
    timer.callback();
    return this.#now;
  }
}

describe("J-03 timers", () => {
  test("any instant up to 2^32 s ahead is called back once, never early, in steps that Node can take", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 3e9, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (ahead, early) => {
          const time = new FakeTime(1_000.25, early);
          const called: number[] = [];
          createClock(time).at(1_000.25 + ahead, () => called.push(time.now()));
          for (let fired = 0; time.waiting > 0 && fired < 10_000; fired++) time.fire();
          expect(called).toHaveLength(1);
          expect(called[0]).toBeGreaterThanOrEqual(1_000.25 + ahead);
          expect(Math.max(...time.steps)).toBeLessThanOrEqual(MAX_STEP_MS);
        },
      ),
      { numRuns: 200 },
    );
  });

  test("2^32 s ahead is still waited for after a month", () => {
    const time = new FakeTime(0);
    let calls = 0;
    createClock(time).at(4_294_967_295_000, () => calls++);
    for (let hours = 0; hours < 720; hours++) time.fire();
    expect(calls).toBe(0);
    expect(time.waiting).toBe(1);
  });

  test("what is called off is not called, not even after some steps", () => {
    const time = new FakeTime(0);
    let calls = 0;
    const cancel = createClock(time).at(10 * MAX_STEP_MS, () => calls++);
    time.fire();
    time.fire();
    cancel();
    expect(time.waiting).toBe(0);
    expect(calls).toBe(0);
  });

  test("never is never, and an instant that has passed is soon", () => {
    const time = new FakeTime(5_000);
    const clock = createClock(time);
    clock.at(Number.POSITIVE_INFINITY, () => {});
    expect(time.waiting).toBe(0);
    let calls = 0;
    clock.at(10, () => calls++);
    expect(calls).toBe(0);
    time.fire();
    expect(calls).toBe(1);
  });
});

test("F-06 J-17 the calendar moves no deadline", () => {
  const time = new FakeTime(0);
  let wall = 1_800_000_000_000;
  const clock = createClock({ now: time.now, after: time.after, wall: () => wall });
  let calls = 0;
  clock.at(60_000, () => calls++);
  wall += 10 * 365 * 86_400_000;
  expect(clock.wall().getUTCFullYear()).toBe(2037);
  expect(clock.now()).toBe(0);
  expect(calls).toBe(0);
  wall = -86_400_000;
  time.fire();
  expect(time.now()).toBe(60_000);
  expect(calls).toBe(1);
});

test("the machine's clock calls back after, not before", async () => {
  const clock = createClock();
  const from = clock.now();
  const at = await new Promise<number>((resolve) => {
    const alive = setTimeout(() => {}, 10_000);
    clock.at(from + 20.5, () => {
      clearTimeout(alive);
      resolve(clock.now());
    });
  });
  expect(at).toBeGreaterThanOrEqual(from + 20.5);
});
