import { describe, expect, test } from "vitest";
import { alive, byebye, PEER, Rig, ROOT, response, UDN, V4, V6 } from "./rig.ts";

describe("links", () => {
  test("F-15 the same device by v4 and v6 is one, and the second family is no change", () => {
    const rig = new Rig({ links: [V4, V6] });
    rig.hear(alive());
    const v6 = { LOCATION: "http://[fe80::20]:8200/rootDesc.xml", HOST: "[FF02::C]:1900" };
    for (let i = 0; i < 5; i++) {
      rig.hear(alive(v6), { link: V6, address: "fe80::20" });
      rig.hear(alive());
    }
    expect(rig.told).toEqual([`found ${ROOT}`, `refreshed ${ROOT}`]);
    expect(rig.record(ROOT)?.sightings.map(({ link }) => link.id)).toEqual(["eth0/6", "eth0/4"]);
  });

  test("F-18 the same link-local address on two interfaces is two places", () => {
    const other = { ...V6, id: "eth1/6", interfaceName: "eth1" };
    const rig = new Rig({ links: [V6, other] });
    rig.hear(alive(), { link: V6, address: "fe80::20" });
    rig.hear(alive(), { link: other, address: "fe80::20" });
    expect(rig.record(ROOT)?.sightings.map(({ link }) => link.id)).toEqual(["eth1/6", "eth0/6"]);
  });

  test("F-01 a link that is back within ten seconds loses nothing", () => {
    const rig = new Rig();
    rig.hear(alive());
    rig.relink([]);
    rig.advance(9000);
    rig.relink([V4]);
    rig.advance(4000);
    expect(rig.sent.at(-1)?.to, "it is asked whether it is still there").toEqual({
      address: PEER,
      port: 1900,
    });
    rig.hear(response(), { socket: "own", to: "host" });
    rig.advance(60_000);
    expect(rig.told).toEqual([`found ${ROOT}`, `refreshed ${ROOT}`]);
  });

  test("F-01 a link that flaps gets ten seconds each time", () => {
    const rig = new Rig();
    rig.hear(alive());
    rig.relink([]);
    rig.advance(9000);
    rig.relink([V4]);
    rig.advance(100);
    rig.relink([]);
    rig.advance(9900);
    expect(rig.told).toEqual([`found ${ROOT}`]);
    rig.advance(100);
    expect(rig.told).toEqual([`found ${ROOT}`, `lost ${ROOT} link-down`]);
  });

  test("F-05 a sleep that ends before the network is back loses nothing within ten seconds", () => {
    const rig = new Rig();
    rig.hear(alive());
    rig.advance(1000);
    rig.relink([], true);
    rig.advance(8500);
    expect(rig.told).toEqual([`found ${ROOT}`]);
    rig.relink([V4]);
    rig.advance(4000);
    rig.hear(response(), { socket: "own", to: "host" });
    rig.advance(60_000);
    expect(rig.told.filter((line) => line.startsWith("lost"))).toEqual([]);
  });

  test("carried to another network, what was heard on the old one is lost in ten seconds, and not asked through a router", () => {
    const rig = new Rig();
    rig.hear(alive());
    const moved = { ...V4, address: "10.0.0.5", addresses: [{ address: "10.0.0.5", prefixLength: 24 }] };
    rig.relink([moved]);
    rig.advance(10_000);
    expect(rig.told).toEqual([`found ${ROOT}`, `lost ${ROOT} link-down`]);
    expect(rig.sent.filter(({ to }) => to !== "group" && to.address === PEER)).toEqual([]);
  });

  test("F-01 what was heard on a link that stays away is lost", () => {
    const rig = new Rig();
    rig.hear(alive());
    rig.relink([]);
    rig.advance(10_000);
    expect(rig.told).toEqual([`found ${ROOT}`, `lost ${ROOT} link-down`]);
  });

  test("F-05 after a sleep every device is asked; who answers stays, who does not is lost", () => {
    const rig = new Rig();
    rig.hear(alive());
    rig.hear(alive({ NT: "uuid:b", USN: "uuid:b" }), { address: "192.168.1.21" });
    rig.advance(60_000);
    rig.forget();
    rig.relink([V4], true);
    rig.advance(4000);
    expect(rig.sent.map(({ to }) => (to === "group" ? to : to.address))).toContain("192.168.1.21");
    rig.hear(response({ ST: UDN, USN: UDN }), { socket: "own", to: "host" });
    rig.advance(5000);
    expect(rig.record("uuid:b")).toBeUndefined();
    expect(rig.record(ROOT)).toBeDefined();
  });

  test("a device that moved to another address of the same link is updated, and the old address runs out", () => {
    const rig = new Rig();
    rig.hear(alive({ "CACHE-CONTROL": "max-age=60" }));
    rig.hear(alive({ LOCATION: "http://192.168.1.99:8200/rootDesc.xml" }), { address: "192.168.1.99" });
    expect(rig.told).toEqual([`found ${ROOT}`, `updated ${ROOT}`]);
    rig.advance(63_100);
    expect(rig.record(ROOT)?.sightings.map(({ from }) => from)).toEqual(["192.168.1.99"]);
  });
});

