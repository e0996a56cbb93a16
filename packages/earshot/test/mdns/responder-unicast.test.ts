import { describe, expect, test } from "vitest";
import { Name } from "../../src/mdns/name.ts";
import { CLASS, TYPE } from "../../src/mdns/record.ts";
import { ASKER, a, aaaa, PRINTER, ptr, question, ResponderRig, said, V6, words } from "./responder-rig.ts";

const HOST = question("host.local", TYPE.A);
const HOST_QU = question("host.local", TYPE.A, "QU");
const INSTANCES_QU = question("_ipp._tcp.local", TYPE.PTR, "QU");
const LEGACY = { from: { port: 40_000 } };

function printer(options: ConstructorParameters<typeof ResponderRig>[0] = {}): ResponderRig {
  const rig = new ResponderRig(options);
  for (const record of rig.have(PRINTER)) rig.own.multicast(record, rig.now);
  rig.advance(2000);
  return rig;
}

describe("Questions that would be answered by unicast", () => {
  test("A62-021 what all have heard lately goes to the asker alone, with the cache-flush bit", () => {
    const rig = printer();
    rig.ask([HOST_QU]);
    const [sent, ...more] = rig.heard();
    expect(more).toEqual([]);
    expect(sent?.to).toEqual(ASKER);
    expect(sent?.message).toMatchObject({ id: 0, questions: [], authoritative: true });
    expect(sent?.message.answers.map((record) => [words(record), record.flush])).toEqual([
      ["Host.local A 192.168.1.10", true],
    ]);
    expect(sent?.message.additionals.map(words)).toEqual(["Host.local AAAA fe80::10"]);
  });

  test("A62-022 M-40 what was not multicast in the last quarter of its TTL goes to all", () => {
    const rig = new ResponderRig();
    rig.have([a("host.local", "192.168.1.10")]);
    rig.ask([HOST_QU]);
    expect(rig.heard().map(({ to }) => to)).toEqual(["group"]);
    rig.advance(30_000);
    rig.ask([HOST_QU]);
    expect(rig.heard().map(({ to }) => to)).toEqual([ASKER]);
    rig.advance(1);
    rig.ask([HOST_QU]);
    expect(rig.heard().map(({ to }) => to)).toEqual(["group"]);
  });

  test("A62-022 A62-040 what may not be multicast again yet goes to the asker alone, however short its TTL", () => {
    const rig = new ResponderRig();
    const [brief] = rig.have([a("host.local", "192.168.1.10", 2)]);
    if (brief) rig.own.multicast(brief, rig.now - 900);
    rig.ask([HOST_QU]);
    expect(rig.heard().map(({ to }) => to)).toEqual([ASKER]);
  });

  test("A62-022 A62-106 a unique set goes one way, as a whole", () => {
    const rig = new ResponderRig();
    const [first] = rig.have([a("host.local", "192.168.1.10"), a("host.local", "192.168.1.11")]);
    if (first) rig.own.multicast(first, rig.now - 5000);
    rig.ask([HOST_QU]);
    expect(rig.heard().map(({ to, message }) => [to, message.answers.length])).toEqual([["group", 2]]);
  });

  test("A62-034 B-26 by unicast, too, what others may answer waits for 20 to 120 ms", () => {
    for (let seed = 1; seed < 30; seed++) {
      const rig = printer({ seed });
      const start = rig.now;
      rig.ask([INSTANCES_QU]);
      rig.advance(500);
      const [sent] = rig.heard();
      expect(sent?.to).toEqual(ASKER);
      expect((sent?.at ?? 0) - start).toBeGreaterThanOrEqual(20);
      expect((sent?.at ?? 0) - start).toBeLessThanOrEqual(120);
    }
  });

  test("A62-021 of a message with both kinds of questions each is answered its own way", () => {
    const rig = printer();
    rig.ask([HOST_QU, question("_services._dns-sd._udp.local", TYPE.PTR)]);
    rig.advance(500);
    const heard = rig.heard().map(({ to, message }) => [to, message.answers.map(words)]);
    expect(heard).toHaveLength(2);
    expect(heard).toContainEqual([ASKER, ["Host.local A 192.168.1.10"]]);
    expect(heard).toContainEqual(["group", ["_services._dns-sd._udp.local PTR _ipp._tcp.local"]]);
  });

  test("what is asked for both ways goes to all", () => {
    const rig = printer();
    rig.ask([HOST_QU, HOST]);
    rig.advance(500);
    expect(rig.heard().map(({ to }) => to)).toEqual(["group"]);
  });

  test("A62-055 one asker's answers go in one message, each asker's in its own", () => {
    const rig = printer();
    const other = { address: "192.168.1.21", port: 5353 };
    rig.ask([INSTANCES_QU]);
    rig.ask([question("_services._dns-sd._udp.local", TYPE.PTR, "QU")]);
    rig.ask([INSTANCES_QU], {}, { from: other });
    rig.advance(700);
    const heard = rig.heard().map(({ to, message }) => [to, message.answers.length]);
    expect(heard).toHaveLength(2);
    expect(heard).toContainEqual([ASKER, 2]);
    expect(heard).toContainEqual([other, 1]);
  });

  test("A62-063 what the asker knows is not said by unicast either", () => {
    const rig = printer();
    rig.ask([HOST_QU], { answers: [said(a("host.local", "192.168.1.10"))] });
    rig.ask([INSTANCES_QU], { answers: [said(ptr("_ipp._tcp.local", "Office._ipp._tcp.local"))] });
    rig.advance(700);
    expect(rig.heard()).toEqual([]);
  });

  test("A62-071 what is said to all while the answer waits is not said to the asker again", () => {
    const rig = printer();
    rig.ask([INSTANCES_QU]);
    rig.tell([said(ptr("_ipp._tcp.local", "Office._ipp._tcp.local"))]);
    rig.advance(700);
    expect(rig.heard()).toEqual([]);
  });

  test("what is announced to all while the answer waits is not said to the asker again", () => {
    const rig = printer();
    rig.ask([INSTANCES_QU]);
    rig.advance(10);
    for (const record of rig.own.on("eth0/4")) rig.own.multicast(record, rig.now);
    rig.advance(700);
    expect(rig.heard()).toEqual([]);
  });

  test("A62-040 unicast is not held to once a second", () => {
    const rig = printer();
    for (let time = 0; time < 5; time++) rig.ask([HOST_QU]);
    expect(rig.heard()).toHaveLength(5);
  });

  test("A62-023 a query to us alone is answered as if it asked for unicast, and at once: nobody else was asked", () => {
    const rig = printer();
    rig.ask([HOST, question("_ipp._tcp.local", TYPE.PTR)], {}, { to: "host" });
    expect(rig.heard().map(({ to, message }) => [to, message.answers.length])).toEqual([[ASKER, 2]]);
    const fresh = new ResponderRig();
    fresh.have(PRINTER);
    fresh.ask([HOST], {}, { to: "host" });
    expect(fresh.heard().map(({ to }) => to)).toEqual(["group"]);
  });

  test("A62-024 M-16 a query to us alone from another network is met with silence", () => {
    const rig = printer();
    for (const address of ["10.1.2.3", "8.8.8.8", "127.0.0.1", "192.168.2.20", "224.0.0.251"]) {
      expect(rig.ask([HOST, INSTANCES_QU], {}, { to: "host", from: { address } })).toBeUndefined();
      rig.ask([HOST], {}, { to: "host", from: { address, port: 40_000 } });
    }
    rig.advance(1000);
    expect(rig.heard()).toEqual([]);
  });

  test("A62-117 M-16 a query to the group that seems to come from another network is answered to the group", () => {
    const rig = printer();
    rig.ask([HOST_QU], {}, { from: { address: "10.1.2.3" } });
    expect(rig.heard().map(({ to }) => to)).toEqual(["group"]);
    rig.ask(
      [question("host.local", TYPE.ANY, "QU")],
      { authorities: [said(a("host.local", "10.1.2.3"))] },
      {
        from: { address: "10.1.2.3" },
      },
    );
    rig.advance(300);
    expect(rig.heard().map(({ to }) => to)).toEqual(["group"]);
  });

  test("A62-117 over IPv6 the prefixes of the link decide", () => {
    const rig = new ResponderRig({ links: [V6] });
    for (const record of rig.have([aaaa("host.local", "fe80::10")], V6))
      rig.own.multicast(record, rig.now - 5000);
    const asked = question("host.local", TYPE.AAAA, "QU");
    rig.ask([asked], {}, { link: V6, from: { address: "fe80::77" } });
    rig.ask([asked], {}, { link: V6, from: { address: "2001:db8::77" } });
    expect(rig.heard().map(({ to }) => to)).toEqual([{ address: "fe80::77", port: 5353 }, "group"]);
  });
});

