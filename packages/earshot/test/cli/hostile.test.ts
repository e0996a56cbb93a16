import { describe, expect, test } from "vitest";
import { csvLine } from "../../src/cli/csv.ts";
import type { Service } from "../../src/index.ts";
import { CLASS, Name, type ResourceRecord, TYPE } from "../../src/mdns.ts";
import { Rig } from "./support.ts";

const tv = "urn:schemas-upnp-org:device:Television:1";

/** V-91: what would take over a terminal, or turn the direction of writing. */
const hostile = [
  "\x1b]0;pwned\x07",
  "\x1b[2J\x1b[1;1H",
  "\x1b]8;;http://evil\x07link\x1b]8;;\x07",
  "\x1b]52;c;ZXZpbA==\x07",
  "\u009b31m",
  "\r OK",
  "\x08\x08\x08",
  "\u202egnp.exe",
  "\u2066x\u2069",
  `a${"\u0301".repeat(300)}`,
  "\u200b\u200d\ufeff",
  "\x7f\x00\x0b",
];

/** D-10: what must be in no output; line ends and tabs may be ours. */
const forbidden = new RegExp(
  `[${["\\x00-\\x08", "\\x0b-\\x1f", "\\x7f-\\x9f", "\\u200b-\\u200f", "\\u2028-\\u202e", "\\u2066-\\u2069", "\\ufeff"].join("")}]`,
  "u",
);

