import { describe, expect, test } from "vitest";
import type { Datagram } from "../../src/core/engine.ts";
import type { PeerBrowser } from "../../src/index.ts";
import { Earshot, NetworkError, UsageError } from "../../src/index.ts";
import type { Host, Lan } from "../../src/testing.ts";
import { wireFormats } from "../ssdp/wire-formats.ts";
import { guest, household } from "./household.ts";

const chain = { name: "blockchain", network: "main" };
const W10 = specimen("W10");
const W11 = specimen("W11");

function specimen(id: string): string {
  return String(wireFormats.find(({ name }) => name.startsWith(id))?.text);
}

/** Writes down who comes and leaves. */
function diary(browser: PeerBrowser): { readonly lines: string[]; readonly over: Promise<void> } {
  const lines: string[] = [];
  const over = (async () => {
    for await (const change of browser) {
      const why = change.kind === "left" ? ` ${change.reason}` : "";
      lines.push(`${change.kind} ${change.peer.address}:${change.peer.port}${why}`);
    }
  })();
  return { lines, over };
}

/** Lets time pass, and programs read what came meanwhile. */
function pass(lan: Lan, { clock }: Host, ms: number): Promise<void> {
  return lan.until(new Promise<void>((resolve) => void clock.at(clock.now() + ms, resolve)));
}

/** A program that has a port, and does what it likes with it. */
function program(host: Host, port: number, hear: (datagram: Datagram, say: (text: string) => void) => void) {
  const groups = { 4: port === 1900 ? ["239.255.255.250"] : [], 6: [] };
  const channel = host.open(
    { port, groups, hops: 2 },
    {
      datagram: (datagram) =>
        hear(datagram, (text) => {
          const bytes = new TextEncoder().encode(text);
          channel.send({ bytes, to: datagram.from, link: datagram.link, socket: "own" });
        }),
      links: () => {},
      fault: () => {},
    },
  );
  return channel;
}

/** The server of ssdp_upnp: whatever contains M-SEARCH is answered by W11. */
function seedServer(host: Host, answer: string) {
  return program(host, 1900, ({ bytes }, say) => {
    if (new TextDecoder().decode(bytes).includes("M-SEARCH")) say(answer);
  });
}

