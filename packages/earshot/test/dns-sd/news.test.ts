/** What a browser makes of news that came in part, and of services that are not quite there. */
import { describe, expect, test } from "vitest";
import { address, PEER, ptr, Rig, srv, txt, webServer } from "./rig.ts";
import { street } from "./street.ts";

const NAME = "Web._http._tcp.local";
const RECONFIRMED = [`TXT ${NAME}`];

function found(passive = false): Rig {
  const rig = new Rig();
  rig.browse("_http._tcp", passive);
  rig.hear(webServer());
  expect(rig.told).toHaveLength(1);
  rig.now += 10_000;
  return rig;
}

describe("a text that may be old", () => {
  test("is asked for when its service is said to be elsewhere, and no text came with that", () => {
    const rig = found();
    rig.hear([srv(NAME, "web.local", 8080)]);
    expect(rig.mdns.reconfirmed).toEqual(RECONFIRMED);
    rig.hear([srv(NAME, "web.local", 8080)]);
    expect(rig.mdns.reconfirmed).toEqual(RECONFIRMED);
  });

  test("is not when the new one came in the same message, nor when the same is only heard again", () => {
    const rig = found();
    rig.hear([srv(NAME, "web.local", 80)]);
    rig.hear([srv(NAME, "web.local", 8080), txt(NAME, { path: "/new" })]);
    expect(rig.mdns.reconfirmed).toEqual([]);
  });

  test("is asked for when its service is back after a goodbye, and all else was lost; so is its place", () => {
    const rig = found();
    rig.gone(webServer().slice(0, 1), "goodbye");
    rig.now += 10_000;
    rig.hear(webServer().slice(0, 1));
    expect(rig.mdns.reconfirmed).toEqual([`SRV ${NAME}`, ...RECONFIRMED]);
  });

  test("is believed by who begins to browse and finds all of it known", () => {
    const rig = found();
    rig.browse("_http._tcp");
    const other = rig.browse("_http._tcp,_printer");
    rig.turn((turn) => rig.browser.endBrowse(other, turn));
    rig.advance(1000);
    expect(rig.mdns.reconfirmed).toEqual([]);
  });

  test("is left as it is where all only listen", () => {
    const rig = found(true);
    rig.hear([srv(NAME, "web.local", 8080)]);
    rig.advance(60_000);
    expect(rig.mdns.reconfirmed).toEqual([]);
  });

  test("is right again within a second though its announcements were lost", () => {
    const { lan, server, client } = street(["server", "client"]);
    const id = server.publish({ txt: { version: "1" } });
    lan.advance(5000);
    client.browse();
    lan.advance(10_000);
    lan.weather.partition(server.host, client.host);
    server.change(id, { txt: { version: "2" } });
    lan.advance(10_000);
    lan.weather.repair();
    expect(client.found[0]?.txt.text("version")).toBe("1");
    server.change(id, { txt: { version: "2" }, port: 81 });
    lan.advance(1000);
    expect(client.found[0]).toMatchObject({ port: 81 });
    expect(client.found[0]?.txt.text("version")).toBe("2");
  });
});

describe("who asks later", () => {
  test("A62-008 has it asked once more of whoever has not answered, and not more often than every three seconds", () => {
    const { lan, server, client } = street(["server", "client"]);
    client.browse();
    lan.advance(3_000_000);
    lan.weather.partition(server.host, client.host);
    server.publish();
    lan.advance(10_000);
    lan.weather.repair();
    lan.advance(10_000);
    expect(client.found).toEqual([]);
    const before = lan.stats.sent;
    for (let i = 0; i < 10; i++) client.browse();
    lan.advance(130);
    expect(lan.stats.sent - before).toBeLessThanOrEqual(4);
    lan.advance(1000);
    expect(client.found).toHaveLength(1);
  });

  test("has it asked for an instance that nobody has said the place of, and for all types again", () => {
    const rig = new Rig();
    rig.browse(undefined);
    rig.hear([ptr("_services._dns-sd._udp.local", "_http._tcp.local"), ptr("_http._tcp.local", NAME)]);
    rig.mdns.asked.length = 0;
    rig.browse(undefined);
    expect(rig.mdns.asked).toEqual(
      expect.arrayContaining([
        "again PTR _services._dns-sd._udp.local",
        "again PTR _http._tcp.local",
        `again SRV ${NAME}`,
        `again TXT ${NAME}`,
      ]),
    );
  });

  test("does not where he only listens, nor for what is found", () => {
    const rig = found();
    rig.mdns.asked.length = 0;
    rig.browse("_http._tcp", true);
    expect(rig.mdns.asked).toEqual([]);
    rig.browse("_http._tcp");
    expect(rig.mdns.asked).toEqual(["again PTR _http._tcp.local"]);
  });
});

describe("a place that cannot be reached by mDNS", () => {
  test("M-32 a host outside of .local is told without addresses when nobody says them, and nobody is asked", () => {
    const rig = new Rig();
    rig.browse("_http._tcp");
    rig.hear([ptr("_http._tcp.local", NAME), srv(NAME, "web.example.com", 80), txt(NAME)]);
    rig.advance(999);
    expect(rig.told).toEqual([]);
    rig.advance(1);
    expect(rig.told).toEqual(["found Web web.example.com:80 "]);
    expect(rig.mdns.asking.filter((ask) => ask.includes("example"))).toEqual([]);
    rig.hear([address("web.example.com", PEER)]);
    rig.advance(100);
    expect(rig.told).toEqual([`updated Web web.example.com:80 ${PEER}`]);
  });

  test("one within .local waits for an address, however long", () => {
    const rig = new Rig();
    rig.browse("_http._tcp");
    rig.hear(webServer().slice(0, 3));
    rig.advance(60_000);
    expect(rig.told).toEqual([]);
  });

  test("M-32 who says that its target is the root says that it is not there", () => {
    const rig = found();
    rig.hear([srv(NAME, ".", 0)]);
    rig.gone([srv(NAME, "web.local", 80)], "replaced");
    rig.advance(5000);
    expect(rig.told).toEqual(["lost Web goodbye"]);
    rig.hear(webServer().slice(1));
    rig.advance(1000);
    expect(rig.told).toEqual([`found Web web.local:80 ${PEER}`]);
  });
});
