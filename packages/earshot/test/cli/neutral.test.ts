/** What browse and find make of both protocols together. */
import { describe, expect, test } from "vitest";
import { Rig } from "./support.ts";

const lamp = "urn:schemas-upnp-org:device:Lamp:1";
const description = "http://10.0.0.2:8080/description.xml";

describe("earshot browse hears both protocols", () => {
  test("in one list of lines, each by its own end", async () => {
    await using rig = new Rig();
    const [end] = await rig.start(500, "browse");
    const service = await rig.offer();
    const device = await rig.announce("Lamp");
    await rig.pass(3000);
    await rig.lan.until(Promise.all([service.close(), device.close()]));
    await rig.pass(3000);
    rig.io.signal("SIGINT");
    expect(await rig.lan.until(end!)).toBe(0);
    expect(rig.io.out.trimEnd().split("\n").sort()).toEqual([
      `+\tLamp/1.0\tssdp\t${lamp}\t10.0.0.2\teth0\t${description}`,
      "+\tOffice\tdns-sd\t_ipp._tcp\t10.0.0.2\teth0\tprinter.local:631",
      `-\tLamp/1.0\tssdp\t${lamp}\t10.0.0.2\teth0\t${description}\tgoodbye`,
      "-\tOffice\tdns-sd\t_ipp._tcp\t10.0.0.2\teth0\tprinter.local:631\tgoodbye",
    ]);
    expect(rig.io.err).toBe("");
  });

  test("in one table, with a row for each device and for each service", async () => {
    await using rig = new Rig({ isTTY: true, columns: 120, env: { NO_COLOR: "1" } });
    await rig.offer();
    await rig.offer({ name: "Attic", port: 632 });
    await rig.announce("Lamp");
    const [end] = await rig.start(3000, "browse");
    const table = rig.io.out.slice(rig.io.out.lastIndexOf("name "));
    expect(table).toMatch(/^Office +dns-sd +_ipp\._tcp +10\.0\.0\.2 +631 +eth0 +\ds$/m);
    expect(table).toMatch(/^Attic +dns-sd +_ipp\._tcp +10\.0\.0\.2 +632 +eth0 +\ds$/m);
    expect(table).toMatch(/^Lamp\/1\.0 +ssdp +Lamp:1 \+2 +10\.0\.0\.2 +8080 +eth0 +\ds$/m);
    expect(table).toContain("1 device, 3 advertisements, 2 services   q: quit");
    rig.io.key("q");
    expect(await rig.lan.until(end!)).toBe(0);
  });

  test.each([
    ["--protocol ssdp", ["ssdp"]],
    ["--protocol dns-sd", ["dns-sd"]],
    [lamp, ["ssdp"]],
    ["_ipp._tcp", ["dns-sd"]],
    [`_ipp._tcp ${lamp}`, ["dns-sd", "ssdp"]],
    ["_http._tcp", []],
  ])("with %s hears %j", async (words, expected) => {
    await using rig = new Rig();
    await rig.offer();
    await rig.announce("Lamp");
    using capture = rig.lan.capture();
    expect(await rig.run("browse", ...words.split(" "), "--for", "4")).toBe(expected.length > 0 ? 0 : 1);
    const heard = rig.io.out.split("\n").flatMap((line) => line.split("\t")[2] ?? []);
    expect([...new Set(heard)].sort()).toEqual(expected);
    const ports = capture.datagrams
      .filter(({ from }) => from.address === "10.0.0.1")
      .map(({ to }) => to.port);
    const spoken = { ssdp: 1900, "dns-sd": 5353 };
    for (const [protocol, port] of Object.entries(spoken))
      expect(ports.includes(port)).toBe(
        words.includes(protocol) || expected.includes(protocol) || (port === 5353 && words === "_http._tcp"),
      );
  });

  test.each([
    [
      ["browse", "--protocol", "ssdp", "_ipp._tcp"],
      /"_ipp\._tcp" is no type of ssdp, which --protocol asks for/,
    ],
    [["find", "--protocol", "dns-sd", "ssdp:all"], /"ssdp:all" is no type of dns-sd/],
    [["find", "--protocol", "slp"], /Allowed choices are ssdp, dns-sd/],
  ])("%j is wrong usage", async (args, words) => {
    await using rig = new Rig();
    expect(await rig.run(...args)).toBe(2);
    expect(rig.io.err).toMatch(words);
    expect(rig.io.out).toBe("");
  });
});

