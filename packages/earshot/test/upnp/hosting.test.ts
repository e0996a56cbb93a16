import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { HttpServerRequest, HttpServerResponse } from "../../src/network/http.ts";
import { hostingHandler } from "../../src/upnp/hosting.ts";

const XML = 'text/xml; charset="utf-8"';
const PNG = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 255]);
const body = new TextEncoder().encode("<root/>");
const paths = ["/description.xml", "/icon.png"];
const handler = hostingHandler({
  files: new Map([
    ["/description.xml", { contentType: XML, body }],
    ["/icon.png", { contentType: "image/png", body: PNG }],
  ]),
  silent: new Set(["/control", "/events"]),
  server: "Linux/6.1 UPnP/1.1 earshot/0",
});

async function ask(method: string, path: string, headers: Record<string, string> = {}) {
  const request: HttpServerRequest = {
    method,
    path,
    headers: new Map(Object.entries(headers)),
    body: new Uint8Array(),
    remoteAddress: "192.0.2.9",
  };
  const { status, headers: told = [], body } = (await handler(request)) as HttpServerResponse;
  return { status, headers: Object.fromEntries(told), names: told.map(([name]) => name), body };
}

describe("what is served", () => {
  test("UC-03 UD-077 GET gives every document whole, with its type and length", async () => {
    const description = await ask("GET", "/description.xml");
    expect(description).toMatchObject({ status: 200, body });
    expect(description.headers).toMatchObject({ "CONTENT-TYPE": XML, "CONTENT-LENGTH": "7" });
    const icon = await ask("GET", "/icon.png");
    expect(icon).toMatchObject({ status: 200, body: PNG });
    expect(icon.headers).toMatchObject({ "CONTENT-TYPE": "image/png", "CONTENT-LENGTH": "6" });
  });

  test.each(paths)("UC-47 HEAD %s has the headers of GET and no body", async (path) => {
    const [get, head] = [await ask("GET", path), await ask("HEAD", path)];
    expect(head).toEqual({ ...get, body: undefined });
  });

  test("UC-47 S-21 a wrong path is 404", async () => {
    for (const path of ["/", "/description", "/DESCRIPTION.XML", "/description.xml/", "/icon.png.bak"])
      expect(await ask("GET", path)).toMatchObject({ status: 404, body: undefined });
  });

  test.each([
    ["S-22", "POST", "/description.xml"],
    ["S-22", "POST", "/any/file"],
    ["S-22", "POST", "/icon.png"],
    ["UC-47", "NOTIFY", "/description.xml"],
    ["UC-47", "SUBSCRIBE", "/icon.png"],
    ["UC-47", "get", "/icon.png"],
  ])("%s %s %s is 405 and tells what is allowed, for documents are read-only", async (_row, method, path) => {
    expect(await ask(method, path)).toMatchObject({ status: 405, headers: { ALLOW: "GET, HEAD" } });
    expect(await ask("GET", "/description.xml")).toMatchObject({ status: 200, body });
  });

  test("UC-47 nobody answers control and events, and that is said: 501, and 405 for what they never take", async () => {
    for (const [method, path] of [
      ["POST", "/control"],
      ["SUBSCRIBE", "/events"],
      ["UNSUBSCRIBE", "/events"],
    ] as const)
      expect((await ask(method, path)).status).toBe(501);
    expect(await ask("GET", "/control")).toMatchObject({ status: 405, headers: { ALLOW: "" } });
  });

  test("UD-078 UC-48 who asks for a language is told which it got; nobody else is", async () => {
    expect(
      (await ask("GET", "/description.xml", { "accept-language": "fr, de;q=0.5" })).headers,
    ).toMatchObject({ "CONTENT-LANGUAGE": "en" });
    expect((await ask("GET", "/description.xml")).names).not.toContain("CONTENT-LANGUAGE");
  });

  test.each(["bytes=0-1", `bytes=${"0-,".repeat(1000)}0-`, "bytes=-1", "bytes=9-2", "nonsense"])(
    "H-16 whatever the range, here %.30s, all of it is given, once",
    async (range) => {
      expect(await ask("GET", "/description.xml", { range, "if-range": '"x"' })).toMatchObject({
        status: 200,
        body,
        headers: { "CONTENT-LENGTH": "7", "ACCEPT-RANGES": "none" },
      });
    },
  );

  test("S-26 no answer lets a web page of another origin read it", async () => {
    for (const [method, path] of [
      ["GET", "/description.xml"],
      ["GET", "/nothing"],
      ["POST", "/control"],
      ["POST", "/description.xml"],
      ["GET", "/control"],
    ] as const) {
      const { names } = await ask(method, path, { origin: "http://evil.example" });
      expect(names.filter((name) => /^access-control/i.test(name))).toEqual([]);
    }
  });

  test("every answer says what serves it", async () => {
    for (const path of [...paths, "/nothing", "/control"])
      expect((await ask("GET", path)).headers).toMatchObject({ SERVER: "Linux/6.1 UPnP/1.1 earshot/0" });
  });
});

describe("H-11 no path leads anywhere but to the documents", () => {
  test.each([
    "/../../etc/passwd",
    "/..%2f..%2fetc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/%252e%252e/etc/passwd",
    "/..\\..\\etc\\passwd",
    "/./description.xml",
    "/x/../description.xml",
    "//description.xml",
    "/description%2Exml",
    "/description.xml%00",
    "/description.xml\0",
    "/description.xml.",
    "/description.xml ",
    "/description.xml::$DATA",
    "/description.xml?query",
    "/description.xml#fragment",
    "//evil.example/description.xml",
    "/CON",
    "/__proto__",
    "/constructor",
    "",
  ])("%j is 404", async (path) => {
    expect(await ask("GET", path)).toMatchObject({ status: 404, body: undefined });
  });

  test("nor does any other text", async () => {
    const piece = fc.constantFrom(
      "/",
      "..",
      ".",
      "%2e",
      "description.xml",
      "\\",
      "%2f",
      "\0",
      "icon.png",
      "?",
      "C:",
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 8 }), fc.string(), async (pieces, tail) => {
        const path = `/${pieces.join("")}${tail}`;
        fc.pre(!paths.includes(path) && path !== "/control" && path !== "/events");
        expect((await ask("GET", path)).status).toBe(404);
      }),
    );
  });
});
