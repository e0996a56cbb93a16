import { BoundedMap } from "../core/bounded-map.ts";
import type { Datagram, Instant } from "../core/engine.ts";
import { readMaxAgeSeconds } from "./fields.ts";
import type { SsdpMessage } from "./message.ts";
import { placeKey } from "./presence.ts";
import { DEFAULT_MAX_AGE_SECONDS, LEAST_MAX_AGE_SECONDS, MOST_MAX_AGE_SECONDS } from "./timing.ts";

const MOST_SPEAKERS = 2048;

/** Hosts that announced something: those that never do and only answer have to be searched again before they run out. */
export class Mutes {
  readonly #speakers = new BoundedMap<string, true>({ limit: MOST_SPEAKERS });

  /** Whether somebody who spoke may be unknown, for others came since. */
  get isFull(): boolean {
    return this.#speakers.size >= MOST_SPEAKERS;
  }

  /** Something was announced. */
  spoke({ link, from }: Datagram): void {
    const key = placeKey(link, from.address);
    if (!this.#speakers.get(key)) this.#speakers.set(key, true, from.address);
  }

  /** By when who answered wants to be searched again: half its max-age from now; `Infinity` for who announces itself. */
  searchBy({ headers }: SsdpMessage, { link, from }: Datagram, now: Instant): Instant {
    if (this.#speakers.get(placeKey(link, from.address))) return Number.POSITIVE_INFINITY;
    const seconds = readMaxAgeSeconds(headers) ?? DEFAULT_MAX_AGE_SECONDS;
    return now + 500 * Math.min(Math.max(seconds, LEAST_MAX_AGE_SECONDS), MOST_MAX_AGE_SECONDS);
  }

  clear(): void {
    this.#speakers.clear();
  }
}