describe("Resolvers of old", () => {
  test("A62-059 A62-060 A62-133 one that asks from another port is answered at once, there, with its id and question", () => {
    const rig = printer();
    const asked = question("HOST.local", TYPE.A);
    rig.ask([asked], { id: 0x4d2 }, LEGACY);
    const [sent, ...more] = rig.heard();
    expect(more).toEqual([]);
    expect(sent?.at).toBe(rig.now);
    expect(sent?.to).toEqual({ address: ASKER.address, port: 40_000 });
    expect(sent?.message).toMatchObject({ kind: "response", id: 0x4d2, rcode: 0, truncated: false });
    expect(sent?.message.questions.map(({ name, type }) => [name.toString(), type])).toEqual([
      ["HOST.local", TYPE.A],
    ]);
    expect(sent?.message.answers.map(words)).toEqual(["Host.local A 192.168.1.10"]);
  });

  test("A62-061 A62-062 A62-108 B-51 no record of the reply has the cache-flush bit or lives longer than 10 s", () => {
    const rig = printer();
    rig.have([a("brief.local", "192.168.1.10", 5)]);
    rig.ask([question("Office._ipp._tcp.local", TYPE.ANY), question("brief.local", TYPE.A)], {}, LEGACY);
    const [sent] = rig.heard();
    const records = [...(sent?.message.answers ?? []), ...(sent?.message.additionals ?? [])];
    expect(records.length).toBeGreaterThan(4);
    expect(records.filter(({ flush }) => flush)).toEqual([]);
    expect(records.map(({ ttl }) => ttl)).toEqual([10, 10, 5, 10, 10, 5]);
  });

  test("A62-151 the target of SRV is written out", () => {
    const rig = printer();
    rig.ask([question("Office._ipp._tcp.local", TYPE.SRV)], {}, LEGACY);
    const [legacy] = rig.heard();
    expect(latin(legacy?.bytes).match(/\x04Host\x05local\x00/g)).toHaveLength(1);
    rig.ask([question("Office._ipp._tcp.local", TYPE.SRV, "QU")]);
    const [modern] = rig.heard();
    expect(modern?.bytes.length).toBeLessThan(legacy?.bytes.length ?? 0);
    expect(latin(modern?.bytes)).toMatch(/\x04Host\xc0/);
  });

  test("A62-034 it is answered at once also where others may answer, for it asks nobody else again", () => {
    const rig = printer();
    rig.ask([question("_ipp._tcp.local", TYPE.PTR), HOST], { truncated: true }, LEGACY);
    expect(rig.heard().map(({ message }) => message.answers.length)).toEqual([2]);
    expect(rig.ground.agenda.size).toBe(0);
  });

  test("A62-028 it is told what a name of ours has not", () => {
    const rig = printer();
    rig.ask([question("host.local", TYPE.TXT)], {}, LEGACY);
    expect(rig.heard()[0]?.message.answers.map(words)).toEqual(["Host.local NSEC A+AAAA"]);
  });

  test("A62-040 the reply does not count as multicast, nor does it wait for what was", () => {
    const rig = printer();
    rig.ask([HOST], {}, LEGACY);
    rig.ask([HOST]);
    rig.ask([HOST], {}, LEGACY);
    expect(rig.heard().map(({ to }) => to === "group")).toEqual([false, true, false]);
  });

  test("512 bytes are the most where it does not say to take more; TC says that there is more", () => {
    const rig = printer();
    rig.have(
      Array.from({ length: 60 }, (_, index) =>
        ptr("_x._tcp.local", `instance number ${index}._x._tcp.local`),
      ),
    );
    const asked = question("_x._tcp.local", TYPE.PTR);
    rig.ask([asked], {}, LEGACY);
    const edns = (bytes: number) => [
      {
        name: Name.root,
        type: TYPE.OPT,
        class: bytes,
        flush: false,
        ttl: 0,
        data: { kind: "OPT" as const, options: [] },
      },
    ];
    rig.ask([asked], { additionals: edns(1232) }, LEGACY);
    rig.ask([asked], { additionals: edns(9000) }, LEGACY);
    rig.ask([HOST], { additionals: edns(100) }, LEGACY);
    rig.ask([asked], { additionals: edns(100) }, LEGACY);
    const [plain, more, most, little, least] = rig.heard();
    expect(least?.bytes.length).toBeGreaterThan(470);
    expect(plain?.bytes.length).toBeLessThanOrEqual(512);
    expect(plain?.bytes.length).toBeGreaterThan(470);
    expect(plain?.message.truncated).toBe(true);
    expect(more?.bytes.length).toBeLessThanOrEqual(1232);
    expect(more?.bytes.length).toBeGreaterThan(1180);
    expect(most?.bytes.length).toBeLessThanOrEqual(1472);
    expect(little?.message.truncated).toBe(false);
    expect(little?.message.additionals.map(({ type, class: code }) => [type, code])).toEqual([
      [TYPE.OPT, 1472],
      [TYPE.AAAA, CLASS.IN],
    ]);
  });

  test("A62-027 what is not ours it is not told, not even that", () => {
    const rig = printer();
    expect(rig.ask([question("nobody.local", TYPE.A)], {}, LEGACY)).toBeUndefined();
    expect(rig.ask([question("_ipp._tcp.local", TYPE.TXT)], {}, LEGACY)).toBeUndefined();
    expect(rig.heard()).toEqual([]);
  });

  test("M-16 A62-117 one that seems to be in another network is not answered at all", () => {
    const rig = printer();
    rig.ask([HOST], {}, { from: { address: "10.1.2.3", port: 40_000 } });
    rig.advance(1000);
    expect(rig.heard()).toEqual([]);
  });
});

