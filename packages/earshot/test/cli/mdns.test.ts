import { describe, expect, test } from "vitest";
import { reverseName } from "../../src/cli/local-name.ts";
import { main } from "../../src/cli/main.ts";
import { CLASS, decodeMessage, Name, type RecordData, type ResourceRecord, TYPE } from "../../src/mdns.ts";
import { FakeIo, Rig } from "./support.ts";

function lines(io: FakeIo): string[] {
  return io.out.trimEnd().split("\n");
}

function records(io: FakeIo) {
  return lines(io).map((line) => JSON.parse(line));
}

/** The lines of what was heard over IPv4: everything is said on both links. */
function lines4(io: FakeIo): string[] {
  return lines(io).filter((line) => line.includes("eth0/4"));
}

function record(
  name: string,
  type: number,
  data: RecordData,
  more: Partial<ResourceRecord> = {},
): ResourceRecord {
  return { name: Name.parse(name), type, class: CLASS.IN, flush: true, ttl: 120, data, ...more };
}

const nas = record("nas.local", TYPE.A, { kind: "A", address: "10.0.0.66" });

describe("earshot mdns query", () => {
  test("prints the records that come and go, as dig does, with link, speaker and reason", async () => {
    await using rig = new Rig();
    const office = await rig.offer();
    const [end] = await rig.start(2000, "mdns", "query", "Office._ipp._tcp", "SRV");
    await rig.lan.until(office.close());
    await rig.pass(5000);
    rig.io.signal("SIGINT");
    expect(await rig.lan.until(end!)).toBe(0);
    const text = "Office._ipp._tcp.local. 120 IN SRV 0 0 631 printer.local.\teth0/4\t10.0.0.2";
    expect(lines4(rig.io)).toEqual([
      `+\t${text}`,
      expect.stringMatching(/^-\tOffice\._ipp\._tcp\.local\. .*\tgoodbye$/),
    ]);
    expect(rig.io.left).toBe(0);
  });

  test("with --once asks one question, prints its answers, and ends soon", async () => {
    await using rig = new Rig();
    await rig.offer();
    const started = rig.lan.now;
    expect(await rig.run("mdns", "query", "Office._ipp._tcp.local.", "--once")).toBe(0);
    expect(rig.lan.now - started).toBeLessThan(1000);
    expect(
      lines4(rig.io)
        .filter((line) => !line.includes("NSEC"))
        .sort(),
    ).toEqual([
      "Office._ipp._tcp.local. 120 IN SRV 0 0 631 printer.local.\teth0/4\t10.0.0.2",
      'Office._ipp._tcp.local. 4500 IN TXT "rp=ipp/print"\teth0/4\t10.0.0.2',
    ]);
  });

  test("with --once ends with 1 when nobody answers in time, or its host says that there is none", async () => {
    await using rig = new Rig();
    const started = rig.lan.now;
    expect(await rig.run("mdns", "query", "nobody", "A", "--once", "--timeout", "2")).toBe(1);
    expect(rig.lan.now - started).toBe(2000);
    expect(rig.io.out).toBe("");
    await rig.offer();
    expect(await rig.run("mdns", "query", "Office._ipp._tcp", "A", "--once")).toBe(1);
    expect(lines4(rig.io)).toEqual(["!\tOffice._ipp._tcp.local. A: there is none\teth0/4\t10.0.0.2"]);
  });

  test("an address stands for its reverse name, and what ends in a dot for itself", async () => {
    await using rig = new Rig();
    await rig.offer();
    expect(await rig.run("mdns", "query", "10.0.0.2", "PTR", "--once")).toBe(0);
    expect(lines4(rig.io)).toEqual(["2.0.0.10.in-addr.arpa. 120 IN PTR printer.local.\teth0/4\t10.0.0.2"]);
    using capture = rig.lan.capture();
    expect(await rig.run("mdns", "query", "a.b\\.c.local.", "A", "--once", "--timeout", "1")).toBe(1);
    const asked = capture.datagrams.flatMap(({ bytes }) => {
      const message = decodeMessage(bytes);
      return message.kind === "query" ? message.questions.map(({ name }) => name.labels) : [];
    });
    expect(asked[0]).toEqual(["a", "b.c", "local"]);
  });

  test.each([
    ["query", "nas."],
    ["query", "nas.example.com"],
    ["host", "nas.example.com"],
  ])("mdns %s %s: a name of unicast DNS is refused, and says why", async (command, name) => {
    await using rig = new Rig();
    expect(await rig.run("mdns", command, name)).toBe(2);
    expect(rig.io.err).toMatch(/is no name of mDNS: those end in \.local/);
  });

  test("--passive hears what comes by itself and sends nothing; -v tells what is said again", async () => {
    await using rig = new Rig();
    const [end] = await rig.start(500, "mdns", "query", "nas", "A", "--passive", "-v");
    using capture = rig.lan.capture();
    rig.say({ kind: "response", authoritative: true, answers: [nas] });
    await rig.pass(2000);
    rig.say({ kind: "response", authoritative: true, answers: [nas] });
    await rig.pass(2000);
    expect(capture.datagrams.filter(({ from }) => from.address === "10.0.0.1")).toEqual([]);
    rig.io.signal("SIGINT");
    expect(await rig.lan.until(end!)).toBe(0);
    const text = "nas.local. 120 IN A 10.0.0.66\teth0/4\t10.0.0.66";
    expect(lines(rig.io)).toEqual([`+\t${text}`, `=\t${text}`]);
  });

  test("--json prints each record, whole and in parts", async () => {
    await using rig = new Rig();
    await rig.offer();
    expect(await rig.run("mdns", "query", "Office._ipp._tcp", "TXT", "--once", "--json")).toBe(0);
    const heard = records(rig.io).filter(({ record }) => record.link === "eth0/4");
    expect(heard).toEqual([
      {
        v: 1,
        kind: "added",
        time: expect.any(String),
        record: {
          name: "Office._ipp._tcp.local",
          type: "TXT",
          class: 1,
          ttl: 4500,
          text: '"rp=ipp/print"',
          data: { strings: ["rp=ipp/print"], hex: Buffer.from("\x0crp=ipp/print").toString("hex") },
          isUnique: true,
          link: "eth0/4",
          from: "10.0.0.2",
          heardAt: expect.stringMatching(/Z$/),
          expiresAt: expect.stringMatching(/Z$/),
        },
      },
    ]);
  });

  test("leaves nothing out of a long text, and neither do monitor -v and dns-sd resolve", async () => {
    await using rig = new Rig();
    const long = "x".repeat(200);
    const txt = { a: long, b: long, c: long };
    await rig.offer({ txt });
    const whole = Object.entries(txt).map(([key, value]) => `"${key}=${value}"`);
    expect(await rig.run("mdns", "query", "Office._ipp._tcp", "TXT", "--once")).toBe(0);
    expect(rig.io.out).toContain(`IN TXT ${whole.join(" ")}\teth0/4`);
    rig.io.out = "";
    expect(await rig.run("dns-sd", "resolve", "Office", "_ipp._tcp")).toBe(0);
    for (const string of whole) expect(rig.io.out).toContain(`  txt       ${string}\n`);
    rig.io.out = "";
    expect(await rig.run("dns-sd", "browse", "_ipp._tcp", "--resolve", "--first")).toBe(0);
    expect(rig.io.out.endsWith(`\t${whole.join(" ")}\n`)).toBe(true);
    rig.io.out = "";
    const [end] = await rig.start(100, "mdns", "monitor", "-v");
    await rig.lan.until(rig.peer.find("_ipp._tcp"));
    const query = await rig.lan.until(main(["find", "_ipp._tcp"], new FakeIo(rig.user)));
    expect(query).toBe(0);
    rig.io.signal("SIGINT");
    await rig.lan.until(end!);
    expect(rig.io.out).toContain(`IN TXT ${whole.join(" ")} (flush)\n`);
  });

  test("writes every type of data, of a type without a name its bytes (RFC 3597)", async () => {
    await using rig = new Rig();
    const [end] = await rig.start(500, "mdns", "query", "x", "--passive");
    const target = Name.parse("a\\.b.local");
    const said: ResourceRecord[] = [
      record("x.local", TYPE.AAAA, { kind: "AAAA", address: "fd00::1" }),
      record("x.local", TYPE.CNAME, { kind: "CNAME", target }),
      record("x.local", TYPE.HINFO, { kind: "HINFO", cpu: "a b", os: "c" }),
      record("x.local", TYPE.SVCB, {
        kind: "SVCB",
        priority: 1,
        target,
        params: new Map([[3, Uint8Array.of(1, 0x61)]]),
      }),
      record("x.local", 999, { kind: "opaque", bytes: Uint8Array.of(0xde, 0xad) }),
      record("x.local", TYPE.TXT, { kind: "TXT", bytes: Uint8Array.of(2, 0x61, 7, 0, 2, 0xff, 0x22) }),
    ];
    for (const answer of said) rig.say({ kind: "response", authoritative: true, answers: [answer] });
    await rig.pass(500);
    rig.io.signal("SIGINT");
    expect(await rig.lan.until(end!)).toBe(0);
    expect(
      lines(rig.io)
        .map((line) => line.split("\t")[1])
        .sort(),
    ).toEqual(
      [
        "x.local. 120 IN AAAA fd00::1",
        "x.local. 120 IN CNAME a\\.b.local.",
        'x.local. 120 IN HINFO "a b" "c"',
        'x.local. 120 IN SVCB 1 a\\.b.local. key3="\\001a"',
        "x.local. 120 IN TYPE999 \\# 2 dead",
        'x.local. 120 IN TXT "a\\007" "\\255\\""',
      ].sort(),
    );
  });
});

