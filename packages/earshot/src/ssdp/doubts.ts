/**
 * Whether devices are still there: a place that fell silent, or whose goodbye is in doubt, is asked directly before it
 * is given up. How much is asked is bounded, so that a stranger's goodbyes cannot make us shout.
 */

import type { Instant, Link, Turn } from "../core/engine.ts";
import { isSendable } from "../core/http-syntax.ts";
import { TokenBucket } from "../core/token-bucket.ts";
import type { SsdpEvent } from "./events.ts";
import type { Ground } from "./ground.ts";
import type { Place } from "./presence.ts";
import * as timing from "./timing.ts";

/** Asks an address on a link for a target, directly; `port` when it said where. */
export type Ask = (
  link: Link,
  from: string,
  port: number | undefined,
  target: string,
  turn: Turn<SsdpEvent>,
) => void;

export class Doubts {
  readonly #ground: Ground;
  readonly #ask: Ask;
  readonly #giveUp: (place: Place, turn: Turn<SsdpEvent>) => void;
  readonly #budget = new TokenBucket(timing.ASK_RATE);

  /** @param giveUp called when a place stayed silent. */
  constructor(ground: Ground, ask: Ask, giveUp: (place: Place, turn: Turn<SsdpEvent>) => void) {
    this.#ground = ground;
    this.#ask = ask;
    this.#giveUp = giveUp;
  }

  /** The place was heard: what it said holds for `maxAge` ms. */
  refresh(place: Place, maxAge: number, now: Instant): void {
    const isUnwatched = place.maxAge === 0;
    place.maxAge = maxAge;
    place.heardAt = now;
    place.isDoubtful = false;
    const isSooner = now + maxAge < place.expiresAt;
    place.expiresAt = now + maxAge;
    if (isUnwatched || isSooner) this.#watch(place);
  }

  /** A stranger's word against the place: it is asked, unless it was not long ago, or nothing may be asked now. */
  raise(place: Place, turn: Turn<SsdpEvent>): void {
    const isFresh = turn.now - place.askedAt < timing.VERIFY_AGAIN_AFTER;
    if (place.isCurrent && !isFresh && this.#ground.asks && this.#budget.take(turn.now))
      this.#doubt(place, turn);
  }

  /** The machine slept: the place is asked within seconds, unless it is heard before. */
  afterSleep(place: Place, now: Instant): void {
    place.isDoubtful = false;
    place.expiresAt = Math.min(place.expiresAt, now + this.#ground.random.between(...timing.ASK_AFTER_SLEEP));
    this.#watch(place);
  }

  /** Asks about what is not in the cache: whether the goodbye of `udn` from there was meant. */
  inquire(link: Link, from: string, udn: string, turn: Turn<SsdpEvent>): void {
    if (this.#ground.asks && this.#budget.take(turn.now))
      this.#ask(link, from, undefined, askable(udn), turn);
  }

  /** One deadline a place, which moves on by itself while the place is heard. */
  #watch(place: Place): void {
    place.watch?.cancel();
    place.watch = this.#ground.agenda.set(place.expiresAt, `${place.from} is silent`, (turn) => {
      const overdue = turn.now - place.expiresAt;
      if (overdue < 0) this.#watch(place);
      else if (place.isDoubtful && overdue <= timing.OVERDUE) this.#giveUp(place, turn);
      else this.#askOrWait(place, turn);
    });
  }

  /** A program that was held up heard nothing meanwhile: that is no silence of the device's, and it is asked again. */
  #askOrWait(place: Place, turn: Turn<SsdpEvent>): void {
    if (!this.#ground.asks || this.#budget.take(turn.now)) {
      this.#doubt(place, turn);
      return;
    }
    place.expiresAt = turn.now + this.#ground.random.between(...timing.ASK_LATER);
    this.#watch(place);
  }

  #doubt(place: Place, turn: Turn<SsdpEvent>): void {
    place.isDoubtful = true;
    place.askedAt = turn.now;
    place.expiresAt = turn.now + timing.VERIFY_WINDOW;
    this.#watch(place);
    if (this.#ground.asks) this.#ask(place.link, place.from, place.searchPort, targetOf(place), turn);
  }
}

/** Any advertisement of the device answers for it; the UDN is the one that every device has. */
function targetOf({ device }: Place): string {
  if (device.udn.startsWith("uuid:")) return askable(device.writtenUdn);
  const [first] = device.entries.values();
  return askable(first?.record.type ?? "");
}

/** A stranger's words are sent on only if they can stand in a header. */
function askable(target: string): string {
  return target !== "" && isSendable(target) ? target : "ssdp:all";
}
