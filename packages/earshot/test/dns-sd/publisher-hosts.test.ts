import { describe, expect, test } from "vitest";

import type { ServiceOffer } from "../../src/dns-sd/service-offer.ts";

import { conflict, establish, published, refusal } from "./published.ts";
import { Rig, V4, V6, WLAN } from "./rig.ts";

describe("hosts", () => {
  test("offers of one host publish it once, and for as long as one of them needs it", () => {
    const rig = new Rig();
    const first = rig.publish();
    const second = rig.publish({ type: "_ipp._tcp" });
    const count = rig.mdns.publications.size;
    rig.turn((turn) => rig.publisher.withdraw(first, turn));
    expect(rig.mdns.publications.size).toBe(count - 1);
    expect(published(rig)).toContain("me.local A 192.168.1.10 120");
    rig.turn((turn) => rig.publisher.withdraw(second, turn));
    rig.turn((turn) => rig.publisher.withdraw(second, turn));
    expect(rig.mdns.publications.size).toBe(0);
    expect(rig.told).toEqual(["withdrawn 1", "withdrawn 2"]);
    expect(rig.publisher.size).toBe(0);
  });

  test("a host that cannot speak for itself is published with its addresses, on links of both families", () => {
    const rig = new Rig({ links: [V4, V6] });
    rig.publish({
      host: "Printer.local",
      addresses: ["192.168.1.50", "fd00::50", "127.0.0.1", "192.168.1.50"],
    });
    for (const link of [V4, V6]) {
      const lines = published(rig, link).filter((line) => line.startsWith("printer.local"));
      expect(lines).toEqual(["printer.local A 192.168.1.50 120", "printer.local AAAA fd00::50 120"]);
    }
    expect(published(rig)).toContain("50.1.168.192.in-addr.arpa PTR printer.local 120");
  });

  test("an address with a zone is said on that interface alone", () => {
    const rig = new Rig({ links: [V4, WLAN] });
    rig.publish({ host: "printer", addresses: ["fe80::50%wlan0"] });
    expect(published(rig, V4).some((line) => line.includes("fe80::50"))).toBe(false);
    expect(published(rig, WLAN)).toContain("printer.local AAAA fe80::50 120");
  });

  test("several offers may share such a host; with other addresses it is refused, and nothing changes", () => {
    const rig = new Rig();
    const addresses = ["192.168.1.50"];
    rig.publish({ host: "printer", addresses });
    expect(refusal({ type: "_ipp._tcp", host: "printer.local.", addresses }, rig)).toBe("taken");
    expect(refusal({ type: "_pdl._tcp", host: "PRINTER" }, rig)).toBe("taken");
    expect(refusal({ type: "_x._tcp", host: "printer", addresses: ["192.168.1.51"] }, rig)).toBe(
      "INVALID_OFFER",
    );
    expect(refusal({ type: "_x._tcp" }, rig)).toBe("taken");
    expect(refusal({ type: "_y._tcp", host: "me", addresses }, rig)).toBe("INVALID_OFFER");
    expect(rig.publisher.size).toBe(4);
  });

  test("a host without addresses goes by that name with our own", () => {
    const rig = new Rig();
    rig.publish({ host: "box" });
    expect(published(rig)).toContain("box.local A 192.168.1.10 120");
    expect(published(rig)).toContain("Web._http._tcp.local SRV 0 0 80 box.local 120");
  });

  test("a host whose name another one of ours had to take is numbered on", () => {
    const rig = new Rig();
    rig.publish({ host: "box" });
    conflict(rig, "box.local");
    rig.events.splice(0);
    rig.publish({ type: "_ipp._tcp", host: "box-2" });
    expect(rig.told).toEqual(["renamed 2 host box-2.local to box-3.local"]);
  });

  test("a configured host name that cannot be one is refused", () => {
    expect(() => new Rig({ host: "my host" })).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });
});