describe("earshot mdns host", () => {
  test("prints the addresses of hosts and the names of addresses, and ends when all were answered", async () => {
    await using rig = new Rig();
    await rig.offer();
    const started = rig.lan.now;
    expect(await rig.run("mdns", "host", "printer", "PRINTER.local", "10.0.0.2", "--timeout", "60")).toBe(0);
    expect(rig.lan.now - started).toBeLessThan(2000);
    expect([...new Set(lines(rig.io))].sort()).toEqual([
      "printer.local\t10.0.0.2",
      "printer.local\tfe80::2%eth0",
    ]);
  });

  test("--json has link, speaker and life", async () => {
    await using rig = new Rig();
    await rig.offer();
    expect(await rig.run("mdns", "host", "fe80::2%eth0", "--json", "-6")).toBe(0);
    expect(records(rig.io)).toEqual([
      {
        v: 1,
        kind: "host",
        time: expect.any(String),
        host: { name: "printer.local", address: "fe80::2%eth0", ttl: 120, link: "eth0/6", from: "fe80::2" },
      },
    ]);
  });

  test("with -4 or -6 alone only addresses of that family are told, though hosts add the other", async () => {
    await using rig = new Rig();
    await rig.offer();
    expect(await rig.run("mdns", "host", "printer", "-4")).toBe(0);
    expect([...new Set(lines(rig.io))]).toEqual(["printer.local\t10.0.0.2"]);
    await using other = new Rig();
    await other.offer();
    expect(await other.run("mdns", "host", "printer", "-6")).toBe(0);
    expect([...new Set(lines(other.io))]).toEqual(["printer.local\tfe80::2%eth0"]);
  });

  test("ends with 1 when none was answered, and 124 when some were", async () => {
    await using rig = new Rig();
    await rig.offer();
    expect(await rig.run("mdns", "host", "nobody", "--timeout", "1")).toBe(1);
    expect(rig.io.out).toBe("");
    expect(await rig.run("mdns", "host", "nobody", "printer", "--timeout", "1")).toBe(124);
    expect(rig.io.out).toContain("printer.local\t10.0.0.2\n");
  });

  test.each([
    ["192.0.2.7", "7.2.0.192.in-addr.arpa"],
    ["fe80::1%eth0", `1.${"0.".repeat(28)}8.e.f.ip6.arpa`],
    ["2001:db8::ff00:42:8329", `9.2.3.8.2.4.0.0.0.0.f.f.${"0.".repeat(12)}8.b.d.0.1.0.0.2.ip6.arpa`],
    ["::", `${"0.".repeat(32)}ip6.arpa`],
    ["::ffff:192.0.2.7", `7.0.2.0.0.0.0.c.f.f.f.f.${"0.".repeat(20)}ip6.arpa`],
    ["printer", undefined],
    ["300.1.1.1", undefined],
  ])("the reverse name of %s is %s", (text, expected) => {
    expect(reverseName(text)?.toString()).toBe(expected);
  });
});

