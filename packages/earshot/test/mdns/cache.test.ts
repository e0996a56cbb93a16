import { describe, expect, test } from "vitest";
import { CLASS, TYPE } from "../../src/mdns/record.ts";
import {
  a,
  dataText,
  gone,
  host,
  IPP,
  instance,
  LINK,
  LINK6,
  OTHER,
  PEER,
  ptr,
  QuerierRig,
  record,
  srv,
  txt,
} from "./querier-rig.ts";

const PRINTER = { name: host("printer"), type: TYPE.A } as const;
const OFFICE = "Office._ipp._tcp.local";

const known = (rig: QuerierRig, ask: { name: typeof IPP; type: number }): string[] =>
  [...rig.querier.answers(ask.name, ask.type)].map(({ record }) => dataText(record)).toSorted();

describe("a record", () => {
  test("A62-012 is gone when its life is over, and not before", () => {
    const rig = new QuerierRig();
    const asker = rig.ask({ ...PRINTER, mode: "passive" });
    rig.say([a("printer", "192.168.1.20")]);
    rig.advance(119_999);
    expect(asker.told).toEqual(["added 192.168.1.20"]);
    rig.advance(1);
    expect(asker.told).toEqual(["added 192.168.1.20", "removed 192.168.1.20 expired"]);
    expect([...asker.asking.answers]).toEqual([]);
    expect(rig.querier.counts.records).toBe(0);
  });

  test("says who spoke, where and when, and until when it is true", () => {
    const rig = new QuerierRig();
    const asker = rig.ask({ ...PRINTER, mode: "passive" });
    rig.say([a("printer", "192.168.1.20")], { address: OTHER });
    const [answer] = asker.asking.answers;
    expect(answer).toMatchObject({ from: OTHER, link: { id: LINK.id } });
    expect((answer?.expiresAt ?? 0) - (answer?.heardAt ?? 0)).toBe(120_000);
  });

  test("F-08 M37 that comes twice is told once; again later it is the same answer, refreshed", () => {
    const rig = new QuerierRig();
    const asker = rig.ask({ ...PRINTER, mode: "passive" });
    for (let i = 0; i < 100; i++) {
      rig.say([a("printer", "192.168.1.20"), a("printer", "192.168.1.20")]);
      rig.advance(3);
    }
    expect(asker.told).toEqual(["added 192.168.1.20"]);
    rig.advance(60_000);
    rig.say([a("printer", "192.168.1.20")]);
    expect(asker.told).toEqual(["added 192.168.1.20", "refreshed 192.168.1.20"]);
    const [first, second] = asker.changes;
    expect(first?.kind === "added" && second?.kind === "refreshed" && first.answer === second.answer).toBe(
      true,
    );
    rig.advance(119_999);
    expect(asker.told).toHaveLength(2);
  });

  test("M8 A62-146 is the same with the cache-flush bit and without", () => {
    const rig = new QuerierRig();
    const asker = rig.ask({ ...PRINTER, mode: "passive" });
    rig.say([a("printer", "192.168.1.20")]);
    rig.advance(5000);
    rig.say([a("printer", "192.168.1.20", { flush: false })]);
    rig.advance(5000);
    rig.say([a("Printer", "192.168.1.20")]);
    expect(asker.told).toEqual(["added 192.168.1.20", "refreshed 192.168.1.20", "refreshed 192.168.1.20"]);
    expect(rig.querier.counts.records).toBe(1);
  });

  test("A62-125 is the same in capitals, in its name and in the names it points to", () => {
    const rig = new QuerierRig();
    const asker = rig.ask({ mode: "passive" });
    rig.say([ptr("Office")]);
    rig.advance(2000);
    rig.say([ptr("OFFICE", { name: IPP.withoutFirst().prepend("_IPP") })]);
    expect(asker.told).toEqual([`added ${OFFICE}`, `refreshed ${OFFICE}`]);
  });

  test("of one link is not of another", () => {
    const rig = new QuerierRig({ links: [LINK, LINK6] });
    const both = rig.ask({ ...PRINTER, mode: "passive" });
    const one = rig.ask({ ...PRINTER, mode: "passive", link: LINK6.id });
    rig.say([a("printer", "192.168.1.20")]);
    rig.advance(5000);
    rig.say([a("printer", "192.168.1.21")], { link: LINK6, address: "fe80::20" });
    rig.advance(5000);
    expect(both.told).toEqual(["added 192.168.1.20", "added 192.168.1.21"]);
    expect(one.told).toEqual(["added 192.168.1.21"]);
    expect([...one.asking.answers]).toHaveLength(1);
  });

  test("that came along with others is at hand when it is asked for a moment later", () => {
    const rig = new QuerierRig();
    rig.ask();
    const additionals = [srv("Office", "printer"), txt("Office", "a=b"), a("printer", "192.168.1.20")];
    expect(rig.say([ptr("Office")], { additionals })).toBe(true);
    expect(known(rig, PRINTER)).toEqual(["192.168.1.20"]);
    expect(known(rig, { name: instance("Office"), type: TYPE.ANY })).toEqual(["a=b", "printer.local:631"]);
    rig.say([gone(a("printer", "192.168.1.20"))]);
    rig.advance(1000);
    expect(known(rig, PRINTER)).toEqual([]);
  });

  test("A62-026 of another class is not kept, nor one that is about its message", () => {
    const rig = new QuerierRig();
    rig.ask(PRINTER);
    const opt = record(
      host("printer"),
      TYPE.OPT,
      { kind: "OPT", options: [] },
      { class: 1440, flush: false },
    );
    rig.say([a("printer", "192.168.1.20", { class: 3 })], { additionals: [opt] });
    expect(rig.querier.counts.records).toBe(0);
    rig.say([a("printer", "192.168.1.20")], { additionals: [{ ...opt, class: CLASS.IN }] });
    expect(rig.querier.counts.records).toBe(1);
  });

  test("A62-031 M5 M6 A62-130 of a response with questions, any id and no AA is taken as any other", () => {
    const rig = new QuerierRig();
    const asker = rig.ask(PRINTER);
    const questions = [{ ...PRINTER, class: CLASS.IN, unicast: true }];
    rig.say([a("printer", "192.168.1.20")], { message: { questions, id: 4711, authoritative: false } });
    expect(asker.told).toEqual(["added 192.168.1.20"]);
    rig.hearBytes(new Uint8Array());
    expect(rig.sent).toEqual([]);
  });

  test("A62-066 in the known answers of somebody's query is not believed", () => {
    const rig = new QuerierRig();
    const asker = rig.ask();
    rig.hearQuery([{}], { known: [ptr("Office")] });
    rig.hearQuery([{}], { known: [ptr("Office")], address: OTHER });
    expect(asker.told).toEqual([]);
    expect(rig.querier.counts.records).toBe(0);
  });

  test("that nobody ever asked for is not kept", () => {
    const rig = new QuerierRig();
    expect(rig.say([a("printer", "192.168.1.20")])).toBe(false);
    rig.ask(PRINTER).asking.end();
    rig.say([a("printer", "192.168.1.20")]);
    expect(rig.querier.counts.records).toBe(0);
  });
});

