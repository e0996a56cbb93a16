import { expect, test } from "vitest";
import { Backoff } from "../../src/node/backoff.ts";

test("each failure doubles the wait, up to 60 s; a success begins anew", () => {
  const backoff = new Backoff(3_000);
  const waits: number[] = [];
  let now = 0;
  for (let failures = 0; failures < 8; failures++) {
    const from = now;
    backoff.failed("eth0", now);
    while (!backoff.allows("eth0", now)) now += 500;
    waits.push(now - from);
  }
  expect(waits).toEqual([3_000, 6_000, 12_000, 24_000, 48_000, 60_000, 60_000, 60_000]);
  backoff.succeeded("eth0");
  backoff.failed("eth0", now);
  expect(backoff.allows("eth0", now + 3_000)).toBe(true);
});

test("failures of one burst are one failure", () => {
  const backoff = new Backoff(1_000);
  for (let count = 0; count < 100; count++) backoff.failed("send", 0);
  expect(backoff.isDue(999)).toBe(false);
  expect(backoff.isDue(1_000)).toBe(true);
});

test("what is no longer wanted is forgotten", () => {
  const backoff = new Backoff(1_000);
  backoff.failed("a", 0);
  backoff.failed("b", 0);
  backoff.keep(new Set(["b"]));
  expect(backoff.size).toBe(1);
  backoff.clear();
  expect(backoff.isDue(1e9)).toBe(false);
});
