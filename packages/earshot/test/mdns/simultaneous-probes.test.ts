import { describe, expect, test } from "vitest";
import { Name } from "../../src/mdns/name.ts";
import type { PublicationNews } from "../../src/mdns/publication.ts";
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
  txt,
} from "./claims-rig.ts";

const OURS = a("192.168.1.10");

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

describe("simultaneous probes", () => {
  const HIGHER = a("192.168.1.200");
  const LOWER = a("192.168.1.2");

  test("A62-085, B-11, P-08 whose data come earlier waits a second, and probes for the same name again", () => {
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
