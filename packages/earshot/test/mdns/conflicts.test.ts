import { describe, expect, test } from "vitest";
import { Name } from "../../src/mdns/name.ts";
import type { PublicationNews } from "../../src/mdns/publication.ts";
import { CLASS, TYPE } from "../../src/mdns/record.ts";
import {
  a,
  ClaimsRig,
  ETH,
  HOST,
  INSTANCE,
  Offer,
  PEER,
  printer,
  said,
  srv,
  txt,
  WIFI,
} from "./claims-rig.ts";

const OURS = a("192.168.1.10");
const THEIRS = a("192.168.1.99");

/** A name of ours is established, and everything that was sent for it put aside. */
function established(records = [OURS], options: ConstructorParameters<typeof ClaimsRig>[0] = {}) {
  const rig = new ClaimsRig(options);
  const offer = new Offer(records);
  const id = rig.publish(offer);
  rig.advance(10_000);
  rig.forget();
  return { rig, offer, id };
}

/** Probing has begun; `sent` probes are out. */
function probing(records = [OURS], sent = 1) {
  const rig = new ClaimsRig();
  const offer = new Offer(records);
  const id = rig.publish(offer);
  while (rig.probes.length < sent) rig.advance(rig.ground.agenda.nextAt - rig.now);
  return { rig, offer, id };
}

function conflictOf(offer: Offer): Extract<PublicationNews, { kind: "conflict" }> | undefined {
  return offer.news.find((news) => news.kind === "conflict");
}

