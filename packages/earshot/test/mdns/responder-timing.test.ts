import { describe, expect, test } from "vitest";
import { TYPE } from "../../src/mdns/record.ts";
import { a, PRINTER, ptr, question, ResponderRig, said, srv, txt, V4, WLAN, words } from "./responder-rig.ts";

const HOST = question("host.local", TYPE.A);
const SERVICE = question("Office._ipp._tcp.local", TYPE.SRV);
const TYPES = question("_services._dns-sd._udp.local", TYPE.PTR);
const INSTANCES = question("_ipp._tcp.local", TYPE.PTR);

function printer(options: ConstructorParameters<typeof ResponderRig>[0] = {}): ResponderRig {
  const rig = new ResponderRig(options);
  rig.have(PRINTER);
  return rig;
}

/** How long after now each message goes, and what it answers. */
function within(rig: ResponderRig, ms: number): (readonly [number, string[]])[] {
  const start = rig.now;
  rig.advance(ms);
  return rig.heard().map(({ at, message }) => [at - start, message.answers.map(words)]);
}

/** Delays of the answer to the same message, asked again and again, each time after it may be said again. */
function delays(count: number, ask: (rig: ResponderRig) => void, seed: number): number[] {
  const rig = printer({ seed });
  const found: number[] = [];
  for (let round = 0; round < count; round++) {
    rig.advance(5000);
    rig.heard();
    ask(rig);
    const start = rig.now;
    rig.advance(1000);
    for (const { at } of rig.heard()) found.push(at - start);
  }
  return found;
}

/** Pearson's measure of how far counts in bins of one size are from all the same. */
function chiSquare(values: readonly number[], from: number, to: number, bins: number): number {
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) {
    const bin = Math.floor(((value - from) / (to - from)) * bins);
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const expected = values.length / bins;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** What 19 degrees of freedom exceed once in a thousand. */
const MOST_CHI_SQUARE = 43.8;

describe("When an answer goes", () => {
  test("A62-033 B-24 what is ours alone is answered at once", () => {
    const rig = printer();
    rig.ask([HOST]);
    expect(rig.heard().map(({ at }) => at)).toEqual([rig.now]);
    rig.ask([question("Office._ipp._tcp.local", TYPE.ANY)]);
    expect(rig.heard().map(({ at }) => at)).toEqual([rig.now]);
    rig.ask([question("Office._ipp._tcp.local", TYPE.A)]);
    expect(rig.heard().map(({ at }) => at)).toEqual([rig.now]);
  });

  test("A62-034 A62-032 B-26 what others may answer too waits for 20 to 120 ms", () => {
    const found = delays(200, (rig) => rig.ask([INSTANCES]), 1);
    expect(found).toHaveLength(200);
    expect(Math.min(...found)).toBeGreaterThanOrEqual(20);
    expect(Math.max(...found)).toBeLessThanOrEqual(120);
  });

  test("B-27 A62-034 ten thousand delays are spread evenly over 20 to 120 ms", () => {
    const found = delays(10_000, (rig) => rig.ask([INSTANCES]), 20_26);
    expect(found).toHaveLength(10_000);
    expect(chiSquare(found, 20, 120, 20)).toBeLessThan(MOST_CHI_SQUARE);
  });

  test("B-30 A62-054 with several questions in the message all answers wait, spread evenly over 20 to 120 ms", () => {
    const found = delays(10_000, (rig) => rig.ask([HOST, question("nobody.local", TYPE.A)]), 30);
    expect(found).toHaveLength(10_000);
    expect(Math.min(...found)).toBeGreaterThanOrEqual(20);
    expect(chiSquare(found, 20, 120, 20)).toBeLessThan(MOST_CHI_SQUARE);
  });

  test("A62-035 A62-054 with TC set they wait for 400 to 500 ms, evenly", () => {
    const found = delays(4000, (rig) => rig.ask([HOST, INSTANCES], { truncated: true }), 35);
    expect(found).toHaveLength(4000);
    expect(Math.min(...found)).toBeGreaterThanOrEqual(400);
    expect(Math.max(...found)).toBeLessThanOrEqual(500);
    expect(chiSquare(found, 400, 500, 20)).toBeLessThan(MOST_CHI_SQUARE);
  });
});

describe("Answers that go together", () => {
  test("B-33 A62-055 two queries back to back are answered by one message", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const rig = printer({ seed });
      rig.ask([INSTANCES]);
      rig.advance(2);
      rig.ask([TYPES]);
      expect(within(rig, 700)).toEqual([
        [
          expect.any(Number),
          ["_ipp._tcp.local PTR Office._ipp._tcp.local", "_services._dns-sd._udp.local PTR _ipp._tcp.local"],
        ],
      ]);
    }
  });

  test("A62-055 an answer waits for another by half a second at most, however many are asked for", () => {
    const rig = new ResponderRig();
    const types = Array.from({ length: 200 }, (_, index) => `_t${index}._tcp.local`);
    rig.have(types.map((type) => ptr(type, `x.${type}`)));
    const asked = new Map<string, number>();
    for (const type of types) {
      asked.set(type, rig.now);
      rig.ask([question(type, TYPE.PTR)]);
      rig.advance(10);
    }
    rig.advance(1000);
    const heard = rig.heard();
    const waits = heard.flatMap(({ at, message }) =>
      message.answers.map(({ name }) => at - (asked.get(name.toString()) ?? 0)),
    );
    expect(waits).toHaveLength(200);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(20);
    expect(Math.max(...waits)).toBeLessThanOrEqual(620);
    expect(heard.length).toBeLessThan(10);
  });

  test("what is asked for twice while it waits is said once", () => {
    const rig = printer();
    rig.ask([INSTANCES]);
    rig.advance(10);
    rig.ask([INSTANCES], {}, { from: { address: "192.168.1.21" } });
    expect(within(rig, 3000)).toHaveLength(1);
  });

  test("what went at once need not be said again by what waited", () => {
    const rig = printer();
    rig.ask([HOST, INSTANCES]);
    rig.advance(5);
    rig.ask([HOST]);
    const [first, second, ...more] = within(rig, 2000);
    expect(first).toEqual([0, ["Host.local A 192.168.1.10"]]);
    expect(second?.[1]).toEqual(["_ipp._tcp.local PTR Office._ipp._tcp.local"]);
    expect(more).toEqual([]);
  });

  test("links do not wait for each other", () => {
    const rig = new ResponderRig({ links: [V4, WLAN] });
    rig.have(PRINTER, V4);
    rig.have(PRINTER, WLAN);
    rig.ask([INSTANCES]);
    rig.ask([INSTANCES], {}, { link: WLAN, from: { address: "10.0.0.20" } });
    rig.advance(200);
    expect(
      rig
        .heard()
        .map(({ link }) => link.id)
        .sort(),
    ).toEqual(["eth0/4", "wlan0/4"]);
  });
});