describe("changing an offer", () => {
  function offered(): Rig {
    const rig = new Rig();
    rig.publish();
    establish(rig);
    rig.events.splice(0);
    rig.mdns.done.splice(0);
    return rig;
  }

  function change(rig: Rig, changes: Partial<ServiceOffer>): void {
    const offer: ServiceOffer = { type: "_http._tcp", name: "Web", port: 80, ...changes };
    rig.turn((turn) => rig.publisher.change(1, offer, turn));
  }

  test("text, port and subtypes change without probing anew", () => {
    const rig = offered();
    change(rig, { txt: { a: "2" }, port: 81, subtypes: ["_new"] });
    expect(rig.mdns.done.filter((what) => !what.startsWith("update"))).toEqual([]);
    expect(rig.mdns.done).toContain("update 3");
    expect(published(rig)).toEqual(
      expect.arrayContaining([
        "Web._http._tcp.local SRV 0 0 81 me.local 120",
        "Web._http._tcp.local TXT 3,97,61,50 4500",
        "_new._sub._http._tcp.local PTR Web._http._tcp.local 4500 shared",
      ]),
    );
    expect(rig.told).toEqual(["published 1 Web at me.local"]);
  });

  test("B-34 another name takes the place of the old one, and exactly that one is probed for", () => {
    const rig = offered();
    change(rig, { name: "Shop" });
    expect(rig.mdns.done).toContain("replace 3");
    establish(rig);
    expect(rig.told).toEqual(["published 1 Shop at me.local"]);
    expect(published(rig).filter((line) => line.includes("Web."))).toEqual([]);
  });

  test("a name that was given because of a conflict stays when something else changes, and goes for another wish", () => {
    const rig = offered();
    conflict(rig, "Web._http._tcp.local");
    change(rig, { port: 90 });
    expect(published(rig)).toContain("Web (2)._http._tcp.local SRV 0 0 90 me.local 120");
    change(rig, { name: "Shop" });
    expect(published(rig)).toContain("Shop._http._tcp.local SRV 0 0 80 me.local 120");
  });

  test("another case of the same name is no other name", () => {
    const rig = offered();
    change(rig, { name: "WEB" });
    expect(rig.mdns.done.filter((what) => what.startsWith("replace"))).toEqual([]);
    expect(published(rig)).toContain("WEB._http._tcp.local SRV 0 0 80 me.local 120");
    expect(rig.told).toEqual(["published 1 WEB at me.local"]);
  });

  test("another host is there before the old one goes, and the name stays", () => {
    const rig = offered();
    change(rig, { host: "box" });
    expect(rig.mdns.done.filter((what) => what.startsWith("replace"))).toEqual([]);
    expect(rig.mdns.done.indexOf("publish 4")).toBeLessThan(rig.mdns.done.indexOf("withdraw 1"));
    expect(published(rig).filter((line) => line.includes("me.local"))).toEqual([]);
    expect(published(rig)).toContain("Web._http._tcp.local SRV 0 0 80 box.local 120");
    establish(rig);
    expect(rig.told).toEqual(["published 1 Web at box.local"]);
  });

  test("other addresses of a host that no other offer shares", () => {
    const rig = new Rig();
    rig.publish({ host: "printer", addresses: ["192.168.1.50"] });
    change(rig, { host: "printer", addresses: ["192.168.1.51"] });
    expect(published(rig)).toContain("printer.local A 192.168.1.51 120");
    expect(published(rig).some((line) => line.includes("192.168.1.50"))).toBe(false);
  });

  test("what cannot be is refused, and nothing has changed", () => {
    const rig = offered();
    const before = published(rig);
    expect(() => change(rig, { port: -1 })).toThrow(expect.objectContaining({ code: "INVALID_OFFER" }));
    expect(published(rig)).toEqual(before);
    expect(rig.mdns.done).toEqual([]);
  });

  test("an offer is announced once more, with its host", () => {
    const rig = offered();
    rig.turn((turn) => rig.publisher.announce(1, turn));
    expect(rig.mdns.done).toEqual(["announce 3", "announce 1", "announce 2"]);
  });
});
