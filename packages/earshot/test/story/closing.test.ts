import { describe, expect, test } from "vitest";
import { Earshot, UsageError } from "../../src/index.ts";
import { sharing } from "../../src/shared.ts";
import type { Lan } from "../../src/testing/index.ts";
import { diary, household, ids, MEDIA_SERVER, offer } from "./household.ts";

const ROOT = "uuid:films::upnp:rootdevice";

async function read(loop: AsyncIterable<unknown>): Promise<string> {
  for await (const _ of loop);
  return "ended quietly";
}

/** Lets a promise settle without the help of `until`, which insists on its settling. */
async function pass(lan: Lan, ms: number): Promise<void> {
  for (let i = 0; i < 10; i++) {
    await new Promise((resolve) => void setImmediate(resolve));
    lan.advance(ms / 10);
  }
}

describe("leaving a loop", () => {
  test("the last one, of a browser that nobody listens to, closes it; what it held can still be read", async () => {
    const { lan, server, laptop } = household();
    await lan.until(server.advertise(offer));
    const browser = laptop.browse(MEDIA_SERVER);
    await lan.until(
      (async () => {
        for await (const _ of browser) break;
      })(),
    );
    expect([laptop.users, browser.services.size]).toEqual([0, 1]);
    expect(await lan.until(read(browser))).toBe("ended quietly");
  });

  test("one of two closes nothing, nor does one beside a listener", async () => {
    const { lan, server, laptop } = household();
    await lan.until(server.advertise(offer));
    const [looped, heard] = [laptop.browse(), laptop.browse()];
    const lines = diary(heard);
    const staying = read(looped);
    const leave = async (browser: AsyncIterable<unknown>) => {
      for await (const _ of browser) break;
    };
    await lan.until(Promise.all([leave(looped), leave(heard)]));
    expect(laptop.users).toBe(2);
    lan.advance(1000);
    expect(lines.length).toBeGreaterThan(0);
    await lan.until(Promise.all([looped.close(), heard.close()]));
    expect(await lan.until(staying)).toBe("ended quietly");
    expect(laptop.users).toBe(0);
  });
});

describe("closing before it is ready", () => {
  test("a loop ends quietly, whether the browser, the search or the whole Earshot is closed", async () => {
    for (const what of ["browser", "search", "earshot"] as const) {
      const { lan, laptop } = household();
      const [browser, search] = [laptop.browse(), laptop.search()];
      const loops = Promise.all([read(browser), read(search)]);
      const ready = Promise.all([browser.ready, search.ready]);
      if (what === "earshot") await laptop.close();
      else await Promise.all([browser.close(), search.close()]);
      expect(await lan.until(loops), what).toEqual(["ended quietly", "ended quietly"]);
      await lan.until(ready);
      expect(laptop.users).toBe(0);
    }
  });

  test("a find that is aborted rejects with the signal's reason, also when nobody else keeps the network open", async () => {
    const { lan, laptopHost } = household();
    const earshot: Earshot = new Earshot({ network: laptopHost, onIdle: () => void earshot.close() });
    const abort = new AbortController();
    const found = earshot.find({ signal: abort.signal });
    abort.abort(new Error("my reason"));
    await expect(lan.until(found)).rejects.toThrow("my reason");
  });

  test("a find gives what it found until the Earshot was closed, a findOne and an advertise are refused", async () => {
    const { lan, laptop } = household();
    const found = laptop.find();
    const closed = expect.objectContaining({ code: "CLOSED" });
    const refused = [
      expect(laptop.findOne()).rejects.toThrow(closed),
      expect(laptop.advertise(offer)).rejects.toThrow(closed),
    ];
    await lan.until(laptop.close());
    expect(await lan.until(found)).toEqual([]);
    await lan.until(Promise.all(refused));
    expect(laptop.users).toBe(0);
  });
});

describe("closing amid what is told", () => {
  test("what is still to be told when the last browser closes is told to nobody, nor kept for those to come", async () => {
    const { lan, server, laptop, laptopHost } = household();
    await lan.until(server.advertise(offer));
    const first = laptop.browse();
    lan.advance(3000);
    const lines = diary(first);
    const later: ReturnType<Earshot["browse"]>[] = [];
    first.on("lost", () => {
      void first.close();
      later.push(laptop.browse({ passive: true }));
    });
    lan.weather.unplug(laptopHost); // Everything is lost in one turn.
    lan.advance(20_000);
    expect([lines.length, later.map(ids)]).toEqual([1, [[]]]);
  });

  test("a browser that is closed in another's listener, or in its own, is told nothing more", async () => {
    const { lan, server, laptop } = household();
    const [one, two] = [laptop.browse(), laptop.browse()];
    one.on("found", () => void two.close());
    one.on("found", () => void one.close());
    const lines = [...[one, two].map(diary)];
    await lan.until(server.advertise(offer));
    lan.advance(3000);
    expect(lines).toEqual([[], []]);
  });
});

