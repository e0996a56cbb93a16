import { hostOfUrl, isLoopback, isMulticast, isOnLink, isUnspecified, parseUrl } from "../core/address.ts";
import { NetworkError, TimeoutError } from "../core/errors.ts";
import type {
  HttpClient,
  HttpRequest,
  HttpResponse,
  HttpServerRequest,
  HttpServerResponse,
} from "../network/http.ts";
import type { Nic } from "./nic.ts";
import type { Station } from "./station.ts";

/** How long a host tries to find a neighbour that does not answer. */
const CONNECT_MS = 3000;
/** How long the answer may take once the request was made, and the whole. */
const ANSWER_MS = 5000;
const TOTAL_MS = 15_000;
const MOST_BODY_BYTES = 1 << 20;

/** Requests over the simulated wire: three passages to connect and ask, one for the answer, none of them lost. */
export class LanHttpClient implements HttpClient {
  readonly #station: Station;

  constructor(station: Station) {
    this.#station = station;
  }

  request(request: HttpRequest): Promise<HttpResponse> {
    return new Promise((resolve, reject) => new Exchange(this.#station, request, resolve, reject).start());
  }
}

interface Target {
  readonly address: string;
  readonly port: number;
  readonly host: string;
  readonly path: string;
}

/** One request and its answer. Whatever comes first settles it. */
class Exchange {
  readonly #station: Station;
  readonly #request: HttpRequest;
  readonly #resolve: (response: HttpResponse) => void;
  readonly #reject: (error: Error) => void;
  #cleanUp: (() => void)[] = [];
  #done = false;

  constructor(
    station: Station,
    request: HttpRequest,
    resolve: (response: HttpResponse) => void,
    reject: (error: Error) => void,
  ) {
    this.#station = station;
    this.#request = { ...request, ...(request.body ? { body: request.body.slice() } : {}) };
    this.#resolve = resolve;
    this.#reject = reject;
  }

  start(): void {
    const { signal, link, url } = this.#request;
    const target = targetOf(url);
    const nic = this.#station.nicOf(link);
    if (signal?.aborted) this.#fail("ABORTED", "the request was called off");
    else if (!target) this.#fail("INVALID_URL", "only http: URLs with an address for a host are fetched");
    else if (isForbidden(target.address))
      this.#fail("FORBIDDEN_HOST", `${target.address} is not fetched from`);
    else if (link.addresses && !isOnLink(target.address, link.addresses))
      this.#fail("FORBIDDEN_HOST", `${target.address} is not on the link of ${link.interfaceName}`);
    else if (!nic?.plugged) this.#fail("CONNECT_FAILED", `${link.interfaceName} is down`);
    else if (!nic.prefixes.contains(target.address))
      this.#fail("CONNECT_FAILED", `there is no route to ${target.address}`);
    else {
      this.#heed(signal);
      this.#expire("the whole exchange", TOTAL_MS);
      this.#connect(nic, target);
    }
  }

  #connect(client: Nic, target: Target): void {
    const { segment } = client;
    const wait = segment.latency() + segment.latency() + segment.latency();
    this.#pass(client, wait, () => {
      const server = segment.ownerOf(target.address);
      if (!server || !canReach(client, server)) this.#unreachable(target);
      else server.hold(() => this.#ask(client, server, target));
    });
  }

  #ask(client: Nic, server: Nic, target: Target): void {
    const listening = server.servers.get(`${target.address} ${target.port}`);
    const source = sourceFor(client, target.address, this.#request.link.address);
    if (!listening) this.#fail("CONNECT_FAILED", `${target.host} refuses the connection`);
    else if (!server.prefixes.contains(source)) this.#lose(target);
    else {
      this.#expire("the answer", ANSWER_MS);
      server.station.whenAwake(() => {
        void listening.handle(asSeen(this.#request, target, source)).then((response) => {
          if (listening.dead) this.#lose(target);
          else this.#answer(server, client, response);
        });
      });
    }
  }

