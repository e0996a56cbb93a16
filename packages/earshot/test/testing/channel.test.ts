import { describe, expect, test } from "vitest";
import { Lan } from "../../src/testing/index.ts";
import { bytesOf, GROUP, Notebook, SSDP } from "./kit.ts";

function pair(): { lan: Lan; a: Notebook; b: Notebook } {
  const lan = new Lan({ seed: 1 });
  const [a, b] = [new Notebook(lan.addHost("a")), new Notebook(lan.addHost("b"))];
  lan.advance(0);
  return { lan, a, b };
}

describe("opening", () => {
  test("nothing is called before open returned; then the links come, with both ports", async () => {
    const lan = new Lan({ seed: 1 });
    const a = new Notebook(lan.addHost("a"));
    expect(a.linked).toEqual([]);
    await lan.until(a.channel.ready);
    expect(a.linked).toMatchObject([
      {
        at: 0,
        resumed: false,
        links: [
          { id: "eth0/4", sharedPort: 1900, ownPort: 49_152 },
          { id: "eth0/6", sharedPort: 1900, ownPort: 49_153 },
        ],
      },
    ]);
  });

  test("own ports of one host are different ones, and are free again after close", async () => {
    const lan = new Lan({ seed: 1 });
    const host = lan.addHost("a");
    const [first, second] = [new Notebook(host), new Notebook(host)];
    lan.advance(0);
    expect([...first.links, ...second.links].map((link) => link.ownPort)).toEqual([
      49_152, 49_153, 49_154, 49_155,
    ]);
    await lan.until(first.channel.close());
    const third = new Notebook(host);
    lan.advance(0);
    expect(third.links.map((link) => link.ownPort)).toEqual([49_152, 49_153]);
  });

  test("without any link ready rejects, and a link that comes later is served", async () => {
    const lan = new Lan({ seed: 1 });
    const host = lan.addHost("a", { interfaces: [] });
    const a = new Notebook(host);
    await expect(lan.until(a.channel.ready)).rejects.toMatchObject({ code: "NO_USABLE_INTERFACE" });
    expect(a.linked).toEqual([]);
    lan.weather.plug(host, "usb0", ["10.0.7.7/16"]);
    lan.advance(0);
    expect(a.links).toMatchObject([{ id: "usb0/4", address: "10.0.7.7" }]);
  });

  test("F-20 a port that another program keeps leaves the own port, a fault, and unicast answers", () => {
    const lan = new Lan({ seed: 1 });
    const host = lan.addHost("a");
    host.blockPort(1900);
    const [a, b] = [new Notebook(host), new Notebook(lan.addHost("b"))];
    lan.advance(0);
    expect(a.links.map((link) => link.sharedPort)).toEqual([undefined, undefined]);
    expect(a.faults).toMatchObject([
      { link: "eth0/4", error: { code: "PORT_TAKEN" } },
      { link: "eth0/6", error: { code: "PORT_TAKEN" } },
    ]);
    a.say("search", { socket: "own" });
    a.say("cannot leave", { socket: "shared" });
    lan.advance(5);
    expect(b.heard).toMatchObject([{ from: { address: "10.0.0.1", port: 49_152 }, to: "group" }]);
    expect(a.faults).toHaveLength(3);
    b.say("answer", { to: { address: "10.0.0.1", port: 49_152 } });
    lan.advance(5);
    expect(a.heard).toMatchObject([{ socket: "own", to: "host" }]);
    expect(a.texts).toEqual(["answer"]);
  });

  test("after unblockPort the port can be shared again", () => {
    const lan = new Lan({ seed: 1 });
    const host = lan.addHost("a");
    host.blockPort(1900);
    host.unblockPort(1900);
    const a = new Notebook(host);
    lan.advance(0);
    expect(a.link().sharedPort).toBe(1900);
  });

  test("closed before it was ready, it says so and calls nobody", async () => {
    const lan = new Lan({ seed: 1 });
    const a = new Notebook(lan.addHost("a"));
    await a.channel.close();
    await expect(a.channel.ready).rejects.toMatchObject({ code: "CHANNEL_CLOSED" });
    lan.advance(10);
    expect(a.linked).toEqual([]);
  });
});

