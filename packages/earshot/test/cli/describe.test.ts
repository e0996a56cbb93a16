import { describe, expect, test } from "vitest";
import type { HttpServerResponse } from "../../src/network/http.ts";
import { loadDescriptionReader } from "../../src/upnp/index.ts";
import { Rig, type TerminalOptions } from "./support.ts";

await loadDescriptionReader();

const lamp = "urn:schemas-upnp-org:device:Lamp:1";
function page(name: string, more = ""): HttpServerResponse {
  const text = `<root xmlns="urn:schemas-upnp-org:device-1-0"><device><deviceType>${lamp}</deviceType><friendlyName>${name}</friendlyName>
<manufacturer>Maker</manufacturer><modelName>Glow</modelName><modelNumber>7</modelNumber><UDN>uuid:1</UDN>${more}</device></root>`;
  return { status: 200, headers: [["X-Served", "yes"]], body: new TextEncoder().encode(text) };
}

/** A rig whose peer serves a description, and announces a lamp that has it. */
async function scene(
  answer: () => HttpServerResponse | Promise<HttpServerResponse> = () => page("Desk lamp"),
  options: TerminalOptions = {},
) {
  const rig = new Rig(options);
  const asked: string[] = [];
  const link = rig.peerHost.links.find(({ family }) => family === 4) ?? expect.unreachable();
  const server = await rig.lan.until(
    rig.peerHost.listen(({ path }) => {
      asked.push(path);
      return answer();
    }, link),
  );
  const location = `http://10.0.0.2:${server.port}/d.xml`;
  await rig.announce("Lamp", lamp, { udn: "uuid:1", location, port: undefined });
  await rig.pass(3000);
  return { rig, asked, location };
}

