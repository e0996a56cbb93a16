import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readPcap } from "../../src/pcap.ts";
import { dissect, textsFrom } from "./lab/dissect.ts";
import { runEarshot } from "./lab/earshot.ts";
import { startGssdpDiscover } from "./lab/peers/gssdp-discover.ts";
import { startMinidlna } from "./lab/peers/minidlna.ts";
import { describeWithPeers } from "./lab/require.ts";
import { Segment } from "./lab/segment.ts";

describeWithPeers("F06 earshot monitor", ["minidlnad", "gssdp-discover", "tshark"], () => {
  test("sees a server's announcements and another's searches, says nothing, and tshark reads its capture", async () => {
    await using segment = await Segment.create({ hosts: 3, route: "multicast" });
    const capture = await segment.capture(3, "wire.pcap");
    const file = join(segment.folder, "monitor.pcap");
    const monitor = runEarshot(segment.host(3), "monitor", "--json", "--pcap", file, "-v");
    await startGssdpDiscover(segment.host(2));
    const server = await startMinidlna(segment.host(1), { notifySeconds: 2 });
    const told = () =>
      monitor.output.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line).datagram);
    const seen = (kind: string, address: string): boolean =>
      told().some(({ message, from }) => message === kind && from.address === address);
    await monitor.waitUntil(
      () => seen("notify", "10.77.0.1") && seen("search", "10.77.0.2"),
      "tell of an announcement and a search",
    );
    expect(told().some(({ headers }) => headers.USN?.startsWith(server.udn))).toBe(true);
    expect((await monitor.stop("SIGINT")).code).toBe(0);
    await capture.stop();

    const written = readPcap(await readFile(file));
    expect(written).toHaveLength(told().length);
    const speakers = ["10.77.0.1", "10.77.0.2"];
    expect(await dissect(file, speakers)).toEqual({
      packets: written.length,
      ssdp: written.length,
      mdns: 0,
      complaints: [],
      unreadable: [],
    });
    const onTheWire = new Set(await textsFrom(capture.file, speakers));
    for (const text of await textsFrom(file, speakers)) expect(onTheWire).toContain(text);
    expect(await textsFrom(capture.file, ["10.77.0.3"])).toEqual([]);
  });

  test("--pcap - goes straight into tshark", async () => {
    await using segment = await Segment.create({ hosts: 2, route: "multicast" });
    await startMinidlna(segment.host(1), { notifySeconds: 1 });
    const script =
      '"$0" "$1" monitor --count 3 --pcap - | tshark -n -r - -T fields -e ip.src -e _ws.malformed -e http.request.method';
    const program = join(import.meta.dirname, "../../bin/earshot.js");
    const { stdout } = await segment
      .host(2)
      .exec("sh", ["-c", script, process.execPath, program], { ms: 30_000 });
    expect(
      stdout
        .trim()
        .split("\n")
        .map((line) => line.trim()),
    ).toEqual(Array(3).fill("10.77.0.1\t\tNOTIFY"));
  });
});