describe("How much goes to one", () => {
  test("M-18 G-22 one source has 20 messages a second, 40 at once", () => {
    const rig = printer();
    const burst = Array.from({ length: 100 }, () => rig.ask([question("host.local", TYPE.ANY)], {}, LEGACY));
    expect(rig.heard()).toHaveLength(40);
    expect(burst.filter((reason) => reason === "unicast-answers-per-source")).toHaveLength(60);
    rig.advance(1000);
    for (let time = 0; time < 100; time++) rig.ask([HOST_QU]);
    expect(rig.heard()).toHaveLength(20);
    rig.ask([HOST_QU], {}, { from: { address: "192.168.1.21" } });
    expect(rig.heard()).toHaveLength(1);
  });

  test("M-18 G-22 all sources together have 200 messages a second", () => {
    const rig = printer();
    const reasons = new Set<string | undefined>();
    for (let host = 1; host < 200; host++)
      for (let time = 0; time < 3; time++)
        reasons.add(rig.ask([HOST], {}, { from: { address: `192.168.1.${host}`, port: 40_000 } }));
    expect(rig.heard()).toHaveLength(200);
    expect(reasons).toEqual(new Set([undefined, "unicast-answers-in-all"]));
  });

  test("G-22 what waited and may not go is counted where it would have gone", () => {
    const rig = printer({ limits: { unicastPerSecondPerSource: 1, unicastBurstPerSource: 1 } });
    rig.ask([INSTANCES_QU]);
    rig.ask([HOST_QU]);
    rig.advance(500);
    expect(rig.heard()).toHaveLength(1);
    expect(rig.dropped).toEqual(["unicast-answers-per-source"]);
  });

  test("answers wait for 512 askers at once, and no more", () => {
    const rig = new ResponderRig({
      links: [{ ...V6, address: "fd00::1", addresses: [{ address: "fd00::1", prefixLength: 64 }] }],
    });
    for (const record of rig.have(PRINTER, V6)) rig.own.multicast(record, rig.now - 5000);
    const reasons = Array.from({ length: 600 }, (_, host) =>
      rig.ask([INSTANCES_QU], {}, { link: V6, from: { address: `fd00::1:${host.toString(16)}` } }),
    );
    expect(reasons.filter((reason) => reason === "answers-pending")).toHaveLength(600 - 512);
    rig.relink([]);
    expect(rig.ground.agenda.size).toBe(0);
    rig.relink([V6]);
    expect(rig.ask([INSTANCES_QU], {}, { link: V6, from: { address: "fe80::77" } })).toBeUndefined();
    rig.advance(200);
    expect(rig.heard()).toHaveLength(1);
  });

  test("askers that were answered make room for others", () => {
    const rig = new ResponderRig({ links: [V6] });
    const live = rig.have(PRINTER, V6);
    for (let host = 0; host < 600; host++) {
      for (const record of live) rig.own.multicast(record, rig.now - 2000);
      const from = { address: `fe80::1:${host.toString(16)}` };
      expect(rig.ask([INSTANCES_QU], {}, { link: V6, from })).toBeUndefined();
      rig.advance(200);
    }
    expect(rig.heard()).toHaveLength(600);
  });

  test("sets that wait for askers are bounded in all", () => {
    const rig = new ResponderRig();
    const names = Array.from({ length: 200 }, (_, index) => `_t${index}._tcp.local`);
    for (const record of rig.have(names.map((name) => ptr(name, `x.${name}`))))
      rig.own.multicast(record, rig.now - 5000);
    const questions = names.map((name) => question(name, TYPE.PTR, "QU"));
    const reasons = Array.from({ length: 60 }, (_, host) =>
      rig.ask(questions, {}, { from: { address: `192.168.1.${host + 30}` } }),
    );
    expect(reasons.filter((reason) => reason === "answers-pending")).toHaveLength(10);
    rig.advance(1000);
    expect(rig.ask(questions)).toBeUndefined();
  });
});

function latin(bytes: Uint8Array = new Uint8Array()): string {
  return String.fromCharCode(...bytes);
}