describe("earshot find --describe", () => {
  test("shows the name, the manufacturer and the model of each device, read once", async () => {
    const { rig, asked, location } = await scene();
    expect(await rig.run("find", "ssdp:all", "--describe", "-4")).toBe(0);
    expect(rig.io.out.trimEnd().split("\n")).toEqual([
      "name       type       manufacturer  model   address   interface  location",
      `Desk lamp  Lamp:1 +2  Maker         Glow 7  10.0.0.2  eth0       ${location}`,
    ]);
    expect(asked).toEqual(["/d.xml"]);
    await rig[Symbol.asyncDispose]();
  });

  test("S-44 without it nothing is read", async () => {
    const { rig, asked } = await scene();
    expect(await rig.run("find", "ssdp:all")).toBe(0);
    expect(await rig.run("browse", "--for", "5")).toBe(0);
    expect([asked, rig.io.out.includes("Desk lamp")]).toEqual([[], false]);
    await rig[Symbol.asyncDispose]();
  });

  test("--json tells the whole description, and the device that each advertisement is of", async () => {
    const { rig, location } = await scene();
    expect(await rig.run("find", lamp, "--describe", "--json", "-4")).toBe(0);
    const { service } = JSON.parse(rig.io.out);
    expect(service).toMatchObject({
      name: "Desk lamp",
      deviceUdn: "uuid:1",
      description: {
        url: location,
        headers: { "x-served": "yes" },
        device: {
          friendlyName: "Desk lamp",
          manufacturer: "Maker",
          modelName: "Glow",
          services: [],
          devices: [],
        },
      },
    });
    expect(service).not.toHaveProperty("undescribed");
    await rig[Symbol.asyncDispose]();
  });

  test("--csv has two more columns, and templates two more names", async () => {
    const { rig } = await scene();
    expect(await rig.run("find", lamp, "--describe", "--csv", "-4")).toBe(0);
    const [head = "", line = ""] = rig.io.out.split("\n");
    expect(head.endsWith('"txt","manufacturer","model"')).toBe(true);
    expect(line.endsWith('"eth0","","","Maker","Glow 7"')).toBe(true);
    rig.io.out = "";
    expect(await rig.run("find", lamp, "--describe", "-4", "--format", "{name}|{manufacturer}|{model}")).toBe(
      0,
    );
    expect(await rig.run("find", lamp, "-4", "--format", "{name}|{manufacturer}|{model}")).toBe(0);
    expect(rig.io.out).toBe("Desk lamp|Maker|Glow 7\nLamp/1.0||\n");
    await rig[Symbol.asyncDispose]();
  });

  test("what is still being read at the end is printed without description, and says why", async () => {
    const { rig } = await scene(() => new Promise(() => {}));
    expect(await rig.run("find", lamp, "--describe", "--json", "-4")).toBe(0);
    expect(JSON.parse(rig.io.out).service).toMatchObject({
      name: "Lamp/1.0",
      undescribed: "its description was not read in time",
    });
    await rig[Symbol.asyncDispose]();
  });

  test("--first ends with the first that was described, and prints no other", async () => {
    const { rig } = await scene();
    await rig.announce("Dead", lamp, { udn: "uuid:2", location: "http://10.0.0.2:9/d.xml", port: undefined });
    const [end] = await rig.start(
      2000,
      "find",
      lamp,
      "--describe",
      "--first",
      "--timeout",
      "60",
      "--format",
      "{usn}",
    );
    expect(await rig.lan.until(end ?? expect.unreachable())).toBe(0);
    expect(rig.io.out.trimEnd().split("\n")).toHaveLength(1);
    await rig[Symbol.asyncDispose]();
  });

  test("--first waits for one that is described: neither one that cannot be read nor a first failure ends it", async () => {
    let tries = 0;
    const { rig } = await scene(() => (++tries === 1 ? { status: 503 } : page("Desk lamp")));
    await rig.announce("Dead", lamp, { udn: "uuid:2", location: "http://10.0.0.2:9/d.xml", port: undefined });
    expect(
      await rig.run("find", lamp, "--describe", "--first", "-4", "--format", "{name}|{manufacturer}"),
    ).toBe(0);
    expect([rig.io.out, tries]).toEqual(["Desk lamp|Maker\n", 2]);
    await rig[Symbol.asyncDispose]();
  });

  test("--first takes what was not described when time is up", async () => {
    const { rig } = await scene(() => ({ status: 404 }));
    expect(await rig.run("find", lamp, "--describe", "--first", "-4", "--format", "{udn}|{name}")).toBe(0);
    expect(rig.io.out).toBe("uuid:1|Lamp/1.0\n");
    await rig[Symbol.asyncDispose]();
  });

  test("D-10 V-91 what a description says cannot act on the terminal", async () => {
    const { rig } = await scene(() => page("Evil&#x9b;31m\u202egnp&#x2066;"));
    expect(await rig.run("find", lamp, "--describe", "-4")).toBe(0);
    expect(rig.io.out).toContain("Evil");
    expect(rig.io.out).not.toMatch(/[\u001b\u009b\u202e\u2066]/);
    await rig[Symbol.asyncDispose]();
  });
});

describe("earshot browse --describe", () => {
  test("prints lines with manufacturer and model once a device is described", async () => {
    const { rig } = await scene();
    expect(await rig.run("browse", "--describe", "-4", "--for", "5")).toBe(0);
    const lines = rig.io.out.trimEnd().split("\n");
    expect(lines.at(-1)).toMatch(
      /^[+~]\tDesk lamp\tssdp\turn:\S+Lamp:1\t10\.0\.0\.2\teth0\thttp:\S+\tMaker\tGlow 7$/,
    );
    await rig[Symbol.asyncDispose]();
  });

  test("shows them in the live table", async () => {
    const { rig } = await scene(undefined, { isTTY: true, columns: 120 });
    expect(await rig.run("browse", "--describe", "-4", "--for", "5", "--no-color")).toBe(0);
    expect(rig.io.out).toMatch(/name +manufacturer +model +protocol +type +address +port +interface +age/);
    expect(rig.io.out).toMatch(/Desk lamp +Maker +Glow 7 +ssdp +Lamp:1 \+2 +10\.0\.0\.2/);
    await rig[Symbol.asyncDispose]();
  });
});
