import { createSocket, type SocketOptions } from "node:dgram";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { BoundLink } from "../../src/core/engine.ts";
import { UsageError } from "../../src/core/errors.ts";
import type { Channel } from "../../src/network/network.ts";
import { LinkMonitor } from "../../src/node/link-monitor.ts";
import { createNetwork, type NetworkOptions, type NetworkParts } from "../../src/node/network.ts";
import { platformOf } from "../../src/node/platform.ts";
import type { Socket } from "../../src/node/sockets.ts";
import {
  errno,
  GROUP,
  loopback,
  loopbackBinding,
  openFiles,
  Recorder,
  say,
  snapshot,
  spoiled,
} from "./support.ts";

/** Makes a call on a socket fail, as the operating system would. */
type Spoil = (socket: Socket, options: SocketOptions) => void;

const opened: Channel[] = [];
const alive = setInterval(() => {}, 1_000);

beforeEach(() => alive.ref());
afterEach(async () => {
  await Promise.all(opened.splice(0).map((channel) => channel.close()));
  alive.unref();
});

/** A channel on a time that passes when told, and on sockets that a test may spoil. */
function open(spoil: Spoil, parts: Partial<NetworkParts> = {}, options: NetworkOptions = {}) {
  const time = { now: 0 };
  const monitors: LinkMonitor[] = [];
  const network = createNetwork(
    { interfaces: ["lo"], ...options },
    {
      createSocket: spoiled(spoil),
      read: () => snapshot(loopback()),
      clock: { now: () => time.now, at: () => () => {}, wall: () => new Date(0) },
      monitor: (read) => {
        const monitor = new LinkMonitor(read);
        monitors.push(monitor);
        return monitor;
      },
      ...parts,
    },
  );
  const recorder = new Recorder();
  const channel = network.open(loopbackBinding(), recorder);
  opened.push(channel);
  const pass = (ms: number): void => {
    time.now += ms;
    monitors[0]?.check();
  };
  return { network, recorder, channel, pass, monitor: () => monitors[0] };
}

async function serve(spoil: Spoil, parts?: Partial<NetworkParts>) {
  const all = open(spoil, parts);
  await all.channel.ready;
  return { ...all, link: all.recorder.served[0] as BoundLink };
}

/** Ears share their port, and are the first to do so; our own mouths do not. */
const isEar = (options: SocketOptions): boolean => options.reuseAddr === true;

function refuseBind(socket: Socket, code: string): void {
  socket.bind = () => {
    socket.emit("error", errno(code, "bind"));
    return socket;
  };
}

function refuse(socket: Socket, method: keyof Socket & string, code: string): void {
  Object.assign(socket, {
    [method]: () => {
      throw errno(code, method);
    },
  });
}

/** Sends fail with these codes, one after another; an empty one lets it through. */
function refuseSends(socket: Socket, codes: string[]): void {
  const send = socket.send.bind(socket) as (...words: unknown[]) => void;
  socket.send = (...words: unknown[]) => {
    const code = codes.length > 1 ? codes.shift() : codes[0];
    const done = words.at(-1) as (error: Error | null) => void;
    if (code) process.nextTick(done, errno(code, "send"));
    else send(...words);
  };
}

