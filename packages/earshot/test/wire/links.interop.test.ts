/* What happens to links, on a real kernel: interfaces that go down, move, appear in twos and by the thousand. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Host } from "./lab/host.ts";
import { describeWithPeers } from "./lab/require.ts";
import { Segment } from "./lab/segment.ts";
import { Station, stationProgram } from "./lab/station.ts";

/** Says how long it took, in milliseconds. */
async function timed(what: string, wait: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await wait();
  const ms = Math.round(performance.now() - from);
  console.log(`${what} in ${ms} ms`);
  return ms;
}

let messages = 0;

/** What one says, the other hears on `link`, and what is answered comes back to it. */
async function converse(speaker: Station, hearer: Station, link: string, speakersLink = link): Promise<void> {
  const text = `ask ${++messages}`;
  const ask = (): void => speaker.order("say", { text, link: speakersLink });
  const asking = setInterval(ask, 200); // A bridge forwards only some time after an interface came up.
  ask();
  try {
    await hearer.told({ heard: text, link, to: "group" });
    await speaker.told({ heard: `answer to ${text}`, link: speakersLink, to: "host" });
  } finally {
    clearInterval(asking);
  }
}

/** Longest time to notice anything: one look every 3 s, and what the machine needs. */
const POLL_MS = 3_000 + 1_500;

