import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { HttpHandler, HttpServer } from "../../src/network/http.ts";
import { serveHttp } from "../../src/node/http-server.ts";
import { createNetwork } from "../../src/node/network.ts";
import { platformOf } from "../../src/node/platform.ts";
import { linkAt } from "./support.ts";

const link = linkAt("lo", "127.0.0.1", { addresses: [{ address: "127.0.0.1", prefixLength: 24 }] });
const servers: HttpServer[] = [];
const sockets: Socket[] = [];
const tolerance = {
  headersMs: 300,
  requestMs: 500,
  idleMs: 60_000,
  keepAliveMs: 300,
  checkMs: 50,
  connections: 256,
  connectionsPerHost: 16,
  bodyBytes: 1_000,
};

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const echo: HttpHandler = ({ method, path, body, remoteAddress }) => ({
  status: 200,
  headers: [["X-Case", "kept"]],
  body: new TextEncoder().encode(`${method} ${path} ${body.length} ${remoteAddress}`),
});

async function serve(
  handler: HttpHandler = echo,
  changes: Partial<typeof tolerance> = {},
): Promise<HttpServer> {
  const server = await serveHttp(handler, link, "lo", platformOf("linux"), { ...tolerance, ...changes });
  servers.push(server);
  return server;
}

/** Sends these bytes, and gives all that comes until the connection ends. */
function talk(port: number, text: string | Uint8Array, from = "127.0.0.1"): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", localAddress: from }, () => socket.write(text));
    sockets.push(socket);
    let answer = "";
    socket.on("data", (chunk) => {
      answer += chunk;
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(answer));
  });
}

const status = (answer: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0);

function ask(server: HttpServer, head: string, body = ""): Promise<string> {
  return talk(server.port, `${head}Connection: close\r\n\r\n${body}`);
}

