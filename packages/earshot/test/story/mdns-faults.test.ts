import { describe, expect, test } from "vitest";
import { Earshot } from "../../src/earshot.ts";
import { CLASS, encodeMessage, Name, type ResourceRecord, TYPE } from "../../src/mdns/index.ts";
import type { Lan } from "../../src/testing/index.ts";
import { diary, guest, ids } from "./household.ts";
import { known, report, SPOKEN, stage, timeUntil } from "./mdns-recovery.ts";
import { IPP, OFFICE, office, only, printerAndLaptop, texts } from "./printers.ts";

const SEEDS = 20;

describe("programs that start again", () => {
  test("F-29 T-34 who is killed and started twenty times keeps its name and its host", async () => {
    const { lan, laptop, printerHost } = printerAndLaptop({}, {}, SPOKEN);
    const browser = laptop.browse(IPP);
    const lines = diary(browser);
    const names = new Set<string>();
    for (let i = 0; i < 20; i++) {
      const printer = new Earshot({ network: printerHost, ...SPOKEN });
      const { name, host } = await lan.until(printer.advertise(office));
      names.add(`${name} on ${host}`);
      lan.advance(5000);
      lan.weather.crash(printerHost);
    }
    expect([...names]).toEqual([expect.stringMatching(/^Office on earshot-[0-9a-f]{8}\.local$/)]);
    expect(lines).toEqual([`found ${OFFICE}`]);
  });

  test("F-32 of who starts again every ten seconds with another text, each text is told once", async () => {
    const { lan, laptop, printerHost } = printerAndLaptop({}, {}, SPOKEN);
    const browser = laptop.browse(IPP);
    const lines = diary(browser);
    for (let i = 0; i < 12; i++) {
      const printer = new Earshot({ network: printerHost, ...SPOKEN });
      await lan.until(printer.advertise({ ...office, txt: { run: i } }));
      lan.advance(9000);
      expect(texts(only(browser.services.values()))).toEqual({ run: String(i) });
      lan.weather.crash(printerHost);
    }
    expect(lines.filter((line) => line.startsWith("lost"))).toEqual([]);
    expect(lines).toHaveLength(12);
  });
});