describe("peers of an application and network", () => {
  test("F35 C04 who serves is found by who looks for the same name and network, and by nobody else", async () => {
    const { lan, server, laptop } = household();
    await lan.until(server.servePeer({ ...chain, port: 8048 }));
    const peers = await lan.until(laptop.findPeers(chain));
    expect(peers.map(({ address, port }) => `${address} ${port}`)).toContain("10.0.0.1 8048");
    expect(peers[0]).toMatchObject({ ...chain, udn: expect.stringMatching(/^uuid:[\da-f-]{36}$/) });
    expect(new Set(peers.map(({ udn }) => udn)).size).toBe(1);
    expect(await lan.until(laptop.findPeers({ ...chain, network: "test" }))).toEqual([]);
    expect(await lan.until(laptop.findPeers({ ...chain, name: "chain" }))).toEqual([]);
    expect(await lan.until(laptop.findPeers({ name: "BlockChain", network: "MAIN" }))).toHaveLength(
      peers.length,
    );
  });

  test("F36 a peer is told once however often it answers, and its goodbye is told as left", async () => {
    const { lan, server, laptop } = household({}, { server: { addresses: ["10.0.9.1/16"] } });
    const browser = laptop.browsePeers({ ...chain, everyMs: 5000 });
    const { lines, over } = diary(browser);
    const served = await lan.until(server.servePeer({ ...chain, port: 8048 }));
    lan.advance(120_000);
    await lan.until(Promise.resolve());
    expect(lines).toEqual(["found 10.0.9.1:8048"]);
    await lan.until(served.close());
    lan.advance(1000);
    await lan.until(browser.close());
    await lan.until(over);
    expect(lines).toEqual(["found 10.0.9.1:8048", "left 10.0.9.1:8048 goodbye"]);
    expect([...browser.peers]).toEqual([]);
  });

  test("F36 a peer that vanishes without a goodbye has left when what it announced has run out", async () => {
    const { lan, server, serverHost, laptop } = household({}, { server: { addresses: ["10.0.9.1/16"] } });
    const browser = laptop.browsePeers(chain);
    const { lines, over } = diary(browser);
    await lan.until(server.servePeer({ ...chain, port: 8048 }));
    lan.advance(1000);
    lan.weather.unplug(serverHost);
    lan.advance(310_000);
    await lan.until(browser.close());
    await lan.until(over);
    expect(lines).toEqual(["found 10.0.9.1:8048", "left 10.0.9.1:8048 expired"]);
  });

  test("F36 a peer that moves has left its old address, and is still there at the one it kept", async () => {
    const { lan, server, serverHost, laptop } = household(
      {},
      { server: { addresses: ["10.0.9.1/16", "fe80::9/64"] } },
    );
    const browser = laptop.browsePeers(chain);
    const { lines, over } = diary(browser);
    await lan.until(server.servePeer({ ...chain, port: 8048 }));
    lan.advance(1000);
    lan.weather.plug(serverHost, "eth0", ["10.0.9.2/16", "fe80::9/64"]);
    lan.advance(400_000);
    await lan.until(browser.close());
    await lan.until(over);
    expect(lines.toSorted()).toEqual([
      "found 10.0.9.1:8048",
      "found 10.0.9.2:8048",
      "found fe80::9:8048",
      "left 10.0.9.1:8048 expired",
    ]);
  });

  test("F37 several peers on one host, each on a port of its own, in one program or in several", async () => {
    const { lan, server, laptop, serverHost } = household({}, { server: { addresses: ["10.0.9.1/16"] } });
    await lan.until(server.servePeer({ ...chain, port: 1 }));
    await lan.until(server.servePeer({ ...chain, port: 2 }));
    const other = new Earshot({ network: serverHost });
    const third = await lan.until(other.servePeer({ ...chain, port: 3 }));
    const ports = async () =>
      (await lan.until(laptop.findPeers(chain))).map(({ port, udn }) => ({ port, udn }));
    const found = await ports();
    expect(found.map(({ port }) => port).sort()).toEqual([1, 2, 3]);
    expect(new Set(found.map(({ udn }) => udn)).size).toBe(3);
    await lan.until(third.close());
    expect((await ports()).map(({ port }) => port).sort()).toEqual([1, 2]);
    await lan.until(other.close());
  });

  test("F41 F40 F09 the name is the user's, the address that of the link, and both are in what is announced", async () => {
    const { lan, server } = household({}, { server: { addresses: ["10.0.9.1/16", "fe80::1/64"] } });
    using capture = lan.capture();
    await lan.until(server.servePeer({ name: "Chess", network: "club_7", port: 4000 }));
    lan.advance(1000);
    const heads = capture.datagrams.map(({ bytes }) => new TextDecoder().decode(bytes));
    const locations = new Set(heads.map((head) => /^LOCATION: (.*)\r$/m.exec(head)?.[1]));
    expect(locations).toEqual(new Set(["chess_club_7://10.0.9.1:4000", "chess_club_7://[fe80::1]:4000"]));
    expect(heads[0]).toMatch(/^NT: urn:earshot:service:chess_club_7:1\r$/m);
    expect(heads[0]).toMatch(/^USN: uuid:[\da-f-]{36}::urn:earshot:service:chess_club_7:1\r$/m);
  });

  test("until ends a search early, the signal with its reason, and a wait cannot be negative", async () => {
    const { lan, server, laptop } = household();
    await lan.until(server.servePeer({ ...chain, port: 8048 }));
    const start = lan.now;
    await lan.until(laptop.findPeers({ ...chain, until: (peers) => peers.length > 0 }));
    expect(lan.now - start).toBeLessThan(2500);
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(lan.until(laptop.findPeers({ ...chain, signal }))).rejects.toThrow("enough");
    await expect(lan.until(laptop.findPeers({ ...chain, timeoutMs: -1 }))).rejects.toThrow(UsageError);
    expect(laptop.users).toBe(0);
  });

  test("F13 on a host without a network it rejects, and so does the loop", async () => {
    const { lan, laptop } = household({}, { laptop: { interfaces: [] } });
    await expect(lan.until(laptop.findPeers(chain))).rejects.toThrow(NetworkError);
    const loop = laptop.browsePeers(chain)[Symbol.asyncIterator]().next();
    await expect(lan.until(loop)).rejects.toThrow(NetworkError);
    await expect(lan.until(laptop.servePeer({ ...chain, port: 1 }))).rejects.toThrow(NetworkError);
    expect(laptop.users).toBe(0);
  });

  test("leaving the loop closes the browser, and closing the Earshot ends the loop", async () => {
    const { lan, server, laptop } = household();
    await lan.until(server.servePeer({ ...chain, port: 8048 }));
    const first = async () => {
      for await (const change of laptop.browsePeers(chain)) return change.kind;
      return "nothing";
    };
    expect(await lan.until(first())).toBe("found");
    expect(laptop.users).toBe(0);
    const { over } = diary(laptop.browsePeers(chain));
    lan.advance(100);
    await lan.until(laptop.close());
    await lan.until(over);
  });

  test.each([
    [{ name: "a_b", network: "c" }],
    [{ name: "", network: "c" }],
    [{ name: "1a", network: "c" }],
    [{ name: "a.*", network: "c" }],
    [{ name: "a", network: "c://10.0.0.9:1/" }],
    [{ name: "a", network: "c\r\nX: y" }],
    [{ name: "a".repeat(41), network: "c" }],
    [{ name: "a", network: "" }],
  ])("F35 a name or network that could not stand in a scheme is refused: %j", async (group) => {
    const { laptop, lan } = household();
    expect(() => laptop.browsePeers(group)).toThrow(UsageError);
    await expect(lan.until(laptop.servePeer({ ...group, port: 1 }))).rejects.toThrow(UsageError);
    await expect(lan.until(laptop.findPeers(group))).rejects.toThrow(UsageError);
    expect(laptop.users).toBe(0);
  });

  test("F35 a port that is none, and a round too short, are refused", async () => {
    const { laptop, lan } = household();
    for (const port of [0, 65_536, 1.5])
      await expect(lan.until(laptop.servePeer({ ...chain, port }))).rejects.toThrow(UsageError);
    expect(() => laptop.browsePeers({ ...chain, everyMs: 10 })).toThrow(UsageError);
  });
});

