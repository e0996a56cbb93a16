const LANE = 26;

/** Two features that came together; one feature, when they are the same. */
export type Pair = readonly [one: number, other: number];

/**
 * What one input made a target do, as a set of features: an input that makes it do something new is worth keeping.
 * The first 52 features get a bit each, in the order in which they were first seen; later ones share those bits.
 */
export class Signature {
  readonly #bits = new Map<string, number>();
  #low = 0;
  #high = 0;

  clear(): void {
    this.#low = 0;
    this.#high = 0;
  }

  note(feature: string): void {
    let bit = this.#bits.get(feature);
    if (bit === undefined) {
      bit = this.#bits.size % (2 * LANE);
      this.#bits.set(feature, bit);
    }
    if (bit < LANE) this.#low |= 1 << bit;
    else this.#high |= 1 << (bit - LANE);
  }

  /** Notes how many there were, coarsely: 0, 1, 2, 4, 8 ... */
  count(feature: string, many: number): void {
    if (many > 0) this.note(`${feature} ${32 - Math.clz32(Math.min(many, 1024))}`);
  }

  /** A whole number that is the same for the same set of features. */
  get value(): number {
    return this.#high * 2 ** LANE + this.#low;
  }

  /** Adds the features and every two that came together to what is known; returns those that were not. */
  addTo(known: Behaviours): readonly Pair[] {
    const set = this.#set;
    const news: Pair[] = [];
    for (const one of set)
      for (const other of set) if (other <= one && known.add(one, other)) news.push([one, other]);
    return news;
  }

  /** Whether these features came, and together. */
  shows(pairs: readonly Pair[]): boolean {
    const set = this.#set;
    return pairs.every((pair) => pair.every((bit) => set.includes(bit)));
  }

  get #set(): readonly number[] {
    const set: number[] = [];
    for (let bit = 0; bit < 2 * LANE; bit++)
      if ((bit < LANE ? this.#low >> bit : this.#high >> (bit - LANE)) & 1) set.push(bit);
    return set;
  }

  /** Every feature seen so far, in words. */
  get known(): readonly string[] {
    return [...this.#bits.keys()];
  }
}

/** Features, and pairs of features that were seen together. */
export class Behaviours {
  readonly #pairs = new Uint8Array(4 * LANE * LANE);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Returns whether it is new. */
  add(one: number, other: number): boolean {
    const at = 2 * LANE * one + other;
    const isNew = this.#pairs[at] === 0;
    this.#pairs[at] = 1;
    if (isNew) this.#size++;
    return isNew;
  }
}
