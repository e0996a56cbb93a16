import { describe, expect, test } from "vitest";
import { Name } from "../../src/mdns/name.ts";
import { a, ClaimsRig, ETH, HOST, Offer, printer, ptr, said, srv, textOf, txt } from "./claims-rig.ts";

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

  test("A62-103, B-22 a lost instance goes without a goodbye, to its pointer neither: the winner has the same", () => {
    const { rig, offer } = established(printer());
    rig.hear([said(srv(9100))]);
    rig.advance(300);
    rig.hear([said(srv(9100))]);
    expect(offer.told).toEqual(["established", "conflict Office._ipp._tcp.local"]);
    expect(rig.announced).toEqual([["A office.local 192.168.1.10 flush goodbye"]]);
    expect([...rig.own.on(ETH.id)]).toEqual([]);
  });

  test("B-21, B-34 an instance that takes another name at once keeps its host, and says no goodbye", () => {
    const { rig, offer, id } = established(printer());
    offer.react = (_, turn) => rig.claims.replace(id, new Offer(printer("Office (2)")), turn);
    rig.hear([said(srv(9100))]);
    rig.advance(300);
    rig.hear([said(srv(9100))]);
    expect(rig.own.at(ETH.id, HOST)).toHaveLength(1);
    expect(rig.announced).toEqual([]);
    rig.advance(1100);
    expect(rig.announced[0]).toEqual([
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
