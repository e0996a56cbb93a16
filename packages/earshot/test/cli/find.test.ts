import { describe, expect, test } from "vitest";
import { Rig } from "./support.ts";

const lamp = "urn:schemas-upnp-org:device:Lamp:1";

describe("earshot find", () => {
  test("prints a table with a row per device, as wide as it needs in a pipe", async () => {
    await using rig = new Rig();
    await rig.announce("Lamp");
    await rig.announce("Horn");
    expect(await rig.run("find", "ssdp:all")).toBe(0);
    const lines = rig.io.out.trimEnd().split("\n").sort();
    expect(lines).toEqual([
      "Horn/1.0  Horn:1 +2  10.0.0.2  eth0       http://10.0.0.2:8080/description.xml",
      "Lamp/1.0  Lamp:1 +2  10.0.0.2  eth0       http://10.0.0.2:8080/description.xml",
      "name      type       address   interface  location",
    ]);
  });

  test("ends after its timeout, with 1 and without a word when there is nothing", async () => {
    await using rig = new Rig();
    const started = rig.lan.now;
    expect(await rig.run("find", lamp, "--timeout", "1.5")).toBe(1);
    expect(rig.lan.now - started).toBe(1500);
    expect(rig.io.out + rig.io.err).toBe("");
  });

  test("--json prints services in the shape of browse --json", async () => {
    await using rig = new Rig();
    await rig.announce("Lamp");
    expect(await rig.run("find", lamp, "--json")).toBe(0);
    const lines = rig.io.out.trimEnd().split("\n");
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({ v: 1, kind: "found", service: { type: lamp, port: 8080 } });
  });

  test("--csv prints names and quoted values", async () => {
    await using rig = new Rig();
    await rig.announce("Lamp", undefined, { udn: "uuid:1", server: 'A/1 UPnP/1.1 "Lamp",b/1' });
    expect(await rig.run("find", lamp, "--csv")).toBe(0);
    expect(rig.io.out).toBe(
      '"protocol","name","type","usn","udn","location","address","port","server","interface","host","txt"\n' +
        `"ssdp","b/1","${lamp}","uuid:1::${lamp}","uuid:1","http://10.0.0.2:8080/description.xml","10.0.0.2","8080",` +
        `"A/1 UPnP/1.1 ""Lamp"",b/1","eth0","",""\n`,
    );
  });

  test("--csv prints the names of its columns even if nothing is found", async () => {
    await using rig = new Rig();
    expect(await rig.run("find", lamp, "--csv", "--timeout", ".5")).toBe(1);
    expect(rig.io.out).toMatch(/^"protocol",[^\n]*\n$/);
  });

  test("--format takes its template as it is written", async () => {
    await using rig = new Rig();
    await rig.announce("Lamp");
    expect(await rig.run("find", lamp, "--format", "-e")).toBe(0);
    expect(rig.io.out).toBe("-e\n");
  });

  test("--format fills a template with fields and headers", async () => {
    await using rig = new Rig();
    await rig.announce("Lamp", undefined, { headers: { "X.EXAMPLE.COM": "here" } });
    const format = "{name}\\t{short} {address}:{port} {{{header.x.example.com}}}{header.NONE}";
    expect(await rig.run("find", lamp, "--format", format)).toBe(0);
    expect(rig.io.out).toBe("Lamp/1.0\tLamp:1 10.0.0.2:8080 {here}\n");
  });

  test("ends at --first and --count at once, and with 124 when time ends with fewer", async () => {
    await using rig = new Rig();
    await rig.announce("Lamp");
    await rig.announce("Horn");
    const started = rig.lan.now;
    expect(await rig.run("find", "ssdp:all", "--first", "--timeout", "60")).toBe(0);
    expect(await rig.run("find", "ssdp:all", "--count", "2", "--timeout", "60")).toBe(0);
    expect(rig.lan.now - started).toBeLessThan(10_000);
    expect(await rig.run("find", "ssdp:all", "--count", "3")).toBe(124);
    expect(await rig.run("find", "urn:x:device:None:1", "--count", "3")).toBe(1);
  });

  test("at Ctrl-C prints what it has", async () => {
    await using rig = new Rig();
    await rig.announce("Lamp");
    const [end] = await rig.start(3000, "find", lamp, "--timeout", "60", "--format", "{name}");
    rig.io.signal("SIGINT");
    expect(await rig.lan.until(end!, { withinMs: 1000 })).toBe(0);
    expect(rig.io.out).toBe("Lamp/1.0\n");
    expect(rig.io.left).toBe(0);
  });
});