describe("where", () => {
  const refusing = {
    where: () => {
      throw new Error("a bug in where");
    },
  };

  test("that throws of what is known already makes browse throw, and leaves nothing open", async () => {
    const { lan, server, laptop } = household();
    await lan.until(server.advertise(offer));
    const browser = laptop.browse();
    lan.advance(3000);
    const sent = lan.stats.sent;
    expect(() => laptop.browse(MEDIA_SERVER, refusing)).toThrow("a bug in where");
    expect(laptop.users).toBe(1);
    lan.advance(60_000);
    await lan.until(browser.close());
    expect(laptop.users).toBe(0);
    expect(lan.stats.sent).toBeGreaterThanOrEqual(sent);
  });

  test("that throws later is reported as what a listener throws, and keeps nothing from the others", async () => {
    const { lan, server, laptop } = household();
    const broken = laptop.browse(MEDIA_SERVER, refusing);
    const browser = laptop.browse(MEDIA_SERVER);
    await lan.until(server.advertise(offer));
    expect(() => lan.advance(500)).toThrow(/a bug in where/);
    expect([broken.services.size, browser.services.size]).toEqual([0, 1]);
  });

  test("that throws makes find and findOne reject, at once, whether it is known already or not", async () => {
    const { lan, server, laptop } = household();
    await lan.until(server.advertise(offer));
    await expect(lan.until(laptop.find(refusing))).rejects.toThrow("a bug in where");
    expect(lan.now).toBeLessThan(3000);
    const browser = laptop.browse();
    lan.advance(3000);
    const start = lan.now;
    await expect(lan.until(laptop.findOne(refusing))).rejects.toThrow("a bug in where");
    expect(lan.now).toBe(start);
    await lan.until(browser.close());
    expect(laptop.users).toBe(0);
  });

  test("until that throws makes find reject, too", async () => {
    const { lan, server, laptop } = household();
    await lan.until(server.advertise(offer));
    const until = () => {
      throw new Error("a bug in until");
    };
    await expect(lan.until(laptop.find({ until }))).rejects.toThrow("a bug in until");
    expect(laptop.users).toBe(0);
  });
});

describe("what cannot be asked for", () => {
  test("an empty list of types is refused: no types at all stand for everything", async () => {
    const { lan, laptop } = household();
    const refusal = expect.objectContaining({ code: "INVALID_OPTION" });
    expect(() => laptop.browse([])).toThrow(refusal);
    await expect(laptop.find([])).rejects.toThrow(refusal);
    await expect(laptop.findOne([])).rejects.toThrow(refusal);
    await lan.until(laptop.browse(undefined).close());
    expect(laptop.users).toBe(0);
  });

  test("J-03 a find looks for no negative time, for none at all, or for as long as it takes", async () => {
    const { lan, server, laptop } = household();
    for (const timeoutMs of [-1, Number.NaN, Number.NEGATIVE_INFINITY]) {
      await expect(laptop.find({ timeoutMs })).rejects.toThrow(UsageError);
    }
    expect(await lan.until(laptop.find({ timeoutMs: 0 }))).toEqual([]);
    const found = laptop.findOne(MEDIA_SERVER, { timeoutMs: Number.POSITIVE_INFINITY });
    await pass(lan, 100_000_000);
    await lan.until(server.advertise(offer));
    expect((await lan.until(found)).udn).toBe("uuid:films");
    expect(laptop.users).toBe(0);
  });
});

describe("the presence that module-level functions share", () => {
  test("is made when needed and closed by its last user; who comes while it says goodbye gets a fresh one", async () => {
    const { lan, laptopHost, server } = household();
    const made: Earshot[] = [];
    const shared = sharing((onIdle) => {
      made.push(new Earshot({ network: laptopHost, onIdle }));
      return made.at(-1) as Earshot;
    });
    const [one, two] = [shared().browse(), shared().browse()];
    const watching = server.browse("upnp:rootdevice");
    const films = await lan.until(shared().advertise(offer));
    lan.advance(1000);
    void one.close();
    void two.close();
    expect(made).toHaveLength(1);
    expect(ids(watching)).toEqual([ROOT]);
    const closing = films.close().then(() => shared().browse());
    const fresh = await lan.until(closing);
    expect(made).toHaveLength(2);
    expect(() => made[0]?.browse()).toThrow(expect.objectContaining({ code: "CLOSED" }));
    await lan.until(fresh.ready);
    expect(made[1]?.users).toBe(1);
    await lan.until(fresh.close());
  });

  test("a call that is refused leaves none behind", async () => {
    const { lan, laptopHost } = household();
    const made: Earshot[] = [];
    const shared = sharing((onIdle) => {
      made.push(new Earshot({ network: laptopHost, onIdle }));
      return made.at(-1) as Earshot;
    });
    expect(() => shared().browse("not a type")).toThrow(UsageError);
    await expect(shared().advertise({ ...offer, maxAgeSeconds: -1 })).rejects.toThrow(UsageError);
    await expect(shared().find("ssdp:all", { timeoutMs: -1 })).rejects.toThrow(UsageError);
    await lan.until(shared().find({ timeoutMs: 1 }));
    for (const earshot of made) expect(() => earshot.browse()).toThrow("closed");
  });
});
