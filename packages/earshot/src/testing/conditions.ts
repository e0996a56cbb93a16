import type { Instant } from "../core/engine.ts";
import { UsageError } from "../core/errors.ts";
import type { Random } from "../core/random.ts";

/** Loss that comes in bursts: a receiver hears everything, then for a while nothing. */
export interface BurstLoss {
  /** Share of time in which a receiver hears nothing, 0 to 1. */
  readonly rate: number;
  /** Mean length of a burst in milliseconds; the lengths are drawn from an exponential distribution. */
  readonly burstMs: number;
}

/** How a segment treats datagrams. What a host sends to itself, and HTTP, are never lost, doubled or reordered. */
export interface Conditions {
  /** Probability that a receiver's interface misses a datagram, or bursts in which it misses all. @default 0 */
  readonly loss: number | BurstLoss;
  /** Time on the wire, least and most, in milliseconds; a multicast arrives everywhere at once. @default [0.2, 1] */
  readonly latencyMs: readonly [least: number, most: number];
  /** Probability that a receiver's interface gets a datagram twice. @default 0 */
  readonly duplicate: number;
  /** Probability that a datagram reaches an interface late, so that later ones overtake it. @default 0 */
  readonly reorder: number;
  /** How late, least and most, in milliseconds. @default [1, 20] */
  readonly reorderMs: readonly [least: number, most: number];
}

const FAIR: Conditions = { loss: 0, latencyMs: [0.2, 1], duplicate: 0, reorder: 0, reorderMs: [1, 20] };

/** `base` with what `changes` gives. @throws UsageError `INVALID_CONDITIONS` */
export function conditionsOf(changes: Partial<Conditions>, base: Conditions = FAIR): Conditions {
  const conditions: Conditions = {
    loss: changes.loss ?? base.loss,
    latencyMs: changes.latencyMs ?? base.latencyMs,
    duplicate: changes.duplicate ?? base.duplicate,
    reorder: changes.reorder ?? base.reorder,
    reorderMs: changes.reorderMs ?? base.reorderMs,
  };
  const rate = typeof conditions.loss === "number" ? conditions.loss : conditions.loss.rate;
  for (const share of [rate, conditions.duplicate, conditions.reorder])
    if (!(share >= 0 && share <= 1)) refuse(`${share} is not a probability from 0 to 1`);
  if (typeof conditions.loss !== "number" && !(conditions.loss.burstMs > 0))
    refuse("burstMs must be above 0");
  for (const [least, most] of [conditions.latencyMs, conditions.reorderMs])
    if (!(least >= 0 && most >= least && most < Number.POSITIVE_INFINITY))
      refuse(`[${least}, ${most}] is not a range of milliseconds`);
  return conditions;
}

/** Whether every datagram simply arrives. */
export function isCalm({ loss, duplicate, reorder }: Conditions): boolean {
  return (loss === 0 || (typeof loss !== "number" && loss.rate === 0)) && duplicate === 0 && reorder === 0;
}

/** The bursts of one receiver (a two-state Markov process, as Gilbert and Elliott's), moved on only when asked. */
export class Fading {
  #deaf: boolean;
  #until: Instant;

  constructor(loss: BurstLoss, now: Instant, random: Random) {
    this.#deaf = random.next() < loss.rate;
    this.#until = now + this.#lasting(loss, random);
  }

  /** Whether the receiver hears nothing at `now`, which never goes back. */
  isDeaf(loss: BurstLoss, now: Instant, random: Random): boolean {
    if (loss.rate === 0 || loss.rate === 1) return loss.rate === 1;
    if (now - this.#until > 50 * (loss.burstMs / loss.rate)) {
      this.#deaf = random.next() < loss.rate;
      this.#until = now;
    }
    while (this.#until <= now) {
      this.#deaf = !this.#deaf;
      this.#until += this.#lasting(loss, random);
    }
    return this.#deaf;
  }

  #lasting(loss: BurstLoss, random: Random): number {
    const clearMs = loss.rate === 0 ? Number.POSITIVE_INFINITY : (loss.burstMs * (1 - loss.rate)) / loss.rate;
    const mean = this.#deaf ? loss.burstMs : clearMs;
    return Math.max(0.001, -Math.log(1 - random.next()) * mean);
  }
}

function refuse(message: string): never {
  throw new UsageError("INVALID_CONDITIONS", message);
}