describe("earshot mdns publish", () => {
  test("answers for a name and its addresses, both ways, and says goodbye", async () => {
    await using rig = new Rig();
    const io = new FakeIo(rig.peerHost);
    const end = main(["mdns", "publish", "nas", "10.0.0.9", "fd00::9", "--ttl", "60"], io);
    await rig.pass(3000);
    expect(io.out).toBe(
      [
        "announcing nas.local on eth0/4 10.0.0.2, eth0/6 fe80::2",
        "  address   10.0.0.9",
        "  address   fd00::9",
        "Ctrl-C ends it, with a goodbye.",
        "",
      ].join("\n"),
    );
    expect(await rig.run("mdns", "host", "nas", "10.0.0.9", "fd00::9")).toBe(0);
    expect([...new Set(lines(rig.io))].sort()).toEqual(["nas.local\t10.0.0.9", "nas.local\tfd00::9"]);
    rig.io.out = "";
    const [query] = await rig.start(2000, "mdns", "query", "nas", "A");
    io.signal("SIGINT");
    expect(await rig.lan.until(end)).toBe(0);
    await rig.pass(3000);
    rig.io.signal("SIGINT");
    await rig.lan.until(query!);
    const [added, removed] = lines4(rig.io);
    expect(added).toBe("+\tnas.local. 60 IN A 10.0.0.9\teth0/4\t10.0.0.2");
    expect(removed).toMatch(/\tgoodbye$/);
  });

  test("with --no-reverse answers for the name alone", async () => {
    await using rig = new Rig();
    const io = new FakeIo(rig.peerHost);
    const end = main(["mdns", "publish", "nas", "10.0.0.9", "--no-reverse"], io);
    await rig.pass(3000);
    expect(await rig.run("mdns", "host", "nas", "10.0.0.9", "--timeout", "1")).toBe(124);
    io.signal("SIGINT");
    expect(await rig.lan.until(end)).toBe(0);
  });

  test("does not begin where another host has the name, and tells when one turns up", async () => {
    await using rig = new Rig();
    await rig.offer({ host: "nas" });
    expect(await rig.run("mdns", "publish", "nas", "10.0.0.9", "--for", "5")).toBe(3);
    expect(rig.io.err).toMatch(/^earshot: nas\.local belongs to \S+ on eth0\/[46]\n$/);
    rig.io.err = "";
    expect(await rig.run("mdns", "publish", "nas", "10.0.0.9", "-v")).toBe(3);
    expect(rig.io.err).toMatch(/^earshot: nas\.local belongs to \S+ on eth0\/[46]\n$/);
    rig.io.err = "";
    const [end] = await rig.start(3000, "mdns", "publish", "store", "10.0.0.9", "--json");
    const theirs = record("store.local", TYPE.A, { kind: "A", address: "10.0.0.66" });
    for (let at = 0; at < 8; at++) {
      rig.say({ kind: "response", authoritative: true, answers: [theirs] });
      await rig.pass(300);
    }
    rig.io.signal("SIGINT");
    await rig.lan.until(end!);
    expect(records(rig.io).find(({ kind }) => kind === "conflict")).toMatchObject({
      conflict: { name: "store.local", from: "10.0.0.66", link: "eth0/4" },
    });
  });
});

