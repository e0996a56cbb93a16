import { describe, expect, test } from "vitest";
import { Name } from "../../src/mdns/name.ts";
import { CLASS, TYPE } from "../../src/mdns/record.ts";
import {
  a,
  aaaa,
  PRINTER,
  ptr,
  question,
  ResponderRig,
  said,
  shared,
  srv,
  txt,
  unique,
  V4,
  V6,
  WLAN,
  words,
} from "./responder-rig.ts";

/** What is answered to one question, whenever: the answer section in words. */
function answersTo(rig: ResponderRig, ...questions: Parameters<ResponderRig["ask"]>[0]): string[] {
  rig.advance(5000);
  rig.heard();
  rig.ask(questions);
  rig.advance(700);
  return rig.heard().flatMap(({ message }) => message.answers.map(words));
}

function printer(): ResponderRig {
  const rig = new ResponderRig();
  rig.have(PRINTER);
  return rig;
}

describe("Which records answer", () => {
  test("A62-026 a question of class IN or ANY is answered, one of another class is not", () => {
    const rig = printer();
    const host = ["Host.local A 192.168.1.10"];
    expect(answersTo(rig, question("host.local", TYPE.A, "QM", CLASS.IN))).toEqual(host);
    expect(answersTo(rig, question("host.local", TYPE.A, "QM", CLASS.ANY))).toEqual(host);
    expect(answersTo(rig, question("host.local", TYPE.A, "QM", 3))).toEqual([]);
    expect(answersTo(rig, question("host.local", TYPE.SRV, "QM", 3))).toEqual([]);
  });

  test("A62-026 A62-145 the QU bit is no part of the class that is asked for", () => {
    const rig = printer();
    expect(answersTo(rig, question("host.local", TYPE.A, "QU"))).toEqual(["Host.local A 192.168.1.10"]);
  });

  test("A62-056 a question for ANY gets every record of the name", () => {
    const rig = printer();
    rig.have([ptr("mixed.local", "one.local"), ptr("mixed.local", "two.local")]);
    expect(answersTo(rig, question("host.local", TYPE.ANY))).toEqual([
      "Host.local A 192.168.1.10",
      "Host.local AAAA fe80::10",
    ]);
    expect(answersTo(rig, question("mixed.local", TYPE.ANY, "QM", CLASS.ANY))).toEqual([
      "mixed.local PTR one.local",
      "mixed.local PTR two.local",
    ]);
  });

  test("A62-125 B-43 B-25 names are ours in whatever case they are asked for, and are said in our own", () => {
    const rig = printer();
    expect(answersTo(rig, question("HOST.LOCAL", TYPE.A))).toEqual(["Host.local A 192.168.1.10"]);
    expect(answersTo(rig, question("oFFICE._IPP._tcp.Local", TYPE.ANY))).toEqual([
      "Office._ipp._tcp.local SRV Host.local",
      "Office._ipp._tcp.local TXT",
    ]);
  });

  test("an alias answers for every type of its name", () => {
    const rig = printer();
    rig.have([unique("www.local", TYPE.CNAME, { kind: "CNAME", target: Name.parse("Host.local") })]);
    expect(answersTo(rig, question("www.local", TYPE.A))).toEqual(["www.local CNAME Host.local"]);
    expect(answersTo(rig, question("www.local", TYPE.CNAME))).toEqual(["www.local CNAME Host.local"]);
    rig.advance(2000);
    rig.ask([question("www.local", TYPE.A)]);
    const [sent] = rig.heard();
    expect(sent?.message.additionals.map(words)).toContain("Host.local A 192.168.1.10");
  });

  test("A62-053 of several questions each that we can answer is answered", () => {
    const rig = printer();
    const answers = answersTo(
      rig,
      question("nobody.local", TYPE.A),
      question("host.local", TYPE.A),
      question("_ipp._tcp.local", TYPE.PTR),
      question("office._ipp._tcp.local", TYPE.TXT),
    );
    expect(answers).toEqual([
      "Host.local A 192.168.1.10",
      "_ipp._tcp.local PTR Office._ipp._tcp.local",
      "Office._ipp._tcp.local TXT",
    ]);
  });

  test("A62-001 what is still being probed for answers nothing", () => {
    const rig = new ResponderRig();
    rig.own.hold(V4, a("new.local", "192.168.1.10"), 1, false);
    expect(answersTo(rig, question("new.local", TYPE.A))).toEqual([]);
    expect(answersTo(rig, question("new.local", TYPE.SRV))).toEqual([]);
  });

  test("A62-049 A62-120 a link is told the addresses that are valid on it, and no others", () => {
    const rig = new ResponderRig({ links: [V4, WLAN] });
    rig.have([a("host.local", "192.168.1.10")], V4);
    rig.have([a("host.local", "10.0.0.10")], WLAN);
    rig.ask([question("host.local", TYPE.A)]);
    rig.ask([question("host.local", TYPE.A)], {}, { link: WLAN, from: { address: "10.0.0.20" } });
    const heard = rig.heard();
    expect(heard.map(({ link, message }) => [link.id, message.answers.map(words)])).toEqual([
      ["eth0/4", ["host.local A 192.168.1.10"]],
      ["wlan0/4", ["host.local A 10.0.0.10"]],
    ]);
  });

  test("A62-106 A62-107 B-40 a record of a unique set takes the whole set with it, each with the cache-flush bit", () => {
    const rig = new ResponderRig();
    rig.have([a("host.local", "192.168.1.10"), a("host.local", "192.168.1.11")]);
    const known = [said(a("host.local", "192.168.1.10"))];
    rig.ask([question("host.local", TYPE.A)], { answers: known });
    const [sent] = rig.heard();
    expect(sent?.message.answers.map(({ flush, ...record }) => [words(record), flush])).toEqual([
      ["host.local A 192.168.1.10", true],
      ["host.local A 192.168.1.11", true],
    ]);
  });

  test("A62-110 B-42 shared records are said without the cache-flush bit", () => {
    const rig = printer();
    rig.ask([question("_ipp._tcp.local", TYPE.PTR)]);
    rig.advance(200);
    const [sent] = rig.heard();
    expect(sent?.message.answers.map(({ type, flush }) => [type, flush])).toEqual([[TYPE.PTR, false]]);
    expect(sent?.message.additionals.every(({ flush }) => flush)).toBe(true);
  });

  test("A62-025 what others say is never said by us", () => {
    const rig = printer();
    rig.tell([said(ptr("_ipp._tcp.local", "Other._ipp._tcp.local"))]);
    rig.ask([question("_ipp._tcp.local", TYPE.PTR)], {
      answers: [said(ptr("_ipp._tcp.local", "Third._ipp._tcp.local"))],
    });
    rig.advance(200);
    const all = rig.heard().flatMap(({ message }) => [...message.answers, ...message.additionals].map(words));
    expect(all.length).toBeGreaterThan(0);
    expect(all.filter((word) => word.includes("Other") || word.includes("Third"))).toEqual([]);
  });

  test("what was withdrawn or changed while the answer waited is said as it is now, or not at all", () => {
    const rig = new ResponderRig();
    const [gone, kept] = rig.have([
      ptr("_x._tcp.local", "A._x._tcp.local"),
      ptr("_x._tcp.local", "B._x._tcp.local"),
    ]);
    const [first] = rig.have([txt("B._x._tcp.local", "v=1")]);
    rig.ask([question("_x._tcp.local", TYPE.PTR), question("B._x._tcp.local", TYPE.TXT)]);
    if (gone) rig.own.release(gone, 1);
    if (first) rig.own.release(first, 1);
    rig.have([txt("B._x._tcp.local", "v=2")]);
    rig.advance(200);
    const [sent] = rig.heard();
    expect(sent?.message.answers.map(({ data }) => data)).toEqual([
      kept?.data,
      { kind: "TXT", bytes: new TextEncoder().encode("\x03v=2") },
    ]);
  });
});

