import { describe, expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { FakeIo, Rig } from "./support.ts";

function records(io: FakeIo) {
  return io.out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

/** Runs a command on the other machine for so long, then lets the user's own one run. */
async function announcing(rig: Rig, ...args: string[]): Promise<{ io: FakeIo; end: Promise<number> }> {
  const io = new FakeIo(rig.peerHost);
  const end = main(args, io);
  await rig.pass(3000);
  return { io, end };
}

describe("earshot dns-sd publish", () => {
  test("announces a service with its text and subtypes, and says goodbye", async () => {
    await using rig = new Rig();
    const publish = ["dns-sd", "publish", "Office", "_ipp._tcp,_universal", "631"];
    const options = [
      "--host",
      "copier",
      "--priority",
      "3",
      "--weight",
      "4",
      "--ttl",
      "60",
      "--subtype",
      "_color",
    ];
    const { io, end } = await announcing(rig, ...publish, "rp=a=b", "Color", "note=", ...options);
    expect(io.out).toBe(
      [
        "announcing Office _ipp._tcp,_universal on eth0/4 10.0.0.2, eth0/6 fe80::2",
        "  host      copier.local",
        "  port      631",
        "  subtype   _color",
        "Ctrl-C ends it, with a goodbye.",
        "",
      ].join("\n"),
    );
    expect(await rig.run("find", "_universal._sub._ipp._tcp", "--json", "--first")).toBe(0);
    expect(await rig.run("find", "_color._sub._ipp._tcp", "--json", "--first")).toBe(0);
    const [{ service }] = records(rig.io);
    expect(service).toMatchObject({
      name: "Office",
      host: "copier.local",
      port: 631,
      priority: 3,
      weight: 4,
    });
    expect(service.txt).toEqual({ rp: "a=b", Color: true, note: "" });
    rig.io.out = "";
    expect(await rig.run("mdns", "query", "Office._ipp._tcp", "SRV", "--once")).toBe(0);
    expect(rig.io.out).toContain(
      "Office._ipp._tcp.local. 60 IN SRV 3 4 631 copier.local.\teth0/4\t10.0.0.2\n",
    );
    using capture = rig.lan.capture();
    io.signal("SIGINT");
    expect(await rig.lan.until(end)).toBe(0);
    expect(io.out.endsWith("goodbye\n")).toBe(true);
    expect(capture.datagrams.length).toBeGreaterThan(0);
    expect(await rig.run("find", "_ipp._tcp")).toBe(1);
  });

  test("tells on the error output under which name it goes where another host has it", async () => {
    await using rig = new Rig();
    await rig.offer();
    const [end] = await rig.start(4000, "dns-sd", "publish", "Office", "_ipp._tcp", "80", "--host", "mine");
    expect(rig.io.err).toMatch(
      /^earshot: another host has the name "Office": it is "Office \(2\)" from now on\n$/,
    );
    expect(rig.io.out).toMatch(/^announcing Office \(2\) _ipp\._tcp on /);
    rig.io.signal("SIGINT");
    expect(await rig.lan.until(end!)).toBe(0);
  });

  test("--json tells what is announced, renamed, announced again and ended", async () => {
    await using rig = new Rig();
    await rig.offer();
    const publish = ["dns-sd", "publish", "Office", "_ipp._tcp", "80", "--host", "mine", "--json"];
    const [end] = await rig.start(4000, ...publish);
    rig.io.signal("SIGUSR1");
    await rig.pass(500);
    rig.io.signal("SIGINT");
    expect(await rig.lan.until(end!)).toBe(0);
    const [renamed, announced, again, bye, ...more] = records(rig.io);
    expect(renamed).toMatchObject({
      kind: "renamed",
      renamed: { what: "instance", from: "Office", to: "Office (2)" },
    });
    expect(announced).toEqual({
      v: 1,
      kind: "announced",
      time: expect.any(String),
      announced: {
        name: "Office (2)",
        type: "_ipp._tcp",
        host: "mine.local",
        port: 80,
        on: ["eth0/4 10.0.0.1", "eth0/6 fe80::1"],
      },
    });
    expect(again).toMatchObject({ kind: "announcedAgain" });
    expect(bye).toMatchObject({ kind: "bye" });
    expect(more).toEqual([]);
    expect(rig.io.err).toBe("");
  });

  test("A63-016 A63-021 tells what is advised against: large texts, long keys, values in quotation marks", async () => {
    await using rig = new Rig();
    const words = ["dns-sd", "publish", "Office", "_ipp._tcp", "631", "--for", "2"];
    expect(await rig.run(...words, 'rp="ipp"')).toBe(0);
    expect(rig.io.err).toBe(
      "earshot: The value of rp has quotation marks around it, which will be part of it.\n",
    );
    rig.io.err = "";
    const large = Array.from({ length: 6 }, (_, at) => `k${at}=${"x".repeat(240)}`);
    expect(await rig.run(...words, ...large, "a-rather-long-key=1")).toBe(0);
    expect(rig.io.err.trimEnd().split("\n")).toEqual([
      "earshot: The text has 1484 bytes; above 1300 it is not advised.",
      "earshot: The key a-rather-long-key has more than 9 characters.",
    ]);
    rig.io.err = "";
    expect(await rig.run(...words, "rp=ipp")).toBe(0);
    expect(rig.io.err).toBe("");
  });

  test("proxy answers for the name and the addresses of another host", async () => {
    await using rig = new Rig();
    const proxy = ["dns-sd", "proxy", "Copier", "_ipp._tcp", "631", "copier", "10.0.0.9,fd00::9", "rp=x"];
    const { io, end } = await announcing(rig, ...proxy);
    expect(io.out).toContain("  address   10.0.0.9, fd00::9\n");
    expect(await rig.run("find", "_ipp._tcp", "--json", "--first")).toBe(0);
    const [{ service }] = records(rig.io);
    expect(service).toMatchObject({ name: "Copier", host: "copier.local", port: 631, txt: { rp: "x" } });
    expect([...service.addresses].sort()).toEqual(["10.0.0.9", "fd00::9"]);
    rig.io.out = "";
    expect(await rig.run("mdns", "host", "copier")).toBe(0);
    expect(rig.io.out.trimEnd().split("\n").sort()).toEqual([
      "copier.local\t10.0.0.9",
      "copier.local\tfd00::9",
    ]);
    io.signal("SIGINT");
    expect(await rig.lan.until(end)).toBe(0);
  });
});

describe("earshot advertise of a DNS-SD type", () => {
  test("is dns-sd publish with options", async () => {
    await using rig = new Rig();
    const options = [
      "--txt",
      "path=/a b",
      "--txt",
      "flag",
      "--host",
      "web",
      "--address",
      "10.0.0.7",
      "--subtype",
      "_x",
    ];
    const words = ["advertise", "_http._tcp", "--name", "My site", "--port", "8080", ...options];
    const { io, end } = await announcing(rig, ...words);
    expect(io.out).toMatch(/^announcing My site _http\._tcp on eth0\/4 10\.0\.0\.2, eth0\/6 fe80::2\n/);
    expect(await rig.run("find", "_http._tcp", "--json", "--first")).toBe(0);
    expect(records(rig.io)[0].service).toMatchObject({
      name: "My site",
      host: "web.local",
      port: 8080,
      addresses: ["10.0.0.7"],
      txt: { path: "/a b", flag: true },
    });
    io.signal("SIGINT");
    expect(await rig.lan.until(end)).toBe(0);
  });

  test("of SSDP as well tells with --json what is announced", async () => {
    await using rig = new Rig();
    const words = [
      "advertise",
      "urn:x:service:chat:1",
      "--name",
      "Chat",
      "--port",
      "4000",
      "--for",
      "1",
      "--json",
    ];
    expect(await rig.run(...words)).toBe(0);
    expect(records(rig.io)).toMatchObject([
      {
        kind: "announced",
        announced: { name: "Chat", type: "urn:x:service:chat:1", host: null, port: 4000 },
      },
      { kind: "bye", bye: {} },
    ]);
  });

  test.each([
    [["_http._tcp"], /_http\._tcp needs --port/],
    [["_http._tcp", "--port", "1", "--path", "/x"], /--path means nothing for _http\._tcp, a type of DNS-SD/],
    [["_http._tcp", "--port", "1", "--max-age", "9"], /--max-age means nothing/],
    [
      ["_http._tcp", "--port", "1", "--model-url", "http://x/"],
      /--model-url .*cannot be used with|--model-url means nothing/,
    ],
    [["_http._tcp", "--udn", "uuid:1", "--port", "1"], /--udn means nothing/],
    [["_http._tcp", "--port", "1", "--address", "10.0.0.1"], /--address needs --host.*--interface/],
    [["_http._tcp", "--port", "65536"], /whole number from 0 to 65535/],
    [["_http._tcp", "--port", "1", "--ttl", "0"], /whole number from 1 to 86400/],
    [["_http._tcp", "--port", "1", "--txt", "=x"], /TXT key/],
    [["_http._tcp", "--port", "1", "--txt", "a=1", "--txt", "A=2"], /given twice/],
    [["_http._tcp", "--port", "1", "--ascii"], /--ascii needs --json/],
    [["_way-too-long-a-name._tcp", "--port", "1"], /1 to 15 characters/],
    [["_http", "--port", "1"], /no service type|written in no protocol/],
    [["urn:x:service:y:1", "--txt", "a=b"], /--txt means nothing for urn:x:service:y:1, a type of SSDP/],
    [["urn:x:service:y:1", "--subtype", "_x"], /--subtype means nothing/],
    [["urn:x:service:y:1", "--host-ttl", "5"], /--host-ttl means nothing/],
    [["urn:x:service:y:1", "--no-probe"], /--no-probe means nothing/],
  ])("earshot advertise %j is wrong usage", async (args, words) => {
    await using rig = new Rig();
    expect(await rig.run("advertise", ...args)).toBe(2);
    expect(rig.io.err).toMatch(/^earshot: [^\n]+\n$/);
    expect(rig.io.err).toMatch(words);
    expect(rig.io.out).toBe("");
    expect(rig.io.left).toBe(0);
  });
});
