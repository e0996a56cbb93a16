import { describe, expect, test } from "vitest";
import { Name } from "../../src/mdns/name.ts";
import { TYPE } from "../../src/mdns/record.ts";
import {
  a,
  cname,
  gone,
  host,
  IPP,
  instance,
  LINK,
  LINK6,
  ptr,
  QuerierRig,
  srv,
  txt,
} from "./querier-rig.ts";

const HOUR = 3_600_000;

/** The time between each query and the next. */
function gaps(instants: readonly number[]): number[] {
  return instants.slice(1).map((at, index) => at - (instants[index] ?? 0));
}

describe("a continuous query", () => {
  test("A62-011 A62-131 begins after 20 to 120 ms, at random and evenly, with id 0", () => {
    const delays = Array.from({ length: 400 }, (_, seed) => {
      const rig = new QuerierRig({ seed });
      const since = rig.now;
      rig.ask();
      rig.advance(130);
      expect(rig.sent[0]?.message.id).toBe(0);
      return rig.askedAt(since)[0] ?? Number.NaN;
    });
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(20);
    expect(Math.max(...delays)).toBeLessThan(121);
    for (const quarter of [0, 1, 2, 3]) {
      const inIt = delays.filter((delay) => Math.floor((delay - 20) / 25) === quarter).length;
      expect(inIt).toBeGreaterThan(60);
      expect(inIt).toBeLessThan(140);
    }
  });

  test("A62-008 A62-009 is asked again after a second, then at twice the interval each, an hour at most", () => {
    const rig = new QuerierRig();
    rig.ask();
    rig.advance(8 * HOUR);
    const between = gaps(rig.askedAt());
    expect(between[0]).toBeGreaterThanOrEqual(1000);
    expect(between[0]).toBeLessThan(1101);
    between.slice(1).forEach((gap, index) => {
      expect(gap).toBeGreaterThanOrEqual(Math.min(2 * (between[index] ?? 0), HOUR));
    });
    expect(between.at(-1)).toBe(HOUR);
    expect(between.length).toBeGreaterThan(14);
  });

  test("A62-009 the intervals keep growing where questions that wait for each other share messages", () => {
    const rig = new QuerierRig();
    rig.ask();
    for (let i = 0; i < 20; i++) {
      rig.advance(37 + 61 * i);
      rig.ask({ name: instance(`other ${i}`), type: TYPE.TXT });
    }
    rig.advance(HOUR);
    const own = rig.sent.filter(({ message }) => message.questions.some(({ name }) => name.equals(IPP)));
    const between = gaps(own.map(({ at }) => at));
    expect(between[0]).toBeGreaterThanOrEqual(1000);
    between.slice(1).forEach((gap, index) => {
      expect(gap).toBeGreaterThanOrEqual(2 * (between[index] ?? 0));
    });
  });

  test("A62-017 several questions that are due together are one message, each of them in it once", () => {
    const rig = new QuerierRig();
    rig.ask();
    rig.ask({ mode: "once" });
    rig.ask({ name: instance("Office"), type: TYPE.SRV });
    rig.ask({ name: instance("Office"), type: TYPE.TXT });
    rig.advance(5000);
    expect(rig.sent.length).toBeGreaterThanOrEqual(3);
    for (const { message } of rig.sent.slice(0, 2)) {
      const texts = message.questions.map(({ name, type }) => `${type} ${name.key}`);
      expect(new Set(texts).size).toBe(texts.length);
    }
    expect(rig.sent.flatMap(({ message }) => message.questions).length).toBeGreaterThan(2 * rig.sent.length);
  });

  test("A62-017 more questions than fit into one message are several, none of them too long", () => {
    const rig = new QuerierRig();
    for (let i = 0; i < 300; i++) rig.ask({ name: instance(`printer number ${i}`), type: TYPE.SRV });
    rig.advance(900);
    expect(new Set(rig.asked.flatMap((text) => text.split(", "))).size).toBe(300);
    expect(rig.sent.length).toBeLessThan(12);
    for (const { bytes } of rig.sent) expect(bytes.length).toBeLessThanOrEqual(1472);
  });

  test("ends when nobody asks any more, and goes on while one of two still does", () => {
    const rig = new QuerierRig();
    const first = rig.ask();
    const second = rig.ask();
    rig.advance(500);
    expect(rig.sent).toHaveLength(1);
    first.asking.end();
    first.asking.end();
    rig.advance(1000);
    expect(rig.sent).toHaveLength(2);
    second.asking.end();
    rig.advance(HOUR);
    expect(rig.sent).toHaveLength(2);
    expect(rig.ground.agenda.size).toBe(0);
    expect(rig.querier.counts).toEqual({ records: 0, asks: 0 });
    expect(rig.querier.isIdle).toBe(true);
  });

  test("is shared by all who ask the same; who joins later is told at once what is known", () => {
    const rig = new QuerierRig();
    rig.ask();
    rig.advance(200);
    rig.say([ptr("Office")]);
    rig.advance(50);
    const late = rig.ask({ name: host("ignored").withoutFirst().prepend("_tcp").prepend("_IPP") });
    expect(late.told).toEqual(["added Office._ipp._tcp.local"]);
    expect([...late.asking.answers]).toHaveLength(1);
    rig.advance(10_000);
    expect(gaps(rig.askedAt()).every((gap) => gap >= 1000)).toBe(true);
  });

  test("A62-004 A62-005 goes to the group, whatever is asked: a host, a service, or the name of an address", () => {
    const rig = new QuerierRig();
    for (const text of [
      "printer.local",
      "20.1.254.169.in-addr.arpa",
      "0.2.8.e.f.ip6.arpa",
      "_ipp._tcp.local",
    ])
      rig.ask({ name: Name.parse(text), type: TYPE.PTR });
    rig.advance(130);
    expect(rig.asked.join(", ").split(", ")).toHaveLength(4);
    expect(rig.destinations).toEqual(new Set(["group"]));
  });

  test("A62-134 A62-135 A62-136 A62-139 A62-144 has a header of nothing but what it counts", () => {
    const rig = new QuerierRig();
    rig.ask();
    rig.advance(130);
    expect([...(rig.sent[0]?.bytes.subarray(0, 12) ?? [])]).toEqual([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  });

  test("is asked on each link by itself, or on one alone", () => {
    const rig = new QuerierRig({ links: [LINK, LINK6] });
    rig.ask();
    rig.ask({ name: instance("Office"), type: TYPE.SRV, link: LINK6.id });
    rig.advance(1000);
    const on = (id: string): string[] =>
      rig.sent
        .filter(({ link }) => link === id)
        .flatMap(({ message }) => message.questions.map(({ name }) => name.first));
    expect(on(LINK.id)).toEqual(["_ipp"]);
    expect(on(LINK6.id).toSorted()).toEqual(["Office", "_ipp"]);
  });
});

describe("an answer that is all there is", () => {
  test("A62-015 ends the fast series: the next query is at 80 to 82 % of its life", () => {
    const rig = new QuerierRig();
    rig.ask({ name: host("printer"), type: TYPE.A });
    rig.advance(150);
    rig.say([a("printer", "192.168.1.20")]);
    const since = rig.now;
    rig.advance(119_000);
    const at = rig.askedAt(since).slice(1);
    expect(at).toHaveLength(4);
    expect(at[0]).toBeGreaterThanOrEqual(96_000);
    expect(at[0]).toBeLessThanOrEqual(98_400);
  });

  test("M7 SRV and TXT are such answers, though a device forgets to say so", () => {
    const rig = new QuerierRig();
    rig.ask({ name: instance("Office"), type: TYPE.SRV });
    rig.ask({ name: instance("Office"), type: TYPE.TXT });
    rig.advance(150);
    rig.say([srv("Office", "printer", { flush: false }), txt("Office", "a=b", { flush: false })]);
    rig.sent.length = 0;
    rig.advance(90_000);
    expect(rig.sent).toEqual([]);
  });

  test("a shared answer is not: the series goes on", () => {
    const rig = new QuerierRig();
    rig.ask();
    rig.advance(150);
    rig.say([ptr("Office", { flush: true })]);
    rig.sent.length = 0;
    rig.advance(30_000);
    expect(rig.sent.length).toBeGreaterThanOrEqual(3);
  });

  test("M10 when it is gone the question is asked again, but no faster for records that come and go", () => {
    const rig = new QuerierRig();
    rig.ask({ name: host("printer"), type: TYPE.A });
    for (let i = 0; i < 60; i++) {
      rig.say([a("printer", "192.168.1.20")]);
      rig.advance(100);
      rig.say([gone(a("printer", "192.168.1.20"))]);
      rig.advance(1900);
    }
    const between = gaps(rig.askedAt());
    expect(Math.min(...between)).toBeGreaterThanOrEqual(1000);
    expect(rig.sent.length).toBeLessThanOrEqual(61);
    const before = rig.sent.length;
    rig.advance(HOUR);
    expect(rig.sent.length).toBeGreaterThan(before + 5);
  });

  test("another name for it is one, too", () => {
    const rig = new QuerierRig();
    rig.ask({ name: host("www"), type: TYPE.A });
    rig.advance(150);
    rig.say([cname(host("www"), host("printer")), a("printer", "192.168.1.20")]);
    rig.sent.length = 0;
    rig.advance(90_000);
    expect(rig.sent).toEqual([]);
  });

  test("what is known already is not asked for, unless it may not be all", () => {
    const rig = new QuerierRig();
    rig.ask();
    rig.say([ptr("Office")], { additionals: [a("printer", "192.168.1.20"), srv("Office", "printer")] });
    rig.advance(10);
    const address = rig.ask({ name: host("printer"), type: TYPE.A });
    const everything = rig.ask({ name: instance("Office"), type: TYPE.ANY });
    expect(address.told).toEqual(["added 192.168.1.20"]);
    expect(everything.told).toEqual(["added printer.local:631"]);
    rig.advance(3000);
    const names = rig.sent.flatMap(({ message }) => message.questions.map(({ name }) => name.first));
    expect(names).not.toContain("printer");
    expect(names).toContain("Office");
  });
});

describe("answers by unicast", () => {
  const PRINTER = { name: host("printer"), type: TYPE.A } as const;

  test("A62-018 A62-019 A62-123 F-19 M23 are welcome in the first query after a link came up, and in no other", () => {
    const rig = new QuerierRig({ isNew: true });
    rig.ask();
    rig.advance(5000);
    expect(rig.asked).toEqual(["_ipp._tcp.local 12 QU", "_ipp._tcp.local 12", "_ipp._tcp.local 12"]);
    expect(rig.askedAt()[1]).toBeLessThan(1300);
  });

  test("A62-020 are not asked for by those who ask later, unless they say so", () => {
    const rig = new QuerierRig();
    rig.ask();
    rig.advance(500);
    rig.ask({ ...PRINTER, unicastFirst: true });
    rig.advance(300);
    expect(rig.asked).toEqual(["_ipp._tcp.local 12", "printer.local 1 QU"]);
  });

  test("M32 are not asked for where they would go to another program, or where somebody does not want them", () => {
    const rig = new QuerierRig({ isNew: true, links: [{ ...LINK, sharedPort: undefined }] });
    rig.ask();
    rig.advance(150);
    expect(rig.asked).toEqual(["_ipp._tcp.local 12"]);
    const other = new QuerierRig({ isNew: true });
    other.ask({ unicastFirst: false });
    other.advance(150);
    expect(other.asked).toEqual(["_ipp._tcp.local 12"]);
    expect(other.turn(({ now }) => other.querier.awaitsUnicast(LINK, now))).toBe(false);
  });

  test("A62-039 M-33 are awaited for two seconds after they were asked for, on that link", () => {
    const rig = new QuerierRig({ isNew: true, links: [LINK, LINK6] });
    const awaits = (link: typeof LINK): boolean =>
      rig.turn(({ now }) => rig.querier.awaitsUnicast(link, now));
    rig.ask({ link: LINK.id });
    expect(awaits(LINK)).toBe(false);
    rig.advance(150);
    expect([awaits(LINK), awaits(LINK6)]).toEqual([true, false]);
    rig.advance(1800);
    expect(awaits(LINK)).toBe(true);
    rig.advance(200);
    expect(awaits(LINK)).toBe(false);
  });
});

describe("a question that is asked once", () => {
  test("is asked again after a second if nothing came, then never", () => {
    const rig = new QuerierRig();
    rig.ask({ mode: "once" });
    rig.advance(HOUR);
    expect(rig.sent).toHaveLength(2);
    expect(gaps(rig.askedAt())[0]).toBeGreaterThanOrEqual(1000);
  });

  test("is not asked again when something came, and its answer is not kept fresh", () => {
    const rig = new QuerierRig();
    const asker = rig.ask({ mode: "once" });
    rig.advance(500);
    rig.say([ptr("Office")]);
    rig.advance(2 * HOUR);
    expect(rig.sent).toHaveLength(1);
    expect(asker.told).toEqual(["added Office._ipp._tcp.local", "removed Office._ipp._tcp.local expired"]);
  });

  test("is asked though somebody asks the same at long intervals", () => {
    const rig = new QuerierRig();
    rig.ask();
    rig.advance(HOUR);
    rig.sent.length = 0;
    const since = rig.now;
    rig.ask({ mode: "once" });
    rig.advance(200);
    expect(rig.askedAt(since)).toHaveLength(1);
  });

  test("A62-008 becomes continuous when somebody asks so: that is no reason to ask again within the second", () => {
    const rig = new QuerierRig();
    rig.ask({ mode: "once" });
    rig.advance(200);
    rig.ask();
    rig.advance(10_000);
    expect(rig.sent.length).toBeGreaterThanOrEqual(4);
    expect(Math.min(...gaps(rig.askedAt()))).toBeGreaterThanOrEqual(1000);
  });

  test("becomes continuous when somebody asks so, and ends with him", () => {
    const rig = new QuerierRig();
    rig.ask({ mode: "once" });
    const lasting = rig.ask();
    rig.advance(8000);
    expect(rig.sent.length).toBeGreaterThanOrEqual(4);
    lasting.asking.end();
    rig.sent.length = 0;
    rig.advance(HOUR);
    expect(rig.sent).toEqual([]);
  });
});

test("a passive question is never asked, and is told what is heard", () => {
  const rig = new QuerierRig();
  const asker = rig.ask({ mode: "passive" });
  rig.say([ptr("Office")]);
  rig.advance(4_499_999);
  expect(rig.sent).toEqual([]);
  expect(asker.told).toEqual(["added Office._ipp._tcp.local"]);
  rig.advance(1);
  expect(asker.told.at(-1)).toBe("removed Office._ipp._tcp.local expired");
});

test("no more messages leave in a second than the limit says, and what has to wait is asked in the end", () => {
  const rig = new QuerierRig({ limits: { queriesPerSecond: 5 } });
  for (let i = 0; i < 1500; i++)
    rig.ask({ name: instance(`a printer with a long name ${i}`), type: TYPE.SRV });
  rig.advance(30_000);
  const at = rig.askedAt();
  at.forEach((instant, index) => {
    expect((at[index + 10] ?? Number.POSITIVE_INFINITY) - instant).toBeGreaterThanOrEqual(1000);
  });
  expect(new Set(rig.asked.flatMap((text) => text.split(", "))).size).toBe(1500);
});
