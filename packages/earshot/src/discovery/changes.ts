import { Mailbox } from "./mailbox.ts";
import type { Change, Service } from "./service.ts";

/**
 * The queue between a browser and one `for await` loop. It holds at most one change per service, merged with what was
 * not read yet, so that a slow reader never holds more than the network has services, and never misses an outcome.
 */
export class Changes implements AsyncIterable<Change> {
  readonly #pending = new Map<string, Change>();
  readonly #mailbox: Mailbox<Change>;

  /** @param known what the loop is told first, as found. */
  constructor(known: Iterable<Service>, onReturn: () => void) {
    this.#mailbox = new Mailbox(() => this.#take(), onReturn);
    for (const service of known) this.push({ kind: "found", service });
  }

  /** How many changes wait to be read. */
  get size(): number {
    return this.#pending.size;
  }

  push(change: Change): void {
    if (this.#mailbox.hasEnded) return;
    const key = change.service.id;
    const earlier = this.#pending.get(key);
    const merged = earlier ? merge(earlier, change) : change;
    if (merged) this.#pending.set(key, merged);
    else this.#pending.delete(key);
    this.#mailbox.serve();
  }

  /** A service's newest state, where that is no change to tell: a change not read yet shows it. */
  refresh(service: Service): void {
    const key = service.id;
    const earlier = this.#pending.get(key);
    if (earlier && earlier.kind !== "lost") this.#pending.set(key, { ...earlier, service });
  }

  /** Lets the loop read what is left, then ends it quietly. */
  end(): void {
    this.#mailbox.end();
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Change> {
    return this.#mailbox;
  }

  #take(): Change | undefined {
    const [first] = this.#pending;
    if (first) this.#pending.delete(first[0]);
    return first?.[1];
  }
}

/** What `earlier` and `later` come to for one who has seen neither; `undefined` when that is nothing. */
function merge(earlier: Change, later: Change): Change | undefined {
  if (later.kind === "lost") return earlier.kind === "found" ? undefined : later;
  if (earlier.kind === "found") return { kind: "found", service: later.service };
  const previous = earlier.kind === "updated" ? earlier.previous : earlier.service;
  return { kind: "updated", service: later.service, previous };
}
