import type { Instant } from "./engine.ts";
import { UsageError } from "./errors.ts";
import { ExpiringMap } from "./expiring-map.ts";

export interface Rate {
  /** Tokens that come in per second, more than 0. `Infinity` is no limit at all. */
  readonly perSecond: number;
  /** Most tokens the bucket holds, more than 0; it starts full. */
  readonly burst: number;
}

/** Limits how often something is done: at most `burst` at once, and `perSecond` in the long run. */
export class TokenBucket {
  readonly #rate: Rate;
  readonly #level: Level;

  /** @throws UsageError `INVALID_RATE`. */
  constructor(rate: Rate) {
    this.#rate = checkedRate(rate);
    this.#level = fullLevel(rate);
  }

  /** Whether `count` tokens are there, without taking them. */
  has(now: Instant, count = 1): boolean {
    return has(this.#level, this.#rate, now, count);
  }

  /** Takes `count` tokens, all or none. Returns whether they were there. */
  take(now: Instant, count = 1): boolean {
    return take(this.#level, this.#rate, now, count);
  }

  /** Whole milliseconds until `count` tokens are there; 0 when they are, `Infinity` when the bucket is too small. */
  waitFor(now: Instant, count = 1): number {
    return waitFor(this.#level, this.#rate, now, count);
  }
}

export interface KeyedRate extends Rate {
  /** Most keys remembered. @default 1024 */
  readonly limit?: number;
}

/**
 * A bucket per key, for instance per source address. What is remembered is bounded: a full bucket says nothing that
 * a new one does not, so full ones are forgotten first; when none is full, the one left alone longest is.
 */
export class TokenBuckets {
  readonly #rate: Rate;
  readonly #limit: number;
  /** Levels of the buckets that are not full; each expires when its bucket is full again. */
  readonly #levels: ExpiringMap<string, Level>;

  /** @throws UsageError `INVALID_RATE` or `INVALID_LIMIT`. */
  constructor(rate: KeyedRate) {
    this.#rate = checkedRate(rate);
    this.#limit = rate.limit ?? 1024;
    this.#levels = new ExpiringMap({ limit: this.#limit });
  }

  /** How many keys are remembered. */
  get size(): number {
    return this.#levels.size;
  }

  /** How many keys were forgotten before their bucket was full again. */
  get evictions(): number {
    return this.#levels.evictions;
  }

  /** As `TokenBucket.has`. */
  has(key: string, now: Instant, count = 1): boolean {
    return has(this.#levels.get(key) ?? fullLevel(this.#rate), this.#rate, now, count);
  }

  /** As `TokenBucket.take`. Asking in vain counts as not leaving the bucket alone. */
  take(key: string, now: Instant, count = 1): boolean {
    const level = this.#levels.get(key) ?? fullLevel(this.#rate);
    const taken = take(level, this.#rate, now, count);
    this.#keep(key, level, now);
    return taken;
  }

  /**
   * Takes up to `count` tokens on account: what will have come in within `ms` is given now, and from a full bucket all
   * that is asked for, however much. It is owed, and nothing more is had until it is paid off. Returns how many.
   */
  advance(key: string, now: Instant, ms: number, count: number): number {
    if (this.#rate.perSecond === Number.POSITIVE_INFINITY) return count;
    const level = this.#levels.get(key) ?? fullLevel(this.#rate);
    const tokens = tokensAt(level, this.#rate, now);
    const isFull = tokens + ROUNDING >= this.#rate.burst;
    const due = Math.max(0, Math.floor(tokens + (ms / 1000) * this.#rate.perSecond + ROUNDING));
    const given = isFull ? count : Math.min(count, due);
    level.tokens = tokens - given;
    level.at = Math.max(level.at, now);
    this.#keep(key, level, now);
    return given;
  }

  #keep(key: string, level: Level, now: Instant): void {
    const fullAt = level.at + waitFor(level, this.#rate, level.at, this.#rate.burst);
    if (this.#levels.size >= this.#limit && !this.#levels.has(key)) this.#levels.takeExpired(now);
    if (fullAt > level.at) this.#levels.set(key, level, key, fullAt);
  }

  /** As `TokenBucket.waitFor`. */
  waitFor(key: string, now: Instant, count = 1): number {
    return waitFor(this.#levels.get(key) ?? fullLevel(this.#rate), this.#rate, now, count);
  }
}

/** What a bucket held at an instant. */
interface Level {
  tokens: number;
  at: Instant;
}

/** What adding up fractions of tokens may lose. It is owed, not given: the level goes below zero by as much. */
const ROUNDING = 1e-6;

function checkedRate(rate: Rate): Rate {
  if (rate.perSecond > 0 && rate.burst > 0) return rate;
  throw new UsageError(
    "INVALID_RATE",
    `a rate and a burst are more than 0, not ${rate.perSecond} and ${rate.burst}`,
  );
}

function fullLevel(rate: Rate): Level {
  return { tokens: rate.burst, at: Number.NEGATIVE_INFINITY };
}

function tokensAt(level: Level, rate: Rate, now: Instant): number {
  if (rate.perSecond === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
  if (!(now > level.at)) return level.tokens;
  return Math.min(rate.burst, level.tokens + ((now - level.at) / 1000) * rate.perSecond);
}

function has(level: Level, rate: Rate, now: Instant, count: number): boolean {
  return tokensAt(level, rate, now) + ROUNDING >= count;
}

function take(level: Level, rate: Rate, now: Instant, count: number): boolean {
  const tokens = tokensAt(level, rate, now);
  level.at = Math.max(level.at, now);
  const enough = tokens + ROUNDING >= count;
  level.tokens = enough ? tokens - count : tokens;
  return enough;
}

function waitFor(level: Level, rate: Rate, now: Instant, count: number): number {
  const missing = count - tokensAt(level, rate, now);
  if (missing <= ROUNDING) return 0;
  return count > rate.burst
    ? Number.POSITIVE_INFINITY
    : Math.ceil(((missing - ROUNDING) / rate.perSecond) * 1000);
}
