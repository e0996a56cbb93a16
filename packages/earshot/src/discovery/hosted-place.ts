import { isOnLink } from "../core/address.ts";
import type { Link } from "../core/engine.ts";
import { NetworkError } from "../core/errors.ts";
import type { HttpHandler, HttpServer } from "../network/index.ts";
import type { HostingGround } from "./hosting.ts";

/** An address that cannot be bound may be one that is still being checked (IPv6, a second or two), or one just lost. */
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 60_000;

/** One address of ours at which documents are served. While that fails it is tried again, more and more rarely. */
export class HostedPlace {
  /** The link, the address in front. */
  readonly link: Link;
  readonly #ground: HostingGround;
  readonly #handler: HttpHandler;
  readonly #onChange: () => void;
  /** Resolves when it was tried for the first time. */
  readonly tried: Promise<void>;
  /** The attempt under way, or the last. */
  #attempt: Promise<void>;
  #server: HttpServer | undefined;
  #error: NetworkError | undefined;
  #retryMs = FIRST_RETRY_MS;
  #callOff: () => void = () => {};
  #isClosed = false;

  /** @param onChange called after every attempt that changed something, never from within the constructor. */
  constructor(ground: HostingGround, handler: HttpHandler, link: Link, onChange: () => void) {
    this.#ground = ground;
    this.#handler = handler;
    this.link = link;
    this.#onChange = onChange;
    this.#attempt = this.#try();
    this.tried = this.#attempt;
  }

  /** Where it is served; `undefined` while it is not. */
  get port(): number | undefined {
    return this.#server?.port;
  }

  /** Why it is not served. */
  get error(): NetworkError | undefined {
    return this.#error;
  }

  /** Whether the first attempt is still under way. */
  get isFresh(): boolean {
    return this.#server === undefined && this.#error === undefined;
  }

  /** Whether those who can reach us on `link` are those who could when this was made: a server lets in no others. */
  covers(link: Link): boolean {
    return link.addresses.every(({ address }) => isOnLink(address, this.link.addresses));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#callOff();
    await this.#attempt;
    await this.#server?.close();
  }

  async #try(): Promise<void> {
    await Promise.resolve(); // Nobody is told before the constructor has returned.
    try {
      this.#server = await this.#ground.network.listen(this.#handler, this.link);
      this.#error = undefined;
    } catch (cause) {
      this.#failed(cause);
    }
    if (!this.#isClosed) this.#onChange();
  }

  #failed(cause: unknown): void {
    const { address, id } = this.link;
    const isFirst = this.#error === undefined;
    this.#error = asNetworkError(cause, address);
    if (this.#isClosed) return;
    if (isFirst) this.#ground.fault({ link: id, error: this.#error });
    const { clock } = this.#ground.network;
    this.#callOff = clock.at(clock.now() + this.#retryMs, () => {
      this.#attempt = this.#try();
    });
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }
}

function asNetworkError(cause: unknown, address: string): NetworkError {
  if (cause instanceof NetworkError) return cause;
  return new NetworkError("BIND_FAILED", `${address}: the description cannot be served`, { cause });
}
