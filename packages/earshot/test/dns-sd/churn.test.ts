import { describe, expect, test } from "vitest";
import { Random } from "../../src/core/random.ts";
import { type Neighbour, street } from "./street.ts";

const HOSTS = ["a", "b", "c", "d"] as const;
const NAMES = ["Office", "Kitchen", "Office (2)", "Büro"] as const;

/** What one neighbour offers: the port by the number of the offer. */
interface Shop {
  readonly neighbour: Neighbour;
  readonly offers: Map<number, { name: string; port: number }>;
}

/** Publishes, changes, renames or withdraws something, somewhere. */
function meddle({ neighbour, offers }: Shop, random: Random): void {
  const port = random.integer(1, 60_000);
  const name = NAMES[random.integer(0, NAMES.length - 1)] ?? "Office";
  const [id] = [...offers.keys()].slice(random.integer(0, Math.max(0, offers.size - 1)));
  const what = random.next();
  if (id === undefined || what < 0.4) {
    offers.set(neighbour.publish({ name, port, txt: { port: `${port}` } }), { name, port });
    return;
  }
  const offer = offers.get(id);
  if (!offer || what < 0.6) {
    neighbour.withdraw(id);
    offers.delete(id);
    return;
  }
  const next = what < 0.8 ? { ...offer, port } : { name, port };
  neighbour.change(id, { ...next, txt: { port: `${port}` } });
  offers.set(id, next);
}

describe("a street where everybody moves", () => {
  test.each([11, 12, 13, 14, 15, 16])(
    "after the storm everybody finds what there is, and nothing else (seed %i)",
    (seed) => {
      const { lan, left, right, ...rest } = street([...HOSTS, "left", "right"], {
        seed,
        loss: 0.05,
        duplicate: 0.05,
        reorder: 0.1,
      });
      const random = new Random(seed);
      const shops: Shop[] = HOSTS.map((name) => ({ neighbour: rest[name], offers: new Map() }));
      left.browse();
      for (let step = 0; step < 40; step++) {
        const shop = shops[random.integer(0, shops.length - 1)];
        if (shop) meddle(shop, random);
        if (step === 20) right.browse();
        lan.advance(random.integer(0, 4000));
      }
      lan.weather.change({ loss: 0, duplicate: 0, reorder: 0 });
      lan.advance(200_000);
      const offered = shops.flatMap(({ offers }) => [...offers.values()].map(({ port }) => port));
      for (const finder of [left, right]) {
        expect(finder.found.map(({ port }) => port).toSorted(byNumber)).toEqual(offered.toSorted(byNumber));
        for (const { port, txt } of finder.found) expect(txt.text("port")).toBe(`${port}`);
        expect(new Set(finder.found.map(({ name }) => name.key)).size).toBe(offered.length);
      }
    },
    30_000,
  );
});

function byNumber(a: number, b: number): number {
  return a - b;
}
