import { expect, test } from "vitest";
import { household } from "./household.ts";

/** A signal that counts who listens to it. */
function countingSignal() {
  const listeners = new Set<unknown>();
  const counts = { added: 0, most: 0 };
  const signal = {
    aborted: false,
    reason: undefined,
    addEventListener: (_: string, listener: unknown) => {
      listeners.add(listener);
      counts.added++;
      counts.most = Math.max(counts.most, listeners.size);
    },
    removeEventListener: (_: string, listener: unknown) => listeners.delete(listener),
    throwIfAborted: () => {},
  } as unknown as AbortSignal;
  return { signal, listeners, counts };
}

test("J-21 ten thousand finds and searches on one long-lived signal leave its listeners as they were", async () => {
  const { lan, laptop } = household();
  const { signal, listeners, counts } = countingSignal();
  const rounds = 5000;
  for (let i = 0; i < rounds; i++) {
    await lan.until(laptop.find({ signal, timeoutMs: 0 }));
    await lan.until(laptop.search("ssdp:all", { signal, repeats: 1 }).close());
  }
  expect(counts.added).toBeGreaterThanOrEqual(2 * rounds);
  expect(counts.most).toBeLessThanOrEqual(2);
  expect(listeners.size).toBe(0);
});