describe("What there is not", () => {
  test("A62-027 names that are not ours are met with silence", () => {
    const rig = printer();
    expect(answersTo(rig, question("nobody.local", TYPE.ANY), question("other.local", TYPE.A))).toEqual([]);
    expect(rig.ground.agenda.size).toBe(0);
  });

  test("A62-028 A62-042 A62-043 A62-047 M28 a type that a unique name has not is denied by NSEC in the short form", () => {
    const rig = printer();
    rig.ask([question("Office._ipp._tcp.local", TYPE.A)]);
    const [sent] = rig.heard();
    const [nsec] = sent?.message.answers ?? [];
    expect(sent?.message.answers).toHaveLength(1);
    expect(nsec).toMatchObject({ type: TYPE.NSEC, class: CLASS.IN, flush: true });
    expect(nsec?.name.toString()).toBe("Office._ipp._tcp.local");
    expect(nsec?.data).toMatchObject({ kind: "NSEC", types: [TYPE.TXT, TYPE.SRV] });
    if (nsec?.data.kind === "NSEC") expect(nsec.data.next.equals(nsec.name)).toBe(true);
    // One pointer for the next name, window 0 of five bytes, and no bit for NSEC itself.
    expect([...(sent?.bytes.slice(-9) ?? [])]).toEqual([0xc0, 0x0c, 0, 5, 0, 0, 0x80, 0, 0x40]);
  });

  test("A62-048 a negative lives as long as the record would have", () => {
    const rig = printer();
    rig.have([a("brief.local", "192.168.1.10", 60), txt("only.local", "x")]);
    const ttlOf = (name: string, type: number): number | undefined => {
      rig.advance(2000);
      rig.heard();
      rig.ask([question(name, type)]);
      return rig.heard()[0]?.message.answers[0]?.ttl;
    };
    expect(ttlOf("Office._ipp._tcp.local", TYPE.AAAA)).toBe(120);
    expect(ttlOf("Host.local", TYPE.TXT)).toBe(4500);
    expect(ttlOf("brief.local", TYPE.AAAA)).toBe(60);
    expect(ttlOf("only.local", TYPE.A)).toBe(120);
  });

  test("A62-029 nothing is denied of a name that others may share", () => {
    const rig = printer();
    expect(answersTo(rig, question("_ipp._tcp.local", TYPE.TXT))).toEqual([]);
    rig.have([
      shared("both.local", TYPE.PTR, { kind: "PTR", target: Name.parse("x.local") }),
      a("both.local", "192.168.1.10"),
    ]);
    expect(answersTo(rig, question("both.local", TYPE.TXT))).toEqual([]);
  });

  test("A62-044 a name with a type above 255 has no NSEC in the short form", () => {
    const rig = new ResponderRig();
    rig.have([
      a("host.local", "192.168.1.10"),
      unique("host.local", 257, { kind: "opaque", bytes: Uint8Array.of(1) }),
    ]);
    expect(answersTo(rig, question("host.local", TYPE.AAAA))).toEqual([]);
    expect(answersTo(rig, question("host.local", 257))).toEqual(["host.local 257"]);
  });

  test("A62-052 a family is not denied on the link of the other one while the interface has it", () => {
    const rig = new ResponderRig({ links: [V4, V6] });
    rig.have([a("host.local", "192.168.1.10")], V4);
    const [v6] = rig.have([aaaa("host.local", "fe80::10")], V6);
    expect(answersTo(rig, question("host.local", TYPE.AAAA))).toEqual([]);
    rig.ask([question("host.local", TYPE.A)]);
    expect(rig.heard().flatMap(({ message }) => message.additionals)).toEqual([]);
    if (v6) rig.own.release(v6, 1);
    expect(answersTo(rig, question("host.local", TYPE.AAAA))).toEqual(["host.local NSEC A"]);
  });

  test("a type that is about to be there is not denied", () => {
    const rig = new ResponderRig();
    rig.have([a("host.local", "192.168.1.10")]);
    rig.own.hold(V4, aaaa("host.local", "fe80::10"), 1, false);
    expect(answersTo(rig, question("host.local", TYPE.AAAA))).toEqual([]);
    expect(answersTo(rig, question("host.local", TYPE.SRV))).toEqual(["host.local NSEC A+AAAA"]);
  });

  test("A62-028 two types that a name has not are denied by one NSEC, of the shorter life", () => {
    const rig = printer();
    rig.ask([question("Office._ipp._tcp.local", TYPE.HTTPS), question("Office._ipp._tcp.local", TYPE.A)]);
    rig.advance(200);
    const answers = rig.heard().flatMap(({ message }) => message.answers);
    expect(answers.map((record) => [words(record), record.ttl])).toEqual([
      ["Office._ipp._tcp.local NSEC TXT+SRV", 120],
    ]);
  });
});

