import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { pngShape } from "../../src/cli/png.ts";
import { Rig } from "./support.ts";

const TYPE = "urn:example-org:device:Site:1";
const folder = mkdtempSync(join(tmpdir(), "earshot-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** The smallest PNG there is, save for its checksums, which no reader of its size looks at. */
function png(width: number, height: number, bits = 8, colours = 6): Uint8Array {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([bits, colours], 8);
  const chunk = (name: string, data: Uint8Array) => {
    const frame = Buffer.alloc(12 + data.length);
    frame.writeUInt32BE(data.length, 0);
    frame.write(name, 4);
    frame.set(data, 8);
    return frame;
  };
  const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  return Buffer.concat([signature, chunk("IHDR", head), chunk("IDAT", deflateSync(Buffer.alloc(9)))]);
}

/** Runs `advertise`, and fetches what it serves as another host does. */
async function advertised(rig: Rig, ...args: string[]) {
  const [end] = await rig.start(2000, "advertise", TYPE, ...args);
  const [device] = await rig.lan.until(rig.peer.find(TYPE));
  const link = rig.peerHost.links.find(({ family }) => family === 4);
  const get = async (path = "") => {
    const url = new URL(path, device?.location).href;
    const request = { method: "GET", url, link: link ?? expect.unreachable() };
    const { status, headers, body } = await rig.lan.until(rig.peerHost.http.request(request));
    return { status, type: headers.get("content-type"), text: new TextDecoder().decode(body), body };
  };
  const stop = async () => {
    rig.io.signal("SIGINT");
    return rig.lan.until(end ?? expect.unreachable());
  };
  return { device, get, stop };
}

describe("F18 earshot advertise with a description", () => {
  test("--describe serves one, which tells no more than names and types", async () => {
    await using rig = new Rig();
    const { device, get, stop } = await advertised(rig, "--describe", "--name", "My site");
    expect(new URL(device?.location ?? "").pathname).toBe("/description.xml");
    const { status, text } = await get();
    expect(status).toBe(200);
    expect(text).toContain("<friendlyName>My site</friendlyName>");
    expect(text).not.toMatch(/serialNumber|URL>/);
    expect(await stop()).toBe(0);
    await expect(get()).rejects.toThrow();
  });

  test("every text has its option, and each alone serves a description", async () => {
    for (const [option, value, expected] of [
      ["--friendly-name", "Jambon", "<friendlyName>Jambon</friendlyName>"],
      ["--manufacturer", "Boucherie", "<manufacturer>Boucherie</manufacturer>"],
      ["--manufacturer-url", "http://example.org/", "<manufacturerURL>http://example.org/</manufacturerURL>"],
      ["--model", "J", "<modelName>J</modelName>"],
      ["--model-number", "3000", "<modelNumber>3000</modelNumber>"],
      ["--model-description", "Cured", "<modelDescription>Cured</modelDescription>"],
      ["--model-url", "https://example.org/j", "<modelURL>https://example.org/j</modelURL>"],
      ["--serial-number", "7", "<serialNumber>7</serialNumber>"],
      ["--presentation", "http://10.0.0.1/", "<presentationURL>http://10.0.0.1/</presentationURL>"],
    ] as const) {
      await using rig = new Rig();
      const { get, stop } = await advertised(rig, option, value, "--path", "jambon-3000.xml");
      expect((await get("/jambon-3000.xml")).text).toContain(expected);
      await stop();
    }
  });

  test("icons, service descriptions and other files are served", async () => {
    await using rig = new Rig();
    const image = png(48, 32);
    const { get, stop } = await advertised(
      rig,
      ...["--icon", file("lamp.png", image), "--service", "urn:example-org:service:Switch:1"],
      ...["--scpd", `Switch=${file("switch.xml", "<scpd/>")}`],
      ...["--file", `/about.html=${file("about.html", "<p>=</p>")}`, "--presentation", "/about.html"],
    );
    const { text } = await get();
    expect(text.replace(/\s+/g, "")).toContain(
      "<icon><mimetype>image/png</mimetype><width>48</width><height>32</height><depth>32</depth><url>/icons/1.png</url></icon>",
    );
    expect(new Uint8Array((await get("/icons/1.png")).body)).toEqual(new Uint8Array(image));
    expect(await get("/Switch/scpd.xml")).toMatchObject({
      text: "<scpd/>",
      type: 'text/xml; charset="utf-8"',
    });
    expect(await get("/about.html")).toMatchObject({ text: "<p>=</p>", type: "text/html; charset=utf-8" });
    await stop();
  });

  test.each([
    [["--friendly-name", "x", "--port", "80"], /cannot be used with/],
    [["--describe", "--location", "http://10.0.0.1/"], /cannot be used with/],
    [["--icon", "/nowhere/x.png"], /cannot read \/nowhere\/x\.png/],
    [["--icon", file("fake.png", "<svg/>")], /is no PNG image/],
    [["--file", "/a=/dev/zero"], /\/dev\/zero is no regular file/],
    [["--icon", "/dev/zero"], /\/dev\/zero is no regular file/],
    [["--service", "urn:x:service:S:1", "--scpd", "S=/dev/zero"], /\/dev\/zero is no regular file/],
    [["--file", `/a=${folder}`], /is no regular file/],
    [["--file", `/a=${file("big", new Uint8Array((8 << 20) + 1))}`], /has more than 8388608 bytes/],
    [["--scpd", "Switch"], /--scpd is a name, an equals sign and a file/],
    [["--scpd", `Switch=${file("s.xml", "")}`], /there is no --service Switch/],
    [["--file", `about.html=${file("a.html", "")}`], /begins with a slash/],
    [["--file", `/a=${file("a", "")}`, "--file", `/a=${file("b", "")}`], /two files for \/a/],
    [["--presentation", "javascript:alert(1)"], /neither a URL of http/],
    [["--path", "/x.xml"], /--path needs --port or --describe/],
  ])("wrong usage: line %# of the table", async (args, words) => {
    await using rig = new Rig();
    expect(await rig.run("advertise", TYPE, ...args)).toBe(2);
    expect(rig.io.err).toMatch(words);
    expect(rig.io.out).toBe("");
  });

  test("only a device has a description", async () => {
    await using rig = new Rig();
    expect(await rig.run("advertise", "urn:x:service:Y:1", "--describe")).toBe(2);
    expect(rig.io.err).toMatch(/only a device/);
  });
});

test("earshot demo serves the descriptions of its household", async () => {
  await using rig = new Rig();
  const [end] = await rig.start(3000, "demo");
  const roots = await rig.lan.until(rig.peer.find("upnp:rootdevice"));
  const link = rig.peerHost.links.find(({ family }) => family === 4) ?? expect.unreachable();
  const names: string[] = [];
  for (const { location = "", udn, configId } of roots) {
    const response = await rig.lan.until(rig.peerHost.http.request({ method: "GET", url: location, link }));
    const text = new TextDecoder().decode(response.body);
    expect(text).toContain(`<UDN>${udn}</UDN>`);
    expect(text).toContain(`configId="${configId}"`);
    names.push(/<friendlyName>(.*?)</.exec(text)?.[1] ?? "");
  }
  expect(names.sort()).toEqual([
    "Attic Music",
    "Hallway Router",
    "Kitchen Lamp",
    "Study Printer",
    "Terrace Speaker",
  ]);
  rig.io.signal("SIGINT");
  expect(await rig.lan.until(end ?? expect.unreachable())).toBe(0);
});

describe("the head of a PNG image", () => {
  test.each([
    [8, 0, 8],
    [8, 2, 24],
    [8, 3, 8],
    [8, 4, 16],
    [8, 6, 32],
    [16, 2, 48],
    [1, 0, 1],
  ])("%i bits of colour type %i are %i bits a pixel", (bits, colours, depth) => {
    expect(pngShape(png(7, 9, bits, colours))).toEqual({ width: 7, height: 9, depth });
  });

  test.each([
    ["nothing", new Uint8Array()],
    ["half a head", png(1, 1).slice(0, 20)],
    ["another image", new TextEncoder().encode("GIF89a....................")],
    ["no width", png(0, 1)],
    ["a colour type that is none", png(1, 1, 8, 5)],
  ])("%s is none", (_name, bytes) => {
    expect(pngShape(bytes)).toBeUndefined();
  });
});
