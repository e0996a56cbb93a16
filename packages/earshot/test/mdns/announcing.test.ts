import { describe, expect, test } from "vitest";
import { Name } from "../../src/mdns/name.ts";
import { TYPE } from "../../src/mdns/record.ts";
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
} from "./claims-rig.ts";

/** Claims records that were verified elsewhere, so that they are announced at once. */
function announced(offer: Offer, options: ConstructorParameters<typeof ClaimsRig>[0] = {}) {
  const rig = new ClaimsRig(options);
  const id = rig.publish(offer);
  rig.settle();
  return { rig, id };
}

const unprobed = (records: ConstructorParameters<typeof Offer>[0]) => new Offer(records, { probes: false });

describe("announcing", () => {
  test("A62-088, A62-107, A62-110, B-17, B-18, B-42 all records are announced as answers, the unique ones with the flush bit", () => {
    const rig = new ClaimsRig();
    rig.publish(new Offer(printer()));
    rig.advance(1001);
    expect(rig.announced).toEqual([
      [
        "SRV Office._ipp._tcp.local 631 flush",
        "TXT Office._ipp._tcp.local rp=ipp flush",
        "A office.local 192.168.1.10 flush",
        "PTR _ipp._tcp.local Office._ipp._tcp.local",
      ],
    ]);
    const [{ message } = { message: undefined }] = rig.responses;
    expect(message).toMatchObject({
      id: 0,
      authoritative: true,
      truncated: false,
      opcode: 0,
      rcode: 0,
      questions: [],
    });
  });

  test("A62-089, B-16 two announcements, a second apart; A62-090, A62-091, B-52 and then never again", () => {
    const { rig } = announced(unprobed([a("192.168.1.10")]));
    const start = rig.now;
    rig.advance(24 * 3_600_000);
    expect(rig.responses.map(({ at }) => at - start)).toEqual([0, 1000]);
  });

  test("A62-089 more announcements if chosen, eight at most, at intervals that double", () => {
    const { rig } = announced(unprobed([a("192.168.1.10")]), { announcements: 8 });
    const start = rig.now;
    rig.advance(3_600_000);
    expect(rig.responses.map(({ at }) => at - start)).toEqual([
      0, 1000, 3000, 7000, 15_000, 31_000, 63_000, 127_000,
    ]);
  });

  test("A62-042, A62-051 an announcement tells what its unique names have no records of, once a second at most", () => {
    const { rig } = announced(unprobed(printer()));
    rig.advance(10_000);
    for (const { message } of rig.responses) {
      const negatives = message.additionals.filter(({ type }) => type === TYPE.NSEC);
      expect(negatives.map(({ name }) => name.toString()).sort()).toEqual(
        [INSTANCE.toString(), HOST.toString()].sort(),
      );
      const data = negatives.map((record) => record.data);
      expect(data).toContainEqual({ kind: "NSEC", next: HOST, types: [TYPE.A] });
      expect(data).toContainEqual({ kind: "NSEC", next: INSTANCE, types: [TYPE.TXT, TYPE.SRV] });
      expect(negatives.every(({ flush }) => flush)).toBe(true);
    }
  });

  test("A62-040 what a name has no records of is not said again within a second, though other records of it are", () => {
    const offer = unprobed([srv(631), txt("one")]);
    const { rig, id } = announced(offer);
    rig.advance(300);
    offer.records = () => [srv(631), txt("two")];
    rig.update(id);
    rig.settle();
    expect(rig.announced.at(-1)).toEqual(["TXT Office._ipp._tcp.local two flush"]);
    expect(rig.responses.map(({ message }) => message.additionals.length)).toEqual([1, 0]);
  });

  test("thousands of records are not announced in one burst", () => {
    const records = Array.from({ length: 2000 }, (_, at) =>
      ptr(Name.of(`Instance ${at}`, "_ipp", "_tcp", "local")),
    );
    const { rig } = announced(unprobed(records));
    rig.advance(900);
    const perInstant = new Map<number, number>();
    for (const { at, bytes } of rig.responses) perInstant.set(at, (perInstant.get(at) ?? 0) + bytes.length);
    expect(Math.max(...perInstant.values())).toBeLessThan(10_000);
    expect(rig.announced.flat()).toHaveLength(2000);
  });

  test("A62-040 a record that was multicast in the last second is announced when the second is over", () => {
    const { rig } = announced(unprobed([a("192.168.1.10")]));
    const start = rig.now;
    rig.advance(600);
    for (const record of rig.own.at(ETH.id, HOST)) rig.own.multicast(record, rig.now);
    rig.advance(10_000);
    expect(rig.responses.map(({ at }) => at - start)).toEqual([0, 1600]);
  });

  test("A62-040 announcements are noted as multicast", () => {
    const { rig } = announced(unprobed([a("192.168.1.10")]));
    expect(rig.own.at(ETH.id, HOST)[0]).toMatchObject({ multicastAt: rig.now, multicastTtl: 120 });
  });

  test("announcing on demand comes at once, or a second after the record was last said", () => {
    const { rig, id } = announced(unprobed([a("192.168.1.10")]));
    rig.advance(60_000);
    rig.forget();
    const start = rig.now;
    rig.turn((turn) => rig.claims.announce(id, turn));
    rig.advance(400);
    for (let times = 0; times < 100; times++) rig.turn((turn) => rig.claims.announce(id, turn));
    rig.advance(10_000);
    expect(rig.responses.map(({ at }) => at - start)).toEqual([0, 1000, 2000]);
  });

  test("announcing on demand what is still probed for sends nothing", () => {
    const rig = new ClaimsRig();
    const id = rig.publish(new Offer([a("192.168.1.10")]));
    rig.turn((turn) => rig.claims.announce(id, turn));
    rig.settle();
    expect(rig.sent).toEqual([]);
  });

  test("A62-106 all records of a unique name and type are announced together", () => {
    const set = [a("192.168.1.10"), a("192.168.1.11"), a("192.168.1.12")];
    const offer = unprobed(set.slice(0, 2));
    const { rig, id } = announced(offer);
    rig.advance(60_000);
    rig.forget();
    offer.records = () => set;
    rig.update(id);
    rig.advance(60_000);
    expect(rig.announced).toHaveLength(2);
    for (const answers of rig.announced) expect(answers).toHaveLength(3);
  });

  test("A62-126, A62-106 what does not fit one packet goes into several; records of a set stay together where they can", () => {
    const names = Array.from({ length: 40 }, (_, at) => Name.of(`Instance ${at}`, "_ipp", "_tcp", "local"));
    const records = names.flatMap((name) => [srv(1, name), srv(2, name)]);
    const { rig } = announced(unprobed(records), { links: [{ ...ETH, mtu: 500 }] });
    expect(rig.responses.length).toBeGreaterThan(5);
    const carriers = new Map<string, number>();
    for (const { bytes, message } of rig.responses) {
      expect(bytes.length).toBeLessThanOrEqual(472);
      for (const key of new Set(message.answers.map(({ name }) => name.key)))
        carriers.set(key, (carriers.get(key) ?? 0) + 1);
    }
    expect([...carriers.values()]).toEqual(names.map(() => 1));
    expect(rig.responses.flatMap(({ message }) => message.answers)).toHaveLength(80);
  });

  test("A62-127, A62-128, A62-129 a record that fits no packet goes alone, and never beyond 9000 bytes", () => {
    const large = (size: number, name: Name) => ({
      ...txt("", name),
      data: { kind: "opaque", bytes: new Uint8Array(size) } as const,
      type: 65_400,
    });
    const records = [
      a("192.168.1.10"),
      large(4000, HOST),
      large(4000, INSTANCE),
      large(8980, Name.parse("x.local")),
      ptr(),
    ];
    const { rig } = announced(unprobed(records));
    const counts = rig.responses.map(({ bytes, message }) => [bytes.length > 1472, message.answers.length]);
    expect(counts.filter(([isLarge]) => isLarge)).toEqual([
      [true, 1],
      [true, 1],
    ]);
    for (const { bytes, message } of rig.responses) {
      expect(bytes.length).toBeLessThanOrEqual(8972);
      expect(message.answers.length).toBeGreaterThan(0);
    }
    expect(rig.announced.flat()).toContain("A office.local 192.168.1.10 flush");
    expect(rig.announced.flat()).toContain("PTR _ipp._tcp.local Office._ipp._tcp.local");
  });

  test("B-37 no packet holds a record twice, though publications share it or name it twice", () => {
    const rig = new ClaimsRig();
    for (const port of [1, 2, 3])
      rig.publish(new Offer([...printer(`Printer ${port}`, port), ...printer(`Printer ${port}`, port)]));
    rig.advance(5000);
    for (const { message } of rig.sent) {
      const all = [...message.answers, ...message.authorities, ...message.additionals];
      const keys = all.map((record) => JSON.stringify([textOf(record), record.data]));
      expect(new Set(keys).size).toBe(keys.length);
    }
    expect(rig.announced[0]?.filter((line) => line.startsWith("A "))).toHaveLength(1);
  });

  test("publications that become ours at once are announced in one message", () => {
    const rig = new ClaimsRig();
    for (const port of [1, 2, 3]) rig.publish(new Offer(printer(`Printer ${port}`, port)));
    rig.advance(1001);
    expect(rig.responses).toHaveLength(1);
    expect(rig.announced[0]).toHaveLength(10);
  });

  test("B-40 every unique record in every response has the flush bit, goodbyes too", () => {
    const { rig, id } = announced(unprobed(printer()));
    rig.advance(5000);
    rig.hear([said(ptr(), { ttl: 1 })]);
    rig.advance(5000);
    rig.withdraw(id);
    for (const { message } of rig.responses)
      for (const { type, flush } of message.answers) expect(flush).toBe(type !== TYPE.PTR);
  });
});

