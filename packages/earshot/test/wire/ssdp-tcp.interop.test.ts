import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { runEarshot } from "./lab/earshot.ts";
import type { Host } from "./lab/host.ts";
import { describeWithPeers } from "./lab/require.ts";
import { execute } from "./lab/running.ts";
import { Segment } from "./lab/segment.ts";

const asker = fileURLToPath(new URL("lab/children/ask-by-tcp.js", import.meta.url));
const udn = "uuid:65617273-686f-4400-8000-000000000009";
const device = "urn:schemas-upnp-org:device:MediaServer:1";
const usns = [udn, `${udn}::${device}`, `${udn}::upnp:rootdevice`].sort().join(",");

async function linkLocal(host: Host): Promise<string> {
  const listing = await host.ip("-6", "-o", "addr", "show", "dev", "eth0", "scope", "link");
  return /inet6 (fe80::[0-9a-f:]+)\//.exec(listing)?.[1] ?? expect.unreachable(listing);
}

describeWithPeers("UPnP 2.0 on a real segment", ["tshark"], () => {
  test("UD-041 S-53 who asks for it is answered over TCP, in IPv4 and over a link-local address, and by UDP unless it is chosen", async () => {
    await using segment = await Segment.create({ hosts: 3, ipv6: true });
    const [served, plain, asking] = segment.hosts as [Host, Host, Host];
    const common = ["ssdp", "serve", "--device", "--location", "http://{address}/"];
    const one = runEarshot(served, ...common, udn, "--type", device, "--answer-by-tcp");
    const two = runEarshot(plain, ...common, udn.replace(/9$/, "8"), "--type", device);
    await Promise.all([one, two].map((running) => running.waitFor(/^announcing /)));
    for (const [group, own, speaks] of [
      ["239.255.255.250", asking.address, (host: Host) => host.address],
      ["ff02::c", await linkLocal(asking), linkLocal],
    ] as const) {
      const child = asking.run(process.execPath, [asker, group, own, "eth0", "ssdp:all"]);
      await child.waitFor(/^READY/);
      await child.waitFor(/^TCP /);
      await child.waitUntil(
        () => child.output.filter((line) => line.startsWith("UDP ")).length === 3,
        "hear three by UDP",
        8000,
      );
      const tcp = child.output.filter((line) => line.startsWith("TCP "));
      const udp = child.output.filter((line) => line.startsWith("UDP "));
      expect(tcp).toEqual([expect.stringMatching(new RegExp(` ${usns}$`))]);
      expect(tcp[0]?.split(/[ %]/)[1]).toBe(await speaks(served));
      expect(new Set(udp.map((line) => line.split(/[ %]/)[1]))).toEqual(new Set([await speaks(plain)]));
      await child.stop();
    }
  });

  test("UD-041 earshot ssdp search --tcp hears over TCP who can do that, and by UDP who cannot", async () => {
    await using segment = await Segment.create({ hosts: 3, ipv6: true });
    const [served, plain, asking] = segment.hosts as [Host, Host, Host];
    const common = ["ssdp", "serve", "--device", "--location", "http://{address}/"];
    const one = runEarshot(served, ...common, udn, "--answer-by-tcp");
    const two = runEarshot(plain, ...common, udn.replace(/9$/, "8"));
    await Promise.all([one, two].map((running) => running.waitFor(/^announcing /)));
    const capture = await segment.capture(3, "tcp.pcap");
    const search = runEarshot(
      asking,
      "ssdp",
      "search",
      "upnp:rootdevice",
      "--tcp",
      "--format",
      "{usn} {address}",
    );
    await search.waitUntil(() => search.exit !== undefined, "end");
    const heard = search.output.filter((line) => line.startsWith("uuid:"));
    for (const [host, name] of [
      [served, udn],
      [plain, udn.replace(/9$/, "8")],
    ] as const) {
      expect(heard).toContain(`${name}::upnp:rootdevice ${host.address}`);
      expect(heard).toContain(`${name}::upnp:rootdevice ${await linkLocal(host)}`);
    }
    const fields = ["-T", "fields", "-e", "ip.src", "-e", "ipv6.src"];
    const file = await capture.stop();
    const { stdout } = await execute("tshark", [
      "-n",
      "-r",
      file,
      "-Y",
      "http.response.code == 200",
      ...fields,
    ]);
    const speakers = new Set(
      stdout
        .trim()
        .split("\n")
        .map((line) => line.trim()),
    );
    expect(speakers, "by UDP only one of them answers").toEqual(
      new Set([plain.address, await linkLocal(plain)]),
    );
  });

  test("UD-122 UD-123 packets to FF05::C leave from the unique local address with a hop limit of 10, those to FF02::C from the link-local one with 2", async () => {
    await using segment = await Segment.create({ hosts: 2, ipv6: true });
    const [own] = segment.hosts as [Host, Host];
    const capture = await segment.capture(2, "site.pcap");
    const serving = runEarshot(
      own,
      "ssdp",
      "serve",
      udn,
      "--device",
      "--location",
      "http://{address}/",
      "--site",
    );
    await serving.waitFor(/^announcing /);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await serving.stop("SIGTERM");
    const file = await capture.stop();
    const fields = [
      "-T",
      "fields",
      "-e",
      "ipv6.src",
      "-e",
      "ipv6.dst",
      "-e",
      "ipv6.hlim",
      "-e",
      "http.location",
    ];
    const { stdout } = await execute("tshark", [
      "-n",
      "-r",
      file,
      "-Y",
      "ipv6 && ssdp && http.location",
      ...fields,
    ]);
    const rows = new Set(stdout.trim().split("\n"));
    const local = await linkLocal(own);
    expect([...rows].sort()).toEqual(
      [
        `${local}\tff02::c\t2\thttp://[${local}]/`,
        `${own.address6}\tff05::c\t10\thttp://[${own.address6}]/`,
      ].sort(),
    );
  });
});
