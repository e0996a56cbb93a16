import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/core/errors.ts";
import { TokenBucket, TokenBuckets } from "../../src/core/token-bucket.ts";

const rate = fc.record({
  perSecond: fc.oneof(fc.integer({ min: 1, max: 1000 }), fc.constantFrom(1 / 60, 0.3, 7.7)),
  burst: fc.integer({ min: 1, max: 50 }),
});

describe("one bucket", () => {
  test("G-20 ten per second with a burst of twenty", () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 20 });
    expect(takeAll(bucket, 0)).toBe(20);
    expect(bucket.waitFor(0)).toBe(100);
    expect(takeAll(bucket, 99)).toBe(0);
    expect(takeAll(bucket, 100)).toBe(1);
    expect(takeAll(bucket, 1100)).toBe(10);
    expect(takeAll(bucket, 3_600_000)).toBe(20);
  });

  test("G-27 one per minute", () => {
    const bucket = new TokenBucket({ perSecond: 1 / 60, burst: 1 });
    expect([0, 59_999, 60_000, 60_001, 120_000].map((now) => bucket.take(now))).toEqual([
      true,
      false,
      true,
      false,
      true,
    ]);
  });

  test("asking takes nothing, and several are taken all or none", () => {
    const bucket = new TokenBucket({ perSecond: 1, burst: 5 });
    expect([bucket.has(0, 5), bucket.has(0, 6), bucket.take(0, 6), bucket.take(0, 3)]).toEqual([
      true,
      false,
      false,
      true,
    ]);
    expect([bucket.has(0, 2), bucket.has(0, 3), bucket.take(0, 3), bucket.take(0, 2)]).toEqual([
      true,
      false,
      false,
      true,
    ]);
    expect([bucket.waitFor(0, 5), bucket.waitFor(0, 6)]).toEqual([5000, Number.POSITIVE_INFINITY]);
  });

  test("never more than the burst and what came in since, whenever it is asked", () => {
    fc.assert(
      fc.property(
        rate,
        fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 300 }),
        (limits, gaps) => {
          const bucket = new TokenBucket(limits);
          let now = 0;
          let taken = 0;
          for (const gap of gaps) {
            now += gap;
            if (bucket.take(now)) taken++;
          }
          expect(taken).toBeLessThanOrEqual(limits.burst + (now / 1000) * limits.perSecond + 1e-5);
        },
      ),
    );
  });

  test("after the wait it said, the tokens are there; a millisecond before they are not", () => {
    fc.assert(
      fc.property(rate, fc.array(fc.nat(2000), { maxLength: 30 }), fc.nat(2 ** 40), (limits, gaps, start) => {
        const bucket = new TokenBucket(limits);
        let now = start;
        for (const gap of gaps) {
          const wait = bucket.waitFor(now);
          if (wait > 1) expect(bucket.has(now + wait - 1)).toBe(false);
          now += wait;
          expect(bucket.take(now)).toBe(true);
          now += gap;
        }
      }),
    );
  });

  test("a clock that stands still, or steps back, lets nothing in and takes nothing away", () => {
    const bucket = new TokenBucket({ perSecond: 1000, burst: 3 });
    expect([100, 50, 0, -50, 100].map((now) => bucket.take(now))).toEqual([true, true, true, false, false]);
    expect(bucket.take(101)).toBe(true);
  });

  test("an infinite rate is no limit", () => {
    const bucket = new TokenBucket({ perSecond: Number.POSITIVE_INFINITY, burst: 1 });
    for (let index = 0; index < 1000; index++) expect(bucket.take(0, 7)).toBe(true);
    expect(bucket.waitFor(0, 1e9)).toBe(0);
  });

  test("J-03 instants near 2^53 are as good as any", () => {
    const bucket = new TokenBucket({ perSecond: 1, burst: 1 });
    const late = 2 ** 53 - 10_000;
    expect([late, late + 999, late + 1000].map((now) => bucket.take(now))).toEqual([true, false, true]);
  });

  test.each([
    [0, 1],
    [-1, 1],
    [1, 0],
    [1, Number.NaN],
    [Number.NaN, 1],
  ])("a rate of %d with a burst of %d is refused", (perSecond, burst) => {
    expect(() => new TokenBucket({ perSecond, burst })).toThrow(UsageError);
    expect(() => new TokenBuckets({ perSecond, burst })).toThrow(UsageError);
  });
});

