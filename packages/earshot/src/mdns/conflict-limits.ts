import type { Instant } from "../core/engine.ts";
import { ExpiringMap } from "../core/expiring-map.ts";
import type { Name } from "./name.ts";
import * as timing from "./timing.ts";

/** What one publication has met of conflicts, under all names that it had. */
export class ConflictHistory {
  #count = 0;
  #inARow = 0;
  #lastAt: Instant = Number.NEGATIVE_INFINITY;
  #calmSince: Instant = Number.POSITIVE_INFINITY;

  /** How many there were. */
  get count(): number {
    return this.#count;
  }

  /** It met one. Those that come before it had its names for ten seconds count as a row. */
  add(now: Instant): void {
    if (now - this.#calmSince >= timing.CONFLICT_WINDOW) this.#inARow = 0;
    this.#count++;
    this.#inARow++;
    this.#lastAt = now;
    this.#calmSince = Number.POSITIVE_INFINITY;
  }

  /** All its names are its own. */
  calm(now: Instant): void {
    this.#calmSince = Math.min(this.#calmSince, now);
  }

  /** It may not probe before: after a long row each wait is twice as long as the last, ten minutes at most. */
  get waitsUntil(): Instant {
    if (this.#inARow < timing.CONFLICT_STORM) return Number.NEGATIVE_INFINITY;
    const wait = timing.CONFLICT_WAIT * 2 ** (this.#inARow - timing.CONFLICT_STORM + 1);
    return this.#lastAt + Math.min(wait, timing.MOST_CONFLICT_WAIT);
  }
}

/**
 * RFC 6762 §8.1: fifteen conflicts of this host within ten seconds, and each further probe waits for five seconds after
 * the last one, until there was none for ten seconds.
 */
export class ConflictLimits {
  #recent: Instant[] = [];
  #isCrowded = false;

  /** There was a conflict, about whatever name. */
  add(now: Instant): void {
    if (this.#isOver(now)) this.#isCrowded = false;
    this.#recent = [...this.#recent, now].slice(-timing.CONFLICT_LIMIT);
    const [first = now] = this.#recent;
    if (this.#recent.length >= timing.CONFLICT_LIMIT && now - first <= timing.CONFLICT_WINDOW)
      this.#isCrowded = true;
  }

  /** Nothing may be probed for before. */
  waitsUntil(now: Instant): Instant {
    if (!this.#isCrowded || this.#isOver(now)) return Number.NEGATIVE_INFINITY;
    return this.#lastAt + timing.CONFLICT_WAIT;
  }

  get #lastAt(): Instant {
    return this.#recent.at(-1) ?? Number.NEGATIVE_INFINITY;
  }

  #isOver(now: Instant): boolean {
    return now - this.#lastAt > timing.CONFLICT_WINDOW;
  }
}

/** Defences of a name that follow each other within this time count as a row; after so many each further one waits. */
const DEFENCE_WINDOW = 30_000;
const MOST_QUICK_DEFENCES = 5;
const MOST_DEFENDED = 1024;

/**
 * Names that were ours and are claimed by another: who does so again and again, and never answers, shall not have us
 * probe and announce without end.
 */
export class Defences {
  readonly #rows = new ExpiringMap<string, number>({ limit: MOST_DEFENDED });

  /** A name is to be defended. Returns when its probing may begin. */
  add(name: Name, linkId: string, now: Instant): Instant {
    this.#rows.takeExpired(now);
    const key = `${linkId} ${name.key}`;
    const inARow = (this.#rows.get(key) ?? 0) + 1;
    this.#rows.set(key, inARow, linkId, now + DEFENCE_WINDOW);
    return inARow <= MOST_QUICK_DEFENCES ? now : now + timing.CONFLICT_WAIT;
  }
}