describe("a server on loopback", () => {
  test("answers with what the handler gave, its length, and the names of headers as they were written", async () => {
    const server = await serve();
    const answer = await ask(server, `GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n`);
    expect(status(answer)).toBe(200);
    expect(answer).toContain("X-Case: kept\r\n");
    expect(answer).toContain("Content-Length: 22\r\n");
    expect(answer.endsWith("\r\n\r\nGET /a?b=c 0 127.0.0.1")).toBe(true);
  });

  test("HEAD has the headers of GET and no body", async () => {
    const server = await serve();
    const answer = await ask(server, "HEAD / HTTP/1.1\r\nHost: 127.0.0.1\r\n");
    expect(answer).toMatch(/Content-Length: \d\d/);
    expect(answer.endsWith("\r\n\r\n")).toBe(true);
  });

  test.each(["GET", "HEAD", "POST", "SUBSCRIBE", "UNSUBSCRIBE", "NOTIFY"])(
    "%s is a method of UPnP",
    async (method) => {
      expect(status(await ask(await serve(), `${method} / HTTP/1.1\r\nHost: 127.0.0.1\r\n`))).toBe(200);
    },
  );

  test.each(["PUT", "DELETE", "TRACE", "PROPFIND", "OPTIONS", "M-SEARCH"])(
    "H-12 %s is none",
    async (method) => {
      const answer = await ask(await serve(), `${method} / HTTP/1.1\r\nHost: 127.0.0.1\r\n`);
      expect(status(answer)).toBe(405);
      expect(answer).toContain("Allow: GET, HEAD, POST, SUBSCRIBE, UNSUBSCRIBE, NOTIFY\r\n");
    },
  );

  test("G-81 a handler that throws or rejects is a 500 that tells nothing", async () => {
    const throwing = await serve(() => {
      throw new Error("secret");
    });
    const rejecting = await serve(() => Promise.reject(new Error("secret")));
    for (const server of [throwing, rejecting]) {
      const answer = await ask(server, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n");
      expect(status(answer)).toBe(500);
      expect(answer).not.toContain("secret");
    }
  });

  test("S-37 H-10 a handler's header that cannot be written is a 500", async () => {
    const server = await serve(() => ({ status: 200, headers: [["X", "a\r\nY: b"]] }));
    const answer = await ask(server, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n");
    expect(answer).toMatch(/^HTTP\/1\.1 500 Internal Server Error\r\n/);
    expect(answer).not.toContain("Y: b");
  });

  test.each([
    ["nothing", undefined],
    ["null", null],
    ["a body that is a number", { status: 200, body: 5 }],
    ["a body that is a string", { status: 200, body: "é" }],
    ["headers that are none", { status: 200, headers: 7 }],
    ["headers that are no pairs", { status: 200, headers: [null] }],
    ["a status that is none", { status: 99 }],
    ["no status", {}],
  ])("a handler that gives %s is a 500", async (_name, given) => {
    const server = await serve((() => given) as unknown as HttpHandler);
    const answer = await ask(server, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n");
    expect(answer).toMatch(/^HTTP\/1\.1 500 Internal Server Error\r\n/);
  });
});

describe("S-25 H-13 H-14 the Host header", () => {
  test.each([
    ["127.0.0.1", 200],
    ["127.0.0.1:80", 200],
    ["127.0.0.1:", 200],
    ["127.0.0.1.", 403],
    ["127.000.0.1", 403],
    ["127.1", 403],
    ["2130706433", 403],
    ["localhost", 403],
    ["evil.example", 403],
    ["192.168.1.5", 403],
    ["[::1]", 403],
    ["[::ffff:127.0.0.1]", 200],
    ["127.0.0.1@evil.example", 403],
    ["127.0.0.1, evil.example", 400],
    ["", 400],
  ])("%j is answered with %i", async (host, expected) => {
    expect(status(await ask(await serve(), `GET / HTTP/1.1\r\nHost: ${host}\r\n`))).toBe(expected);
  });

  test("none is 400, with HTTP/1.0 too, and so are two", async () => {
    const server = await serve();
    expect(status(await ask(server, "GET / HTTP/1.1\r\n"))).toBe(400);
    expect(status(await ask(server, "GET / HTTP/1.0\r\n"))).toBe(400);
    const two = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n";
    expect(status(await ask(server, two))).toBe(400);
  });

  test("G-08 a request from a web page of another origin is refused", async () => {
    const server = await serve();
    const head = "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\nOrigin: ";
    expect(status(await ask(server, `${head}http://evil.example\r\n`))).toBe(403);
    expect(status(await ask(server, `${head}null\r\n`))).toBe(403);
    expect(status(await ask(server, `${head}http://127.0.0.1\r\n`))).toBe(200);
  });
});

describe("what is asked for", () => {
  const askFor = async (target: string): Promise<string> =>
    ask(await serve(), `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\n`);

  test.each([
    "http://evil/x",
    "http://evil:80/x",
    "http://127.0.0.1@evil/x",
    "http://evil@127.0.0.1/x",
    "https://127.0.0.1/x",
    "ftp://127.0.0.1/x",
    "*",
    "x",
  ])("S-25 %s is nothing of ours: 400", async (target) => {
    expect(status(await askFor(target))).toBe(400);
  });

  test.each([
    ["http://127.0.0.1/x?y=z", "/x?y=z"],
    ["HTTP://127.0.0.1:8080/", "/"],
    ["http://127.0.0.1", "/"],
    ["http://127.0.0.1?y", "/?y"],
    ["//evil/x", "//evil/x"],
  ])("%s is asked of the handler as %s", async (target, path) => {
    expect(await askFor(target)).toContain(`\r\n\r\nGET ${path} 0 127.0.0.1`);
  });

  test("H-05 a body in a coding that we do not know is 501, an expectation 417", async () => {
    const head = "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n";
    const coded = `${head}Transfer-Encoding: gzip, chunked\r\n`;
    expect(status(await ask(await serve(), coded, "2\r\nab\r\n0\r\n\r\n"))).toBe(501);
    const server = await serve(echo, { keepAliveMs: 60_000, requestMs: 60_000 });
    const expecting = `${head}Expect: wonders\r\nContent-Length: 0\r\n\r\n`;
    expect(status(await talk(server.port, expecting))).toBe(417);
  });
});

describe("G-31 G-30 sizes", () => {
  const head = "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n";

  test.each([
    [999, 200],
    [1_000, 200],
    [1_001, 413],
  ])("a body of %i bytes is answered with %i, with a length and in chunks", async (bytes, expected) => {
    const server = await serve();
    const body = "x".repeat(bytes);
    expect(status(await ask(server, `${head}Content-Length: ${bytes}\r\n`, body))).toBe(expected);
    const chunked = `${bytes.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    expect(status(await ask(server, `${head}Transfer-Encoding: chunked\r\n`, chunked))).toBe(expected);
  });

  test("H-03 H-04 a body in chunks of one byte is refused long before its limit", async () => {
    const server = await serve(echo, { bodyBytes: 256 << 10 });
    const crumbs = (count: number): string => `${"1\r\na\r\n".repeat(count)}0\r\n\r\n`;
    const chunked = `${head}Transfer-Encoding: chunked\r\n`;
    expect(await ask(server, chunked, crumbs(4_096))).toContain("POST / 4096 ");
    expect(status(await ask(server, chunked, crumbs(4_097)))).toBe(413);
  });

  test("100 headers are enough; 16 kB of them too", async () => {
    const server = await serve();
    const headers = (count: number): string => "X: y\r\n".repeat(count);
    expect(status(await ask(server, `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers(98)}`))).toBe(200);
    expect(status(await ask(server, `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers(99)}`))).toBe(431);
    expect(
      status(await ask(server, `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ${"y".repeat(17_000)}\r\n`)),
    ).toBe(431);
  });

  test.each([
    ["no HTTP at all", "\x16\x03\x01\x02\x00\x01\x00"],
    ["two lengths", `${head}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`],
    ["a length and chunks", `${head}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ["a chunk of -1 bytes", `${head}Transfer-Encoding: chunked\r\n\r\n-1\r\nx`],
  ])("H-03 H-05 %s is 400", async (_name, text) => {
    expect(status(await talk((await serve()).port, text))).toBe(400);
  });
});

test("H-03 a chunk of 2^64 - 1 bytes is waited for only so long", async () => {
  const server = await serve();
  const head = "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  expect([400, 408]).toContain(status(await talk(server.port, `${head}FFFFFFFFFFFFFFFF\r\nx`)));
});

describe("H-01 G-38 G-41 connections", () => {
  test("headers that do not end are waited for only so long", async () => {
    const server = await serve();
    expect(status(await talk(server.port, "GET / HTTP/1.1\r\nHost: 127"))).toBe(408);
  });

  test("nor is a body that does not come", async () => {
    const server = await serve();
    const head = "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\nhalf";
    expect(status(await talk(server.port, head))).toBe(408);
  });

  test("a host has 16 connections at a time, and may have others when these have ended", async () => {
    const server = await serve();
    const waiting = (): Promise<string> => talk(server.port, "");
    const closed: number[] = [];
    for (let index = 0; index < 16; index++)
      waiting()
        .then(() => closed.push(index))
        .catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await ask(server, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n")).toBe("");
    expect(closed).toEqual([]);
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(status(await ask(server, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"))).toBe(200);
  });

  test("all hosts together have no more than the limit", async () => {
    const server = await serve(echo, { connections: 3 });
    for (let index = 0; index < 3; index++) talk(server.port, "").catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await ask(server, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n")).toBe("");
  });

  test("G-05 a host that is not on the link is not let in", async () => {
    const server = await serve();
    const request = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
    expect(status(await talk(server.port, request, "127.0.0.9"))).toBe(200);
    expect(await talk(server.port, request, "127.0.7.1")).toBe("");
  });

  test("H-15 a connection carries 100 requests, however fast they come", async () => {
    let handled = 0;
    const server = await serve(() => {
      handled++;
      return { status: 200 };
    });
    const answer = await talk(server.port, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".repeat(150));
    expect(handled).toBe(100);
    expect(answer.match(/^HTTP\/1\.1 200/gm)).toHaveLength(100);
  });

  test("H-15 with the last of them the connection ends: what else was sent gets no answer", async () => {
    const server = await serve(echo, { keepAliveMs: 60_000 });
    const request = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    const flood = await talk(server.port, request.repeat(1_000));
    expect(flood.match(/HTTP\/1\.1 /g)).toHaveLength(100);
    expect(flood).not.toContain(" 503 ");
    const exact = await talk(server.port, request.repeat(100));
    expect(exact.match(/HTTP\/1\.1 200/g)).toHaveLength(100);
    expect(exact.match(/Connection: close/g)).toHaveLength(1);
  });

  test("G-03 S-42 it is bound to the link's address and no other", async () => {
    const server = await serve();
    const refused = await new Promise<string>((resolve) => {
      const socket = connect({ port: server.port, host: "127.0.0.2" }, () => resolve("connected"));
      socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""));
      sockets.push(socket);
    });
    expect(refused).toBe("ECONNREFUSED");
  });

  test("closing ends what is idle at once and what is slow within a second, and may be done twice", async () => {
    const server = await serve(() => new Promise(() => {}));
    const idle = talk(server.port, "");
    const slow = talk(server.port, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    await new Promise((resolve) => setTimeout(resolve, 30));
    const from = performance.now();
    await server.close();
    await server.close();
    expect(performance.now() - from).toBeLessThan(5_000);
    expect(await Promise.all([idle, slow])).toEqual(["", ""]);
  });
});

test("the network's own client reads from the network's own server", async () => {
  const network = createNetwork({ interfaces: ["lo"], families: [4] });
  const [lo] = network.links;
  if (!lo) throw new Error("no loopback");
  const server = await network.listen(echo, lo);
  const url = `http://127.0.0.1:${server.port}/desc.xml`;
  const { status, body } = await network.http.request({ method: "GET", url, link: lo });
  expect([status, new TextDecoder().decode(body)]).toEqual([200, "GET /desc.xml 0 127.0.0.1"]);
  await server.close();
});

test("an address that is not ours cannot be served: a NetworkError", async () => {
  const foreign = linkAt("lo", "192.0.2.77");
  const serving = serveHttp(echo, foreign, "lo", platformOf("linux"));
  await expect(serving).rejects.toMatchObject({ name: "NetworkError", code: "LINK_GONE" });
});