describe("a goodbye", () => {
  test("A62-104 takes a record away a second later", () => {
    const rig = new QuerierRig();
    const asker = rig.ask();
    rig.say([ptr("Office")]);
    rig.advance(5000);
    rig.say([gone(ptr("Office"))]);
    rig.advance(999);
    expect(asker.told).toEqual([`added ${OFFICE}`]);
    rig.advance(1);
    expect(asker.told).toEqual([`added ${OFFICE}`, `removed ${OFFICE} goodbye`]);
  });

  test("M9 is taken back when the record is heard within that second", () => {
    const rig = new QuerierRig();
    const asker = rig.ask({ mode: "passive" });
    rig.say([ptr("Office")]);
    rig.advance(5000);
    rig.say([gone(ptr("Office"))]);
    rig.advance(300);
    rig.say([ptr("Office")]);
    rig.advance(60_000);
    expect(asker.told).toEqual([`added ${OFFICE}`, `refreshed ${OFFICE}`]);
  });

  test("F-09 that was overtaken by what was said before it: who is gone is asked for, and told once", () => {
    const rig = new QuerierRig();
    const asker = rig.ask();
    rig.say([ptr("Office")]);
    rig.advance(5000);
    rig.say([gone(ptr("Office"))]);
    rig.advance(300);
    rig.say([ptr("Office")]);
    rig.advance(12_000);
    expect(asker.told).toEqual([`added ${OFFICE}`, `refreshed ${OFFICE}`, `removed ${OFFICE} goodbye`]);
  });

  test("M-23 of another address than the one that spoke is asked about; the record stays when it is heard again", () => {
    const rig = new QuerierRig();
    const asker = rig.ask();
    rig.say([ptr("Office")]);
    rig.advance(60_000);
    const since = rig.now;
    rig.say([gone(ptr("Office"))], { address: OTHER });
    rig.advance(500);
    expect(rig.askedAt(since).at(-1)).toBeLessThan(121);
    expect(rig.sent.at(-1)?.message.answers).toEqual([]);
    rig.say([ptr("Office")]);
    rig.advance(20_000);
    expect(asker.told).toEqual([`added ${OFFICE}`, `refreshed ${OFFICE}`]);
  });

  test("M-23 of another address takes the record away after ten seconds in which nobody says it", () => {
    const rig = new QuerierRig();
    const asker = rig.ask();
    rig.say([ptr("Office")]);
    rig.advance(60_000);
    rig.say([gone(ptr("Office"))], { address: OTHER });
    rig.advance(9999);
    expect(asker.told).toHaveLength(1);
    rig.advance(1);
    expect(asker.told.at(-1)).toBe(`removed ${OFFICE} goodbye`);
  });

  test("M-23 of another address is believed at once where that is chosen, or where nobody asks", () => {
    const rig = new QuerierRig({ verifyGoodbye: false });
    const asker = rig.ask();
    rig.say([ptr("Office")]);
    rig.say([gone(ptr("Office"))], { address: OTHER });
    rig.advance(1000);
    expect(asker.told.at(-1)).toBe(`removed ${OFFICE} goodbye`);
    const other = new QuerierRig();
    const listener = other.ask({ mode: "passive" });
    other.say([ptr("Office")]);
    other.say([gone(ptr("Office"))], { address: OTHER });
    other.advance(1000);
    expect(listener.told.at(-1)).toBe(`removed ${OFFICE} goodbye`);
    expect(other.sent).toEqual([]);
  });

  test("of what nobody knows is nothing", () => {
    const rig = new QuerierRig();
    const asker = rig.ask();
    rig.say([gone(ptr("Office"))]);
    rig.advance(2000);
    expect(asker.told).toEqual([]);
    expect(rig.querier.counts.records).toBe(0);
  });
});

