import { describe, expect, test } from "vitest";
import { Lan } from "../../src/testing/index.ts";
import { Notebook } from "./kit.ts";

function scene() {
  const lan = new Lan({ seed: 1 });
  const [a, b, c] = [lan.addHost("a"), lan.addHost("b"), lan.addHost("c")];
  const notes = { a: new Notebook(a), b: new Notebook(b), c: new Notebook(c) };
  lan.advance(0);
  return { lan, a, b, c, notes };
}

describe("partitions", () => {
  test("nothing passes either way until the repair; others are not touched", () => {
    const { lan, a, b, notes } = scene();
    lan.weather.partition(a, [b]);
    notes.a.say("from a");
    notes.b.say("from b");
    notes.b.say("unicast from b", { to: { address: "10.0.0.1", port: 1900 } });
    lan.advance(5);
    expect(notes.a.texts).toEqual(["from a"]);
    expect(notes.b.texts).toEqual(["from b"]);
    expect([...notes.c.texts].sort()).toEqual(["from a", "from b"]);
    expect(lan.stats.partitioned).toBe(3);
    lan.weather.repair(a, b);
    notes.a.say("again");
    lan.advance(5);
    expect(notes.b.texts).toEqual(["from b", "again"]);
  });

  test("repair without arguments ends every partition", () => {
    const { lan, a, b, c, notes } = scene();
    lan.weather.partition([a, b], c);
    lan.weather.partition(a, b);
    lan.weather.repair();
    notes.a.say("all");
    lan.advance(5);
    expect([notes.b.texts, notes.c.texts]).toEqual([["all"], ["all"]]);
  });

  test("a datagram on the way when the partition comes does not arrive", () => {
    const { lan, a, b, notes } = scene();
    notes.a.say("too late");
    lan.weather.partition(a, b);
    lan.advance(5);
    expect(notes.b.texts).toEqual([]);
  });
});

describe("holding", () => {
  test("what a held host sends and what is sent to it waits, and comes in order on release", () => {
    const { lan, b, notes } = scene();
    lan.weather.hold(b);
    notes.a.say("1");
    lan.advance(1000);
    notes.a.say("2");
    notes.b.say("from b");
    lan.advance(1000);
    expect([notes.b.texts, notes.c.texts]).toEqual([[], ["1", "2"]]);
    lan.weather.release(b);
    lan.advance(5);
    expect(notes.b.texts).toEqual(["1", "2", "from b"]);
    expect(notes.c.texts).toEqual(["1", "2", "from b"]);
  });

  test("timers of a held host run on", () => {
    const { lan, b } = scene();
    let ran = false;
    lan.weather.hold(b, "eth0");
    b.clock.at(lan.now + 1, () => {
      ran = true;
    });
    lan.advance(1);
    expect(ran).toBe(true);
  });
});

