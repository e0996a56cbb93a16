import { describe, expect, test } from "vitest";
import { Name } from "../../src/mdns/name.ts";
import { TYPE } from "../../src/mdns/record.ts";
import {
  a,
  aaaa,
  PRINTER,
  ptr,
  question,
  ResponderRig,
  said,
  srv,
  txt,
  unique,
  V4,
  V6,
  words,
} from "./responder-rig.ts";

const SRV = "Office._ipp._tcp.local SRV Host.local";
const TXT = "Office._ipp._tcp.local TXT";
const A = "Host.local A 192.168.1.10";
const AAAA = "Host.local AAAA fe80::10";

/** What goes with the answer to one question. */
function withAnswer(rig: ResponderRig, name: string, type: number, link = V4): string[] {
  rig.advance(5000);
  rig.heard();
  rig.ask([question(name, type)], {}, { link, from: { address: link === V6 ? "fe80::20" : "192.168.1.20" } });
  rig.advance(200);
  return rig.heard().flatMap(({ message }) => message.additionals.map(words));
}

function printer(): ResponderRig {
  const rig = new ResponderRig();
  rig.have(PRINTER);
  return rig;
}

describe("What goes with an answer", () => {
  test("A63-038 B-38 B-25 M29 with a pointer to an instance go its SRV and TXT and the addresses of its host", () => {
    expect(withAnswer(printer(), "_ipp._tcp.local", TYPE.PTR)).toEqual([SRV, TXT, A, AAAA]);
  });

  test("A63-039 B-38 with SRV go the addresses of its target", () => {
    expect(withAnswer(printer(), "Office._ipp._tcp.local", TYPE.SRV)).toEqual([A, AAAA]);
  });

  test("A63-040 with TXT goes nothing", () => {
    expect(withAnswer(printer(), "Office._ipp._tcp.local", TYPE.TXT)).toEqual([]);
  });

  test("with a pointer to a type goes nothing", () => {
    expect(withAnswer(printer(), "_services._dns-sd._udp.local", TYPE.PTR)).toEqual([]);
  });

  test("A62-050 with an address of one family go those of the other", () => {
    const rig = printer();
    rig.have([aaaa("Host.local", "fd00::10")]);
    expect(withAnswer(rig, "host.local", TYPE.A)).toEqual([AAAA, "Host.local AAAA fd00::10"]);
    expect(withAnswer(rig, "host.local", TYPE.AAAA)).toEqual([A]);
    expect(withAnswer(rig, "host.local", TYPE.ANY)).toEqual([]);
  });

  test("A62-051 with the addresses of a host of one family goes that it has none of the other", () => {
    const rig = new ResponderRig({ links: [V4, { ...V6, id: "eth1/6", interfaceName: "eth1" }] });
    rig.have([...PRINTER.filter(({ type }) => type !== TYPE.AAAA), aaaa("six.local", "fe80::10")]);
    expect(withAnswer(rig, "host.local", TYPE.A)).toEqual(["Host.local NSEC A"]);
    expect(withAnswer(rig, "six.local", TYPE.AAAA)).toEqual(["six.local NSEC AAAA"]);
    expect(withAnswer(rig, "Office._ipp._tcp.local", TYPE.SRV)).toEqual([A, "Host.local NSEC A"]);
  });

  test("A62-052 what the other link of the same interface has is neither denied nor said", () => {
    const rig = new ResponderRig({ links: [V4, V6] });
    rig.have([a("host.local", "192.168.1.10")], V4);
    rig.have([aaaa("host.local", "fe80::10")], V6);
    expect(withAnswer(rig, "host.local", TYPE.A, V4)).toEqual([]);
    expect(withAnswer(rig, "host.local", TYPE.AAAA, V6)).toEqual([]);
  });

  test("a target that is not ours brings nothing with it", () => {
    const rig = new ResponderRig();
    rig.have([srv("x._x._tcp.local", "elsewhere.local"), ptr("_x._tcp.local", "y._x._tcp.local")]);
    expect(withAnswer(rig, "x._x._tcp.local", TYPE.SRV)).toEqual([]);
    expect(withAnswer(rig, "_x._tcp.local", TYPE.PTR)).toEqual([]);
  });

  test("with HTTPS go the addresses of its target, or of its owner", () => {
    const rig = printer();
    const https = (name: string, target: Name) =>
      unique(name, TYPE.HTTPS, { kind: "SVCB", priority: 1, target, params: new Map() });
    rig.have([https("Host.local", Name.root), https("web.local", Name.parse("host.local"))]);
    expect(withAnswer(rig, "host.local", TYPE.HTTPS)).toEqual([A, AAAA]);
    expect(withAnswer(rig, "web.local", TYPE.HTTPS)).toEqual([A, AAAA]);
  });

  test("B-37 B-54 what is answered does not go along again, what goes with two answers goes once", () => {
    const rig = printer();
    rig.have([
      srv("Lab._ipp._tcp.local", "Host.local", 632),
      txt("Lab._ipp._tcp.local"),
      ptr("_ipp._tcp.local", "Lab._ipp._tcp.local"),
    ]);
    rig.ask([question("_ipp._tcp.local", TYPE.PTR), question("Office._ipp._tcp.local", TYPE.SRV)]);
    rig.advance(200);
    const [sent] = rig.heard();
    expect(sent?.message.answers.map(words)).toEqual([
      "_ipp._tcp.local PTR Office._ipp._tcp.local",
      "_ipp._tcp.local PTR Lab._ipp._tcp.local",
      SRV,
    ]);
    expect(sent?.message.additionals.map(words)).toEqual([
      TXT,
      A,
      AAAA,
      "Lab._ipp._tcp.local SRV Host.local",
      "Lab._ipp._tcp.local TXT",
    ]);
  });

  test("A62-040 what was multicast in the last second does not go along either", () => {
    const rig = printer();
    rig.ask([question("host.local", TYPE.A)]);
    rig.advance(100);
    rig.heard();
    rig.ask([question("Office._ipp._tcp.local", TYPE.SRV)]);
    expect(rig.heard().map(({ message }) => message.additionals)).toEqual([[]]);
    rig.advance(1000);
    rig.ask([question("Office._ipp._tcp.local", TYPE.SRV)]);
    expect(rig.heard().map(({ message }) => message.additionals.map(words))).toEqual([[A, AAAA]]);
  });

  test("a known answer of the asker does not go along, by unicast neither", () => {
    const rig = printer();
    for (const record of rig.have(PRINTER)) rig.own.multicast(record, rig.now - 2000);
    const known = [said(a("host.local", "192.168.1.10"))];
    rig.ask([question("Office._ipp._tcp.local", TYPE.SRV, "QU")], { answers: known });
    rig.ask([question("Office._ipp._tcp.local", TYPE.SRV)], { answers: known });
    expect(rig.heard().map(({ message }) => message.additionals.map(words))).toEqual([[AAAA], [AAAA]]);
  });

  test("an address that two services share, of two links, goes along on its own link only", () => {
    const rig = new ResponderRig({ links: [V4, V6] });
    rig.have(
      PRINTER.filter(({ type }) => type !== TYPE.AAAA),
      V4,
    );
    rig.have(
      PRINTER.filter(({ type }) => type !== TYPE.A),
      V6,
    );
    expect(withAnswer(rig, "Office._ipp._tcp.local", TYPE.SRV, V4)).toEqual([A]);
    expect(withAnswer(rig, "Office._ipp._tcp.local", TYPE.SRV, V6)).toEqual([AAAA]);
  });
});
