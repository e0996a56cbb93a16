/** What comes at the same time, in the wrong order, or in the middle of something else. */
import { describe, expect, test } from "vitest";
import type { Earshot } from "../../src/earshot.ts";
import type { DnsSdOffer } from "../../src/index.ts";
import type { Lan } from "../../src/testing/index.ts";
import { guest } from "./household.ts";
import { IPP, office, only, printerAndLaptop } from "./printers.ts";

async function pass(lan: Lan, ms: number): Promise<void> {
  lan.advance(ms);
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

describe("an update", () => {
  test("to the same name in other letters ends, also where a conflict has changed it", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    await lan.until(printer.advertise(office));
    const second = await lan.until(laptop.advertise(office));
    await lan.until(second.update({ name: "OFFICE" }), { withinMs: 10_000 });
    expect(second.name).toBe("Office (2)");
  });

  test("to the same host in other letters ends, also where a conflict has changed it", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    await lan.until(printer.advertise({ ...office, host: "pi" }));
    const second = await lan.until(laptop.advertise({ ...office, name: "Second", host: "pi" }));
    await lan.until(second.update({ host: "PI.local" }), { withinMs: 10_000 });
    expect(second.host).toBe("pi-2.local");
  });

  test("while it is being renamed waits for the new name, and what was asked for last counts", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    await lan.until(printer.advertise(office));
    const second = laptop.advertise({ ...office, name: "Second" });
    const announced = await lan.until(second);
    const updates = [announced.update({ name: "Office" }), announced.update({ port: 1 })];
    updates.push(announced.update({ name: "Third", port: 2 }));
    await lan.until(Promise.all(updates), { withinMs: 30_000 });
    const third = await lan.until(printer.findOne(IPP, { where: ({ name }) => name === "Third" }));
    expect(third.port).toBe(2);
    lan.advance(5000);
    expect((await lan.until(printer.find(IPP))).map(({ name }) => name).sort()).toEqual(["Office", "Third"]);
  });

  test("that is under way when it is closed settles, and nothing is left", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    const announced = await lan.until(printer.advertise(office));
    const update = announced.update({ name: "Other" });
    lan.advance(100);
    await lan.until(Promise.all([update, announced.close(), announced.close()]));
    lan.advance(2000);
    expect(await lan.until(laptop.find(IPP))).toEqual([]);
    expect(printer.stats.mdns).toMatchObject({ publications: 0, offers: 0 });
    await expect(announced.update({ port: 1 })).rejects.toMatchObject({ code: "CLOSED" });
  });
});

describe("resolving", () => {
  test.each([5000, Number.POSITIVE_INFINITY])("ends with its signal, within %d ms", async (timeoutMs) => {
    const { lan, laptop } = printerAndLaptop();
    const aborting = new AbortController();
    const resolved = laptop.dnsSd.resolve("Nobody", IPP, { signal: aborting.signal, timeoutMs });
    const outcome = expect(resolved).rejects.toThrow("enough");
    await pass(lan, 1000);
    aborting.abort(new Error("enough"));
    await outcome;
    expect([lan.now, laptop.users]).toEqual([1000, 0]);
  });

  test("is told of the end of its Earshot as such, not as time that is up", async () => {
    const { lan, laptop } = printerAndLaptop();
    const outcome = expect(laptop.dnsSd.resolve("Nobody", IPP)).rejects.toMatchObject({ code: "CLOSED" });
    await pass(lan, 1000);
    await lan.until(laptop.close());
    await outcome;
    const late = laptop.dnsSd.resolve("Nobody", IPP);
    await expect(late).rejects.toMatchObject({ code: "CLOSED" });
  });

  test("that takes too long is a TimeoutError", async () => {
    const { lan, laptop } = printerAndLaptop();
    const resolved = laptop.dnsSd.resolve("Nobody", IPP, { timeoutMs: 700 });
    await expect(lan.until(resolved)).rejects.toMatchObject({ name: "TimeoutError" });
    expect(laptop.users).toBe(0);
  });
});

describe("browsers of a type and of its subtype", () => {
  test("the one loses nothing when the other is closed, at whatever moment", async () => {
    for (let wait = 0; wait < 300; wait += 20) {
      const { lan, printer, laptop } = printerAndLaptop();
      await lan.until(printer.advertise({ ...office, subtypes: ["_color"] }));
      const all = laptop.browse(IPP);
      lan.advance(5000);
      const colored = laptop.browse(`_color._sub.${IPP}`);
      lan.advance(wait);
      await lan.until(all.close());
      lan.advance(3000);
      expect([wait, only(colored.services.values()).subtypes]).toEqual([wait, ["_color"]]);
    }
  });
});

