import { describe, expect, test } from "vitest";
import { Earshot, type Fault, type MonitoredDatagram, NetworkError } from "../../src/index.ts";
import type { Network } from "../../src/network/index.ts";
import type { Host, Lan } from "../../src/testing/index.ts";
import { diary, FILMS, guest, ids, offer } from "./household.ts";
import { IPP, OFFICE, office, printerAndLaptop } from "./printers.ts";

/** A host on which some ports cannot be had at all. */
function without(host: Host, ...ports: readonly number[]): Network {
  const { clock, random, http, system } = host;
  const refused = new NetworkError("PORT_TAKEN", "another program keeps the port to itself");
  const open: Network["open"] = (binding, listener) => {
    const channel = host.open(binding, listener);
    if (!ports.includes(binding.port)) return channel;
    const ready = channel.ready.then(() => Promise.reject(refused));
    ready.catch(() => {});
    return { ready, send: () => {}, close: () => channel.close() };
  };
  const listen: Network["listen"] = (handler, link) => host.listen(handler, link);
  return { clock, random, http, system, listen, open, links: host.links, uuid: (name) => host.uuid(name) };
}

/** A laptop beside a media server that speaks SSDP and a printer that speaks DNS-SD. */
async function house(ports: readonly number[] = []) {
  const { lan, printer, laptopHost } = printerAndLaptop();
  const { earshot: server } = guest(lan, "server");
  await lan.until(Promise.all([printer.advertise(office), server.advertise(offer)]));
  const faults: Fault[] = [];
  const network = without(laptopHost, ...ports);
  const laptop = new Earshot({ network, onFault: (fault) => faults.push(fault) });
  return { lan, printer, server, laptop, faults };
}

describe("one list of both protocols", () => {
  test("F14 browse without a type tells what either hears", async () => {
    const { lan, laptop, printer, server } = await house();
    const browser = laptop.browse();
    const lines = diary(browser);
    lan.advance(5000);
    expect(ids(browser)).toEqual([OFFICE, ...FILMS].sort());
    await lan.until(Promise.all([printer.close(), server.close()]));
    lan.advance(3000);
    expect(lines.filter((line) => line.startsWith("lost")).sort()).toEqual(
      [OFFICE, ...FILMS].map((id) => `lost ${id} goodbye`).sort(),
    );
    expect(browser.services.size).toBe(0);
  });

  test("find of types of both, and each of the services says whose it is", async () => {
    const { lan, laptop } = await house();
    const found = await lan.until(laptop.find([IPP, offer.type]));
    expect(found.map(({ protocol, type }) => `${protocol} ${type}`).sort()).toEqual([
      `dns-sd ${IPP}`,
      `ssdp ${offer.type}`,
    ]);
  });

  test("closing one browser forgets only what nobody else looks for", async () => {
    const { lan, laptop, printer } = await house();
    const all = laptop.browse();
    const printers = laptop.browse(IPP);
    lan.advance(5000);
    await lan.until(all.close());
    expect(ids(printers)).toEqual([OFFICE]);
    const again = laptop.browse(IPP);
    expect(ids(again)).toEqual([OFFICE]);
    await lan.until(Promise.all([printers.close(), again.close()]));
    await lan.until(printer.close());
    lan.advance(5000);
    expect(ids(laptop.browse())).toEqual([]);
  });

  test("stats tell of each that was used", async () => {
    const { lan, laptop } = await house();
    expect(laptop.stats).toEqual({ ssdp: undefined, mdns: undefined });
    await lan.until(laptop.find(IPP));
    expect(laptop.stats.ssdp).toBeUndefined();
    expect(laptop.stats.mdns?.heard).toBeGreaterThan(0);
    await lan.until(laptop.find());
    expect(laptop.stats.ssdp?.heard).toBeGreaterThan(0);
  });

  test("with describe what has no description is told at once, and findOne does not wait for one", async () => {
    const { lan, laptop } = await house();
    const before = lan.now;
    const service = await lan.until(laptop.findOne(IPP, { describe: true }));
    expect(service.id).toBe(OFFICE);
    expect(lan.now - before).toBeLessThan(1000);
    const browser = laptop.browse(IPP, { describe: true });
    lan.advance(3000);
    expect(ids(browser)).toEqual([OFFICE]);
  });

  test("protocols chooses which are spoken: types of others are unknown", async () => {
    const { lan, laptopHost, printer } = printerAndLaptop();
    await lan.until(printer.advertise(office));
    const ssdpOnly = new Earshot({ network: laptopHost, protocols: ["ssdp"] });
    const before = lan.stats.sent;
    expect(() => ssdpOnly.browse(IPP)).toThrow(expect.objectContaining({ code: "UNKNOWN_TYPE" }));
    expect(() => ssdpOnly.mdns.query("x.local", "A")).toThrow(
      expect.objectContaining({ code: "UNKNOWN_TYPE" }),
    );
    expect(ssdpOnly.users).toBe(0);
    expect(lan.stats.sent).toBe(before);
    expect(await lan.until(ssdpOnly.find())).toEqual([]);
    expect(ssdpOnly.stats.mdns).toBeUndefined();
  });
});