describe("a service of DNS-SD", () => {
  test("is told in JSON, in the shape that is documented, with its text whole", async () => {
    await using rig = new Rig();
    const txt = [
      ["Color", true],
      ["rp", "ipp/print"],
      ["note", ""],
      ["raw", Uint8Array.of(0xff, 0x31)],
    ] as const;
    await rig.offer({ txt, priority: 1, weight: 2 });
    expect(await rig.run("find", "_ipp._tcp", "--json")).toBe(0);
    const record = JSON.parse(rig.io.out);
    expect(Object.keys(record)).toEqual(["v", "kind", "time", "service"]);
    expect(record.service).toEqual({
      protocol: "dns-sd",
      id: "dns-sd office._ipp._tcp.local",
      name: "Office",
      type: "_ipp._tcp",
      domain: "local",
      subtypes: [],
      host: "printer.local",
      addresses: expect.arrayContaining(["10.0.0.2", "fe80::2%eth0"]),
      port: 631,
      priority: 1,
      weight: 2,
      txt: { Color: true, rp: "ipp/print", note: "", raw: "\\2551" },
      txtBytes: Buffer.from("\x05Color\x0crp=ipp/print\x05note=\x06raw=\xff1", "latin1").toString("hex"),
      sightings: expect.arrayContaining([expect.objectContaining({ link: "eth0/4", from: "10.0.0.2" })]),
    });
  });

  test("is found without a type named, and fills tables, CSV and templates", async () => {
    await using rig = new Rig();
    await rig.offer({ subtypes: ["_universal"] });
    expect(await rig.run("find", "--protocol", "dns-sd")).toBe(0);
    expect(rig.io.out).toBe(
      "name    type       address   interface  location\nOffice  _ipp._tcp  10.0.0.2  eth0       printer.local:631\n",
    );
    rig.io.out = "";
    expect(await rig.run("find", "_ipp._tcp", "--csv")).toBe(0);
    expect(rig.io.out.split("\n")[1]).toBe(
      '"dns-sd","Office","_ipp._tcp","","","","10.0.0.2","631","","eth0","printer.local","""rp=ipp/print"""',
    );
    rig.io.out = "";
    const format = "{name} {host}:{port} {domain} {subtypes} {txt.RP} {txt} [{usn}{location}{txt.none}]";
    expect(await rig.run("find", "_universal._sub._ipp._tcp", "--format", format)).toBe(0);
    expect(rig.io.out).toBe('Office printer.local:631 local _universal ipp/print "rp=ipp/print" []\n');
  });

  test("A63-009 stands in the table of find sorted by its name, as people look for it, and unescaped", async () => {
    await using rig = new Rig();
    for (const [at, name] of ["printer 10", "Étage.2", "Printer 9", "attic"].entries())
      await rig.offer({ name, port: 631 + at });
    await rig.announce("Lamp");
    expect(await rig.run("find")).toBe(0);
    const names = rig.io.out
      .trimEnd()
      .split("\n")
      .map((line) => line.split(/ {2,}/)[0]);
    expect(names).toEqual(["name", "attic", "Étage.2", "Lamp/1.0", "Printer 9", "printer 10"]);
  });

  test("ends find at the first, and is told once though it was heard on two links", async () => {
    await using rig = new Rig();
    await rig.offer();
    const started = rig.lan.now;
    expect(await rig.run("find", "_ipp._tcp", "--first", "--timeout", "60", "--format", "{name}")).toBe(0);
    expect(rig.lan.now - started).toBeLessThan(1000);
    expect(rig.io.out).toBe("Office\n");
  });

  test("is not held back by --describe, which is for devices", async () => {
    await using rig = new Rig();
    await rig.offer();
    expect(await rig.run("find", "_ipp._tcp", "--describe", "--first", "--format", "{name}")).toBe(0);
    expect(rig.io.out).toBe("Office\n");
  });
});

describe("earshot demo", () => {
  test("has a printer with the subtype _universal and a speaker, which are found and say goodbye", async () => {
    await using rig = new Rig();
    const [demo] = await rig.start(3000, "demo", "-i", "eth0");
    expect(rig.io.out).toMatch(/^A household on /);
    const found = await rig.lan.until(rig.peer.find(["_universal._sub._ipp._tcp", "_googlecast._tcp"]));
    expect(found.map(({ name, type }) => `${name} ${type}`).sort()).toEqual([
      "Study Printer _ipp._tcp",
      "Terrace Speaker _googlecast._tcp",
    ]);
    const browser = rig.peer.browse("_ipp._tcp");
    await rig.pass(1000);
    expect(browser.services.size).toBe(1);
    rig.io.signal("SIGINT");
    expect(await rig.lan.until(demo!)).toBe(0);
    await rig.pass(2000);
    expect(browser.services.size).toBe(0);
    await rig.lan.until(browser.close());
    expect(rig.io.out.endsWith("goodbye\n")).toBe(true);
  });
});