describe("browsers of subtypes", () => {
  test.each([true, false])(
    "A63-031 lose what is of the subtype no more, with a browser of all beside: %s",
    async (beside) => {
      const { lan, printer, laptop } = printerAndLaptop();
      const announced = await lan.until(printer.advertise({ ...office, subtypes: ["_color"] }));
      const all = beside ? laptop.browse(IPP) : undefined;
      const colored = laptop.browse(`${IPP},_color`);
      const lost: string[] = [];
      colored.on("lost", ({ service, reason }) => void lost.push(`${service.name} ${reason}`));
      await pass(lan, 3000);
      await lan.until(announced.update({ subtypes: [] }));
      await pass(lan, 3000);
      expect([lost, colored.services.size]).toEqual([["Office goodbye"], 0]);
      await lan.until(announced.update({ subtypes: ["_color"] }));
      await pass(lan, 3000);
      expect(colored.services.size).toBe(1);
      expect(all?.services.size ?? 1).toBe(1);
    },
  );

  test("on the interfaces that an offer is moved to it is found, and lost on those that it left", async () => {
    const interfaces = [
      { name: "eth0", segment: "lan" },
      { name: "wlan0", segment: "other" },
    ];
    const { lan, printer, laptop } = printerAndLaptop({}, { printer: { interfaces } });
    const { earshot: far } = guest(lan, "far", {
      host: { interfaces: [{ name: "eth0", segment: "other" }] },
    });
    const announced = await lan.until(printer.advertise({ ...office, interfaces: ["eth0"] }));
    const browsers = [laptop.browse(IPP), far.browse(IPP)];
    const found = async (changes: Partial<DnsSdOffer>): Promise<number[]> => {
      await lan.until(announced.update(changes));
      await pass(lan, 5000);
      return browsers.map(({ services }) => services.size);
    };
    expect(await found({ port: 1 })).toEqual([1, 0]);
    expect(await found({ interfaces: ["wlan0"] })).toEqual([0, 1]);
    expect(await found({ interfaces: ["wlan0", "eth0"] })).toEqual([1, 1]);
    expect(await found({ host: "proxy", addresses: ["10.9.9.9"] })).toEqual([1, 1]);
    expect(only(browsers[1]?.services.values() ?? [])).toMatchObject({
      host: "proxy.local",
      addresses: ["10.9.9.9"],
    });
    await expect(announced.update({ interfaces: ["eth9"] })).rejects.toMatchObject({
      code: "UNKNOWN_INTERFACE",
    });
  });

  test("A63-032 whose names differ in more than the case of ASCII letters are told of different services", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    const offers = ["_É", "_é"].map((subtype) => ({ ...office, name: subtype, subtypes: [subtype] }));
    await lan.until(Promise.all(offers.map((offer) => printer.advertise(offer))));
    const [big, small] = ["_É", "_é"].map((subtype) => laptop.browse(`${IPP},${subtype}`));
    await pass(lan, 5000);
    expect([...(big?.services.values() ?? [])].map(({ name }) => name)).toEqual(["_É"]);
    expect([...(small?.services.values() ?? [])].map(({ name }) => name)).toEqual(["_é"]);
  });
});

describe("who looks later than others", () => {
  test("A62-008 finds within its time what was not heard when it announced itself", async () => {
    const { lan, printer, printerHost, laptop, laptopHost } = printerAndLaptop();
    laptop.browse(IPP);
    await pass(lan, 3_000_000);
    lan.weather.partition(printerHost, laptopHost);
    await lan.until(printer.advertise(office));
    await pass(lan, 60_000);
    lan.weather.repair();
    expect(only(await lan.until(laptop.find(IPP)))).toMatchObject({ name: "Office" });
  });
});

describe("again and again", () => {
  function isEmpty({ users, stats }: Earshot): void {
    expect(users).toBe(0);
    expect(stats.mdns).toMatchObject({ asks: 0, publications: 0, instances: 0, waiting: 0, offers: 0 });
  }

  test("advertising and closing leaves nothing behind, on either side", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    const browser = laptop.browse(IPP);
    for (let i = 0; i < 150; i++) {
      const announced = printer.advertise({ ...office, name: `Office ${i % 7}`, probes: i % 2 === 0 });
      await lan.until((await lan.until(announced)).close());
    }
    await pass(lan, 10_000);
    expect(browser.services.size).toBe(0);
    await lan.until(browser.close());
    isEmpty(printer);
    isEmpty(laptop);
    lan.advance(2 * 4500 * 1000);
    expect([printer.stats.mdns?.known, laptop.stats.mdns?.known]).toEqual([0, 0]);
  });

  test("browsing and closing leaves nothing behind", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    await lan.until(printer.advertise(office));
    for (let i = 0; i < 150; i++) {
      const opened = [
        i % 2 ? laptop.browse(IPP) : laptop.browse(),
        laptop.dnsSd.browseTypes(),
        laptop.mdns.query("a.local", "A"),
      ];
      await pass(lan, i % 150);
      await lan.until(Promise.all(opened.map((each) => each.close())));
    }
    isEmpty(laptop);
    lan.advance(2 * 4500 * 1000);
    expect(laptop.stats.mdns?.known).toBe(0);
  });
});
