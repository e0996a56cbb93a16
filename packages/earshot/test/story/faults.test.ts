import { describe, expect, test } from "vitest";
import { Earshot } from "../../src/earshot.ts";
import { diary, FILMS, guest, household, ids, MEDIA_SERVER, offer } from "./household.ts";

const ROOT = "uuid:films::upnp:rootdevice";

describe("devices that go", () => {
  test("F-31 a device that crashed without goodbye is lost when its announcements run out, after it was asked", async () => {
    const { lan, server, serverHost, laptop } = household();
    const browser = laptop.browse("upnp:rootdevice");
    const lines = diary(browser);
    await lan.until(server.advertise({ ...offer, maxAgeSeconds: 100 }));
    lan.advance(2000);
    lan.weather.crash(serverHost);
    lan.advance(100_000);
    expect(lines).toEqual([`found ${ROOT}`]);
    lan.advance(5000);
    expect(lines).toEqual([`found ${ROOT}`, `lost ${ROOT} expired`]);
  });

  test("a device whose announcements are all lost on the way stays, because it answers when asked", async () => {
    const { lan, server, laptop } = household();
    const browser = laptop.browse("upnp:rootdevice");
    await lan.until(server.advertise({ ...offer, maxAgeSeconds: 100 }));
    lan.advance(2000);
    const lines = diary(browser);
    for (let i = 0; i < 10; i++) {
      lan.weather.change({ loss: 1 });
      lan.advance(95_000);
      lan.weather.change({ loss: 0 });
      lan.advance(5000);
    }
    expect(lines.filter((line) => line.startsWith("lost"))).toEqual([]);
    expect(ids(browser)).toEqual([ROOT]);
  });

  test("F-29 a device that is killed and started again every 5 s keeps its USN, and its BOOTID grows", async () => {
    const { lan, laptop, serverHost } = household();
    const browser = laptop.browse("upnp:rootdevice");
    const bootIds: number[] = [];
    for (let i = 0; i < 20; i++) {
      const server = new Earshot({ network: serverHost });
      await lan.until(server.advertise(offer));
      lan.advance(5000);
      bootIds.push([...browser.services.values()][0]?.bootId ?? -1);
      lan.weather.crash(serverHost);
    }
    expect(ids(browser)).toEqual([ROOT]);
    for (let i = 1; i < bootIds.length; i++) expect(bootIds[i]).toBeGreaterThan(bootIds[i - 1] ?? 0);
  });
});

describe("bare entries, which answer to nothing but their own type", () => {
  const bare = {
    type: "urn:x:service:Presence:1",
    usn: "uuid:bare::urn:x:service:Presence:1",
    maxAgeSeconds: 100,
  };

  test("F-29 one that is started anew in the very second of its goodbye is found again within seconds", async () => {
    const { lan, laptop, serverHost } = household();
    const browser = laptop.browse(bare.type);
    for (let i = 0; i < 5; i++) {
      const server = new Earshot({ network: serverHost });
      await lan.until(server.advertise(bare));
      lan.advance(110);
      await server.close();
      lan.advance(10);
      expect(ids(browser), `goodbye ${i}`).toEqual([]);
      const again = new Earshot({ network: serverHost });
      await lan.until(again.advertise(bare));
      lan.advance(2000);
      expect(ids(browser), `return ${i}`).toEqual([bare.usn]);
      await again.close();
      lan.advance(60_000);
    }
  });

  test("one whose announcements are all lost stays, because it answers when asked for its type", async () => {
    const { lan, server, laptop } = household();
    const browser = laptop.browse(bare.type);
    await lan.until(server.advertise(bare));
    lan.advance(2000);
    for (let i = 0; i < 5; i++) {
      lan.weather.change({ loss: 1 });
      lan.advance(95_000);
      lan.weather.change({ loss: 0 });
      lan.advance(5000);
    }
    expect(ids(browser)).toEqual([bare.usn]);
  });
});

