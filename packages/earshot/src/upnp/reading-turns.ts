import type { Instant } from "../core/engine.ts";
import { NetworkError } from "../core/errors.ts";
import type { Clock } from "../network/index.ts";
import { READING_BURST, READING_SHARE } from "./fetch-limits.ts";

interface Turn {
  readonly size: number;
  readonly run: () => void;
  readonly reject: (error: NetworkError) => void;
}

/**
 * Reading what strangers send costs time that the program has for nothing else. So it is done one document at a time,
 * each in a turn of the event loop, the smallest first, and in a small part of all time: who sends documents that take
 * long makes others wait, and keeps nothing from running.
 */
export class ReadingTurns {
  readonly #clock: Clock;
  readonly #waiting = new Set<Turn>();
  #disarm: (() => void) | undefined;
  /** Reading may go on then: what it took, stretched to its share of all time. */
  #freeAt: Instant = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What `read` returns in its turn. Rejects with what it throws; with `NetworkError` `ABORTED` when called off before. */
  take<T>(size: number, signal: AbortSignal, read: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const turn: Turn = {
        size,
        run: () => {
          signal.removeEventListener("abort", callOff);
          try {
            resolve(this.#measured(read));
          } catch (error) {
            reject(error);
          }
        },
        reject,
      };
      const callOff = (): void => this.#callOff(turn);
      signal.addEventListener("abort", callOff, { once: true });
      this.#waiting.add(turn);
      if (signal.aborted) callOff();
      this.#arm();
    });
  }

  /** Calls off all that waits. What was read already still counts. */
  callOffAll(): void {
    for (const turn of [...this.#waiting]) this.#callOff(turn);
  }

  #callOff(turn: Turn): void {
    if (!this.#waiting.delete(turn)) return;
    turn.reject(new NetworkError("ABORTED", "reading was called off"));
    if (this.#waiting.size > 0) return;
    this.#disarm?.();
    this.#disarm = undefined;
  }

  #arm(): void {
    if (this.#disarm || this.#waiting.size === 0) return;
    this.#disarm = this.#clock.at(Math.max(this.#clock.now(), this.#freeAt), () => {
      this.#disarm = undefined;
      const turn = this.#smallest();
      if (turn) this.#waiting.delete(turn);
      turn?.run();
      this.#arm();
    });
  }

  #smallest(): Turn | undefined {
    let smallest: Turn | undefined;
    for (const turn of this.#waiting) if (!smallest || turn.size < smallest.size) smallest = turn;
    return smallest;
  }

  #measured<T>(read: () => T): T {
    const began = this.#clock.now();
    try {
      return read();
    } finally {
      const took = this.#clock.now() - began;
      this.#freeAt = Math.max(this.#freeAt, began - READING_BURST / READING_SHARE) + took / READING_SHARE;
    }
  }
}
