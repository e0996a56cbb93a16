import { describe, expect, test } from "vitest";
import { Name } from "../../src/mdns/name.ts";
import { address, PEER, ptr, Rig, srv, txt, V4, webServer } from "./rig.ts";

function instances(count: number, prefix = "i"): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}._http._tcp.local`);
}

function resolving(rig: Rig): number {
  return rig.mdns.asking.filter((ask) => ask.startsWith("SRV ")).length;
}

describe("crowds", () => {
  test("M-28 of ten thousand instances fifty are resolved at once, the rest stand in line", () => {
    const rig = new Rig();
    rig.browse("_http._tcp");
    rig.hear(instances(10_000).map((name) => ptr("_http._tcp.local", name)));
    expect([resolving(rig), rig.browser.waiting, rig.browser.size]).toEqual([50, 9950, 10_000]);
    rig.advance(5000);
    expect(resolving(rig)).toBe(50);
    expect(rig.mdns.asking).toContain("SRV i50._http._tcp.local");
  });

  test("M-28 who answers makes room for the next; all are found in the end", () => {
    const rig = new Rig({ limits: { resolving: 3 } });
    rig.browse("_http._tcp");
    const names = instances(20);
    rig.hear(names.map((name) => ptr("_http._tcp.local", name)));
    for (let round = 0; round < 20; round++) {
      const waiting = rig.mdns.asking.filter((ask) => ask.startsWith("SRV ")).map((ask) => ask.slice(4));
      const open = waiting.filter((name) => rig.mdns.answers(Name.parse(name), 33).length === 0);
      expect(open.length).toBeLessThanOrEqual(3);
      rig.hear(open.flatMap((name) => [srv(name, "web.local", 80), txt(name), address("web.local", PEER)]));
    }
    expect(rig.told.filter((line) => line.startsWith("found"))).toHaveLength(20);
    expect(rig.browser.waiting).toBe(0);
  });

  test("M-28 whose records come along with the PTR record need not stand in line at all", () => {
    const rig = new Rig({ limits: { resolving: 1 } });
    rig.browse("_http._tcp");
    rig.hear(instances(50).map((name) => ptr("_http._tcp.local", name)));
    rig.hear(webServer("Honest"));
    expect(rig.told).toEqual([`found Honest web.local:80 ${PEER}`]);
  });

  test("one that names ten thousand services holds up nobody else for long", () => {
    const rig = new Rig({ limits: { resolving: 5 } });
    rig.browse("_http._tcp");
    rig.hear(
      instances(1000).map((name) => ptr("_http._tcp.local", name)),
      V4,
      "192.168.1.66",
    );
    rig.hear([webServer("Honest")[0]], V4, "192.168.1.77");
    rig.advance(5000);
    expect(rig.mdns.asking).toContain("SRV Honest._http._tcp.local");
  });

  test("names that differ each time are bounded, and drive out their own first", () => {
    const rig = new Rig({ limits: { instances: 100 } });
    rig.browse("_http._tcp");
    rig.hear(webServer());
    rig.hear(
      instances(500).map((name) => ptr("_http._tcp.local", name)),
      V4,
      "192.168.1.66",
    );
    expect(rig.browser.size).toBe(100);
    expect([...rig.browser.found()].map(({ instance }) => instance)).toEqual(["Web"]);
    expect(rig.ground.dropped.get("too-many-instances")).toBe(401);
    expect(rig.told).toEqual([`found Web web.local:80 ${PEER}`]);
  });

  test("what has to make room is lost as evicted, and asks nothing any more", () => {
    const rig = new Rig({ limits: { instances: 1 } });
    rig.browse("_http._tcp");
    rig.hear(webServer("One", { host: "one.local" }));
    rig.hear(webServer("Two", { host: "two.local" }));
    expect(rig.told).toEqual([
      `found One one.local:80 ${PEER}`,
      "lost One evicted",
      `found Two two.local:80 ${PEER}`,
    ]);
    expect(rig.mdns.asking.filter((ask) => /one/i.test(ask))).toEqual([]);
  });

  test("a host that many instances share is asked for once", () => {
    const rig = new Rig();
    rig.browse("_http._tcp");
    const names = instances(100);
    rig.hear(names.flatMap((name) => [ptr("_http._tcp.local", name), srv(name, "web.local", 80), txt(name)]));
    expect(rig.mdns.asking.filter((ask) => ask.endsWith(" web.local"))).toEqual([
      "A web.local",
      "AAAA web.local",
    ]);
    expect(rig.hosts.size).toBe(1);
    rig.hear([address("web.local", PEER)]);
    expect(rig.told).toHaveLength(100);
  });

  test("a target that is changed over and over leaves nothing behind", () => {
    const rig = new Rig();
    rig.browse("_http._tcp");
    rig.hear(webServer());
    for (let index = 0; index < 200; index++) {
      rig.now += 10;
      rig.hear([srv("Web._http._tcp.local", `h${index}.local`, 80)]);
    }
    expect(rig.hosts.size).toBe(1);
    expect(rig.mdns.asks.size).toBe(5);
    rig.advance(100);
    expect(rig.told.filter((line) => line.startsWith("updated")).length).toBeLessThan(25);
  });
});
