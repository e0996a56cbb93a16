import { describe, expect, test } from "vitest";
import type { Name } from "../../src/mdns/name.ts";
import { TYPE } from "../../src/mdns/record.ts";
import { a, host, IPP, instance, LINK, LINK6, OTHER, ptr, QuerierRig, srv, txt } from "./querier-rig.ts";

const OFFICE = "Office._ipp._tcp.local";

const reconfirm = (rig: QuerierRig, name: Name, type: number): void =>
  rig.turn((turn) => rig.querier.reconfirm(name, type, turn));

describe("A62-113 M11 F-31 what proved wrong is asked for", () => {
  test("twice at least, and is gone after ten seconds in which nobody says it", () => {
    const rig = new QuerierRig();
    const asker = rig.ask({ name: instance("Office"), type: TYPE.SRV });
    rig.say([srv("Office", "printer")]);
    rig.advance(30_000);
    rig.sent.length = 0;
    const since = rig.now;
    reconfirm(rig, instance("Office"), TYPE.SRV);
    rig.advance(9999);
    expect(rig.askedAt(since).length).toBeGreaterThanOrEqual(2);
    expect(rig.askedAt(since)[0]).toBeLessThan(121);
    expect(asker.told).toEqual(["added printer.local:631"]);
    rig.advance(1);
    expect(asker.told.at(-1)).toBe("removed printer.local:631 unconfirmed");
  });

  test("and stays when it is said again, and is asked for no more", () => {
    const rig = new QuerierRig();
    const asker = rig.ask({ name: instance("Office"), type: TYPE.SRV });
    rig.say([srv("Office", "printer")]);
    rig.advance(30_000);
    reconfirm(rig, instance("Office"), TYPE.SRV);
    rig.advance(200);
    rig.say([srv("Office", "printer")]);
    rig.sent.length = 0;
    rig.advance(30_000);
    expect(rig.sent).toEqual([]);
    expect(asker.told).toEqual(["added printer.local:631", "refreshed printer.local:631"]);
  });

  test("of all types where ANY is doubted, on every link, and though nobody asks for it", () => {
    const rig = new QuerierRig({ links: [LINK, LINK6] });
    rig.ask();
    const additionals = [srv("Office", "printer"), txt("Office", "a=b")];
    rig.say([ptr("Office")], { additionals });
    rig.say([ptr("Office")], { additionals, link: LINK6, address: "fe80::20" });
    rig.advance(20_000);
    rig.sent.length = 0;
    reconfirm(rig, instance("Office"), TYPE.ANY);
    rig.advance(500);
    expect(rig.asked.toSorted()).toHaveLength(2);
    expect(rig.querier.counts.records).toBe(6);
    rig.advance(10_000);
    expect(rig.querier.counts.records).toBe(2);
  });

  test("but not again and again, however often it is doubted", () => {
    const rig = new QuerierRig();
    rig.ask({ name: instance("Office"), type: TYPE.SRV });
    rig.say([srv("Office", "printer")]);
    rig.advance(30_000);
    rig.sent.length = 0;
    for (let i = 0; i < 80; i++) {
      reconfirm(rig, instance("Office"), TYPE.SRV);
      rig.advance(100);
    }
    expect(rig.sent.length).toBeLessThanOrEqual(9);
    rig.advance(2000);
    expect(rig.querier.counts.records).toBe(0);
  });

  test("of what is not known nothing is asked", () => {
    const rig = new QuerierRig();
    reconfirm(rig, IPP, TYPE.PTR);
    rig.advance(20_000);
    expect(rig.sent).toEqual([]);
  });

  test("A62-070 another host's asking the same is not enough", () => {
    const rig = new QuerierRig();
    rig.ask({ name: instance("Office"), type: TYPE.SRV });
    rig.say([srv("Office", "printer")]);
    rig.advance(30_000);
    rig.sent.length = 0;
    reconfirm(rig, instance("Office"), TYPE.SRV);
    for (let i = 0; i < 25; i++) {
      rig.hearQuery([{ name: instance("Office"), type: TYPE.SRV }]);
      rig.advance(200);
    }
    expect(rig.sent.length).toBeGreaterThanOrEqual(2);
  });
});

describe("A62-114 what others ask for in vain", () => {
  const PRINTER = { name: host("printer"), type: TYPE.A } as const;

  function watching(): { rig: QuerierRig; told: readonly string[] } {
    const rig = new QuerierRig();
    const { told } = rig.ask({ mode: "passive" });
    rig.say([ptr("Office"), ptr("Attic")]);
    rig.advance(20_000);
    return { rig, told };
  }

  test("twice is gone ten seconds later, and nothing is asked for it", () => {
    const { rig, told } = watching();
    rig.hearQuery([{}], { known: [ptr("Attic")] });
    rig.advance(1000);
    rig.hearQuery([{}], { known: [ptr("Attic")], address: OTHER });
    rig.advance(9999);
    expect(told).toHaveLength(2);
    rig.advance(1);
    expect(told.slice(2)).toEqual([`removed ${OFFICE} unconfirmed`]);
    expect(rig.sent).toEqual([]);
  });

  test("stays when it is heard in time", () => {
    const { rig, told } = watching();
    rig.hearQuery([{}]);
    rig.advance(1000);
    rig.hearQuery([{}]);
    rig.advance(5000);
    rig.say([ptr("Office"), ptr("Attic")]);
    rig.advance(20_000);
    expect(told.filter((text) => text.startsWith("removed"))).toEqual([]);
  });

  test.each<[string, (rig: QuerierRig) => void]>([
    ["they ask but once", () => undefined],
    ["the second question is a copy of the first", (rig) => rig.hearQuery([{}])],
    [
      "they say to know it",
      (rig) => later(rig, () => rig.hearQuery([{}], { known: [ptr("Office"), ptr("Attic")] })),
    ],
    ["they want the answer for themselves", (rig) => later(rig, () => rig.hearQuery([{ unicast: true }]))],
    ["they may say to know it", (rig) => later(rig, () => rig.hearQuery([{}], { truncated: true }))],
    ["they ask for something else", (rig) => later(rig, () => rig.hearQuery([{ type: TYPE.TXT }]))],
    ["they ask us alone", (rig) => later(rig, () => rig.hearQuery([{}], { to: "host" }))],
    ["they ask on another link", (rig) => later(rig, () => rig.hearQuery([{}], { link: LINK6 }))],
  ])("stays where %s", (_, second) => {
    const { rig, told } = watching();
    rig.hearQuery([{}]);
    second(rig);
    rig.advance(30_000);
    expect(told).toHaveLength(2);
  });

  test("stays where they ask once now and once a minute later: an answer may be lost", () => {
    const { rig, told } = watching();
    for (let i = 0; i < 10; i++) {
      rig.hearQuery([{}]);
      rig.advance(60_000);
    }
    expect(told).toHaveLength(2);
  });

  test("stays where it was said within the second before, for it is not said twice in one", () => {
    const rig = new QuerierRig();
    const { told } = rig.ask({ ...PRINTER, mode: "passive" });
    rig.say([a("printer", "192.168.1.20")]);
    rig.advance(300);
    rig.hearQuery([PRINTER]);
    rig.advance(600);
    rig.hearQuery([PRINTER]);
    rig.advance(20_000);
    expect(told).toEqual(["added 192.168.1.20"]);
  });
});

function later(rig: QuerierRig, step: () => unknown): void {
  rig.advance(1000);
  step();
}