describeWithPeers("links on a real kernel", [], () => {
  test("F-01 F-23 P2 P-03 an interface down and up again, without any route: noticed within one look, heard at once", async () => {
    await using segment = await Segment.create({ hosts: 2 });
    expect(await segment.host(1).ip("route", "show", "default")).toBe("");
    const [one, two] = await Promise.all([Station.start(segment.host(1)), Station.start(segment.host(2))]);
    await converse(two, one, "eth0/4");
    await converse(one, two, "eth0/4");
    await segment.host(1).down();
    const down = await timed("F-01 down noticed", () => one.told({ links: [] }));
    const since = one.mark;
    await segment.host(1).up();
    const up = await timed("F-01 recovered", async () => {
      await one.told({ links: ["eth0/4 10.77.0.1"] }, { since });
      await converse(two, one, "eth0/4");
    });
    await converse(one, two, "eth0/4");
    expect(down).toBeLessThanOrEqual(POLL_MS);
    expect(up).toBeLessThanOrEqual(POLL_MS);
    expect(one.all({ ready: false })).toEqual([]);
  });

  test("F-02 another address: spoken from within one look", async () => {
    await using segment = await Segment.create({ hosts: 2 });
    const host = segment.host(1);
    const [one, two] = await Promise.all([Station.start(host), Station.start(segment.host(2))]);
    await host.deleteAddress("10.77.0.1/16");
    await host.addAddress("10.77.5.1/16");
    const ms = await timed("F-02 recovered", async () => {
      await one.told({ links: ["eth0/4 10.77.5.1"] });
      await converse(one, two, "eth0/4");
    });
    expect(two.all({ from: "10.77.5.1" })).not.toEqual([]);
    expect(ms).toBeLessThanOrEqual(POLL_MS);
    await converse(two, one, "eth0/4");
  });

  test("F-02 an address lost while something is sent is noticed at once", async () => {
    await using segment = await Segment.create({ hosts: 1 });
    const host = segment.host(1);
    const one = await Station.start(host);
    await host.ip("address", "flush", "dev", "eth0");
    const ms = await timed("F-02 loss noticed by an error", async () => {
      one.order("say", { text: "anyone?" });
      await one.told({ links: [] });
    });
    expect(ms).toBeLessThanOrEqual(POLL_MS);
  });

  test("F-03 IPv4 lost and found again, while IPv6 goes on", async () => {
    await using segment = await Segment.create({ hosts: 2, ipv6: true });
    const host = segment.host(1);
    const [one, two] = await Promise.all([Station.start(host), Station.start(segment.host(2))]);
    const local = `eth0/6 ${await host.linkLocal()}`;
    await host.deleteAddress("10.77.0.1/16");
    await timed("F-03 loss of IPv4 noticed", () => one.told({ links: [local] }));
    await converse(two, one, "eth0/6");
    const since = one.mark;
    await host.addAddress("10.77.0.1/16");
    await timed("F-03 recovered", async () => {
      await one.told({ links: ["eth0/4 10.77.0.1", local] }, { since });
      await converse(two, one, "eth0/4");
    });
    await converse(one, two, "eth0/6");
  });

  test("F-04 T-09 1,000 interfaces that come and go leave no file open", async () => {
    await using segment = await Segment.create({ hosts: 2 });
    const [one, two] = await Promise.all([Station.start(segment.host(1)), Station.start(segment.host(2))]);
    one.order("quiet");
    one.order("cycles", { count: 1_000 });
    const { seen, before, after } = await one.told({ cycles: 1_000 }, { ms: 170_000 });
    console.log(`F-04 1,000 cycles, ${seen} seen, ${before} files before, ${after} after`);
    expect(seen).toBe(1_000);
    expect(Math.abs(Number(after) - Number(before))).toBeLessThanOrEqual(2);
    expect(one.all({ failed: "cycles" })).toEqual([]);
    two.order("say", { text: "still there?" });
    await expect.poll(async () => (await one.status())["heard"]).toBeGreaterThanOrEqual(1);
  });

  test("F-14 two interfaces in one subnet: each hears once, and each is heard", async () => {
    await using segment = await Segment.create({ hosts: 2 });
    await segment.attach(1, { name: "eth1", bridge: 0 });
    const [one, two] = await Promise.all([Station.start(segment.host(1)), Station.start(segment.host(2))]);
    for (let count = 0; count < 5; count++) two.order("say", { text: `twice ${count}` });
    await one.told({ heard: "twice 4", link: "eth0/4" });
    await one.told({ heard: "twice 4", link: "eth1/4" });
    for (let count = 0; count < 5; count++) {
      const links = one.all({ heard: `twice ${count}` }).map(({ link }) => link);
      expect(links.sort()).toEqual(["eth0/4", "eth1/4"]);
    }
    one.order("say", { text: "from both" });
    await two.told({ heard: "from both", from: "10.77.0.1" });
    await two.told({ heard: "from both", from: "10.77.1.1" });
  });

  test("F-14 G-06 the same subnet on two networks: answers go where the question came from", async () => {
    await using segment = await Segment.create({ hosts: 3 });
    await segment.attach(1, { name: "eth1", bridge: 1 });
    await segment.attach(3, { name: "eth1", bridge: 1 });
    await segment.host(1).ip("address", "replace", "10.77.1.1/16", "dev", "eth1");
    await segment.host(1).ip("address", "del", "10.78.0.1/16", "dev", "eth1");
    await segment.host(3).ip("address", "add", "10.77.1.3/16", "dev", "eth1");
    await segment.host(3).ip("address", "del", "10.78.0.3/16", "dev", "eth1");
    await segment.host(3).down("eth0");
    const [one, three] = await Promise.all([Station.start(segment.host(1)), Station.start(segment.host(3))]);
    three.order("say", { text: "on the other network" });
    const { link } = await one.told({ heard: "on the other network" });
    expect(link).toBe("eth1/4");
    one.order("say", { text: "only there", link: "eth1/4" });
    await three.told({ heard: "only there", from: "10.77.1.1" });
  });

  test("F-15 F-17 IPv6 only: link-local and site-local groups, and a description from a link-local address", async () => {
    await using segment = await Segment.create({ hosts: 2, ipv4: false, ipv6: true });
    const [one, two] = await Promise.all([Station.start(segment.host(1)), Station.start(segment.host(2))]);
    await converse(one, two, "eth0/6");
    const here = await segment.host(1).linkLocal();
    expect(two.all({ from: here })).not.toEqual([]);
    const site = { to: { address: "ff05::c", port: 1900 } };
    one.order("say", { text: "to the site", ...site });
    await two.told({ heard: "to the site", from: "fd77::1", link: "eth0/6", to: "group" });
    one.order("say", { text: "to the site, shared", socket: "shared", ...site });
    await two.told({ heard: "to the site, shared", from: "fd77::1", port: 1900 });
    one.order("say", { text: "to one host", to: { address: "fd77::2", port: 1900 } });
    one.order("serve", { link: "eth0/6" });
    const { served } = await one.told({ served: expectPort(await one.process.waitFor('"served"')) });
    two.order("fetch", { url: `http://[${here}]:${served}/desc.xml`, link: "eth0/6" });
    const { fetched, text, host } = await two.told({ fetched: 200 });
    expect([fetched, text, host]).toEqual([200, "described", `[${here}]:${served}`]);
    expect([...one.all({ fault: "NO_SOURCE_ADDRESS" }), ...two.all({ fault: "SEND_FAILED" })]).toEqual([]);
  });

  test("F-18 the same link-local addresses on two networks are two links, and two neighbours", async () => {
    await using segment = await Segment.create({ hosts: 3, ipv4: false, ipv6: true });
    const [mine, ...neighbours] = segment.hosts as [Host, Host, Host];
    await segment.attach(1, { name: "eth1", bridge: 1 });
    await segment.attach(3, { name: "eth1", bridge: 1 });
    for (const name of ["eth0", "eth1"]) await giveLinkLocal(mine, name, "fe80::1/64");
    await giveLinkLocal(neighbours[0], "eth0", "fe80::2/64");
    await neighbours[1].down("eth0");
    await giveLinkLocal(neighbours[1], "eth1", "fe80::2/64");
    const [one, two, three] = await Promise.all(segment.hosts.map((host) => Station.start(host)));
    if (!one || !two || !three) throw new Error("three stations");
    await one.told({ links: ["eth0/6 fe80::1", "eth1/6 fe80::1"] });
    await converse(two, one, "eth0/6");
    await converse(three, one, "eth1/6");
    await converse(one, two, "eth0/6", "eth0/6");
    await converse(one, three, "eth1/6", "eth1/6");
    expect(one.all({ heard: `ask ${messages}` }).every(({ link }) => link === "eth1/6")).toBe(true); // Its own echo.
  });

  test("F-26 a burst of 2,000 datagrams from a neighbour is heard whole", async () => {
    await using segment = await Segment.create({ hosts: 2 });
    const [one, two] = await Promise.all([Station.start(segment.host(1)), Station.start(segment.host(2))]);
    one.order("quiet");
    await one.status();
    two.order("burst", { count: 2_000, text: "x".repeat(400) });
    await two.told({ burst: 2_000 });
    await expect.poll(async () => (await one.status())["heard"], { timeout: 10_000 }).toBe(2_000);
    expect(await one.status()).toMatchObject({ drops: 0, offLink: 0 });
  });

  test("F-30 SIGTERM: the last word is heard, and nothing keeps the process", async () => {
    await using segment = await Segment.create({ hosts: 2, ipv6: true });
    const [one, two] = await Promise.all([Station.start(segment.host(1)), Station.start(segment.host(2))]);
    const ms = await timed("F-30 ended", async () => {
      expect(await one.process.stop("SIGTERM")).toEqual({ code: 0, signal: null });
    });
    expect(ms).toBeLessThanOrEqual(1_500);
    await two.told({ heard: "bye", from: "10.77.0.1", port: 1900, link: "eth0/4" });
    await two.told({ heard: "bye", port: 1900, link: "eth0/6" });
  });

  test("F-05 a process that was stopped for 9 s joins again and says that it resumed", async () => {
    await using segment = await Segment.create({ hosts: 2 });
    const [one, two] = await Promise.all([Station.start(segment.host(1)), Station.start(segment.host(2))]);
    process.kill(one.process.pid, "SIGSTOP");
    await new Promise((resolve) => setTimeout(resolve, 9_000));
    process.kill(one.process.pid, "SIGCONT");
    await timed("F-05 resumed", () => one.told({ resumed: true }));
    await converse(two, one, "eth0/4");
    expect(one.all({ resumed: true })).toHaveLength(1);
  });

  test("F-40 64 files and 64 MB are enough; without a file left nothing crashes, and with one again it goes on", async () => {
    await using segment = await Segment.create({ hosts: 2 });
    const host = segment.host(1);
    const command = `ulimit -n 64; exec ${process.execPath} --max-old-space-size=64 ${stationProgram} '{}'`;
    const one = new Station(host.run("sh", ["-c", command]));
    await one.told({ ready: true });
    one.order("exhaust", { leave: 1 });
    await one.told({ exhausted: "EMFILE" });
    await segment.attach(1);
    await one.told({ fault: "OUT_OF_FILES" });
    const two = await Station.start(segment.host(2));
    await converse(two, one, "eth0/4");
    const since = one.mark;
    one.order("release");
    await one.told({ shared: [1900, 1900] }, { since });
    expect((await one.status())["offLink"]).toBe(0);
  });
});

