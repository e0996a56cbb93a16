import { describe, expect, test } from "vitest";
import { Name } from "../../src/mdns/index.ts";
import { Lan } from "../../src/testing/index.ts";
import { describeInstance, messagesOf, Neighbour, street } from "./street.ts";

const WEB = Name.parse("Web._http._tcp.local");

describe("changes", () => {
  test("text and port are told as they change, and there is no moment without the service", () => {
    const { lan, server, laptop } = street(["server", "laptop"]);
    laptop.browse();
    server.publish({ txt: { v: "1" } });
    lan.advance(5000);
    laptop.events.splice(0);
    server.change(1, { txt: { v: "2" } });
    lan.advance(3000);
    expect(laptop.told).toEqual(["updated Web server.local:80 10.0.0.1,fe80::1"]);
    expect(laptop.found[0]?.txt.text("v")).toBe("2");
    server.change(1, { txt: { v: "2" }, port: 81 });
    lan.advance(3000);
    expect(laptop.told).toEqual(["updated Web server.local:81 10.0.0.1,fe80::1"]);
  });

  test("B-34 another name: a goodbye for the old one, probes for the new one", () => {
    const { lan, server, laptop } = street(["server", "laptop"]);
    laptop.browse();
    server.publish();
    lan.advance(5000);
    laptop.events.splice(0);
    const capture = lan.capture();
    server.change(1, { name: "Shop" });
    lan.advance(3000);
    const probes = messagesOf(capture).filter(
      ({ from, message }) =>
        from === "10.0.0.1" && message.authorities.some(({ name }) => name.first === "Shop"),
    );
    expect(probes).toHaveLength(3);
    expect(server.told.at(-1)).toBe("published 1 Shop at server.local");
    expect(laptop.told).toEqual(
      expect.arrayContaining(["lost Web goodbye", expect.stringMatching(/^found Shop server.local:80/)]),
    );
    expect(laptop.found.map(({ instance }) => instance)).toEqual(["Shop"]);
  });

  test("A63-043 an instance that was resolved is kept up to date, also when it goes", () => {
    const { lan, server, laptop } = street(["server", "laptop"]);
    server.publish();
    lan.advance(10_000);
    const ports: (number | undefined)[] = [];
    laptop.turn((turn) => laptop.engine.resolve(WEB, (state) => void ports.push(state?.port), turn));
    lan.advance(2000);
    server.change(1, { port: 8080 });
    lan.advance(5000);
    server.withdraw(1);
    lan.advance(10_000);
    expect([...new Set(ports)]).toEqual([80, 8080, undefined]);
    expect(ports.at(-1)).toBeUndefined();
  });

  test("addresses follow the interface", () => {
    const lan = new Lan({ seed: 4 });
    const server = new Neighbour(lan, "server", { lan: { addresses: ["10.0.0.5/16"] } });
    const laptop = new Neighbour(lan, "laptop");
    laptop.browse();
    server.publish();
    lan.advance(5000);
    expect(laptop.found.map(describeInstance)).toEqual(["Web server.local:80 10.0.0.5"]);
    lan.weather.unplug(server.host);
    lan.advance(2000);
    lan.weather.plug(server.host, "eth0", ["10.0.0.6/16"]);
    lan.advance(10_000);
    expect(laptop.found.map(describeInstance)).toEqual(["Web server.local:80 10.0.0.6"]);
  });
});

describe("conflicts", () => {
  test("A63-044 of two of the same name one is renamed, and both are found", () => {
    const { lan, first, second, laptop } = street(["first", "second", "laptop"]);
    laptop.browse();
    first.publish({ name: "Office", txt: { n: "1" } });
    lan.advance(5000);
    second.publish({ name: "Office", port: 81, txt: { n: "2" } });
    lan.advance(10_000);
    expect(first.told).toEqual(["published 1 Office at first.local"]);
    expect(second.told).toEqual([
      "renamed 1 instance Office to Office (2)",
      "published 1 Office (2) at second.local",
    ]);
    expect(laptop.found.map(({ instance, txt }) => `${instance} ${txt.text("n")}`)).toEqual([
      "Office 1",
      "Office (2) 2",
    ]);
  });

  test("A63-044 at the same instant, too", () => {
    const names = ["a", "b", "c", "d"] as const;
    const { lan, laptop, ...servers } = street([...names, "laptop"]);
    laptop.browse();
    for (const name of names) servers[name].publish({ name: "Office" });
    lan.advance(60_000);
    expect(laptop.found.map(({ instance }) => instance)).toEqual([
      "Office",
      "Office (2)",
      "Office (3)",
      "Office (4)",
    ]);
    expect(new Set(laptop.found.map(({ host }) => host.toString())).size).toBe(4);
  });

  test("A63-044 of two hosts of the same name one is renamed, and its services are found there", () => {
    const lan = new Lan({ seed: 4 });
    const first = new Neighbour(lan, "first", { host: "box" });
    const second = new Neighbour(lan, "second", { host: "box" });
    const laptop = new Neighbour(lan, "laptop");
    laptop.browse();
    first.publish({ name: "One" });
    lan.advance(5000);
    second.publish({ name: "Two" });
    lan.advance(10_000);
    expect(second.told).toEqual([
      "renamed 1 host box.local to box-2.local",
      "published 1 Two at box-2.local",
    ]);
    expect(laptop.found.map(describeInstance)).toEqual([
      "One box.local:80 10.0.0.1 fe80::1",
      "Two box-2.local:80 10.0.0.2 fe80::2",
    ]);
  });
});