describe("links that change", () => {
  test("F-01 an unplugged and replugged laptop loses nothing within ten seconds, and all after", async () => {
    const { lan, server, laptop, laptopHost } = household();
    const browser = laptop.browse("upnp:rootdevice");
    const lines = diary(browser);
    await lan.until(server.advertise(offer));
    lan.advance(2000);
    lan.weather.unplug(laptopHost);
    lan.advance(8000);
    lan.weather.plug(laptopHost);
    lan.advance(20_000);
    expect(lines).toEqual([`found ${ROOT}`]);
    lan.weather.unplug(laptopHost);
    lan.advance(11_000);
    expect(lines).toEqual([`found ${ROOT}`, `lost ${ROOT} link-down`]);
    lan.weather.plug(laptopHost);
    lan.advance(3000);
    expect(ids(browser)).toEqual([ROOT]);
  });

  test("F-02 S2 a device that gets another address is announced under it within 5 s, with a higher BOOTID", async () => {
    const { lan, server, serverHost, laptop } = household({}, { server: { addresses: ["10.0.0.1/16"] } });
    const browser = laptop.browse("upnp:rootdevice");
    await lan.until(server.advertise(offer));
    lan.advance(5000);
    const before = [...browser.services.values()][0];
    lan.weather.plug(serverHost, "eth0", ["10.0.0.77/16"]);
    lan.advance(5000);
    const after = [...browser.services.values()][0];
    expect(after?.location).toBe("http://10.0.0.77:8200/description.xml");
    expect(after?.bootId).toBeGreaterThan(before?.bootId ?? 0);
  });

  test("F-02 who watched a device move is told of its new LOCATION, and not of the old one again", async () => {
    const { lan, server, serverHost, laptop } = household({}, { server: { addresses: ["10.0.0.1/16"] } });
    const told: (string | undefined)[] = [];
    const browser = laptop.browse("upnp:rootdevice");
    browser.on("found", ({ service }) => told.push(service.location));
    browser.on("updated", ({ service }) => told.push(service.location));
    await lan.until(server.advertise({ ...offer, maxAgeSeconds: 60 }));
    lan.advance(5000);
    lan.weather.plug(serverHost, "eth0", ["10.0.0.77/16"]);
    lan.advance(120_000);
    expect(new Set(told)).toEqual(
      new Set(["http://10.0.0.1:8200/description.xml", "http://10.0.0.77:8200/description.xml"]),
    );
    expect(told.indexOf("http://10.0.0.77:8200/description.xml")).toBe(1);
    expect(told.lastIndexOf("http://10.0.0.1:8200/description.xml")).toBe(0);
  });

  test("F-03 P-06 a host that loses its IPv4 address and keeps IPv6 goes on with IPv6, and takes IPv4 up again", async () => {
    const { lan, server, serverHost, laptop } = household(
      {},
      { server: { addresses: ["10.0.0.1/16", "fe80::1/64"] } },
    );
    const browser = laptop.browse("upnp:rootdevice");
    await lan.until(server.advertise(offer));
    lan.advance(5000);
    lan.weather.plug(serverHost, "eth0", ["fe80::1/64"]);
    lan.advance(60_000);
    expect(ids(browser)).toEqual([ROOT]);
    lan.weather.plug(serverHost, "eth0", ["10.0.0.1/16", "fe80::1/64"]);
    lan.advance(5000);
    const links = [...browser.services.values()][0]?.sightings.map(({ link }) => link);
    expect(links?.sort()).toEqual(["eth0/4", "eth0/6"]);
  });

  test("F-14 two interfaces in one subnet: one device, no conflict with itself, no flapping", async () => {
    const twin = {
      interfaces: [
        { name: "eth0", addresses: ["10.0.0.1/16", "fe80::1/64"] },
        { name: "wlan0", addresses: ["10.0.0.2/16", "fe80::2/64"] },
      ],
    };
    const { lan, server, laptop } = household({}, { server: twin });
    const lines = diary(laptop.browse("upnp:rootdevice"));
    await lan.until(server.advertise(offer));
    lan.advance(3_600_000);
    expect(lines.filter((line) => line.startsWith("found"))).toEqual([`found ${ROOT}`]);
    expect(lines.filter((line) => line.startsWith("updated")).length).toBeLessThanOrEqual(2);
    expect(lines.filter((line) => line.startsWith("lost"))).toEqual([]);
  });

  test("F-17 F34 where there is only IPv6, all works over IPv6", async () => {
    const v6 = { server: { addresses: ["fe80::1/64"] }, laptop: { addresses: ["fe80::2/64"] } };
    const { lan, server, laptop } = household({}, v6);
    await lan.until(server.advertise(offer));
    const [found] = await lan.until(laptop.find(MEDIA_SERVER));
    expect(found?.location).toBe("http://[fe80::1]:8200/description.xml");
  });

  test("F-18 two hosts with one link-local address on two networks are told apart by the link", async () => {
    const between = {
      interfaces: [
        { name: "eth0", segment: "a", addresses: ["fe80::9/64"] },
        { name: "eth1", segment: "b", addresses: ["fe80::9/64"] },
      ],
    };
    const { lan, laptop } = household({}, { laptop: between });
    for (const segment of ["a", "b"]) {
      const host = { interfaces: [{ name: "eth0", segment, addresses: ["fe80::1/64"] }] };
      const { earshot } = guest(lan, `device-${segment}`, { host });
      await lan.until(earshot.advertise({ ...offer, udn: `uuid:on-${segment}` }));
    }
    const found = await lan.until(laptop.find("upnp:rootdevice"));
    expect(found.map(({ udn, sightings }) => [udn, sightings.map(({ link }) => link)]).sort()).toEqual([
      ["uuid:on-a", ["eth0/6"]],
      ["uuid:on-b", ["eth1/6"]],
    ]);
  });

  test("F-20 where another program keeps port 1900, searching still works, and a device is found by its announcements", async () => {
    const { lan, server, serverHost, laptop, laptopHost } = household();
    const third = guest(lan, "third");
    serverHost.blockPort(1900);
    laptopHost.blockPort(1900);
    const listener = third.earshot.browse("upnp:rootdevice");
    await lan.until(listener.ready);
    await lan.until(server.advertise(offer));
    lan.advance(2000);
    expect([...listener.services.values()][0]?.searchPort).toBeGreaterThanOrEqual(49_152);
    await lan.until(third.earshot.advertise({ ...offer, udn: "uuid:third" }));
    const found = await lan.until(laptop.find("upnp:rootdevice"));
    expect(found.map(({ udn }) => udn)).toEqual(["uuid:third"]);
  });
});