test.each([
  [["mdns"], /say what to do: earshot mdns query, .* or earshot mdns publish$/m],
  [["mdns", "query"], /missing required argument 'NAME'/],
  [["mdns", "query", "x", "NONE"], /"NONE" is no type of record/],
  [["mdns", "query", "x", "70000"], /no type of record/],
  [["mdns", "query", "x".repeat(64)], /63/],
  [["mdns", "query", "x", "--timeout", "1"], /--timeout needs --once/],
  [["mdns", "query", "x", "--once", "--passive"], /cannot be used with/],
  [["mdns", "query", "x", "--once", "--for", "2"], /cannot be used with/],
  [["mdns", "host", "a..b"], /a\.\.b|empty label/],
  [["mdns", "publish", "nas"], /missing required argument 'ADDRESS'/],
  [["mdns", "publish", "nas", "nowhere"], /"nowhere" is no address/],
  [["mdns", "publish", "nas", "fe80::1%eth0"], /is no address/],
  [["monitor", "--protocol", "mdns", "--site"], /--site is for SSDP/],
  [["mdns", "monitor", "--site"], /unknown option '--site'/],
])("earshot %j is wrong usage", async (args, words) => {
  await using rig = new Rig();
  expect(await rig.run(...args)).toBe(2);
  expect(rig.io.err).toMatch(/^earshot: [^\n]+\n$/);
  expect(rig.io.err).toMatch(words);
  expect(rig.io.left).toBe(0);
});
