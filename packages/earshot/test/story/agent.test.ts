import { describe, expect, test } from "vitest";
import { Earshot, NetworkError, UsageError } from "../../src/index.ts";
import { SsdpAgent, type SsdpAgentOptions } from "../../src/ssdp-agent.ts";
import { type Capture, Lan } from "../../src/testing.ts";
import { guest, household, MEDIA_SERVER, offer } from "./household.ts";

const FOO_1 = "urn:example-org:service:Foo:1";
const FOO_10 = "urn:example-org:service:Foo:10";

function agentIn(home: ReturnType<typeof household>, options: Omit<SsdpAgentOptions, "earshot"> = {}) {
  return new SsdpAgent({ earshot: home.laptop, ...options });
}

/** The targets searched on IPv4 so far, in order. */
function searched(capture: Capture): string[] {
  return capture.datagrams.flatMap(({ bytes, to }) => {
    const text = new TextDecoder().decode(bytes);
    const isSearch = text.startsWith("M-SEARCH") && to.address === "239.255.255.250";
    return isSearch ? [/^ST: (.*)\r$/m.exec(text)?.[1] ?? ""] : [];
  });
}

describe("F02 an agent is control point and device in one", () => {
  test("it announces and answers, searches, and gives the answers, until it is closed", async () => {
    const home = household();
    const { lan, server, laptop } = home;
    await lan.until(server.advertise(offer));
    const type = "urn:example-org:device:Agent:1";
    const agent = agentIn(home, { offers: [{ type, port: 80 }], searches: [MEDIA_SERVER] });
    await lan.until(agent.ready);
    const answers: string[] = [];
    const loop = (async () => {
      for await (const { searched: st, usn, from } of agent) answers.push(`${st} ${usn} ${from}`);
    })();
    expect(await lan.until(server.find(type))).toHaveLength(1);
    lan.advance(10_000);
    await lan.until(agent.close());
    await lan.until(loop);
    expect(answers).toContain(`${MEDIA_SERVER} uuid:films::${MEDIA_SERVER} 10.0.0.1`);
    expect(await lan.until(server.find(type))).toEqual([]); // It said goodbye.
    expect(laptop.users).toBe(0);
  });

  test("it starts and stops as often as one likes, and closing twice is as closing once", async () => {
    const home = household();
    for (let round = 0; round < 3; round++) {
      const agent = agentIn(home, { searches: ["ssdp:all"] });
      await home.lan.until(agent.ready);
      await home.lan.until(Promise.all([agent.close(), agent.close()]));
      expect(() => agent.addSearch("a:1")).toThrow(UsageError);
    }
    expect(home.laptop.users).toBe(0);
  });

  test("closed before it was ready, it leaves nothing announced", async () => {
    const home = household();
    const agent = agentIn(home, { offers: [{ type: "urn:example-org:device:Agent:1", port: 80 }] });
    await home.lan.until(agent.close());
    home.lan.advance(5000);
    expect(home.laptop.users).toBe(0);
    expect(await home.lan.until(home.server.find("urn:example-org:device:Agent:1"))).toEqual([]);
  });

  test("F13 what cannot be searched or announced makes ready reject, and it is closed then", async () => {
    const home = household();
    for (const options of [
      { searches: ["two words"] },
      { offers: [{ type: "nothing" }] },
      { everyMs: 10, searches: ["a:1"] },
    ]) {
      const agent = agentIn(home, options);
      await expect(home.lan.until(agent.ready)).rejects.toThrow(UsageError);
      await home.lan.until(agent.close());
      expect(agent.searches).toEqual([]);
    }
    expect(home.laptop.users).toBe(0);
  });

  test("F13 on a host without a network ready rejects, and so does the loop", async () => {
    const lan = new Lan({ seed: 1 });
    const host = lan.addHost("alone", { interfaces: [] });
    const agent = new SsdpAgent({ earshot: new Earshot({ network: host }), searches: ["ssdp:all"] });
    await expect(lan.until(agent.ready)).rejects.toThrow(NetworkError);
    await expect(lan.until(agent[Symbol.asyncIterator]().next())).rejects.toThrow(NetworkError);
  });

  test("notify announces once more", async () => {
    const home = household();
    const agent = agentIn(home, { offers: [{ type: "t", usn: "u" }] });
    await home.lan.until(agent.ready);
    home.lan.advance(10_000);
    using capture = home.lan.capture();
    agent.notify();
    home.lan.advance(1000);
    expect(capture.datagrams.length).toBeGreaterThan(0);
  });
});

