import { describe, expect, test } from "vitest";
import type { Turn } from "../../src/core/engine.ts";
import { type DomainKind, domainQuestion } from "../../src/dns-sd/domains.ts";
import type { DnsSdEvent } from "../../src/dns-sd/events.ts";
import { type Pointer, pointers } from "../../src/dns-sd/pointers.ts";
import { ENUMERATION, typeChange, typesQuestion } from "../../src/dns-sd/type-browser.ts";
import { LO, PEER, ptr, Rig, V4, V6, webServer } from "./rig.ts";

const SERVICES = "_services._dns-sd._udp.local";

describe("types of service", () => {
  function listen(rig: Rig): { lines: string[]; end(): void } {
    const lines: string[] = [];
    const tell = (pointer: Pointer): void => {
      const change = typeChange(pointer);
      if (change) lines.push(`${change.kind} ${change.type} ${change.domain}`);
    };
    const { end } = rig.turn((turn: Turn<DnsSdEvent>) => pointers(rig.mdns, typesQuestion, tell, turn));
    return { lines, end };
  }

  test("A63-035 each distinct type that is named is told once, on however many links, and once that it is gone", () => {
    const rig = new Rig();
    const { lines, end } = listen(rig);
    expect(rig.mdns.asked).toEqual([`continuous PTR ${SERVICES}`]);
    rig.hear([ptr(SERVICES, "_ipp._tcp.local"), ptr(SERVICES, "_http._tcp.local")]);
    rig.hear([ptr(SERVICES, "_IPP._tcp.local")], V6);
    expect(lines).toEqual(["added _ipp._tcp local", "added _http._tcp local"]);
    rig.gone([ptr(SERVICES, "_ipp._tcp.local")], "expired", V4);
    expect(lines).toHaveLength(2);
    rig.gone([ptr(SERVICES, "_ipp._tcp.local")], "expired", V6);
    expect(lines.at(-1)).toBe("removed _ipp._tcp local");
    end();
    end();
    rig.hear([ptr(SERVICES, "_new._tcp.local")]);
    expect([lines.length, rig.mdns.asks.size]).toEqual([3, 0]);
  });

  test("A63-035 what is no type of two labels and the domain is left out", () => {
    const rig = new Rig();
    const { lines } = listen(rig);
    for (const target of [
      "local",
      "Web._http._tcp.local",
      "_a._sub._b._tcp.local",
      "_http._tcp.example",
      ".",
    ])
      rig.hear([ptr(SERVICES, target)]);
    expect(lines).toEqual([]);
  });
});

describe("browsing for every type", () => {
  test("A63-035 each type that is named is browsed for", () => {
    const rig = new Rig();
    rig.browse(undefined);
    rig.hear([ptr(SERVICES, "_http._tcp.local")]);
    expect(rig.mdns.asking).toEqual([`PTR ${ENUMERATION}`, "PTR _http._tcp.local"]);
    rig.hear(webServer());
    expect(rig.told).toEqual([`found Web web.local:80 ${PEER}`]);
  });

  test("M-27 of twenty thousand types 256 are followed, ten new ones per second at most", () => {
    const rig = new Rig();
    rig.browse(undefined);
    rig.hear(Array.from({ length: 20_000 }, (_, index) => ptr(SERVICES, `_t${index}._tcp.local`)));
    const followed = (): number => rig.mdns.asking.length - 1;
    expect(followed()).toBe(10);
    rig.advance(1000);
    expect(followed()).toBe(20);
    rig.advance(60_000);
    expect(followed()).toBe(256);
    expect(rig.ground.dropped.get("too-many-types")).toBe(20_000 - 256);
  });

  test("M-27 a type that went makes room for another", () => {
    const rig = new Rig({ limits: { types: 2 } });
    rig.browse(undefined);
    rig.hear([
      ptr(SERVICES, "_a._tcp.local"),
      ptr(SERVICES, "_b._tcp.local"),
      ptr(SERVICES, "_c._tcp.local"),
    ]);
    expect(rig.mdns.asking).not.toContain("PTR _c._tcp.local");
    rig.gone([ptr(SERVICES, "_a._tcp.local")], "goodbye");
    expect(rig.mdns.asking).not.toContain("PTR _a._tcp.local");
    rig.hear([ptr(SERVICES, "_d._tcp.local")]);
    expect(rig.mdns.asking).toContain("PTR _d._tcp.local");
  });

  test("a type with instances is followed on when one host says goodbye to it for all", () => {
    const rig = new Rig({ limits: { types: 1 } });
    rig.browse(undefined);
    rig.hear([ptr(SERVICES, "_http._tcp.local"), ...webServer()]);
    rig.gone([ptr(SERVICES, "_http._tcp.local")], "goodbye");
    expect(rig.mdns.asking).toContain("PTR _http._tcp.local");
    rig.gone(webServer().slice(0, 1), "goodbye");
    rig.hear([ptr(SERVICES, "_ipp._tcp.local")]);
    expect(rig.mdns.asking).toEqual([`PTR ${ENUMERATION}`, "PTR _ipp._tcp.local"]);
    expect(rig.told).toEqual([`found Web web.local:80 ${PEER}`, "lost Web goodbye"]);
  });

  test("it ends with the last who wants it, and leaves nothing", () => {
    const rig = new Rig();
    const first = rig.browse(undefined);
    const second = rig.browse(undefined, true);
    const third = rig.browse("_http._tcp");
    rig.hear([ptr(SERVICES, "_http._tcp.local"), ptr(SERVICES, "_ipp._tcp.local"), ...webServer()]);
    rig.turn((turn) => rig.browser.endBrowse(first, turn));
    expect(rig.mdns.asking.filter((ask) => ask.startsWith("PTR"))).toEqual(["PTR _http._tcp.local"]);
    rig.turn((turn) => rig.browser.endBrowse(third, turn));
    expect(rig.mdns.asking).toEqual([]);
    expect([...rig.browser.found()]).toHaveLength(1);
    rig.turn((turn) => rig.browser.endBrowse(second, turn));
    rig.turn((turn) => rig.browser.endBrowse(second, turn));
    expect([rig.mdns.asks.size, rig.browser.size, rig.hosts.size]).toEqual([0, 0, 0]);
  });
});

describe("domains", () => {
  test.each([
    ["browse", "b"],
    ["default-browse", "db"],
    ["register", "r"],
    ["default-register", "dr"],
    ["legacy", "lb"],
  ] as const)("A63-036 domains for %s are asked for as %s", (kind, label) => {
    const rig = new Rig();
    const found: string[] = [];
    const tell = ({ kind: what, target }: Pointer): void => void found.push(`${what} ${target}`);
    rig.turn((turn) => pointers(rig.mdns, domainQuestion(kind), tell, turn));
    expect(rig.mdns.asked).toEqual([`continuous PTR ${label}._dns-sd._udp.local`]);
    rig.hear([ptr(`${label}._dns-sd._udp.local`, "example.com")]);
    expect(found).toEqual(["added example.com"]);
  });

  test("A63-037 nothing is asked for that is made from an address, link-local ones included", () => {
    const kinds: DomainKind[] = ["browse", "default-browse", "register", "default-register", "legacy"];
    for (const kind of kinds)
      for (const links of [[V4], [V6], [LO]]) {
        const rig = new Rig({ links });
        rig.turn((turn) => pointers(rig.mdns, domainQuestion(kind), () => {}, turn));
        expect(rig.mdns.asked).toHaveLength(1);
        expect(rig.mdns.asked[0]).toMatch(/\._dns-sd\._udp\.local$/);
      }
  });
});
