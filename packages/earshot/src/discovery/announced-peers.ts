import { BoundedMap, type Bounds } from "../core/bounded-map.ts";
import type { Instant } from "../core/engine.ts";
import { type Rate, TokenBucket } from "../core/token-bucket.ts";
import type { Clock } from "../network/index.ts";
import type { Peer } from "./peer.ts";
import type { LostReason } from "./service.ts";

/** Who is told of the places at which peers announce themselves. */
export interface PlaceListener {
  /** Whether a new place of this address may be told of now. */
  admits(key: string, peer: Peer): boolean;
  /** In how many ms one that is not admitted may be. */
  admitsIn(peer: Peer): number;
  come(key: string, peer: Peer): void;
  go(key: string, reason: LostReason): void;
}

/** Within so many ms a peer says goodbye on all its links and families. */
const GOODBYES_WITHIN = 1000;
/** Places of one service: it has an address of each family and scope on each link that we share. */
const MOST_PLACES = 8;
/** New places of one service: who moves all the time is told of in moderation, as what changes all the time is. */
const PLACE_RATE: Rate = { perSecond: 1 / 30, burst: MOST_PLACES };
/** Places kept, in all and of one address; and as many that wait. */
const BOUNDS: Bounds = { limit: 1024, limitPerOwner: 32 };
/** Those that wait are not tried more often than once in so many ms. */
const TRY_MS = 1000;

/**
 * Where peers are that announce themselves: for each service the places that it was last heard to announce. A place that
 * it announces no more stays until it is clear that the others are not leaving, too. A new one that comes too soon waits
 * until it may be taken up: of repeated announcements nothing is heard here.
 */
export class AnnouncedPeers {
  readonly #clock: Clock;
  readonly #listener: PlaceListener;
  readonly #services = new Map<string, Announced>();
  readonly #places = new BoundedMap<Place, Announced>(BOUNDS);
  readonly #waiting = new BoundedMap<Waiting, Announced>(BOUNDS);
  /** When those that wait are tried again. */
  #tryAt: Instant = Number.POSITIVE_INFINITY;
  #callOffTry: () => void = () => {};

  constructor(clock: Clock, listener: PlaceListener) {
    this.#clock = clock;
    this.#listener = listener;
  }

  /** How many places are kept. */
  get size(): number {
    return this.#places.size;
  }

  /** How many wait to be taken up. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** The service is heard, at these places, by their keys. */
  hear(id: string, peers: ReadonlyMap<string, Peer>): void {
    const known = this.#services.get(id);
    if (!known && peers.size === 0) return;
    const announced = known ?? { budget: new TokenBucket(PLACE_RATE), places: new Map(), waiting: new Map() };
    this.#services.set(id, announced);
    for (const place of announced.waiting.values()) if (!peers.has(place.key)) this.#drop(announced, place);
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
    for (const place of announced?.waiting.values() ?? []) this.#waiting.delete(place);
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
    this.#callOffTry();
    this.#waiting.clear();
    this.#services.clear();
  }

  #add(announced: Announced, key: string, peer: Peer): void {
    const ms = this.#admit(announced, key, peer);
    if (ms > 0) {
      this.#wait(announced, key, peer, ms);
      return;
    }
    const waiting = announced.waiting.get(key);
    if (waiting) this.#drop(announced, waiting);
    const place: Place = { key, callOff: undefined };
    announced.places.set(key, place);
    const evicted = this.#places.set(place, announced, peer.address);
    this.#listener.come(key, peer);
    if (!evicted) return;
    evicted.value.places.delete(evicted.key.key);
    stay(evicted.key);
    this.#listener.go(evicted.key.key, "evicted");
    if (evicted.value.waiting.size > 0) this.#tryWithin(TRY_MS);
  }

  /** In how many ms it may be taken up. 0: now, and it counts. `Infinity`: when another has left. */
  #admit({ budget, places }: Announced, key: string, peer: Peer): number {
    if (places.size >= MOST_PLACES) return Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    const ms = budget.waitFor(now);
    if (ms > 0) return ms;
    if (!this.#listener.admits(key, peer)) return Math.max(1, this.#listener.admitsIn(peer));
    budget.take(now);
    return 0;
  }

  /** Keeps it among the newest of its service and of its address. */
  #wait(announced: Announced, key: string, peer: Peer, ms: number): void {
    const { waiting } = announced;
    const place = waiting.get(key) ?? { key, peer };
    place.peer = peer;
    const [oldest] = waiting.values();
    if (oldest && waiting.size >= MOST_PLACES && !waiting.has(key)) this.#drop(announced, oldest);
    waiting.set(key, place);
    const evicted = this.#waiting.set(place, announced, peer.address);
    evicted?.value.waiting.delete(evicted.key.key);
    this.#tryWithin(Math.max(ms, TRY_MS));
  }

  #drop(announced: Announced, place: Waiting): void {
    announced.waiting.delete(place.key);
    this.#waiting.delete(place);
  }

  #tryWithin(ms: number): void {
    const at = this.#clock.now() + ms;
    if (at >= this.#tryAt) return;
    this.#callOffTry();
    this.#tryAt = at;
    this.#callOffTry = this.#clock.at(at, () => {
      this.#tryAt = Number.POSITIVE_INFINITY;
      for (const [place, announced] of [...this.#waiting])
        if (this.#waiting.has(place)) this.#add(announced, place.key, place.peer);
    });
  }

  #fade(announced: Announced, place: Place): void {
    place.callOff ??= this.#clock.at(this.#clock.now() + GOODBYES_WITHIN, () => {
      announced.places.delete(place.key);
      this.#places.delete(place);
      this.#listener.go(place.key, "expired");
      for (const { key, peer } of [...announced.waiting.values()]) this.#add(announced, key, peer);
    });
  }
}

/** What is kept of a service. */
interface Announced {
  readonly budget: TokenBucket;
  readonly places: Map<string, Place>;
  /** Those that came too soon, by key. */
  readonly waiting: Map<string, Waiting>;
}

interface Place {
  readonly key: string;
  /** While it is leaving. */
  callOff: (() => void) | undefined;
}

/** A place that came too soon. */
interface Waiting {
  readonly key: string;
  peer: Peer;
}

function stay(place: Place): void {
  place.callOff?.();
  place.callOff = undefined;
}
