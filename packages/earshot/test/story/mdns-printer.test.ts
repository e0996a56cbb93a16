import { describe, expect, test } from "vitest";
import { type DnsSdService, Earshot, type Renaming } from "../../src/index.ts";
import { diary, guest, ids } from "./household.ts";
import { IPP, OFFICE, office, only, printerAndLaptop, texts } from "./printers.ts";

describe("a printer and a laptop", () => {
  test("A63-008 a laptop finds what a printer announces, wherever and whatever it is", async () => {
    const { lan, printer, laptop } = printerAndLaptop({}, { printer: { addresses: ["10.0.0.5/16"] } });
    const announced = await lan.until(printer.advertise(office));
    expect(announced).toMatchObject({
      name: "Office",
      host: expect.stringMatching(/^earshot-[0-9a-f]{8}\.local$/),
    });
    const service = only(await lan.until(laptop.find(IPP)));
    expect(service).toMatchObject({
      ...{ protocol: "dns-sd", id: OFFICE, name: "Office", type: IPP, domain: "local", port: 631 },
      ...{ priority: 0, weight: 0, host: announced.host, subtypes: [] },
    });
    expect(texts(service)).toEqual({ txtvers: "1", rp: "ipp/print", note: "2nd floor" });
    expect(service.addresses[0]).toBe("10.0.0.5");
    await lan.until(Promise.all([printer.close(), laptop.close()]));
    expect(lan.describe()).toContain("printer: nothing open");
  });

  test("F-15 heard by IPv4 and by IPv6 it is one service", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    await lan.until(printer.advertise(office));
    const { sightings, addresses } = only(await lan.until(laptop.find(IPP)));
    expect(sightings.map(({ link }) => link).sort()).toEqual(["eth0/4", "eth0/6"]);
    expect(addresses.some((address) => /^fe80::.*%eth0$/.test(address))).toBe(true);
  });

  test("findOne returns at once, and what nobody offers is a TimeoutError", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    await lan.until(printer.advertise(office));
    const before = lan.now;
    const { name } = await lan.until(laptop.findOne(IPP));
    expect(name).toBe("Office");
    expect(lan.now - before).toBeLessThan(1000);
    await expect(lan.until(laptop.findOne("_http._tcp"))).rejects.toMatchObject({ code: "TIMEOUT" });
  });

  test("A62-103 A62-104 a browser tells who comes, who changes, and who says goodbye", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    const browser = laptop.browse(IPP);
    const lines = diary(browser);
    const announced = await lan.until(printer.advertise(office));
    lan.advance(2000);
    expect(lines).toEqual([`found ${OFFICE}`]);
    await lan.until(announced.update({ txt: { note: "moved" } }));
    lan.advance(2000);
    expect(lines).toEqual([`found ${OFFICE}`, `updated ${OFFICE}`]);
    expect(texts(only(browser.services.values()))).toEqual({ note: "moved" });
    await lan.until(announced.close());
    lan.advance(2000);
    expect(lines.at(-1)).toBe(`lost ${OFFICE} goodbye`);
    expect(lines).toHaveLength(3);
  });

  test("an update of port and text has no goodbye in it: nobody ever thinks that it left", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    const announced = await lan.until(printer.advertise(office));
    const browser = laptop.browse(IPP);
    const lines = diary(browser);
    lan.advance(3000);
    await lan.until(announced.update({ port: 8631 }));
    await lan.until(announced.update({ txt: { rp: "other" } }));
    lan.advance(10_000);
    expect(lines.filter((line) => line.startsWith("lost"))).toEqual([]);
    expect(only(browser.services.values()).port).toBe(8631);
    expect(announced.name).toBe("Office");
  });

  test("another name is another service: the old one says goodbye", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    const announced = await lan.until(printer.advertise(office));
    const browser = laptop.browse(IPP);
    const lines = diary(browser);
    lan.advance(3000);
    await lan.until(announced.update({ name: "Lobby" }));
    expect(announced.name).toBe("Lobby");
    lan.advance(3000);
    expect(lines).toEqual(
      expect.arrayContaining([`lost ${OFFICE} goodbye`, "found dns-sd lobby._ipp._tcp.local"]),
    );
    expect(ids(browser)).toEqual(["dns-sd lobby._ipp._tcp.local"]);
  });

  test("F-31 who crashes is lost when its time is up", async () => {
    const { lan, printer, printerHost, laptop } = printerAndLaptop();
    await lan.until(printer.advertise(office));
    const browser = laptop.browse(IPP);
    const lines = diary(browser);
    lan.advance(3000);
    const { expiresAt } = only(browser.services.values()).sightings[0] ?? {};
    expect(expiresAt).toBeInstanceOf(Date);
    lan.weather.crash(printerHost);
    lan.advance(60_000);
    expect(lines).toEqual([`found ${OFFICE}`]);
    lan.advance(4_600_000);
    expect(lines).toEqual([`found ${OFFICE}`, `lost ${OFFICE} expired`]);
  });

  test("A62-113 F-31 who could not be reached is asked for, and lost within seconds when it does not answer", async () => {
    const { lan, printer, printerHost, laptop } = printerAndLaptop();
    await lan.until(printer.advertise(office));
    const browser = laptop.browse(IPP);
    const lines = diary(browser);
    lan.advance(3000);
    const service = only(browser.services.values());
    laptop.reconfirm(service);
    lan.advance(15_000);
    expect(lines).toEqual([`found ${OFFICE}`]);
    lan.weather.crash(printerHost);
    laptop.reconfirm(service);
    lan.advance(12_000);
    expect(lines.at(-1)).toMatch(`lost ${OFFICE}`);
  });

  test("live times: a service that is heard again has a later end", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    const announced = await lan.until(printer.advertise(office));
    const browser = laptop.browse(IPP);
    const lines = diary(browser);
    lan.advance(3000);
    const endOf = (): number => only(browser.services.values()).sightings[0]?.expiresAt.getTime() ?? 0;
    const before = endOf();
    lan.advance(30_000);
    announced.notify();
    lan.advance(3000);
    expect(endOf()).toBeGreaterThan(before + 20_000);
    expect(lines).toEqual([`found ${OFFICE}`]);
  });
});

