import { describe, expect, test } from "vitest";
import { Earshot } from "../../src/index.ts";
import { Lan } from "../../src/testing/index.ts";
import { diary, guest, ids } from "./household.ts";
import { IPP, OFFICE, office, printerAndLaptop } from "./printers.ts";

describe("closing", () => {
  test("F-30 an Earshot says every goodbye before it has closed, once, and leaves nothing open", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    const browser = laptop.browse();
    const lines = diary(browser);
    await lan.until(
      Promise.all([printer.advertise(office), printer.advertise({ ...office, name: "Lobby" })]),
    );
    lan.advance(3000);
    const before = lan.now;
    const [first, second] = [printer.close(), printer.close()];
    expect(first).toBe(second);
    await lan.until(first);
    expect(lan.now - before).toBeLessThanOrEqual(1000);
    lan.advance(3000);
    expect(lines.filter((line) => line.startsWith("lost"))).toHaveLength(2);
    expect(lines.every((line) => !line.startsWith("lost") || line.endsWith("goodbye"))).toBe(true);
    expect(lan.describe()).toContain("printer: nothing open");
    expect(printer.users).toBe(0);
    expect(() => printer.browse(IPP)).toThrow(expect.objectContaining({ code: "CLOSED" }));
    await expect(printer.advertise(office)).rejects.toMatchObject({ code: "CLOSED" });
  });

  test("`await using` of an advertisement says goodbye without anybody moving the time", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    const browser = laptop.browse(IPP);
    {
      await using _ = await lan.until(printer.advertise(office));
      lan.advance(3000);
      expect(ids(browser)).toEqual([OFFICE]);
    }
    lan.advance(2000);
    expect(ids(browser)).toEqual([]);
    expect(printer.users).toBe(0);
  });

  test("an advertisement that is closed while it probes has never been there", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    const browser = laptop.browse(IPP);
    const lines = diary(browser);
    const announced = printer.advertise(office);
    const outcome = expect(announced).rejects.toMatchObject({ code: "CLOSED" });
    lan.advance(300);
    await lan.until(printer.close());
    await outcome;
    lan.advance(5000);
    expect(lines).toEqual([]);
    expect(lan.describe()).toContain("printer: nothing open");
  });

  test("one of two offers that is closed leaves the other, with its host name", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    const browser = laptop.browse(IPP);
    const [first] = await lan.until(
      Promise.all([printer.advertise(office), printer.advertise({ ...office, name: "Lobby" })]),
    );
    lan.advance(3000);
    await lan.until(first.close());
    lan.advance(200_000);
    expect(ids(browser)).toEqual(["dns-sd lobby._ipp._tcp.local"]);
  });

  test("the same thing advertised twice is there twice, under two names", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    const both = await lan.until(Promise.all([printer.advertise(office), printer.advertise(office)]));
    expect(both.map(({ name }) => name).sort()).toEqual(["Office", "Office (2)"]);
    expect(await lan.until(laptop.find(IPP))).toHaveLength(2);
  });

  test("offers that cannot be reject before anything is sent", async () => {
    const { lan, printer } = printerAndLaptop();
    const offers = [
      { ...office, port: 70_000 },
      { ...office, name: "" },
      { ...office, name: "x".repeat(64) },
      { ...office, type: "_a-name-that-is-too-long._tcp" },
      { ...office, txt: { "": "no key" } },
      { ...office, ttlSeconds: 0 },
    ];
    for (const offer of offers)
      await expect(lan.until(printer.advertise(offer))).rejects.toMatchObject({ name: "UsageError" });
    expect(printer.users).toBe(0);
    lan.advance(5000);
    expect(lan.stats.sent).toBe(0);
  });

  test("where there is no network an advertisement rejects, and one made anew succeeds once there is one", async () => {
    const lan = new Lan({ seed: 1 });
    const { host, earshot } = guest(lan, "printer", { host: { addresses: [] } });
    await expect(lan.until(earshot.advertise(office))).rejects.toMatchObject({ code: "NO_USABLE_INTERFACE" });
    expect(earshot.users).toBe(0);
    lan.weather.plug(host, "eth0", ["10.0.0.77/16"]);
    await lan.until(earshot.advertise(office));
    const laptop = new Earshot({ network: lan.addHost("laptop") });
    expect(await lan.until(laptop.find(IPP))).toHaveLength(1);
  });

  test("a listener that closes its browser amid what is told gets nothing more", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    await lan.until(
      Promise.all([printer.advertise(office), printer.advertise({ ...office, name: "Lobby" })]),
    );
    const browser = laptop.browse(IPP);
    let told = 0;
    browser.on("found", () => {
      told++;
      void browser.close();
    });
    lan.advance(5000);
    expect(told).toBe(1);
    const again = laptop.browse(IPP);
    lan.advance(5000);
    expect(again.services.size).toBe(2);
  });
});
