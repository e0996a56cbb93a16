import { createSocket } from "node:dgram";
import { channel as diagnosticsChannel } from "node:diagnostics_channel";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Binding } from "../../src/core/engine.ts";
import { UsageError } from "../../src/core/errors.ts";
import type { Channel } from "../../src/network/network.ts";
import type { Snapshot } from "../../src/node/interfaces.ts";
import { LinkMonitor } from "../../src/node/link-monitor.ts";
import { createNetwork, type NetworkOptions, type NetworkParts } from "../../src/node/network.ts";
import { Child } from "./children/child.ts";
import { GROUP, loopback, loopbackBinding, openFiles, Recorder, say, snapshot } from "./support.ts";

const opened: Channel[] = [];
const alive = setInterval(() => {}, 1_000); // What earshot opens does not keep the process going.

function open(
  binding: Binding,
  parts: Partial<NetworkParts> = {},
  options: NetworkOptions = { interfaces: ["lo"], families: [4] },
) {
  const network = createNetwork(options, parts);
  const recorder = new Recorder();
  const channel = network.open(binding, recorder);
  opened.push(channel);
  return { network, recorder, channel };
}

async function serve(binding: Binding, parts?: Partial<NetworkParts>) {
  const all = open(binding, parts);
  await all.channel.ready;
  const [link] = all.recorder.served;
  if (!link) throw new Error("no link is served");
  return { ...all, link };
}

/** The interfaces can be changed, and looked at when the test says. */
function changing(...first: Parameters<typeof snapshot>) {
  const state: { now: Snapshot; monitor: LinkMonitor | undefined } = {
    now: snapshot(...first),
    monitor: undefined,
  };
  const parts: Partial<NetworkParts> = {
    read: () => state.now,
    monitor: (read) => {
      state.monitor = new LinkMonitor(read);
      return state.monitor;
    },
  };
  const become = (...interfaces: Parameters<typeof snapshot>): void => {
    state.now = snapshot(...interfaces);
    state.monitor?.check();
  };
  return { parts, become };
}

beforeEach(() => alive.ref());
afterEach(async () => {
  await Promise.all(opened.splice(0).map((channel) => channel.close()));
  alive.unref();
});

