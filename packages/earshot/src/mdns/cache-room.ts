import type { Instant } from "../core/engine.ts";
import type { CachedRecord } from "./cached-record.ts";
import { DueHeap } from "./due-heap.ts";
import type { Demand } from "./record-life.ts";
import type { RecordSet } from "./record-set.ts";

/** Bounds of the cache. */
export interface RoomLimits {
  /** Most records in all. */
  readonly records: number;
  /** Most records of one address. */
  readonly recordsPerSource: number;
}

/** What one address has in the cache. */
interface Source {
  count: number;
  /** Those that nobody cares for, first come first. */
  readonly idle: Set<CachedRecord>;
}

/**
 * Who is in the cache, by when they are due, and who has to go when it is full. What nobody cares for goes first, the
 * soonest to expire of all, or the oldest of an address at its own limit. What is cared for makes room only for what is
 * cared for too, and only for an address that has less than its share of the whole: so no flood drives out others.
 */
export class CacheRoom {
  readonly #limits: RoomLimits;
  readonly #wanted = new DueHeap<CachedRecord>();
  readonly #idle = new DueHeap<CachedRecord>();
  readonly #sources = new Map<string, Source>();

  constructor(limits: RoomLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#wanted.size + this.#idle.size;
  }

  /** Whether an address is charged for any record. */
  knows(address: string): boolean {
    return this.#sources.has(address);
  }

  /** When the next record is due; for none later than that. */
  get nextAt(): Instant {
    return Math.min(this.#wanted.nextAt, this.#idle.nextAt);
  }

  /** The record that is due soonest. */
  get first(): CachedRecord | undefined {
    return this.#wanted.nextAt <= this.#idle.nextAt ? this.#wanted.first : this.#idle.first;
  }

  /** Whether there is room for a record of `from`; if so, who must leave for it. */
  hasRoom(from: string, isWanted: boolean): { readonly leaves: CachedRecord | undefined } | undefined {
    const source = this.#sources.get(from);
    if (source && source.count >= this.#limits.recordsPerSource)
      return leaving(source.idle.values().next().value);
    if (this.size < this.#limits.records) return { leaves: undefined };
    if (this.#idle.size > 0) return leaving(soonest(this.#idle));
    const share = this.#limits.records / this.#sources.size;
    return isWanted && (source?.count ?? 0) < share ? leaving(soonest(this.#wanted)) : undefined;
  }

  add(record: CachedRecord): void {
    const source = this.#sources.get(record.owner) ?? { count: 0, idle: new Set() };
    this.#sources.set(record.owner, source);
    source.count++;
    this.#shelve(record, source);
  }

  remove(record: CachedRecord): void {
    const source = this.#sources.get(record.owner);
    this.#unshelve(record, source);
    if (!source) return;
    source.count--;
    if (source.count === 0) this.#sources.delete(record.owner);
  }

  /** The set is cared for more, or less. */
  reshelve(set: RecordSet, demand: Demand): void {
    for (const record of set.members) this.#unshelve(record, this.#sources.get(record.owner));
    set.demand = demand;
    for (const record of set.members) {
      const source = this.#sources.get(record.owner);
      record.due = record.soonestDue;
      if (source) this.#shelve(record, source);
    }
  }

  /** Makes it due at `at`. */
  plan(record: CachedRecord, at: Instant): void {
    record.due = at;
    this.#heapOf(record).move(record);
  }

  /** Its times changed. One that is due too soon now is put right when it comes up. */
  hasten(record: CachedRecord): void {
    const at = record.soonestDue;
    if (at < record.due) this.plan(record, at);
  }

  #shelve(record: CachedRecord, source: Source): void {
    this.#heapOf(record).add(record);
    if (record.set.demand === 0) source.idle.add(record);
  }

  #unshelve(record: CachedRecord, source: Source | undefined): void {
    this.#heapOf(record).remove(record);
    source?.idle.delete(record);
  }

  #heapOf(record: CachedRecord): DueHeap<CachedRecord> {
    return record.set.demand === 0 ? this.#idle : this.#wanted;
  }
}

function leaving(record: CachedRecord | undefined): { readonly leaves: CachedRecord } | undefined {
  return record && { leaves: record };
}

/** The one to expire soonest: some are refreshed since they took their place. */
function soonest(heap: DueHeap<CachedRecord>): CachedRecord | undefined {
  for (;;) {
    const { first } = heap;
    if (!first || first.due >= first.soonestDue) return first;
    first.due = first.soonestDue;
    heap.move(first);
  }
}
