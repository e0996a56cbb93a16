import type { Instant } from "../core/engine.ts";
import type { Clock } from "../network/network.ts";

/** What a clock is made of: replaced in tests. */
export interface TimeSources {
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** Calls back after about `ms` milliseconds, at most `MAX_STEP_MS`; returns how to call it off. */
  readonly after: (ms: number, callback: () => void) => () => void;
  /** Milliseconds since 1970. */
  readonly wall: () => number;
}

/** No timer is set further ahead: timers beyond 2^31 ms fire at once, and timers do not run while a machine sleeps. */
export const MAX_STEP_MS = 3_600_000;

/** The machine's own; its timers do not keep the process alive. */
export const systemTime: TimeSources = {
  now: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms).unref();
    return () => clearTimeout(timer);
  },
  wall: () => Date.now(),
};

/** The machine's clock. What the calendar does (steps, leap seconds, summer time) moves no deadline. */
export function createClock(sources: TimeSources = systemTime): Clock {
  return {
    now: sources.now,
    wall: () => new Date(sources.wall()),
    at: (instant, callback) => wakeAt(sources, instant, callback),
  };
}

/** Timers may fire a little early, and not beyond a step: each time what is left is set anew. */
function wakeAt(sources: TimeSources, instant: Instant, callback: () => void): () => void {
  if (instant === Number.POSITIVE_INFINITY) return () => {};
  let disarm = (): void => {};
  const step = (): void => {
    const left = instant - sources.now();
    disarm = sources.after(Math.min(Math.max(Math.ceil(left), 0), MAX_STEP_MS), () => {
      if (sources.now() < instant) step();
      else callback();
    });
  };
  step();
  return () => disarm();
}