describe("J-10 each system call failing in turn", () => {
  test.each(["EADDRINUSE", "EACCES", "EMFILE", "EADDRNOTAVAIL", "EWEIRD"])(
    "our own socket cannot be bound (%s): the link is left out with a fault, and tried again",
    async (code) => {
      let isBroken = true;
      const { channel, recorder, pass } = open((socket, options) => {
        if (isBroken && !isEar(options)) refuseBind(socket, code);
      });
      await expect(channel.ready).rejects.toMatchObject({
        code: code === "EACCES" ? "PERMISSION_DENIED" : "NO_USABLE_INTERFACE",
        message: expect.stringContaining("lo/4: cannot speak from 127.0.0.1"),
      });
      expect(recorder.faults).toHaveLength(1);
      expect(recorder.linkSets).toEqual([]);
      isBroken = false;
      pass(1_000);
      expect(recorder.linkSets).toEqual([]);
      pass(3_000);
      expect(recorder.served.map(({ id }) => id)).toEqual(["lo/4"]);
    },
  );

  test.each([
    ["setMulticastInterface", "EADDRNOTAVAIL"],
    ["setMulticastTTL", "EINVAL"],
    ["setMulticastLoopback", "ENOPROTOOPT"],
  ] as const)(
    "%s refused (%s): the link is left out with a fault, and no file stays open",
    async (method, code) => {
      const before = openFiles();
      const { channel, recorder } = open((socket) => refuse(socket, method, code));
      await expect(channel.ready).rejects.toMatchObject({ code: "NO_USABLE_INTERFACE" });
      expect(recorder.faults).toHaveLength(1);
      await channel.close();
      await new Promise((resolve) => setImmediate(resolve));
      expect(openFiles()).toBeLessThanOrEqual(before);
    },
  );

  test.each([
    ["EADDRINUSE", "PORT_TAKEN"],
    ["EACCES", "PERMISSION_DENIED"],
    ["EMFILE", "OUT_OF_FILES"],
    ["EINVAL", "BIND_FAILED"],
  ])("the ear cannot be bound (%s): %s is told, and our own port works", async (errnoCode, code) => {
    const { channel, recorder, link } = await serve((socket, options) => {
      if (isEar(options)) refuseBind(socket, errnoCode);
    });
    expect(recorder.codes).toEqual([code]);
    expect(recorder.faults[0]?.link).toBe("lo/4");
    expect(recorder.faults[0]?.error.cause).toMatchObject({ code: errnoCode });
    expect(link.sharedPort).toBeUndefined();
    say(channel, link, "works", "own", { address: "127.0.0.1", port: link.ownPort });
    await recorder.heard(1);
  });

  test.each(["ENOBUFS", "ENODEV", "EADDRNOTAVAIL", "EINVAL", "ENOPROTOOPT"])(
    "M33 the group cannot be joined (%s): the link is served without it, and the fault says what to do",
    async (code) => {
      const { recorder, link } = await serve((socket) => refuse(socket, "addMembership", code));
      expect(link.sharedPort).toBeUndefined();
      expect(recorder.faults).toHaveLength(1);
      if (code === "ENOBUFS") expect(recorder.faults[0]?.error.message).toContain("igmp_max_memberships");
    },
  );

  test("J-09 a group that is joined already is joined", async () => {
    const { recorder, link } = await serve((socket) => refuse(socket, "addMembership", "EADDRINUSE"));
    expect(recorder.faults).toEqual([]);
    expect(link.sharedPort).toBeDefined();
  });

  test("a receive buffer that cannot be widened is no fault", async () => {
    const { recorder } = await serve((socket) => refuse(socket, "setRecvBufferSize", "ENOBUFS"));
    expect(recorder.faults).toEqual([]);
  });

  test("a port that another program gave back is taken up, at most 60 s later, and told", async () => {
    let isTaken = true;
    const { recorder, link, pass } = await serve((socket, options) => {
      if (isTaken && isEar(options)) refuseBind(socket, "EADDRINUSE");
    });
    for (let seconds = 0; seconds < 600; seconds += 3) pass(3_000);
    expect(recorder.codes).toEqual(["PORT_TAKEN"]);
    isTaken = false;
    for (let seconds = 0; seconds < 60; seconds += 3) pass(3_000);
    expect(recorder.served[0]?.sharedPort).toBeDefined();
    expect(recorder.served[0]?.ownPort).toBe(link.ownPort);
  });

  test("the shared mouth cannot be opened: a fault, nothing leaves, and the next time may succeed", async () => {
    const sharers: Socket[] = [];
    let isTaken = true;
    const { channel, recorder, link, network, pass } = await serve((socket, options) => {
      if (!isEar(options)) return;
      sharers.push(socket);
      if (sharers.length > 1 && isTaken) refuseBind(socket, "EADDRINUSE");
    });
    say(channel, link, "one", "shared");
    say(channel, link, "two", "shared");
    expect(recorder.codes).toEqual(["PORT_TAKEN"]);
    expect(network.stats()).toMatchObject({ sent: 0, unsent: 2 });
    isTaken = false;
    pass(60_000);
    say(channel, link, "three", "shared");
    await recorder.heard(1);
    expect(recorder.texts).toEqual(["three"]);
  });

  test("an error that a socket tells by itself is counted and told, never thrown", async () => {
    const sockets: Socket[] = [];
    const { recorder, network } = await serve((socket) => void sockets.push(socket));
    const [probe, ...others] = sockets; // The first one only asked whether the port is free, and is closed.
    for (const socket of [probe, ...others]) socket?.emit("error", errno("ECONNRESET", "recvmsg"));
    expect(network.stats().receiveErrors).toBe(others.length);
    expect(recorder.codes).toEqual(["RECEIVE_FAILED"]);
  });

  test("J-11 a listener that throws loses the datagram and nothing else", async () => {
    const { channel, recorder, link, network } = await serve(() => {});
    const hear = recorder.datagram.bind(recorder);
    recorder.datagram = (datagram) => {
      recorder.datagram = hear;
      throw new Error(`cannot stand ${datagram.bytes.length} bytes`);
    };
    say(channel, link, "one");
    say(channel, link, "two");
    await recorder.heard(1);
    expect(recorder.texts).toEqual(["two"]);
    expect(network.stats().handlerErrors).toBe(1);
    expect(recorder.codes).toEqual(["HANDLER_FAILED"]);
  });
});