describe("links", () => {
  test("F-03 a host that loses its IPv4 address and keeps IPv6 goes on with IPv6, and takes IPv4 up again", async () => {
    const both = ["10.0.0.1/16", "fe80::1/64"];
    const { lan, printerHost, browser } = await stage(1, { printer: { addresses: both } });
    lan.weather.plug(printerHost, "eth0", ["fe80::1/64"]);
    lan.advance(130_000); // Until what was said over IPv4 has run out.
    expect(known(browser)?.addresses).toEqual(["fe80::1%eth0"]);
    lan.weather.plug(printerHost, "eth0", both);
    lan.advance(5000);
    expect(
      known(browser)
        ?.sightings.map(({ link }) => link)
        .sort(),
    ).toEqual(["eth0/4", "eth0/6"]);
    expect(known(browser)?.addresses).toContain("10.0.0.1");
  });

  test("F-04 interfaces that come and go by the hundred leave nothing behind", async () => {
    const { lan, printer, printerHost, browser } = await stage();
    for (let i = 0; i < 100; i++) {
      lan.weather.plug(printerHost, `veth${i % 4}`, [`10.0.9.${i + 1}/16`]);
      lan.advance(700);
      lan.weather.unplug(printerHost, `veth${i % 4}`);
      lan.advance(300);
    }
    lan.advance(130_000);
    expect(printer.links.map(({ id }) => id).sort()).toEqual(["eth0/4", "eth0/6"]);
    expect(known(browser)?.addresses.filter((address) => address.startsWith("10.0.9."))).toEqual([]);
    await lan.until(printer.close());
    expect(lan.describe()).toContain("printer: nothing open");
  });

  test("F-14 two interfaces in one network: one service, no conflict with itself, no flapping", async () => {
    const twin = {
      interfaces: [
        { name: "eth0", addresses: ["10.0.0.1/16", "fe80::1/64"] },
        { name: "wlan0", addresses: ["10.0.0.2/16", "fe80::2/64"] },
      ],
    };
    const { lan, lines, announced } = await stage(1, { printer: twin });
    lan.advance(3_600_000);
    expect(announced.name).toBe("Office");
    expect(lines.filter((line) => !line.startsWith("updated"))).toEqual([`found ${OFFICE}`]);
    expect(lines.length).toBeLessThanOrEqual(3);
  });

  test("F-16 an interface without an address is not served", async () => {
    const bridge = {
      interfaces: [
        { name: "br0", addresses: ["10.0.0.1/16"] },
        { name: "port0", addresses: [] },
      ],
    };
    const { printer, browser } = await stage(1, { printer: bridge });
    expect(printer.links.map(({ id }) => id)).toEqual(["br0/4"]);
    expect(ids(browser)).toEqual([OFFICE]);
  });

  test("F-17 where there is only IPv6, all works over IPv6", async () => {
    const v6 = { printer: { addresses: ["fe80::1/64"] }, laptop: { addresses: ["fe80::2/64"] } };
    const { browser } = await stage(1, v6);
    expect(known(browser)?.addresses).toEqual(["fe80::1%eth0"]);
  });

  test("F-18 two hosts with one link-local address on two networks are told apart by the link", async () => {
    const between = {
      interfaces: [
        { name: "eth0", segment: "a", addresses: ["fe80::9/64"] },
        { name: "eth1", segment: "b", addresses: ["fe80::9/64"] },
      ],
    };
    const { lan, laptop } = printerAndLaptop({}, { laptop: between }, SPOKEN);
    for (const segment of ["a", "b"]) {
      const host = { interfaces: [{ name: "eth0", segment, addresses: ["fe80::1/64"] }] };
      const { earshot } = guest(lan, `device-${segment}`, { host, ...SPOKEN });
      await lan.until(earshot.advertise({ ...office, name: `On ${segment}` }));
    }
    const found = await lan.until(laptop.find(IPP));
    expect(found.map(({ name, addresses }) => [name, ...addresses]).sort()).toEqual([
      ["On a", "fe80::1%eth0"],
      ["On b", "fe80::1%eth1"],
    ]);
  });

  test("F-25 nothing that is sent is larger than the interface takes, with 20 services of long texts", async () => {
    for (const mtu of [576, 1280, 1500]) {
      const printer = { interfaces: [{ name: "eth0", addresses: ["10.0.0.1/16", "fe80::1/64"], mtu }] };
      const laptop = { addresses: ["10.0.0.2/16", "fe80::2/64"] };
      const at = printerAndLaptop({}, { printer, laptop }, SPOKEN);
      const capture = at.lan.capture();
      const offers = Array.from({ length: 20 }, (_, i) =>
        at.printer.advertise({ ...office, name: `Office ${i}`, txt: { note: "x".repeat(180) } }),
      );
      await at.lan.until(Promise.all(offers));
      expect(await at.lan.until(at.laptop.find(IPP))).toHaveLength(20);
      const own = capture.datagrams.filter(({ from }) => ["10.0.0.1", "fe80::1"].includes(from.address));
      for (const { bytes, from } of own)
        expect(bytes.length).toBeLessThanOrEqual(
          from.address.includes(":") ? Math.max(mtu, 1280) - 48 : mtu - 28,
        );
    }
  });
});

