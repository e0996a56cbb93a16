import { expect, test } from "vitest";
import { heapUsed } from "../fuzz/heap.ts";
import { CROWD, crowdScene, timeUntilAll, wholeEngines } from "./mdns-crowd.ts";

const SERVICES = 10_000;

test.each([true, false])(
  "F-41 10,000 services of a crowd are found, kept fresh, and seen to leave; additional records: %s",
  (additionals) => {
    const scene = crowdScene({ services: SERVICES, additionals });
    const { lan, driver, crowd, laptop } = scene;
    const before = heapUsed();
    const start = performance.now();
    const ms = timeUntilAll(scene, SERVICES, 300_000);
    const kilobytes = (heapUsed() - before) / SERVICES / 1024;
    const seconds = (performance.now() - start) / 1000;
    expect(ms).toBeLessThanOrEqual(additionals ? 3000 : 60_000);
    const browser = laptop.browse(CROWD);
    lan.advance(130_000); // Until all that lives for two minutes was asked for again.
    expect(browser.services.size).toBe(SERVICES);
    driver.turn((turn) => crowd.sayGoodbye(turn, 5000));
    lan.advance(7000);
    expect(browser.services.size).toBe(0);
    console.log(
      `crowd of ${SERVICES}, additionals ${additionals}: all after ${ms} ms of virtual time, ${seconds.toFixed(1)} s of ` +
        `real time, ${kilobytes.toFixed(1)} KB each (the crowd's own share included)`,
    );
  },
);

test("F-41 1,000 whole engines on one LAN: each announces itself, one browser finds them all and sees them leave", async () => {
  const start = performance.now();
  await wholeEngines(1000);
  console.log(`1,000 whole engines: ${((performance.now() - start) / 1000).toFixed(1)} s of real time`);
});
