import type { Clock } from "../network/index.ts";
import type { DnsSdProtocol } from "./dns-sd-protocol.ts";

/** Something open. */
export interface Closeable {
  close(): Promise<void>;
}

/** How what an `Earshot` offers of one protocol comes to it: started when it is needed, and kept while something is open. */
export interface Door {
  readonly clock: () => Clock;
  /**
   * Opens something that is closed by `signal`, if there is one.
   * @param start gets what to call when it was closed.
   * @throws UsageError `CLOSED`, and what `start` throws.
   */
  open<T extends Closeable>(
    signal: AbortSignal | undefined,
    start: (protocol: DnsSdProtocol, onClosed: () => void) => T,
  ): T;
  /** Opens something that takes time. Rejects as `start` does. */
  announce<T>(start: (protocol: DnsSdProtocol, onClosed: () => void) => Promise<T>): Promise<T>;
}
