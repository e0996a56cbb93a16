import { describe, expect, test } from "vitest";
import { TYPE } from "../../src/mdns/record.ts";
import { a, host, LINK, LINK6, ptr, QuerierRig, txt } from "./querier-rig.ts";

const OFFICE = "Office._ipp._tcp.local";
const HOUR = 3_600_000;

describe("A62-112 F-01 a link that went down", () => {
  test("takes what was heard there with it after ten seconds, and nothing is asked there", () => {
    const rig = new QuerierRig({ links: [LINK, LINK6] });
    const asker = rig.ask();
    rig.say([ptr("Office")]);
    rig.say([ptr("Attic")], { link: LINK6, address: "fe80::20" });
    rig.advance(5000);
    rig.relink([LINK6]);
    rig.sent.length = 0;
    rig.advance(9999);
    expect(asker.told).toHaveLength(2);
    rig.advance(1);
    expect(asker.told.slice(2)).toEqual([`removed ${OFFICE} link-down`]);
    rig.advance(HOUR);
    expect(rig.sent.every(({ link }) => link === LINK6.id)).toBe(true);
    expect(rig.querier.counts.records).toBe(1);
  });

  test("and is back at once: what is known stays if it is said again within ten seconds, and is asked for without it", () => {
    const rig = new QuerierRig();
    const asker = rig.ask();
    rig.say([ptr("Office"), ptr("Attic")]);
    rig.advance(100_000);
    rig.relink([]);
    rig.advance(5000);
    rig.relink([LINK]);
    rig.sent.length = 0;
    const since = rig.now;
    rig.advance(150);
    expect(rig.asked).toEqual(["_ipp._tcp.local 12 QU"]);
    expect(rig.askedAt(since)[0]).toBeGreaterThanOrEqual(20);
    expect(rig.sent[0]?.message.answers).toEqual([]);
    rig.say([ptr("Office")], { to: "host" });
    rig.advance(2000);
    expect(rig.sent[1]?.message.answers).toHaveLength(1);
    rig.advance(20_000);
    expect(asker.told.slice(2)).toEqual([`refreshed ${OFFICE}`, "removed Attic._ipp._tcp.local unconfirmed"]);
  });

  test("and flaps for a while is not told of", () => {
    const rig = new QuerierRig();
    const asker = rig.ask();
    rig.say([ptr("Office")]);
    rig.advance(5000);
    for (let i = 0; i < 5; i++) {
      rig.relink([]);
      rig.advance(500);
      rig.relink([LINK]);
      rig.advance(1000);
    }
    rig.say([ptr("Office")]);
    rig.advance(60_000);
    expect(asker.told).toEqual([`added ${OFFICE}`, `refreshed ${OFFICE}`]);
  });

  test("and is there with another address begins anew, with what it is now", () => {
    const rig = new QuerierRig();
    const asker = rig.ask({ name: host("printer"), type: TYPE.A });
    rig.say([a("printer", "192.168.1.20")]);
    rig.advance(30_000);
    rig.sent.length = 0;
    rig.relink([{ ...LINK, address: "192.168.1.99" }]);
    rig.advance(150);
    expect(rig.asked).toEqual(["printer.local 1 QU"]);
    rig.say([a("printer", "192.168.1.20")]);
    rig.advance(90_000);
    expect(rig.sent).toHaveLength(1);
    expect([...asker.asking.answers].map(({ link }) => link.address)).toEqual(["192.168.1.99"]);
    expect(asker.told).toEqual(["added 192.168.1.20", "refreshed 192.168.1.20"]);
  });

  test("M41 one that is as it was is left in peace", () => {
    const rig = new QuerierRig();
    rig.ask();
    rig.advance(HOUR);
    rig.sent.length = 0;
    rig.relink([{ ...LINK }, LINK6]);
    rig.advance(2000);
    expect(rig.sent.every(({ link }) => link === LINK6.id)).toBe(true);
    expect(rig.sent).toHaveLength(2);
  });
});