describe("How often", () => {
  test("A62-040 what was multicast in the last second is not multicast again", () => {
    const rig = printer();
    rig.ask([HOST]);
    expect(rig.heard()).toHaveLength(1);
    for (let ms = 50; ms < 500; ms += 50) {
      rig.advance(50);
      rig.ask([HOST]);
      rig.ask([HOST, SERVICE], {}, { from: { address: "192.168.1.99" } });
    }
    const again = rig.heard().flatMap(({ message }) => message.answers.map(words));
    expect(again).toEqual(["Office._ipp._tcp.local SRV Host.local"]);
  });

  test("A62-040 who asks shortly before the second is over is answered when it is", () => {
    const rig = printer();
    rig.ask([HOST]);
    rig.advance(900);
    rig.heard();
    rig.ask([HOST]);
    expect(within(rig, 1000)).toEqual([[100, ["Host.local A 192.168.1.10"]]]);
  });

  test("A62-040 a querier that asks again a second later, as all do, is answered however long the first answer waited", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const rig = printer({ seed });
      rig.ask([INSTANCES]);
      rig.advance(1000);
      const [first] = rig.heard();
      rig.ask([INSTANCES]);
      rig.advance(500);
      const [second] = rig.heard();
      expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(1000);
    }
  });

  test("A62-040 what was just announced need not be said, what is announced meanwhile neither", () => {
    const rig = new ResponderRig();
    const [host] = rig.have([a("host.local", "192.168.1.10")]);
    if (host) rig.own.multicast(host, rig.now);
    rig.advance(100);
    rig.ask([HOST]);
    rig.advance(700);
    rig.ask([HOST]);
    rig.advance(150);
    if (host) rig.own.multicast(host, rig.now);
    rig.advance(3000);
    expect(rig.heard()).toEqual([]);
  });

  test("A62-040 links are counted each by itself", () => {
    const rig = new ResponderRig({ links: [V4, WLAN] });
    rig.have([a("host.local", "192.168.1.10")], V4);
    rig.have([a("host.local", "10.0.0.10")], WLAN);
    rig.ask([HOST]);
    rig.ask([HOST], {}, { link: WLAN, from: { address: "10.0.0.20" } });
    expect(rig.heard()).toHaveLength(2);
  });

  test("A62-040 a negative is multicast once a second, too", () => {
    const rig = printer();
    const missing = question("Office._ipp._tcp.local", TYPE.A);
    rig.ask([missing]);
    rig.advance(400);
    rig.ask([missing]);
    expect(within(rig, 500)).toEqual([[-400, ["Office._ipp._tcp.local NSEC TXT+SRV"]]]);
    rig.ask([missing]);
    expect(within(rig, 500)).toEqual([[100, ["Office._ipp._tcp.local NSEC TXT+SRV"]]]);
  });

  test("A62-040 what went along with another answer counts as multicast", () => {
    const rig = printer();
    rig.ask([SERVICE]);
    const [first] = rig.heard();
    expect(first?.message.additionals.map(words)).toContain("Host.local A 192.168.1.10");
    rig.advance(100);
    rig.ask([HOST]);
    expect(within(rig, 300)).toEqual([]);
  });

  test("G-21 no more messages go to a link in a second than are allowed", () => {
    const rig = new ResponderRig({ limits: { multicastPerSecond: 10 } });
    const names = Array.from({ length: 40 }, (_, index) => `h${index}.local`);
    rig.have(names.map((name) => a(name, "192.168.1.10")));
    const reasons = names.map((name) => rig.ask([question(name, TYPE.A)]));
    expect(rig.heard()).toHaveLength(10);
    expect(reasons.filter((reason) => reason === "multicast-answers-in-all")).toHaveLength(30);
    rig.advance(500);
    for (const name of names) rig.ask([question(name, TYPE.A)]);
    expect(rig.heard()).toHaveLength(5);
  });

  test("G-21 what waited and may not go is counted where it would have gone", () => {
    const rig = new ResponderRig({ limits: { multicastPerSecond: 1 } });
    rig.have([a("one.local", "192.168.1.10"), ptr("_x._tcp.local", "x._x._tcp.local")]);
    rig.ask([question("_x._tcp.local", TYPE.PTR)]);
    rig.advance(10);
    rig.ask([question("one.local", TYPE.A)]);
    rig.advance(500);
    expect(rig.heard()).toHaveLength(1);
    expect(rig.dropped).toEqual(["multicast-answers-in-all"]);
    expect(rig.ground.dropped.get("multicast-answers-in-all")).toBe(1);
  });

  test("A62-040 who asks again while an answer waits that went out meanwhile is answered when the second is over", () => {
    const rig = new ResponderRig();
    const types = Array.from({ length: 40 }, (_, index) => `_t${index}._tcp.local`);
    rig.have([a("host.local", "192.168.1.10"), ...types.map((type) => ptr(type, `x.${type}`))]);
    rig.ask([HOST, question(types[0] ?? "", TYPE.PTR)]);
    rig.ask([HOST]);
    const start = rig.now;
    for (const type of types.slice(1)) {
      rig.advance(14);
      rig.ask([question(type, TYPE.PTR)]);
    }
    rig.ask([HOST]);
    rig.advance(2000);
    const times = rig
      .heard()
      .filter(({ message }) => message.answers.some(({ type }) => type === TYPE.A))
      .map(({ at }) => at - start);
    expect(times[0]).toBe(0);
    expect(times[1]).toBeGreaterThanOrEqual(1000);
    expect(times).toHaveLength(2);
  });
});

