import type { Turn } from "../core/engine.ts";
import { UsageError } from "../core/errors.ts";
import type { Name } from "../mdns/index.ts";
import type { DnsSdEvent } from "./events.ts";
import type { Ground } from "./ground.ts";
import { hostName } from "./instance-name.ts";
import { OwnHosts } from "./own-hosts.ts";
import { type PreparedOffer, prepareOffer } from "./prepared-offer.ts";
import { PublishedOffer } from "./published-offer.ts";
import type { ServiceOffer } from "./service-offer.ts";

/** Publishes services: their names, where they are, their texts, and the hosts that they are on. */
export class Publisher {
  readonly #ground: Ground;
  readonly #ownHost: Name;
  readonly #hosts: OwnHosts;
  readonly #offers = new Map<number, PublishedOffer>();
  #ids = 0;

  /** @throws UsageError `INVALID_OPTION` when the configured host name cannot be one. */
  constructor(ground: Ground) {
    this.#ground = ground;
    this.#ownHost = configuredHost(ground.config.host);
    this.#hosts = new OwnHosts(ground.mdns);
  }

  get size(): number {
    return this.#offers.size;
  }

  /** @throws UsageError `INVALID_OFFER`, `INVALID_SERVICE_TYPE`. */
  publish(offer: ServiceOffer, turn: Turn<DnsSdEvent>): number {
    const prepared = prepareOffer(offer, this.#ownHost);
    this.#hosts.check(prepared, undefined);
    const id = ++this.#ids;
    const published = new PublishedOffer(id, prepared, this.#ground.mdns, this.#hosts, (name, wanted) =>
      this.#isTaken(id, name, wanted),
    );
    this.#offers.set(id, published);
    published.open(turn);
    return id;
  }

  /** @throws UsageError `INVALID_OFFER`, `INVALID_SERVICE_TYPE`; then nothing has changed. */
  change(id: number, offer: ServiceOffer, turn: Turn<DnsSdEvent>): void {
    const published = this.#offers.get(id);
    if (!published) return;
    const prepared = prepareOffer(offer, this.#ownHost);
    this.#hosts.check(prepared, published);
    published.change(prepared, turn);
  }

  withdraw(id: number, turn: Turn<DnsSdEvent>): void {
    const published = this.#offers.get(id);
    if (!published) return;
    this.#offers.delete(id);
    published.close(turn);
  }

  announce(id: number, turn: Turn<DnsSdEvent>): void {
    this.#offers.get(id)?.announce(turn);
  }

  /** Whether another offer of the same type has the name, on one of the interfaces that this one is for. */
  #isTaken(id: number, name: string, { type, interfaces }: PreparedOffer): boolean {
    const wanted = type.name().prepend(name);
    for (const other of this.#offers.values()) {
      if (other.id === id || !meet(interfaces, other.offer.interfaces)) continue;
      if (other.offer.type.name().prepend(other.name).equals(wanted)) return true;
    }
    return false;
  }
}

function configuredHost(text: string): Name {
  try {
    return hostName(text);
  } catch (cause) {
    throw new UsageError("INVALID_OPTION", `host is ${JSON.stringify(text)}, which is no name of a host`, {
      cause,
    });
  }
}

function meet(a: ReadonlySet<string> | undefined, b: ReadonlySet<string> | undefined): boolean {
  if (!a || !b) return true;
  for (const name of a) if (b.has(name)) return true;
  return false;
}