describe("where one of the protocols cannot start", () => {
  test.each([
    ["mDNS", 5353, FILMS],
    ["SSDP", 1900, [OFFICE]],
  ])("the other goes on without %s, and that is told once for all", async (_, port, expected) => {
    const { lan, laptop, faults } = await house([port]);
    const browser = laptop.browse();
    await lan.until(browser.ready);
    lan.advance(5000);
    expect(ids(browser)).toEqual(expected);
    expect(faults).toMatchObject([{ link: undefined, error: { code: "PORT_TAKEN" } }]);
    expect(faults[0]?.error.cause).toBeInstanceOf(NetworkError);
    await lan.until(laptop.close());
  });

  test("a browser of its types alone, a search and an advertisement reject", async () => {
    const { lan, laptop } = await house([5353]);
    const taken = expect.objectContaining({ code: "PORT_TAKEN" });
    await expect(lan.until(laptop.find(IPP))).rejects.toEqual(taken);
    await expect(lan.until(laptop.advertise(office))).rejects.toEqual(taken);
    await expect(lan.until(laptop.mdns.queryOnce("x.local", "A"))).rejects.toEqual(taken);
    await expect(lan.until(laptop.mdns.respond([]))).rejects.toEqual(taken);
    expect(laptop.users).toBe(0);
  });

  test("where none can, everything rejects, and nothing stays open", async () => {
    const { lan, laptop, faults } = await house([5353, 1900]);
    await expect(lan.until(laptop.find())).rejects.toMatchObject({ code: "PORT_TAKEN" });
    await expect(lan.until(laptop.monitor().ready)).rejects.toMatchObject({ code: "PORT_TAKEN" });
    expect(faults).toEqual([]);
    expect(laptop.users).toBe(0);
  });
});

describe("in silence", () => {
  test("A62-091 who does nothing says nothing, and who is done says nothing more", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    lan.advance(60_000);
    expect(lan.stats.sent).toBe(0);
    await lan.until(laptop.find());
    lan.advance(10_000);
    const before = lan.stats.sent;
    lan.advance(3_600_000);
    expect(lan.stats.sent).toBe(before);
    await lan.until(Promise.all([printer.close(), laptop.close()]));
  });

  test("passive browsers of all types ask nothing, and hear who announces", async () => {
    const { lan, printer, laptop } = printerAndLaptop();
    const browser = laptop.browse({ passive: true });
    lan.advance(10_000);
    expect(lan.stats.sent).toBe(0);
    await lan.until(printer.advertise(office));
    lan.advance(5000);
    expect(ids(browser)).toEqual([OFFICE]);
  });
});

/** Everything that a monitor tells while `during` runs. */
async function watch(
  lan: Lan,
  laptop: Earshot,
  options: Parameters<Earshot["monitor"]>[0],
  during: () => Promise<unknown>,
): Promise<MonitoredDatagram[]> {
  const monitor = laptop.monitor(options);
  const all: MonitoredDatagram[] = [];
  const loop = (async () => {
    for await (const datagram of monitor) all.push(datagram);
  })();
  await lan.until(monitor.ready);
  await lan.until(during());
  lan.advance(5000); // Until nothing is under way any more.
  await lan.until(monitor.close());
  await loop;
  return all;
}

