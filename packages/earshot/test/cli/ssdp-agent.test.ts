import { describe, expect, test } from "vitest";
import { Earshot, VERSION } from "../../src/index.ts";
import { Rig, textOf } from "./support.ts";

const answer = {
  ST: "upnp:rootdevice",
  USN: "uuid:1::upnp:rootdevice",
  LOCATION: "http://10.0.0.2:8080/",
  SERVER: "Test/1.0 UPnP/1.1 Lamp/1.0",
};

/** Runs an agent for a while and ends it by Ctrl-C; gives what it sent on IPv4. */
async function agent(ms: number, args: readonly string[], meanwhile: (rig: Rig) => unknown = () => {}) {
  await using rig = new Rig();
  using capture = rig.lan.capture();
  const [end] = await rig.start(1000, "ssdp", "agent", ...args);
  await meanwhile(rig);
  await rig.pass(ms);
  expect(rig.io.signal("SIGINT")).toBe(true);
  expect(await rig.lan.until(end!, { withinMs: 1000 })).toBe(0);
  expect(rig.io.left).toBe(0);
  expect(rig.io.err).toBe("");
  const sent = capture.datagrams.filter(({ from }) => from.address === "10.0.0.1");
  return { out: rig.io.out, sent: sent.map(({ bytes, to, at }) => ({ text: textOf(bytes), to, at })) };
}

function header(text: string, name: string): string | undefined {
  return new RegExp(`^${name}: *(.*)\r?$`, "im").exec(text)?.[1];
}