describe("Another host says the same", () => {
  const answer = ptr("_ipp._tcp.local", "Office._ipp._tcp.local");

  test("A62-071 what another said while our answer waited is not said again", () => {
    const rig = printer();
    rig.ask([INSTANCES]);
    rig.advance(10);
    rig.tell([said(answer)]);
    expect(within(rig, 700)).toEqual([]);
  });

  test("A62-071 it counts in whatever letter case, with a longer TTL and with what else is said", () => {
    const rig = printer();
    rig.ask([INSTANCES, TYPES]);
    rig.tell([said(ptr("_x._tcp.local", "y._x._tcp.local"))], {
      additionals: [said(ptr("_IPP._tcp.local", "OFFICE._ipp._tcp.local"), { ttl: 9000 })],
    });
    expect(within(rig, 700)[0]?.[1]).toEqual(["_services._dns-sd._udp.local PTR _ipp._tcp.local"]);
  });

  test("A62-071 with a shorter TTL, as a goodbye, before we were asked or to another alone it does not count", () => {
    const answered = [[expect.any(Number), ["_ipp._tcp.local PTR Office._ipp._tcp.local"]]];
    const late = printer();
    late.ask([TYPES]);
    late.tell([said(answer)]);
    late.advance(1);
    late.ask([INSTANCES]);
    late.advance(700);
    expect(late.heard().flatMap(({ message }) => message.answers)).toHaveLength(2);
    for (const ttl of [0, 4499]) {
      const rig = printer();
      rig.ask([INSTANCES]);
      rig.tell([said(answer, { ttl })]);
      expect(within(rig, 700)).toEqual(answered);
    }
    const alone = printer();
    alone.ask([INSTANCES]);
    alone.tell([said(answer)], {}, { to: "host" });
    expect(within(alone, 700)).toEqual(answered);
  });

  test("A62-071 A62-106 of a unique set all must have been said", () => {
    const rig = new ResponderRig();
    const [one, two] = [a("host.local", "192.168.1.10"), a("host.local", "192.168.1.11")];
    rig.have([one, two, txt("x.local")]);
    rig.ask([HOST, question("x.local", TYPE.TXT)]);
    rig.tell([said(one)]);
    rig.tell([said(srv("x.local", "host.local"))]);
    expect(within(rig, 700)[0]?.[1]).toHaveLength(3);
    rig.advance(5000);
    rig.ask([HOST, question("x.local", TYPE.TXT)]);
    rig.tell([said(one), said(two)]);
    expect(within(rig, 700)[0]?.[1]).toEqual(["x.local TXT"]);
  });

  test("A62-071 A62-068 it counts while known answers are waited for", () => {
    const rig = printer();
    rig.ask([INSTANCES], { truncated: true });
    rig.advance(100);
    rig.tell([said(answer)]);
    expect(within(rig, 700)).toEqual([]);
  });
});
