import { describe, expect, test } from "vitest";

import { address, PEER, Rig, srv, txt, V4, V6, WLAN, webServer } from "./rig.ts";

const NAME = "Web._http._tcp.local";
const FOUND = `found Web web.local:80 ${PEER}`;

describe("changing", () => {
  function found(): Rig {
    const rig = new Rig({ links: [V4, V6] });
    rig.browse("_http._tcp");
    rig.hear(webServer());
    expect(rig.told).toEqual([FOUND]);
    rig.now += 10_000;
    return rig;
  }

  test("another port is told once, although the old record is still in the cache", () => {
    const rig = found();
    rig.hear([srv(NAME, "web.local", 8080)]);
    rig.advance(100);
    expect(rig.told).toEqual([`updated Web web.local:8080 ${PEER}`]);
    rig.gone([srv(NAME, "web.local", 80)], "replaced");
    rig.advance(10_000);
    expect(rig.told).toEqual([]);
  });

  test("another text, address or host is told, with what was before", () => {
    const rig = found();
    rig.hear([txt(NAME, { path: "/new" })]);
    rig.advance(100);
    const [event] = rig.events;
    expect(event?.kind === "updated" && event.previous.txt.text("path")).toBe("/");
    expect(rig.last.txt.text("path")).toBe("/new");
    rig.events.splice(0);
    rig.hear([address("web.local", "192.168.1.21", { flush: false })]);
    rig.advance(100);
    expect(rig.told).toEqual([`updated Web web.local:80 ${PEER},192.168.1.21`]);
    rig.gone([address("web.local", PEER)], "expired");
    rig.advance(100);
    expect(rig.told).toEqual(["updated Web web.local:80 192.168.1.21"]);
    rig.now += 5000;
    rig.hear([srv(NAME, "other.local", 80), address("other.local", "192.168.1.30")]);
    rig.advance(100);
    expect(rig.told).toEqual(["updated Web other.local:80 192.168.1.30"]);
    expect(rig.mdns.asking.filter((ask) => ask.includes("web.local"))).toEqual([]);
  });

  test("addresses of the two families are refreshed each by itself, and both stay", () => {
    const rig = found();
    rig.hear([address("web.local", "fe80::20")]);
    rig.advance(100);
    rig.events.splice(0);
    rig.now += 50_000;
    rig.hear([address("web.local", PEER)]);
    rig.advance(1000);
    expect(rig.told).toEqual([]);
    expect([...rig.browser.found()][0]?.addresses).toHaveLength(2);
  });

  test("a text that goes is waited for, and counts as empty when it stays away", () => {
    const rig = found();
    rig.gone([webServer()[2]], "expired");
    rig.advance(2000);
    expect(rig.told).toEqual([]);
    rig.advance(1100);
    expect(rig.last.txt.size).toBe(0);
    expect(rig.told).toEqual([`updated Web web.local:80 ${PEER}`]);
  });

  test("a host without any address left is told as it is, and is not lost", () => {
    const rig = found();
    rig.gone([webServer()[3]], "expired");
    rig.advance(100);
    expect(rig.told).toEqual(["updated Web web.local:80 "]);
  });

  test("changes of one packet, and shortly after each other, are told as one", () => {
    const rig = found();
    rig.hear([srv(NAME, "web.local", 8080), txt(NAME, { a: "1" })]);
    rig.advance(60);
    rig.hear([address("web.local", "fe80::20")], V6, "fe80::20");
    rig.advance(60);
    expect(rig.told).toEqual([`updated Web web.local:8080 ${PEER},fe80::20`]);
  });

  test("a change that is taken back at once was none", () => {
    const rig = found();
    const extra = address("web.local", "192.168.1.99", { flush: false });
    rig.hear([extra]);
    rig.gone([extra], "goodbye");
    rig.advance(1000);
    expect(rig.told).toEqual([]);
  });

  test("what is heard again is refreshed, once for all of a message, with new times", () => {
    const rig = found();
    const before = rig.now;
    rig.hear(webServer());
    rig.advance(100);
    expect(rig.last.sightings.map(({ link, heardAt }) => [link.id, heardAt])).toEqual([["eth0/4", before]]);
    expect(rig.told).toEqual([`refreshed Web web.local:80 ${PEER}`]);
  });

  test("F-15 M21 on several links it is one, with what was heard on each", () => {
    const rig = found();
    rig.hear(webServer(), V6, "fe80::20");
    rig.advance(100);
    expect(rig.last.sightings.map(({ link, from }) => `${link.id} ${from}`)).toEqual([
      `eth0/4 ${PEER}`,
      "eth0/6 fe80::20",
    ]);
    expect(rig.told).toEqual([`refreshed Web web.local:80 ${PEER}`]);
    rig.gone(webServer(), "link-down", V4);
    rig.advance(100);
    expect(rig.told).toEqual([]);
    rig.gone(webServer(), "link-down", V6);
    expect(rig.told).toEqual(["lost Web link-down"]);
  });

  test("M-22 a service of the same name on another interface lends it no address", () => {
    const rig = new Rig({ links: [V4, WLAN] });
    rig.browse("_http._tcp");
    rig.hear(webServer());
    rig.hear(webServer("Web", { port: 99, at: "10.9.0.66" }), WLAN, "10.9.0.66");
    rig.advance(5000);
    const { port, addresses, sightings } = rig.last;
    expect(addresses.map(({ address: text, link }) => `${text} ${link.id}`)).toEqual(
      port === 80 ? [`${PEER} eth0/4`] : ["10.9.0.66 wlan0/4"],
    );
    expect(sightings).toHaveLength(2);
  });

  test("M-22 a change is told with where each address was said", () => {
    const rig = found();
    rig.hear([address("web.local", "192.168.1.66")], V4, "192.168.1.66");
    rig.advance(100);
    const [event] = rig.events;
    expect(event?.kind).toBe("updated");
    if (event?.kind !== "updated") return;
    expect(event.previous.addresses.map(({ address: text }) => text)).toEqual([PEER]);
    expect(event.instance.addresses.map(({ address: text, link }) => `${text} ${link.id}`)).toEqual([
      "192.168.1.66 eth0/4",
    ]);
  });
});

