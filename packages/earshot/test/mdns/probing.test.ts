import { describe, expect, test } from "vitest";
import { Name } from "../../src/mdns/name.ts";
import { CLASS, TYPE } from "../../src/mdns/record.ts";
import {
  a,
  ClaimsRig,
  ETH,
  HOST,
  INSTANCE,
  Offer,
  printer,
  ptr,
  said,
  srv,
  textOf,
  txt,
  WIFI,
} from "./claims-rig.ts";

const names = ({ message }: ClaimsRig["sent"][number]) =>
  message.questions.map(({ name }) => name.toString());

describe("probing", () => {
  test("A62-001, A62-073, A62-074, B-10 a unique name is asked for three times, 250 ms apart, before it is used", () => {
    const rig = new ClaimsRig();
    const offer = new Offer([a("192.168.1.10")]);
    const start = rig.now;
    rig.publish(offer);
    rig.advance(250);
    const [first] = rig.probes;
    expect(first?.at).toBeGreaterThanOrEqual(start);
    expect(first?.at).toBeLessThanOrEqual(start + 250);
    const began = first?.at ?? 0;
    rig.advance(began + 749 - rig.now);
    expect(rig.probes.map(({ at }) => at - began)).toEqual([0, 250, 500]);
    expect(rig.responses).toEqual([]);
    expect(offer.told).toEqual([]);
    expect(rig.own.at(ETH.id, HOST)).toEqual([]);
    expect(rig.own.probing(ETH.id, HOST)).toHaveLength(1);
    rig.advance(1);
    expect(offer.told).toEqual(["established"]);
    expect(rig.own.at(ETH.id, HOST)).toHaveLength(1);
    expect(rig.responses.map(({ at }) => at - began)).toEqual([750]);
    rig.advance(60_000);
    expect(rig.probes).toHaveLength(3);
  });

  test("A62-074 the wait before the first probe is spread over the whole quarter of a second", () => {
    const waits = Array.from({ length: 400 }, (_, seed) => {
      const rig = new ClaimsRig({ seed });
      const start = rig.now;
      rig.publish(new Offer([a("192.168.1.10")]));
      rig.advance(250);
      return (rig.probes[0]?.at ?? Number.NaN) - start;
    });
    for (let quarter = 0; quarter < 4; quarter++) {
      const share = waits.filter((wait) => wait >= quarter * 62.5 && wait < (quarter + 1) * 62.5).length;
      expect(share).toBeGreaterThan(60);
    }
    expect(waits.every((wait) => wait >= 0 && wait < 250)).toBe(true);
  });

  test("A62-075, A62-076, A62-077, B-41 a probe asks for any type by QU, and proposes all records of the name, none with the flush bit", () => {
    const rig = new ClaimsRig();
    rig.publish(new Offer(printer()));
    rig.advance(250);
    const [probe] = rig.probes;
    expect(probe?.message.questions).toEqual([
      { name: INSTANCE, type: TYPE.ANY, class: CLASS.IN, unicast: true },
      { name: HOST, type: TYPE.ANY, class: CLASS.IN, unicast: true },
    ]);
    expect(probe?.message.authorities.map(textOf)).toEqual([
      "SRV Office._ipp._tcp.local 631",
      "TXT Office._ipp._tcp.local rp=ipp",
      "A office.local 192.168.1.10",
    ]);
    expect(probe?.message.answers).toEqual([]);
    expect(probe?.message.id).toBe(0);
  });

  test("A62-123 where answers by unicast go to another program, a probe asks for multicast ones", () => {
    const { sharedPort: _, ...rest } = ETH;
    const rig = new ClaimsRig({ links: [{ ...rest, sharedPort: undefined }] });
    rig.publish(new Offer([a("192.168.1.10")]));
    rig.advance(250);
    expect(rig.probes[0]?.message.questions[0]?.unicast).toBe(false);
  });

  test("A62-039 answers by unicast are awaited for two seconds after a probe, and only on its link", () => {
    const rig = new ClaimsRig({ links: [ETH, WIFI] });
    expect(rig.claims.awaitsUnicast(ETH, rig.now)).toBe(false);
    rig.publish(new Offer(({ id }) => (id === ETH.id ? [a("192.168.1.10")] : [])));
    rig.advance(1000);
    const last = rig.probes.at(-1)?.at ?? 0;
    expect(rig.claims.awaitsUnicast(ETH, last + 2000)).toBe(true);
    expect(rig.claims.awaitsUnicast(ETH, last + 2001)).toBe(false);
    expect(rig.claims.awaitsUnicast(WIFI, last)).toBe(false);
  });

  test("B-14, A62-017 publications that start together probe in the same messages", () => {
    const rig = new ClaimsRig();
    rig.publish(new Offer(printer("One", 1)));
    rig.publish(new Offer(printer("Two", 2)));
    rig.advance(2000);
    expect(rig.probes).toHaveLength(3);
    for (const probe of rig.probes)
      expect(names(probe)).toEqual(["One._ipp._tcp.local", "office.local", "Two._ipp._tcp.local"]);
  });

  test("A62-126 probes for many names are several messages that fit the link, each with what it proposes", () => {
    const rig = new ClaimsRig({ links: [{ ...ETH, mtu: 600 }] });
    const instances = Array.from({ length: 30 }, (_, at) =>
      Name.of(`Instance ${at}`, "_ipp", "_tcp", "local"),
    );
    rig.publish(new Offer(instances.flatMap((name) => [srv(1, name), txt("x=".padEnd(60, "y"), name)])));
    rig.advance(250);
    expect(rig.probes.length).toBeGreaterThan(3);
    for (const { bytes, message } of rig.probes) {
      expect(bytes.length).toBeLessThanOrEqual(572);
      for (const { name } of message.questions)
        expect(message.authorities.filter((record) => record.name.equals(name))).toHaveLength(2);
    }
    expect(rig.probes.flatMap(names).sort()).toEqual(instances.map(String).sort());
  });

  test("a thousand names do not begin in one burst", () => {
    const rig = new ClaimsRig();
    const all = Array.from({ length: 1000 }, (_, at) => a("192.168.1.10", Name.of(`host-${at}`, "local")));
    rig.publish(new Offer(all));
    rig.advance(3000);
    const perInstant = new Map<number, number>();
    for (const { at, bytes } of rig.probes) perInstant.set(at, (perInstant.get(at) ?? 0) + bytes.length);
    expect(Math.max(...perInstant.values())).toBeLessThan(5000);
    expect([...rig.own.on(ETH.id)]).toHaveLength(1000);
  });

  test("A62-084 records that were verified already are not probed for", () => {
    const rig = new ClaimsRig();
    const offer = new Offer(printer(), { probes: false });
    rig.publish(offer);
    expect(offer.told).toEqual([]);
    rig.settle();
    expect(rig.probes).toEqual([]);
    expect(rig.announced[0]?.sort()).toEqual(
      [
        "A office.local 192.168.1.10 flush",
        "PTR _ipp._tcp.local Office._ipp._tcp.local",
        "SRV Office._ipp._tcp.local 631 flush",
        "TXT Office._ipp._tcp.local rp=ipp flush",
      ].sort(),
    );
    expect(offer.told).toEqual(["established"]);
  });

  test("A62-073 shared records are not probed for, and are announced at once where no unique one belongs to them", () => {
    const rig = new ClaimsRig();
    const offer = new Offer([ptr()]);
    rig.publish(offer);
    rig.settle();
    expect(rig.probes).toEqual([]);
    expect(rig.announced).toEqual([["PTR _ipp._tcp.local Office._ipp._tcp.local"]]);
    expect(offer.told).toEqual(["established"]);
  });

  test("a pointer to an instance is neither answered with nor announced before the instance is ours", () => {
    const rig = new ClaimsRig();
    rig.publish(new Offer(printer()));
    rig.advance(600);
    expect(rig.own.has(ptr().name)).toBe(false);
    expect(rig.responses).toEqual([]);
    rig.advance(500);
    expect(rig.own.at(ETH.id, ptr().name)).toHaveLength(1);
  });

  test("a name that is ours is not probed for again by another publication with the same record, nor announced again", () => {
    const rig = new ClaimsRig();
    rig.publish(new Offer([a("192.168.1.10")]));
    rig.advance(10_000);
    rig.forget();
    const second = new Offer([a("192.168.1.10"), ptr()]);
    rig.publish(second);
    rig.advance(10_000);
    expect(second.told).toEqual(["established"]);
    expect(rig.probes).toEqual([]);
    expect(new Set(rig.announced.flat())).toEqual(new Set(["PTR _ipp._tcp.local Office._ipp._tcp.local"]));
  });

  test("a publication that joins while its name is probed for is established with it", () => {
    const rig = new ClaimsRig();
    const offers = [new Offer([a("192.168.1.10")]), new Offer([a("192.168.1.10")])];
    rig.publish(offers[0] as Offer);
    rig.advance(600);
    rig.publish(offers[1] as Offer);
    rig.advance(600);
    expect(offers.map(({ told }) => told)).toEqual([["established"], ["established"]]);
    expect(rig.probes).toHaveLength(3);
  });

  test("established is told when the first announcement was handed to the network, not before", () => {
    const rig = new ClaimsRig();
    for (const probes of [true, false]) {
      const offer = new Offer(printer(`Printer ${probes}`), { probes });
      const sent: number[] = [];
      offer.react = () => void sent.push(rig.responses.length);
      rig.forget();
      rig.publish(offer);
      rig.advance(1001);
      expect(sent).toEqual([1]);
      rig.advance(10_000);
    }
  });

  test("one that another withdraws when it is established is not told that it is, too", () => {
    const rig = new ClaimsRig();
    const first = new Offer([a("192.168.1.10")]);
    const second = new Offer([a("192.168.1.10")]);
    rig.publish(first);
    const id = rig.publish(second);
    first.react = () => rig.withdraw(id);
    rig.advance(2000);
    expect(second.told).toEqual(["withdrawn"]);
  });

  test("a name is claimed on each link by itself, and established is told when all are done", () => {
    const rig = new ClaimsRig({ links: [ETH, WIFI] });
    const offer = new Offer((link) => [a(link.address)]);
    rig.publish(offer);
    rig.advance(250);
    rig.hearProbe([said(a("255.255.255.254"), { flush: false })], { link: WIFI });
    rig.advance(1000);
    expect(rig.own.at(ETH.id, HOST)).toHaveLength(1);
    expect(rig.own.at(WIFI.id, HOST)).toEqual([]);
    expect(offer.told).toEqual([]);
    rig.advance(1000);
    expect(offer.told).toEqual(["established"]);
    expect(rig.own.at(WIFI.id, HOST)[0]?.data).toEqual({ kind: "A", address: "10.0.0.10" });
  });

  test("what is published before there is a link is claimed once there is one", () => {
    const rig = new ClaimsRig({ links: [] });
    const offer = new Offer([a("192.168.1.10")]);
    rig.publish(offer);
    rig.advance(5000);
    expect(offer.told).toEqual([]);
    rig.relink([ETH]);
    rig.advance(1001);
    expect(offer.told).toEqual(["established"]);
  });

  test("F-28 when the program was held up past the end of probing, answers are given a last chance to be heard", () => {
    const rig = new ClaimsRig();
    const offer = new Offer([a("192.168.1.10")]);
    rig.publish(offer);
    rig.advance(250);
    const began = rig.probes[0]?.at ?? 0;
    rig.advance(began + 500 - rig.now);
    rig.now += 2000;
    rig.turn((turn) => rig.ground.agenda.runDue(turn));
    expect(offer.told).toEqual([]);
    rig.hear([said(a("192.168.1.99"))]);
    expect(offer.told).toEqual(["conflict office.local"]);
  });

  test("withdrawing while probing says nothing, and ends the probing", () => {
    const rig = new ClaimsRig();
    const offer = new Offer(printer());
    const id = rig.publish(offer);
    rig.advance(400);
    rig.forget();
    rig.withdraw(id);
    expect(offer.told).toEqual(["withdrawn"]);
    rig.advance(10_000);
    expect(rig.sent).toEqual([]);
    expect(rig.own.has(HOST)).toBe(false);
    expect(rig.claims.size).toBe(0);
    expect(rig.ground.agenda.size).toBe(0);
  });
});
