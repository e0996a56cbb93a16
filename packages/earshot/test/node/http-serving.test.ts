import { connect, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Earshot } from "../../src/index.ts";
import { freePort } from "./support.ts";

const type = "urn:schemas-upnp-org:device:Basic:1";
const earshot = new Earshot({ interfaces: ["lo"], families: [4], ssdp: { port: freePort() } });
const sockets: Socket[] = [];
let url = new URL("http://127.0.0.1/");

beforeAll(async () => {
  await earshot.advertise({
    type,
    udn: "uuid:served",
    name: "Boucherie numérique",
    description: { files: { "/Switch/scpd.xml": { contentType: "text/xml", body: "<scpd/>" } } },
    services: ["urn:example-org:service:Switch:1"],
  });
  const device = await earshot.findOne(type);
  url = new URL(device.location ?? "");
});

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

afterAll(() => earshot.close());

/** Sends this text, or these pieces one after the other, and gives all that comes until the connection ends. */
function talk(...pieces: string[]): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(url.port), url.hostname, () => {
      for (const piece of pieces) socket.write(piece);
    });
    sockets.push(socket);
    let answer = "";
    socket.setEncoding("utf8");
    socket.on("data", (chunk) => {
      answer += chunk;
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(answer));
  });
}

const statuses = (text: string): number[] =>
  [...text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, code]) => Number(code));

