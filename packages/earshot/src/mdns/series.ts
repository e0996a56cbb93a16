import type { Instant } from "../core/engine.ts";
import type { Random } from "../core/random.ts";
import type { Errand } from "./errand.ts";
import type { Name } from "./name.ts";
import * as timing from "./timing.ts";

/** The queries of one question on one link: soon, after a second, then at twice the interval each (RFC 6762 §5.2). */
export class Series implements Errand {
  readonly name: Name;
  readonly type: number;
  due: Instant = Number.POSITIVE_INFINITY;
  place = -1;
  isUnicast = false;
  readonly isShared = true;
  /** Until it is ended; else twice at most, and the second time only if nothing came. */
  isEndless = false;
  /** How often it may still be asked. */
  #left = 0;
  /** How often those may still have it asked who asked once. */
  #owed = 0;
  /** 0 before the first query. */
  #interval = 0;
  #begunAt: Instant = 0;
  #askedAt: Instant = Number.NEGATIVE_INFINITY;
  /** Whether anything is known that answers it. */
  readonly #isAnswered: () => boolean;

  constructor(name: Name, type: number, isAnswered: () => boolean) {
    this.name = name;
    this.type = type;
    this.#isAnswered = isAnswered;
  }

  /** The first query waits at random already. */
  get isUrgent(): boolean {
    return this.#interval === 0;
  }

  /** The first query may go from 20 ms on, in the company of others; those after it not before their time. */
  get soonest(): Instant {
    return this.#interval === 0 ? this.#begunAt + timing.FIRST_QUERY_DELAY[0] : this.due;
  }

  isNeeded(): boolean {
    return this.#left > 1 || !this.#isAnswered();
  }

  /**
   * Begins: at random within the first 20 to 120 ms. One that was at it until a moment ago goes on as if it had not been
   * interrupted, so that answers that come and go cannot make it hurry.
   * @param isFresh all that was asked before is void: the link is another, or the machine slept.
   */
  begin(isFresh: boolean, random: Random, now: Instant): void {
    this.#begunAt = now;
    const soon = now + random.between(...timing.FIRST_QUERY_DELAY);
    const next = this.#askedAt + this.#interval;
    if (isFresh || next <= now) this.#interval = 0;
    this.due = this.#interval === 0 ? soon : Math.max(soon, next);
    if (!this.isEndless) this.#owed = 2;
    this.#left = this.isEndless ? Number.POSITIVE_INFINITY : this.#owed;
  }

  /** Asked once more, soon, but `gap` after the last time, for somebody who came late; what was planned sooner stays. */
  hurry(gap: number, random: Random, now: Instant): void {
    const soon = now + random.between(...timing.FIRST_QUERY_DELAY);
    this.due = Math.min(this.due, Math.max(soon, this.#askedAt + gap));
    this.#owed = 2;
    if (this.#left < 1) this.#left = this.#owed;
  }

  /** Whoever asked without end is gone. Returns whether who asked once has still to have his question. */
  limit(): boolean {
    this.isEndless = false;
    this.#left = this.#owed;
    return this.#left > 0;
  }

  asked(now: Instant): Instant {
    const gap = this.#interval === 0 ? 0 : Math.max(this.#interval, now - this.#askedAt);
    this.#interval = Math.min(Math.max(2 * gap, timing.FIRST_QUERY_INTERVAL), timing.MOST_QUERY_INTERVAL);
    this.#askedAt = now;
    this.#left--;
    this.#owed--;
    this.isUnicast = false;
    return this.#left > 0 ? now + this.#interval : Number.POSITIVE_INFINITY;
  }
}
