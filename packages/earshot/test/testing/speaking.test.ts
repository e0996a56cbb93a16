import { describe, expect, test } from "vitest";
import type { Binding } from "../../src/core/engine.ts";
import { Lan } from "../../src/testing/index.ts";
import { Notebook } from "./kit.ts";

const MDNS: Binding = {
  port: 5353,
  groups: { 4: ["224.0.0.251"], 6: ["ff02::fb"] },
  hops: 255,
  unicastHops: 255,
  speaksFromPort: true,
};

describe("a binding that speaks from the port, on a host where another program has it", () => {
  function pair(): { lan: Lan; a: Notebook; b: Notebook } {
    const lan = new Lan({ seed: 1 });
    const host = lan.addHost("a");
    host.blockPort(5353);
    const [a, b] = [new Notebook(host, MDNS), new Notebook(lan.addHost("b"), MDNS)];
    lan.advance(0);
    return { lan, a, b };
  }

  test("A62-036 M32 it has no port of its own there, and is heard from that port all the same", () => {
    const { lan, a, b } = pair();
    expect(a.faults).toEqual([]);
    for (const family of [4, 6] as const) {
      expect(a.link(family).sharedPort).toBeUndefined();
      a.say(`to the group ${family}`, { link: a.link(family) });
      const to = { address: b.link(family).address, port: 5353 };
      a.say(`to the host ${family}`, { link: a.link(family), to });
    }
    lan.advance(10);
    const told = b.heard.map(({ from, to, socket }) => [from.port, to, socket].join(" ")).sort();
    const expected = ["5353 group shared", "5353 group shared", "5353 host shared", "5353 host shared"];
    expect(told).toEqual(expected);
  });

  test("it hears the group, and what is sent to the host at that port is for the other program", () => {
    const { lan, a, b } = pair();
    b.say("for all");
    b.say("for the other program", { to: { address: a.link().address, port: 5353 } });
    b.say("for our own port", { to: { address: a.link().address, port: a.link().ownPort } });
    lan.advance(10);
    expect(a.heard.map(({ to, socket }) => `${to} ${socket}`).sort()).toEqual(["group shared", "host own"]);
  });

  test("closed, it is heard no more and hears nothing", async () => {
    const { lan, a, b } = pair();
    await lan.until(a.channel.close());
    b.say("for all");
    lan.advance(10);
    expect(a.heard).toEqual([]);
  });
});

test("A62-115 what is sent to one host travels as far as the binding says", () => {
  const lan = new Lan({ seed: 1 });
  const capture = lan.capture();
  const [a, b] = [new Notebook(lan.addHost("a"), MDNS), new Notebook(lan.addHost("b"), MDNS)];
  lan.advance(0);
  a.say("hello", { to: { address: b.link().address, port: 5353 } });
  a.say("hello");
  lan.advance(10);
  expect(capture.datagrams.map(({ hops }) => hops)).toEqual([255, 255]);
});

test("a link says how large packets may be, where the host does", () => {
  const lan = new Lan({ seed: 1 });
  const interfaces = [{ name: "eth0", mtu: 1280 }, { name: "eth1" }];
  const host = lan.addHost("a", { interfaces });
  expect(host.links.map(({ id, mtu }) => [id, mtu])).toEqual([
    ["eth0/4", 1280],
    ["eth0/6", 1280],
    ["eth1/4", undefined],
    ["eth1/6", undefined],
  ]);
  const a = new Notebook(host, MDNS);
  lan.advance(0);
  expect(a.link().mtu).toBe(1280);
  expect(a.link(4, "eth1")).not.toHaveProperty("mtu");
});