describe("multicast", () => {
  test("reaches every member once, the sender's own channels too, and never inside send", () => {
    const { lan, a, b } = pair();
    const neighbour = new Notebook(lan.hosts[0] ?? expect.unreachable());
    lan.advance(0);
    a.say("hello");
    expect([a, b, neighbour].map((one) => one.heard.length)).toEqual([0, 0, 0]);
    lan.advance(5);
    for (const one of [a, b, neighbour]) {
      expect(one.heard).toMatchObject([
        { from: { address: "10.0.0.1", port: 1900 }, socket: "shared", to: "group" },
      ]);
      expect(one.texts).toEqual(["hello"]);
    }
  });

  test("reaches only who joined the group on that family, port and segment", () => {
    const lan = new Lan({ seed: 1 });
    const speaker = new Notebook(lan.addHost("speaker"));
    const member = new Notebook(lan.addHost("member"));
    const others = [
      new Notebook(lan.addHost("port"), { ...SSDP, port: 1901 }),
      new Notebook(lan.addHost("group"), { ...SSDP, groups: { 4: ["239.1.1.1"], 6: [] } }),
      new Notebook(lan.addHost("segment", { interfaces: [{ name: "eth0", segment: "elsewhere" }] })),
    ];
    lan.advance(0);
    speaker.say("hello");
    speaker.say("hello again", { to: { address: "239.9.9.9", port: 1900 } });
    lan.advance(5);
    expect(member.texts).toEqual(["hello"]);
    expect(others.map((other) => other.texts)).toEqual([[], [], []]);
  });

  test("an IPv6 group is joined whatever its spelling", () => {
    const lan = new Lan({ seed: 1 });
    const a = new Notebook(lan.addHost("a"), { ...SSDP, groups: { 4: [], 6: ["FF02:0::C"] } });
    lan.advance(0);
    a.say("v6", { link: a.link(6) });
    lan.advance(5);
    expect(a.heard).toMatchObject([{ from: { address: "fe80::1" }, link: { id: "eth0/6" } }]);
  });

  test("what one host sends arrives in order, whatever the latency", () => {
    const lan = new Lan({ seed: 3, latencyMs: [0, 50] });
    const [a, b] = [new Notebook(lan.addHost("a")), new Notebook(lan.addHost("b"))];
    lan.advance(0);
    for (let index = 0; index < 50; index++) a.say(String(index));
    lan.advance(60);
    expect(b.texts).toEqual(Array.from({ length: 50 }, (_, index) => String(index)));
  });

  test("bytes that the sender writes over afterwards were sent as they were", () => {
    const { lan, a, b } = pair();
    const bytes = bytesOf("before");
    a.channel.send({ bytes, to: "group", link: a.link(), socket: "shared" });
    bytes.fill(0);
    lan.advance(5);
    expect(b.texts).toEqual(["before"]);
  });

  test("who joins while a datagram is on the way hears it, who closes does not", () => {
    const { lan, a, b } = pair();
    a.say("hello");
    const late = new Notebook(lan.hosts[1] ?? expect.unreachable());
    lan.advance(0);
    void b.channel.close();
    lan.advance(5);
    expect(late.texts).toEqual(["hello"]);
    expect(b.texts).toEqual([]);
  });

  test("channels may close while a datagram is being delivered, and most may leave", () => {
    const lan = new Lan({ seed: 1 });
    const heard: string[] = [];
    const hosts = Array.from({ length: 60 }, (_, index) => lan.addHost(`h${index}`));
    const channels = hosts.map((host, index) =>
      host.open(SSDP, {
        datagram: () => {
          heard.push(host.name);
          if (index === 3) for (const channel of channels.slice(10)) void channel.close();
        },
        links: () => {},
        fault: () => {},
      }),
    );
    const speaker = new Notebook(lan.addHost("speaker"));
    lan.advance(0);
    speaker.say("leave");
    lan.advance(5);
    speaker.say("who is left?");
    lan.advance(5);
    const left = hosts.slice(0, 10).map((host) => host.name);
    expect(heard).toEqual([...left, ...left]);
  });
});