describe("weather", () => {
  test("F-06 the calendar that jumps by ten years makes nothing run out", async () => {
    const { lan, laptopHost, printerHost, lines } = await stage();
    for (const years of [10, -20]) {
      for (const host of [laptopHost, printerHost]) lan.weather.jumpWall(host, years * 31_557_600_000);
      lan.advance(600_000);
    }
    expect(lines).toEqual([`found ${OFFICE}`]);
  });

  test("F-07 what is deaf for seconds at a time loses nothing that is there", async () => {
    const { lan, browser, lines } = await stage();
    lan.weather.change({ loss: { rate: 0.1, burstMs: 2000 } });
    lan.advance(3_600_000);
    expect(ids(browser)).toEqual([OFFICE]);
    console.log(`F-07 an hour of bursts: ${lines.length - 1} changes told of one service`);
    expect(lines.length).toBeLessThanOrEqual(3);
  });

  test("F-08 with every datagram doubled there is no conflict, and each fact is told once", async () => {
    const { lan, announced, lines } = await stage();
    lan.weather.change({ duplicate: 1 });
    await lan.until(announced.update({ port: 1 }));
    lan.advance(300_000);
    expect(announced.name).toBe("Office");
    await lan.until(announced.close());
    lan.advance(3000);
    expect(lines).toEqual([`found ${OFFICE}`, `updated ${OFFICE}`, `lost ${OFFICE} goodbye`]);
  });

  test("F-09 with half a second of disorder, goodbye and announcement end where they should, without flapping", async () => {
    const times: number[] = [];
    for (let seed = 0; seed < SEEDS; seed++) {
      const weather = { latencyMs: [0, 500], reorder: 0.3, reorderMs: [1, 500] } as const;
      const { lan, printer, laptop } = printerAndLaptop({ seed, ...weather }, {}, SPOKEN);
      const browser = laptop.browse(IPP);
      const lines = diary(browser);
      const announced = await lan.until(printer.advertise(office));
      lan.advance(seed * 60);
      announced.notify();
      await lan.until(announced.close());
      lan.advance(1000); // The last has arrived.
      times.push(timeUntil(lan, 200_000, () => browser.services.size === 0));
      lan.advance(200_000);
      expect(ids(browser), `seed ${seed}`).toEqual([]);
      const kinds = lines.map((line) => line.split(" ")[0]);
      expect(
        kinds.filter((kind) => kind === "found").length,
        `seed ${seed}: ${lines.join(", ")}`,
      ).toBeLessThanOrEqual(1);
      expect(kinds.filter((kind) => kind === "updated").length, `seed ${seed}`).toBeLessThanOrEqual(1);
    }
    // Where the goodbye overtook the very first announcement there was nothing to take back yet: that runs out.
    expect(report("F-09 from the last datagram until it is gone", times)).toBeLessThanOrEqual(125_000);
  });

  test.each([["PTR SRV TXT A"], ["A TXT SRV PTR"], ["TXT A PTR SRV"], ["SRV PTR A TXT"]])(
    "F-10 what is said one by one, half a minute apart and three times, is told once, complete: %s",
    (order) => {
      const { lan, laptop } = printerAndLaptop({}, {}, SPOKEN);
      const lines = diary(laptop.browse(IPP, { passive: true }));
      const all = recordsOf("Office", "10.0.0.66");
      for (let round = 0; round < 3; round++)
        for (const type of order.split(" ")) {
          const said = all.filter(({ data }) => data.kind === type);
          say(lan, "10.0.0.66", said);
          lan.advance(30_000);
        }
      expect(lines).toEqual([`found ${OFFICE}`]);
    },
  );

  test("F-28 a program that was held up for two seconds tells of nothing that ran out meanwhile", async () => {
    const { lan, laptopHost, lines } = await stage();
    for (let i = 0; i < 60; i++) {
      lan.weather.stall(laptopHost, 2000);
      lan.advance(4000 + 100 * i);
    }
    expect(lines).toEqual([`found ${OFFICE}`]);
  });

  test("F-27 what the kernel had no room for is said again: who announces into that is found nevertheless", async () => {
    const { lan, printer, printerHost, laptop } = printerAndLaptop({}, {}, SPOKEN);
    const browser = laptop.browse(IPP);
    const announced = printer.advertise(office);
    for (let i = 0; i < 10; i++) {
      lan.weather.refuse(printerHost, i % 2 === 0 ? "SEND_FAILED" : undefined);
      lan.advance(150);
    }
    lan.weather.refuse(printerHost);
    await lan.until(announced);
    lan.advance(10_000);
    expect(ids(browser)).toEqual([OFFICE]);
  });
});

/** The records of a printer that no earshot runs on. */
function recordsOf(instance: string, address: string): ResourceRecord[] {
  const type = Name.parse(`${IPP}.local`);
  const name = type.prepend(instance);
  const host = Name.of("elsewhere", "local");
  const common = { class: CLASS.IN, ttl: 4500 };
  const unique = { ...common, flush: true };
  return [
    { ...common, flush: false, name: type, type: TYPE.PTR, data: { kind: "PTR", target: name } },
    { ...unique, name, type: TYPE.SRV, data: { kind: "SRV", priority: 0, weight: 0, port: 9, target: host } },
    { ...unique, name, type: TYPE.TXT, data: { kind: "TXT", bytes: Uint8Array.of(0) } },
    { ...unique, name: host, type: TYPE.A, data: { kind: "A", address } },
  ];
}

function say(lan: Lan, address: string, answers: readonly ResourceRecord[]): void {
  const bytes = encodeMessage({ kind: "response", answers });
  lan.inject({ from: { address, port: 5353 }, to: { address: "224.0.0.251", port: 5353 }, bytes });
}