describe("the cache-flush bit", () => {
  test("A62-111 gives what was said more than a second ago of the same name and type one second more", () => {
    const rig = new QuerierRig();
    const asker = rig.ask({ ...PRINTER, mode: "passive" });
    rig.say([a("printer", "192.168.1.20"), a("printer", "192.168.1.21")]);
    rig.advance(1001);
    rig.say([a("printer", "192.168.1.21"), a("printer", "192.168.1.22")]);
    expect([...asker.asking.answers]).toHaveLength(3);
    rig.advance(999);
    expect([...asker.asking.answers]).toHaveLength(3);
    rig.advance(1);
    expect(asker.told.at(-1)).toBe("removed 192.168.1.20 replaced");
    expect(known(rig, PRINTER)).toEqual(["192.168.1.21", "192.168.1.22"]);
  });

  test("A62-111 leaves what was said within the last second, in other messages of the burst", () => {
    const rig = new QuerierRig();
    const asker = rig.ask({ ...PRINTER, mode: "passive" });
    rig.say([a("printer", "192.168.1.20")]);
    rig.advance(1000);
    rig.say([a("printer", "192.168.1.21")]);
    rig.advance(60_000);
    expect(asker.told).toEqual(["added 192.168.1.20", "added 192.168.1.21"]);
  });

  test("A62-111 does not end what is said again within the second that it has left, or of another type", () => {
    const rig = new QuerierRig();
    const asker = rig.ask({ ...PRINTER, type: TYPE.ANY, mode: "passive" });
    const six = record(host("printer"), TYPE.AAAA, { kind: "AAAA", address: "fe80::20" });
    rig.say([a("printer", "192.168.1.20"), six]);
    rig.advance(5000);
    rig.say([a("printer", "192.168.1.21")]);
    rig.advance(500);
    rig.say([a("printer", "192.168.1.20")]);
    rig.advance(30_000);
    expect(asker.told.filter((text) => text.startsWith("removed"))).toEqual([]);
  });

  test("M7 means nothing on a pointer to a service; on one to a host name it does", () => {
    const rig = new QuerierRig();
    const asker = rig.ask({ mode: "passive" });
    rig.say([ptr("Office")]);
    rig.advance(5000);
    rig.say([ptr("Attic", { flush: true })]);
    rig.advance(5000);
    expect(asker.told).toEqual([`added ${OFFICE}`, "added Attic._ipp._tcp.local"]);
    const back = IPP.withoutFirst()
      .withoutFirst()
      .withoutFirst()
      .prepend("arpa")
      .prepend("in-addr")
      .prepend("20");
    const reverse = rig.ask({ name: back, mode: "passive" });
    rig.say([record(back, TYPE.PTR, { kind: "PTR", target: host("one") })]);
    rig.advance(5000);
    rig.say([record(back, TYPE.PTR, { kind: "PTR", target: host("two") })]);
    rig.advance(1000);
    expect(reverse.told).toEqual(["added one.local", "added two.local", "removed one.local replaced"]);
  });

  test("M7 that is missing on SRV: what the same device said before is asked for, and goes when it is not said again", () => {
    const rig = new QuerierRig();
    const asker = rig.ask({ name: instance("Office"), type: TYPE.SRV });
    rig.say([srv("Office", "old", { flush: false })]);
    rig.advance(20_000);
    rig.say([srv("Office", "new", { flush: false })]);
    rig.advance(500);
    expect(rig.asked.at(-1)).toBe("Office._ipp._tcp.local 33");
    rig.advance(9500);
    expect(asker.told).toEqual([
      "added old.local:631",
      "added new.local:631",
      "removed old.local:631 replaced",
    ]);
  });

  test("M7 that is missing on SRV: what another device said stays, and so does what is said again", () => {
    const rig = new QuerierRig();
    const asker = rig.ask({ name: instance("Office"), type: TYPE.SRV });
    rig.say([srv("Office", "one", { flush: false })]);
    rig.advance(5000);
    rig.say([srv("Office", "two", { flush: false })], { address: OTHER });
    rig.advance(12_000);
    rig.say([srv("Office", "three", { flush: false })], { address: OTHER });
    rig.advance(500);
    rig.say([srv("Office", "two", { flush: false })], { address: OTHER });
    rig.advance(12_000);
    expect(asker.told.filter((text) => text.startsWith("removed"))).toEqual([]);
  });
});

test("the address that speaks last is the one that is named, and only one answer there is", () => {
  const rig = new QuerierRig();
  const asker = rig.ask({ ...PRINTER, mode: "passive" });
  rig.say([a("printer", "192.168.1.20")]);
  rig.say([a("printer", "192.168.1.20")], { address: OTHER });
  expect(asker.told).toEqual(["added 192.168.1.20", "refreshed 192.168.1.20"]);
  expect([...asker.asking.answers].map(({ from }) => from)).toEqual([OTHER]);
  expect(PEER).not.toBe(OTHER);
});
