import { expect, test } from "vitest";
import { Random } from "../../src/core/random.ts";
import { Earshot } from "../../src/earshot.ts";
import type { Advertisement } from "../../src/index.ts";
import { Lan } from "../../src/testing/index.ts";
import { heapUsed } from "../fuzz/heap.ts";

const DAYS = 30;
const HOUR_MS = 3_600_000;
const TYPE = "_soak._tcp";
const HOSTS = 4;
const MOST_OFFERS = 2;
const NAMES = 12;
const SPOKEN = { protocols: ["dns-sd"] } as const;

test("T-29 T-10 thirty days of virtual time with 5 % loss: nothing is missed, nothing grows, nothing is left", async () => {
  const random = new Random(29);
  const lan = new Lan({ seed: 29, loss: 0.05 });
  const laptop = new Earshot({ network: lan.addHost("laptop", { addresses: ["10.0.1.1/16"] }), ...SPOKEN });
  const browser = laptop.browse(TYPE);
  let [lost, changes, audits] = [0, 0, 0];
  browser.on("lost", () => void lost++);
  const homes = Array.from({ length: HOSTS }, (_, i) => {
    const network = lan.addHost(`host-${i}`, { addresses: [`10.0.0.${i + 1}/16`] });
    return { network, earshot: new Earshot({ network, ...SPOKEN }), offers: new Set<Advertisement>() };
  });
  const heap: number[] = [];
  let gone = 0;
  for (let hour = 0; hour < DAYS * 24; hour++) {
    const home = homes[random.integer(0, HOSTS - 1)];
    if (!home) continue;
    const [oldest] = home.offers;
    if (random.next() < 0.1) {
      lan.weather.crash(home.network);
      gone += home.offers.size;
      home.offers.clear();
      home.earshot = new Earshot({ network: home.network, ...SPOKEN });
    } else if (oldest && (home.offers.size >= MOST_OFFERS || random.next() < 0.3)) {
      await lan.until(oldest.close());
      home.offers.delete(oldest);
      gone++;
    } else if (oldest && random.next() < 0.5) await lan.until(oldest.update({ txt: { hour } }));
    else {
      const name = `Service ${random.integer(1, NAMES)}`;
      home.offers.add(await lan.until(home.earshot.advertise({ type: TYPE, name, port: 1 + hour })));
    }
    changes++;
    lan.advance(HOUR_MS);
    audits++;
    const there = homes.flatMap(({ offers }) => [...offers].map(({ name }) => name)).sort();
    const held = [...browser.services.values()].map(({ name }) => name).sort();
    expect(held, `after ${hour + 1} hours`).toEqual(there);
    if (hour % 24 === 23) heap.push(heapUsed());
  }
  // What V8 compiles of the program grows ever less, and the LAN keeps up to 16 programs that crashed.
  const growth = slope(heap.slice(10));
  console.log(
    `${DAYS} days: ${changes} changes, ${audits} audits without a miss, ${gone} services gone and ${lost} losses told, ` +
      `${lan.stats.sent} datagrams; heap ${(growth / 1024).toFixed(1)} KB more each day of the last twenty`,
  );
  expect(growth).toBeLessThan(90 * 1024);

  lan.weather.change({ loss: 0 });
  for (const { offers } of homes) for (const offer of offers) await lan.until(offer.close());
  lan.advance(2 * HOUR_MS);
  expect(browser.services.size).toBe(0);
  await lan.until(browser.close());
  lan.advance(3 * HOUR_MS);
  const empty = { asks: 0, publications: 0, instances: 0, waiting: 0, offers: 0, known: 0 };
  for (const earshot of [laptop, ...homes.map((home) => home.earshot)])
    if (earshot.stats.mdns) expect(earshot.stats.mdns).toMatchObject(empty);
  await lan.until(Promise.all([laptop, ...homes.map((home) => home.earshot)].map((each) => each.close())));
  expect(lan.describe()).not.toMatch(/[0-9]+ timers/);
});

/** By least squares: how much more from one to the next. */
function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const over = values.reduce((sum, value, i) => sum + (i - middle) * (value - mean), 0);
  return over / values.reduce((sum, _, i) => sum + (i - middle) ** 2, 0);
}