describe("standing searches", () => {
  test("F03 a target is added once; one that is part of another's text is another one", () => {
    const home = household();
    const agent = agentIn(home);
    expect(agent.addSearch(FOO_10)).toBe(true);
    expect(agent.addSearch(FOO_1)).toBe(true);
    expect(agent.addSearch("M:1")).toBe(true);
    expect(agent.addSearch(FOO_1)).toBe(false);
    expect(agent.addSearch(` ${FOO_1} `)).toBe(false);
    expect(agent.searches).toEqual([FOO_10, FOO_1, "M:1"]);
  });

  test("F04 a target is removed by its whole text, and says whether there was one", async () => {
    const home = household();
    const agent = agentIn(home, { everyMs: 10_000, search: { repeats: 1 } });
    agent.addSearch(FOO_10);
    agent.addSearch(FOO_1);
    expect(agent.removeSearch("urn:example-org")).toBe(false);
    expect(agent.removeSearch(FOO_1)).toBe(true);
    expect(agent.removeSearch(FOO_1)).toBe(false);
    expect(agent.searches).toEqual([FOO_10]);
    using capture = home.lan.capture();
    home.lan.advance(60_000);
    expect(new Set(searched(capture))).toEqual(new Set([FOO_10]));
    expect(agent.addSearch(FOO_1)).toBe(true); // And can be added again.
  });

  test("F05 is searched at once, more than once, and again and again at intervals that vary", async () => {
    const home = household();
    using capture = home.lan.capture();
    const agent = agentIn(home, { searches: [FOO_1], everyMs: 20_000 });
    await home.lan.until(agent.ready);
    home.lan.advance(2000);
    expect(searched(capture)).toHaveLength(3);
    home.lan.advance(200_000);
    const rounds = (searched(capture).length / 3) | 0;
    expect(rounds).toBeGreaterThanOrEqual(9);
    expect(rounds).toBeLessThanOrEqual(12);
    const times = capture.datagrams.filter(({ to }) => to.address === "239.255.255.250").map(({ at }) => at);
    const gaps = times.map((at, index) => at - (times[index - 1] ?? at)).filter((gap) => gap > 5000);
    expect(new Set(gaps.map(Math.round)).size).toBeGreaterThan(1);
  });

  test("F05 with 0 it is searched once, and its answers are taken for as long as it stands", async () => {
    const home = household();
    const { lan, laptopHost } = home;
    using capture = lan.capture();
    const agent = agentIn(home, { searches: [MEDIA_SERVER], everyMs: 0, search: { repeats: 1 } });
    await lan.until(agent.ready);
    lan.advance(10_000_000);
    expect(searched(capture)).toEqual([MEDIA_SERVER]);
    expect(agent.searches).toEqual([MEDIA_SERVER]);
    const [asked] = capture.datagrams.filter(({ from }) => from.address === "10.0.0.2");
    const bytes = new TextEncoder().encode(`HTTP/1.1 200 OK\r\nST: ${MEDIA_SERVER}\r\nUSN: late\r\n\r\n`);
    const to = asked?.from ?? { address: "", port: 0 };
    const heard = agent[Symbol.asyncIterator]().next();
    lan.inject({ from: { address: "10.0.0.66", port: 1900 }, to, bytes });
    expect((await lan.until(heard)).value).toMatchObject({ usn: "late", searched: MEDIA_SERVER });
    expect(laptopHost.links).not.toEqual([]);
  });

  test("there may be 256 of them, and no more", () => {
    const agent = agentIn(household());
    for (let number = 1; number <= 256; number++) agent.addSearch(`t:${number}`);
    expect(() => agent.addSearch("t:257")).toThrow(UsageError);
  });

  test("F06 of answers that nobody reads the newest 10,000 are kept", async () => {
    const home = household();
    const { lan } = home;
    const { host } = guest(lan, "flood");
    let count = 0;
    const binding = { port: 1900, groups: { 4: ["239.255.255.250"], 6: [] }, hops: 2 };
    const flood = host.open(binding, {
      datagram: ({ from, link }) => {
        for (let number = 0; number < 500; number++) {
          const bytes = new TextEncoder().encode(`HTTP/1.1 200 OK\r\nST: a\r\nUSN: u${count++}\r\n\r\n`);
          flood.send({ bytes, to: from, link, socket: "own" });
        }
      },
      links: () => {},
      fault: () => {},
    });
    const agent = agentIn(home, { searches: ["ssdp:all"], everyMs: 1000, search: { repeats: 1, mx: 1 } });
    await lan.until(agent.ready);
    while (count < 10_500) await lan.until(agent.ready.then(() => void lan.advance(1000)));
    lan.advance(1000);
    await lan.until(agent.close());
    const kept: string[] = [];
    for await (const { usn } of agent) kept.push(usn);
    expect(kept).toHaveLength(10_000);
    expect(kept.at(-1)).toBe(`u${count - 1}`);
  });
});