function request(line: string, headers: Record<string, string> = {}): string {
  const all = { Host: url.host, Connection: "close", ...headers };
  const fields = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${line} HTTP/1.1\r\n${fields.join("")}\r\n`;
}

const DESCRIPTION = "GET /description.xml";

describe("F18 a description over HTTP, on loopback", () => {
  test("UD-057 UD-077 UC-03 GET: the whole document, its type, length, date and server", async () => {
    const answer = await talk(request(DESCRIPTION));
    const [head = "", body = ""] = answer.split("\r\n\r\n");
    expect(statuses(answer)).toEqual([200]);
    expect(head).toMatch(/^content-type: text\/xml; charset="utf-8"$/im);
    expect(head).toMatch(/^date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/im);
    expect(head).toMatch(/^server: \S+\/\S+ UPnP\/1\.1 earshot\/\S+$/im);
    expect(head).toContain(`CONTENT-LENGTH: ${Buffer.byteLength(body)}`);
    expect(head).not.toMatch(/^(ext|access-control-\S+|transfer-encoding):/im);
    expect(body).toMatch(/^<\?xml version="1.0"\?>\n<root /);
    expect(body).toContain("<friendlyName>Boucherie numérique</friendlyName>"); // Lost by the seed's server.
  });

  test("UC-47 HEAD has the length and no body; a wrong path is 404; S-22 a wrong method is 405 with Allow", async () => {
    const full = await talk(request(DESCRIPTION));
    const [, length] = /^content-length: (\d+)/im.exec(full) ?? [];
    const head = await talk(request("HEAD /description.xml"));
    expect(statuses(head)).toEqual([200]);
    expect(head).toContain(`CONTENT-LENGTH: ${length}`);
    expect(head.endsWith("\r\n\r\n")).toBe(true);
    expect(statuses(await talk(request("GET /nothing.xml")))).toEqual([404]);
    const post = await talk(request("POST /description.xml", { "Content-Length": "4" }), "evil");
    expect(statuses(post)).toEqual([405]);
    expect(post).toMatch(/^allow: GET, HEAD$/im);
    for (const method of ["PUT", "DELETE", "TRACE", "OPTIONS", "PROPFIND"]) {
      const answer = await talk(request(`${method} /description.xml`));
      expect(statuses(answer)).toEqual([405]);
      expect(answer).toMatch(/^allow: /im);
    }
    expect(await talk(request(DESCRIPTION))).toContain("uuid:served");
  });

  test("UD-057 UD-059 a client of HTTP/1.0 gets it, in no chunks, and the connection ends", async () => {
    const answer = await talk(`GET /description.xml HTTP/1.0\r\nHost: ${url.host}\r\n\r\n`);
    expect(statuses(answer)).toEqual([200]);
    expect(answer).toMatch(/^connection: close$/im);
    expect(answer).not.toMatch(/^transfer-encoding/im);
    expect(answer).toContain("</root>");
  });

  test("UD-060 pipelined requests are answered in order, on one connection", async () => {
    const keep = { Connection: "keep-alive" };
    const answer = await talk(
      request(DESCRIPTION, keep) + request("GET /x", keep) + request("GET /Switch/scpd.xml"),
    );
    expect(statuses(answer)).toEqual([200, 404, 200]);
    expect(answer.indexOf("uuid:served")).toBeLessThan(answer.indexOf("<scpd/>"));
  });

  test("H-15 a flood of pipelined requests gets a hundred answers and no more", async () => {
    const keep = request(DESCRIPTION, { Connection: "keep-alive" });
    expect(statuses(await talk(keep.repeat(150)))).toHaveLength(100);
  });

  test("UD-058 a body in chunks is read to its end before the answer", async () => {
    const keep = { Connection: "keep-alive", "Transfer-Encoding": "chunked" };
    const answer = await talk(
      request("POST /Switch/control", keep),
      "2\r\n<a\r\n",
      "3;x=y\r\n/> \r\n0\r\n\r\n",
      request("GET /Switch/scpd.xml"),
    );
    expect(statuses(answer)).toEqual([501, 200]);
  });

  test("UD-062 who expects to be told to go on is told, then answered", async () => {
    const head = request("POST /Switch/control", { Expect: "100-continue", "Content-Length": "2" });
    const answer = await talk(head, "{}");
    expect(statuses(answer)).toEqual([100, 501]);
  });

  test("H-16 UC-48 UD-078 ranges are not heeded, a language is", async () => {
    const ranges = `bytes=${Array.from({ length: 1000 }, () => "0-").join(",")}`;
    const answer = await talk(request(DESCRIPTION, { Range: ranges, "Accept-Language": "fr" }));
    expect(statuses(answer)).toEqual([200]);
    expect(answer).toContain("</root>");
    expect(answer).toMatch(/^content-language: en$/im);
  });

  test.each([
    "/../../etc/passwd",
    "/..%2f..%2fetc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/%252e%252e/etc/passwd",
    "/..\\..\\etc\\passwd",
    "//etc/passwd",
    "/Switch/../description.xml",
    "/description.xml%00",
    "/%64escription.xml",
    "/description.xml::$DATA",
    "/description.xml?x",
    "/CON",
  ])("H-11 %s leads nowhere", async (path) => {
    const answer = await talk(request(`GET ${path}`));
    expect(statuses(answer)).toEqual([404]);
    expect(answer).not.toContain("root:");
  });

  test("S-25 a web page whose name was pointed here gets nothing, whatever it asks for", async () => {
    for (const Host of [
      "evil.example",
      `evil.example:${url.port}`,
      "localhost",
      "192.0.2.1",
      "127.0.0.1.",
      "[::1]",
    ])
      for (const line of [DESCRIPTION, "GET /Switch/scpd.xml", "POST /Switch/control"]) {
        const answer = await talk(request(line, { Host, "Content-Length": "0" }));
        expect(statuses(answer)).toEqual([403]);
        expect(answer).not.toContain("<");
      }
  });

  test("S-26 a web page of another origin gets nothing either, and no answer invites it", async () => {
    for (const Origin of [
      "http://evil.example",
      "null",
      `http://evil.example:${url.port}`,
      "https://127.0.0.1",
    ]) {
      const answer = await talk(request(DESCRIPTION, { Origin }));
      expect(statuses(answer)).toEqual([403]);
      expect(answer).not.toMatch(/access-control/i);
    }
    expect(statuses(await talk(request(DESCRIPTION, { Origin: url.origin })))).toEqual([200]);
  });

  test("H-01 who says nothing keeps nobody else out", async () => {
    const silent = Array.from({ length: 15 }, () => connect(Number(url.port), url.hostname));
    sockets.push(...silent);
    await Promise.all(silent.map((socket) => new Promise((resolve) => socket.once("connect", resolve))));
    expect(statuses(await talk(request(DESCRIPTION)))).toEqual([200]);
  });
});

test("W04 F16 the answer of a search leads to a document, and that document to the USN it came with", async () => {
  for await (const answer of earshot.search("upnp:rootdevice", { mx: 1 })) {
    expect(answer.usn).toBe("uuid:served::upnp:rootdevice");
    expect(answer.location).toBe(url.href);
    break;
  }
  const xml = await (await fetch(url)).text();
  expect(xml).toContain("<UDN>uuid:served</UDN>");
});

test("F19 the address is waited for and bound: a second program serves beside the first", async () => {
  await using other = new Earshot({ interfaces: ["lo"], families: [4], ssdp: { port: freePort() } });
  await other.advertise({ type, udn: "uuid:other", description: {} });
  const device = await other.findOne(type);
  expect(new URL(device.location ?? "").port).not.toBe(url.port);
  expect(await (await fetch(device.location ?? "")).text()).toContain("uuid:other");
});

test("closing frees the port", async () => {
  const other = new Earshot({ interfaces: ["lo"], families: [4], ssdp: { port: freePort() } });
  const advertisement = await other.advertise({ type, udn: "uuid:gone", description: {} });
  const { location = "" } = await other.findOne(type);
  expect((await fetch(location)).status).toBe(200);
  await advertisement.close();
  await expect(fetch(location)).rejects.toThrow();
  await other.close();
});
