import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { isUint8Array } from "node:util/types";
import { canonicalAddress, Prefixes, sameAddress, splitZone } from "../core/address.ts";
import type { Link } from "../core/engine.ts";
import type { HttpHandler, HttpServer, HttpServerRequest, HttpServerResponse } from "../network/http.ts";
import { withZone } from "./ear-plan.ts";
import { explain } from "./faults.ts";
import { HttpBody } from "./http-body.ts";
import { headerMap, MAX_HEADER_BYTES, MAX_HEADERS } from "./http-limits.ts";
import type { Platform } from "./platform.ts";

/** What a server allows its clients. Times in milliseconds. */
export interface HttpTolerance {
  readonly headersMs: number;
  readonly requestMs: number;
  readonly idleMs: number;
  readonly keepAliveMs: number;
  readonly checkMs: number;
  readonly connections: number;
  readonly connectionsPerHost: number;
  readonly bodyBytes: number;
}

const TOLERANCE: HttpTolerance = {
  headersMs: 10_000,
  requestMs: 30_000,
  idleMs: 60_000,
  keepAliveMs: 5_000,
  checkMs: 1_000,
  connections: 256,
  connectionsPerHost: 16,
  bodyBytes: 256 << 10,
};

const REQUESTS_PER_CONNECTION = 100;
const CLOSING_MS = 1_000;
const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "SUBSCRIBE", "UNSUBSCRIBE", "NOTIFY"]);

/**
 * Serves HTTP on the link's address and a port that the system chooses. Only hosts on the link are let in, and only
 * what names the address as its Host: a web page that had its name point here does not (DNS rebinding).
 * Rejects with `NetworkError`.
 */
export async function serveHttp(
  handler: HttpHandler,
  link: Link,
  zone: string,
  platform: Platform,
  tolerance: HttpTolerance = TOLERANCE,
): Promise<HttpServer> {
  const server = createServer({
    headersTimeout: tolerance.headersMs,
    requestTimeout: tolerance.requestMs,
    keepAliveTimeout: tolerance.keepAliveMs,
    connectionsCheckingInterval: tolerance.checkMs,
    maxHeaderSize: MAX_HEADER_BYTES,
    insecureHTTPParser: false,
  });
  server.timeout = tolerance.idleMs;
  server.maxConnections = tolerance.connections;
  server.maxRequestsPerSocket = REQUESTS_PER_CONNECTION;
  server.maxHeadersCount = MAX_HEADERS + 1; // One more than allowed, so that it can be seen.
  server.on("connection", new Doorkeeper(link, tolerance.connectionsPerHost).admit);
  const asked = new WeakMap<Socket, number>();
  server.on("request", (request, response) => {
    const count = (asked.get(request.socket) ?? 0) + 1;
    asked.set(request.socket, count);
    if (count >= REQUESTS_PER_CONNECTION) response.shouldKeepAlive = false; // Node itself would go on with 503s.
    answer(request, response, handler, link, tolerance).catch(() => request.socket.destroy());
  });
  server.on("checkExpectation", (_request, response) => turnAway(response, { status: 417 }));
  await listen(server, withZone(link.address, { zone }), platform);
  server.unref();
  return { port: (server.address() as AddressInfo).port, close: () => close(server) };
}

/** Lets in hosts of the link, a few connections of each. Holds one number per host that is connected. */
class Doorkeeper {
  readonly #prefixes: Prefixes;
  readonly #limit: number;
  readonly #connected = new Map<string, number>();

  constructor(link: Link, limit: number) {
    this.#prefixes = new Prefixes(link.addresses);
    this.#limit = limit;
  }