describe("bounds", () => {
  test("G-35 one source has 64 devices and no more: what it says beyond that changes nothing", () => {
    const rig = new Rig();
    rig.hear(alive(), { address: "192.168.1.2" });
    for (let round = 0; round < 5; round++) {
      for (let i = 0; i < 100; i++) rig.hear(alive({ NT: `uuid:${i}`, USN: `uuid:${i}` }));
    }
    expect([...rig.engine.records]).toHaveLength(65);
    expect(rig.told.filter((line) => line.startsWith("found"))).toHaveLength(65);
    expect(rig.told.filter((line) => line.endsWith("evicted"))).toEqual([]);
    expect(rig.engine.counts.dropped.get("too-many-devices")).toBe(5 * 36);
  });

  test("S-32 G-35 a flood of distinct devices from many sources is held at 2,048 devices", () => {
    const rig = new Rig();
    for (let i = 0; i < 10_000; i++) {
      rig.hear(alive({ NT: `uuid:${i}`, USN: `uuid:${i}` }), { address: `192.168.1.${i % 250}` });
    }
    expect([...rig.engine.records]).toHaveLength(2048);
    expect(rig.engine.waiting.length).toBe(2048);
  });

  test("S-32 a flood does not push out the one device of a quiet source", () => {
    const rig = new Rig();
    rig.hear(alive(), { address: "192.168.1.2" });
    for (let i = 0; i < 20_000; i++) {
      rig.hear(alive({ NT: `uuid:${i}`, USN: `uuid:${i}` }), { address: `192.168.1.${3 + (i % 200)}` });
    }
    expect(rig.record(ROOT)).toBeDefined();
  });

  test("G-35 one device with endless types is held at 256 of them", () => {
    const rig = new Rig();
    for (let i = 0; i < 2000; i++) rig.hear(alive({ NT: `urn:x:${i}`, USN: `${UDN}::urn:x:${i}` }));
    expect([...rig.engine.records].length).toBe(256);
    expect(rig.engine.counts.dropped.get("too-many-services")).toBe(1744);
  });

  test("one device said to be at endless addresses is believed at 8 of them: the first, and the latest heard", () => {
    const rig = new Rig();
    for (let i = 0; i < 200; i++) {
      rig.hear(alive(), { address: `192.168.1.${i + 1}` });
      rig.advance(1);
    }
    expect(rig.record(ROOT)?.sightings.map(({ from }) => from)).toEqual(
      [200, 199, 198, 197, 196, 195, 194, 1].map((n) => `192.168.1.${n}`),
    );
    expect(rig.told.filter((line) => line.startsWith("lost"))).toEqual([]);
  });

  test("a device does not hide behind strangers who claim to be it: it is believed when it speaks", () => {
    const rig = new Rig();
    for (let i = 0; i < 50; i++) rig.hear(alive(), { address: `192.168.1.${100 + i}` });
    rig.advance(10);
    rig.hear(alive());
    expect(rig.record(ROOT)?.sightings[0]?.from).toBe(PEER);
  });

  test("S-34 goodbyes forged for a thousand devices make us ask four of them, not all", () => {
    const rig = new Rig();
    for (let i = 0; i < 1000; i++) {
      rig.hear(alive({ NT: `uuid:${i}`, USN: `uuid:${i}` }), { address: `192.168.1.${i % 100}` });
    }
    rig.forget();
    for (let i = 0; i < 1000; i++) {
      rig.hear(alive({ NT: `uuid:${i}`, USN: `uuid:${i}`, NTS: "ssdp:byebye" }), {
        address: "192.168.1.250",
      });
    }
    expect(rig.sent).toHaveLength(4);
  });

  test("what pushes out a device's own other place does not lose the device, and leaves nothing behind", () => {
    const rig = new Rig({ limits: { devices: 4, devicesPerSource: 4 } });
    rig.hear(alive({ NT: "uuid:v", USN: "uuid:v" }), { address: "192.168.1.20" });
    for (let i = 0; i < 7; i++)
      rig.hear(alive({ NT: `uuid:${i % 3}`, USN: `uuid:${i % 3}` }), { address: `192.168.1.${30 + i}` });
    rig.hear(alive({ NT: "uuid:v", USN: "uuid:v" }), { address: "192.168.1.40" });
    rig.hear(alive({ NT: "uuid:v", USN: "uuid:v" }), { address: "192.168.1.40" });
    expect(rig.told.filter((line) => line === "found uuid:v")).toHaveLength(1);
    rig.advance(10_000_000);
    expect([[...rig.engine.records], rig.engine.waiting]).toEqual([[], []]);
    expect(rig.told.filter((line) => line.startsWith("lost uuid:v"))).toHaveLength(1);
  });

  test("S-34 who says goodbye and hello all day makes us ask once in 30 seconds, and keeps nobody else alive", () => {
    const rig = new Rig();
    for (let i = 0; i < 20; i++) {
      rig.hear(alive({ NT: `uuid:${i}`, USN: `uuid:${i}`, "CACHE-CONTROL": "max-age=60" }), {
        address: `192.168.1.${100 + i}`,
      });
    }
    for (let i = 0; i < 4000; i++) {
      const usn = { NT: `uuid:x${i}`, USN: `uuid:x${i}`, "BOOTID.UPNP.ORG": "1" };
      rig.hear(alive({ ...usn, NTS: "ssdp:byebye" }), { address: "192.168.1.66" });
      rig.hear(alive(usn), { address: "192.168.1.66" });
      rig.advance(25);
    }
    const asked = rig.sent.filter(({ to }) => to !== "group" && to.address === "192.168.1.66");
    expect(asked.length).toBeLessThanOrEqual(2 * 4);
    expect([...rig.engine.records].filter(({ udn }) => /^uuid:\d/.test(udn))).toEqual([]);
    expect(rig.engine.waiting.length).toBeLessThanOrEqual(200);
  });

  test("J-18 after a jump of the clock asking is spread, and nobody is lost unasked", () => {
    const rig = new Rig();
    for (let i = 0; i < 1000; i++) {
      rig.hear(alive({ NT: `uuid:${i}`, USN: `uuid:${i}`, "CACHE-CONTROL": "max-age=60" }), {
        address: `192.168.1.${i % 100}`,
      });
    }
    rig.forget();
    rig.now += 3_600_000;
    rig.turn((turn) => rig.engine.wake(turn));
    expect(rig.sent.length).toBeLessThanOrEqual(50);
    expect(rig.told).toEqual([]);
    rig.advance(120_000);
    expect([...rig.engine.records]).toEqual([]);
  });

  test("kept strings are copies: a cache of one entry in many places does not keep every datagram", () => {
    const rig = new Rig();
    const padding = "x".repeat(1900);
    for (let i = 0; i < 8; i++) {
      for (let j = 0; j < 8; j++) {
        const headers = { LOCATION: `http://192.168.1.${i + 1}:${8000 + j}/`, "A.EXAMPLE.COM": padding };
        rig.hear(alive(headers), { address: `192.168.1.${i + 1}` });
      }
    }
    const locations = rig.record(ROOT)?.sightings.flatMap(({ locations }) => locations) ?? [];
    expect(locations).toHaveLength(64);
    expect(locations.every(({ url }) => url.length < 40)).toBe(true);
  });

  test("quirk S17 a LOCATION of more than 1,024 characters is not kept", () => {
    const rig = new Rig();
    rig.hear(alive({ LOCATION: `http://${PEER}/${"a".repeat(1100)}` }));
    expect(rig.record(ROOT)?.sightings[0]?.locations).toEqual([]);
  });
});