describe("peers that speak as ssdp_upnp does", () => {
  test("F35 W10 its client finds ours: its search is answered with a LOCATION that its pattern matches", async () => {
    const { lan, server, laptopHost } = household();
    await lan.until(server.servePeer({ ...chain, port: 8048 }));
    lan.advance(1000);
    const heard: string[] = [];
    const client = program(laptopHost, 5000, ({ bytes }) => {
      const match = /LOCATION: blockchain_main:\/\/[ ]*(.+)\r\n/i.exec(new TextDecoder().decode(bytes));
      if (match?.[1]) heard.push(match[1]);
    });
    await lan.until(client.ready);
    const link = laptopHost.links.find(({ family }) => family === 4);
    const to = { address: "239.255.255.250", port: 1900 };
    if (link) client.send({ bytes: new TextEncoder().encode(W10), to, link, socket: "own" });
    lan.advance(3000);
    expect(heard).toEqual(["10.0.0.1:8048"]); // It splits this at the colon.
  });

  test("F35 F36 W11 its server, which indents every line and has no USN, is found once; and has left when silent", async () => {
    const { lan, laptop } = household();
    const { host } = guest(lan, "seed", { host: { addresses: ["10.0.0.77/16"] } });
    const seed = seedServer(host, W11.replace("192.168.1.5", "10.0.0.77"));
    await lan.until(seed.ready);
    const browser = laptop.browsePeers({ ...chain, everyMs: 5000 });
    const { lines, over } = diary(browser);
    await lan.until(browser.ready);
    lan.advance(60_000);
    await lan.until(seed.close());
    lan.advance(20_000);
    await lan.until(browser.close());
    await lan.until(over);
    expect(lines).toEqual(["found 10.0.0.77:8048", "left 10.0.0.77:8048 expired"]);
  });

  test("F36 a peer known by announcement and by answers is told once, and has left when neither speaks for it", async () => {
    const { lan, laptop, laptopHost, server, serverHost } = household(
      {},
      { server: { addresses: ["10.0.9.1/16"] } },
    );
    const seed = seedServer(serverHost, W11.replace("192.168.1.5", "10.0.9.1"));
    await lan.until(seed.ready);
    const browser = laptop.browsePeers({ ...chain, everyMs: 5000 });
    const { lines, over } = diary(browser);
    const served = await lan.until(server.servePeer({ ...chain, port: 8048 }));
    await pass(lan, laptopHost, 20_000);
    await lan.until(served.close());
    await pass(lan, laptopHost, 20_000);
    expect(lines).toEqual(["found 10.0.9.1:8048"]);
    await lan.until(seed.close());
    await pass(lan, laptopHost, 20_000);
    await lan.until(browser.close());
    await lan.until(over);
    expect(lines).toEqual(["found 10.0.9.1:8048", "left 10.0.9.1:8048 expired"]);
  });

  test("S-54 who names another address than the one that spoke is not believed", async () => {
    const { lan, laptop } = household();
    const { host } = guest(lan, "liar", { host: { addresses: ["10.0.0.66/16"] } });
    const liar = seedServer(host, W11);
    await lan.until(liar.ready);
    expect(await lan.until(laptop.findPeers(chain))).toEqual([]);
    const lie = { type: "urn:earshot:service:blockchain_main:1", location: "blockchain_main://10.0.0.2:80" };
    const { earshot } = guest(lan, "second liar");
    await lan.until(earshot.advertise(lie));
    expect(await lan.until(laptop.findPeers(chain))).toEqual([]);
  });

  test.each([
    "blockchain_main://",
    "blockchain_main://10.0.0.66",
    "blockchain_main://10.0.0.66:0",
    "blockchain_main://10.0.0.66:99999",
    "blockchain_main://10.0.0.66:80/path",
    "blockchain_main://10.0.0.066:80",
    "blockchain_main://user@10.0.0.66:80",
    "blockchain-main://10.0.0.66:80",
    "http://10.0.0.66:80",
  ])("F35 what is no address and port is not taken for a peer: %s", async (location) => {
    const { lan, laptop } = household();
    const { host } = guest(lan, "odd", { host: { addresses: ["10.0.0.66/16"] } });
    const odd = seedServer(host, `HTTP/1.1 200 OK\r\nST: x\r\nLOCATION: ${location}\r\n\r\n`);
    await lan.until(odd.ready);
    expect(await lan.until(laptop.findPeers(chain))).toEqual([]);
  });

  test("F36 one address cannot fill the list with ports that it does not mean, nor drive others out", async () => {
    const { lan, laptop } = household();
    const { host: honest } = guest(lan, "seed", { host: { addresses: ["10.0.0.77/16"] } });
    const { host } = guest(lan, "flood", { host: { addresses: ["10.0.0.66/16"] } });
    const seed = seedServer(honest, W11.replace("192.168.1.5", "10.0.0.77"));
    let port = 0;
    const flood = program(host, 1900, (_, say) => {
      for (let count = 0; count < 500; count++)
        say(`HTTP/1.1 200 OK\r\nST: x\r\nLOCATION: blockchain_main://10.0.0.66:${++port}\r\n\r\n`);
    });
    await lan.until(Promise.all([seed.ready, flood.ready]));
    const peers = await lan.until(laptop.findPeers(chain));
    expect(peers.filter(({ address }) => address === "10.0.0.66")).toHaveLength(32);
    expect(peers.filter(({ address }) => address === "10.0.0.77")).toHaveLength(1);
  });

  test.each([
    ["one USN whose port changes", () => "uuid:f", 8],
    ["a USN for each port", (count: number) => `uuid:${count}`, 60],
  ])(
    "F36 an address that announces 10,000 ports cannot flood who looks for peers: %s",
    async (_, udn, most) => {
      const { lan, laptop } = household();
      const browser = laptop.browsePeers(chain);
      const { lines, over } = diary(browser);
      await lan.until(browser.ready);
      for (let count = 0; count < 10_000; count++) {
        shout(lan, udn(count), `10.0.0.66:${1000 + count}`);
        lan.advance(1);
        if (count % 100 !== 0) continue;
        await lan.until(Promise.resolve()); // Read what was told.
        expect([...browser.peers].length).toBeLessThanOrEqual(32);
      }
      lan.advance(10_000);
      await lan.until(browser.close());
      await lan.until(over);
      expect(lines.length).toBeGreaterThan(0);
      expect(lines.filter((line) => line.startsWith("found")).length).toBeLessThanOrEqual(most);
      expect(lines.length).toBeLessThanOrEqual(2 * most);
    },
  );

  test("F36 nor one that comes and says goodbye all the time, nor one that answers from new ports", async () => {
    const { lan, laptop } = household();
    const { host } = guest(lan, "flood", { host: { addresses: ["10.0.0.67/16"] } });
    let port = 0;
    const flood = program(host, 1900, (_, say) => {
      for (let count = 0; count < 60; count++)
        say(`HTTP/1.1 200 OK\r\nST: x\r\nLOCATION: blockchain_main://10.0.0.67:${++port}\r\n\r\n`);
    });
    await lan.until(flood.ready);
    const browser = laptop.browsePeers({ ...chain, everyMs: 1000 });
    const { lines, over } = diary(browser);
    await lan.until(browser.ready);
    for (let second = 0; second < 10; second++) {
      for (let count = 0; count < 100; count++) {
        shout(lan, "uuid:f", "10.0.0.66:1000");
        lan.advance(5);
        shout(lan, "uuid:f", "10.0.0.66:1000", "ssdp:byebye");
        lan.advance(5);
      }
      await lan.until(Promise.resolve());
    }
    await lan.until(browser.close());
    await lan.until(over);
    for (const address of ["10.0.0.66", "10.0.0.67"]) {
      const found = lines.filter((line) => line.startsWith(`found ${address}`));
      expect(found.length).toBeGreaterThan(0);
      expect(found.length).toBeLessThanOrEqual(32 + 11);
    }
  });
});

/** Somebody announces that he is at this address and port. */
function shout(lan: Lan, udn: string, place: string, nts = "ssdp:alive"): void {
  const type = "urn:earshot:service:blockchain_main:1";
  const text = `NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nCACHE-CONTROL: max-age=1800\r\nLOCATION: blockchain_main://${place}\r\nNT: ${type}\r\nNTS: ${nts}\r\nUSN: ${udn}::${type}\r\n\r\n`;
  lan.inject({
    from: { address: place.split(":")[0] ?? "", port: 1900 },
    to: { address: "239.255.255.250", port: 1900 },
    bytes: new TextEncoder().encode(text),
  });
}