describe("weather", () => {
  test.each([0.05, 0.1, 0.2, 0.3])(
    "T-22 F-07 with a loss of %s everything is found in the end",
    async (loss) => {
      const { lan, server, laptop } = household({ loss });
      const browser = laptop.browse();
      await lan.until(server.advertise(offer));
      lan.advance(20 * 60_000);
      expect(ids(browser)).toEqual(FILMS);
    },
  );

  test("F-08 with every datagram doubled, each fact is told once", async () => {
    const { lan, server, laptop } = household({ duplicate: 1 });
    const lines = diary(laptop.browse("upnp:rootdevice"));
    const films = await lan.until(server.advertise(offer));
    lan.advance(60_000);
    await lan.until(films.close());
    lan.advance(2000);
    expect(lines).toEqual([`found ${ROOT}`, `lost ${ROOT} goodbye`]);
  });

  test("F-09 with half a second of disorder, goodbye and alive end where they should, without flapping", async () => {
    for (let seed = 0; seed < 50; seed++) {
      const { lan, server, laptop } = household({
        seed,
        latencyMs: [0, 500],
        reorder: 0.3,
        reorderMs: [1, 500],
      });
      const browser = laptop.browse("upnp:rootdevice");
      const lines = diary(browser);
      const films = await lan.until(server.advertise(offer));
      lan.advance(seed * 20);
      films.notify();
      await lan.until(films.close());
      lan.advance(5000);
      expect(ids(browser), `seed ${seed}`).toEqual([]);
      expect(lines.length, `seed ${seed}: ${lines.join(", ")}`).toBeLessThanOrEqual(2);
    }
  });

  test("a partition loses what is on the other side in time, and finds it again after the repair", async () => {
    const { lan, server, serverHost, laptop, laptopHost } = household();
    const browser = laptop.browse("upnp:rootdevice");
    await lan.until(server.advertise({ ...offer, maxAgeSeconds: 100 }));
    lan.advance(2000);
    lan.weather.partition(serverHost, laptopHost);
    lan.advance(110_000);
    expect(ids(browser)).toEqual([]);
    lan.weather.repair();
    lan.advance(60_000);
    expect(ids(browser)).toEqual([ROOT]);
  });
});