describe("a channel on loopback", () => {
  test("what one says to the group all hear on the shared port, and the link is known", async () => {
    const binding = loopbackBinding();
    const [one, two] = [await serve(binding), await serve(binding)];
    say(one.channel, one.link, "hello");
    await Promise.all([one.recorder.heard(1), two.recorder.heard(1)]);
    for (const { recorder } of [one, two]) {
      expect(recorder.texts).toEqual(["hello"]);
      expect(recorder.datagrams[0]).toMatchObject({
        from: { address: "127.0.0.1", port: one.link.ownPort },
        socket: "shared",
        to: "group",
        link: { id: "lo/4" },
      });
      expect(recorder.datagrams[0]?.bytes.constructor).toBe(Uint8Array);
    }
  });

  test("our own port is a dynamic one, and another for each channel", async () => {
    const binding = loopbackBinding();
    const ports = new Set<number>();
    for (let count = 0; count < 8; count++) ports.add((await serve(binding)).link.ownPort);
    expect(ports.size).toBe(8);
    expect(Math.min(...ports)).toBeGreaterThanOrEqual(49_152);
    expect(Math.max(...ports)).toBeLessThanOrEqual(65_535);
  });

  test("what is sent to our own port is surely for us", async () => {
    const binding = loopbackBinding();
    const [one, two] = [await serve(binding), await serve(binding)];
    say(one.channel, one.link, "psst", "own", { address: "127.0.0.1", port: two.link.ownPort });
    await two.recorder.heard(1);
    expect(two.recorder.datagrams[0]).toMatchObject({ socket: "own", to: "host" });
    expect(one.recorder.datagrams).toEqual([]);
  });

  test("the shared port takes unicast datagrams from the first time something was said from it", async () => {
    const binding = loopbackBinding();
    const { channel, recorder, link } = await serve(binding);
    const stranger = createSocket("udp4");
    const knock = (text: string): Promise<void> =>
      new Promise((resolve) => {
        stranger.send(text, binding.port, "127.0.0.1", () => resolve());
      });
    await knock("too early");
    say(channel, link, "here I am", "shared");
    await recorder.heard(1);
    expect(recorder.datagrams[0]).toMatchObject({ from: { port: binding.port }, to: "group" });
    await knock("now");
    await recorder.heard(2);
    expect(recorder.texts).toEqual(["here I am", "now"]);
    expect(recorder.datagrams[1]).toMatchObject({ socket: "shared", to: "host" });
    stranger.close();
  });

  test("who only listens steals no unicast datagram from another program on the shared port", async () => {
    const binding = loopbackBinding();
    const other = createSocket({ type: "udp4", reuseAddr: true });
    other.bind(binding.port, "127.0.0.1");
    await once(other, "listening");
    await serve(binding);
    const stranger = createSocket("udp4");
    const arrived = once(other, "message");
    stranger.send("for the other", binding.port, "127.0.0.1");
    expect(String((await arrived)[0])).toBe("for the other");
    stranger.close();
    other.close();
  });

  test("F-20 two processes share the port, and each hears the other", async () => {
    const binding = loopbackBinding();
    await using neighbour = new Child("neighbour.js", String(binding.port));
    await neighbour.line("ready");
    const { channel, recorder, link } = await serve(binding);
    expect(link.sharedPort).toBe(binding.port);
    say(channel, link, "ask 1");
    expect(await neighbour.line("heard")).toBe("heard ask 1 shared group");
    await recorder.until(() => recorder.texts.includes("answer to ask 1"));
    const answer = recorder.datagrams.find(({ to }) => to === "host");
    expect(answer).toMatchObject({ socket: "own", link: { id: "lo/4" } });
  });

  test("F-20 when a program keeps the port for itself it is named, and our own port works", async () => {
    const binding = loopbackBinding();
    await using holder = new Child("neighbour.js", String(binding.port), "hold");
    await holder.line("ready");
    const { channel, recorder, link } = await serve(binding);
    expect(link.sharedPort).toBeUndefined();
    expect(recorder.codes).toEqual(["PORT_TAKEN"]);
    expect(recorder.faults[0]?.error.message).toContain(`port ${binding.port}`);
    expect(recorder.faults[0]?.error.message).toContain(`(process ${holder.id})`);
    say(channel, link, "to myself", "own", { address: "127.0.0.1", port: link.ownPort });
    await recorder.heard(1);
    expect(recorder.texts).toEqual(["to myself"]);
  });

  test("a datagram from outside the link's prefixes is dropped and counted", async () => {
    const { parts } = changing(loopback("lo", "127.0.0.1", 30));
    const { recorder, network, link } = await serve(loopbackBinding(), parts);
    const stranger = createSocket("udp4");
    stranger.bind(0, "127.9.9.9");
    await once(stranger, "listening");
    stranger.setMulticastInterface("127.0.0.1");
    stranger.send("off-link unicast", link.ownPort, "127.0.0.1");
    stranger.send("off-link", link.sharedPort, GROUP);
    const neighbour = createSocket("udp4");
    neighbour.bind(0, "127.0.0.2");
    await once(neighbour, "listening");
    neighbour.setMulticastInterface("127.0.0.1");
    neighbour.send("on-link", link.sharedPort, GROUP);
    await recorder.heard(1);
    await recorder.until(() => network.stats().offLink >= 2 || recorder.datagrams.length > 1);
    expect(recorder.texts).toEqual(["on-link"]);
    expect(network.stats()).toMatchObject({ offLink: 2, received: 1 });
    stranger.close();
    neighbour.close();
  });

  test("nothing is told before open returned, nothing after close was called", async () => {
    const binding = loopbackBinding();
    const { channel, recorder } = open(binding);
    expect(recorder.linkSets).toEqual([]);
    await channel.ready;
    expect(recorder.linkSets).toHaveLength(1);
    const other = await serve(binding);
    say(other.channel, other.link, "unheard");
    const closing = channel.close();
    await other.recorder.heard(1);
    await closing;
    expect(recorder.datagrams).toEqual([]);
    say(channel, other.link, "unsaid");
    expect(channel.close()).toBe(closing);
  });

  test("G-44 closing lets what was said last leave, and frees the port", async () => {
    const binding = loopbackBinding();
    const [leaver, stayer] = [await serve(binding), await serve(binding)];
    for (let count = 0; count < 50; count++) say(leaver.channel, leaver.link, `bye ${count}`, "shared");
    await leaver.channel.close();
    await stayer.recorder.heard(50);
    expect(leaver.network.stats().sent).toBe(50);
    await stayer.channel.close();
    const alone = createSocket("udp4");
    alone.bind(binding.port);
    await once(alone, "listening");
    alone.close();
  });

  test("closed before it was ready, a channel never opens anything", async () => {
    const before = openFiles();
    const { channel, recorder } = open(loopbackBinding());
    const closing = channel.close();
    await expect(channel.ready).rejects.toMatchObject({ code: "CLOSED" });
    await closing;
    expect(recorder.linkSets).toEqual([]);
    expect(openFiles()).toBeLessThanOrEqual(before);
  });

  test("opening and closing 100 times leaves no file open", async () => {
    const turn = async (): Promise<void> => {
      const { channel, link } = await serve(loopbackBinding());
      say(channel, link, "hello", "shared");
      await channel.close();
    };
    await turn();
    const before = openFiles();
    for (let count = 0; count < 100; count++) await turn();
    expect(Math.abs(openFiles() - before)).toBeLessThanOrEqual(2);
  });

  test("F-26 a burst of 2,000 datagrams is heard whole", async () => {
    const binding = loopbackBinding();
    const { channel, recorder, link, network } = await serve(binding);
    const text = "x".repeat(400);
    for (let sent = 0; sent < 2_000; sent++) {
      say(channel, link, text);
      if (sent % 100 === 99) await new Promise((resolve) => setImmediate(resolve));
    }
    await recorder.heard(2_000);
    expect(network.kernelDrops()).toBe(0);
  });

  test("what goes in and out is published for who wants to know", async () => {
    const seen: string[] = [];
    const note = (message: unknown): void => {
      const { direction, link, remote } = message as {
        direction: string;
        link: string;
        remote: { port: number };
      };
      seen.push(`${direction} ${link} ${remote.port}`);
    };
    const published = diagnosticsChannel("earshot:datagram");
    published.subscribe(note);
    const binding = loopbackBinding();
    const { channel, recorder, link } = await serve(binding);
    say(channel, link, "hello");
    await recorder.heard(1);
    published.unsubscribe(note);
    expect(seen.sort()).toEqual([`received lo/4 ${link.ownPort}`, `sent lo/4 ${binding.port}`]);
  });
});

