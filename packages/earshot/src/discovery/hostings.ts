import type { HttpHandler } from "../network/index.ts";
import type { Served } from "../ssdp/index.ts";
import { Hosting, type HostingGround } from "./hosting.ts";

/** What is served for offers, by the number of the offer. */
export class Hostings {
  readonly #ground: HostingGround;
  readonly #onServed: (offer: number, served: Served) => void;
  readonly #hostings = new Map<number, Hosting>();

  /** @param onServed called when it changed where the documents of an offer can be had. */
  constructor(ground: HostingGround, onServed: (offer: number, served: Served) => void) {
    this.#ground = ground;
    this.#onServed = onServed;
  }

  /** Serves an offer's documents. */
  add(offer: number, handler: HttpHandler): void {
    this.#hostings.set(offer, new Hosting(this.#ground, handler, (served) => this.#onServed(offer, served)));
  }

  /** To be called when links came, went or changed address. */
  relink(): void {
    for (const hosting of this.#hostings.values()) hosting.relink();
  }

  /** As `Hosting.opened`; at once for an offer of which nothing is served. */
  async opened(offer: number): Promise<void> {
    await this.#hostings.get(offer)?.opened();
  }

  /** Ends what is served for an offer. Idempotent. */
  async close(offer: number): Promise<void> {
    const hosting = this.#hostings.get(offer);
    this.#hostings.delete(offer);
    await hosting?.close();
  }
}
