/**
 * Seeded pseudo-randomness (sfc32): small, fast, good enough for jitter, and replayable from its seed.
 * Never for secrets: unguessable values come from the outside.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param seed any finite number; its low 53 bits count. */
  constructor(seed: number) {
    const whole = Math.trunc(seed);
    this.#a = whole | 0;
    this.#b = Math.trunc(whole / 0x1_0000_0000) | 0;
    this.#c = 0x9e3779b9;
    for (let i = 0; i < 12; i++) this.next();
  }

  /** The next number, uniform over 0 ≤ x < 1. */
  next(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 0x1_0000_0000;
  }

  /** Uniform over `from` ≤ x < `to`; `from` when they are equal. */
  between(from: number, to: number): number {
    const drawn = from + this.next() * (to - from);
    return drawn < to ? drawn : from; // Where numbers are far apart, the sum can round up to `to`.
  }

  /** A whole number, uniform over `from` ≤ n ≤ `to`. */
  integer(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  /** A generator of its own, seeded from this one: one per engine, so that engines do not disturb each other. */
  fork(): Random {
    return new Random(this.next() * 0x1_0000_0000 + this.next() * 0x20_0000 * 0x1_0000_0000);
  }
}