describe("links that come and go", () => {
  test("F-02 with another address everything is opened anew, and the own port with it", async () => {
    const { parts, become } = changing(loopback("lo", "127.0.0.1"));
    const { channel, recorder, link } = await serve(loopbackBinding(), parts);
    become(loopback("lo", "127.0.0.5"));
    expect(recorder.linkSets).toHaveLength(2);
    const [moved] = recorder.served;
    expect(moved).toMatchObject({ id: "lo/4", address: "127.0.0.5" });
    if (moved) say(channel, moved, "from the new address");
    await recorder.heard(1);
    expect(recorder.datagrams[0]?.from).toEqual({ address: "127.0.0.5", port: moved?.ownPort });
    expect(link.address).toBe("127.0.0.1");
  });

  test("F-01 a link that went away is told; what is sent there is counted, and it works when it is back", async () => {
    const { parts, become } = changing(loopback());
    const { channel, recorder, link, network } = await serve(loopbackBinding(), parts);
    become();
    expect(recorder.served).toEqual([]);
    say(channel, link, "into nothing");
    expect(network.stats()).toMatchObject({ unsent: 1, sent: 0 });
    expect(recorder.faults).toEqual([]);
    become(loopback());
    const [back] = recorder.served;
    if (back) say(channel, back, "again");
    await recorder.heard(1);
    expect(recorder.texts).toEqual(["again"]);
  });

  test("an interface made anew under its name and address gets new sockets", async () => {
    const { parts, become } = changing(loopback());
    const { recorder, link } = await serve(loopbackBinding(), parts);
    become({ ...loopback(), index: 77 });
    expect(recorder.linkSets).toHaveLength(2);
    expect(recorder.served[0]?.ownPort).not.toBe(link.ownPort);
  });

  test("a second address on the same interface keeps the sockets and widens what is on-link", async () => {
    const { parts, become } = changing(loopback("lo", "127.0.0.1", 30));
    const { channel, recorder, link } = await serve(loopbackBinding(), parts);
    const second = {
      address: "127.9.9.1",
      prefixLength: 24,
      family: 4,
      tentative: false,
      fleeting: false,
    } as const;
    const state = loopback("lo", "127.0.0.1", 30);
    become({ ...state, addresses: [...state.addresses, second] });
    expect(recorder.served[0]?.ownPort).toBe(link.ownPort);
    const neighbour = createSocket("udp4");
    neighbour.bind(0, "127.9.9.9");
    await once(neighbour, "listening");
    neighbour.setMulticastInterface("127.0.0.1");
    neighbour.send("from the second subnet", link.sharedPort, GROUP);
    await recorder.heard(1);
    say(channel, link, "still here");
    await recorder.heard(2);
    neighbour.close();
  });

  test("looks that show nothing new tell nothing", async () => {
    const { parts, become } = changing(loopback());
    const { recorder } = await serve(loopbackBinding(), parts);
    for (let looks = 0; looks < 20; looks++) become(loopback());
    expect(recorder.linkSets).toHaveLength(1);
  });

  test("F-04 1,000 times gone and back leave no file open", async () => {
    const { parts, become } = changing(loopback());
    const { channel, recorder, link } = await serve(loopbackBinding(), parts);
    say(channel, link, "opens the shared mouth", "shared");
    const turn = async (): Promise<void> => {
      become();
      become(loopback());
      await new Promise((resolve) => setImmediate(resolve));
    };
    await turn();
    const before = openFiles();
    for (let cycles = 0; cycles < 1_000; cycles++) await turn();
    expect(Math.abs(openFiles() - before)).toBeLessThanOrEqual(2);
    expect(recorder.served).toHaveLength(1);
    expect(recorder.faults).toEqual([]);
  });
});