describe("A62-112 F-05 after a sleep", () => {
  test("every question is asked anew in one batch by unicast first, and what is not said again is gone in ten seconds", () => {
    const rig = new QuerierRig();
    const pointers = rig.ask();
    const address = rig.ask({ name: host("printer"), type: TYPE.A });
    rig.say([ptr("Office"), ptr("Attic"), a("printer", "192.168.1.20")]);
    rig.advance(60_000);
    rig.sent.length = 0;
    rig.relink([LINK], true);
    rig.advance(150);
    expect(rig.asked.join(", ").split(", ").toSorted()).toEqual([
      "_ipp._tcp.local 12 QU",
      "printer.local 1 QU",
    ]);
    expect(rig.sent.flatMap(({ message }) => message.answers)).toEqual([]);
    rig.say([ptr("Office"), a("printer", "192.168.1.20")]);
    rig.advance(10_000);
    expect(pointers.told.slice(2)).toEqual([
      `refreshed ${OFFICE}`,
      "removed Attic._ipp._tcp.local unconfirmed",
    ]);
    expect(address.told).toEqual(["added 192.168.1.20", "refreshed 192.168.1.20"]);
  });

  test("what somebody only listens for stays, for it cannot be asked for; what nobody cares for goes", () => {
    const rig = new QuerierRig();
    const listener = rig.ask({ mode: "passive" });
    rig.say([ptr("Office")], { additionals: [txt("Office", "a=b")] });
    rig.relink([LINK], true);
    rig.advance(60_000);
    expect(listener.told).toEqual([`added ${OFFICE}`]);
    expect(rig.querier.counts.records).toBe(1);
    expect(rig.sent).toEqual([]);
  });

  test("a question that was asked once is not asked again", () => {
    const rig = new QuerierRig();
    rig.ask({ mode: "once" });
    rig.advance(60_000);
    rig.sent.length = 0;
    rig.relink([LINK], true);
    rig.advance(60_000);
    expect(rig.sent).toEqual([]);
  });

  test("ten thousand records do not ask one by one", () => {
    const limits = { records: 20_000, recordsPerSource: 20_000 };
    const rig = new QuerierRig({ limits });
    rig.ask();
    for (let i = 0; i < 10_000; i += 20)
      rig.say(Array.from({ length: 20 }, (_, k) => ptr(`printer ${i + k}`)));
    rig.advance(60_000);
    rig.sent.length = 0;
    rig.relink([LINK], true);
    rig.advance(10_000);
    expect(rig.sent.length).toBeLessThanOrEqual(4);
    expect(rig.querier.counts.records).toBe(0);
  });
});

describe("F-28 F-05 a program that was held up", () => {
  test("asks once more for what should have ended meanwhile, and tells of nothing that is still there", () => {
    const rig = new QuerierRig();
    const asker = rig.ask();
    rig.say([ptr("Office"), ptr("Attic")]);
    rig.stall(4_600_000);
    rig.sent.length = 0;
    rig.advance(200);
    expect(rig.sent[0]?.message.answers).toEqual([]);
    rig.say([ptr("Office")]);
    rig.advance(9000);
    expect(asker.told).toEqual([`added ${OFFICE}`, "added Attic._ipp._tcp.local", `refreshed ${OFFICE}`]);
    rig.advance(1000);
    expect(asker.told.at(-1)).toBe("removed Attic._ipp._tcp.local expired");
  });

  test("hears first what waited for it: a second more for what nobody asks for, and for what said goodbye", () => {
    const rig = new QuerierRig();
    const listener = rig.ask({ mode: "passive" });
    rig.say([ptr("Office"), ptr("Attic")]);
    rig.say([{ ...ptr("Attic"), ttl: 0 }]);
    rig.stall(2000);
    rig.say([ptr("Attic")]);
    rig.stall(4_499_500);
    rig.say([ptr("Office")]);
    rig.advance(5000);
    expect(listener.told.filter((text) => text.startsWith("removed"))).toEqual([
      "removed Attic._ipp._tcp.local expired",
    ]);
  });

  test("is told that it slept: what should have ended meanwhile is asked for, too", () => {
    const rig = new QuerierRig();
    const asker = rig.ask({ name: host("printer"), type: TYPE.A });
    rig.say([a("printer", "192.168.1.20")]);
    rig.pass(600_000);
    rig.relink([LINK], true);
    rig.advance(500);
    rig.say([a("printer", "192.168.1.20")]);
    rig.advance(60_000);
    expect(asker.told).toEqual(["added 192.168.1.20", "refreshed 192.168.1.20"]);
  });
});

test("a question that was waiting when its link went is asked when the link is back", () => {
  const rig = new QuerierRig();
  rig.ask();
  rig.say([ptr("Office")]);
  rig.advance(2000);
  const reconfirm = (): void => rig.turn((turn) => rig.querier.reconfirm(ptr("Office").name, TYPE.PTR, turn));
  reconfirm();
  rig.relink([]);
  rig.advance(1000);
  rig.relink([LINK]);
  rig.advance(200);
  rig.say([ptr("Office")]);
  rig.advance(60_000);
  rig.sent.length = 0;
  reconfirm();
  rig.advance(500);
  expect(rig.sent).toHaveLength(1);
});

test("what is asked before there is a link is asked when there is one, once or for ever", () => {
  const rig = new QuerierRig({ links: [] });
  rig.ask();
  rig.ask({ name: host("printer"), type: TYPE.A, mode: "once" });
  rig.advance(60_000);
  expect(rig.sent).toEqual([]);
  rig.relink([LINK]);
  rig.advance(10_000);
  const asked = rig.asked.flatMap((text) => text.split(", "));
  expect(asked.filter((text) => text.startsWith("printer"))).toEqual([
    "printer.local 1 QU",
    "printer.local 1",
  ]);
  expect(asked.filter((text) => text.startsWith("_ipp")).length).toBeGreaterThanOrEqual(4);
});