describe("monitoring both", () => {
  const group = { address: "224.0.0.251", port: 5353 };

  test("tells what is said in either, decoded; nothing is sent for it", async () => {
    const { lan, laptop, printer } = printerAndLaptop();
    const { earshot: server } = guest(lan, "server");
    const both = () => Promise.all([printer.advertise(office), server.advertise(offer)]);
    const all = await watch(lan, laptop, {}, both);
    expect(new Set(all.map(({ direction, protocol }) => `${direction} ${protocol}`))).toEqual(
      new Set(["in mdns", "in ssdp"]),
    );
    const mdns = all.flatMap((told) => (told.protocol === "mdns" ? [told] : []));
    const byIpv4 = mdns.filter(({ link }) => link === "eth0/4");
    expect(byIpv4[0]).toMatchObject({ to: group, violations: [], dropped: undefined });
    const [probe] = byIpv4.flatMap(({ message }) => (message.kind === "query" ? [message] : []));
    expect(probe?.questions.map(({ name }) => `${name}`)).toContain("Office._ipp._tcp.local");
    expect(mdns.some(({ message }) => message.kind === "response")).toBe(true);
    expect(lan.stats.sent).toBe(all.length);
  });

  test.each(["ssdp", "mdns"] as const)("of %s alone", async (protocol) => {
    const { lan, laptop, printer } = printerAndLaptop();
    const { earshot: server } = guest(lan, "server");
    const both = () => Promise.all([printer.advertise(office), server.advertise(offer)]);
    const all = await watch(lan, laptop, { protocols: [protocol] }, both);
    expect(new Set(all.map((told) => told.protocol))).toEqual(new Set([protocol]));
  });

  test("what is no message is told with the reason", async () => {
    const { lan, laptop } = printerAndLaptop();
    const [first] = await watch(lan, laptop, { protocols: ["mdns"] }, async () => {
      lan.inject({ from: { address: "10.0.0.66", port: 5353 }, to: group, bytes: Uint8Array.of(1, 2, 3) });
      lan.advance(100);
    });
    expect(first).toMatchObject({
      ...{ protocol: "mdns", direction: "in", from: { address: "10.0.0.66", port: 5353 } },
      ...{ message: { kind: "malformed", reason: "too-short" }, violations: [{ code: "too-short" }] },
      dropped: "malformed",
    });
  });

  test("of nothing at all is the caller's mistake", () => {
    const { laptop } = printerAndLaptop();
    expect(() => laptop.monitor({ protocols: [] })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION" }),
    );
    expect(laptop.users).toBe(0);
  });
});

describe("who announces and looks in one program", () => {
  test("finds its own service like any other, follows it, and sees it leave", async () => {
    const { lan, printer } = printerAndLaptop();
    const announced = await lan.until(printer.advertise(office));
    lan.advance(10_000);
    const browser = printer.browse(IPP);
    const lines = diary(browser);
    lan.advance(3000);
    expect(ids(browser)).toEqual([OFFICE]);
    await lan.until(announced.update({ port: 632 }));
    lan.advance(3000);
    await lan.until(announced.close());
    lan.advance(3000);
    expect(lines).toEqual([`found ${OFFICE}`, `updated ${OFFICE}`, `lost ${OFFICE} goodbye`]);
  });

  test("also when it looked before, and keeps it as long as it is announced", async () => {
    const { lan, printer } = printerAndLaptop();
    const browser = printer.browse();
    lan.advance(5000);
    const lines = diary(browser);
    await lan.until(printer.advertise(office));
    lan.advance(2 * 3_600_000);
    expect(lines).toEqual([`found ${OFFICE}`]);
    await lan.until(printer.close());
  });

  test("what it asks for and answers itself it finds by any question", async () => {
    const { lan, printer } = printerAndLaptop();
    const { host = "" } = await lan.until(printer.advertise(office));
    const records = await lan.until(printer.mdns.queryOnce(host, "A"));
    expect(records[0]).toMatchObject({ data: { kind: "A" }, isUnique: true });
    expect((await lan.until(printer.dnsSd.resolve("Office", IPP))).port).toBe(631);
  });
});
