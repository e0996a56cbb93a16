import { BoundedMap } from "../core/bounded-map.ts";
import { type Rate, TokenBucket } from "../core/token-bucket.ts";
import type { Clock } from "../network/index.ts";
import type { Peer } from "./peer.ts";
import type { LostReason } from "./service.ts";

/** Who is told of the places at which peers announce themselves. */
export interface PlaceListener {
  /** Whether a new place of this address may be told of now. */
  admits(key: string, peer: Peer): boolean;
  come(key: string, peer: Peer): void;
  go(key: string, reason: LostReason): void;
}

/** Within so many ms a peer says goodbye on all its links and families. */
const GOODBYES_WITHIN = 1000;
/** Places of one service: it has an address of each family and scope on each link that we share. */
const MOST_PLACES = 8;
/** New places of one service: who moves all the time is told of in moderation, as what changes all the time is. */
const PLACE_RATE: Rate = { perSecond: 1 / 30, burst: MOST_PLACES };
/** Places kept, in all and of one address. */
const MOST_IN_ALL = 1024;
const MOST_PER_ADDRESS = 32;

/**
 * Where peers are that announce themselves: for each service the places that it was last heard to announce. A place that
 * it announces no more stays until it is clear that the others are not leaving, too. A new one that comes too soon is
 * taken up when the service is next heard.
 */
export class AnnouncedPeers {
  readonly #clock: Clock;
  readonly #listener: PlaceListener;
  readonly #services = new Map<string, Announced>();
  readonly #places = new BoundedMap<Place, Announced>({
    limit: MOST_IN_ALL,
    limitPerOwner: MOST_PER_ADDRESS,
  });

  constructor(clock: Clock, listener: PlaceListener) {
    this.#clock = clock;
    this.#listener = listener;
  }

  /** How many places are kept. */
  get size(): number {
    return this.#places.size;
  }

  /** The service is heard, at these places, by their keys. */
  hear(id: string, peers: ReadonlyMap<string, Peer>): void {
    const known = this.#services.get(id);
    if (!known && peers.size === 0) return;
    const announced = known ?? { budget: new TokenBucket(PLACE_RATE), places: new Map() };
    this.#services.set(id, announced);
    for (const [key, peer] of peers) {
      const place = announced.places.get(key);
      if (place) stay(place);
      else this.#add(announced, key, peer);
    }
    for (const [key, place] of announced.places) if (!peers.has(key)) this.#fade(announced, place);
  }

  lose(id: string, reason: LostReason): void {
    const announced = this.#services.get(id);
    this.#services.delete(id);
    for (const place of announced?.places.values() ?? []) {
      this.#places.delete(place);
      stay(place);
      this.#listener.go(place.key, reason);
    }
  }

  /** Forgets all, without a word. */
  close(): void {
    for (const place of this.#places.keys()) stay(place);
    this.#places.clear();
    this.#services.clear();
  }

  #add(announced: Announced, key: string, peer: Peer): void {
    const now = this.#clock.now();
    const { budget, places } = announced;
    if (places.size >= MOST_PLACES || !budget.has(now) || !this.#listener.admits(key, peer)) return;
    budget.take(now);
    const place: Place = { key, callOff: undefined };
    places.set(key, place);
    const evicted = this.#places.set(place, announced, peer.address);
    this.#listener.come(key, peer);
    if (!evicted) return;
    evicted.value.places.delete(evicted.key.key);
    stay(evicted.key);
    this.#listener.go(evicted.key.key, "evicted");
  }

  #fade(announced: Announced, place: Place): void {
    place.callOff ??= this.#clock.at(this.#clock.now() + GOODBYES_WITHIN, () => {
      announced.places.delete(place.key);
      this.#places.delete(place);
      this.#listener.go(place.key, "expired");
    });
  }
}

/** What is kept of a service. */
interface Announced {
  readonly budget: TokenBucket;
  readonly places: Map<string, Place>;
}

interface Place {
  readonly key: string;
  /** While it is leaving. */
  callOff: (() => void) | undefined;
}

function stay(place: Place): void {
  place.callOff?.();
  place.callOff = undefined;
}