describe("cables", () => {
  test("F-01 unplugged it has no link, hears and says nothing; plugged in it is served anew", () => {
    const { lan, a, b, notes } = scene();
    const before = notes.a.link();
    lan.weather.unplug(a);
    expect(a.links).toEqual([]);
    notes.a.say("into the void", { link: before });
    notes.b.say("are you there?");
    lan.advance(5);
    expect(notes.a.heard).toEqual([]);
    expect(notes.a.faults).toMatchObject([{ link: "eth0/4", error: { code: "LINK_GONE" } }]);
    expect(notes.a.linked.at(-1)).toMatchObject({ links: [], resumed: false });
    lan.weather.plug(a);
    lan.advance(0);
    expect(notes.a.linked.at(-1)?.links.map((link) => link.address)).toEqual(["10.0.0.1", "fe80::1"]);
    notes.b.say("and now?");
    lan.advance(5);
    expect(notes.a.texts).toEqual(["and now?"]);
    expect(b.links).toHaveLength(2);
  });

  test("F-02 a new address: the old one is gone, the other family keeps its ports", () => {
    const { lan, a, notes } = scene();
    const [v4, v6] = notes.a.links;
    lan.weather.plug(a, "eth0", ["10.0.9.9/16", "fe80::1/64"]);
    lan.advance(0);
    expect(notes.a.links.map((link) => link.address)).toEqual(["10.0.9.9", "fe80::1"]);
    expect(notes.a.link(6).ownPort).toBe(v6?.ownPort);
    notes.b.say("old", { to: { address: v4?.address ?? "", port: 1900 } });
    notes.b.say("new", { to: { address: "10.0.9.9", port: 1900 } });
    notes.b.say("v6", { to: { address: "fe80::1", port: v6?.ownPort ?? 0 }, link: notes.b.link(6) });
    lan.advance(5);
    expect([...notes.a.texts].sort()).toEqual(["new", "v6"]);
    notes.a.say("it is me");
    lan.advance(5);
    expect(notes.b.heard).toMatchObject([{ from: { address: "10.0.9.9", port: 1900 } }]);
  });

  test("F-03 it loses IPv4, goes on with IPv6, and gets IPv4 back", () => {
    const { lan, a, notes } = scene();
    lan.weather.plug(a, "eth0", ["fe80::1/64"]);
    lan.advance(0);
    expect(notes.a.links.map((link) => link.id)).toEqual(["eth0/6"]);
    notes.b.say("v4");
    notes.b.say("v6", { link: notes.b.link(6) });
    lan.advance(5);
    expect(notes.a.texts).toEqual(["v6"]);
    lan.weather.plug(a, "eth0", ["10.0.0.1/16", "fe80::1/64"]);
    lan.advance(0);
    expect(notes.a.links.map((link) => link.id)).toEqual(["eth0/4", "eth0/6"]);
  });

  test("F-04 an interface comes and goes, a thousand times, and no port is lost", () => {
    const { lan, a, notes } = scene();
    for (let round = 0; round < 1000; round++) {
      lan.weather.plug(a, "veth0", ["10.0.77.1/16"]);
      lan.advance(0);
      lan.weather.unplug(a, "veth0");
      lan.advance(0);
    }
    expect(notes.a.linked).toHaveLength(1 + 2000);
    lan.weather.plug(a, "veth0");
    lan.advance(0);
    expect(notes.a.link(4, "veth0").ownPort).toBe(49_154);
  });

  test("a new interface must say its addresses, and unknown ones cannot be unplugged", () => {
    const { lan, a } = scene();
    expect(() => lan.weather.plug(a, "usb0")).toThrowError(expect.objectContaining({ code: "NO_ADDRESS" }));
    expect(() => lan.weather.unplug(a, "usb0")).toThrowError(
      expect.objectContaining({ code: "NO_SUCH_INTERFACE" }),
    );
    expect(() => new Lan({ seed: 2 }).weather.crash(a)).toThrowError(
      expect.objectContaining({ code: "FOREIGN_HOST" }),
    );
  });

  test("a change that takes time to be noticed is felt before it is told", () => {
    const lan = new Lan({ seed: 1 });
    const host = lan.addHost("a", { noticeMs: 3000 });
    const [a, b] = [new Notebook(host), new Notebook(lan.addHost("b"))];
    lan.advance(0);
    lan.weather.unplug(host);
    b.say("hello");
    lan.advance(2999);
    expect([a.heard.length, a.linked.length]).toEqual([0, 1]);
    lan.advance(1);
    expect(a.linked).toHaveLength(2);
  });

  test("plugging what is plugged already tells nobody", () => {
    const { lan, a, notes } = scene();
    lan.weather.plug(a);
    lan.advance(10);
    expect(notes.a.linked).toHaveLength(1);
  });

  test("a laptop is carried to another network", () => {
    const lan = new Lan({ seed: 1 });
    const laptop = lan.addHost("laptop");
    const notes = new Notebook(laptop);
    const there = new Notebook(
      lan.addHost("there", {
        interfaces: [{ name: "eth0", segment: "office", addresses: ["192.168.1.2/24"] }],
      }),
    );
    lan.advance(0);
    lan.weather.move(laptop, "office", ["192.168.1.3/24"]);
    lan.advance(0);
    there.say("welcome");
    lan.advance(5);
    expect(notes.links.map((link) => link.address)).toEqual(["192.168.1.3"]);
    expect(notes.texts).toEqual(["welcome"]);
  });
});

