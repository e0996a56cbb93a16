import type { Link } from "../core/engine.ts";
import { NetworkError } from "../core/errors.ts";
import type { HttpHandler, HttpServer, HttpServerRequest, HttpServerResponse } from "../network/http.ts";
import type { Holding, Station } from "./station.ts";

/** Largest body that is taken. */
const MOST_BODY_BYTES = 256 << 10;

/** An HTTP server on one link of a simulated host. */
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
      if (nic.servers.delete(key)) station.freePort("tcp", this.port);
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
      const { body, ...head } = await this.#handler(request);
      return request.method === "HEAD" || !body ? head : { ...head, body };
    } catch (error) {
      this.#station.world.report(error, this.#station.name);
      return { status: 500 };
    }
  }
}
