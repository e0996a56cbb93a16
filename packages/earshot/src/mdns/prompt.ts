import type { Instant } from "../core/engine.ts";
import type { Errand } from "./errand.ts";
import type { Name } from "./name.ts";
import type { RecordSet } from "./record-set.ts";
import * as timing from "./timing.ts";

/** Queries that are to keep what is known fresh, or to find out whether it is still true. */
export class Prompt implements Errand {
  readonly name: Name;
  readonly type: number;
  due: Instant = Number.POSITIVE_INFINITY;
  place = -1;
  readonly isUrgent = false;
  readonly isUnicast = false;
  readonly #set: RecordSet;
  /** How often a doubtful record is still to be asked for. */
  #doubts = 0;
  #gap = timing.FIRST_QUERY_INTERVAL;

  constructor(set: RecordSet) {
    this.name = set.name;
    this.type = set.type;
    this.#set = set;
  }

  get soonest(): Instant {
    return this.due;
  }

  /** Who doubts has to ask by himself (RFC 6762 §10.4). */
  get isShared(): boolean {
    return this.#doubts === 0;
  }

  /** There is a doubtful record in the set: it is asked for three times, at growing intervals. */
  doubt(): void {
    this.#doubts = timing.RECONFIRM_QUERIES;
    this.#gap = timing.FIRST_QUERY_INTERVAL;
  }

  isNeeded(): boolean {
    return this.#doubts === 0 ? this.#set.demand === 2 : this.#isDoubtful;
  }

  asked(now: Instant): Instant {
    this.#set.refreshedAt = now;
    this.#doubts = this.#isDoubtful ? Math.max(0, this.#doubts - 1) : 0;
    if (this.#doubts === 0) return Number.POSITIVE_INFINITY;
    const next = now + this.#gap;
    this.#gap *= 2;
    return next;
  }

  get #isDoubtful(): boolean {
    return this.#set.members.some(({ isCertain }) => !isCertain);
  }
}
