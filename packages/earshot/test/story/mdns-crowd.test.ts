import { describe, expect, test } from "vitest";
import { CROWD, crowdScene, timeUntilAll, wholeEngines } from "./mdns-crowd.ts";
import { leastBy } from "./mdns-loss.ts";

describe("many services that answer at once", () => {
  test.each([1, 10, 100, 500])(
    "F-11 %i are all found within 3 s, with and without additional records",
    (services) => {
      for (const additionals of [true, false]) {
        const scene = crowdScene({ services, additionals, answers: "burst" });
        const coldMs = timeUntilAll(scene, services, 3000);
        const warmMs = timeUntilAll(scene, services, 100);
        console.log(`${services} services, additionals ${additionals}: ${coldMs} ms cold, ${warmMs} ms warm`);
        expect(coldMs).toBeLessThanOrEqual(3000);
        expect(warmMs).toBeLessThanOrEqual(100);
      }
    },
  );

  test.each([1, 10, 100])(
    "F-07 %i are all found within 20 s though half of the answers are lost",
    (services) => {
      for (const additionals of [true, false]) {
        const scene = crowdScene({ services, additionals, answers: "burst", unheard: 0.5 });
        const coldMs = timeUntilAll(scene, services, 300_000);
        const warmMs = timeUntilAll(scene, services, 100);
        console.log(
          `${services} services, additionals ${additionals}, half unheard: ${coldMs} ms cold, ${warmMs} ms warm`,
        );
        expect(coldMs).toBeLessThanOrEqual(20_000);
        expect(warmMs).toBeLessThanOrEqual(100);
      }
    },
  );

  test("T-20 where half is lost on each way, as many are found as can be after every query", () => {
    const services = 500;
    const { lan, laptop, crowd } = crowdScene({ services, answers: "burst", loss: 0.5 });
    const browser = laptop.browse(CROWD);
    const told: string[] = [];
    for (const at of [1500, 3500, 7500, 15_500, 31_500, 63_500, 127_500, 255_500, 511_500]) {
      lan.advance(at - lan.now);
      const share = browser.services.size / services;
      expect(share, `${at} ms`).toBeGreaterThanOrEqual(leastBy(1 - 0.5 ** crowd.counts.queries, services));
      told.push(`${at / 1000} s ${browser.services.size} (${crowd.counts.queries} queries heard)`);
    }
    console.log(`half lost on each way: ${told.join(", ")}`);
  });
});

test("F-26 what overflows the socket buffer while the program is busy is found after the next queries", () => {
  const services = 2000;
  const scene = crowdScene({ services, answers: "burst" });
  const { lan, laptop, network } = scene;
  const browser = laptop.browse(CROWD);
  while (scene.crowd.counts.queries === 0) lan.advance(0.1);
  lan.weather.stall(network, 1000); // Before the answers arrive.
  lan.advance(1000);
  const ms = 1000 + timeUntilAll(scene, services, 10_000);
  console.log(
    `F-26 ${lan.stats.overflowed} datagrams overflowed; all ${browser.services.size} found after ${ms} ms`,
  );
  expect(lan.stats.overflowed).toBeGreaterThan(100);
  expect(ms).toBeLessThanOrEqual(5000);
});

test("F-41 100 whole engines on one LAN: each announces itself, one browser finds them all and sees them leave", () =>
  wholeEngines(100));
