import type { Instant } from "../core/engine.ts";

/** Something that will happen on the LAN. */
export interface Happening {
  readonly at: Instant;
  /** Whose it is; `undefined` for what the wire does. */
  readonly owner: string | undefined;
  /** Calls it off. */
  cancel(): void;
}

interface Entry extends Happening {
  readonly order: number;
  run: (() => void) | undefined;
}

/**
 * Virtual time and everything that will happen in it: a binary heap, soonest first, equal instants in the order they
 * were set. There is one for a whole LAN. Unlike an engine's agenda it needs no turn and no reason, for it carries
 * every datagram in flight.
 */
export class Timeline {
  #now: Instant = 0;
  #heap: Entry[] = [];
  #live = 0;
  #order = 0;

  get now(): Instant {
    return this.#now;
  }

  /** When the next thing happens; `Infinity` when nothing will. */
  get nextAt(): Instant {
    while (this.#heap.length > 0 && !this.#heap[0]?.run) this.#removeFirst();
    return this.#heap[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  /** What is still to happen, soonest first. */
  get waiting(): readonly Happening[] {
    return this.#heap.filter((entry) => entry.run).sort(compare);
  }

  /** Runs `run` at `at`, or now when that has passed; never inside this call. */
  set(at: Instant, run: () => void, owner?: string): Happening {
    const entry: Entry = {
      at: Math.max(at, this.#now),
      owner,
      run,
      order: this.#order++,
      cancel: () => this.#cancel(entry),
    };
    this.#live++;
    this.#heap.push(entry);
    this.#rise(this.#heap.length - 1);
    return entry;
  }

  /** Moves time on to the next happening and runs it. */
  runNext(): void {
    const at = this.nextAt;
    const entry = this.#heap[0];
    if (!entry?.run) return;
    const run = entry.run;
    entry.run = undefined;
    this.#live--;
    this.#removeFirst();
    this.#now = at;
    run();
  }

  /** Moves time on to `instant`, before which nothing may be left to happen. */
  skipTo(instant: Instant): void {
    this.#now = Math.max(this.#now, instant);
  }

  #cancel(entry: Entry): void {
    if (!entry.run) return;
    entry.run = undefined;
    this.#live--;
    if (this.#heap.length > 64 && this.#heap.length > 2 * this.#live)
      this.#heap = this.#heap.filter((kept) => kept.run).sort(compare);
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (!last || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink();
  }

  #rise(from: number): void {
    const heap = this.#heap;
    const entry = heap[from] as Entry;
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as Entry;
      if (compare(above, entry) <= 0) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = entry;
  }

  #sink(): void {
    const heap = this.#heap;
    const entry = heap[0] as Entry;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right && compare(right, heap[child] as Entry) < 0) child++;
      const below = heap[child] as Entry;
      if (compare(entry, below) <= 0) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = entry;
  }
}

function compare(a: Entry, b: Entry): number {
  return a.at - b.at || a.order - b.order;
}
