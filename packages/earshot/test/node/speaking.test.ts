import { createSocket } from "node:dgram";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import type { Binding } from "../../src/core/engine.ts";
import { planEars } from "../../src/node/ear-plan.ts";
import { platformOf } from "../../src/node/platform.ts";
import type { Socket } from "../../src/node/sockets.ts";
import { changing, closeAfterEach, serve } from "./channels.ts";
import { Child } from "./children/child.ts";
import { binding, GROUP, linkAt, loopback, loopbackBinding, say, spoiled } from "./support.ts";

closeAfterEach();

const speaking = (changes: Partial<Binding> = {}): Binding =>
  loopbackBinding({ speaksFromPort: true, hops: 255, unicastHops: 255, ...changes });

/** A program that shares the port, on the wildcard, as avahi-daemon and browsers do. */
async function neighbourAt(port: number): Promise<Socket & AsyncDisposable> {
  const socket = createSocket({ type: "udp4", reuseAddr: true });
  socket.bind(port);
  await once(socket, "listening");
  const dispose = (): Promise<void> => new Promise((resolve) => void socket.close(() => resolve()));
  return Object.assign(socket, { [Symbol.asyncDispose]: dispose });
}

/** Sends `text` to a port of loopback, and gives what a socket hears next. */
async function knock(port: number, text: string, at: Socket): Promise<string> {
  const stranger = createSocket("udp4");
  const heard = once(at, "message");
  stranger.send(text, port, "127.0.0.1");
  const [bytes] = await heard;
  stranger.close();
  return String(bytes);
}

