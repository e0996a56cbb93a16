import type { Instant } from "../core/engine.ts";
import { type Rate, TokenBucket, TokenBuckets } from "../core/token-bucket.ts";

/** Of as many responses as there may be records, half at once, and in each second a twentieth. */
const SHARE_AT_ONCE = 0.5;
const SHARE_PER_SECOND = 0.05;

export interface IntakeLimits {
  readonly records: number;
  readonly recordsPerSource: number;
}

/**
 * How many responses that nobody has said before are read. More of them than there is room for are a flood: whoever reads
 * it all is late for those who ask. Addresses of which something is known have a measure each, the others one together.
 */
export class Intake {
  readonly #strangers: TokenBucket;
  readonly #known: TokenBuckets;

  constructor({ records, recordsPerSource }: IntakeLimits) {
    this.#strangers = new TokenBucket(rateFor(records));
    this.#known = new TokenBuckets(rateFor(recordsPerSource));
  }

  /** Whether a response of an address is read; if so, it counts. */
  admits(address: string, isKnown: boolean, now: Instant): boolean {
    return isKnown ? this.#known.take(address, now) : this.#strangers.take(now);
  }
}

function rateFor(records: number): Rate {
  return { perSecond: records * SHARE_PER_SECOND, burst: Math.max(1, records * SHARE_AT_ONCE) };
}
