import { describe, expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { CLASS, Name, TYPE } from "../../src/mdns.ts";
import { FakeIo, Rig } from "./support.ts";

/** The lines printed. */
function lines(rig: Rig): string[] {
  return rig.io.out.trimEnd().split("\n");
}

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

describe("earshot dns-sd types", () => {
  test("prints the types that come and go", async () => {
    await using rig = new Rig();
    const site = await rig.offer({ type: "_http._tcp", name: "Site" });
    const [end] = await rig.start(2000, "dns-sd", "types");
    await rig.offer();
    await rig.pass(2000);
    await rig.lan.until(site.close());
    await rig.pass(5000);
    rig.io.signal("SIGINT");
    expect(await rig.lan.until(end!)).toBe(0);
    expect(lines(rig)).toEqual(["+\t_http._tcp\tlocal", "+\t_ipp._tcp\tlocal", "-\t_http._tcp\tlocal"]);
    expect(rig.io.left).toBe(0);
  });

  test("ends at the first, when it is quiet, and after a time with 1 where there is nothing", async () => {
    await using rig = new Rig();
    expect(await rig.run("dns-sd", "types", "--for", "3")).toBe(1);
    expect(await rig.run("dns-sd", "types", "--until-quiet", "1.5")).toBe(1);
    await rig.offer();
    expect(await rig.run("dns-sd", "types", "--first", "--json")).toBe(0);
    expect(records(rig.io)).toEqual([
      { v: 1, kind: "added", time: expect.any(String), serviceType: { type: "_ipp._tcp", domain: "local" } },
    ]);
    expect(await rig.run("dns-sd", "types", "--count", "2", "--for", "3")).toBe(124);
  });
});

describe("earshot dns-sd browse", () => {
  test("prints names as they come and go, and asks not where they are", async () => {
    await using rig = new Rig();
    const office = await rig.offer({ name: "Front desk.2" });
    using capture = rig.lan.capture();
    const [end] = await rig.start(2000, "dns-sd", "browse", "_ipp._tcp");
    const asked = capture.datagrams.filter(({ from }) => from.address === "10.0.0.1");
    await rig.lan.until(office.close());
    await rig.pass(5000);
    rig.io.signal("SIGINT");
    expect(await rig.lan.until(end!)).toBe(0);
    expect(lines(rig)).toEqual(["+\tFront desk.2\t_ipp._tcp\tlocal", "-\tFront desk.2\t_ipp._tcp\tlocal"]);
    expect(asked.length).toBeGreaterThan(0);
    for (const { bytes } of asked) expect(new TextDecoder().decode(bytes)).not.toContain("printer");
  });

  test("with --resolve prints where they are, what they say, and each change", async () => {
    await using rig = new Rig();
    const office = await rig.offer({
      txt: [
        ["rp", 'a"b'],
        ["Color", true],
      ],
    });
    const [end] = await rig.start(3000, "dns-sd", "browse", "_ipp._tcp", "--resolve");
    await rig.lan.until(office.update({ port: 632 }));
    await rig.pass(3000);
    await rig.lan.until(office.close());
    await rig.pass(5000);
    rig.io.signal("SIGINT");
    expect(await rig.lan.until(end!)).toBe(0);
    const rest = '10.0.0.2,fe80::2%eth0\t"rp=a\\"b" "Color"';
    expect(lines(rig)).toEqual([
      `+\tOffice\t_ipp._tcp\tlocal\tprinter.local\t631\t${rest}`,
      `~\tOffice\t_ipp._tcp\tlocal\tprinter.local\t632\t${rest}`,
      `-\tOffice\t_ipp._tcp\tlocal\tprinter.local\t632\t${rest}\tgoodbye`,
    ]);
  });

  test("--json prints names, and with --resolve the services that browse --json prints", async () => {
    await using rig = new Rig();
    await rig.offer();
    expect(await rig.run("dns-sd", "browse", "_ipp._tcp", "--json", "--first")).toBe(0);
    expect(await rig.run("dns-sd", "browse", "_ipp._tcp", "--json", "--first", "--resolve")).toBe(0);
    const [name, service] = records(rig.io);
    expect(name).toMatchObject({
      kind: "added",
      instance: { name: "Office", type: "_ipp._tcp", domain: "local" },
    });
    expect(service).toMatchObject({
      kind: "found",
      service: { protocol: "dns-sd", name: "Office", port: 631 },
    });
  });

  test("takes a subtype", async () => {
    await using rig = new Rig();
    await rig.offer();
    await rig.offer({ name: "Any", subtypes: ["_universal"] });
    expect(await rig.run("dns-sd", "browse", "_universal._sub._ipp._tcp", "--for", "3")).toBe(0);
    expect(lines(rig)).toEqual(["+\tAny\t_ipp._tcp\tlocal"]);
  });
});

describe("earshot dns-sd resolve", () => {
  test.each([
    ["Front desk.2", "_ipp._tcp"],
    ["Front desk\\.2._ipp._tcp.local"],
    ["Front desk\\.2._IPP._TCP"],
  ])("%s %s", async (...words) => {
    await using rig = new Rig();
    await rig.offer({
      name: "Front desk.2",
      txt: [
        ["rp", "ipp"],
        ["Color", true],
      ],
      priority: 5,
    });
    const started = rig.lan.now;
    expect(await rig.run("dns-sd", "resolve", ...words)).toBe(0);
    expect(rig.lan.now - started).toBeLessThan(1000);
    expect(rig.io.out).toBe(
      [
        "Front desk.2._ipp._tcp.local",
        "  host      printer.local",
        "  port      631",
        "  address   10.0.0.2",
        "  address   fe80::2%eth0",
        "  priority  5, weight 0",
        '  txt       "rp=ipp"',
        '  txt       "Color"',
        "",
        "",
      ].join("\n"),
    );
  });

  test("ends with 1 when there is no such service in time", async () => {
    await using rig = new Rig();
    const started = rig.lan.now;
    expect(await rig.run("dns-sd", "resolve", "Nobody", "_ipp._tcp", "--timeout", "2")).toBe(1);
    expect(rig.lan.now - started).toBe(2000);
    expect(rig.io.out + rig.io.err).toBe("");
  });

  test("with --watch tells each change, and that it is gone", async () => {
    await using rig = new Rig();
    const office = await rig.offer();
    const [end] = await rig.start(
      2000,
      "dns-sd",
      "resolve",
      "Office",
      "_ipp._tcp",
      "--watch",
      "--json",
      "-4",
    );
    await rig.lan.until(office.update({ port: 632 }));
    await rig.pass(2000);
    await rig.lan.until(office.close());
    await rig.pass(5000);
    rig.io.signal("SIGINT");
    expect(await rig.lan.until(end!)).toBe(0);
    expect(records(rig.io).map(({ kind, service }) => `${kind} ${service.name} ${service.port}`)).toEqual([
      "found Office 631",
      "updated Office 632",
      "lost Office 632",
    ]);
  });
});

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
    expect(lines(rig).sort()).toEqual(["copier.local\t10.0.0.9", "copier.local\tfd00::9"]);
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

describe("earshot dns-sd domains", () => {
  test("prints what somebody recommends, and ends with 1 where nobody does", async () => {
    await using rig = new Rig();
    expect(await rig.run("dns-sd", "domains")).toBe(1);
    expect(rig.io.out).toBe("");
    const [end] = await rig.start(500, "dns-sd", "domains", "--kind", "browse", "--watch");
    rig.say({
      kind: "response",
      answers: [
        {
          name: Name.parse("b._dns-sd._udp.local"),
          type: TYPE.PTR,
          class: CLASS.IN,
          flush: false,
          ttl: 120,
          data: { kind: "PTR", target: Name.parse("example.org") },
        },
      ],
    });
    await rig.pass(500);
    rig.io.signal("SIGINT");
    expect(await rig.lan.until(end!)).toBe(0);
    expect(rig.io.out).toBe("+\tbrowse\texample.org\n");
  });
});

test.each([
  [["dns-sd"], /say what to do: earshot dns-sd types, .* or earshot dns-sd domains$/m],
  [["dns-sd", "browse"], /missing required argument 'TYPE'/],
  [["dns-sd", "browse", "upnp:rootdevice"], /no service type/],
  [["dns-sd", "browse", "_http"], /no service type/],
  [["dns-sd", "resolve", "Office"], /has no type: write it behind the name/],
  [["dns-sd", "resolve", "_ipp._tcp.local"], /has no type/],
  [["dns-sd", "resolve", "x".repeat(64), "_ipp._tcp"], /63/],
  [["dns-sd", "publish", "x".repeat(64), "_ipp._tcp", "1"], /63/],
  [["dns-sd", "publish", "Office", "ipp", "1"], /ipp/],
  [["dns-sd", "publish", "Office", "_ipp._tcp", "x"], /whole number/],
  [["dns-sd", "proxy", "Office", "_ipp._tcp", "1", "host", "nowhere"], /nowhere/],
  [["dns-sd", "domains", "--kind", "best"], /one of browse, default-browse/],
])("earshot %j is wrong usage", async (args, words) => {
  await using rig = new Rig();
  expect(await rig.run(...args)).toBe(2);
  expect(rig.io.err).toMatch(/^earshot: [^\n]+\n$/);
  expect(rig.io.err).toMatch(words);
  expect(rig.io.left).toBe(0);
});
