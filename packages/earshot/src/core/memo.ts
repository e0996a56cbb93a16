/**
 * Remembers what a function made of the keys it was last asked for. Bounded: when it holds as many as it may, it forgets
 * all of them and begins anew, which costs strangers who send ever new keys no more than the function itself does.
 */
export class Memo<Key, Value> {
  readonly #make: (key: Key) => Value;
  readonly #limit: number;
  readonly #made = new Map<Key, Value>();

  /** @param limit most keys held, 1 or more. */
  constructor(limit: number, make: (key: Key) => Value) {
    this.#limit = limit;
    this.#make = make;
  }

  get(key: Key): Value {
    const known = this.#made.get(key);
    return known === undefined && !this.#made.has(key) ? this.#add(key) : (known as Value);
  }

  clear(): void {
    this.#made.clear();
  }

  #add(key: Key): Value {
    if (this.#made.size >= this.#limit) this.#made.clear();
    const value = this.#make(key);
    this.#made.set(key, value);
    return value;
  }
}
