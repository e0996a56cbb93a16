import type { Instant, Link } from "../core/engine.ts";
import type { Random } from "../core/random.ts";
import type { Answer, Departure } from "./asking.ts";
import type { Waiting } from "./due-heap.ts";
import type { ResourceRecord } from "./record.ts";
import { lifeOf, refreshAt, soonestRefresh } from "./record-life.ts";
import type { RecordSet } from "./record-set.ts";
import { REFRESH_FLOOR } from "./timing.ts";

/**
 * A record of somebody else in the cache. It is the answer that askers are told of, one object from `added` to `removed`;
 * its times follow what is heard.
 */
export class CachedRecord implements Answer, Waiting {
  record: ResourceRecord;
  from: string;
  heardAt: Instant;
  readonly set: RecordSet;
  /** Whom it was first heard from, and who is charged for it. */
  readonly owner: string;
  /** Sooner than its life is over, when there is reason to think it is gone. `Infinity` when there is none. */
  endsAt: Instant = Number.POSITIVE_INFINITY;
  /** Why it is gone when its time is over. */
  departure: Departure = "expired";
  /** Questions of others that it should have answered and did not, and when the first of them came (RFC 6762 §10.5). */
  misses = 0;
  missedAt: Instant = 0;
  /** When it said goodbye; not when others said so. */
  goodbyeAt: Instant = Number.NEGATIVE_INFINITY;
  /** Its place in its set. */
  position = -1;
  due: Instant = 0;
  place = -1;
  #keptUntil: Instant = Number.NEGATIVE_INFINITY;
  #step = 0;
  #refreshAt: Instant = Number.NaN;

  constructor(record: ResourceRecord, set: RecordSet, from: string, now: Instant) {
    this.record = record;
    this.set = set;
    this.owner = from;
    this.from = from;
    this.heardAt = now;
    this.due = this.soonestDue;
  }

  get link(): Link {
    return this.set.home.link;
  }

  get expiresAt(): Instant {
    const end = Math.min(this.endsAt, this.heardAt + lifeOf(this.record, this.set.demand));
    return Math.max(end, this.#keptUntil);
  }

  /** Whether it is believed: nobody took it back, and nobody asked for it in vain. */
  get isCertain(): boolean {
    return this.endsAt === Number.POSITIVE_INFINITY;
  }

  /** Heard again: all doubt is over. */
  hear(record: ResourceRecord, from: string, now: Instant): void {
    const { ttl, flush } = this.record;
    if (record.ttl !== ttl || record.flush !== flush)
      this.record = { ...this.record, ttl: record.ttl, flush: record.flush };
    this.from = from;
    this.heardAt = now;
    this.endsAt = Number.POSITIVE_INFINITY;
    this.departure = "expired";
    this.misses = 0;
    this.#keptUntil = Number.NEGATIVE_INFINITY;
    this.#step = 0;
    this.#refreshAt = Number.NaN;
  }

  /**
   * It is gone at `at`, for this reason, unless it is heard before. Returns false, and does nothing, where it is to be
   * gone sooner for another reason.
   */
  leave(at: Instant, departure: Departure): boolean {
    if (at >= this.endsAt) return false;
    this.endsAt = at;
    this.departure = departure;
    return true;
  }

  /** It is kept until `at` though its time is over; once. Returns false when it was before. */
  keep(at: Instant): boolean {
    if (this.#keptUntil !== Number.NEGATIVE_INFINITY) return false;
    this.#keptUntil = at;
    return true;
  }

  /** The soonest that anything can be due: drawn at random is only what has come near. */
  get soonestDue(): Instant {
    if (!this.#isRefreshed) return this.expiresAt;
    return Math.min(this.expiresAt, soonestRefresh(this.heardAt, lifeOf(this.record, 2)));
  }

  /** When it is to be asked for again, or is gone. */
  nextDue(random: Random): Instant {
    if (!this.#isRefreshed) return this.expiresAt;
    if (Number.isNaN(this.#refreshAt)) this.#refreshAt = this.#plan(random);
    return Math.min(this.expiresAt, this.#refreshAt);
  }

  /**
   * It is being asked for. What would have been due by now is skipped; the next time is a second away at least, the one
   * after that two, the last four.
   */
  refresh(random: Random, now: Instant): void {
    do {
      this.#step++;
      this.#refreshAt = this.#plan(random);
    } while (this.#refreshAt <= now);
    this.#refreshAt = Math.max(this.#refreshAt, now + REFRESH_FLOOR * 2 ** (this.#step - 1));
  }

  get #isRefreshed(): boolean {
    return this.set.demand === 2 && this.isCertain && this.set.isRefreshed;
  }

  #plan(random: Random): Instant {
    return refreshAt(this.heardAt, lifeOf(this.record, 2), this.#step, random);
  }
}
