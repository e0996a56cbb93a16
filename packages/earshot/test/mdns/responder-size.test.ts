import { describe, expect, test } from "vitest";
import type { BoundLink } from "../../src/core/engine.ts";
import { mostBytesOn } from "../../src/mdns/ground.ts";
import type { OwnRecord } from "../../src/mdns/publication.ts";
import { TYPE } from "../../src/mdns/record.ts";
import { a, ptr, question, ResponderRig, srv, txt, unique, V4, V6, words } from "./responder-rig.ts";

const SMALL: BoundLink = { ...V4, mtu: 576 };

/** A TXT record of so many bytes of data. */
function long(name: string, bytes: number): OwnRecord {
  const data = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at += 256) data[at] = Math.min(255, bytes - at - 1);
  return unique(name, TYPE.TXT, { kind: "TXT", bytes: data }, 4500);
}

function service(index: number): OwnRecord[] {
  const name = `Printer number ${index}._ipp._tcp.local`;
  return [
    ptr("_ipp._tcp.local", name),
    srv(name, "host.local", 631),
    txt(name, "rp=ipp/print", "note=somewhere"),
  ];
}

describe("How large messages are", () => {
  for (const [what, link] of [
    ["1500 bytes of IPv4", V4],
    ["1500 bytes of IPv6", V6],
    ["576 bytes", SMALL],
  ] as const)
    test(`A62-126 G-21 with an MTU of ${what} all that is asked for goes in as few packets as hold it`, () => {
      const rig = new ResponderRig({ links: [link] });
      const services = Array.from({ length: 100 }, (_, index) => service(index)).flat();
      rig.have([...services, a("host.local", "192.168.1.10")], link);
      rig.ask([question("_ipp._tcp.local", TYPE.PTR)], {}, { link });
      rig.advance(200);
      const heard = rig.heard();
      const answers = heard.flatMap(({ message }) => message.answers.map(words));
      expect(new Set(answers).size).toBe(100);
      expect(answers).toHaveLength(100);
      for (const { bytes } of heard) expect(bytes.length).toBeLessThanOrEqual(mostBytesOn(link));
      const least = answers.length * 30;
      expect(heard.length).toBeLessThanOrEqual(Math.ceil((least / mostBytesOn(link)) * 1.5));
      expect(new Set(heard.map(({ at }) => at)).size).toBe(1);
    });

  test("A62-126 what goes along goes as far as there is room, sets of several records whole or not at all", () => {
    const rig = new ResponderRig({ links: [SMALL] });
    const addresses = Array.from({ length: 30 }, (_, index) => a("host.local", `192.168.1.${index + 10}`));
    rig.have([...service(1), ...addresses], SMALL);
    rig.ask([question("_ipp._tcp.local", TYPE.PTR)], {}, { link: SMALL });
    rig.advance(200);
    const [sent, ...more] = rig.heard();
    expect(more).toEqual([]);
    expect(sent?.message.additionals.map(({ type }) => type)).toEqual([TYPE.SRV, TYPE.TXT, TYPE.NSEC]);
  });

  test("A62-106 A62-126 a unique set that no packet holds goes in packets one after the other, all of it", () => {
    const rig = new ResponderRig({ links: [SMALL] });
    const addresses = Array.from({ length: 100 }, (_, index) => a("host.local", `192.168.1.${index + 10}`));
    rig.have(addresses, SMALL);
    rig.ask([question("host.local", TYPE.A)], {}, { link: SMALL });
    const heard = rig.heard();
    expect(heard.length).toBeGreaterThan(1);
    expect(heard.flatMap(({ message }) => message.answers)).toHaveLength(100);
    expect(heard.every(({ at, bytes }) => at === rig.now && bytes.length <= 548)).toBe(true);
    rig.advance(999);
    rig.ask([question("host.local", TYPE.A)], {}, { link: SMALL });
    expect(rig.heard()).toEqual([]);
  });

  test("A62-106 a unique set that does not fit with what is there begins a packet of its own", () => {
    const rig = new ResponderRig({ links: [SMALL] });
    const addresses = Array.from({ length: 15 }, (_, index) => a("host.local", `192.168.1.${index + 10}`));
    rig.have([long("one.local", 300), ...addresses, long("two.local", 100)], SMALL);
    rig.ask(
      [question("one.local", TYPE.TXT), question("host.local", TYPE.A), question("two.local", TYPE.TXT)],
      {},
      { link: SMALL },
    );
    rig.advance(200);
    const names = rig
      .heard()
      .map(({ message }) => new Set(message.answers.map(({ name }) => name.toString())));
    expect(names).toEqual([new Set(["one.local"]), new Set(["host.local", "two.local"])]);
  });

  test("A62-127 A62-128 a record that fits in no packet goes alone, also when it goes with others", () => {
    for (const link of [V4, V6]) {
      const rig = new ResponderRig({ links: [link] });
      rig.have(
        [long("big.local", 3000), a("big.local", "192.168.1.10"), a("host.local", "192.168.1.10")],
        link,
      );
      rig.ask([question("big.local", TYPE.ANY), question("host.local", TYPE.A)], {}, { link });
      rig.advance(200);
      const heard = rig
        .heard()
        .map(({ bytes, message }) => [bytes.length > 1472, message.answers.map(words)]);
      expect(heard).toEqual([
        [true, ["big.local TXT"]],
        [false, ["big.local A 192.168.1.10", "host.local A 192.168.1.10"]],
      ]);
    }
  });

  test("A62-128 nothing goes along with a record that is alone in a fragmented packet, nor does it go along itself", () => {
    const rig = new ResponderRig();
    rig.have([
      ptr("_x._tcp.local", "x._x._tcp.local"),
      srv("x._x._tcp.local", "host.local"),
      long("x._x._tcp.local", 3000),
      a("host.local", "192.168.1.10"),
    ]);
    rig.ask([question("_x._tcp.local", TYPE.PTR)]);
    rig.advance(200);
    const [sent] = rig.heard();
    expect(sent?.message.additionals.map(({ type }) => type)).toEqual([TYPE.SRV, TYPE.A, TYPE.NSEC]);
    rig.advance(2000);
    rig.ask([question("x._x._tcp.local", TYPE.ANY)]);
    const alone = rig.heard().find(({ bytes }) => bytes.length > 1472);
    expect(alone?.message.answers).toHaveLength(1);
    expect(alone?.message.additionals).toEqual([]);
  });

  test("A62-129 no packet is larger than 9000 bytes with its headers; what would be is not said", () => {
    // The record without its data: the name, and ten bytes; the message before it: twelve.
    const around = 12 + 11 + 10;
    for (const [link, most] of [
      [V4, 8972],
      [V6, 8952],
    ] as const) {
      const rig = new ResponderRig({ links: [link] });
      rig.have([long("big.local", most - around), long("huh.local", most - around + 1)], link);
      rig.ask([question("big.local", TYPE.TXT)], {}, { link });
      rig.ask([question("huh.local", TYPE.TXT)], {}, { link });
      expect(rig.heard().map(({ bytes }) => bytes.length)).toEqual([most]);
    }
  });

  test("A62-126 by unicast the same bounds hold", () => {
    const rig = new ResponderRig();
    const services = Array.from({ length: 100 }, (_, index) => service(index)).flat();
    for (const record of rig.have(services)) rig.own.multicast(record, rig.now - 5000);
    rig.ask([question("_ipp._tcp.local", TYPE.PTR, "QU")]);
    rig.advance(200);
    const heard = rig.heard();
    expect(heard.every(({ to, bytes }) => to !== "group" && bytes.length <= 1472)).toBe(true);
    expect(heard.flatMap(({ message }) => message.answers)).toHaveLength(100);
  });

  test("an MTU that is not known, or larger, counts as 1500", () => {
    const { mtu: _, ...unknown } = V4;
    for (const link of [unknown, { ...V4, mtu: 9000 }]) {
      const rig = new ResponderRig({ links: [link] });
      rig.have(Array.from({ length: 100 }, (_, index) => service(index)).flat(), link);
      rig.ask([question("_ipp._tcp.local", TYPE.PTR)], {}, { link });
      rig.advance(200);
      for (const { bytes } of rig.heard()) expect(bytes.length).toBeLessThanOrEqual(1472);
    }
  });
});
