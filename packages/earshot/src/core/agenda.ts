import type { Instant, Turn } from "./engine.ts";

/** A thing to do later. The reason says in words what is waited for, such as "alive set, repeat 2 of 3". */
export interface Deadline {
  readonly at: Instant;
  readonly reason: string;
  cancel(): void;
}

interface Entry<Event> extends Deadline {
  readonly order: number;
  run: ((turn: Turn<Event>) => void) | undefined;
}

/**
 * All deadlines of one engine, soonest first; equal instants run in the order they were set.
 * A binary heap: setting and running cost O(log n), cancelling O(1). Cancelled entries are swept out when they
 * outnumber the live ones, so that the memory held is at most twice what is live.
 */
export class Agenda<Event> {
  #heap: Entry<Event>[] = [];
  #live = 0;
  #order = 0;
  /** While running: entries set for the instant of the run or before. They wait for the next run. */
  #held: Entry<Event>[] = [];
  #runningAt: Instant = Number.NEGATIVE_INFINITY;

  /** How many deadlines are set. */
  get size(): number {
    return this.#live;
  }

  /** The soonest deadline; `Infinity` when there is none. */
  get nextAt(): Instant {
    let at = this.#soonest?.at ?? Number.POSITIVE_INFINITY;
    for (const entry of this.#held) if (entry.run && entry.at < at) at = entry.at;
    return at;
  }

  /** The deadlines set, soonest first: what the engine waits for, and why. */
  get waiting(): readonly Deadline[] {
    return [...this.#heap, ...this.#held].filter((entry) => entry.run).sort(compare);
  }

  /** Runs `run` in the first turn at or after `at`. An instant that is `NaN` is a bug of the caller's, and thrown. */
  set(at: Instant, reason: string, run: (turn: Turn<Event>) => void): Deadline {
    if (Number.isNaN(at)) throw new RangeError(`"${reason}" has no instant: NaN`);
    const entry: Entry<Event> = { at, reason, run, order: this.#order++, cancel: () => this.#cancel(entry) };
    this.#live++;
    if (at <= this.#runningAt) this.#held.push(entry);
    else this.#push(entry);
    return entry;
  }

  /**
   * Runs all that was due at `turn.now` before the call began. What these set anew for `turn.now` or before runs in
   * the next call, so an entry that renews itself can neither hold the turn for ever nor keep others from running.
   * @throws what an entry threw, after all that was due has run; an `AggregateError` when several did.
   */
  runDue(turn: Turn<Event>): void {
    const errors: unknown[] = [];
    this.#runningAt = turn.now;
    for (let entry = this.#soonest; entry && entry.at <= turn.now; entry = this.#soonest) {
      const run = entry.run;
      this.#cancel(entry);
      try {
        run?.(turn);
      } catch (error) {
        errors.push(error);
      }
    }
    this.#runningAt = Number.NEGATIVE_INFINITY;
    for (const entry of this.#held.splice(0)) if (entry.run) this.#push(entry);
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new AggregateError(errors, "several deadlines failed");
  }

  #cancel(entry: Entry<Event>): void {
    if (!entry.run) return;
    entry.run = undefined;
    this.#live--;
    if (this.#heap.length > 64 && this.#heap.length > 2 * this.#live) this.#sweep();
  }

  /** The first entry of the heap that is still to run. */
  get #soonest(): Entry<Event> | undefined {
    while (this.#heap.length > 0 && !this.#heap[0]?.run) this.#removeFirst();
    return this.#heap[0];
  }

  #sweep(): void {
    this.#heap = this.#heap.filter((entry) => entry.run).sort(compare);
  }

  #push(entry: Entry<Event>): void {
    this.#heap.push(entry);
    this.#rise(this.#heap.length - 1);
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (!last || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink(0);
  }

  #rise(from: number): void {
    const heap = this.#heap;
    const entry = heap[from] as Entry<Event>;
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as Entry<Event>;
      if (compare(above, entry) <= 0) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = entry;
  }

  #sink(from: number): void {
    const heap = this.#heap;
    const entry = heap[from] as Entry<Event>;
    let index = from;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (
        child + 1 < heap.length &&
        compare(heap[child + 1] as Entry<Event>, heap[child] as Entry<Event>) < 0
      )
        child++;
      const below = heap[child] as Entry<Event>;
      if (compare(entry, below) <= 0) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = entry;
  }
}

function compare<Event>(a: Entry<Event>, b: Entry<Event>): number {
  return a.at - b.at || a.order - b.order;
}
