/** A map by the ids of links. They are few, and such maps many: it takes next to no room. */
export class ByLink<T> {
  #entries: readonly (readonly [linkId: string, value: T])[] = NONE;

  get size(): number {
    return this.#entries.length;
  }

  get(linkId: string): T | undefined {
    for (const [id, value] of this.#entries) if (id === linkId) return value;
    return undefined;
  }

  set(linkId: string, value: T): void {
    const others = this.#entries.filter(([id]) => id !== linkId);
    this.#entries = others.concat([[linkId, value]]); // As long as it has to be: a spread would leave room for more.
  }

  delete(linkId: string): void {
    this.#entries = this.#entries.filter(([id]) => id !== linkId);
  }

  /** As it is now, whatever is done meanwhile. */
  [Symbol.iterator](): Iterator<readonly [linkId: string, value: T]> {
    return this.#entries[Symbol.iterator]();
  }
}

const NONE: readonly never[] = [];
