import type { BoundLink, Endpoint, InterfaceAddress, Link } from "../core/engine.ts";
import type { Fault, HttpHandler, Network } from "../network/index.ts";
import type { Served } from "../ssdp/index.ts";
import { HostedPlace } from "./hosted-place.ts";

/** What hosting stands on. */
export interface HostingGround {
  readonly network: Pick<Network, "listen" | "clock">;
  /** The links in use, as they are now. */
  links(): Iterable<BoundLink>;
  fault(fault: Fault): void;
}

/** Most addresses of one link that are served. A host has one or two; IPv6 privacy may make it a handful. */
const MOST_ADDRESSES = 8;

/**
 * Serves one device's documents over HTTP on every link in use: at each of its addresses there, with a port of its own
 * (UDA 2.0 §2: from the address that the request came to). Follows the links as they come, go and change address.
 */
export class Hosting {
  readonly #ground: HostingGround;
  readonly #handler: HttpHandler;
  readonly #onServed: (served: Served) => void;
  readonly #places = new Map<string, HostedPlace>();
  #closed: Promise<void> | undefined;

  /** @param onServed called when it changed where the documents can be had; not while a place is tried for the first time. */
  constructor(ground: HostingGround, handler: HttpHandler, onServed: (served: Served) => void) {
    this.#ground = ground;
    this.#handler = handler;
    this.#onServed = onServed;
    this.relink();
  }

  /** Takes note of the links as they are now. */
  relink(): void {
    if (this.#closed !== undefined) return;
    const wanted = new Map<string, Link>();
    for (const link of this.#ground.links())
      for (const own of link.addresses.slice(0, MOST_ADDRESSES))
        wanted.set(`${link.id} ${own.address}`, at(link, own));
    for (const [key, place] of this.#places) {
      const link = wanted.get(key);
      if (link && place.covers(link)) continue;
      this.#places.delete(key);
      void place.close();
    }
    for (const [key, link] of wanted) if (!this.#places.has(key)) this.#open(key, link);
    this.#tell();
  }

  /**
   * Resolves when every place has been tried. Rejects with the `NetworkError` of the first when the documents can be had
   * at none.
   */
  async opened(): Promise<void> {
    const places = [...this.#places.values()];
    await Promise.all(places.map((place) => place.tried));
    const [failed] = places;
    if (failed?.error && places.every(({ port }) => port === undefined)) throw failed.error;
  }

  /** Ends every server; waits for answers under way, a second at most. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= Promise.all([...this.#places.values()].map((place) => place.close())).then(() => {});
    return this.#closed;
  }

  #open(key: string, link: Link): void {
    const place = new HostedPlace(this.#ground, this.#handler, link, () => this.#tell());
    this.#places.set(key, place);
  }

  #tell(): void {
    if (this.#closed !== undefined) return;
    const served = new Map<string, Endpoint[]>();
    for (const place of this.#places.values()) {
      if (place.isFresh) return;
      const { link, port } = place;
      if (port === undefined) continue;
      const others = served.get(link.id) ?? [];
      served.set(link.id, [...others, { address: link.address, port }]);
    }
    this.#onServed(served);
  }
}

/** The link with one of its addresses in front. */
function at(link: Link, own: InterfaceAddress): Link {
  const { id, interfaceName, family, addresses } = link;
  const others = addresses.filter(({ address }) => address !== own.address);
  return { id, interfaceName, family, ...own, addresses: [own, ...others] };
}