describe("a bucket per key", () => {
  test("G-20 each source has its own", () => {
    const buckets = new TokenBuckets({ perSecond: 10, burst: 2 });
    expect(["a", "a", "a", "b", "b", "b"].map((key) => buckets.take(key, 0))).toEqual([
      true,
      true,
      false,
      true,
      true,
      false,
    ]);
    expect([
      buckets.has("a", 0),
      buckets.has("c", 0),
      buckets.waitFor("a", 0),
      buckets.waitFor("c", 0),
    ]).toEqual([false, true, 100, 0]);
  });

  test("it says what a bucket per key without bounds says, while none is forgotten too early", () => {
    const step = fc.record({
      key: fc.constantFrom("a", "b", "c", "d"),
      gap: fc.nat(400),
      count: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(
        rate,
        fc.array(step, { maxLength: 100 }),
        fc.integer({ min: 1, max: 4 }),
        (limits, steps, limit) => {
          const buckets = new TokenBuckets({ ...limits, limit });
          const plain = new Map(["a", "b", "c", "d"].map((key) => [key, new TokenBucket(limits)]));
          let now = 0;
          for (const { key, gap, count } of steps) {
            now += gap;
            const taken = buckets.take(key, now, count);
            if (buckets.evictions > 0) return;
            expect(taken).toBe(plain.get(key)!.take(now, count));
            expect(buckets.size).toBeLessThanOrEqual(limit);
          }
        },
      ),
    );
  });

  test("G-27 full buckets are forgotten first, and that changes no answer", () => {
    const buckets = new TokenBuckets({ perSecond: 1, burst: 10, limit: 2 });
    buckets.take("heavy", 0, 10);
    buckets.take("light", 0, 1);
    buckets.take("new", 1000);
    expect([buckets.size, buckets.evictions]).toEqual([2, 0]);
    expect([buckets.has("heavy", 1000, 2), buckets.has("light", 1000, 10)]).toEqual([false, true]);
  });

  test("when none is full the one left alone longest is forgotten, not the one that keeps asking", () => {
    const buckets = new TokenBuckets({ perSecond: 1, burst: 1, limit: 3 });
    buckets.take("greedy", 0);
    for (let index = 0; index < 50; index++) {
      expect(buckets.take(`once ${index}`, index)).toBe(true);
      expect(buckets.take("greedy", index)).toBe(false);
    }
    expect([buckets.size, buckets.evictions]).toEqual([3, 48]);
  });

  test("S-32 10^5 sources that each ask once are bounded", () => {
    const buckets = new TokenBuckets({ perSecond: 10, burst: 20, limit: 512 });
    let largest = 0;
    for (let index = 0; index < 100_000; index++) {
      buckets.take(`source ${index}`, index / 1000);
      largest = Math.max(largest, buckets.size);
    }
    expect(largest).toBe(512);
  });

  test("nothing is remembered where there is no limit", () => {
    const buckets = new TokenBuckets({ perSecond: Number.POSITIVE_INFINITY, burst: 1 });
    for (let index = 0; index < 10; index++) expect(buckets.take("a", 0)).toBe(true);
    expect(buckets.size).toBe(0);
  });

  test("a limit of keys below one is refused", () => {
    expect(() => new TokenBuckets({ perSecond: 1, burst: 1, limit: 0 })).toThrow(UsageError);
  });
});

function takeAll(bucket: TokenBucket, now: number): number {
  let taken = 0;
  while (bucket.take(now)) taken++;
  return taken;
}
