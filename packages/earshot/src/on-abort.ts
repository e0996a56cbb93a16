/** Calls back when the signal aborts, at once if it has. Returns how to let go of the signal. */
export function onAbort(signal: AbortSignal | undefined, callback: () => void): () => void {
  signal?.addEventListener("abort", callback, { once: true });
  if (signal?.aborted) queueMicrotask(callback);
  return () => signal?.removeEventListener("abort", callback);
}
