import type { Instant } from "../core/engine.ts";
import type { Random } from "../core/random.ts";
import { type ResourceRecord, TYPE } from "./record.ts";
import * as timing from "./timing.ts";

/**
 * How much somebody here cares for a record: nobody; somebody who does not ask the network for it; somebody who asks for
 * as long as he wants to know, so that it is kept fresh (RFC 6762 §5.2).
 */
export type Demand = 0 | 1 | 2;

/**
 * How long a record is believed, in ms: as long as it says, a day at most, and 75 minutes those types that everything
 * hangs on. One that is kept fresh lives for a little while at least, so that short lives are no storm of questions.
 */
export function lifeOf({ type, ttl }: ResourceRecord, demand: Demand): number {
  const most = isBrief(type) ? timing.OTHER_TTL_SECONDS : timing.MOST_TTL_SECONDS;
  const least = demand < 2 || type === TYPE.NSEC ? 0 : leastRefreshed(type);
  return Math.max(Math.min(ttl, most), least) * 1000;
}

/**
 * When a record that lives for `life` from `heardAt` on is to be asked for again: `step` 0 to 3 are the four times of
 * §5.2, each a little later at random; after that never.
 */
export function refreshAt(heardAt: Instant, life: number, step: number, random: Random): Instant {
  const share = timing.REFRESH_SHARES[step];
  if (share === undefined) return Number.POSITIVE_INFINITY;
  return heardAt + life * (share + random.next() * timing.REFRESH_JITTER);
}

/** No sooner than this is a record asked for again, whatever is drawn. */
export function soonestRefresh(heardAt: Instant, life: number): Instant {
  return heardAt + life * (timing.REFRESH_SHARES[0] ?? 1);
}

function isBrief(type: number): boolean {
  return type === TYPE.PTR || type === TYPE.SRV || type === TYPE.TXT || type === TYPE.NSEC;
}

function leastRefreshed(type: number): number {
  return type === TYPE.PTR ? timing.LEAST_PTR_REFRESH_TTL_SECONDS : timing.LEAST_REFRESH_TTL_SECONDS;
}