describe("a channel that speaks from the protocol's port", () => {
  test("where the port is free it has it at once: what is sent there directly is heard before it said anything", async () => {
    const { recorder, link } = await serve(speaking());
    const stranger = createSocket("udp4");
    stranger.send("for you", link.sharedPort, "127.0.0.1");
    await recorder.heard(1);
    stranger.close();
    expect(recorder.datagrams[0]).toMatchObject({ socket: "shared", to: "host" });
  });

  test("A62-036 M32 where another program has the port, what is said leaves from it all the same, to the group and to a host", async () => {
    const rules = speaking();
    await using neighbour = await neighbourAt(rules.port);
    const { channel, recorder, link } = await serve(rules);
    expect(link.sharedPort).toBeUndefined();
    say(channel, link, "to all", "shared");
    await recorder.heard(1);
    expect(recorder.datagrams[0]).toMatchObject({
      from: { address: "127.0.0.1", port: rules.port },
      to: "group",
    });
    const stranger = createSocket("udp4");
    stranger.bind(0, "127.0.0.1");
    await once(stranger, "listening");
    const heard = once(stranger, "message");
    say(channel, link, "to you", "shared", { address: "127.0.0.1", port: stranger.address().port });
    const [bytes, from] = await heard;
    stranger.close();
    expect([String(bytes), from.port]).toEqual(["to you", rules.port]);
    expect(await knock(rules.port, "for the neighbour", neighbour)).toBe("for the neighbour");
    expect(recorder.codes).toEqual([]);
  });

  test("F-19 a program that comes later gets its unicast from the next look on, and gives the port back when it goes", async () => {
    const rules = speaking();
    const { parts, become } = changing(loopback());
    const { channel, recorder, link } = await serve(rules, parts);
    expect(link.sharedPort).toBe(rules.port);
    {
      await using neighbour = await neighbourAt(rules.port);
      become(loopback());
      expect(recorder.served[0]?.sharedPort).toBeUndefined();
      expect(await knock(rules.port, "mine", neighbour)).toBe("mine");
      say(channel, link, "still from there", "shared");
      await recorder.heard(1);
      expect(recorder.datagrams[0]?.from.port).toBe(rules.port);
    }
    become(loopback());
    expect(recorder.served[0]?.sharedPort).toBe(rules.port);
    expect(recorder.codes).toEqual([]);
  });

  test("nothing is told while who has the port stays the same", async () => {
    const rules = speaking();
    const { parts, become } = changing(loopback());
    const { recorder } = await serve(rules, parts);
    for (let looks = 0; looks < 5; looks++) become(loopback());
    expect(recorder.linkSets).toHaveLength(1);
  });

  test("two channels: the first has the port, the second speaks from it, and both hear both", async () => {
    const rules = speaking();
    const [first, second] = [await serve(rules), await serve(rules)];
    expect([first.link.sharedPort, second.link.sharedPort]).toEqual([rules.port, undefined]);
    say(first.channel, first.link, "one", "shared");
    say(second.channel, second.link, "two", "shared");
    for (const { recorder } of [first, second]) {
      await recorder.heard(2);
      expect(recorder.texts).toEqual(["one", "two"]);
      expect(recorder.datagrams.map(({ from }) => from.port)).toEqual([rules.port, rules.port]);
    }
  });

  test("F-20 a port that is kept exclusively is told; nothing is said from elsewhere instead", async () => {
    const rules = speaking();
    await using holder = new Child("neighbour.js", String(rules.port), "hold");
    await holder.line("ready");
    const { channel, recorder, link, network } = await serve(rules);
    expect(recorder.codes).toEqual(["PORT_TAKEN"]);
    say(channel, link, "unheard", "shared");
    expect(network.stats()).toMatchObject({ sent: 0, unsent: 1 });
  });

  test("A62-115 every socket that speaks does so with the hops that the binding asks for", async () => {
    const hops = new Map<Socket, number[]>();
    const createSocket = spoiled((socket) => {
      for (const name of ["setTTL", "setMulticastTTL"] as const) {
        const plain = socket[name].bind(socket);
        socket[name] = (ttl) => {
          hops.set(socket, [...(hops.get(socket) ?? []), ttl]);
          return plain(ttl);
        };
      }
    });
    await serve(speaking(), { createSocket });
    expect([...hops.values()]).toEqual([
      [255, 255], // Our own port.
      [255, 255], // The protocol's.
      [255, 255], // The ear.
    ]);
    hops.clear();
    await serve(loopbackBinding(), { createSocket });
    expect([...hops.values()]).toEqual([[2]]);
  });

  test("what was said last by an ear leaves before closing ends", async () => {
    const rules = speaking();
    await using neighbour = await neighbourAt(rules.port);
    neighbour.addMembership(GROUP, "127.0.0.1");
    const { channel, link } = await serve(rules);
    const heard = once(neighbour, "message");
    say(channel, link, "bye", "shared");
    await channel.close();
    const [bytes] = await heard;
    expect(String(bytes)).toBe("bye");
  });

  test("an ear for several links speaks on the one that is meant", async () => {
    const told: [string, string][] = [];
    const createSocket = spoiled((socket) => {
      const { setMulticastInterface, send } = socket;
      let current = "";
      socket.setMulticastInterface = (address) => {
        current = address;
        return setMulticastInterface.call(socket, address);
      };
      socket.send = ((bytes: Uint8Array, ...rest: unknown[]) => {
        told.push([new TextDecoder().decode(bytes), current]);
        return Reflect.apply(send, socket, [bytes, ...rest]);
      }) as typeof send;
    });
    const rules = speaking();
    await using _neighbour = await neighbourAt(rules.port);
    const { parts } = changing(loopback("lo", "127.0.0.1", 32), loopback("pretended", "127.0.0.2", 32));
    const platform = { ...platformOf("win32"), hasProc: false };
    const { channel, recorder } = await serve(
      rules,
      { ...parts, createSocket, platform },
      { interfaces: ["lo", "pretended"], families: [4] },
    );
    expect(recorder.served).toHaveLength(2);
    const [one, two] = recorder.served;
    if (!one || !two) throw new Error("two links");
    say(channel, two, "second", "shared");
    say(channel, one, "first", "shared");
    await recorder.heard(2);
    expect(told).toEqual([
      ["second", "127.0.0.2"],
      ["first", "127.0.0.1"],
    ]);
  });
});

test("where a socket that is bound to a group cannot speak, the ear of a channel that has to is on the wildcard", () => {
  const links = [linkAt("eth0", "10.0.0.1"), linkAt("eth1", "10.1.0.1")];
  const at = (platform: string, speaksFromPort: boolean): string[] =>
    planEars(binding({ speaksFromPort }), links, platformOf(platform)).map(({ bindAddress }) => bindAddress);
  expect(at("linux", true)).toEqual([GROUP, GROUP]);
  expect(at("darwin", true)).toEqual(["0.0.0.0"]);
  expect(at("darwin", false)).toEqual([GROUP, GROUP]);
  expect(at("win32", true)).toEqual(["0.0.0.0"]);
});
