import { describe, expect, test } from "vitest";
import { Rig } from "./support.ts";

const chain = { name: "chain", network: "main" };

function servePeer(rig: Rig, port: number) {
  return rig.lan.until(rig.peer.servePeer({ ...chain, port }));
}

describe("C04 earshot peer", () => {
  test("F35 find prints address and port of each peer once, with 1 when there is none", async () => {
    await using rig = new Rig();
    expect(await rig.run("peer", "find", "chain", "main")).toBe(1);
    expect(rig.io.out).toBe("");
    await servePeer(rig, 8048);
    expect(await rig.run("peer", "find", "Chain", "MAIN")).toBe(0);
    expect(rig.io.out.trimEnd().split("\n").sort()).toEqual(["10.0.0.2:8048", "[fe80::2]:8048"]);
    expect(rig.io.left).toBe(0);
  });

  test("F35 serve announces until Ctrl-C, and is found meanwhile; then it says goodbye", async () => {
    await using rig = new Rig();
    const [end] = await rig.start(1000, "peer", "serve", "chain", "main", "4000");
    expect(rig.io.out).toMatch(/^peer of chain main, listening at port 4000, on eth0\/4 10\.0\.0\.1, /);
    const find = () => rig.lan.until(rig.peer.findPeers(chain));
    expect((await find()).map(({ address, port }) => [address, port])).toContainEqual(["10.0.0.1", 4000]);
    rig.io.signal("SIGINT");
    expect(await rig.lan.until(end!, { withinMs: 1000 })).toBe(0);
    expect(rig.io.out).toMatch(/\ngoodbye\n$/);
    expect(await find()).toEqual([]);
  });

  test("F36 --watch tells who comes and who leaves, until Ctrl-C", async () => {
    await using rig = new Rig();
    const [end] = await rig.start(1000, "peer", "find", "chain", "main", "--watch");
    const served = await servePeer(rig, 8048);
    await rig.pass(60_000);
    await rig.lan.until(served.close());
    await rig.pass(1000);
    rig.io.signal("SIGINT");
    expect(await rig.lan.until(end!, { withinMs: 1000 })).toBe(0);
    expect(rig.io.out.trimEnd().split("\n").sort()).toEqual([
      "+ 10.0.0.2:8048",
      "+ [fe80::2]:8048",
      "- 10.0.0.2:8048 goodbye",
      "- [fe80::2]:8048 goodbye",
    ]);
  });

  test("--json is a line for each change", async () => {
    await using rig = new Rig();
    await servePeer(rig, 8048);
    expect(await rig.run("peer", "find", "chain", "main", "--json", "--first")).toBe(0);
    const [line, ...more] = rig.io.out.trimEnd().split("\n");
    expect(more).toEqual([]);
    expect(JSON.parse(line!)).toEqual({
      v: 1,
      kind: "found",
      time: expect.stringMatching(/^\d{4}-/),
      peer: {
        ...chain,
        address: expect.stringMatching(/^10\.0\.0\.2$|^fe80::2$/),
        port: 8048,
        link: expect.stringMatching(/^eth0\/[46]$/),
        udn: expect.stringMatching(/^uuid:/),
      },
    });
  });

  test("--count ends it, with 124 when fewer came in time; -o is how long it looks", async () => {
    await using rig = new Rig();
    await servePeer(rig, 8048);
    const started = rig.lan.now;
    expect(await rig.run("peer", "find", "chain", "main", "--count", "2", "-o", "60")).toBe(0);
    expect(rig.lan.now - started).toBeLessThan(10_000);
    expect(await rig.run("peer", "find", "chain", "main", "--count", "3", "-o", "1")).toBe(124);
  });

  test.each([
    [["peer"], /earshot peer serve or earshot peer find/],
    [["peer", "serve", "chain", "main"], /missing required argument 'PORT'/],
    [["peer", "serve", "chain", "main", "0"], /whole number from 1 to 65535/],
    [["peer", "serve", "a_b", "main", "1"], /name is "a_b"/],
    [["peer", "find", "chain", "ma/in"], /network is "ma\/in"/],
    [["peer", "find", "chain"], /missing required argument 'NETWORK'/],
    [["peer", "find", "chain", "main", "--every", "0"], /seconds from 1 to 3600/],
    [["peer", "find", "chain", "main", "--ascii"], /--ascii needs --json/],
  ])("wrong usage gets one line and 2: %j", async (args, why) => {
    await using rig = new Rig();
    expect(await rig.run(...args)).toBe(2);
    expect(rig.io.out).toBe("");
    expect(rig.io.err).toMatch(why);
    expect(rig.io.err.trimEnd()).not.toContain("\n");
  });
});
