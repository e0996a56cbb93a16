import { expect, test } from "vitest";
import { dissect } from "./lab/dissect.ts";
import type { Host } from "./lab/host.ts";
import { startGssdpBrowser, startGssdpDiscover } from "./lab/peers/gssdp-discover.ts";
import { startGupnpLight } from "./lab/peers/gupnp-light.ts";
import { startLibupnpControlPoint, startLibupnpDevice } from "./lab/peers/libupnp.ts";
import { startMinidlna } from "./lab/peers/minidlna.ts";
import { Minissdpd } from "./lab/peers/minissdpd.ts";
import { upnpcStatus } from "./lab/peers/miniupnpc.ts";
import { startMiniupnpd } from "./lab/peers/miniupnpd.ts";
import { startNodeSsdpClient, startNodeSsdpServer } from "./lab/peers/node-ssdp.ts";
import { describeWithPeers } from "./lab/require.ts";
import { Segment } from "./lab/segment.ts";

/** Whether a TCP connection from one host to an address of another succeeds; else the error's code. */
async function reach(from: Host, to: Host, address: string): Promise<string> {
  await using server = to.run(process.execPath, [
    "-e",
    'require("net").createServer().listen(7, () => console.log("up"))',
  ]);
  await server.waitFor("up");
  const connect = `const s = require("net").connect(7, "${address}", () => { console.log("reached"); process.exit(); });
    s.on("error", (error) => console.log(error.code))`;
  return (await from.exec(process.execPath, ["-e", connect])).stdout.trim();
}

describeWithPeers("a segment", ["tshark"], () => {
  test("its hosts reach each other by IPv4 and IPv6, and nothing else", async () => {
    await using segment = await Segment.create({ hosts: 2, ipv6: true });
    const [one, two] = [segment.host(1), segment.host(2)];
    for (const to of [two.address, two.address6, `${await two.linkLocal()}%eth0`]) {
      expect(await reach(one, two, to)).toBe("reached");
    }
    expect(await one.ip("route", "show", "default")).toBe("");
    expect(await reach(one, two, "192.0.2.1")).toBe("ENETUNREACH");
  });

  test("interfaces and addresses come and go", async () => {
    await using segment = await Segment.create({ hosts: 2 });
    const host = segment.host(1);
    await segment.attach(1);
    await segment.attach(1, { name: "eth2", bridge: 0 });
    expect(await host.addresses("eth1")).toEqual(["10.78.0.1"]);
    expect(await host.addresses("eth2")).toEqual(["10.77.1.1"]);
    await host.addAddress("10.77.5.1/16");
    await host.deleteAddress("10.77.0.1/16");
    expect(await host.addresses()).toEqual(["10.77.5.1"]);
    await host.down();
    expect(await host.ip("link", "show", "eth0")).toContain("state DOWN");
    await host.up();
    expect(await reach(segment.host(2), host, "10.77.5.1")).toBe("reached");
  });

  test("nothing is left of it when a test fails", async () => {
    const broken = async (): Promise<void> => {
      await using segment = await Segment.create({ hosts: 1 });
      segment.host(1).run("sleep", ["1000"]);
      throw new Error("as a failing test does");
    };
    await expect(broken()).rejects.toThrow("as a failing test does");
    await using segment = await Segment.create({ hosts: 1 });
    const { stdout } = await segment.host(1).exec("ip", ["netns", "list"]);
    const ours = stdout.split("\n").filter((line) => line.startsWith(`esh-${process.pid}-`));
    expect(ours.map((line) => line.split(" ")[0])).toHaveLength(2);
  });

  test("a process that says nothing of the kind is reported with what it said", async () => {
    await using segment = await Segment.create({ hosts: 1 });
    const host = segment.host(1);
    await expect(host.run("echo", ["something else"]).waitFor("ready")).rejects.toThrow("something else");
    await expect(host.run("sleep", ["60"]).waitFor("ready", 50)).rejects.toThrow("within 50 ms");
    await expect(host.run("no-such-command-here").waitFor("ready")).rejects.toThrow(/code 12[67]/);
  });

  test("a malformed packet is recognised as one", async () => {
    await using segment = await Segment.create({ hosts: 2 });
    const capture = await segment.capture(2, "bad.pcap");
    const send = `const s = require("dgram").createSocket("udp4");
      const m = (port, bytes) => new Promise((done) => s.send(bytes, port, "${segment.host(2).address}", done));
      m(5353, Buffer.from([0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 63]))
        .then(() => m(1900, Buffer.from("nonsense")))
        .then(() => m(1900, Buffer.from("M-SEARCH * HTTP/1.1\\r\\nHOST: 239.255.255.250:1900\\r\\n\\r\\n")))
        .then(() => s.close());`;
    expect(await segment.host(1).exec(process.execPath, ["-e", send])).toMatchObject({ code: 0 });
    const verdict = await dissect(await capture.stop(), [segment.host(1).address]);
    expect(verdict).toMatchObject({ packets: 3 });
    expect(verdict.complaints).toHaveLength(1);
    expect(verdict.unreadable).toHaveLength(1);
  });
});

