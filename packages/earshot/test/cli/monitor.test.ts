import { spawnSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { fitsPattern } from "../../src/cli/glob.ts";
import { readPcap } from "../../src/pcap.ts";
import { Rig } from "./support.ts";

const tv = "urn:schemas-upnp-org:device:Television:1";
const uuid = "uuid:2f402f80-da50-11e1-9b23-001788255acc";
const good = {
  NT: tv,
  USN: `${uuid}::${tv}`,
  LOCATION: "http://10.0.0.66/d.xml",
  SERVER: "X/1 UPnP/1.0 tv/1",
};

/** Runs `earshot monitor` while `act` takes place, then ends it; gives its exit code. */
async function monitoring(rig: Rig, args: readonly string[], act: () => unknown) {
  const [end] = await rig.start(200, "monitor", ...args);
  await act();
  await rig.pass(500);
  rig.io.signal("SIGINT");
  const code = await rig.lan.until(end!);
  expect(rig.io.left).toBe(0);
  return code;
}

/** Malformed, from somebody. */
function babble(rig: Rig, text = "NONSENSE"): void {
  rig.lan.inject({
    from: { address: "10.0.0.77", port: 1 },
    to: { address: "239.255.255.250", port: 1900 },
    bytes: new TextEncoder().encode(text),
  });
}

/** One of each kind, 20 ms apart. */
async function chatter(rig: Rig): Promise<void> {
  rig.shout(good);
  await rig.pass(20);
  rig.shout({ ...good, USN: "uuid:x" }, "10.0.0.67");
  await rig.pass(20);
  babble(rig);
  await rig.pass(20);
  babble(
    rig,
    'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\nMX: 1\r\nST: x:y\r\n\r\n',
  );
  await rig.pass(20);
}

/** The first lines of the datagrams printed, without their times. */
function headlines(rig: Rig): string[] {
  return rig.io.out
    .split("\n")
    .flatMap((line) => (/^\d\d:\d\d:\d\d\.\d{3} /.test(line) ? [line.slice(13)] : []));
}

describe("F06 earshot monitor", () => {
  test("prints every datagram with time, direction, link, ends, kind and headers, and sends nothing", async () => {
    await using rig = new Rig();
    const code = await monitoring(rig, ["--count", "4"], () => chatter(rig));
    expect(code).toBe(0);
    expect(headlines(rig)).toEqual([
      `in  eth0/4 10.0.0.66:1900 → 239.255.255.250:1900 notify ssdp:alive ${tv}`,
      `in  eth0/4 10.0.0.67:1900 → 239.255.255.250:1900 notify ssdp:alive ${tv}`,
      "in  eth0/4 10.0.0.77:1 → 239.255.255.250:1900 malformed",
      "in  eth0/4 10.0.0.77:1 → 239.255.255.250:1900 search x:y",
    ]);
    expect(rig.io.out).toContain(`\n  USN: ${uuid}::${tv}\n`);
    expect(rig.io.out).toContain("\n  0000  4e 4f 4e 53 45 4e 53 45");
    expect(rig.io.err).toBe("");
    expect(rig.lan.stats.sent).toBe(4);
  });

  test("says in the standard's terms what a message breaks, and why it is not used", async () => {
    await using rig = new Rig();
    await monitoring(rig, [], () => {
      rig.shout({ NT: tv });
      babble(rig);
    });
    expect(rig.io.out).toContain("\n  ! missing-header (USN): USN is required (UDA 1.2.2)\n");
    expect(rig.io.out).toContain("\n  - not used: no-usn\n");
    expect(rig.io.out).toContain("\n  ! unknown-start-line: an SSDP message begins with NOTIFY");
  });

  test.each([
    [["--kind", "search"], [3]],
    [
      ["--kind", "malformed", "--kind", "search"],
      [2, 3],
    ],
    [["--kind", "response"], []],
    [
      ["--match", "television"],
      [0, 1],
    ],
    [["--match", "uuid:x"], [1]],
    [["--match", "x:?"], [3]],
    [["--match", "*::urn:*:Television:?"], [0]],
    [["--host", "10.0.0.67"], [1]],
    [
      ["--host", "239.255.255.250"],
      [0, 1, 2, 3],
    ],
    [["--host", "[FF02:0::C]", "--host", "10.0.0.67"], [1]],
    [["--bad"], [1, 2]],
    [["--bad", "--kind", "notify"], [1]],
  ])("%j prints the datagrams %j", async (args, expected) => {
    await using rig = new Rig();
    const code = await monitoring(rig, args, () => chatter(rig));
    expect(code).toBe(expected.length > 0 ? 0 : 1);
    const senders = [
      "10.0.0.66:1900",
      "10.0.0.67:1900",
      "10.0.0.77:1 → 239.255.255.250:1900 malformed",
      "search",
    ];
    const found = headlines(rig).map((line) => senders.findLastIndex((sender) => line.includes(sender)));
    expect(found).toEqual(expected);
  });

  test("--json prints one object per datagram, as docs/guide/json.md says", async () => {
    await using rig = new Rig();
    await monitoring(rig, ["--json", "--hex"], () => chatter(rig));
    const records = rig.io.out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(records).toHaveLength(4);
    expect(records[1]).toEqual({
      v: 1,
      kind: "datagram",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      datagram: {
        protocol: "ssdp",
        direction: "in",
        link: "eth0/4",
        from: { address: "10.0.0.67", port: 1900 },
        to: { address: "239.255.255.250", port: 1900 },
        length: expect.any(Number),
        message: "notify",
        headers: expect.objectContaining({ NT: tv, USN: "uuid:x" }),
        violations: [{ code: "inconsistent-usn", detail: "USN", says: expect.any(String) }],
        dropped: null,
        bytes: expect.stringMatching(/^4e4f54494659[0-9a-f]+0d0a0d0a$/),
      },
    });
    expect(records[2]?.datagram).toMatchObject({ message: "malformed", headers: {}, dropped: "malformed" });
  });

  test("docs/guide/json.md names every key", async () => {
    await using rig = new Rig();
    await monitoring(rig, ["--json", "--hex"], () => chatter(rig));
    const guide = readFileSync(new URL("../../../../docs/guide/json.md", import.meta.url), "utf8");
    const { datagram, ...rest } = JSON.parse(rig.io.out.split("\n")[2] ?? "");
    const keys = [...Object.keys(datagram), ...Object.keys(rest), ...Object.keys(datagram.violations[0])];
    for (const key of keys) expect(guide).toContain(`\`${key}\``);
  });

  test("S34 with --port hears what lamps say on a port of their own, without ST and USN", async () => {
    await using rig = new Rig();
    const code = await monitoring(rig, ["--port", "1982", "--hex", "--kind", "notify"], () => {
      rig.shout(good);
      rig.lan.inject({
        from: { address: "10.0.0.77", port: 1982 },
        to: { address: "239.255.255.250", port: 1982 },
        bytes: new TextEncoder().encode(
          "NOTIFY * HTTP/1.1\r\nHost: 239.255.255.250:1982\r\nLocation: yeelight://10.0.0.77:55443\r\nid: 0x1\r\n\r\n",
        ),
      });
    });
    expect(code).toBe(0);
    expect(headlines(rig)).toEqual(["in  eth0/4 10.0.0.77:1982 → 239.255.255.250:1982 notify"]);
    expect(rig.io.out).toContain("! missing-header (USN)");
    expect(rig.io.out).toContain("- not used: no-usn");
  });

  test("--pcap writes what is printed as a capture, to a file", async () => {
    const folder = mkdtempSync(join(tmpdir(), "earshot-monitor-"));
    try {
      await using rig = new Rig();
      const path = join(folder, "heard.pcap");
      await monitoring(rig, ["--pcap", path, "--kind", "notify"], () => chatter(rig));
      expect(headlines(rig)).toHaveLength(2);
      const [first, second] = readPcap(readFileSync(path));
      expect(first).toMatchObject({ from: { address: "10.0.0.66", port: 1900 }, hops: 2 });
      expect(new TextDecoder().decode(second?.bytes)).toContain("USN: uuid:x\r\n");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("--pcap - gives the capture and nothing else to the standard output, which must be no terminal", async () => {
    await using rig = new Rig();
    expect(await monitoring(rig, ["--pcap", "-"], () => chatter(rig))).toBe(0);
    expect(rig.io.out).toBe("");
    expect(readPcap(Uint8Array.from(rig.io.bytes.flatMap((piece) => [...piece])))).toHaveLength(4);
    await using terminal = new Rig({ isTTY: true });
    expect(await terminal.run("monitor", "--pcap", "-")).toBe(2);
    expect(terminal.io.err).toContain("not for a terminal");
  });

  test("--host is an address however it is written", async () => {
    await using rig = new Rig();
    const code = await monitoring(rig, ["--host", "FE80:0::0002%eth0"], () => rig.announce("Lamp"));
    expect(code).toBe(0);
    expect(headlines(rig).length).toBeGreaterThan(0);
    for (const line of headlines(rig)) expect(line).toMatch(/^in {2}eth0\/6 \[fe80::2\]:/);
  });

  describe.skipIf(process.platform === "win32")("a capture into a named pipe", () => {
    const folder = mkdtempSync(join(tmpdir(), "earshot-monitor-"));
    const pipe = join(folder, "pipe");
    spawnSync("mkfifo", [pipe]);
    afterAll(() => rmSync(folder, { recursive: true }));

    /** What is in the pipe. */
    function drain(reader: number): Buffer {
      const pieces: Buffer[] = [];
      for (let count = -1; count !== 0; ) {
        const piece = Buffer.alloc(1 << 16);
        try {
          count = readSync(reader, piece);
        } catch {
          break; // Nothing more yet.
        }
        pieces.push(piece.subarray(0, count));
      }
      return Buffer.concat(pieces);
    }

    test("waits for a reader, and ends in time or by Ctrl-C where there is none", async () => {
      await using rig = new Rig();
      expect(await monitoring(rig, ["--pcap", pipe], () => {})).toBe(1);
      expect(rig.io.err).toBe(`earshot: nobody reads ${pipe} yet: waiting\n`);
      expect(await rig.run("monitor", "--pcap", pipe, "--for", "0.5")).toBe(1);
    });

    test("a reader that comes late gets all", async () => {
      await using rig = new Rig();
      const [end] = await rig.start(200, "monitor", "--pcap", pipe);
      await chatter(rig);
      const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
      await rig.pass(500);
      rig.io.signal("SIGINT");
      expect(await rig.lan.until(end!)).toBe(0);
      expect(readPcap(drain(reader))).toHaveLength(4);
      closeSync(reader);
    });

    test("a reader that reads nothing holds nothing up: what it misses is counted", async () => {
      await using rig = new Rig();
      const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
      const [end] = await rig.start(200, "monitor", "--pcap", pipe);
      for (let round = 0; round < 20; round++) {
        for (let at = 0; at < 100; at++) babble(rig, "x".repeat(1000));
        await rig.pass(10);
      }
      rig.io.signal("SIGINT");
      expect(await rig.lan.until(end!, { withinMs: 3000 })).toBe(0);
      expect(rig.io.err).toMatch(/^earshot: \d+ datagrams were not written to \S+: it is read too slowly\n$/);
      const lost = Number(/\d+/.exec(rig.io.err)?.[0]);
      expect(readPcap(drain(reader)).length + lost).toBeGreaterThanOrEqual(1999);
      expect(lost).toBeGreaterThan(1000);
      closeSync(reader);
    });

    test("a slow reader gets all, and one that goes ends it without a word", async () => {
      await using rig = new Rig();
      const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
      const [end] = await rig.start(200, "monitor", "--pcap", pipe);
      const heard: Buffer[] = [];
      for (let round = 0; round < 10; round++) {
        for (let at = 0; at < 50; at++) babble(rig, "x".repeat(1000));
        await rig.pass(110);
        heard.push(drain(reader));
      }
      for (let rest = 0; rest < 10; rest++) {
        await rig.pass(110);
        heard.push(drain(reader));
      }
      expect(readPcap(Buffer.concat(heard))).toHaveLength(500);
      closeSync(reader);
      babble(rig);
      expect(await rig.lan.until(end!)).toBe(0);
      expect(rig.io.err).toBe("");
    });
  });

  test("what cannot be written is a failure, told in one line", async () => {
    await using rig = new Rig();
    expect(await rig.run("monitor", "--pcap", "/nowhere/at/all.pcap")).toBe(3);
    expect(rig.io.err).toMatch(/^earshot: ENOENT.*\n$/);
  });

  test.each([
    [["--ascii"]],
    [["--kind", "notice"]],
    [["--match", ""]],
    [["--host", "nonsense"]],
    [["--host", "10.0.0.0/8"]],
    [["--pcap", ""]],
    [["--pcap", "-", "--json"]],
    [["--count", "1", "--first"]],
    [["extra"]],
  ])("%j is wrong usage", async (args) => {
    await using rig = new Rig();
    expect(await rig.run("monitor", ...args)).toBe(2);
    expect(rig.io.err).toMatch(/^earshot: .*\n$/);
  });

  test("--first ends at the first, --for in time: 1 when nothing was heard, 124 when too little", async () => {
    await using rig = new Rig();
    expect(await rig.run("monitor", "--for", "1")).toBe(1);
    const [first] = await rig.start(200, "monitor", "--first");
    rig.shout(good);
    expect(await rig.lan.until(first!)).toBe(0);
    const [two] = await rig.start(200, "monitor", "--count", "2", "--for", "1");
    rig.shout(good);
    expect(await rig.lan.until(two!)).toBe(124);
  });

  test("what comes faster than it is printed is lost, and it says how much", async () => {
    await using rig = new Rig();
    await monitoring(rig, ["--kind", "search"], () => {
      for (let at = 0; at < 10_051; at++) babble(rig); // One is waited for, 10,000 are kept.
      rig.lan.advance(50); // All of it, before anybody can read.
    });
    expect(rig.io.err).toBe("earshot: 50 datagrams were lost: they came faster than they were printed\n");
  });

  test("on a terminal it says where it listens, beside the output", async () => {
    await using rig = new Rig({ isTTY: true });
    await monitoring(rig, ["--no-color"], () => {});
    expect(rig.io.err).toBe("listening on eth0/4 10.0.0.1, eth0/6 fe80::1; Ctrl-C ends it\n");
  });

  test("where nothing can be heard it says so and ends with 3", async () => {
    await using rig = new Rig();
    rig.breakLinks("PORT_TAKEN", "eth0/4", "eth0/6");
    expect(await rig.run("monitor")).toBe(3);
    expect(rig.io.err).toContain("nothing can be heard on eth0/4, eth0/6");
  });
});

describe("a pattern", () => {
  test.each([
    ["abc", "xABCx", true],
    ["abc", "ab", false],
    ["a*c", "abbbc", true],
    ["a*c", "abbbcd", false],
    ["a?c", "abc", true],
    ["a?c", "ac", false],
    ["*", "", true],
    ["?", "", false],
    ["*b*", "abc", true],
    ["a**", "a", true],
    ["*.*.*", "a.b", false],
  ])("%j fits %j: %j", (pattern, text, fits) => {
    expect(fitsPattern(pattern, text)).toBe(fits);
  });

  test("means what it means as an expression", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 12 });
    const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 6 });
    fc.assert(
      fc.property(pattern, letters, (glob, text) => {
        const isGlob = /[*?]/.test(glob);
        const meant = new RegExp(`^${glob.replaceAll("*", ".*").replaceAll("?", ".")}$`).test(text);
        expect(fitsPattern(glob, text)).toBe(isGlob ? meant : text.includes(glob));
      }),
    );
  });

  test("S-27 a stranger's text cannot make it slow", () => {
    expect(fitsPattern(`${"*a".repeat(50)}*b`, "a".repeat(8192))).toBe(false);
  });
});
