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
  ptr,
  said,
  srv,
  textOf,
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

describe("simultaneous probes", () => {
  const HIGHER = a("192.168.1.200");
  const LOWER = a("192.168.1.2");

  test("A62-085, B-11 whose data come earlier waits a second, and probes for the same name again", () => {
    const { rig, offer } = probing();
    rig.hearProbe([said(HIGHER, { flush: false })]);
    const at = rig.now;
    rig.forget();
    rig.advance(3000);
    expect(rig.probes.map((probe) => probe.at - at)).toEqual([1000, 1250, 1500]);
    expect(offer.told).toEqual(["established"]);
  });

  test("A62-085, B-15, B-16 whose data come later goes on as if nothing was", () => {
    const { rig, offer } = probing();
    const at = rig.now;
    rig.hearProbe([said(LOWER, { flush: false })]);
    rig.advance(750);
    expect(rig.probes.map((probe) => probe.at - at)).toEqual([0, 250, 500]);
    expect(offer.told).toEqual(["established"]);
  });

  test("A62-085 bytes are compared without sign: 200 comes after 99", () => {
    const { rig } = probing([a("169.254.200.50")]);
    const at = rig.now;
    rig.hearProbe([said(a("169.254.99.200"), { flush: false })]);
    rig.advance(600);
    expect(rig.probes.map((probe) => probe.at - at)).toEqual([0, 250, 500]);
  });

  test("A62-087 who has more records wins where all others are equal", () => {
    const { rig } = probing([OURS]);
    const at = rig.now;
    rig.hearProbe([said(txt("x", HOST), { flush: false }), said(OURS, { flush: false })]);
    rig.advance(900);
    expect(rig.probes.map((probe) => probe.at - at)).toEqual([0]);
  });

  test("A62-087 identical records are no conflict", () => {
    const { rig, offer } = probing();
    rig.hearProbe([said(OURS, { flush: false })]);
    rig.advance(750);
    expect(offer.told).toEqual(["established"]);
  });

  test("A62-086 names in the data are compared written out", () => {
    const target = Name.parse("a-longer-name.local");
    const { rig, offer } = probing([srv(631, HOST, target)]);
    // Theirs is a pointer in the message, 0xC00C, which would come later than any label.
    rig.hearProbe([said(srv(631, HOST, HOST), { flush: false })]);
    rig.advance(750);
    expect(offer.told).toEqual(["established"]);
  });

  test("only the name that lost waits; another that is probed for with it goes on", () => {
    const { rig } = probing(printer());
    rig.hearProbe([said(srv(65_000), { flush: false })]);
    rig.advance(760);
    expect(rig.own.at(ETH.id, HOST)).toHaveLength(1);
    expect(rig.own.at(ETH.id, INSTANCE)).toEqual([]);
    expect(rig.own.has(ptr().name)).toBe(false);
    rig.advance(1100);
    expect(rig.own.at(ETH.id, INSTANCE)).toHaveLength(2);
    expect(rig.own.at(ETH.id, ptr().name)).toHaveLength(1);
  });

  test("B-11 the name is lost only when its new owner answers the second try", () => {
    const { rig, offer } = probing();
    rig.hearProbe([said(HIGHER, { flush: false })]);
    rig.advance(750);
    rig.hear([said(HIGHER)]);
    expect(offer.told).toEqual([]);
    rig.advance(251);
    rig.hear([said(HIGHER)]);
    expect(offer.told).toEqual(["conflict office.local"]);
  });

  test("M-24 who is always faster and never answers gets the name in the end", () => {
    const { rig, offer } = probing();
    for (let times = 0; times < 20 && offer.news.length === 0; times++) {
      rig.hearProbe([said(HIGHER, { flush: false })]);
      rig.advance(1001);
    }
    expect(conflictOf(offer)).toMatchObject({ theirs: undefined, from: PEER, conflicts: 1 });
    expect(rig.probes.length).toBeLessThan(15);
  });

  test("a query that is no probe, or does not come from the port of mDNS, contests nothing", () => {
    const { rig, offer } = probing();
    rig.hearProbe([said(HIGHER, { flush: false })], { port: 40_000 });
    rig.hearProbe([said(a("192.168.1.200", Name.parse("other.local")))]);
    rig.advance(750);
    expect(offer.told).toEqual(["established"]);
  });
});

