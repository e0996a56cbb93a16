import { describe, expect, test } from "vitest";
import { Name } from "../../src/mdns/index.ts";
import { Lan } from "../../src/testing/index.ts";
import { describeInstance, Neighbour, street } from "./street.ts";

const WEB = Name.parse("Web._http._tcp.local");

describe("one machine", () => {
  test("two programs with names of their own live side by side, whoever was first", () => {
    const lan = new Lan({ seed: 4 });
    const first = new Neighbour(lan, "machine", { host: "one" });
    const second = new Neighbour(first.host, "two");
    const laptop = new Neighbour(lan, "laptop");
    laptop.browse();
    first.publish({ name: "One" });
    lan.advance(5000);
    second.publish({ name: "Two", port: 81 });
    lan.advance(60_000);
    expect(first.told).toEqual(["published 1 One at one.local"]);
    expect(second.told).toEqual(["published 1 Two at two.local"]);
    expect(laptop.found.map(describeInstance)).toEqual([
      "One one.local:80 10.0.0.1 fe80::1",
      "Two two.local:81 10.0.0.1 fe80::1",
    ]);
  });

  test("two programs share the name of the host, for they say the same of it", () => {
    const lan = new Lan({ seed: 4 });
    const first = new Neighbour(lan, "machine", { host: "box" });
    const second = new Neighbour(first.host, "box");
    first.publish({ name: "One" });
    second.publish({ name: "Two", port: 81 });
    lan.advance(60_000);
    expect(first.told).toEqual(["published 1 One at box.local"]);
    expect(second.told).toEqual(["published 1 Two at box.local"]);
  });

  test("F-14 two interfaces in one network are no conflict with oneself", () => {
    const lan = new Lan({ seed: 4 });
    const interfaces = ["eth0", "wlan0"].map((name, index) => ({
      name,
      addresses: [`10.0.0.${index + 1}/16`],
    }));
    const server = new Neighbour(lan, "server", { lan: { interfaces } });
    const laptop = new Neighbour(lan, "laptop", { lan: { addresses: ["10.0.0.9/16"] } });
    laptop.browse();
    server.publish();
    lan.advance(60_000);
    expect(server.told).toEqual(["published 1 Web at server.local"]);
    expect(laptop.found).toHaveLength(1);
  });

  test("F-17 without IPv4 it is found at link-local addresses, with the link to reach them by", () => {
    const lan = new Lan({ seed: 4 });
    const server = new Neighbour(lan, "server", { lan: { addresses: ["fe80::1/64"] } });
    const laptop = new Neighbour(lan, "laptop", { lan: { addresses: ["fe80::2/64"] } });
    laptop.browse();
    server.publish();
    lan.advance(5000);
    expect(laptop.found.map(describeInstance)).toEqual(["Web server.local:80 fe80::1"]);
    expect(laptop.found[0]?.addresses[0]?.link.id).toBe("eth0/6");
  });

  test("F-05 after a sleep it is published and found as before", () => {
    const { lan, server, laptop } = street(["server", "laptop"]);
    laptop.browse();
    server.publish();
    lan.advance(5000);
    lan.weather.sleep(laptop.host, 3_600_000);
    lan.advance(3_660_000);
    expect(laptop.found.map(({ instance }) => instance)).toEqual(["Web"]);
    lan.weather.sleep(server.host, 60_000);
    lan.advance(120_000);
    expect(laptop.found.map(({ instance }) => instance)).toEqual(["Web"]);
    expect(server.told).toEqual(["published 1 Web at server.local"]);
  });
});

describe("bad weather", () => {
  test.each([1, 2, 3, 4, 5])(
    "F-07 with every fifth datagram lost all are found within a minute (seed %i)",
    (seed) => {
      const { lan, one, two, three, laptop } = street(["one", "two", "three", "laptop"], { seed, loss: 0.2 });
      laptop.browse();
      for (const [index, each] of [one, two, three].entries()) each.publish({ name: `Web ${index}` });
      lan.advance(60_000);
      expect(laptop.found.map(({ instance }) => instance)).toEqual(["Web 0", "Web 1", "Web 2"]);
    },
  );

  test("F-08 what arrives twice is told once", () => {
    const { lan, server, laptop } = street(["server", "laptop"], { duplicate: 1 });
    laptop.browse();
    server.publish();
    lan.advance(10_000);
    const told = laptop.told;
    expect(server.told).toEqual(["published 1 Web at server.local"]);
    expect(told.filter((line) => line.startsWith("found"))).toHaveLength(1);
    expect(told.filter((line) => line.startsWith("lost"))).toEqual([]);
  });

  test("F-31 a host that crashed is lost when its records run out, two minutes later", () => {
    const { lan, server, laptop } = street(["server", "laptop"]);
    laptop.browse();
    server.publish();
    lan.advance(5000);
    laptop.events.splice(0);
    lan.weather.crash(server.host);
    lan.advance(100_000);
    expect(laptop.told).toEqual([]);
    lan.advance(60_000);
    expect(laptop.told.at(-1)).toBe("lost Web expired");
    expect(laptop.found).toEqual([]);
  });

  test("F-31 sooner, when somebody could not connect and says so", () => {
    const { lan, server, laptop } = street(["server", "laptop"]);
    laptop.browse();
    server.publish();
    lan.advance(5000);
    lan.weather.crash(server.host);
    laptop.events.splice(0);
    laptop.turn((turn) => laptop.engine.reconfirm(WEB, turn));
    lan.advance(12_000);
    expect(laptop.told.at(-1)).toBe("lost Web expired");
  });

  test("one that is still there survives the doubt", () => {
    const { lan, server, laptop } = street(["server", "laptop"]);
    laptop.browse();
    server.publish();
    lan.advance(5000);
    laptop.events.splice(0);
    laptop.turn((turn) => laptop.engine.reconfirm(WEB, turn));
    lan.advance(30_000);
    expect(laptop.told).toEqual([]);
    expect(laptop.found).toHaveLength(1);
  });

  test("F-15 M21 found over two interfaces it is one, with what was said on each", () => {
    const lan = new Lan({ seed: 4 });
    const interfaces = (last: number) => [
      { name: "eth0", addresses: [`10.0.0.${last}/16`] },
      { name: "wlan0", segment: "radio", addresses: [`10.9.0.${last}/24`] },
    ];
    const server = new Neighbour(lan, "server", { lan: { interfaces: interfaces(1) } });
    const laptop = new Neighbour(lan, "laptop", { lan: { interfaces: interfaces(2) } });
    laptop.browse();
    server.publish();
    lan.advance(5000);
    expect(laptop.found.map(describeInstance)).toEqual(["Web server.local:80 10.0.0.1 10.9.0.1"]);
    expect(laptop.found[0]?.sightings.map(({ link }) => link.id)).toEqual(["eth0/4", "wlan0/4"]);
    expect(laptop.found[0]?.addresses.map(({ link }) => link.id)).toEqual(["eth0/4", "wlan0/4"]);
    lan.weather.unplug(laptop.host, "wlan0");
    lan.advance(60_000);
    expect(laptop.found.map(describeInstance)).toEqual(["Web server.local:80 10.0.0.1"]);
  });
});