  #answer(server: Nic, client: Nic, response: HttpServerResponse): void {
    this.#pass(server, server.segment.latency(), () => {
      if (!canReach(server, client)) return;
      client.hold(() => client.station.whenAwake(() => this.#finish(response)));
    });
  }

  #finish(response: HttpServerResponse): void {
    const body = response.body?.slice() ?? new Uint8Array();
    const most = this.#request.maxBodyBytes ?? MOST_BODY_BYTES;
    const headers = headerMap([["Content-Length", String(body.length)]], response.headers ?? []);
    if (body.length > most) this.#fail("BODY_TOO_LONG", `${this.#request.url} sent more than ${most} bytes`);
    else this.#end(() => this.#resolve({ status: response.status, headers, body }));
  }

  /** One passage over the wire, which begins when the sender's link is not held. */
  #pass(from: Nic, ms: number, then: () => void): void {
    const { timeline } = from.world;
    from.hold(() => void timeline.set(timeline.now + ms, then, this.#station.name));
  }

  #lose(target: Target): void {
    this.#fail("CONNECTION_LOST", `${target.host} ended the connection`);
  }

  #unreachable(target: Target): void {
    this.#later(CONNECT_MS, () => this.#fail("CONNECT_FAILED", `${target.address} does not answer`));
  }

  #expire(what: string, ms: number): void {
    const error = new TimeoutError(`${this.#request.url}: ${what} took longer than ${ms} ms`);
    this.#later(ms, () => this.#end(() => this.#reject(error)));
  }

  #later(ms: number, run: () => void): void {
    if (this.#done) return;
    this.#cleanUp.push(this.#station.at(this.#station.world.timeline.now + ms, run));
  }

  #heed(signal: AbortSignal | undefined): void {
    if (!signal) return;
    const abort = (): void => this.#fail("ABORTED", "the request was called off");
    signal.addEventListener("abort", abort, { once: true });
    this.#cleanUp.push(() => signal.removeEventListener("abort", abort));
  }

  #fail(code: string, message: string): void {
    this.#end(() => this.#reject(new NetworkError(code, message)));
  }

  #end(settle: () => void): void {
    if (this.#done) return;
    this.#done = true;
    for (const clean of this.#cleanUp) clean();
    this.#cleanUp = [];
    settle();
  }
}

/** Whether what one interface sends gets to the other: wired together, both on, and not cut apart. */
export function canReach(from: Nic, to: Nic): boolean {
  const wired = from.plugged && to.plugged && from.segment === to.segment;
  return wired && from.station.reachable && to.station.reachable && !from.station.isCutFrom(to.station);
}

function targetOf(text: string): Target | undefined {
  const url = parseUrl(text);
  const host = hostOfUrl(text);
  if (url?.protocol !== "http:" || !host || !("address" in host)) return undefined;
  return { address: host.address, port: host.port ?? 80, host: url.host, path: url.pathname + url.search };
}

function isForbidden(address: string): boolean {
  return isLoopback(address) || isMulticast(address) || isUnspecified(address);
}

/** The client's address as the server sees it. */
function sourceFor(client: Nic, to: string, preferred: string): string {
  const family = to.includes(":") ? 6 : 4;
  const link = client.links.find((known) => known.family === family);
  const own = link?.addresses.some(({ address }) => address === preferred) ? preferred : link?.address;
  return own ?? preferred;
}

function asSeen(request: HttpRequest, target: Target, remoteAddress: string): HttpServerRequest {
  const body = request.body ?? new Uint8Array();
  const ours: [string, string][] = [
    ["Host", target.host],
    ["Accept-Encoding", "identity"],
    ["Connection", "close"],
  ];
  if (request.body) ours.push(["Content-Length", String(body.length)]);
  const headers = headerMap(ours, request.headers ?? []);
  return { method: request.method, path: target.path, headers, body, remoteAddress };
}

type Pairs = readonly (readonly [name: string, value: string])[];

/** Those given, and `ours` where none of that name is. */
function headerMap(ours: Pairs, given: Pairs): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const [name, value] of given) {
    const key = name.toLowerCase();
    const former = headers.get(key);
    headers.set(key, former === undefined ? value : `${former}, ${value}`);
  }
  for (const [name, value] of ours)
    if (!headers.has(name.toLowerCase())) headers.set(name.toLowerCase(), value);
  return headers;
}