describe("S-32 T-31 a flood from many addresses, when all tables are full", () => {
  const flood = (rig: Rig, count: number, first = 0): void => {
    for (let i = first; i < first + count; i++) {
      const address = `192.168.1.${20 + (i % 200)}`;
      rig.hear(alive({ USN: `uuid:${i}`, NT: `uuid:${i}`, LOCATION: `http://${address}/` }), { address });
    }
  };

  test("drives others out for a moment, and then no faster than 200 a second", () => {
    const rig = new Rig({ limits: { devices: 50, services: 100 } });
    flood(rig, 50);
    rig.forget();
    flood(rig, 1000, 50);
    expect(rig.told.filter((told) => told.startsWith("lost")).length).toBe(400);
    expect(rig.engine.counts.dropped.get("displaced-too-often")).toBe(600);
    rig.advance(1000);
    rig.forget();
    flood(rig, 1000, 2000);
    expect(rig.told.filter((told) => told.startsWith("lost")).length).toBe(200);
    expect(rig.engine.counts.known).toBe(50);
  });

  test("is no reason to refuse what is known, or what answers a search of ours", () => {
    const rig = new Rig({ limits: { devices: 50, services: 100 } });
    rig.search();
    flood(rig, 2000);
    rig.forget();
    rig.hear(response({ USN: "uuid:asked", ST: "uuid:asked", LOCATION: "http://192.168.1.250/" }), {
      address: "192.168.1.250",
      socket: "own",
      to: "host",
    });
    expect(rig.told).toContain("found uuid:asked");
  });

  test("is limited also where it pretends to answer a search of ours", () => {
    const rig = new Rig({ limits: { devices: 50, services: 100 } });
    rig.search();
    flood(rig, 50);
    rig.forget();
    for (let i = 0; i < 5000; i++) {
      const address = `192.168.1.${20 + (i % 200)}`;
      rig.hear(response({ USN: `uuid:r${i}`, ST: `uuid:r${i}`, LOCATION: `http://${address}/` }), {
        address,
        socket: "own",
        to: "host",
      });
    }
    expect(rig.told.filter((told) => told.startsWith("lost")).length).toBe(2000);
  });
});

describe("LOCATIONs of long ago", () => {
  const at = (port: number) => ({ LOCATION: `http://${PEER}:${port}/`, "CACHE-CONTROL": "max-age=60" });

  test("are forgotten: a goodbye takes along no other device that is there now", () => {
    const rig = new Rig();
    rig.hear(alive({ USN: "uuid:a::upnp:rootdevice", ...at(8080) }));
    rig.hear(alive({ USN: "uuid:a::upnp:rootdevice", ...at(8081) }));
    for (let minute = 0; minute < 5; minute++) {
      rig.advance(40_000);
      rig.hear(alive({ USN: "uuid:a::upnp:rootdevice", ...at(8081) }));
      rig.hear(alive({ USN: "uuid:b::upnp:rootdevice", ...at(8080) }));
    }
    rig.forget();
    rig.hear(byebye({ USN: "uuid:a::upnp:rootdevice" }));
    expect(rig.told).toEqual(["lost uuid:a::upnp:rootdevice goodbye"]);
  });
});