describe("names", () => {
  test("A62-099 A63-044 two printers of one name: the second gets a number, tells it, and both are found", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    const { earshot: second } = guest(lan, "second");
    await lan.until(printer.advertise(office));
    const told: Renaming[] = [];
    const renamed = await lan.until(second.advertise({ ...office, onRename: (change) => told.push(change) }));
    expect(renamed.name).toBe("Office (2)");
    expect(told).toEqual([{ what: "instance", from: "Office", to: "Office (2)" }]);
    const names = (await lan.until(laptop.find(IPP))).map(({ name }) => name);
    expect(names.sort()).toEqual(["Office", "Office (2)"]);
  });

  test("an update keeps the name that a conflict made", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    const { earshot: second } = guest(lan, "second");
    await lan.until(printer.advertise(office));
    const renamed = await lan.until(second.advertise(office));
    await lan.until(renamed.update({ port: 632 }));
    lan.advance(3000);
    expect(renamed.name).toBe("Office (2)");
    const found = (await lan.until(laptop.find(IPP))) as DnsSdService[];
    expect(found.map(({ name, port }) => `${name} ${port}`).sort()).toEqual(["Office (2) 632", "Office 631"]);
  });

  test("A62-099 two hosts of one name: the second's host gets a number, and tells it", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    const { earshot: second } = guest(lan, "second");
    await lan.until(printer.advertise({ ...office, host: "laser" }));
    const told: Renaming[] = [];
    const renamed = await lan.until(
      second.advertise({ ...office, name: "Lobby", host: "laser", onRename: (change) => told.push(change) }),
    );
    expect(renamed.host).toBe("laser-2.local");
    expect(told).toMatchObject([{ what: "host" }]);
    const hosts = ((await lan.until(laptop.find(IPP))) as DnsSdService[]).map(({ host }) => host);
    expect(hosts.sort()).toEqual(["laser-2.local", "laser.local"]);
  });

  test("A63-003 A63-004 without a name it is called earshot, which tells nothing of the machine", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    await lan.until(printer.advertise({ type: "_http._tcp", port: 80 }));
    expect(only(await lan.until(laptop.find("_http._tcp"))).name).toBe("earshot");
  });

  test("F-29 a program that comes back at once has its name again, not a number", async () => {
    const { lan, printer, printerHost, laptop } = printerAndLaptop();
    await lan.until(printer.advertise(office));
    const browser = laptop.browse(IPP);
    lan.advance(3000);
    lan.weather.crash(printerHost);
    const again = new Earshot({ network: printerHost });
    const announced = await lan.until(again.advertise(office));
    lan.advance(3000);
    expect(announced.name).toBe("Office");
    expect(ids(browser)).toEqual([OFFICE]);
  });
});

