/**
 * Whether devices are still there: a place that fell silent, or whose goodbye is in doubt, is asked directly before it
 * is given up. How much is asked is bounded, so that a stranger's goodbyes cannot make us shout.
 */

import { isOnLink } from "../core/address.ts";
import type { Instant, Link, Turn } from "../core/engine.ts";
import { isSendable } from "../core/http-syntax.ts";
import { TokenBucket, TokenBuckets } from "../core/token-bucket.ts";
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
  /** For those whose time is up. */
  readonly #budget = new TokenBucket(timing.ASK_RATE);
  /** For those whom a stranger's word puts in doubt: who says much shall not use up what the others need. */
  readonly #doubtBudget = new TokenBucket(timing.DOUBT_RATE);
  readonly #inquiries = new TokenBuckets(timing.INQUIRY_RATE);
  readonly #allInquiries = new TokenBucket(timing.INQUIRIES_RATE);
  #inquiring = 0;

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
    place.putOffs = 0;
    const isSooner = now + maxAge < place.expiresAt;
    place.expiresAt = now + maxAge;
    if (isUnwatched || isSooner) this.#watch(place);
  }

  /** A stranger's word against the place: it is asked, unless it was not long ago, or nothing may be asked now. */
  raise(place: Place, turn: Turn<SsdpEvent>): void {
    const isFresh = turn.now - place.askedAt < timing.VERIFY_AGAIN_AFTER;
    if (!place.isCurrent || isFresh || !this.#canAsk(place)) return;
    if (this.#doubtBudget.take(turn.now)) this.#doubt(place, true, turn);
  }

  /** The machine slept: the place is asked within seconds, unless it is heard before. */
  afterSleep(place: Place, now: Instant): void {
    place.isDoubtful = false;
    place.expiresAt = Math.min(place.expiresAt, now + this.#ground.random.between(...timing.ASK_AFTER_SLEEP));
    this.#watch(place);
  }

  /** The place is asked `ms` later, unless it is heard before. */
  putOff(place: Place, ms: number, now: Instant): void {
    place.isDoubtful = false;
    place.expiresAt = now + ms;
    this.#watch(place);
  }

  /**
   * Asks, when the dust has settled, about what is not in the cache: whether the goodbye of `target` there was meant.
   * @param ready called before the question leaves.
   */
  inquire(link: Link, from: string, target: string, ready: () => void, now: Instant): void {
    if (!this.#ground.asks || this.#inquiring >= timing.MOST_INQUIRIES || !this.#allInquiries.has(now))
      return;
    if (!this.#inquiries.take(from, now)) return;
    this.#allInquiries.take(now);
    this.#inquiring++;
    this.#ground.agenda.set(now + timing.OVERTAKEN_WINDOW, `was the goodbye of ${from} meant`, (turn) => {
      this.#inquiring--;
      ready();
      if (this.#ground.asks) this.#ask(link, from, undefined, askable(target), turn);
    });
  }

  /** One deadline a place, which moves on by itself while the place is heard. */
  #watch(place: Place): void {
    place.watch?.cancel();
    place.watch = this.#ground.agenda.set(place.expiresAt, `${place.from} is silent`, (turn) => {
      const overdue = turn.now - place.expiresAt;
      if (overdue < 0) this.#watch(place);
      else if (!this.#ground.links.has(place.link.id)) this.putOff(place, timing.LINK_DOWN_GRACE, turn.now);
      else if (place.isDoubtful && overdue <= timing.OVERDUE) this.#giveUp(place, turn);
      else this.#askOrWait(place, turn);
    });
  }

  /**
   * A program that was held up heard nothing meanwhile: that is no silence of the device's, and it is asked again. What
   * cannot be asked for long is given up as if it had not answered.
   */
  #askOrWait(place: Place, turn: Turn<SsdpEvent>): void {
    const isGranted = this.#ground.asks && this.#budget.take(turn.now);
    if (this.#ground.asks && !isGranted && place.putOffs < timing.MOST_PUT_OFFS) {
      place.putOffs++;
      this.putOff(place, this.#ground.random.between(...timing.ASK_LATER), turn.now);
    } else this.#doubt(place, isGranted, turn);
  }

  #doubt(place: Place, isGranted: boolean, turn: Turn<SsdpEvent>): void {
    place.isDoubtful = true;
    place.askedAt = turn.now;
    place.expiresAt = turn.now + timing.VERIFY_WINDOW;
    this.#watch(place);
    if (isGranted && this.#canAsk(place))
      this.#ask(place.link, place.from, place.searchPort, targetOf(place), turn);
  }

  /** Only what is on the link now is asked: a question must not leave by a router. */
  #canAsk({ link, from }: Place): boolean {
    const current = this.#ground.links.get(link.id);
    return this.#ground.asks && current !== undefined && isOnLink(from, current.addresses);
  }
}

/**
 * What to ask for: the UDN, if the device is known to advertise it, and else what it does advertise, for some answer to
 * nothing but their own type.
 */
function targetOf({ device }: Place): string {
  if (device.entries.has(device.udn)) return askable(device.writtenUdn);
  const [first] = device.entries.values();
  return askable(first?.record.type ?? device.writtenUdn);
}

/** A stranger's words are sent on only if they can stand in a header. */
function askable(target: string): string {
  return target !== "" && isSendable(target) ? target : "ssdp:all";
}
