import { createSocket } from "node:dgram";
import { channel as diagnosticsChannel } from "node:diagnostics_channel";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/core/errors.ts";
import type { Fault } from "../../src/network/network.ts";
import type { Snapshot } from "../../src/node/interfaces.ts";
import type { LinkReport } from "../../src/node/link-monitor.ts";
import { createNetwork } from "../../src/node/network.ts";
import { platformOf } from "../../src/node/platform.ts";
import type { Socket } from "../../src/node/sockets.ts";
import { changing, closeAfterEach, open, serve } from "./channels.ts";
import { errno, GROUP, loopback, loopbackBinding, openFiles, say, snapshot, spoiled } from "./support.ts";

closeAfterEach();

describe("links that come and go", () => {
  test("F-02 P5 with another address everything is opened anew, and the own port with it", async () => {
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

  test("UD-123 UD-048 a neighbour of a second subnet is spoken to from the address there, that of its LOCATION", async () => {
    const state = loopback("lo", "127.0.0.1", 30);
    const second = {
      address: "127.9.9.1",
      prefixLength: 24,
      family: 4,
      tentative: false,
      fleeting: false,
    } as const;
    const both = { ...state, addresses: [...state.addresses, second] };
    const { parts, become } = changing(both);
    const { channel, link } = await serve(loopbackBinding(), parts);
    const neighbour = createSocket("udp4");
    neighbour.bind(0, "127.9.9.9");
    await once(neighbour, "listening");
    const to = { address: "127.9.9.9", port: neighbour.address().port };
    for (const socket of ["own", "shared"] as const) {
      say(channel, link, "an answer", socket, to);
      const [, from] = await once(neighbour, "message");
      expect(from).toMatchObject({
        address: "127.9.9.1",
        port: socket === "own" ? link.ownPort : link.sharedPort,
      });
    }
    become(state);
    say(channel, link, "the address is gone", "own", to);
    const [, from] = await once(neighbour, "message");
    expect(from.address).toBe("127.0.0.1");
    neighbour.close();
  });

  test("a mouth that could not be opened at an address that went is tried at once when the address is back", async () => {
    const second = {
      address: "127.9.9.1",
      prefixLength: 24,
      family: 4,
      tentative: false,
      fleeting: false,
    } as const;
    const alone = loopback("lo", "127.0.0.1", 30);
    const both = { ...alone, addresses: [...alone.addresses, second] };
    let tried = 0;
    const createSocket = spoiled((socket) => {
      const bind = socket.bind.bind(socket) as (...words: unknown[]) => Socket;
      socket.bind = ((...words: unknown[]) => {
        if (!JSON.stringify(words).includes(second.address)) return bind(...words);
        tried++;
        socket.emit("error", errno("EADDRNOTAVAIL", "bind"));
        return socket;
      }) as Socket["bind"];
    });
    const { parts, become } = changing(both);
    const { channel, link, network } = await serve(loopbackBinding(), { ...parts, createSocket });
    const speak = (): void => say(channel, link, "x", "own", { address: "127.9.9.9", port: 9 });
    speak();
    speak();
    expect(tried).toBe(1);
    become(alone);
    become(both);
    speak();
    expect(tried).toBe(2);
    expect(network.stats().unsent).toBe(3);
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

test.each(["win32", "darwin", "freebsd"])(
  "F-38 the sockets of %s serve too: group, host and broadcast",
  async (name) => {
    const binding = loopbackBinding({ broadcast: true });
    const { channel, recorder, link } = await serve(binding, { platform: platformOf(name) });
    expect(link.sharedPort).toBe(binding.port);
    say(channel, link, "to the group");
    await recorder.heard(1);
    say(channel, link, "to me", "own", { address: "127.0.0.1", port: link.ownPort });
    await recorder.heard(2);
    say(channel, link, "to everyone", "own", { address: "127.255.255.255", port: binding.port });
    await recorder.heard(3);
    expect(recorder.texts).toEqual(["to the group", "to me", "to everyone"]);
    expect(recorder.datagrams.map(({ socket, to }) => `${socket} ${to}`)).toEqual([
      "shared group",
      "own host",
      "shared group",
    ]);
  },
);

test("changes of links and faults are published for who wants to know", async () => {
  const seen: string[] = [];
  const noteLinks = (message: unknown): void => {
    seen.push(`links ${(message as LinkReport).links.map(({ id }) => id).join()}`);
  };
  const noteFault = (message: unknown): void => void seen.push(`fault ${(message as Fault).error.code}`);
  const [links, faults] = [diagnosticsChannel("earshot:link"), diagnosticsChannel("earshot:fault")];
  links.subscribe(noteLinks);
  faults.subscribe(noteFault);
  const { parts, become } = changing(loopback());
  const { channel, link } = await serve(loopbackBinding(), parts);
  become();
  become();
  become(loopback());
  say(channel, link, "nowhere", "own", { address: "nowhere", port: 1 });
  links.unsubscribe(noteLinks);
  faults.unsubscribe(noteFault);
  become();
  expect(seen).toEqual(["links lo/4", "links ", "links lo/4", "fault BAD_DESTINATION"]);
});
