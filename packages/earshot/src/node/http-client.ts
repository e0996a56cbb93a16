import {
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from "node:http";
import type { Socket } from "node:net";
import {
  canonicalAddress,
  isLinkLocal,
  isLoopback,
  isMulticast,
  isOnLink,
  isUnspecified,
  parseUrl,
  urlHost,
} from "../core/address.ts";
import { NetworkError, TimeoutError } from "../core/errors.ts";
import type { HttpClient, HttpRequest, HttpResponse } from "../network/http.ts";
import { HttpBody } from "./http-body.ts";
import { headerMap, MAX_HEADER_BYTES, MAX_HEADERS } from "./http-limits.ts";

/** How long each part of a request may take, in milliseconds. */
export interface HttpPatience {
  readonly connectMs: number;
  /** From the connection to the end of the response's headers. */
  readonly headersMs: number;
  /** Between two pieces of the body. */
  readonly idleMs: number;
  readonly totalMs: number;
}

const PATIENCE: HttpPatience = { connectMs: 3_000, headersMs: 5_000, idleMs: 5_000, totalMs: 15_000 };
const MAX_BODY_BYTES = 1 << 20;
/** Metadata services of clouds: nothing on a link, and never to be asked for a stranger's sake. */
const METADATA = "169.254.169.254";

/**
 * HTTP to hosts on the link: no redirect followed, no connection kept, no encoding, everything bounded. A request
 * whose link has addresses reaches only what these have on-link. Loopback is reached only over a loopback link;
 * groups, 0.0.0.0 and 169.254.169.254 never.
 * @param zoneOf the zone of IPv6 addresses on an interface.
 */
export function createHttpClient(
  zoneOf: (interfaceName: string) => string,
  patience: HttpPatience = PATIENCE,
): HttpClient {
  return {
    request: (request) =>
      new Promise((resolve, reject) => {
        const options = optionsOf(request, zoneOf);
        new Exchange(request, options, patience, resolve, reject).begin();
      }),
  };
}

/** One request and its response. Whatever comes first settles it; then nothing of it is left. */
class Exchange {
  readonly #request: HttpRequest;
  readonly #options: RequestOptions;
  readonly #patience: HttpPatience;
  readonly #resolve: (response: HttpResponse) => void;
  readonly #reject: (error: Error) => void;
  readonly #aborted = (): void => this.#fail(new NetworkError("ABORTED", "the request was called off"));
  readonly #body: HttpBody;
  #outgoing: ClientRequest | undefined;
  #total: NodeJS.Timeout | undefined;
  #stage: NodeJS.Timeout | undefined;
  #response: IncomingMessage | undefined;
  #isSettled = false;

  constructor(
    request: HttpRequest,
    options: RequestOptions,
    patience: HttpPatience,
    resolve: (response: HttpResponse) => void,
    reject: (error: Error) => void,
  ) {
    this.#request = request;
    this.#options = options;
    this.#patience = patience;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#body = new HttpBody(this.#maxBytes);
  }

  begin(): void {
    const { signal } = this.#request;
    if (signal?.aborted) {
      this.#aborted();
      return;
    }
    signal?.addEventListener("abort", this.#aborted, { once: true });
    const { totalMs, connectMs } = this.#patience;
    this.#total = setTimeout(() => this.#late("the whole exchange", totalMs), totalMs);
    this.#within(connectMs, "connecting");
    try {
      this.#send(httpRequest(this.#options));
    } catch (cause) {
      const message = `the request cannot be written: ${cause}`;
      this.#fail(new NetworkError("INVALID_REQUEST", message, { cause }));
    }
  }

  #send(outgoing: ClientRequest): void {
    this.#outgoing = outgoing;
    outgoing.maxHeadersCount = MAX_HEADERS + 1; // One more than allowed, so that it can be seen.
    outgoing.on("error", (error) => this.#broken(error));
    outgoing.on("close", () => this.#ended());
    outgoing.on("socket", (socket) => this.#watch(socket));
    outgoing.on("response", (response) => this.#read(response));
    outgoing.end(this.#request.body);
  }

  get #host(): string {
    return `${this.#options.host}:${this.#options.port}`;
  }

  #watch(socket: Socket): void {
    socket.once("connect", () => this.#within(this.#patience.headersMs, "the headers"));
  }

  #read(response: IncomingMessage): void {
    this.#response = response;
    response.on("error", (error) => this.#broken(error));
    const refusal = this.#refusal(response);
    if (refusal) {
      this.#fail(refusal);
      return;
    }
    this.#within(this.#patience.idleMs, "the body");
    response.on("data", (piece: Buffer) => this.#take(piece));
    response.on("close", () => {
      if (response.complete) this.#finish(response);
      else this.#ended();
    });
  }

  /** The connection closed; if it had done its work, this comes too late to count. */
  #ended(): void {
    if (this.#response?.complete) return;
    const fault = this.#response
      ? new NetworkError("TRUNCATED", `${this.#host} closed the connection within the body`)
      : new NetworkError("NO_RESPONSE", `${this.#host} gave no response`);
    this.#fail(fault);
  }

  #refusal(response: IncomingMessage): NetworkError | undefined {
    const { headers, rawHeaders, statusCode } = response;
    if (rawHeaders.length / 2 > MAX_HEADERS)
      return new NetworkError("BAD_RESPONSE", `${this.#host} sent more than ${MAX_HEADERS} headers`);
    const isPlain =
      isOneOf(headers["content-encoding"], "identity") &&
      isOneOf(headers["transfer-encoding"], "identity", "chunked");
    if (!isPlain)
      return new NetworkError(
        "CONTENT_ENCODING",
        `${this.#host} sent an encoded body, which was not asked for`,
      );
    const isBodiless = this.#request.method === "HEAD" || statusCode === 204 || statusCode === 304;
    return Number(headers["content-length"] ?? 0) > this.#maxBytes && !isBodiless
      ? this.#tooLong(`longer than ${this.#maxBytes} bytes`)
      : undefined;
  }

  /** Pieces still come when it is settled: those that were read from the connection along with the last. */
  #take(piece: Buffer): void {
    if (this.#isSettled) return;
    const fault = this.#body.add(piece);
    if (fault) this.#fail(this.#tooLong(fault));
    else this.#stage?.refresh();
  }

  get #maxBytes(): number {
    return this.#request.maxBodyBytes ?? MAX_BODY_BYTES;
  }

  #tooLong(fault: string): NetworkError {
    return new NetworkError("BODY_TOO_LONG", `${this.#host} sent a body ${fault}`);
  }

  #finish(response: IncomingMessage): void {
    const status = response.statusCode ?? 0;
    const headers = headerMap(response.rawHeaders);
    this.#settle(() => this.#resolve({ status, headers, body: this.#body.finish() }));
  }

  /** Starts the next part; the time of the last one no longer counts. */
  #within(ms: number, what: string): void {
    clearTimeout(this.#stage);
    if (!this.#isSettled) this.#stage = setTimeout(() => this.#late(what, ms), ms);
  }

  #late(what: string, ms: number): void {
    this.#fail(new TimeoutError(`${this.#host}: ${what} took longer than ${ms} ms`));
  }

  /** What comes after a whole response is ignored: devices count characters for bytes, and send more than they say. */
  #broken(cause: NodeJS.ErrnoException): void {
    if (this.#response?.complete) return;
    const isParsing = cause.code?.startsWith("HPE_") ?? false;
    const code = isParsing
      ? "BAD_RESPONSE"
      : cause.syscall === "connect"
        ? "CONNECT_FAILED"
        : "CONNECTION_LOST";
    this.#fail(new NetworkError(code, `${this.#host}: ${cause.message}`, { cause }));
  }

  #fail(error: Error): void {
    this.#settle(() => this.#reject(error));
  }

  #settle(tell: () => void): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    clearTimeout(this.#total);
    clearTimeout(this.#stage);
    this.#request.signal?.removeEventListener("abort", this.#aborted);
    this.#outgoing?.destroy();
    tell();
  }
}

/** Whether the value of a header is one of these words, or absent. */
function isOneOf(value: string | undefined, ...words: string[]): boolean {
  return value === undefined || words.includes(value.trim().toLowerCase());
}

/** Throws `NetworkError` when the URL leads nowhere that we go. */
function optionsOf(request: HttpRequest, zoneOf: (interfaceName: string) => string): RequestOptions {
  const url = parseUrl(request.url);
  const host = canonicalAddress(url?.hostname.replace(/^\[|\]$/g, "") ?? "");
  if (url?.protocol !== "http:" || url.username || url.password || host === undefined)
    throw new NetworkError("INVALID_URL", "only http: URLs with an address for a host are fetched");
  assertReachable(host, request);
  const port = url.port === "" ? 80 : Number(url.port);
  const isV6 = host.includes(":");
  return {
    method: request.method,
    host: isV6 && isLinkLocal(host) ? `${host}%${zoneOf(request.link.interfaceName)}` : host,
    port,
    path: url.pathname + url.search,
    headers: headersOf(request, url.port === "" ? urlHost(host) : `${urlHost(host)}:${port}`),
    agent: false,
    maxHeaderSize: MAX_HEADER_BYTES,
    insecureHTTPParser: false,
    ...(!isV6 && !request.link.address.includes(":") ? { localAddress: request.link.address } : {}),
  };
}

function assertReachable(host: string, { link }: HttpRequest): void {
  const isForeign = isLoopback(host) && !isLoopback(link.address);
  if (
    isForeign ||
    isMulticast(host) ||
    isUnspecified(host) ||
    host === METADATA ||
    host === "255.255.255.255"
  )
    throw new NetworkError("FORBIDDEN_HOST", `${host} is not fetched from`);
  if (link.addresses && !isOnLink(host, link.addresses))
    throw new NetworkError("FORBIDDEN_HOST", `${host} is not on the link of ${link.interfaceName}`);
}

/** Names and values in turn, in the order given; ours where the caller gave none. */
function headersOf(request: HttpRequest, host: string): string[] {
  const given = request.headers ?? [];
  const names = new Set(given.map(([name]) => name.toLowerCase()));
  const ours: [string, string][] = [
    ["Host", host],
    ["Accept-Encoding", "identity"],
    ["Connection", "close"],
  ];
  if (request.body) ours.push(["Content-Length", String(request.body.length)]);
  return [...ours.filter(([name]) => !names.has(name.toLowerCase())), ...given].flat();
}
