import { describe, expect, test } from "vitest";
import { CLASS, Name, type ResourceRecord, TYPE } from "../../src/mdns.ts";
import { readPcap } from "../../src/pcap.ts";
import { Rig } from "./support.ts";

const nas: ResourceRecord = {
  name: Name.parse("nas.local"),
  type: TYPE.A,
  class: CLASS.IN,
  flush: true,
  ttl: 120,
  data: { kind: "A", address: "10.0.0.66" },
};

function lines(rig: Rig): string[] {
  return rig.io.out.trimEnd().split("\n");
}

describe("earshot monitor hears mDNS", () => {
  async function monitoring(rig: Rig, ...words: string[]): Promise<number> {
    const [end] = await rig.start(200, ...words);
    const question = { name: Name.parse("_ipp._tcp.local"), type: TYPE.PTR, class: CLASS.IN, unicast: true };
    rig.say({ kind: "query", questions: [question], answers: [nas], truncated: true });
    await rig.pass(20);
    rig.say({ kind: "response", authoritative: true, answers: [nas, { ...nas, ttl: 0 }] }, "10.0.0.67");
    await rig.pass(20);
    rig.lan.inject({
      from: { address: "10.0.0.77", port: 5353 },
      to: { address: "224.0.0.251", port: 5353 },
      bytes: Uint8Array.of(1, 2, 3),
    });
    rig.shout({ NT: "x:y", USN: "uuid:1::x:y" });
    await rig.pass(500);
    rig.io.signal("SIGINT");
    const code = await rig.lan.until(end!);
    expect(rig.io.left).toBe(0);
    return code;
  }

  const heads = (rig: Rig) => lines(rig).flatMap((line) => (/^\d\d:/.test(line) ? [line.slice(13)] : []));
  const query =
    "in  eth0/4 10.0.0.66:5353 → 224.0.0.251:5353 query PTR? _ipp._tcp.local, knows 1, more to come";
  const response = "in  eth0/4 10.0.0.67:5353 → 224.0.0.251:5353 response A nas.local, A nas.local goodbye";
  const malformed = "in  eth0/4 10.0.0.77:5353 → 224.0.0.251:5353 malformed";

  test.each([
    [
      ["monitor", "--protocol", "mdns"],
      [query, response, malformed],
    ],
    [
      ["mdns", "monitor"],
      [query, response, malformed],
    ],
    [["mdns", "monitor", "--kind", "query"], [query]],
    [["mdns", "monitor", "--kind", "malformed"], [malformed]],
    [["mdns", "monitor", "--bad"], [malformed]],
    [["mdns", "monitor", "--match", "_IPP"], [query]],
    [
      ["mdns", "monitor", "--match", "nas.loca?"],
      [query, response],
    ],
    [["monitor", "--host", "10.0.0.67"], [response]],
    [["monitor", "--kind", "search", "--kind", "query"], [query]],
  ])("earshot %j prints a line for each datagram that fits, and sends nothing", async (words, expected) => {
    await using rig = new Rig();
    expect(await monitoring(rig, ...words)).toBe(0);
    expect(heads(rig)).toEqual(expected);
    expect(rig.lan.stats.sent).toBe(4);
    expect(rig.io.err).toBe("");
  });

  test("both protocols in one stream, unless one is chosen or a port is", async () => {
    for (const [words, ssdp, mdns] of [
      ["monitor", 1, 3],
      ["monitor --protocol ssdp", 1, 0],
      ["monitor --port 1900", 1, 0],
      ["monitor --protocol mdns --port 5354", 0, 0],
    ] as const) {
      await using rig = new Rig();
      await monitoring(rig, ...words.split(" "));
      expect(heads(rig).filter((line) => line.includes(":1900"))).toHaveLength(ssdp);
      expect(heads(rig).filter((line) => line.includes(":5353"))).toHaveLength(mdns);
    }
  });

  test("with -v prints every question and record, and always why something is not used", async () => {
    await using rig = new Rig();
    await monitoring(rig, "mdns", "monitor", "-v");
    expect(rig.io.out).toContain(
      `${query}\n  ? _ipp._tcp.local. IN PTR QU\n  = nas.local. 120 IN A 10.0.0.66 (flush)\n`,
    );
    expect(rig.io.out).toContain("  = nas.local. 0 IN A 10.0.0.66 (flush)\n");
    expect(rig.io.out).toContain(`${malformed}\n  0000  01 02 03`);
    expect(rig.io.out).toContain("\n  - not used: malformed\n");
  });

  test("--json prints all that a message says", async () => {
    await using rig = new Rig();
    await monitoring(rig, "mdns", "monitor", "--json", "--hex");
    const [first, second, third] = lines(rig).map((line) => JSON.parse(line));
    expect(first).toEqual({
      v: 1,
      kind: "datagram",
      time: expect.any(String),
      datagram: {
        protocol: "mdns",
        direction: "in",
        link: "eth0/4",
        from: { address: "10.0.0.66", port: 5353 },
        to: { address: "224.0.0.251", port: 5353 },
        length: expect.any(Number),
        message: "query",
        id: 0,
        opcode: 0,
        rcode: 0,
        authoritative: false,
        truncated: true,
        questions: [{ name: "_ipp._tcp.local", type: "PTR", class: 1, unicast: true }],
        answers: [
          {
            name: "nas.local",
            type: "A",
            class: 1,
            ttl: 120,
            text: "10.0.0.66",
            data: { address: "10.0.0.66" },
            flush: true,
          },
        ],
        authorities: [],
        additionals: [],
        violations: expect.any(Array),
        dropped: null,
        bytes: expect.stringMatching(/^0000020000010001/),
      },
    });
    expect(second.datagram.answers.map(({ ttl }: { ttl: number }) => ttl)).toEqual([120, 0]);
    expect(third.datagram).toMatchObject({ message: "malformed", dropped: "malformed", bytes: "010203" });
  });

  test("--pcap captures both protocols, mDNS with the hop limit that it has (RFC 6762 section 11)", async () => {
    await using rig = new Rig();
    await monitoring(rig, "monitor", "--pcap", "-");
    const frames = [...readPcap(Buffer.concat(rig.io.bytes))];
    expect(frames.map(({ to }) => to.port).sort()).toEqual([1900, 5353, 5353, 5353]);
    const hops = Buffer.concat(rig.io.bytes);
    expect(hops.includes(Buffer.of(255, 17))).toBe(true);
  });
});