describe("time", () => {
  test("F-05 after a sleep what is gone is lost and what came is found within seconds", async () => {
    const { lan, server, laptop, laptopHost } = household();
    const browser = laptop.browse("upnp:rootdevice");
    const films = await lan.until(server.advertise(offer));
    lan.advance(2000);
    lan.weather.sleep(laptopHost, 3_600_000);
    await lan.until(films.close());
    await lan.until(server.advertise({ ...offer, udn: "uuid:new" }));
    lan.advance(3_600_000);
    lan.advance(8000);
    expect(ids(browser)).toEqual(["uuid:new::upnp:rootdevice"]);
  });

  test("J-18 a stalled program that catches up sends no burst of overdue announcements", async () => {
    const { lan, server, serverHost } = household();
    await lan.until(server.advertise({ ...offer, maxAgeSeconds: 10 }));
    lan.advance(5000);
    lan.weather.sleep(serverHost, 600_000);
    lan.advance(599_000);
    const before = lan.stats.sent;
    lan.advance(2000);
    expect(lan.stats.sent - before).toBeLessThanOrEqual(2 * 3 * FILMS.length);
  });

  test("F-06 J-17 a calendar that jumps ten years either way expires nothing", async () => {
    const { lan, server, laptop, laptopHost } = household();
    const browser = laptop.browse("upnp:rootdevice");
    const lines = diary(browser);
    await lan.until(server.advertise(offer));
    lan.advance(2000);
    for (const years of [10, -20, 10]) {
      lan.weather.jumpWall(laptopHost, years * 365 * 86_400_000);
      lan.advance(600_000);
    }
    expect(lines).toEqual([`found ${ROOT}`]);
  });

  test("F-28 a program that was busy for 2 s loses nothing", async () => {
    const { lan, server, laptop, laptopHost } = household();
    const lines = diary(laptop.browse("upnp:rootdevice"));
    await lan.until(server.advertise({ ...offer, maxAgeSeconds: 60 }));
    lan.advance(2000);
    for (let i = 0; i < 100; i++) {
      lan.weather.stall(laptopHost, 2000);
      lan.advance(7000);
    }
    expect(lines).toEqual([`found ${ROOT}`]);
  });
});

describe("strangers", () => {
  test("S-28 G-05 a search from off the link gets nothing", async () => {
    const { lan, server } = household();
    await lan.until(server.advertise(offer));
    lan.advance(5000);
    const capture = lan.capture();
    const answers = () => capture.datagrams.filter(({ from }) => from.port === 1900).length;
    const bytes = new TextEncoder().encode(
      'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\nMX: 1\r\nST: ssdp:all\r\n\r\n',
    );
    for (const address of ["203.0.113.9", "8.8.8.8", "192.168.1.1"]) {
      lan.inject({ from: { address, port: 5000 }, to: { address: "239.255.255.250", port: 1900 }, bytes });
      lan.inject({ from: { address, port: 5000 }, to: { address: "10.0.0.1", port: 1900 }, bytes });
    }
    lan.advance(6000);
    expect(answers()).toBe(0);
    lan.inject({
      from: { address: "10.0.200.1", port: 5000 },
      to: { address: "239.255.255.250", port: 1900 },
      bytes,
    });
    lan.advance(6000);
    expect(answers()).toBe(FILMS.length);
  });

  test("S-38 an alive sent by unicast is not believed", async () => {
    const { lan, laptop } = household({}, { laptop: { addresses: ["10.0.0.2/16"] } });
    const browser = laptop.browse();
    await lan.until(browser.ready);
    const bytes = new TextEncoder().encode(
      "NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nNT: uuid:x\r\nNTS: ssdp:alive\r\nUSN: uuid:x\r\n" +
        "LOCATION: http://10.0.0.9/\r\nCACHE-CONTROL: max-age=1800\r\n\r\n",
    );
    const from = { address: "10.0.0.9", port: 1900 };
    lan.inject({ from, to: { address: "10.0.0.2", port: 1900 }, bytes });
    lan.advance(100);
    expect(ids(browser)).toEqual([]);
    lan.inject({ from, to: { address: "239.255.255.250", port: 1900 }, bytes });
    lan.advance(100);
    expect(ids(browser)).toEqual(["uuid:x"]);
  });
});
