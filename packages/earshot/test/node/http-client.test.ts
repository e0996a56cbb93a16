import { createServer, type Server, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test, vi } from "vitest";
import { NetworkError, TimeoutError } from "../../src/core/errors.ts";
import type { HttpRequest } from "../../src/network/http.ts";
import { createHttpClient } from "../../src/node/http-client.ts";

const patience = { connectMs: 300, headersMs: 300, idleMs: 300, totalMs: 900 };
const client = createHttpClient((name) => name, patience);
const servers: Server[] = [];
const sockets = new Set<Socket>();

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

/** Serves one connection after another, as `serve` says; gives where. */
async function listen(serve: (socket: Socket, request: Promise<string>) => unknown): Promise<string> {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    const request = new Promise<string>((resolve) => {
      let text = "";
      socket.on("data", (chunk) => {
        text += chunk;
        if (text.includes("\r\n\r\n")) resolve(text);
      });
    });
    serve(socket, request);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
}

/** Answers every request with these bytes. */
function answering(...parts: (string | Uint8Array)[]): Promise<string> {
  return listen(async (socket, request) => {
    await request;
    for (const part of parts) socket.write(part);
  });
}

const link = { interfaceName: "lo", address: "127.0.0.1" };

function get(url: string, more: Partial<HttpRequest> = {}) {
  return client.request({ method: "GET", url, link, ...more });
}

function fail(url: string, more: Partial<HttpRequest> = {}): Promise<Error & { code?: string }> {
  return get(url, more).then(
    ({ status }) => expect.unreachable(`answered ${status}`),
    (error) => error,
  );
}

