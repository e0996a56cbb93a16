import { describe, expect, test } from "vitest";
import type { BoundLink } from "../../src/core/engine.ts";
import { Name } from "../../src/mdns/name.ts";
import type { OwnRecord } from "../../src/mdns/publication.ts";
import {
  a,
  ClaimsRig,
  ETH,
  HOST,
  INSTANCE,
  Offer,
  printer,
  ptr,
  srv,
  textOf,
  txt,
  WIFI,
} from "./claims-rig.ts";

/** A printer that everybody knows already. */
function known(records: readonly OwnRecord[] = printer(), links: readonly BoundLink[] = [ETH]) {
  const rig = new ClaimsRig({ links });
  const offer = new Offer(records);
  const id = rig.publish(offer);
  rig.advance(30_000);
  rig.forget();
  const change = (next: readonly OwnRecord[]) => {
    offer.records = () => next;
    rig.update(id);
  };
  return { rig, offer, id, change };
}

const without = (records: readonly OwnRecord[], ...gone: OwnRecord[]) =>
  records.filter(({ type, name }) => !gone.some((other) => other.type === type && other.name.equals(name)));

describe("updating", () => {
  test("A62-093, A62-096 changed unique data are announced twice, without goodbye and without probing", () => {
    const { rig, offer, change } = known();
    const start = rig.now;
    change([...without(printer(), txt("")), txt("rp=raw")]);
    rig.advance(60_000);
    expect(rig.probes).toEqual([]);
    expect(rig.announced).toEqual([
      ["TXT Office._ipp._tcp.local rp=raw flush"],
      ["TXT Office._ipp._tcp.local rp=raw flush"],
    ]);
    expect(rig.responses.map(({ at }) => at - start)).toEqual([0, 1000]);
    expect(offer.told).toEqual(["established"]);
  });

  test("A62-090 an update that changes nothing sends nothing", () => {
    const { rig, change } = known();
    change(printer());
    change([...printer()].reverse());
    rig.advance(60_000);
    expect(rig.sent).toEqual([]);
  });

  test("A62-095 a shared record that changes is said goodbye to before the new one is announced", () => {
    const { rig, change } = known([ptr()]);
    change([ptr(Name.of("Den", "_ipp", "_tcp", "local"))]);
    rig.settle();
    expect(rig.announced).toEqual([
      ["PTR _ipp._tcp.local Office._ipp._tcp.local goodbye"],
      ["PTR _ipp._tcp.local Den._ipp._tcp.local"],
    ]);
  });

  test("A62-095 a shared record that is removed is said goodbye to", () => {
    const { rig, change } = known();
    change(without(printer(), ptr()));
    rig.advance(60_000);
    expect(rig.announced).toEqual([["PTR _ipp._tcp.local Office._ipp._tcp.local goodbye"]]);
  });

  test("A62-096 of a smaller unique set the rest is announced; of one that is gone, a goodbye", () => {
    const { rig, change } = known([a("192.168.1.10"), a("192.168.1.11"), txt("x", HOST)]);
    change([a("192.168.1.10"), txt("x", HOST)]);
    rig.advance(3000);
    expect(rig.announced).toEqual([
      ["A office.local 192.168.1.10 flush"],
      ["A office.local 192.168.1.10 flush"],
    ]);
    rig.forget();
    change([a("192.168.1.10")]);
    rig.advance(3000);
    expect(rig.announced).toEqual([["TXT office.local x flush goodbye"]]);
  });

  test("a new unique name is probed for first; a new type of a name that is ours is not", () => {
    const { rig, change } = known();
    const other = srv(80, Name.of("Office", "_http", "_tcp", "local"));
    change([...printer(), other, txt("x", HOST)]);
    rig.advance(250);
    expect(rig.announced).toEqual([["TXT office.local x flush"]]);
    rig.advance(1000);
    expect(rig.probes).toHaveLength(3);
    expect(rig.announced.flat()).toContain("SRV Office._http._tcp.local 80 flush");
  });

  test("a TTL that changes is announced, and is no goodbye", () => {
    const { rig, change } = known([ptr()]);
    change([{ ...ptr(), ttl: 60 }]);
    rig.advance(60_000);
    expect(rig.announced).toHaveLength(2);
    expect(rig.responses.flatMap(({ message }) => message.answers.map(({ ttl }) => ttl))).toEqual([60, 60]);
  });

  test("A62-097, M-39 of a hundred changes a second ten a minute are announced, and the last one wins", () => {
    const { rig, change } = known();
    const end = rig.now + 120_000;
    let value = 0;
    while (rig.now < end) {
      change([...without(printer(), txt("")), txt(`n=${value++}`)]);
      rig.advance(100);
    }
    rig.advance(60_000);
    const values = new Set(rig.announced.flat());
    expect(values.size).toBeGreaterThan(15);
    expect(values.size).toBeLessThanOrEqual(31);
    expect(rig.announced.at(-1)).toEqual([`TXT Office._ipp._tcp.local n=${value - 1} flush`]);
    expect(rig.own.at(ETH.id, INSTANCE).find(({ type }) => type === 16)?.data).toEqual(
      txt(`n=${value - 1}`).data,
    );
  });

  test("A62-097 one record that changes too often does not hold up another", () => {
    const { rig, change } = known();
    for (let value = 0; value < 20; value++) {
      change([...without(printer(), txt("")), txt(`n=${value}`)]);
      rig.advance(10);
    }
    rig.advance(3000);
    rig.forget();
    change([ptr(), srv(8631), txt("n=20"), a("192.168.1.10")]);
    rig.settle();
    expect(rig.announced).toEqual([["SRV Office._ipp._tcp.local 8631 flush"]]);
  });

  test("an update of what was withdrawn, or is lost, does nothing", () => {
    const { rig, id, offer } = known();
    rig.withdraw(id);
    rig.forget();
    rig.update(id);
    rig.turn((turn) => rig.claims.announce(id, turn));
    rig.turn((turn) => rig.claims.replace(id, offer, turn));
    rig.advance(5000);
    expect(rig.sent).toEqual([]);
  });

  test("B-34, B-35 a manual change of name: goodbye for the old one, probes for exactly the new one, announcements", () => {
    const { rig, id, offer } = known();
    const next = new Offer(printer("Den"));
    rig.turn((turn) => rig.claims.replace(id, next, turn));
    expect(rig.announced.map((answers) => answers.sort())).toEqual([
      [
        "PTR _ipp._tcp.local Office._ipp._tcp.local goodbye",
        "SRV Office._ipp._tcp.local 631 flush goodbye",
        "TXT Office._ipp._tcp.local rp=ipp flush goodbye",
      ],
    ]);
    rig.forget();
    rig.advance(5000);
    expect(rig.probes.map(({ message }) => message.questions.map(({ name }) => name.toString()))).toEqual([
      ["Den._ipp._tcp.local"],
      ["Den._ipp._tcp.local"],
      ["Den._ipp._tcp.local"],
    ]);
    expect(rig.announced).toHaveLength(2);
    expect(rig.announced[0]).toContain("PTR _ipp._tcp.local Den._ipp._tcp.local");
    expect(next.told).toEqual(["established"]);
    expect(offer.told).toEqual(["established"]);
  });
});