describe("a conflict while probing", () => {
  test.each([1, 2, 3])(
    "A62-080, A62-003, B-12 an answer after probe %i is a conflict, and the name is left at once",
    (sent) => {
      const { rig, offer } = probing([OURS], sent);
      rig.hear([said(THEIRS)]);
      expect(conflictOf(offer)).toEqual({
        kind: "conflict",
        name: HOST,
        link: ETH,
        theirs: said(THEIRS),
        from: PEER,
        conflicts: 1,
      });
      expect(rig.own.has(HOST)).toBe(false);
      rig.forget();
      rig.advance(60_000);
      expect(rig.sent).toEqual([]);
      expect(offer.told).toEqual(["conflict office.local"]);
    },
  );

  test("A62-080 an answer 249 ms after the third probe is a conflict still", () => {
    const { rig, offer } = probing([OURS], 3);
    rig.advance(249);
    rig.hear([said(THEIRS)]);
    expect(offer.told).toEqual(["conflict office.local"]);
  });

  test("A62-081 what was said before the first probe is no conflict", () => {
    const rig = new ClaimsRig();
    const offer = new Offer([OURS]);
    rig.publish(offer);
    rig.hear([said(THEIRS)]);
    rig.advance(2000);
    expect(offer.told).toEqual(["established"]);
  });

  test("A62-078 what was heard a while ago, and still holds, does not keep us from a name that nobody defends", () => {
    const rig = new ClaimsRig();
    rig.hear([said(THEIRS, { ttl: 4500 })]);
    rig.advance(5000);
    const offer = new Offer([OURS]);
    rig.publish(offer);
    rig.advance(2000);
    expect(offer.told).toEqual(["established"]);
  });

  test("A62-082 a record of any type under the name is a conflict", () => {
    const { rig, offer } = probing();
    rig.hear([said(txt("mine", HOST))]);
    expect(offer.told).toEqual(["conflict office.local"]);
  });

  test("A62-125, B-43 letter case makes no other name", () => {
    const { rig, offer } = probing();
    rig.hear([said(a("192.168.1.99", Name.parse("OFFICE.Local")))]);
    expect(offer.told).toEqual(["conflict office.local".replace("office.local", "OFFICE.Local")]);
  });

  test.each(["authorities", "additionals"] as const)(
    "A62-092 a conflicting record counts in the %s too",
    (section) => {
      const { rig, offer } = probing();
      const message = {
        kind: "response" as const,
        id: 0,
        opcode: 0,
        rcode: 0,
        authoritative: true,
        truncated: false,
        questions: [],
        answers: [],
        authorities: [],
        additionals: [],
        violations: [],
        [section]: [said(THEIRS)],
      };
      const from = { address: PEER, port: 5353 };
      const datagram = { bytes: new Uint8Array(), from, link: ETH, socket: "shared", to: "group" } as const;
      rig.turn((turn) => rig.claims.hearResponse(message, datagram, turn));
      expect(offer.told).toEqual(["conflict office.local"]);
    },
  );

  test("A62-100, F-29, M-13 the same data from another host, or a part of ours, is no conflict", () => {
    const { rig, offer } = probing([
      OURS,
      { ...a("x"), type: TYPE.AAAA, data: { kind: "AAAA", address: "fe80::1" } },
    ]);
    rig.hear([said(OURS)]);
    rig.hear([said(OURS, { ttl: 10, flush: false })]);
    rig.advance(2000);
    expect(offer.told).toEqual(["established"]);
  });

  test("quirk M12 what we say on another link is no conflict where it is reflected", () => {
    const rig = new ClaimsRig({ links: [ETH, WIFI] });
    const offer = new Offer((link) => [a(link.address)]);
    rig.publish(offer);
    rig.advance(300);
    rig.hear([said(a(WIFI.address))], { link: ETH });
    rig.hearProbe([said(a(ETH.address))], { link: WIFI });
    rig.advance(1000);
    expect(offer.told).toEqual(["established"]);
  });

  test("quirk M13 an NSEC that names no types but ours is no conflict, and one that names others is", () => {
    const nsec = (types: number[]) => ({
      name: HOST,
      type: TYPE.NSEC,
      class: CLASS.IN,
      flush: true,
      ttl: 120,
      data: { kind: "NSEC", next: HOST, types } as const,
    });
    const { rig, offer } = probing();
    rig.hear([nsec([TYPE.A])]);
    expect(offer.told).toEqual([]);
    rig.hear([nsec([TYPE.A, TYPE.AAAA])]);
    expect(offer.told).toEqual(["conflict office.local"]);
  });

  test("a goodbye for the name is no conflict: it is free now", () => {
    const { rig, offer } = probing();
    rig.hear([said(THEIRS, { ttl: 0 })]);
    rig.advance(2000);
    expect(offer.told).toEqual(["established"]);
  });

  test("a record of another class is no conflict", () => {
    const { rig, offer } = probing();
    rig.hear([said(THEIRS, { class: 3 })]);
    rig.advance(2000);
    expect(offer.told).toEqual(["established"]);
  });

  test("quirk M15 the same conflicting datagram counts again after the name was given back and taken anew", () => {
    const { rig, offer, id } = probing();
    rig.hear([said(THEIRS)]);
    rig.turn((turn) => rig.claims.replace(id, offer, turn));
    rig.advance(300);
    rig.hear([said(THEIRS)]);
    expect(offer.told).toEqual(["conflict office.local", "conflict office.local"]);
  });

  test("A62-099, B-12, B-19 whoever is told a conflict can take another name in the same turn; it is probed for and announced", () => {
    const { rig, offer, id } = probing(printer());
    const next = new Offer(printer("Office (2)"));
    offer.react = (_, turn) => rig.claims.replace(id, next, turn);
    rig.hear([said(srv(80))]);
    rig.forget();
    rig.advance(3000);
    expect(rig.probes.length).toBeGreaterThanOrEqual(3);
    const asked = rig.probes.flatMap(({ message }) => message.questions.map(({ name }) => name.toString()));
    expect(asked).not.toContain(INSTANCE.toString());
    expect(next.told).toEqual(["established"]);
    expect(rig.announced.flat()).toContain("PTR _ipp._tcp.local Office (2)._ipp._tcp.local");
    expect(rig.announced.flat().some((line) => line.includes(" Office._ipp"))).toBe(false);
  });

  test("A62-119 a name lost on one link is lost on all", () => {
    const rig = new ClaimsRig({ links: [ETH, WIFI] });
    const offer = new Offer((link) => [a(link.address)]);
    rig.publish(offer);
    rig.advance(10_000);
    rig.hear([said(THEIRS)], { link: WIFI });
    rig.advance(300);
    expect(rig.own.at(ETH.id, HOST)).toHaveLength(1);
    rig.hear([said(THEIRS)], { link: WIFI });
    expect(offer.told).toEqual(["established", "conflict office.local"]);
    expect(rig.own.has(HOST)).toBe(false);
  });

  test("every publication that has the name is told once, and one that was given another name meanwhile is not", () => {
    const rig = new ClaimsRig();
    const offers = [new Offer([OURS]), new Offer([OURS]), new Offer([OURS])] as const;
    const ids = offers.map((offer) => rig.publish(offer));
    const next = new Offer([a("192.168.1.10", Name.parse("office-2.local"))]);
    offers[0].react = (_, turn) => rig.claims.replace(ids[1] as number, next, turn);
    rig.advance(300);
    rig.hear([said(THEIRS)]);
    expect(offers.map(({ told }) => told)).toEqual([
      ["conflict office.local"],
      [],
      ["conflict office.local"],
    ]);
    rig.advance(2000);
    expect(next.told).toEqual(["established"]);
  });

  test("one that is withdrawn while it is told of a conflict says nothing more", () => {
    const { rig, offer, id } = probing();
    offer.react = (news, turn) => news.kind === "conflict" && rig.claims.withdraw(id, turn);
    rig.hear([said(THEIRS)]);
    expect(offer.told).toEqual(["conflict office.local", "withdrawn"]);
    expect(rig.claims.size).toBe(0);
  });

  test("two publications of ours with the same name and other data: the second is told that the first has it", () => {
    const { rig } = established(printer());
    const second = new Offer(printer("Office", 8631));
    const id = rig.publish(second);
    expect(second.told).toEqual([]);
    rig.settle();
    expect(conflictOf(second)).toMatchObject({ name: INSTANCE, from: ETH.address, conflicts: 1 });
    expect(rig.own.at(ETH.id, INSTANCE)).toHaveLength(2);
    rig.turn((turn) => rig.claims.replace(id, new Offer(printer("Office (2)", 8631)), turn));
    rig.advance(2000);
    expect(rig.own.at(ETH.id, Name.of("Office (2)", "_ipp", "_tcp", "local"))).toHaveLength(2);
  });
});