describe("a conflict after announcing", () => {
  test("A62-057, A62-098, B-20, B-22 the name goes back to probing at once, is defended, and announced again", () => {
    const { rig, offer } = established();
    rig.hear([said(THEIRS)]);
    expect(rig.own.at(ETH.id, HOST)).toEqual([]);
    expect(rig.own.probing(ETH.id, HOST)).toHaveLength(1);
    rig.advance(1000);
    expect(rig.probes).toHaveLength(3);
    expect(rig.probes[0]?.message.authorities.map(textOf)).toEqual(["A office.local 192.168.1.10"]);
    rig.advance(3000);
    expect(rig.announced).toEqual([
      ["A office.local 192.168.1.10 flush"],
      ["A office.local 192.168.1.10 flush"],
    ]);
    expect(offer.told).toEqual(["established"]);
  });

  test("A62-098, A62-099 when the other host answers, the name is lost: no goodbye for it, and silence", () => {
    const { rig, offer } = established();
    rig.hear([said(THEIRS)]);
    rig.advance(300);
    rig.hear([said(THEIRS)]);
    expect(offer.told).toEqual(["established", "conflict office.local"]);
    rig.advance(60_000);
    expect(rig.responses).toEqual([]);
  });

  test("A62-103, B-22 of a lost instance the pointer is said goodbye to, and its own records are not", () => {
    const { rig, offer } = established(printer());
    rig.hear([said(srv(9100))]);
    rig.advance(300);
    rig.hear([said(srv(9100))]);
    expect(offer.told).toEqual(["established", "conflict Office._ipp._tcp.local"]);
    expect(rig.announced).toEqual([
      ["A office.local 192.168.1.10 flush goodbye", "PTR _ipp._tcp.local Office._ipp._tcp.local goodbye"],
    ]);
    expect([...rig.own.on(ETH.id)]).toEqual([]);
  });

  test("B-21, B-34 an instance that takes another name at once keeps its host, and says goodbye to the old pointer only", () => {
    const { rig, offer, id } = established(printer());
    offer.react = (_, turn) => rig.claims.replace(id, new Offer(printer("Office (2)")), turn);
    rig.hear([said(srv(9100))]);
    rig.advance(300);
    rig.hear([said(srv(9100))]);
    expect(rig.own.at(ETH.id, HOST)).toHaveLength(1);
    expect(rig.announced).toEqual([["PTR _ipp._tcp.local Office._ipp._tcp.local goodbye"]]);
    rig.advance(1100);
    expect(rig.announced[1]).toEqual([
      "SRV Office (2)._ipp._tcp.local 631 flush",
      "TXT Office (2)._ipp._tcp.local rp=ipp flush",
      "PTR _ipp._tcp.local Office (2)._ipp._tcp.local",
    ]);
  });

  test("A62-100, F-29 identical data are no conflict, of whatever TTL", () => {
    const { rig, offer } = established();
    rig.hear([said(OURS)]);
    rig.hear([said(OURS, { ttl: 119, flush: false })]);
    rig.advance(5000);
    expect(rig.sent).toEqual([]);
    expect(offer.told).toEqual(["established"]);
  });

  test("A62-057 another type under the name, a goodbye, or others' shared records are no conflict", () => {
    const { rig } = established(printer());
    rig.hear([said(txt("x", HOST)), said(THEIRS, { ttl: 0 })]);
    rig.hear([said(ptr(Name.of("Another", "_ipp", "_tcp", "local")))]);
    rig.advance(5000);
    expect(rig.sent).toEqual([]);
  });

  test("M-24 a stranger that contests without end makes us probe no more often than every five seconds", () => {
    const { rig, offer } = established();
    const end = rig.now + 600_000;
    while (rig.now < end) {
      rig.hear([said(THEIRS)]);
      rig.advance(100);
      // Contests only what is announced: it answers no probe.
      while (rig.own.at(ETH.id, HOST).length === 0) rig.advance(10);
    }
    expect(offer.told).toEqual(["established"]);
    expect(rig.probes.length).toBeLessThan(3 * (15 + 600 / 5));
    expect(rig.responses.length).toBeLessThan(2 * (15 + 600 / 5));
  });
});

describe("a record of ours with a shorter life", () => {
  test("A62-058 below half of our TTL it is announced again, at half it is not", () => {
    const { rig } = established();
    rig.hear([said(OURS, { ttl: 60 })]);
    rig.advance(3000);
    expect(rig.announced).toEqual([]);
    rig.hear([said(OURS, { ttl: 59 })]);
    rig.advance(3000);
    expect(rig.announced).toEqual([["A office.local 192.168.1.10 flush"]]);
  });

  test("A62-058 another host's goodbye to a shared record that is ours as well is corrected within the second of grace", () => {
    const { rig } = established(printer());
    const at = rig.now;
    rig.hear([said(ptr(), { ttl: 0 })]);
    rig.advance(3000);
    expect(rig.announced).toEqual([["PTR _ipp._tcp.local Office._ipp._tcp.local"]]);
    const wait = (rig.responses[0]?.at ?? 0) - at;
    expect(wait).toBeGreaterThanOrEqual(20);
    expect(wait).toBeLessThanOrEqual(120);
  });

  test("A62-058 who hears a third host correct it keeps silent", () => {
    const { rig } = established(printer());
    rig.hear([said(ptr(), { ttl: 0 })]);
    rig.advance(10);
    rig.hear([said(ptr())]);
    rig.advance(3000);
    expect(rig.sent).toEqual([]);
  });

  test("A62-058, A62-040 corrections come once a second at most, and ten a minute", () => {
    const { rig } = established();
    for (let tenths = 0; tenths < 1200; tenths++) {
      rig.hear([said(OURS, { ttl: 1 })]);
      rig.advance(100);
    }
    const times = rig.responses.map(({ at }) => at);
    expect(times.length).toBeGreaterThan(10);
    expect(times.length).toBeLessThanOrEqual(31);
    for (const [index, at] of times.entries())
      if (index > 0) expect(at - (times[index - 1] ?? 0)).toBeGreaterThanOrEqual(1000);
  });

  test("a correction is not sent for what was withdrawn meanwhile", () => {
    const { rig, id } = established(printer());
    rig.hear([said(ptr(), { ttl: 0 })]);
    rig.withdraw(id);
    rig.forget();
    rig.advance(3000);
    expect(rig.sent).toEqual([]);
  });
});