describe("links", () => {
  const moved = (address: string): BoundLink => ({
    ...ETH,
    address,
    addresses: [{ address, prefixLength: 24 }],
  });
  const onEach = () => new Offer((link) => [ptr(), srv(631), txt("rp=ipp"), a(link.address)]);

  test("A62-094, F-02 another address in the same network is announced at once, without probing", () => {
    const rig = new ClaimsRig();
    const offer = onEach();
    rig.publish(offer);
    rig.advance(30_000);
    rig.forget();
    rig.relink([moved("192.168.1.77")]);
    rig.advance(5000);
    expect(rig.probes).toEqual([]);
    expect(rig.announced).toEqual([
      ["A office.local 192.168.1.77 flush"],
      ["A office.local 192.168.1.77 flush"],
    ]);
    expect(rig.own.at(ETH.id, INSTANCE)[0]?.link.address).toBe("192.168.1.77");
  });

  test("A62-072, F-02 an address in another network is another network: all is probed for and announced there", () => {
    const rig = new ClaimsRig();
    rig.publish(onEach());
    rig.advance(30_000);
    rig.forget();
    rig.relink([moved("172.16.0.9")]);
    expect(rig.sent).toEqual([]);
    rig.advance(1001);
    expect(rig.probes).toHaveLength(3);
    expect(rig.announced[0]).toHaveLength(4);
    expect(rig.announced[0]).toContain("A office.local 172.16.0.9 flush");
  });

  test("A62-072, A62-105, B-36, F-01 a link that was gone is probed and announced on within a second", () => {
    const rig = new ClaimsRig({ links: [ETH, WIFI] });
    const offer = onEach();
    rig.publish(offer);
    rig.advance(30_000);
    rig.forget();
    rig.relink([ETH]);
    expect(rig.own.at(WIFI.id, HOST)).toEqual([]);
    rig.advance(10_000);
    expect(rig.sent).toEqual([]);
    rig.relink([ETH, WIFI]);
    const back = rig.now;
    rig.advance(10_000);
    expect(rig.sent.every(({ link }) => link === WIFI.id)).toBe(true);
    expect(rig.probes).toHaveLength(3);
    expect(rig.responses).toHaveLength(2);
    expect((rig.responses[0]?.at ?? 0) - back).toBeLessThanOrEqual(1000);
    expect(offer.told).toEqual(["established"]);
  });

  test("A62-072, A62-105, F-05 after a sleep everything is verified and announced anew, shared records too", () => {
    const rig = new ClaimsRig({ links: [ETH, WIFI] });
    const offer = onEach();
    rig.publish(offer);
    rig.advance(30_000);
    rig.forget();
    rig.now += 3_600_000;
    rig.relink([ETH, WIFI], true);
    expect(rig.own.at(ETH.id, HOST)).toEqual([]);
    rig.advance(1001);
    for (const { id } of [ETH, WIFI]) {
      expect(rig.probes.filter(({ link }) => link === id)).toHaveLength(3);
      const [first] = rig.responses.filter(({ link }) => link === id);
      expect(first?.message.answers).toHaveLength(4);
    }
    expect(offer.told).toEqual(["established"]);
  });

  test("F-05 what needs no probing is announced at once after a sleep", () => {
    const rig = new ClaimsRig();
    rig.publish(new Offer([ptr()]));
    rig.publish(new Offer([a("192.168.1.10")], { probes: false }));
    rig.advance(30_000);
    rig.forget();
    rig.relink([ETH], true);
    rig.settle();
    expect(rig.probes).toEqual([]);
    expect(rig.announced.flat().sort()).toEqual([
      "A office.local 192.168.1.10 flush",
      "PTR _ipp._tcp.local Office._ipp._tcp.local",
    ]);
  });

  test("A62-119, A62-120, A62-049 each link has the addresses that hold there, and names are claimed on all", () => {
    const rig = new ClaimsRig({ links: [ETH, WIFI] });
    rig.publish(onEach());
    rig.advance(3000);
    for (const { link, message } of rig.responses) {
      const addresses = message.answers.flatMap(({ data }) => (data.kind === "A" ? data.address : []));
      expect(addresses).toEqual([link === ETH.id ? ETH.address : WIFI.address]);
    }
  });

  /** What is sent on each of two links in one network comes back on the other. */
  function bridged() {
    const rig = new ClaimsRig({ links: [ETH, WIFI] });
    const offer = onEach();
    const id = rig.publish(offer);
    let echoed = 0;
    const advance = (ms: number) => {
      for (const end = rig.now + ms; rig.now < end; rig.advance(10))
        for (const { message, bytes, link } of rig.sent.slice(echoed)) {
          echoed++;
          if (message.kind !== "response") continue;
          const other = link === ETH.id ? WIFI : ETH;
          const from = { address: ETH.address, port: 5353 };
          const datagram = { bytes, from, link: other, socket: "shared", to: "group" } as const;
          rig.turn((turn) => rig.claims.hearEcho(message, datagram, turn));
        }
    };
    return { rig, offer, id, advance };
  }

  test("F-14, A62-121 with two links in one network, what one announces later is balanced on the other, and no more", () => {
    const { rig, offer, id, advance } = bridged();
    advance(30_000);
    expect(rig.responses).toHaveLength(4);
    const seen = rig.sent.length;
    offer.records = (link) => [
      ptr(),
      srv(631),
      txt("rp=ipp"),
      a(link.id === ETH.id ? "192.168.1.11" : link.address),
    ];
    rig.update(id);
    advance(30_000);
    const later = rig.sent.slice(seen).map(({ link, message }) => `${link} ${message.answers.map(textOf)}`);
    expect(later).toEqual([
      "eth0/4 A office.local 192.168.1.11 flush",
      "wlan0/4 A office.local 10.0.0.10 flush",
      "eth0/4 A office.local 192.168.1.11 flush",
    ]);
  });

  test("a link that goes while names are probed for there holds nothing up", () => {
    const rig = new ClaimsRig({ links: [ETH, WIFI] });
    const offer = onEach();
    rig.publish(offer);
    rig.advance(500);
    expect(rig.claims.awaitsUnicast(WIFI, rig.now)).toBe(true);
    rig.relink([ETH]);
    expect(rig.claims.awaitsUnicast(WIFI, rig.now)).toBe(false);
    rig.advance(600);
    expect(offer.told).toEqual(["established"]);
    rig.advance(10_000);
    expect(rig.ground.agenda.size).toBe(0);
  });

  test("withdrawing says goodbye on every link, each once", () => {
    const rig = new ClaimsRig({ links: [ETH, WIFI] });
    const id = rig.publish(onEach());
    rig.advance(30_000);
    rig.forget();
    rig.withdraw(id);
    expect(rig.responses.map(({ link }) => link)).toEqual([ETH.id, WIFI.id]);
  });

  test("links that come and go by the thousand leave nothing behind", () => {
    const rig = new ClaimsRig({ links: [] });
    const id = rig.publish(onEach());
    for (let at = 0; at < 1000; at++) {
      rig.relink([{ ...ETH, id: `veth${at}/4` }]);
      rig.advance(100);
    }
    rig.relink([]);
    rig.withdraw(id);
    rig.advance(60_000);
    expect(rig.own.has(HOST)).toBe(false);
    expect(rig.ground.agenda.size).toBe(0);
  });
});
