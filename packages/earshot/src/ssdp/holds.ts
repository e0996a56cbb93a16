import type { Agenda, Deadline } from "../core/agenda.ts";
import type { Instant, Turn } from "../core/engine.ts";
import type { SsdpEvent } from "./events.ts";

interface Hold {
  readonly deadline: Deadline;
  /** Whether the goodbye was of the whole device. */
  isWhole: boolean;
}

/**
 * Goodbyes that do not take effect at once: some devices say goodbye and come back in the same second. What is held is
 * still among what is known, so no more can be held than is known.
 */
export class Holds {
  readonly #agenda: Agenda<SsdpEvent>;
  readonly #ms: number;
  readonly #held = new Map<object, Hold>();

  /** @param ms how long; 0 to hold nothing. */
  constructor(agenda: Agenda<SsdpEvent>, ms: number) {
    this.#agenda = agenda;
    this.#ms = ms;
  }

  /** Whether anything is to be held at all. */
  get isOn(): boolean {
    return this.#ms > 0;
  }

  /** Whether nothing is held now. */
  get isEmpty(): boolean {
    return this.#held.size === 0;
  }

  has(held: object): boolean {
    return this.#held.has(held);
  }

  /** Does `end` later, unless `held` is released before; what is held already is not held longer. */
  hold(held: object, isWhole: boolean, now: Instant, end: (turn: Turn<SsdpEvent>) => void): void {
    const known = this.#held.get(held);
    if (known) {
      known.isWhole ||= isWhole;
      return;
    }
    const deadline = this.#agenda.set(now + this.#ms, "a goodbye takes effect", (later) => {
      this.#held.delete(held);
      end(later);
    });
    this.#held.set(held, { deadline, isWhole });
  }

  /** It is back, or gone for another reason. */
  release(held: object): void {
    if (this.#held.size === 0) return;
    this.#held.get(held)?.deadline.cancel();
    this.#held.delete(held);
  }

  /** Its device is back: of what said goodbye with all of it. */
  releaseWhole(held: object): void {
    if (this.#held.get(held)?.isWhole) this.release(held);
  }

  clear(): void {
    for (const { deadline } of this.#held.values()) deadline.cancel();
    this.#held.clear();
  }
}
