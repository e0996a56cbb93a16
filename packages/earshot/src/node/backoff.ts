import type { Instant } from "../core/engine.ts";

interface Wait {
  readonly until: Instant;
  readonly ms: number;
}

const LONGEST_MS = 60_000;

/** When what failed may be tried again: after the first wait, then twice as long each time, at most 60 s. */
export class Backoff {
  readonly #firstMs: number;
  readonly #waits = new Map<string, Wait>();

  constructor(firstMs: number) {
    this.#firstMs = firstMs;
  }

  /** How many keys failed last time. */
  get size(): number {
    return this.#waits.size;
  }

  allows(key: string, now: Instant): boolean {
    const wait = this.#waits.get(key);
    return wait === undefined || now >= wait.until;
  }

  /** Whether something that failed may be tried again now. */
  isDue(now: Instant): boolean {
    for (const { until } of this.#waits.values()) if (now >= until) return true;
    return false;
  }

  failed(key: string, now: Instant): void {
    const wait = this.#waits.get(key);
    if (wait && now < wait.until) return; // Of the same burst.
    const ms = wait ? Math.min(2 * wait.ms, LONGEST_MS) : this.#firstMs;
    this.#waits.set(key, { ms, until: now + ms });
  }

  succeeded(key: string): void {
    this.#waits.delete(key);
  }

  /** Forgets all keys but these: what is no longer wanted need not be tried again. */
  keep(keys: ReadonlySet<string>): void {
    for (const key of this.#waits.keys()) if (!keys.has(key)) this.#waits.delete(key);
  }

  clear(): void {
    this.#waits.clear();
  }
}