describe("unicast", () => {
  test("to an own port it reaches that channel alone, to the shared port the one opened last", () => {
    const lan = new Lan({ seed: 1 });
    const host = lan.addHost("a");
    const [first, second] = [new Notebook(host), new Notebook(host)];
    const sender = new Notebook(lan.addHost("b"));
    lan.advance(0);
    sender.say("own", { to: { address: "10.0.0.1", port: first.link().ownPort } });
    sender.say("shared", { to: { address: "10.0.0.1", port: 1900 } });
    lan.advance(5);
    expect(first.heard).toMatchObject([{ socket: "own", to: "host" }]);
    expect(second.heard).toMatchObject([{ socket: "shared", to: "host" }]);
    void second.channel.close();
    sender.say("shared again", { to: { address: "10.0.0.1", port: 1900 } });
    lan.advance(5);
    expect(first.texts).toEqual(["own", "shared again"]);
  });

  test("reaches a channel of the same host", () => {
    const { lan, a } = pair();
    a.say("to myself", { to: { address: "10.0.0.1", port: 1900 }, socket: "own" });
    lan.advance(5);
    expect(a.heard).toMatchObject([{ from: { address: "10.0.0.1", port: a.link().ownPort }, to: "host" }]);
  });

  test("to nobody it is gone, as on a real wire, and counted", () => {
    const { lan, a } = pair();
    a.say("anyone?", { to: { address: "10.0.200.200", port: 1900 } });
    a.say("wrong port", { to: { address: "10.0.0.2", port: 7 } });
    lan.advance(5);
    expect(a.faults).toEqual([]);
    expect(lan.stats.unreachable).toBe(2);
  });

  test("F-23 off-link there is no route, and the other family is none either: a fault, no throw", () => {
    const { lan, a } = pair();
    a.say("far", { to: { address: "192.168.7.7", port: 1900 } });
    a.say("wrong family", { to: { address: "fe80::2", port: 1900 } });
    a.say("nonsense", { to: { address: "printer", port: 1900 } });
    lan.advance(5);
    expect(a.faults.map(({ link, error }) => [link, error.code])).toEqual(
      Array.from({ length: 3 }, () => ["eth0/4", "SEND_FAILED"]),
    );
    expect(lan.stats.sent).toBe(0);
  });

  test("speaks from the address that shares a prefix with the destination", () => {
    const lan = new Lan({ seed: 1 });
    const [a, b] = ["1", "2"].map(
      (last) => new Notebook(lan.addHost(last, { addresses: [`fe80::${last}/64`, `2001:db8::${last}/64`] })),
    );
    lan.advance(0);
    a?.say("global", { to: { address: "2001:db8::2", port: 1900 }, link: a.link(6) });
    a?.say("local", { to: { address: "fe80::2", port: 1900 }, link: a.link(6) });
    lan.advance(5);
    expect(b?.heard.map((datagram) => datagram.from.address)).toEqual(["2001:db8::1", "fe80::1"]);
  });

  test("one that claims another source is answered there", () => {
    const { lan, a, b } = pair();
    a.say("hello", { from: { address: "10.0.55.5", port: 77 }, to: { address: "10.0.0.2", port: 1900 } });
    lan.advance(5);
    expect(b.heard).toMatchObject([{ from: { address: "10.0.55.5", port: 77 } }]);
  });
});

describe("broadcast", () => {
  const binding = { ...SSDP, broadcast: true };

  test.each(["255.255.255.255", "10.0.255.255"])(
    "%s reaches the channels that ask for broadcasts",
    (address) => {
      const lan = new Lan({ seed: 1 });
      const [a, b] = [new Notebook(lan.addHost("a"), binding), new Notebook(lan.addHost("b"), binding)];
      const deaf = new Notebook(lan.addHost("deaf"));
      lan.advance(0);
      a.say("all of you", { to: { address, port: 1900 }, socket: "own" });
      lan.advance(5);
      expect(b.heard).toMatchObject([{ to: "group", socket: "shared", from: { address: "10.0.0.1" } }]);
      expect(deaf.heard).toEqual([]);
    },
  );

  test("a channel that did not ask may not send one", () => {
    const { lan, a } = pair();
    a.say("hello?", { to: { address: "255.255.255.255", port: 1900 } });
    lan.advance(5);
    expect(a.faults).toMatchObject([{ error: { code: "PERMISSION_DENIED" } }]);
  });
});

describe("sending", () => {
  test("the largest datagram passes, a larger one is a fault", () => {
    const { lan, a, b } = pair();
    a.channel.send({ bytes: new Uint8Array(65_507), to: "group", link: a.link(), socket: "shared" });
    a.channel.send({ bytes: new Uint8Array(65_508), to: "group", link: a.link(), socket: "shared" });
    lan.advance(5);
    expect(b.heard.map((datagram) => datagram.bytes.length)).toEqual([65_507]);
    expect(a.faults).toMatchObject([{ link: "eth0/4", error: { code: "MESSAGE_TOO_LONG" } }]);
  });

  test("after close nothing leaves, nothing is called, and closing again is no fault", async () => {
    const { lan, a, b } = pair();
    const link = a.link();
    await a.channel.close();
    await a.channel.close();
    a.say("hello?", { link });
    b.say("hello", { to: { address: GROUP, port: 1900 } });
    lan.advance(5);
    expect(a.heard).toEqual([]);
    expect(a.faults).toEqual([]);
    expect(b.texts).toEqual(["hello"]);
  });
});
