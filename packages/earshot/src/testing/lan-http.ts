import { hostOfUrl, parseUrl } from "../core/address.ts";
import type { Link } from "../core/engine.ts";
import { NetworkError, TimeoutError } from "../core/errors.ts";
import type {
  HttpClient,
  HttpHandler,
  HttpRequest,
  HttpResponse,
  HttpServer,
  HttpServerRequest,
  HttpServerResponse,
} from "../network/http.ts";
import type { Nic } from "./nic.ts";
import type { Holding, Station } from "./station.ts";

/** How long a host tries to find a neighbour that does not answer, as Linux does. */
const UNREACHABLE_AFTER_MS = 3000;
/** How long a request may take in all. */
const TIMEOUT_MS = 30_000;
/** Largest body that a server takes, and that a client takes unless it says otherwise. */
const MOST_BODY_BYTES = 1_048_576;

/** A server on one link of a host. */
export class LanHttpServer implements HttpServer, Holding {
  readonly port: number;
  readonly #station: Station;
  readonly #handler: HttpHandler;
  readonly #unlisten: () => void;
  #dead = false;

  /** @throws NetworkError `LINK_GONE` */
  constructor(station: Station, handler: HttpHandler, link: Link) {
    const nic = station.nicOf(link);
    if (!nic?.links.some((known) => known.addresses.some((own) => own.address === link.address)))
      throw new NetworkError("LINK_GONE", `${station.name} has no address ${link.address} on ${link.id}`);
    this.#station = station;
    this.#handler = handler;
    this.port = station.claimPort("tcp");
    const key = `${link.address} ${this.port}`;
    nic.servers.set(key, this);
    this.#unlisten = () => {
      if (!nic.servers.delete(key)) return;
      station.freePort("tcp", this.port);
    };
    station.holdings.add(this);
  }

  /** Whether the program died, so that requests being handled get no answer. */
  get dead(): boolean {
    return this.#dead;
  }

  close(): Promise<void> {
    this.#unlisten();
    this.#station.holdings.delete(this);
    return Promise.resolve();
  }

  relink(): void {}

  kill(): void {
    this.#dead = true;
    this.#unlisten();
  }

  describe(): string {
    return `an HTTP server on port ${this.port}`;
  }

  /** Never rejects: a handler that throws answers 500, and the test is told. */
  async handle(request: HttpServerRequest): Promise<HttpServerResponse> {
    if (request.body.length > MOST_BODY_BYTES) return { status: 413 };
    try {
      return await this.#handler(request);
    } catch (error) {
      this.#station.world.report(error, this.#station.name);
      return { status: 500 };
    }
  }
}

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

/** One request and its answer. */
class Exchange {
  readonly #station: Station;
  readonly #request: HttpRequest;
  readonly #resolve: (response: HttpResponse) => void;
  readonly #reject: (error: unknown) => void;
  #cleanUp: (() => void)[] = [];
  #done = false;

  constructor(
    station: Station,
    request: HttpRequest,
    resolve: (response: HttpResponse) => void,
    reject: (error: unknown) => void,
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
    if (signal?.aborted) this.#fail(signal.reason);
    else if (!target)
      this.#fail(new NetworkError("INVALID_URL", `${url} is not http: with a literal address`));
    else if (!nic?.plugged) this.#fail(new NetworkError("LINK_GONE", `${link.interfaceName} is down`));
    else {
      this.#heed(signal);
      this.#expire();
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
    if (!listening) this.#fail(new NetworkError("CONNECTION_REFUSED", `${target.host} refuses`));
    else
      server.station.whenAwake(() => {
        void listening.handle(asSeen(this.#request, target, source)).then((response) => {
          if (listening.dead) this.#reset(target);
          else this.#answer(server, client, response);
        });
      });
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
    const headers = headerMap([["content-length", String(body.length)], ...(response.headers ?? [])]);
    if (body.length > most)
      this.#fail(new NetworkError("BODY_TOO_LARGE", `the body is larger than ${most} bytes`));
    else this.#end(() => this.#resolve({ status: response.status, headers, body }));
  }

  /** One passage over the wire, which begins when the sender's link is not held. */
  #pass(from: Nic, ms: number, then: () => void): void {
    const { timeline } = from.world;
    from.hold(() => void timeline.set(timeline.now + ms, then, this.#station.name));
  }

  #reset(target: Target): void {
    this.#fail(new NetworkError("CONNECTION_RESET", `${target.host} ended the connection`));
  }

  #unreachable(target: Target): void {
    const error = new NetworkError("HOST_UNREACHABLE", `${target.address} does not answer`);
    this.#later(UNREACHABLE_AFTER_MS, () => this.#fail(error));
  }

  #expire(): void {
    const error = new TimeoutError(`no answer from ${this.#request.url} within ${TIMEOUT_MS} ms`);
    this.#later(TIMEOUT_MS, () => this.#fail(error));
  }

  #later(ms: number, run: () => void): void {
    this.#cleanUp.push(this.#station.at(this.#station.world.timeline.now + ms, run));
  }

  #heed(signal: AbortSignal | undefined): void {
    if (!signal) return;
    const abort = (): void => this.#fail(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    this.#cleanUp.push(() => signal.removeEventListener("abort", abort));
  }

  #fail(error: unknown): void {
    this.#end(() => this.#reject(error));
  }

  #end(settle: () => void): void {
    if (this.#done) return;
    this.#done = true;
    for (const clean of this.#cleanUp) clean();
    this.#cleanUp = [];
    settle();
  }
}

function canReach(from: Nic, to: Nic): boolean {
  const wired = from.plugged && to.plugged && from.segment === to.segment;
  return wired && from.station.reachable && to.station.reachable && !from.station.isCutFrom(to.station);
}

function targetOf(text: string): Target | undefined {
  const url = parseUrl(text);
  const host = hostOfUrl(text);
  if (url?.protocol !== "http:" || !host || !("address" in host)) return undefined;
  return {
    address: host.address,
    port: host.port ?? 80,
    host: url.host,
    path: url.pathname + url.search,
  };
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
  const given = request.headers ?? [];
  const added: [string, string][] = [];
  if (!given.some(([name]) => name.toLowerCase() === "host")) added.push(["host", target.host]);
  if (body.length > 0) added.push(["content-length", String(body.length)]);
  const headers = headerMap([...added, ...given]);
  return { method: request.method, path: target.path, headers, body, remoteAddress };
}

function headerMap(pairs: readonly (readonly [string, string])[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const [name, value] of pairs) {
    const key = name.toLowerCase();
    const former = headers.get(key);
    headers.set(key, former === undefined || key === "content-length" ? value : `${former}, ${value}`);
  }
  return headers;
}
