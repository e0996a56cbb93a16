import { BoundedMap } from "../core/bounded-map.ts";
import type { Instant } from "../core/engine.ts";
import { FAILURE_MEMORY, MOST_FAILURES, MOST_FAILURES_PER_HOST, RESTS } from "./fetch-limits.ts";

/** That something failed, and how often in a row. */
interface Failure {
  readonly times: number;
  readonly until: Instant;
  readonly error: unknown;
}

/** What failed lately, and how long it is left alone: longer every time. */
export class Failures {
  readonly #failures = new BoundedMap<string, Failure>({
    limit: MOST_FAILURES,
    limitPerOwner: MOST_FAILURES_PER_HOST,
  });

  /** Until when it is left alone, and why; `undefined` when it is not. */
  rest(key: string, now: Instant): { readonly until: Instant; readonly error: unknown } | undefined {
    const failure = this.#failures.get(key);
    return failure && failure.until > now ? failure : undefined;
  }

  add(key: string, owner: string, error: unknown, now: Instant): void {
    const before = this.#failures.get(key);
    const times = before && now - before.until < FAILURE_MEMORY ? before.times + 1 : 1;
    const rest = RESTS[Math.min(times, RESTS.length) - 1] ?? 0;
    this.#failures.set(key, { times, until: now + rest, error }, owner);
  }

  delete(key: string): void {
    this.#failures.delete(key);
  }
}
