import type { Name } from "./name.ts";

/** Names remembered of one message. More need not be: a message of 9,000 bytes has few that are so short that it matters. */
const MOST = 2048;
const SLOTS = 2 * MOST;

/**
 * Where names, and what is left of them without their first labels, stand in a message that is being written. By their
 * bytes, case included. What came last can be taken back.
 */
export class NamePlaces {
  readonly #names: Name[] = [];
  readonly #places: number[] = [];
  readonly #slotOf: number[] = [];
  /** How many there are. What stands behind them in the lists is of no account: arrays that shrink are slow. */
  #size = 0;
  /** For each slot which of the names is there, counted on from message to message. */
  readonly #slots = new Int32Array(SLOTS);
  #base = 1;

  get size(): number {
    return this.#size;
  }

  /** Where `name` stands; -1 where it does not, and then it does from now on at `place`. */
  findOrAdd(name: Name, place: number): number {
    const slots = this.#slots;
    const base = this.#base;
    const size = this.#size;
    let slot = name.hash & (SLOTS - 1);
    for (;;) {
      const index = (slots[slot] as number) - base;
      if (index < 0 || index >= size) break;
      const known = this.#names[index] as Name;
      if (known === name || (known.hash === name.hash && known.exact === name.exact))
        return this.#places[index] as number;
      slot = (slot + 1) & (SLOTS - 1);
    }
    if (size < MOST) {
      slots[slot] = base + size;
      this.#names[size] = name;
      this.#places[size] = place;
      this.#slotOf[size] = slot;
      this.#size = size + 1;
    }
    return -1;
  }

  /** Forgets all names but the first `size`: none of those is in its slot because of one of the others. */
  backTo(size: number): void {
    for (let index = this.#size - 1; index >= size; index--) this.#slots[this.#slotOf[index] as number] = 0;
    this.#size = size;
  }

  clear(): void {
    this.#base += this.#size;
    this.#size = 0;
    if (this.#base < 0x4000_0000) return;
    this.#slots.fill(0);
    this.#base = 1;
  }
}
