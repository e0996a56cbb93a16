/** The hostile servers (a) to (o), each read by a describer over real sockets, as a household would meet them. */
import { spawn } from "node:child_process";
import { connect, createServer, type Server, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { Link } from "../../src/core/engine.ts";
import { TimeoutError } from "../../src/core/errors.ts";
import { Random } from "../../src/core/random.ts";
import { createClock } from "../../src/node/clock.ts";
import { createHttpClient } from "../../src/node/http-client.ts";
import { Describer, Fetcher, loadDescriptionReader, type Outcome } from "../../src/upnp/index.ts";

const patience = { connectMs: 300, headersMs: 300, idleMs: 300, totalMs: 900 };
const GOOD = "127.0.0.200";
const XML =
  '<?xml version="1.0"?>\n<root xmlns="urn:schemas-upnp-org:device-1-0"><specVersion><major>1</major><minor>0</minor>' +
  "</specVersion><device><friendlyName>Lamp</friendlyName><UDN>uuid:1</UDN></device></root>";
const OK = "HTTP/1.1 200 OK\r\n";

const link: Link = {
  id: "lo/4",
  interfaceName: "lo",
  family: 4,
  address: "127.0.0.1",
  prefixLength: 8,
  addresses: [{ address: "127.0.0.1", prefixLength: 8 }],
};

const servers: Server[] = [];
const sockets = new Set<Socket>();

beforeAll(async () => {
  await loadDescriptionReader();
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

type Serve = (socket: Socket, request: string) => unknown;

/** Serves every connection at an address as `serve` says, once it asked; gives the URL. */
async function listen(address: string, serve: Serve, isEager = false): Promise<string> {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    if (isEager) serve(socket, "");
    socket.once("data", (request) => {
      if (!isEager) serve(socket, String(request));
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const bound = server.address();
  return `http://${address}:${typeof bound === "object" ? bound?.port : ""}/d.xml`;
}

function whole(body: string | Uint8Array, ...headers: string[]): string {
  return `${OK}${[...headers, `Content-Length: ${Buffer.byteLength(body)}`, "", ""].join("\r\n")}${body}`;
}

function newDescriber(): Describer {
  const clock = createClock();
  const http = createHttpClient((name) => name, patience);
  const random = new Random(1);
  const fetcher = new Fetcher({ http, clock, random, userAgent: "T/1 UPnP/1.1 e/0" });
  return new Describer({ fetcher, clock, random });
}

/** What comes of reading a description, at the first try. */
function read(describer: Describer, url: string): Promise<Outcome> {
  const target = { url, from: new URL(url).hostname, link };
  const edition = { bootId: 1, configId: 1 };
  return new Promise((resolve) => {
    describer.follow({ key: url, target, edition, unsolicited: false, isGuess: true }, resolve);
  });
}

function drip(socket: Socket, text: string): void {
  const timer = setInterval(() => socket.write(text), 40);
  socket.on("close", () => clearInterval(timer));
}

/** Writes for ever, as fast as it is read. */
function pour(socket: Socket, head: string, piece: string): void {
  socket.write(head);
  const pump = (): void => {
    while (!socket.destroyed && socket.write(piece));
  };
  socket.on("drain", pump);
  pump();
}

const hostile: readonly [name: string, serve: Serve, why: RegExp, isEager?: boolean][] = [
  ["(a) H-02 one byte at a time", (socket) => drip(socket, "H"), /took longer|Parse|Expected/],
  [
    "(b) H-02 headers, then nothing",
    (socket) => socket.write(`${OK}Content-Length: 9\r\n\r\n`),
    /the body took longer/,
  ],
  [
    "(c) H-04 an endless body",
    (socket) => pour(socket, `${OK}Transfer-Encoding: chunked\r\n\r\n`, `1000\r\n${"x".repeat(4096)}\r\n`),
    /a body longer than 262144 bytes/,
  ],
  [
    "(d) H-04 a length of 10^12",
    (socket) => socket.write(`${OK}Content-Length: 1000000000000\r\n\r\n`),
    /longer than/,
  ],
  [
    "(e) H-06 a body that unpacks to a thousand times its size",
    (socket) => {
      const bomb = gzipSync(new Uint8Array(10_000_000));
      socket.write(`${OK}Content-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`);
      socket.end(bomb);
    },
    /encoded body/,
  ],
  [
    "(f) H-07 a redirect to itself",
    (socket) => socket.end("HTTP/1.1 302 Found\r\nLocation: /d.xml\r\nContent-Length: 0\r\n\r\n"),
    /302: a redirect, which is not followed/,
  ],
  [
    "(g) H-07 a redirect to another address",
    (socket) => socket.end("HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n"),
    /307: a redirect, which is not followed/,
  ],
  [
    "(h) H-03 a chunk of 2^64 bytes",
    (socket) => socket.write(`${OK}Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\nabc`),
    /Parse|Invalid|took longer/,
  ],
  [
    "(i) H-09 ten thousand headers",
    (socket) => socket.end(`${OK}${"X-Y: z\r\n".repeat(10_000)}\r\n`),
    /header|Parse/i,
  ],
  [
    "(j) H-05 half a body",
    (socket) => socket.end(`${OK}Content-Length: 500\r\n\r\n${XML.slice(0, 99)}`),
    /within the body|aborted/,
  ],
  ["(k) HTTP/0.9", (socket) => socket.end(XML), /Parse|Expected/],
  [
    "(l) S-11 an endless stream of characters",
    (socket) => pour(socket, "", " !\"#$%&'()*+,-./".repeat(256)),
    /Parse|Expected/,
  ],
  ["(m) TLS", (socket) => socket.end(Uint8Array.of(0x15, 3, 1, 0, 2, 2, 0x28)), /Parse|Expected/],
  [
    "(n) H-05 two lengths",
    (socket) => socket.end(`${OK}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`),
    /Parse|Content-Length/i,
  ],
  [
    "(n) H-05 a length and chunks",
    (socket) => socket.end(`${OK}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`),
    /Parse|Content-Length|Transfer/i,
  ],
  [
    "H-03 trailers of a megabyte",
    (socket) => socket.end(`${OK}Transfer-Encoding: chunked\r\n\r\n0\r\n${"X: y\r\n".repeat(180_000)}\r\n`),
    /./,
  ],
  ["a connection that ends without a word", (socket) => socket.end(), /./],
];

describe("hostile servers", () => {
  test.each(hostile)(
    "%s: no description, said why; whoever is beside it is read",
    async (_name, serve, why, eager) => {
      const bad = await listen("127.0.0.10", serve, eager);
      const good = await listen(GOOD, (socket) => socket.end(whole(XML)));
      const describer = newDescriber();
      const [failed, fine] = await Promise.all([read(describer, bad), read(describer, good)]);
      expect(failed.undescribed).toMatch(why);
      expect(fine.description?.device.friendlyName).toBe("Lamp");
      describer.forget();
    },
  );

  test("(o) an answer before the request is read is an answer", async () => {
    const eager = await listen("127.0.0.10", (socket) => socket.end(whole(XML)), true);
    expect((await read(newDescriber(), eager)).description?.device.friendlyName).toBe("Lamp");
  });

  test("H-08 all of them at once hold up nobody", async () => {
    const describer = newDescriber();
    const bad = await Promise.all(
      hostile.slice(0, 15).map(([, serve, , eager], at) => listen(`127.0.0.${10 + at}`, serve, eager)),
    );
    const failing = bad.map((url) => read(describer, url));
    const good = await listen(GOOD, (socket) => socket.end(whole(XML)));
    const first = await Promise.race([read(describer, good), failing[1]]); // (b) never answers.
    expect(first?.description?.device.friendlyName).toBe("Lamp");
    const outcomes = await Promise.all(failing);
    expect(outcomes.filter(({ undescribed }) => undescribed !== undefined)).toHaveLength(15);
    describer.forget();
  });

  test("closing the describer ends every connection", async () => {
    const closed: Promise<void>[] = [];
    const asked: Promise<void>[] = [];
    const describer = newDescriber();
    for (let at = 10; at < 13; at++) {
      let told = (): void => {};
      asked.push(
        new Promise((resolve) => {
          told = resolve;
        }),
      );
      const url = await listen(`127.0.0.${at}`, (socket) => {
        closed.push(new Promise((resolve) => void socket.on("close", () => resolve())));
        told();
      });
      void read(describer, url);
    }
    await Promise.all(asked);
    describer.forget();
    await Promise.all(closed);
    expect(closed).toHaveLength(3);
  });
});

describe("D21 a body whose length is wrong", () => {
  const outcome = async (...parts: string[]) => {
    const url = await listen("127.0.0.10", (socket) => socket.end(parts.join("")));
    return read(newDescriber(), url);
  };

  test("D20 D21 a server of HTTP/1.0, which names no length: read to the end", async () => {
    expect((await outcome(`HTTP/1.0 200 OK\r\n\r\n${XML}`)).description?.device.friendlyName).toBe("Lamp");
  });

  test("D21 a length that counts characters, not bytes: what is cut off is mended", async () => {
    const text = XML.replace("Lamp", "Lämpchen für Käthe");
    const { description } = await outcome(`${OK}Content-Length: ${text.length}\r\n\r\n${text}`);
    expect(description?.device).toMatchObject({ friendlyName: "Lämpchen für Käthe", udn: "uuid:1" });
    expect(description?.violations.length).toBeGreaterThan(0);
  });

  test("D21 what comes after the length that was told is left unread, at once or later", async () => {
    expect((await outcome(`${whole(XML)}\r\n\r\nmore`)).description?.device.friendlyName).toBe("Lamp");
    const url = await listen("127.0.0.10", (socket) => {
      socket.write(whole(XML));
      setTimeout(() => socket.end("HTTP/1.1 500 No\r\n\r\n"), 20);
    });
    expect((await read(newDescriber(), url)).description?.device.friendlyName).toBe("Lamp");
  });

  test("D21 H-05 a length that is too long, and chunks without an end, are errors: what came may be half of it", async () => {
    const long = await outcome(`${OK}Content-Length: ${XML.length + 10}\r\n\r\n${XML}`);
    expect(long.undescribed).toMatch(/within the body|aborted/);
    const chunks = await outcome(
      `${OK}Transfer-Encoding: chunked\r\n\r\n${XML.length.toString(16)}\r\n${XML}\r\n`,
    );
    expect(chunks.undescribed).toMatch(/within the body|aborted/);
  });
});

describe("what a server is told", () => {
  test("J-22 H-17 each request has a connection of its own, and carries nothing that an earlier answer set", async () => {
    const requests: string[] = [];
    let connections = 0;
    const headers = ["Set-Cookie: a=b", "Connection: keep-alive", "WWW-Authenticate: Basic", "ETag: x"];
    const url = await listen("127.0.0.10", (socket, request) => {
      connections++;
      requests.push(request);
      socket.write(whole(XML, ...headers));
    });
    for (const path of ["1", "2", "3"]) await read(newDescriber(), `${url}?${path}`);
    expect(connections).toBe(3);
    for (const [at, request] of requests.entries())
      expect(request).toBe(
        `GET /d.xml?${at + 1} HTTP/1.1\r\nHost: ${new URL(url).host}\r\nAccept-Encoding: identity\r\n` +
          "Connection: close\r\nUser-Agent: T/1 UPnP/1.1 e/0\r\n\r\n",
      );
  });

  test("D20 the port stands in Host, save port 80", async () => {
    const client = createHttpClient((name) => name, patience);
    const sent: string[] = [];
    const url = await listen("127.0.0.10", (socket, request) => {
      sent.push(/^Host: (.*)\r$/m.exec(request)?.[1] ?? "");
      socket.end(whole(XML));
    });
    await client.request({ method: "GET", url, link });
    expect(sent).toEqual([new URL(url).host]);
  });
});

describe("H-02 the four deadlines", () => {
  test("H-02 G-40 are 3 s to connect, 5 s for the headers, 5 s without a byte, 15 s in all", async () => {
    const url = await listen("127.0.0.10", (socket) => socket.end(whole(XML)));
    const timers = vi.spyOn(globalThis, "setTimeout");
    try {
      await createHttpClient((name) => name).request({ method: "GET", url, link });
      const times = timers.mock.calls.map(([, ms]) => ms).filter((ms) => (ms ?? 0) >= 1000);
      expect(times).toEqual([15_000, 3_000, 5_000, 5_000]);
    } finally {
      timers.mockRestore();
    }
  });

  test("H-02 a host that drops the first packet: the time to connect ends it", async () => {
    const script = `const s = require("node:net").createServer().listen({ port: 0, host: "127.0.0.10", backlog: 1 }, () => {
      require("node:fs").writeSync(1, String(s.address().port));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 15000); // Nobody takes a connection.
      process.exit();
    });`;
    const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      const port = Number(await new Promise((resolve) => void child.stdout.once("data", resolve)));
      const fillers = Array.from({ length: 8 }, () => connect(port, "127.0.0.10"));
      for (const socket of fillers) sockets.add(socket.on("error", () => {}));
      await new Promise<void>((resolve) => void fillers[0]?.once("connect", resolve));
      await new Promise((resolve) => setTimeout(resolve, 50)); // The queue of the kernel is full now.
      const http = createHttpClient((name) => name, patience);
      const url = `http://127.0.0.10:${port}/`;
      const error = await http.request({ method: "GET", url, link }).then(
        () => expect.unreachable("nobody answers"),
        (failure: Error) => failure,
      );
      expect(error).toBeInstanceOf(TimeoutError);
      expect(error.message).toContain("connecting took longer than 300 ms");
    } finally {
      child.kill("SIGKILL");
    }
  });
});
