import { BoundedMap, type Bounds, type Evicted } from "./bounded-map.ts";
import type { Instant } from "./engine.ts";

/** An entry whose time had come, or that had to make room. */
export interface Departed<Key, Value> extends Evicted<Key, Value> {
  readonly expiresAt: Instant;
}

/**
 * A `BoundedMap` whose entries expire. Nothing leaves by itself: the holder wakes at `nextAt` and calls
 * `takeExpired`; until then an expired entry is still there. Refreshing to a later instant costs O(1), for only the
 * instant kept with the entry changes, and its place among the deadlines is put right when it comes up too early.
 * Everything else costs O(log n). Instants may be `Infinity` (never), but not `NaN`.
 */
export class ExpiringMap<Key, Value> {
  readonly #map: BoundedMap<Key, Item<Key, Value>>;
  /** A binary heap by `Item.due`, which is never after `Item.expiresAt`. */
  readonly #heap: Item<Key, Value>[] = [];
  #order = 0;

  /** @throws UsageError `INVALID_LIMIT`. */
  constructor(bounds: Bounds) {
    this.#map = new BoundedMap(bounds);
  }

  get size(): number {
    return this.#map.size;
  }

  /** As in `BoundedMap`; expired entries do not count. */
  get evictions(): number {
    return this.#map.evictions;
  }

  /** When the next entry expires; `Infinity` when none does. */
  get nextAt(): Instant {
    for (;;) {
      const first = this.#heap[0];
      if (!first || first.due === first.expiresAt) return first?.expiresAt ?? Number.POSITIVE_INFINITY;
      first.due = first.expiresAt;
      this.#sink(first);
    }
  }

  countOf(owner: string): number {
    return this.#map.countOf(owner);
  }

  has(key: Key): boolean {
    return this.#map.has(key);
  }

  get(key: Key): Value | undefined {
    return this.#map.get(key)?.value;
  }

  expiresAt(key: Key): Instant | undefined {
    return this.#map.get(key)?.expiresAt;
  }

  /** As `BoundedMap.set`: touches, keeps the first owner, returns the entry that made room. */
  set(key: Key, value: Value, owner: string, expiresAt: Instant): Departed<Key, Value> | undefined {
    checkInstant(expiresAt);
    const known = this.#map.get(key);
    if (known) {
      known.value = value;
      this.refresh(key, expiresAt);
      return undefined;
    }
    const item = { key, value, expiresAt, due: expiresAt, order: this.#order++, index: this.#heap.length };
    this.#heap.push(item);
    this.#rise(item);
    const evicted = this.#map.set(key, item, owner);
    return evicted && this.#depart(evicted.value, evicted.owner);
  }

  /** Touches an entry and lets it expire at another instant, later or sooner. Returns whether the key is there. */
  refresh(key: Key, expiresAt: Instant): boolean {
    checkInstant(expiresAt);
    const item = this.#map.get(key);
    if (!item) return false;
    this.#map.touch(key);
    item.expiresAt = expiresAt;
    if (expiresAt < item.due) {
      item.due = expiresAt;
      this.#rise(item);
    }
    return true;
  }

  /** Returns whether the key was there. */
  delete(key: Key): boolean {
    const item = this.#map.get(key);
    if (item) this.#unheap(item);
    return this.#map.delete(key);
  }

  clear(): void {
    this.#map.clear();
    this.#heap.length = 0;
  }

  /** Takes out what has expired at `now` (`expiresAt` ≤ `now`), soonest first. */
  takeExpired(now: Instant): Departed<Key, Value>[] {
    const expired: Departed<Key, Value>[] = [];
    while (this.nextAt <= now) {
      const item = this.#heap[0];
      if (!item) break;
      const owner = this.#map.ownerOf(item.key) ?? "";
      this.#map.delete(item.key);
      expired.push(this.#depart(item, owner));
    }
    return expired;
  }

  keys(): IterableIterator<Key> {
    return this.#map.keys();
  }

  *values(): IterableIterator<Value> {
    for (const item of this.#map.values()) yield item.value;
  }

  *[Symbol.iterator](): IterableIterator<[Key, Value]> {
    for (const [key, item] of this.#map) yield [key, item.value];
  }

  #depart(item: Item<Key, Value>, owner: string): Departed<Key, Value> {
    this.#unheap(item);
    return { key: item.key, value: item.value, owner, expiresAt: item.expiresAt };
  }

  #unheap(item: Item<Key, Value>): void {
    const last = this.#heap.pop();
    if (!last || last === item) return;
    this.#put(last, item.index);
    this.#rise(last);
    this.#sink(last);
  }

  #rise(item: Item<Key, Value>): void {
    let index = item.index;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = this.#heap[parent];
      if (!above || isSooner(above, item)) break;
      this.#put(above, index);
      index = parent;
    }
    this.#put(item, index);
  }

  #sink(item: Item<Key, Value>): void {
    let index = item.index;
    for (;;) {
      const below = this.#soonerChild(index);
      if (!below || isSooner(item, below)) break;
      const next = below.index;
      this.#put(below, index);
      index = next;
    }
    this.#put(item, index);
  }

  #soonerChild(index: number): Item<Key, Value> | undefined {
    const left = this.#heap[2 * index + 1];
    const right = this.#heap[2 * index + 2];
    return left && right && isSooner(right, left) ? right : left;
  }

  #put(item: Item<Key, Value>, index: number): void {
    this.#heap[index] = item;
    item.index = index;
  }
}

interface Item<Key, Value> {
  readonly key: Key;
  value: Value;
  expiresAt: Instant;
  /** The instant that its place in the heap is for. */
  due: Instant;
  /** Among equal instants, who came first. */
  readonly order: number;
  index: number;
}

function isSooner<Key, Value>(a: Item<Key, Value>, b: Item<Key, Value>): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order);
}

function checkInstant(instant: Instant): void {
  if (Number.isNaN(instant)) throw new RangeError("an instant is a number of milliseconds, not NaN");
}
