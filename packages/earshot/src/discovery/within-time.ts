import { UsageError } from "../core/errors.ts";
import type { Clock } from "../network/index.ts";
import type { Feed } from "./feed.ts";

/** For how long to read, and what ends it. */
export interface TimeLimit {
  /** In ms; `Infinity` for as long as it takes. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads a feed until `isEnough` of an item, until time is up, or until the feed is closed from outside; then closes it.
 * Rejects with `NetworkError`, the signal's reason, `UsageError` for a negative time, or what `isEnough` threw.
 * @param open opens the feed.
 */
export async function readWithin<T>(
  clock: Clock,
  { timeoutMs, signal }: TimeLimit,
  open: () => Feed<T>,
  isEnough: (item: T) => boolean,
): Promise<void> {
  if (!(timeoutMs >= 0))
    throw new UsageError("INVALID_OPTION", `timeoutMs is ${timeoutMs}; it must not be negative`);
  signal?.throwIfAborted();
  await using feed = open();
  await feed.ready;
  const callOff = clock.at(clock.now() + timeoutMs, () => void feed.close());
  try {
    // What came together is read to its end.
    for await (const item of feed) if (isEnough(item)) void feed.close();
  } finally {
    callOff();
  }
  signal?.throwIfAborted();
}
