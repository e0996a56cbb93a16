import type { Endpoint, Link } from "../core/engine.ts";
import { UsageError } from "../core/errors.ts";
import type { Network, TcpListener } from "../network/index.ts";
import { answersIn } from "../ssdp/index.ts";

type Heard = (bytes: Uint8Array, from: Endpoint, link: Link) => void;

/** The TCP ports of one search, at which it is answered (UDA 2.0 §1.3.2). */
export class TcpEars {
  readonly #network: Network;
  readonly #heard: Heard;
  readonly #listeners: TcpListener[] = [];
  #isClosed = false;

  /**
   * @param heard gets each answer as a datagram would have brought it.
   * @throws UsageError `INVALID_OPTION` when the network cannot take anything over TCP.
   */
  constructor(network: Network, heard: Heard) {
    if (!network.accept)
      throw new UsageError("INVALID_OPTION", "tcp needs a network that can be answered over TCP");
    this.#network = network;
    this.#heard = heard;
  }

  /** Opens a port on each of the links; gives them by link. Where none can be had, answers come by UDP. */
  async open(links: Iterable<Link>): Promise<ReadonlyMap<string, number>> {
    const ports = new Map<string, number>();
    await Promise.all(
      [...links].map(async (link) => {
        const listener = await this.#network
          .accept?.((bytes, from) => this.#take(bytes, from, link), link)
          .catch(() => undefined);
        if (!listener) return;
        this.#listeners.push(listener);
        ports.set(link.id, listener.port);
      }),
    );
    if (this.#isClosed) await this.close();
    return ports;
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#listeners.splice(0).map((listener) => listener.close()));
  }

  #take(bytes: Uint8Array, from: Endpoint, link: Link): void {
    if (this.#isClosed) return;
    for (const answer of answersIn(bytes)) this.#heard(answer, from, link);
  }
}