describeWithPeers(
  "the peers find each other",
  [
    "gssdp-discover",
    "gupnp-light",
    "libupnp",
    "minidlnad",
    "minissdpd",
    "miniupnpd",
    "node-ssdp",
    "upnpc",
    "tshark",
  ],
  () => {
    test("by IPv4, and hear each other's byebye", async () => {
      await using segment = await Segment.create({ hosts: 7, route: "multicast" });
      const capture = await segment.capture(7, "peers.pcap");
      const [gssdp, libupnp, minissdpd, nodeSsdp] = await Promise.all([
        startGssdpDiscover(segment.host(5)),
        startLibupnpControlPoint(segment.host(6)),
        Minissdpd.start(segment.host(7)),
        startNodeSsdpClient(segment.host(7)),
      ]);
      const announcing = await Promise.all([
        startMinidlna(segment.host(1)),
        startMiniupnpd(segment.host(2)),
        startGupnpLight(segment.host(3)),
        startLibupnpDevice(segment.host(4)),
        startNodeSsdpServer(segment.host(4)),
      ]);
      const listeners = { gssdp, libupnp, minissdpd, nodeSsdp };
      const all = (ask: "found" | "gone"): Promise<unknown> =>
        Promise.all(
          announcing.flatMap(({ udn }) => Object.values(listeners).map((one) => one[ask](udn, 20_000))),
        );
      await all("found");
      expect(await upnpcStatus(segment.host(5))).toContain("Found valid IGD");
      await Promise.all(announcing.map((one) => one.stop()));
      await all("gone");
      const verdict = await dissect(await capture.stop(), [segment.host(3).address]);
      expect(verdict.ssdp).toBeGreaterThan(0);
    });

    test("minissdpd answers for what is registered with it", async () => {
      await using segment = await Segment.create({ hosts: 2 });
      const minissdpd = await Minissdpd.start(segment.host(1));
      const target = "urn:schemas-upnp-org:device:LabDevice:1";
      const usn = `uuid:6d696e69-0000-4000-8000-000000000001::${target}`;
      await minissdpd.register({ target, usn, location: `http://${segment.host(1).address}:8200/desc.xml` });
      const gssdp = await startGssdpDiscover(segment.host(2));
      await gssdp.found(usn);
    });
  },
);

describeWithPeers("by IPv6", ["gssdp-browser", "gupnp-light", "libupnp", "minissdpd"], () => {
  test("a device without IPv4 is found, from its link-local address", async () => {
    await using segment = await Segment.create({ hosts: 3, ipv6: true, route: "multicast" });
    const [device, two, three] = segment.hosts as [Host, Host, Host];
    await device.deleteAddress(`${device.address}/16`);
    const address = await device.linkLocal();
    const listeners = await Promise.all([
      startGssdpBrowser(two, await two.linkLocal()),
      startLibupnpControlPoint(two),
      Minissdpd.start(three, { ipv6: true }),
    ]);
    const light = await startGupnpLight(device, { address });
    await Promise.all(listeners.map((one) => one.found(light.udn)));
    await light.stop();
    await Promise.all(listeners.map((one) => one.gone(light.udn)));
  });
});