const nft = (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, "nft")));
if (!nft) console.warn('SKIPPED: "F-24 a firewall": missing: nft (Debian package nftables)');

describe.skipIf(!nft && !process.env["CI"])("F-24 a firewall", () => {
  describeWithPeers("in a namespace", [], () => {
    test.each(["reject", "drop"])(
      "that %ss what is sent: blocked, told once, and over within the wait",
      async (verdict) => {
        await using segment = await Segment.create({ hosts: 2 });
        const host = segment.host(1);
        const [one, two] = await Promise.all([Station.start(host), Station.start(segment.host(2))]);
        const rules = `table inet wall { chain out { type filter hook output priority 0; udp dport 1900 ${verdict}; }; }`;
        expect((await host.exec("nft", [rules])).stderr).toBe("");
        one.order("say", { text: "unheard" });
        await one.told({ fault: "BLOCKED", link: "eth0/4" });
        expect(await one.status()).toMatchObject({ blockedLinks: ["eth0/4"] });
        for (let count = 0; count < 50; count++) one.order("say", { text: "unheard" });
        expect(await one.status()).toMatchObject({ blockedLinks: ["eth0/4"] });
        expect(one.all({ fault: "BLOCKED" })).toHaveLength(1);
        await host.exec("nft", ["delete table inet wall"]);
        const chatter = setInterval(() => one.order("say", { text: "heard again" }), 100);
        const ms = await timed(`F-24 recovered from ${verdict}`, () => two.told({ heard: "heard again" }));
        clearInterval(chatter);
        expect(ms).toBeLessThanOrEqual(60_000);
        expect(await one.status()).toMatchObject({ blockedLinks: [] });
        expect(two.all({ heard: "unheard" })).toEqual([]);
      },
    );
  });
});

function expectPort(line: string): number {
  return JSON.parse(line).served;
}

async function giveLinkLocal(host: Host, interfaceName: string, address: string): Promise<void> {
  await host.ip("-6", "address", "flush", "dev", interfaceName, "scope", "link");
  await host.addAddress(address, interfaceName);
}