const TWO_ON_ONE = [{ name: "eth0" }, { name: "wlan0" }];
const TWO_APART = [{ name: "eth0" }, { name: "wlan0", segment: "elsewhere" }];

describe("on every link", () => {
  test("F-17 where there is no IPv4 everything is done by IPv6", async () => {
    const addresses = { printer: { addresses: ["fe80::5/64"] }, laptop: { addresses: ["fe80::6/64"] } };
    const { lan, printer, laptop } = printerAndLaptop({}, addresses);
    await lan.until(printer.advertise(office));
    const service = only(await lan.until(laptop.find(IPP)));
    expect(service.addresses).toEqual(["fe80::5%eth0"]);
    expect(service.sightings).toMatchObject([{ link: "eth0/6", from: "fe80::5" }]);
  });

  test("F-14 with two interfaces on one segment it is one service, and no conflict with itself", async () => {
    const { lan, printer, laptop } = printerAndLaptop({}, { printer: { interfaces: TWO_ON_ONE } });
    const told: Renaming[] = [];
    const announced = await lan.until(
      printer.advertise({ ...office, onRename: (change) => told.push(change) }),
    );
    lan.advance(5000);
    expect(announced.name).toBe("Office");
    expect(told).toEqual([]);
    const service = only(await lan.until(laptop.find(IPP)));
    expect(service.addresses).toHaveLength(4);
    expect(service.sightings.map(({ link }) => link)).toEqual(["eth0/4", "eth0/6"]);
  });

  test("only on the interfaces that were named; one that is not there is the caller's mistake", async () => {
    const { lan, printer, laptop } = printerAndLaptop({}, { printer: { interfaces: TWO_APART } });
    await lan.until(printer.advertise({ ...office, interfaces: ["wlan0"] }));
    expect(await lan.until(laptop.find(IPP))).toEqual([]);
    const wrong = printer.advertise({ ...office, interfaces: ["wlan9"] });
    await expect(lan.until(wrong)).rejects.toMatchObject({ code: "UNKNOWN_INTERFACE" });
  });
});

describe("types", () => {
  const color = { ...office, subtypes: ["_color"] };

  test.each(["_color._sub._ipp._tcp", "_ipp._tcp,_color", "_ipp._tcp.local", "_IPP._TCP.local.", IPP])(
    "A63-031 what is offered under a subtype is found as %s",
    async (type) => {
      const { lan, printer, laptop } = printerAndLaptop();
      await lan.until(printer.advertise(color));
      expect(only(await lan.until(laptop.find(type)))).toMatchObject({ id: OFFICE, type: IPP });
    },
  );

  test("A63-031 who looks for a subtype finds no others, also beside one who looks for all", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    const { earshot: second } = guest(lan, "second");
    await lan.until(Promise.all([printer.advertise(color), second.advertise({ ...office, name: "Grey" })]));
    const all = laptop.browse(IPP);
    lan.advance(3000);
    const colored = laptop.browse("_color._sub._ipp._tcp");
    lan.advance(3000);
    expect([...all.services.values()].map(({ name }) => name).sort()).toEqual(["Grey", "Office"]);
    expect(only(colored.services.values())).toMatchObject({ name: "Office", subtypes: ["_color"] });
    await lan.until(all.close());
    lan.advance(1000);
    expect(colored.services.size).toBe(1);
  });

  test("A63-034 a name that is only taken has no port", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    await lan.until(printer.advertise({ ...office, port: 0 }));
    expect(only(await lan.until(laptop.find(IPP))).port).toBeUndefined();
  });

  test.each(["ipp", "_ipp", "_ipp._sctp", "ipp._tcp"])("%s is a type of no protocol", (type) => {
    const { laptop } = printerAndLaptop();
    const error = expect.objectContaining({
      code: "UNKNOWN_TYPE",
      message: expect.stringMatching(/_ipp\._tcp.*urn:/),
    });
    expect(() => laptop.browse(type)).toThrow(error);
    expect(laptop.users).toBe(0);
  });
});