describe("a request to a friendly server", () => {
  test("is small and plain, and its response is read whole", async () => {
    let asked = "";
    const url = await listen(async (socket, request) => {
      asked = await request;
      socket.end("HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a: 2\r\n__proto__: x\r\nContent-Length: 5\r\n\r\nhello");
    });
    const response = await get(`${url}/desc.xml?a=b`, { headers: [["User-Agent", "test/1"]] });
    expect(response.status).toBe(200);
    expect(new TextDecoder().decode(response.body)).toBe("hello");
    expect(response.body.constructor).toBe(Uint8Array);
    expect(response.headers.get("x-a")).toBe("1, 2");
    expect(response.headers.get("__proto__")).toBe("x");
    const host = url.slice("http://".length);
    expect(asked).toBe(
      `GET /desc.xml?a=b HTTP/1.1\r\nHost: ${host}\r\nAccept-Encoding: identity\r\n` +
        "Connection: close\r\nUser-Agent: test/1\r\n\r\n",
    );
  });

  test("carries its body with its length, and methods of UPnP", async () => {
    let asked = "";
    const url = await listen(async (socket, request) => {
      asked = await request;
      socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    await get(url, { method: "SUBSCRIBE", body: new TextEncoder().encode("héllo") });
    expect(asked).toMatch(/^SUBSCRIBE \/ HTTP\/1\.1\r\n/);
    expect(asked).toContain("Content-Length: 6\r\n");
    expect(asked).not.toMatch(/transfer-encoding/i);
  });

  test("UD-058 UC-50 chunked bodies and HTTP/1.0 bodies that end with the connection are read", async () => {
    const chunked = await answering(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
    );
    expect((await get(chunked)).body).toHaveLength(5);
    const old = await listen(async (socket, request) => {
      await request;
      socket.end("HTTP/1.0 200 OK\r\n\r\nuntil the end");
    });
    expect((await get(old)).body).toHaveLength(13);
  });
});

describe("hostile servers", () => {
  test("(a) H-02 one byte at a time: the time for the headers ends it", async () => {
    const url = await listen((socket) => {
      const drip = setInterval(() => socket.write("H"), 40);
      socket.on("close", () => clearInterval(drip));
    });
    const error = await fail(url);
    expect(["TIMEOUT", "BAD_RESPONSE"]).toContain(error.code);
    const slow = await listen((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nX-Slow: ");
      const drip = setInterval(() => socket.write("x"), 40);
      socket.on("close", () => clearInterval(drip));
    });
    const late = await fail(slow);
    expect(late).toBeInstanceOf(TimeoutError);
    expect(late.message).toContain("headers");
  });

  test("(a) H-02 a body that drips for ever: the total time ends it", async () => {
    const url = await listen((socket) => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      const drip = setInterval(() => socket.write("x"), 40);
      socket.on("close", () => clearInterval(drip));
    });
    const error = await fail(url);
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error.message).toContain("whole exchange");
  });

  test("(b) headers and then nothing: idle time ends it", async () => {
    const error = await fail(await answering("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error.message).toContain("body");
  });

  test("H-02 silence, and a port where nobody is", async () => {
    const error = await fail(await listen(() => {}));
    expect(error).toBeInstanceOf(TimeoutError);
    expect((await fail("http://127.0.0.1:1/")).code).toBe("CONNECT_FAILED");
  });

  test("(c) H-04 P-07 an endless body is cut at the byte that is too many, and the connection with it", async () => {
    let sent = 0;
    let closed = (): void => {};
    const hungUp = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const url = await listen((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      const chunk = `1000\r\n${"x".repeat(4_096)}\r\n`;
      const pump = (): void => {
        while (!socket.destroyed && socket.write(chunk)) sent += 4_096;
      };
      socket.on("drain", pump).on("close", closed);
      pump();
    });
    expect((await fail(url, { maxBodyBytes: 100_000 })).code).toBe("BODY_TOO_LONG");
    await hungUp;
    expect(sent).toBeLessThan(64 << 20);
  });

  test("H-03 H-04 a body in chunks of one byte is refused long before its limit", async () => {
    const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    const crumbs = (count: number): string => `${head}${"1\r\na\r\n".repeat(count)}0\r\n\r\n`;
    expect((await get(await answering(crumbs(16_384)))).body).toHaveLength(16_384);
    const error = await fail(await answering(crumbs(16_385)));
    expect(error.code).toBe("BODY_TOO_LONG");
    expect(error.message).toContain("in more than 16384 pieces");
  });

  test("H-03 a piece of the body sets no timer", async () => {
    const url = await answering(
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${"1\r\na\r\n".repeat(1_000)}0\r\n\r\n`,
    );
    const timers = vi.spyOn(globalThis, "setTimeout");
    try {
      expect((await get(url)).body).toHaveLength(1_000);
      expect(timers.mock.calls.length).toBeLessThan(20);
    } finally {
      timers.mockRestore();
    }
  });

  test("(b) idle time counts from the last piece, not from the first", async () => {
    const patient = createHttpClient((name) => name, { ...patience, idleMs: 1_000, totalMs: 15_000 });
    const url = await listen((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n");
      const drip = setInterval(() => socket.write("x"), 60);
      socket.on("close", () => clearInterval(drip));
    });
    expect((await patient.request({ method: "GET", url, link })).body).toHaveLength(20);
  });

  test("G-30 the cap of the body is exact", async () => {
    const exact = await answering(`HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n${"x".repeat(1_000)}`);
    expect((await get(exact, { maxBodyBytes: 1_000 })).body).toHaveLength(1_000);
    expect((await fail(exact, { maxBodyBytes: 999 })).code).toBe("BODY_TOO_LONG");
    const large = await answering(`HTTP/1.1 200 OK\r\nContent-Length: ${(1 << 20) + 1}\r\n\r\n`);
    expect((await fail(large)).code).toBe("BODY_TOO_LONG");
  });

  test("(d) a length of 10^12 is refused before any of it is read", async () => {
    const url = await answering("HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n");
    expect((await fail(url)).code).toBe("BODY_TOO_LONG");
  });

  test("(e) H-06 an encoded body is refused, not decoded", async () => {
    const bomb = gzipSync(new Uint8Array(10_000_000));
    const head = `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`;
    expect((await fail(await answering(head, bomb))).code).toBe("CONTENT_ENCODING");
    const plain = "HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 2\r\n\r\nok";
    expect((await get(await answering(plain))).status).toBe(200);
  });

  test.each(["gzip, chunked", "gzip", "chunked, chunked", "deflate"])(
    "H-06 a body coded for its transfer (%s) is refused, not given on",
    async (coding) => {
      const head = `HTTP/1.1 200 OK\r\nTransfer-Encoding: ${coding}\r\n\r\n`;
      const code = (await fail(await answering(head, "2\r\nab\r\n0\r\n\r\n"))).code;
      expect(["CONTENT_ENCODING", "BAD_RESPONSE"]).toContain(code);
    },
  );

  test("(f) (g) H-07 UD-061 P-07 redirects are given back, not followed", async () => {
    let requests = 0;
    const url = await listen(async (socket, request) => {
      await request;
      requests++;
      socket.end("HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n");
    });
    expect((await get(url)).status).toBe(302);
    const away = await answering(
      "HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:22/\r\nContent-Length: 0\r\n\r\n",
    );
    const response = await get(away);
    expect(response.status).toBe(307);
    expect(response.headers.get("location")).toBe("http://127.0.0.1:22/");
    expect(requests).toBe(1);
  });

  test.each(["FFFFFFFFFFFFFFFF", "-1", "7fffffffffffffff0", "zz"])(
    "(h) H-03 a chunk of size %s",
    async (size) => {
      const url = await answering(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${size}\r\nabc\r\n`);
      expect(["BAD_RESPONSE", "TIMEOUT", "TRUNCATED"]).toContain((await fail(url)).code);
    },
  );

  test("(i) H-09 10,000 headers, or one of a megabyte", async () => {
    const many = Array.from({ length: 10_000 }, (_, index) => `X-${index}: y\r\n`).join("");
    expect((await fail(await answering(`HTTP/1.1 200 OK\r\n${many}\r\n`))).code).toBe("BAD_RESPONSE");
    const long = `HTTP/1.1 200 OK\r\nX: ${"y".repeat(1 << 20)}\r\n\r\n`;
    expect((await fail(await answering(long))).code).toBe("BAD_RESPONSE");
  });

  test("H-09 a response has at most 100 headers, so that none is overlooked", async () => {
    const answer = (count: number, last: string): string =>
      `HTTP/1.1 200 OK\r\n${"X: y\r\n".repeat(count)}${last}\r\n\r\n`;
    const hundred = await answering(answer(99, "Content-Length: 2"), "ok");
    expect((await get(hundred)).headers.get("content-length")).toBe("2");
    const hidden = await listen((socket) => void socket.end(`${answer(100, "Content-Encoding: gzip")}ab`));
    expect((await fail(hidden)).code).toBe("BAD_RESPONSE");
    const encoded = await answering(answer(99, "Content-Encoding: gzip"));
    expect((await fail(encoded)).code).toBe("CONTENT_ENCODING");
  });

  test("(j) H-05 half a body and then the end", async () => {
    const url = await listen(async (socket, request) => {
      await request;
      socket.end("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    });
    expect(["TRUNCATED", "CONNECTION_LOST"]).toContain((await fail(url)).code);
  });

  test("(k) HTTP/0.9, (l) a stream of characters, (m) TLS where none is expected", async () => {
    expect((await fail(await answering("<html>hello</html>"))).code).toBe("BAD_RESPONSE");
    expect((await fail(await answering(" !\"#$%&'()*+,-./0123456789".repeat(1_000)))).code).toBe(
      "BAD_RESPONSE",
    );
    expect((await fail(await answering(Uint8Array.of(0x15, 3, 1, 0, 2, 2, 0x28)))).code).toBe("BAD_RESPONSE");
  });

  test("(n) H-05 two lengths, or a length and chunks", async () => {
    const two = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc";
    expect((await fail(await answering(two))).code).toBe("BAD_RESPONSE");
    const both = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    expect((await fail(await answering(both))).code).toBe("BAD_RESPONSE");
  });

  test("(o) an answer before the request is complete is an answer, or an orderly failure", async () => {
    const url = await listen((socket) => {
      socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    });
    const outcome = await get(url, { method: "POST", body: new Uint8Array(200_000) }).then(
      ({ status }) => status,
      (error) => error,
    );
    if (outcome !== 403) expect(outcome).toBeInstanceOf(NetworkError);
  });

  test("a connection that ends without a word, and a switch of protocols that nobody asked for", async () => {
    const mute = await listen((socket) => socket.end());
    expect(["CONNECTION_LOST", "NO_RESPONSE"]).toContain((await fail(mute)).code);
    const upgrade = await answering(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
    );
    expect(await fail(upgrade)).toBeInstanceOf(NetworkError);
  });
});

test("a header that cannot be written is refused, not sent", async () => {
  const url = await answering("HTTP/1.1 200 OK\r\n\r\n");
  const error = await fail(url, { headers: [["X", "a\r\nY: b"]] });
  expect(error.code).toBe("INVALID_REQUEST");
  expect((await fail(url, { headers: [["User-Agent", "café 😀"]] })).code).toBe("INVALID_REQUEST");
});

describe("calling a request off", () => {
  test("before it began, and while it waits", async () => {
    const url = await listen(() => {});
    expect((await fail(url, { signal: AbortSignal.abort() })).code).toBe("ABORTED");
    const controller = new AbortController();
    const failing = fail(url, { signal: controller.signal });
    setTimeout(() => controller.abort(), 20);
    expect((await failing).code).toBe("ABORTED");
  });

  test("J-21 100 requests leave no listener on a signal that lives on", async () => {
    const url = await answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    const { signal } = new AbortController();
    let listeners = 0;
    const counting = {
      aborted: false,
      reason: undefined,
      throwIfAborted: () => {},
      addEventListener: (...words: ["abort", () => void, { once?: boolean }]) => {
        listeners++;
        signal.addEventListener(...words);
      },
      removeEventListener: (...words: ["abort", () => void]) => {
        listeners--;
        signal.removeEventListener(...words);
      },
    } as unknown as AbortSignal;
    for (let count = 0; count < 100; count++) await get(url, { signal: counting });
    expect(listeners).toBe(0);
  });
});