describe("withdrawing", () => {
  test("A62-103 one goodbye of everything that was announced, and withdrawn is told in the same turn", () => {
    const offer = unprobed(printer());
    const { rig, id } = announced(offer);
    rig.advance(5000);
    rig.forget();
    rig.withdraw(id);
    expect(rig.announced.map((answers) => answers.sort())).toEqual([
      [
        "A office.local 192.168.1.10 flush goodbye",
        "PTR _ipp._tcp.local Office._ipp._tcp.local goodbye",
        "SRV Office._ipp._tcp.local 631 flush goodbye",
        "TXT Office._ipp._tcp.local rp=ipp flush goodbye",
      ],
    ]);
    expect(offer.told).toEqual(["established", "withdrawn"]);
    expect([...rig.own.on(ETH.id)]).toEqual([]);
    rig.forget();
    rig.advance(60_000);
    rig.withdraw(id);
    expect(rig.sent).toEqual([]);
    expect(offer.told).toHaveLength(2);
  });

  test("A62-103 records that another publication has as well stay, and are not said goodbye to", () => {
    const { rig, id } = announced(unprobed(printer("One", 1)));
    rig.publish(unprobed(printer("Two", 2)));
    rig.advance(5000);
    rig.forget();
    rig.withdraw(id);
    expect(rig.announced.flat().sort()).toEqual([
      "PTR _ipp._tcp.local One._ipp._tcp.local goodbye",
      "SRV One._ipp._tcp.local 1 flush goodbye",
      "TXT One._ipp._tcp.local rp=ipp flush goodbye",
    ]);
    expect(rig.own.at(ETH.id, HOST)).toHaveLength(1);
  });

  test("what is withdrawn is not announced a second time", () => {
    const { rig, id } = announced(unprobed([a("192.168.1.10")]));
    rig.advance(500);
    rig.withdraw(id);
    rig.forget();
    rig.advance(10_000);
    expect(rig.sent).toEqual([]);
  });

  test("A62-103 a name that is defended against another host is not said goodbye to", () => {
    const { rig, id } = announced(unprobed([a("192.168.1.10")]));
    rig.advance(5000);
    rig.hear([said(a("192.168.1.99"))]);
    rig.forget();
    rig.withdraw(id);
    expect(rig.sent).toEqual([]);
  });

  test("after a sleep, what was announced before is said goodbye to even while it is verified", () => {
    const { rig, id } = announced(new Offer(printer()));
    rig.advance(5000);
    rig.relink([ETH], true);
    rig.advance(100);
    rig.forget();
    rig.withdraw(id);
    expect(rig.announced.flat()).toHaveLength(4);
  });
});