describe("losing", () => {
  function found(): Rig {
    const rig = new Rig();
    rig.browse("_http._tcp");
    rig.hear(webServer());
    rig.events.splice(0);
    return rig;
  }

  test.each([
    ["goodbye", "goodbye"],
    ["expired", "expired"],
    ["unconfirmed", "expired"],
    ["link-down", "link-down"],
    ["evicted", "evicted"],
  ] as const)("when its PTR record goes (%s) it is lost (%s)", (departure, reason) => {
    const rig = found();
    rig.gone(webServer().slice(0, 1), departure);
    expect(rig.told).toEqual([`lost Web ${reason}`]);
    expect(rig.browser.size).toBe(0);
    expect(rig.mdns.asking).toEqual(["PTR _http._tcp.local"]);
  });

  test("an SRV record that comes back within three seconds was never gone", () => {
    const rig = found();
    const [, service] = webServer();
    rig.gone([service], "goodbye");
    rig.advance(2900);
    rig.hear([service]);
    rig.advance(60_000);
    expect(rig.told).toEqual([]);
  });

  test("an SRV record that stays away takes the service with it; it is found again when it is back", () => {
    const rig = found();
    const [, service] = webServer();
    rig.gone([service], "expired");
    rig.advance(2999);
    expect(rig.told).toEqual([]);
    rig.advance(1);
    expect(rig.told).toEqual(["lost Web expired"]);
    expect(rig.mdns.asking).toContain(`SRV ${NAME}`);
    rig.hear([service]);
    expect(rig.told).toEqual([FOUND]);
  });

  test("an SRV record that nobody confirmed is gone at once", () => {
    const rig = found();
    rig.gone(webServer().slice(1, 2), "unconfirmed");
    expect(rig.told).toEqual(["lost Web expired"]);
  });

  test("a goodbye and a new announcement in one message are no loss", () => {
    const rig = found();
    rig.turn((turn) => {
      rig.mdns.forget(webServer()[0], "goodbye", turn);
      rig.mdns.learn(webServer()[0], V4, PEER, turn);
    });
    rig.advance(1000);
    expect(rig.told).toEqual([`refreshed Web web.local:80 ${PEER}`]);
  });

  test("an ended browse forgets without a word, and asks for nothing any more", () => {
    const rig = new Rig();
    const id = rig.browse("_http._tcp");
    rig.hear(webServer());
    rig.events.splice(0);
    rig.turn((turn) => rig.browser.endBrowse(id, turn));
    expect(rig.told).toEqual([]);
    expect([rig.browser.size, rig.hosts.size, rig.mdns.asks.size]).toEqual([0, 0, 0]);
    rig.advance(100_000);
    expect(rig.ground.agenda.size).toBe(0);
  });

  test("what another browse still wants stays", () => {
    const rig = new Rig();
    const first = rig.browse("_http._tcp");
    rig.browse("_HTTP._tcp.local.");
    rig.hear(webServer());
    rig.turn((turn) => rig.browser.endBrowse(first, turn));
    expect([...rig.browser.found()].map(({ instance }) => instance)).toEqual(["Web"]);
    expect(rig.told).toEqual([FOUND]);
  });
});

describe("listening only", () => {
  test("a passive browse asks nothing at all, and finds what is heard", () => {
    const rig = new Rig();
    rig.browse("_http._tcp", true);
    rig.hear(webServer().slice(0, 2));
    rig.advance(60_000);
    expect(rig.mdns.asked.filter((ask) => !ask.startsWith("passive"))).toEqual([]);
    rig.hear(webServer().slice(2));
    expect(rig.told).toEqual([FOUND]);
    expect(rig.mdns.asking).toEqual([]);
  });

  test("an active browse of the same type asks for both, until it ends", () => {
    const rig = new Rig();
    rig.browse("_http._tcp", true);
    rig.hear(webServer().slice(0, 1));
    const active = rig.browse("_http._tcp");
    expect(rig.mdns.asking).toEqual(["PTR _http._tcp.local", `SRV ${NAME}`, `TXT ${NAME}`]);
    rig.turn((turn) => rig.browser.endBrowse(active, turn));
    expect(rig.mdns.asking).toEqual([]);
    rig.hear(webServer());
    expect(rig.told).toEqual([FOUND]);
  });
});
