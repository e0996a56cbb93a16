import { expect, test } from "vitest";
import { live } from "./mdns-churn.ts";

test("T-24 twenty lives of mDNS churn end in agreement; thousands are in the slow suite", {
  timeout: 60_000,
}, async () => {
  let held = 0;
  let renamings = 0;
  for (let seed = 0; seed < 20; seed++) {
    const life = await live(seed);
    expect(life.disagreements, `seed ${seed}`).toEqual([]);
    held += life.held;
    renamings += life.renamings;
  }
  expect(held).toBeGreaterThan(200);
  expect(renamings).toBeGreaterThan(20);
});

test("at the moment the sky clears they do not agree, so that the judge can tell", async () => {
  const lives = await Promise.all([1, 2, 3].map((seed) => live(seed, { settleMs: 0 })));
  expect(lives.flatMap(({ disagreements }) => disagreements)).not.toEqual([]);
});

test("the same seed is the same life, to the last byte on the wire", async () => {
  const [one, other] = [await live(11, { capture: true }), await live(11, { capture: true })];
  expect(one.events).toEqual(other.events);
  expect(one.pcap?.length).toBeGreaterThan(1000);
  expect(Buffer.compare(one.pcap ?? Buffer.alloc(0), other.pcap ?? Buffer.alloc(0))).toBe(0);
});