  readonly admit = (socket: Socket): void => {
    socket.on("error", () => {});
    const host = socket.remoteAddress ?? "";
    const count = this.#connected.get(host) ?? 0;
    if (count >= this.#limit || !this.#prefixes.contains(host)) {
      socket.destroy();
      return;
    }
    this.#connected.set(host, count + 1);
    socket.once("close", () => this.#leave(host));
  };

  #leave(host: string): void {
    const count = (this.#connected.get(host) ?? 0) - 1;
    if (count > 0) this.#connected.set(host, count);
    else this.#connected.delete(host);
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  handler: HttpHandler,
  link: Link,
  tolerance: HttpTolerance,
): Promise<void> {
  request.on("error", () => {});
  response.on("error", () => {});
  const refusal = refuse(request, link) ?? tooLong(request, tolerance.bodyBytes);
  if (refusal) return turnAway(response, refusal);
  const path = pathOf(request.url ?? "", link);
  if (path === undefined) return turnAway(response, { status: 400 });
  const body = await readBody(request, tolerance.bodyBytes);
  if (body === "gone") return;
  if (body === "too long") return turnAway(response, { status: 413 });
  respond(request, response, await handle(handler, requestOf(request, path, body)));
}

/** The response that a request deserves for its head alone; nothing when it may be handled. */
function refuse(request: IncomingMessage, link: Link): HttpServerResponse | undefined {
  const raw = request.rawHeaders;
  if (raw.length / 2 > MAX_HEADERS) return { status: 431 };
  const hosts = raw.filter((name, index) => index % 2 === 0 && name.toLowerCase() === "host");
  const host = request.headers.host ?? "";
  if (hosts.length !== 1 || host === "" || /[\s,]/.test(host)) return { status: 400 };
  if (!isOurs(host, link)) return { status: 403 };
  const { origin } = request.headers;
  if (origin !== undefined && origin !== `http://${host}`) return { status: 403 };
  if (!METHODS.has(request.method ?? ""))
    return { status: 405, headers: [["Allow", [...METHODS].join(", ")]] };
  const coding = request.headers["transfer-encoding"]?.trim().toLowerCase() ?? "chunked";
  return coding === "chunked" ? undefined : { status: 501 };
}

/** The path of what is asked for: as it is, or within a URL of ours (RFC 9112 section 3.2.2). */
function pathOf(target: string, link: Link): string | undefined {
  if (target.startsWith("/")) return target;
  const [, host = "", path = ""] = /^http:\/\/([^/?#]*)(.*)$/i.exec(target) ?? [];
  if (!isOurs(host, link)) return undefined;
  return path.startsWith("/") ? path : `/${path}`;
}

function tooLong(request: IncomingMessage, limit: number): HttpServerResponse | undefined {
  return Number(request.headers["content-length"] ?? 0) > limit ? { status: 413 } : undefined;
}

/** Whether a Host header is our address, with any port or none, as the client may have reached us through another. */
function isOurs(host: string, link: Link): boolean {
  const [, v6, v4] = /^(?:\[([^\]]*)\]|([0-9.]+))(?::\d{0,5})?$/.exec(host) ?? [];
  const address = v6 ?? v4;
  return address !== undefined && sameAddress(address.replace("%25", "%"), link.address);
}

/** Never rejects. */
function readBody(request: IncomingMessage, limit: number): Promise<Uint8Array | "gone" | "too long"> {
  return new Promise((resolve) => {
    const body = new HttpBody(limit);
    request.on("data", (piece: Buffer) => {
      if (body.add(piece)) resolve("too long");
    });
    request.on("end", () => resolve(body.finish()));
    request.on("close", () => resolve("gone"));
  });
}

function requestOf(request: IncomingMessage, path: string, body: Uint8Array): HttpServerRequest {
  const remote = splitZone(request.socket.remoteAddress ?? "").address;
  return {
    method: request.method ?? "",
    path,
    headers: headerMap(request.rawHeaders),
    body,
    remoteAddress: canonicalAddress(remote) ?? remote,
  };
}

/** What a handler throws, or gives that is no response, is its own fault and says nothing to the stranger. */
async function handle(handler: HttpHandler, request: HttpServerRequest): Promise<HttpServerResponse> {
  try {
    const { status, headers = [], body = new Uint8Array() } = await handler(request);
    return isUint8Array(body) ? { status, headers, body } : { status: 500 };
  } catch {
    return { status: 500 };
  }
}

function respond(request: IncomingMessage, response: ServerResponse, answer: HttpServerResponse): void {
  const { status, headers = [], body = new Uint8Array() } = answer;
  try {
    const isMeasured = headers.some(([name]) => name.toLowerCase() === "content-length");
    const length = isMeasured ? [] : ["Content-Length", String(body.length)];
    response.writeHead(status, [...headers.flat(), ...length]);
    response.end(request.method === "HEAD" ? undefined : body);
  } catch {
    turnAway(response, { status: 500 }); // The handler's status or headers cannot be written.
  }
}

/** Answers and hangs up: what else the client sends is not read. A head that could not be written leaves its reason. */
function turnAway(response: ServerResponse, { status, headers = [] }: HttpServerResponse): void {
  const all = [...headers, ["Content-Length", "0"], ["Connection", "close"]].flat();
  response.writeHead(status, STATUS_CODES[status] ?? "", all);
  response.end(() => response.socket?.destroySoon());
}

function listen(server: Server, host: string, platform: Platform): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => reject(explain("bind", `${host}: cannot serve HTTP`, cause, platform)));
    server.listen({ host, port: 0, exclusive: true }, () => {
      server.on("error", () => {});
      resolve();
    });
  });
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const patience = setTimeout(() => server.closeAllConnections(), CLOSING_MS);
  await closed;
  clearTimeout(patience);
}
