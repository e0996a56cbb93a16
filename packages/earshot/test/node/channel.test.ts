import { createSocket } from "node:dgram";
import { channel as diagnosticsChannel } from "node:diagnostics_channel";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import type { Socket } from "../../src/node/sockets.ts";
import { changing, closeAfterEach, open, serve } from "./channels.ts";
import { Child } from "./children/child.ts";
import { GROUP, loopback, loopbackBinding, openFiles, say, spoiled } from "./support.ts";

closeAfterEach();

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
      expect(recorder.datagrams[0]?.bytes).toBeInstanceOf(Uint8Array);
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
    expect(recorder.faults[0]?.error.message).toContain(
      `(process ${holder.id}), which does not share it by SO_REUSEADDR`,
    );
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

  test("S-30 a datagram from port 0, to which nothing can be answered, is dropped and counted, by whatever it came", async () => {
    const sockets: Socket[] = [];
    const { channel, recorder, network, link } = await serve(loopbackBinding(), {
      createSocket: spoiled((socket) => void sockets.push(socket)),
    });
    const [, ...open] = sockets;
    expect(open.length).toBeGreaterThan(1);
    for (const socket of open) {
      const from = { address: "127.0.0.1", family: "IPv4", port: 0, size: 5 };
      socket.emit("message", Buffer.from("never"), from);
    }
    expect(network.stats()).toMatchObject({ fromNoPort: open.length, received: 0 });
    say(channel, link, "heard");
    await recorder.heard(1);
    expect(recorder.texts).toEqual(["heard"]);
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
