import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Driver } from "../../src/network/index.ts";
import { Crowd, Lan, readPcap } from "../../src/testing/index.ts";
import { GROUP, Notebook } from "../testing/kit.ts";
import { dissect } from "./lab/dissect.ts";
import { describeWithPeers } from "./lab/require.ts";
import { succeed } from "./lab/running.ts";

/** Announcements of both families, a unicast, a broadcast, an empty, an odd and the largest datagram. */
function traffic(): Uint8Array {
  const lan = new Lan({ seed: 1 });
  const crowd = new Crowd({ devices: 5 });
  const driver = new Driver(lan.addHost("crowd", crowd.host), crowd, { deliver: () => {} });
  const talker = new Notebook(lan.addHost("talker"), {
    port: 5000,
    groups: { 4: [GROUP], 6: ["ff02::c"] },
    hops: 4,
    broadcast: true,
  });
  lan.advance(0);
  const capture = lan.capture();
  driver.turn((turn) => crowd.announce(turn, 100));
  lan.advance(200.123456);
  talker.say("one", { to: { address: "10.0.128.1", port: 7777 }, socket: "own" });
  talker.say("odd!!", { to: { address: "255.255.255.255", port: 7777 } });
  talker.say("", { to: { address: "10.0.255.255", port: 7777 } });
  talker.say("x".repeat(65_507), { link: talker.link(6) });
  lan.advance(10);
  return capture.pcap();
}

describeWithPeers("a capture of the simulated LAN", ["tshark"], () => {
  test("T-06 tshark reads every frame, agrees with every checksum, and has no complaint", async () => {
    const folder = await mkdtemp(join(tmpdir(), "earshot-capture-"));
    try {
      const file = join(folder, "lan.pcap");
      await writeFile(file, traffic());
      const verify = ["ip.check_checksum:TRUE", "udp.check_checksum:TRUE"].flatMap((option) => [
        "-o",
        option,
      ]);
      const fields = [
        "frame.time_epoch",
        "ip.checksum.status",
        "udp.checksum.status",
        "udp.length",
        "_ws.malformed",
      ];
      const columns = fields.flatMap((field) => ["-e", field]);
      const output = await succeed("tshark", ["-n", "-r", file, ...verify, "-T", "fields", ...columns]);
      const rows = output
        .trimEnd()
        .split("\n")
        .map((line) => line.split("\t"));
      const datagrams = readPcap(await readFile(file));
      expect(rows).toHaveLength(34);
      for (const [index, [time, ip, udp, length, malformed = ""]] of rows.entries()) {
        const { at, bytes, from } = datagrams[index] ?? expect.unreachable();
        expect(Number(time) * 1000).toBeCloseTo(at, 2);
        expect([ip, udp, malformed]).toEqual([from.address.includes(":") ? "" : "1", "1", ""]);
        expect(Number(length)).toBe(8 + bytes.length);
      }
      const speakers = [1, 2, 3, 4, 5].flatMap((last) => [`10.0.128.${last}`, `fe80::c:800${last}`]);
      expect(await dissect(file, speakers)).toEqual({
        packets: 30,
        ssdp: 30,
        mdns: 0,
        complaints: [],
        unreadable: [],
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("what tshark writes, in microseconds and its own byte order, is read as it was", async () => {
    const folder = await mkdtemp(join(tmpdir(), "earshot-capture-"));
    try {
      const [ours, theirs] = [join(folder, "ours.pcap"), join(folder, "theirs.pcap")];
      await writeFile(ours, traffic());
      await succeed("editcap", ["-F", "pcap", ours, theirs]);
      const [expected, found] = [readPcap(await readFile(ours)), readPcap(await readFile(theirs))];
      expect(found.map(({ at: _, ...datagram }) => datagram)).toEqual(
        expected.map(({ at: _, ...one }) => one),
      );
      for (const [index, { at }] of found.entries()) expect(at).toBeCloseTo(expected[index]?.at ?? 0, 2);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