describe("sleep and stalls", () => {
  test("F-05 a sleeping host hears nothing; on waking links come first, then overdue timers once, in order", () => {
    const { lan, a, notes } = scene();
    const ran: string[] = [];
    for (const at of [3000, 1000, 2000]) a.clock.at(at, () => ran.push(`${at} at ${a.clock.now()}`));
    const called = a.clock.at(1500, () => expect.unreachable());
    lan.weather.sleep(a, 60_000);
    notes.b.say("unheard");
    lan.advance(59_999);
    expect([ran.length, notes.a.heard.length, notes.a.linked.length]).toEqual([0, 0, 1]);
    called();
    a.open(
      { port: 5, groups: { 4: [], 6: [] }, hops: 1 },
      {
        links: () => ran.push("links of a channel opened in its sleep"),
        datagram: () => {},
        fault: () => {},
      },
    );
    lan.advance(1);
    expect(notes.a.linked.at(-1)).toMatchObject({ resumed: true, at: 60_000 });
    expect(ran).toEqual([
      "1000 at 60000",
      "2000 at 60000",
      "3000 at 60000",
      "links of a channel opened in its sleep",
    ]);
    expect(lan.stats.asleep).toBe(1);
    notes.b.say("good morning");
    lan.advance(5);
    expect(notes.a.texts).toEqual(["good morning"]);
  });

  test("sleeping again in its sleep, it wakes once, at the later instant", () => {
    const { lan, a, notes } = scene();
    lan.weather.sleep(a, 1000);
    lan.advance(500);
    lan.weather.sleep(a, 2000);
    lan.advance(10_000);
    expect(notes.a.linked.slice(1)).toMatchObject([{ resumed: true, at: 2500 }]);
  });

  test("F-28 a stalled program hears what was kept for it late, after its timers", () => {
    const { lan, a, notes } = scene();
    const timers: number[] = [];
    a.clock.at(1000, () => timers.push(notes.a.heard.length));
    lan.weather.stall(a, 2000);
    notes.b.say("early");
    lan.advance(1999);
    expect(notes.a.heard).toEqual([]);
    lan.advance(1);
    expect(notes.a.texts).toEqual(["early"]);
    expect(timers).toEqual([0]);
    expect(notes.a.linked).toHaveLength(1);
  });

  test("F-26 the buffer of a stalled program overflows, and the rest is lost", () => {
    const { lan, a, notes } = scene();
    lan.weather.stall(a, 1000);
    for (let index = 0; index < 300; index++) notes.b.say("x".repeat(1000));
    lan.advance(1000);
    expect(notes.a.heard).toHaveLength(212);
    expect(lan.stats.overflowed).toBe(88);
  });

  test("a long stall counts as a machine that slept", () => {
    const { lan, a, notes } = scene();
    lan.weather.stall(a, 60_000);
    lan.advance(60_000);
    expect(notes.a.linked.at(-1)).toMatchObject({ resumed: true });
  });
});

describe("refusals", () => {
  test("F-24 F-27 what a firewall or a full system refuses is a fault, until it does no longer", () => {
    const { lan, a, notes } = scene();
    lan.weather.refuse(a, "BLOCKED");
    notes.a.say("refused");
    lan.advance(5);
    expect(notes.a.faults).toMatchObject([{ link: "eth0/4", error: { code: "BLOCKED" } }]);
    notes.b.say("heard all the same");
    lan.weather.refuse(a);
    notes.a.say("allowed");
    lan.advance(5);
    expect([...notes.b.texts].sort()).toEqual(["allowed", "heard all the same"]);
    expect(notes.a.texts).toHaveLength(2);
  });
});

describe("crashes", () => {
  test("the program is gone without a word, and a new one starts on the same host", () => {
    const { lan, a, notes } = scene();
    a.clock.at(100, () => expect.unreachable());
    const link = notes.a.link();
    lan.weather.crash(a);
    notes.a.say("last words", { link });
    notes.b.say("hello?");
    lan.advance(200);
    expect([notes.a.heard, notes.b.texts]).toEqual([[], ["hello?"]]);
    const reborn = new Notebook(a);
    lan.advance(0);
    notes.b.say("welcome back");
    lan.advance(5);
    expect(reborn.texts).toEqual(["welcome back"]);
    expect(notes.a.heard).toEqual([]);
  });
});
