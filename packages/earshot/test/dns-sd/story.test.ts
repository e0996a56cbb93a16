import { describe, expect, test } from "vitest";
import { Name, TYPE } from "../../src/mdns/index.ts";
import { Lan } from "../../src/testing/index.ts";
import { describeInstance, messagesOf, Neighbour, street } from "./street.ts";

const WEB = Name.parse("Web._http._tcp.local");

describe("publishing and browsing", () => {
  test("what is published is found, with its text and the addresses of both families", () => {
    const { lan, server, laptop } = street(["server", "laptop"]);
    laptop.browse();
    server.publish({ txt: { path: "/", tls: true } });
    lan.advance(3000);
    expect(server.told).toEqual(["published 1 Web at server.local"]);
    expect(laptop.found.map(describeInstance)).toEqual(["Web server.local:80 path=/ tls 10.0.0.1 fe80::1"]);
    expect(laptop.found[0]?.sightings.map(({ link }) => link.id)).toEqual(["eth0/4", "eth0/6"]);
    expect(laptop.told.map((line) => line.split(" ").slice(0, 2).join(" "))[0]).toBe("found Web");
  });

  test("A63-038 A63-039 who comes later is told all by the answer to one question", () => {
    const lan = new Lan({ seed: 4 });
    const server = new Neighbour(lan, "server", { lan: { addresses: ["10.0.0.1/16"] } });
    const laptop = new Neighbour(lan, "laptop", { lan: { addresses: ["10.0.0.2/16"] } });
    server.publish();
    lan.advance(60_000);
    const capture = lan.capture();
    laptop.browse();
    lan.advance(1500);
    expect(laptop.found.map(describeInstance)).toEqual(["Web server.local:80 10.0.0.1"]);
    const asked = messagesOf(capture).flatMap(({ message }) =>
      message.questions.map(({ name }) => name.toString()),
    );
    expect(new Set(asked)).toEqual(new Set(["_http._tcp.local"]));
    const [answer] = messagesOf(capture).filter(({ message }) => message.kind === "response");
    const also = answer?.message.additionals.map(({ type }) => type);
    expect(also).toEqual(expect.arrayContaining([TYPE.SRV, TYPE.TXT, TYPE.A]));
  });

  test("A63-039 the answer to a question for a place brings the addresses of both families", () => {
    const { lan, server, laptop } = street(["server", "laptop"]);
    server.publish();
    lan.advance(60_000);
    const capture = lan.capture();
    laptop.turn((turn) =>
      laptop.engine.mdns.ask({ name: WEB, type: TYPE.SRV, mode: "once" }, () => {}, turn),
    );
    lan.advance(2000);
    const [answer] = messagesOf(capture).filter(({ message }) => message.kind === "response");
    expect(answer?.message.answers.map(({ type }) => type)).toEqual([TYPE.SRV]);
    const also = answer?.message.additionals.map(({ type }) => type);
    expect(also).toEqual(expect.arrayContaining([TYPE.A, TYPE.AAAA]));
  });

  test("A63-040 the answer to a question for a text needs nothing besides", () => {
    const { lan, server, laptop } = street(["server", "laptop"]);
    server.publish();
    lan.advance(60_000);
    const capture = lan.capture();
    laptop.turn((turn) =>
      laptop.engine.mdns.ask({ name: WEB, type: TYPE.TXT, mode: "once" }, () => {}, turn),
    );
    lan.advance(2000);
    const answers = messagesOf(capture).filter(({ message }) => message.kind === "response");
    expect(answers.length).toBeGreaterThan(0);
    for (const { message } of answers) {
      expect(message.answers.map(({ type }) => type)).toEqual([TYPE.TXT]);
      expect(message.additionals.filter(({ type }) => type !== TYPE.NSEC)).toEqual([]);
    }
  });

  test("a goodbye is told within a second or so; nothing is left to ask or say", () => {
    const { lan, server, laptop } = street(["server", "laptop"]);
    laptop.browse();
    const id = server.publish();
    lan.advance(3000);
    laptop.events.splice(0);
    server.withdraw(id);
    lan.advance(1500);
    expect(server.told.at(-1)).toBe("withdrawn 1");
    expect(laptop.told).toEqual(["lost Web goodbye"]);
    expect(server.engine.counts.publications).toBe(0);
    lan.advance(3_600_000);
    expect(laptop.told).toEqual([]);
  });

  test("A63-031 M39 a subtype finds those that have it, by their plain names", () => {
    const { lan, server, laptop } = street(["server", "laptop"]);
    server.publish({ type: "_ipp._tcp,_universal", name: "Colour" });
    server.publish({ type: "_ipp._tcp", name: "Old", port: 81 });
    laptop.browse("_universal._sub._ipp._tcp");
    lan.advance(3000);
    expect(laptop.found.map(({ name, subtypes }) => `${name} ${subtypes}`)).toEqual([
      "Colour._ipp._tcp.local _universal",
    ]);
  });

  test("A63-035 every type is found by a browse for everything", () => {
    const { lan, server, laptop } = street(["server", "laptop"]);
    server.publish();
    server.publish({ type: "_ipp._tcp", name: "Print", port: 631 });
    server.publish({ type: "_ipp._tcp", name: "Print more", port: 632 });
    const types: string[] = [];
    laptop.turn((turn) =>
      laptop.engine.browseTypes(({ kind, type }) => void types.push(`${kind} ${type}`), turn),
    );
    laptop.browseEverything();
    lan.advance(5000);
    expect(types.toSorted()).toEqual(["added _http._tcp", "added _ipp._tcp"]);
    expect(laptop.found.map(({ instance, type }) => `${instance} ${type}`)).toEqual([
      "Print _ipp._tcp",
      "Print more _ipp._tcp",
      "Web _http._tcp",
    ]);
    server.withdraw(2);
    lan.advance(5000);
    expect(types).toHaveLength(2);
    server.withdraw(3);
    lan.advance(5000);
    expect(types.at(-1)).toBe("removed _ipp._tcp");
  });

  test("names of instances are told without resolving them", () => {
    const { lan, server, laptop } = street(["server", "laptop"]);
    server.publish({ name: "Dr. Who" });
    const names: string[] = [];
    const following = laptop.turn((turn) =>
      laptop.engine.browseInstances(
        "_http._tcp",
        ({ kind, name }) => void names.push(`${kind} ${name}`),
        turn,
      ),
    );
    lan.advance(3000);
    expect(names).toEqual(["added Dr\\. Who._http._tcp.local"]);
    expect(laptop.engine.counts.instances).toBe(0);
    following.end();
    server.withdraw(1);
    lan.advance(3000);
    expect(names).toHaveLength(1);
  });

  test("A63-036 domains that a host recommends are told", () => {
    const { lan, server, laptop } = street(["server", "laptop"]);
    const domain = Name.parse("example.com");
    const name = Name.parse("b._dns-sd._udp.local");
    server.turn((turn) =>
      server.engine.mdns.publish(
        {
          recordsOn: () => [
            { name, type: TYPE.PTR, ttl: 4500, isShared: true, data: { kind: "PTR", target: domain } },
          ],
          hear: () => {},
        },
        turn,
      ),
    );
    const domains: string[] = [];
    laptop.turn((turn) =>
      laptop.engine.enumerateDomains(
        "browse",
        ({ kind, name: at }) => void domains.push(`${kind} ${at}`),
        turn,
      ),
    );
    lan.advance(3000);
    expect(domains).toEqual(["added example.com"]);
  });

  test("a host that cannot speak for itself is found by what another says of it", () => {
    const { lan, server, laptop } = street(["server", "laptop"]);
    server.publish({ type: "_ipp._tcp", name: "Old", port: 631, host: "printer", addresses: ["10.0.0.77"] });
    laptop.browse("_ipp._tcp");
    lan.advance(3000);
    expect(laptop.found.map(describeInstance)).toEqual(["Old printer.local:631 10.0.0.77"]);
  });

  test("A63-033 A63-034 a name that is only taken is found with port 0 and a real host", () => {
    const { lan, server, laptop } = street(["server", "laptop"]);
    server.publish({ type: "_printer._tcp", name: "Print", port: 0 });
    laptop.browse("_printer._tcp");
    lan.advance(3000);
    expect(laptop.found.map(({ host, port }) => `${host}:${port}`)).toEqual(["server.local:0"]);
  });

  test("a browse that only listens finds what is announced, and says nothing", () => {
    const { lan, server, laptop } = street(["server", "laptop"]);
    laptop.browse("_http._tcp", true);
    lan.advance(2000);
    const capture = lan.capture();
    server.publish();
    lan.advance(5000);
    expect(laptop.found.map(({ instance }) => instance)).toEqual(["Web"]);
    const laptops = messagesOf(capture).filter(({ from }) => from === "10.0.0.2" || from === "fe80::2");
    expect(laptops).toEqual([]);
  });
});