function expectHarmless(text: string): void {
  const found = forbidden.exec(text);
  expect(found && JSON.stringify(text.slice(Math.max(0, found.index - 30), found.index + 30))).toBeNull();
  // In JSON what piles up stays: it is data there, and takes one cell.
  if (!/^\[?\n?\{"v":1/.test(text)) expect(text.includes("\u0301".repeat(5))).toBe(false);
}

/** A service for every hostile text, with it wherever a record can put text: names of any bytes, text of any bytes. */
function sayAll(rig: Rig): void {
  const type = Name.parse("_x._tcp.local");
  const types = Name.parse("_services._dns-sd._udp.local");
  for (const [at, text] of hostile.entries()) {
    const label = text.slice(0, 25);
    const instance = type.prepend(`pwned${label}`);
    const host = Name.of(`host${label}`, "local");
    const bytes = new TextEncoder().encode(`${text.slice(0, 40)}=${text.slice(0, 40)}`);
    const common = { class: CLASS.IN, ttl: 120 };
    const answers: ResourceRecord[] = [
      { ...common, name: types, type: TYPE.PTR, flush: false, data: { kind: "PTR", target: type } },
      {
        ...common,
        name: types,
        type: TYPE.PTR,
        flush: false,
        data: { kind: "PTR", target: Name.of(`_${label}`, "_tcp", "local") },
      },
      { ...common, name: type, type: TYPE.PTR, flush: false, data: { kind: "PTR", target: instance } },
      {
        ...common,
        name: Name.parse("b._dns-sd._udp.local"),
        type: TYPE.PTR,
        flush: false,
        data: { kind: "PTR", target: Name.of(`pwned${label}`) },
      },
      {
        ...common,
        name: instance,
        type: TYPE.SRV,
        flush: true,
        data: { kind: "SRV", priority: 0, weight: 0, port: 1, target: host },
      },
      {
        ...common,
        name: instance,
        type: TYPE.TXT,
        flush: true,
        data: { kind: "TXT", bytes: Uint8Array.of(bytes.length, ...bytes) },
      },
      {
        ...common,
        name: instance,
        type: TYPE.HINFO,
        flush: true,
        data: { kind: "HINFO", cpu: label, os: label },
      },
      { ...common, name: host, type: TYPE.A, flush: true, data: { kind: "A", address: `10.0.1.${at + 1}` } },
    ];
    rig.say({ kind: "response", authoritative: true, answers }, `10.0.1.${at + 1}`);
  }
}

/** A device for every hostile text, with it wherever a device can put text. */
function shoutAll(rig: Rig): void {
  for (const [at, text] of hostile.entries()) {
    rig.shout(
      {
        NT: `${tv}${text}`,
        USN: `uuid:${at}${text}::${tv}${text}`,
        SERVER: `X/1 UPnP/1.1 ${text}`,
        LOCATION: `http://10.0.0.66/${text}`,
        "X.EXAMPLE.COM": text,
      },
      `10.0.1.${at + 1}`,
    );
  }
}

async function browsing(...args: string[]): Promise<Rig> {
  const rig = new Rig({ columns: 200 });
  const [end] = await rig.start(500, ...args);
  shoutAll(rig);
  sayAll(rig);
  await rig.pass(4000);
  rig.io.signal("SIGINT");
  await rig.lan.until(end!);
  return rig;
}

describe("D-10 V-91 hostile text reaches no terminal", () => {
  const fields = "{name} {type} {usn} {location} {address} {server} {header.X.EXAMPLE.COM} {id}";

  test.each([
    ["browse"],
    ["browse --all"],
    ["browse --json"],
    ["browse --all -v"],
    ["monitor"],
    ["monitor --json"],
    ["monitor --hex"],
    ["monitor --bad"],
    ["find ssdp:all"],
    ["find ssdp:all --all"],
    ["find ssdp:all --json"],
    ["find ssdp:all --csv"],
    ["find ssdp:all --csv --raw"],
    ["find ssdp:all --format", fields],
    ["find _x._tcp"],
    ["find _x._tcp --json"],
    ["find _x._tcp --csv --raw"],
    ["find _x._tcp --format", "{name} {host} {txt} {type} {id}"],
    ["browse _x._tcp"],
    ["monitor --protocol mdns -v"],
    ["mdns monitor"],
    ["mdns monitor --json"],
    ["mdns query _x._tcp PTR"],
    ["mdns query _x._tcp PTR --json"],
    ["dns-sd browse _x._tcp"],
    ["dns-sd browse _x._tcp --json"],
    ["dns-sd browse _x._tcp --resolve"],
    ["dns-sd domains --watch"],
  ])("of earshot %s", async (words, ...more) => {
    await using rig = await browsing(...words.split(" "), ...more);
    expect(rig.io.out).toContain("pwned");
    expectHarmless(rig.io.out);
    expectHarmless(rig.io.err);
  });

  test("of the live table, whose only control sequences are its own", async () => {
    await using rig = new Rig({ isTTY: true, columns: 200, rows: 60 });
    const [end] = await rig.start(500, "browse", "-v");
    shoutAll(rig);
    await rig.pass(4000);
    rig.io.key("a");
    await rig.pass(1000);
    rig.io.signal("SIGINT");
    await rig.lan.until(end!);
    expect(rig.io.out).toContain("pwned");
    const own = new RegExp(`${String.fromCharCode(0x1b)}\\[(?:\\d+A|1G|0J|\\d+(?:;\\d+)*m)`, "g");
    expectHarmless(rig.io.out.replace(own, ""));
  });

  test.each([
    [[]],
    [["--raw"]],
    [["-v"]],
    [["--json"]],
    [["--json-array"]],
    [["--format", "{usn} {server} {type}"]],
  ])("of earshot ssdp search %j", async (args) => {
    for (const text of hostile) {
      await using rig = new Rig();
      rig.answerWith({ ST: tv, USN: `uuid:1${text}::${tv}`, SERVER: `X/1 ${text} pwned`, LOCATION: text });
      expect(await rig.run("ssdp", "search", ...args)).toBeLessThanOrEqual(1);
      expectHarmless(rig.io.out);
      expectHarmless(rig.io.err);
    }
  });

  test("--raw shows the message, with line ends of its own only", async () => {
    await using rig = new Rig();
    rig.answerWith({ ST: tv, USN: "uuid:1", SERVER: "\x1b]0;pwned\x07" });
    expect(await rig.run("ssdp", "search", "--raw", "--first")).toBe(0);
    expect(rig.io.out).toContain("\nSERVER: \\u{1b}]0;pwned\\u{7}\n");
  });
});

describe("D-11 a name cannot make a line of its own", () => {
  test("in lines and in JSON", async () => {
    for (const args of [["--all"], ["--all", "--json"]]) {
      await using rig = new Rig();
      const [end] = await rig.start(500, "browse", ...args);
      rig.shout({ NT: tv, USN: `uuid:1::${tv}`, SERVER: "X/1 UPnP/1.1 a\u2028-\tb\u0085c" });
      await rig.pass(1000);
      rig.io.signal("SIGINT");
      await rig.lan.until(end!);
      expect(rig.io.out.trimEnd().split(/\n|\u2028|\u0085/)).toHaveLength(1);
      if (args.length === 1) expect(rig.io.out.split("\t")).toHaveLength(7);
    }
  });
});

describe("D-12 V-92 a spreadsheet runs nothing", () => {
  const service = (name: string) =>
    ({
      protocol: "ssdp",
      id: "uuid:1",
      name,
      type: tv,
      usn: "uuid:1",
      udn: "uuid:1",
      location: undefined,
      addresses: [],
      port: undefined,
      server: undefined,
      headers: new Map(),
      sightings: [],
    }) as unknown as Service;
  const cellOf = (name: string, isRaw = false) =>
    /^"ssdp","((?:[^"]|"")*)"/.exec(csvLine(service(name), isRaw ? { raw: true } : {}))?.[1];

  test.each([
    ["=1+1", "'=1+1"],
    ["+1", "'+1"],
    ["-1", "'-1"],
    ["@SUM(1)", "'@SUM(1)"],
    ["\t=1", "'\\u{9}=1"],
    ["\r=1", "'\\u{d}=1"],
    ["\n=1", "'\\u{a}=1"],
    ["  =1", "'  =1"],
    ["＝1", "'＝1"],
    ["＠x", "'＠x"],
    ['"quoted",comma', '""quoted"",comma'],
    ["line\nbreak", "line\\u{a}break"],
    ["plain - and simple", "plain - and simple"],
  ])("%j is written as %j", (name, cell) => {
    expect(cellOf(name)).toBe(cell);
  });

  test("--raw leaves formulas alone, and nothing else", () => {
    expect(cellOf("=1+1", true)).toBe("=1+1");
    expect(cellOf('"=\x1b', true)).toBe('""=\\u{1b}');
  });
});

describe("G-27 what goes wrong is told once a minute for each reason", () => {
  test("with -v, datagrams that are not used", async () => {
    await using rig = new Rig();
    const [end] = await rig.start(500, "browse", "-v", "--passive");
    const nonsense = () => {
      for (let at = 0; at < 50; at++) {
        rig.lan.inject({
          from: { address: "10.0.0.66", port: 1 },
          to: { address: "239.255.255.250", port: 1900 },
          bytes: new TextEncoder().encode("\x1b nonsense\r\n\r\n"),
        });
      }
    };
    for (let second = 0; second < 90; second++) {
      nonsense();
      await rig.pass(1000);
    }
    rig.io.signal("SIGINT");
    await rig.lan.until(end!);
    const lines = rig.io.err.trimEnd().split("\n");
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^earshot: datagrams not used: malformed, \d+ so far$/);
  });

  test("and not a word without -v", async () => {
    await using rig = new Rig();
    const [end] = await rig.start(500, "browse", "--passive");
    rig.shout({ NTS: "nonsense", NT: tv, USN: "uuid:1" });
    await rig.pass(3000);
    rig.io.signal("SIGINT");
    await rig.lan.until(end!);
    expect(rig.io.err).toBe("");
  });
});