describe("when there is nothing to serve", () => {
  test("ready says so and lists every interface with its reason; a link that comes later is served", async () => {
    const docker = { ...loopback("docker0", "172.17.0.1", 16), loopback: false };
    const { parts, become } = changing(docker, loopback());
    const { channel, recorder } = open(loopbackBinding(), parts, {});
    await expect(channel.ready).rejects.toMatchObject({
      name: "NetworkError",
      code: "NO_USABLE_INTERFACE",
      message: expect.stringMatching(/docker0: looks virtual.*lo: is loopback/),
    });
    expect(recorder.linkSets).toEqual([]);
    become({ ...loopback("eth0", "127.0.0.1"), loopback: false, multicast: true });
    expect(recorder.served.map(({ id }) => id)).toEqual(["eth0/4"]);
  });

  test("a listing of interfaces that is forbidden is a reason, not a crash", async () => {
    const read = (): Snapshot => {
      throw new Error("EACCES");
    };
    const { channel } = open(loopbackBinding(), { read }, {});
    await expect(channel.ready).rejects.toThrow(/cannot be listed \(EACCES\)/);
  });

  test("F-40 a listing that fails later changes nothing", async () => {
    let isBroken = false;
    const read = (): Snapshot => {
      if (isBroken) throw new Error("EMFILE");
      return snapshot(loopback());
    };
    const { parts } = changing();
    const { recorder, network } = await serve(loopbackBinding(), { ...parts, read });
    isBroken = true;
    expect(network.links.map(({ id }) => id)).toEqual(["lo/4"]);
    expect(recorder.linkSets).toHaveLength(1);
  });

  test("an interface that is not there is a mistake of the caller", () => {
    expect(() => createNetwork({ interfaces: ["eth77"] })).toThrow(UsageError);
    expect(() => createNetwork({ interfaces: ["eth77"] })).toThrow(/lo \(127\.0\.0\.1/);
  });

  test("P4 IPv6 on loopback, where the kernel has no route for groups, is left out with a fault", async () => {
    const { channel, recorder } = open(
      loopbackBinding({ groups: { 4: [GROUP], 6: ["ff02::c"] } }),
      {},
      { interfaces: ["lo"] },
    );
    await channel.ready;
    const families = recorder.served.map(({ family }) => family);
    expect(families).toContain(4);
    if (!families.includes(6)) expect(new Set(recorder.codes).size).toBeLessThanOrEqual(1);
  });
});