describe("C01 earshot ssdp agent", () => {
  test("F02 is control point and device in one: it searches at once, announces, and answers", async () => {
    const { sent } = await agent(9000, [], async (rig) => {
      expect(await rig.lan.until(rig.peer.find("urn:earshot:device:Agent:1"))).toHaveLength(1);
    });
    expect(header(sent[0]!.text, "ST")).toBe("ssdp:all");
    expect(header(sent[0]!.text, "MX")).toBe("5");
    const kinds = new Set(sent.map(({ text }) => header(text, "NTS") ?? text.split(" ")[0]));
    expect(kinds).toEqual(new Set(["M-SEARCH", "ssdp:alive", "HTTP/1.1", "ssdp:byebye"]));
    expect(header(sent.find(({ text }) => text.startsWith("NOTIFY"))!.text, "LOCATION")).toMatch(
      /^http:\/\/10\.0\.0\.1:\d+\/description\.xml$/,
    );
  });

  test("the transcript begins with who speaks, and ends with goodbye", async () => {
    const { out } = await agent(5000, ["--uuid", "2f402f80-da50-11e1-9b23-001788255acc"]);
    expect(out.split("\n").slice(0, 7)).toEqual([
      "SSDP agent started",
      "  ST          urn:earshot:device:Agent:1",
      "  UUID        uuid:2f402f80-da50-11e1-9b23-001788255acc",
      `  USER-AGENT  Lan/1.0 UPnP/1.1 earshot/${VERSION}`,
      "  ON          eth0/4 10.0.0.1, eth0/6 fe80::1",
      "searching every 100 s for ssdp:all",
      "Ctrl-C ends it, with a goodbye.",
    ]);
    expect(out).toContain("NTS: ssdp:byebye\n");
    expect(out).toMatch(/\n\d+ received, \d+ sent\nbye\n$/);
  });

  test("each datagram received is a block: its data, who sent it, and what it says, parsed", async () => {
    const { out } = await agent(3000, ["upnp:rootdevice"], async (rig) => {
      rig.shout({ NT: "upnp:rootdevice", USN: "uuid:9::upnp:rootdevice", LOCATION: "http://10.0.0.66/" });
      await rig.pass(100);
    });
    const at = out.indexOf(" received from 10.0.0.66:1900 on eth0/4: NOTIFY ssdp:alive upnp:rootdevice\n");
    expect(at).toBeGreaterThan(0);
    const block = out.slice(out.indexOf("\n", at) + 1).split("\n\n")[0];
    const lines = [
      ["HOST", "239.255.255.250:1900"],
      ["NTS", "ssdp:alive"],
      ["CACHE-CONTROL", "max-age=1800"],
      ["NT", "upnp:rootdevice"],
      ["USN", "uuid:9::upnp:rootdevice"],
      ["LOCATION", "http://10.0.0.66/"],
    ] as const;
    expect(block!.split("\n").slice(0, 17)).toEqual([
      "******* PACKAGE DATA *******",
      "NOTIFY * HTTP/1.1",
      ...lines.map(([name, value]) => `${name}: ${value}`),
      "******* END OF PACKAGE DATA *******",
      "FROM: 10.0.0.66:1900",
      "Parsed payload: notify",
      ...lines.map(([name, value]) => `  ${name.padEnd(13)}  ${value}`),
    ]);
  });

  test("what is sent is told as well, with where to", async () => {
    const { out } = await agent(2000, ["urn:x:device:Y:1"]);
    expect(out).toMatch(/ sent to 239\.255\.255\.250:1900 on eth0\/4: M-SEARCH urn:x:device:Y:1\n/);
    expect(out).toContain("\nTO: 239.255.255.250:1900\nParsed payload: search\n");
  });

  test("F08 what it sent itself is not told as received, but other programs on this host are heard and answered", async () => {
    const type = "urn:earshot:device:Agent:1";
    const { out } = await agent(3000, [], async (rig) => {
      const neighbour = new Earshot({ network: rig.user });
      expect(await rig.lan.until(neighbour.find(type))).toHaveLength(1);
      await rig.lan.until(neighbour.close());
    });
    const received = out.split("\n").filter((line) => line.includes(" received from "));
    expect(received.filter((line) => line.includes("NOTIFY"))).toEqual([]);
    expect(received.filter((line) => line.includes("M-SEARCH"))).toHaveLength(6);
    expect(received.every((line) => line.includes(`M-SEARCH ${type}`))).toBe(true);
    expect(out).toMatch(/answer sent to \S+:\d+ with delay \d\.\d\d s, MX was 2\n/);
  });

  test("F03 F05 targets by argument and by --search, each once; --every searches anew, 0 does not", async () => {
    const rounds = async (every: string) => {
      const args = ["a:1", "--search", "b:1", "--search", "a:1", "--repeat", "1", "--every", every];
      const { sent } = await agent(59_000, args);
      const searches = sent.filter(({ text }) => text.startsWith("M-SEARCH"));
      return ["a:1", "b:1"].map((st) => searches.filter(({ text }) => header(text, "ST") === st).length);
    };
    for (const count of await rounds("20")) expect([3, 4]).toContain(count);
    expect(await rounds("0")).toEqual([1, 1]);
  });

  test("--usn, --type, --location, --max-age, --server and --header are what it announces", async () => {
    const { sent } = await agent(1000, [
      ...["--usn", "my-usn", "--type", "my-type", "--location", "http://{address}:1/", "--max-age", "99"],
      ...["--server", "A/1 UPnP/1.1 B/2", "-e", "A.EXAMPLE.COM", "one"],
    ]);
    const alive = sent.filter(({ text }) => text.includes("ssdp:alive"));
    expect(alive.length).toBeGreaterThan(0);
    for (const { text } of alive)
      expect(
        ["NT", "USN", "LOCATION", "CACHE-CONTROL", "SERVER", "A.EXAMPLE.COM"].map((name) =>
          header(text, name),
        ),
      ).toEqual(["my-type", "my-usn", "http://10.0.0.1:1/", "max-age=99", "A/1 UPnP/1.1 B/2", "one"]);
  });

  test("--quiet is a line for each datagram", async () => {
    const { out } = await agent(3000, ["--quiet", "upnp:rootdevice"], (rig) => rig.answerWith(answer));
    expect(out).not.toContain("PACKAGE DATA");
    const [, ...lines] = out.split("\n\n")[1]!.split("\n");
    for (const line of lines.slice(0, -3))
      expect(line).toMatch(/^\d\d:\d\d:\d\d\.\d{3} (sent to|received from) /);
  });

  test("--json tells the same as records: started, each datagram, who was answered, bye", async () => {
    const { out } = await agent(3000, ["--json", "--ascii"], async (rig) => {
      await rig.lan.until(rig.peer.find("upnp:rootdevice"));
    });
    const records = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(new Set(records.map(({ v }) => v))).toEqual(new Set([1]));
    expect(records[0]).toMatchObject({
      kind: "started",
      started: {
        title: "SSDP agent",
        st: "urn:earshot:device:Agent:1",
        uuid: expect.stringMatching(/^uuid:/),
      },
    });
    const datagrams = records.filter(({ kind }) => kind === "datagram").map(({ datagram }) => datagram);
    expect(datagrams).toContainEqual(
      expect.objectContaining({
        direction: "in",
        from: { address: "10.0.0.2", port: expect.any(Number) },
        message: "search",
        headers: expect.objectContaining({ ST: "upnp:rootdevice" }),
      }),
    );
    expect(records.filter(({ kind }) => kind === "answered")).toContainEqual(
      expect.objectContaining({
        answered: {
          to: { address: "10.0.0.2", port: expect.any(Number) },
          delayMs: expect.any(Number),
          mx: "2",
        },
      }),
    );
    const sent = datagrams.filter(({ direction }) => direction === "out").length;
    expect(records.at(-1)).toMatchObject({
      kind: "bye",
      bye: { heard: datagrams.length - sent, sent },
    });
  });

  test("D-10 no text of a stranger reaches the terminal as it came", async () => {
    const evil = "\x1b]0;x\x07\x9b31m\u202e\u2028";
    for (const args of [[], ["--quiet"], ["--json"]]) {
      const { out } = await agent(1000, args, async (rig) => {
        rig.shout({ NT: `urn:x${evil}`, USN: `uuid:9${evil}`, "X.Y.Z": evil });
        await rig.pass(100);
      });
      expect(out).toContain("urn:x");
      expect(out).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e]/);
    }
  });

  test("F28 the line notify announces once more", async () => {
    const { sent } = await agent(2000, ["--usn", "u", "--type", "t"], async (rig) => {
      await rig.pass(5000);
      rig.io.line("notify");
    });
    const last = sent.filter(({ text }) => text.includes("ssdp:alive")).at(-1)!;
    const first = sent.find(({ text }) => text.includes("ssdp:alive"))!;
    expect(last.at - first.at).toBeGreaterThan(4000);
  });

  test.each([
    [["two words"], /"two words" is not a search target/],
    [["--every", "0.5"], /seconds from 1/],
    [["--mx", "6"], /mx is 6/],
    [["--usn", "a", "--uuid", "b"], /cannot be used with/],
    [["--location", "nowhere"], /is not an absolute URL/],
    [["--json", "--quiet"], /cannot be used with/],
    [["--ascii"], /--ascii needs --json/],
  ])("F10 F13 wrong usage gets one line and 2: %j", async (args, why) => {
    await using rig = new Rig();
    expect(await rig.run("ssdp", "agent", ...args)).toBe(2);
    expect(rig.io.out).toBe("");
    expect(rig.io.err).toMatch(why);
    expect(rig.io.err.trimEnd()).not.toContain("\n");
    expect(rig.io.left).toBe(0);
  });
});