describe("The message", () => {
  test("A62-030 A62-132 A62-134 A62-136 A62-138 A62-038 it has id 0, AA, no TC, no question, and goes to the group", () => {
    const rig = printer();
    rig.ask([question("host.local", TYPE.A), question("_ipp._tcp.local", TYPE.PTR)], { id: 0x1234 });
    rig.advance(200);
    const [sent] = rig.heard();
    expect(sent?.to).toBe("group");
    expect(sent?.message).toMatchObject({
      kind: "response",
      id: 0,
      opcode: 0,
      rcode: 0,
      authoritative: true,
      truncated: false,
      questions: [],
      authorities: [],
    });
    expect([...(sent?.bytes.slice(2, 4) ?? [])]).toEqual([0x84, 0]);
  });

  test("B-37 B-54 a question asked over and over in one message is answered once", () => {
    const rig = printer();
    rig.ask([
      ...Array.from({ length: 32 }, () => question("host.local", TYPE.A)),
      question("HOST.local", TYPE.ANY),
      question("_ipp._tcp.local", TYPE.PTR),
      question("office._ipp._tcp.local", TYPE.SRV),
    ]);
    rig.advance(200);
    const [sent, ...more] = rig.heard();
    const all = [...(sent?.message.answers ?? []), ...(sent?.message.additionals ?? [])].map(words);
    expect(more).toEqual([]);
    expect(new Set(all).size).toBe(all.length);
    expect(all).toContain("Host.local A 192.168.1.10");
  });

  test("M-11 a query from port 0 has nowhere to be answered", () => {
    const rig = printer();
    expect(rig.ask([question("host.local", TYPE.A)], {}, { from: { port: 0 } })).toBe("no-reply-port");
    rig.advance(1000);
    expect(rig.heard()).toEqual([]);
  });

  test("a link that went takes what was to be said there with it", () => {
    const rig = new ResponderRig({ links: [V4, WLAN] });
    rig.have(PRINTER, WLAN);
    const arrival = { link: WLAN, from: { address: "10.0.0.20" } };
    rig.ask([question("_ipp._tcp.local", TYPE.PTR)], {}, arrival);
    rig.ask([question("_services._dns-sd._udp.local", TYPE.PTR)], { truncated: true }, arrival);
    expect(rig.ground.agenda.size).toBe(2);
    rig.relink([V4]);
    expect(rig.ground.agenda.size).toBe(0);
    rig.advance(1000);
    expect(rig.heard()).toEqual([]);
  });

  test("a service is answered with all there is of it, so that nothing more need be asked", () => {
    const rig = new ResponderRig();
    rig.have([
      srv("Web._http._tcp.local", "host.local"),
      txt("Web._http._tcp.local"),
      a("host.local", "192.168.1.10"),
      ptr("_http._tcp.local", "Web._http._tcp.local"),
    ]);
    rig.ask([question("_http._tcp.local", TYPE.PTR)]);
    rig.advance(200);
    const [sent] = rig.heard();
    expect(sent?.message.additionals.map(words)).toEqual([
      "Web._http._tcp.local SRV host.local",
      "Web._http._tcp.local TXT",
      "host.local A 192.168.1.10",
      "host.local NSEC A",
    ]);
  });
});