describe("J-14 sends that fail", () => {
  const spoilMouths =
    (codes: string[]): Spoil =>
    (socket, options) => {
      if (!isEar(options)) refuseSends(socket, codes);
    };

  test("F-24 a firewall's refusal blocks the link, is tried again ever more seldom, and told once a minute", async () => {
    const codes = ["EPERM"];
    const { channel, recorder, link, network, pass } = await serve(spoilMouths(codes));
    say(channel, link, "one");
    await recorder.until(() => recorder.faults.length > 0);
    expect(recorder.codes).toEqual(["BLOCKED"]);
    expect(network.blocked).toEqual(["lo/4"]);
    for (let seconds = 0; seconds < 300; seconds++) {
      pass(1_000);
      say(channel, link, "again");
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { sendErrors, blocked } = network.stats();
    expect(sendErrors).toBeGreaterThanOrEqual(8);
    expect(sendErrors).toBeLessThanOrEqual(12);
    expect(blocked).toBe(301 - sendErrors);
    expect(recorder.faults.length).toBeLessThanOrEqual(6);
    codes[0] = "";
    for (let seconds = 0; seconds < 61; seconds++) {
      pass(1_000);
      say(channel, link, "free");
    }
    await recorder.heard(1);
    expect(network.blocked).toEqual([]);
  });

  test("J-13 errors that say that the link is gone make the interfaces be looked at at once", async () => {
    for (const code of ["ENETUNREACH", "EADDRNOTAVAIL", "ENETDOWN", "ENODEV"]) {
      const { channel, recorder, link, monitor } = await serve(spoilMouths([code]));
      const look = vi.spyOn(monitor() as LinkMonitor, "hasten");
      say(channel, link, "anyone?");
      await recorder.until(() => recorder.faults.length > 0);
      expect(look).toHaveBeenCalled();
    }
  });

  test("F-27 when the kernel has no room there is one more try, 10 to 50 ms later", async () => {
    for (const code of ["ENOBUFS", "EAGAIN"]) {
      const { channel, recorder, link, network } = await serve(spoilMouths([code, ""]));
      say(channel, link, "twice");
      await recorder.heard(1);
      expect(network.stats()).toMatchObject({ retried: 1, sent: 1, sendErrors: 0 });
      expect(recorder.faults).toEqual([]);
    }
  });

  test("F-27 the second refusal is final: counted and told", async () => {
    const { channel, recorder, link, network } = await serve(spoilMouths(["ENOBUFS"]));
    say(channel, link, "never");
    await recorder.until(() => recorder.faults.length > 0);
    expect(network.stats()).toMatchObject({ retried: 1, sent: 0, sendErrors: 1 });
  });

  test("closing waits for a second try", async () => {
    const { channel, link, network } = await serve(spoilMouths(["ENOBUFS", ""]));
    say(channel, link, "bye");
    await new Promise((resolve) => setImmediate(resolve));
    await channel.close();
    expect(network.stats()).toMatchObject({ retried: 1, sent: 1 });
  });

  test("closing waits a second at most for what never leaves", async () => {
    const { channel, link } = await serve((socket, options) => {
      if (!isEar(options)) socket.send = () => {};
    });
    say(channel, link, "stuck");
    const from = performance.now();
    await channel.close();
    expect(performance.now() - from).toBeGreaterThanOrEqual(990);
  });

  test("a message too long for a datagram is a fault that says so", async () => {
    const { channel, recorder, link } = await serve(() => {});
    say(channel, link, "x".repeat(70_000));
    await recorder.until(() => recorder.faults.length > 0);
    expect(recorder.codes).toEqual(["MESSAGE_TOO_LONG"]);
  });

  test("M34 F-37 on macOS an unreachable group is told with the permission to give", async () => {
    const { channel, recorder, link } = await serve(spoilMouths(["EHOSTUNREACH"]), {
      platform: platformOf("darwin"),
    });
    say(channel, link, "anyone?");
    await recorder.until(() => recorder.faults.length > 0);
    expect(recorder.codes).toEqual(["LOCAL_NETWORK_DENIED"]);
    expect(recorder.faults[0]?.error.message).toContain("Local Network");
  });

  test("destinations that cannot be are faults, and nothing is thrown", async () => {
    const { channel, recorder, link, network } = await serve(() => {});
    for (const to of [
      { address: "fe80::1", port: 1900 },
      { address: "printer.local", port: 1900 },
      { address: "127.0.0.1", port: 0 },
      { address: "127.0.0.1", port: 70_000 },
    ])
      say(channel, link, "where?", "own", to);
    await new Promise((resolve) => setImmediate(resolve));
    expect(network.stats().sent).toBe(0);
    expect(new Set(recorder.codes)).toEqual(new Set(["BAD_DESTINATION", "SEND_FAILED"]));
  });
});

test("F-12 an ear that hears nobody else for long joins again, and never more than once in 100 s", async () => {
  let joins = 0;
  const { channel, recorder, link, pass } = await serve((socket) => {
    const join = socket.addMembership.bind(socket);
    socket.addMembership = (...words) => {
      joins++;
      join(...words);
    };
  });
  say(channel, link, "our own voice is not a neighbour's");
  await recorder.heard(1);
  expect(joins).toBe(1);
  for (let seconds = 0; seconds < 99; seconds += 3) pass(3_000);
  expect(joins).toBe(1);
  for (let seconds = 0; seconds < 33; seconds += 3) pass(3_000);
  expect(joins).toBe(2);
  for (let seconds = 0; seconds < 1_300; seconds += 3) pass(3_000);
  expect(joins).toBeGreaterThanOrEqual(11);
  expect(joins).toBeLessThanOrEqual(15);
  expect(recorder.faults).toEqual([]);
});

test("S44 where it is asked for, groups are joined anew that often, though others are heard all the time", async () => {
  const calls: string[] = [];
  const network = { now: 0 };
  const spoil: Spoil = (socket) => {
    const [join, leave] = [socket.addMembership.bind(socket), socket.dropMembership.bind(socket)];
    socket.addMembership = (...words) => {
      calls.push(`join at ${network.now}`);
      join(...words);
    };
    socket.dropMembership = (...words) => {
      calls.push(`leave at ${network.now}`);
      leave(...words);
    };
  };
  const { channel, recorder, pass } = open(spoil, {}, { rejoinEveryMs: 120_000 });
  await channel.ready;
  const [link] = recorder.served;
  const neighbour = createSocket("udp4");
  neighbour.bind(0, "127.0.0.2");
  await once(neighbour, "listening");
  neighbour.setMulticastInterface("127.0.0.1");
  for (let round = 1; round <= 10; round++) {
    network.now += 30_000;
    neighbour.send(`${round}`, link?.sharedPort ?? 0, GROUP);
    await recorder.heard(round);
    pass(30_000);
  }
  neighbour.close();
  const anew = [120_000, 240_000].flatMap((at) => [`leave at ${at}`, `join at ${at}`]);
  expect(calls).toEqual(["join at 0", ...anew]);
  expect(recorder.faults).toEqual([]);
});

test("S44 joining anew more often than once a minute is refused", () => {
  expect(() => createNetwork({ interfaces: ["lo"], rejoinEveryMs: 59_999 })).toThrow(UsageError);
  expect(() => createNetwork({ interfaces: ["lo"], rejoinEveryMs: Number.NaN })).toThrow(UsageError);
});
