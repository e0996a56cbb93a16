import { describe, expect, test } from "vitest";
import { CLASS, Name, TYPE } from "../../src/mdns.ts";
import { type FakeIo, Rig } from "./support.ts";

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
