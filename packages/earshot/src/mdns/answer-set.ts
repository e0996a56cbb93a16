import type { Instant } from "../core/engine.ts";
import type { Name } from "./name.ts";
import type { LiveRecord } from "./own-records.ts";
import type { OwnRecord } from "./publication.ts";
import type { RecordData } from "./record.ts";
import { TYPE } from "./record.ts";

/** When a negative was last multicast on its link. It outlives the negative, which is made anew for each question. */
export interface Trace {
  multicastAt: Instant;
}

/** The NSEC record that says which types a name of ours has, and so which not (RFC 6762 §6.1). */
export class Negative implements OwnRecord {
  readonly name: Name;
  readonly type: typeof TYPE.NSEC = TYPE.NSEC;
  readonly ttl: number;
  readonly isShared = false;
  readonly data: RecordData;
  readonly trace: Trace;

  /** @param ttl in seconds, as the record would have had that there is not. */
  constructor(name: Name, types: readonly number[], ttl: number, trace: Trace) {
    this.name = name;
    this.ttl = ttl;
    this.data = { kind: "NSEC", next: name, types };
    this.trace = trace;
  }

  get multicastAt(): Instant {
    return this.trace.multicastAt;
  }
}

/** What can be said: a record of ours, or that there is none. */
export type Sayable = LiveRecord | Negative;

/**
 * What is said together or not at all: every record of a unique name and type (RFC 6762 §10.2), one shared record, or one
 * negative.
 */
export interface AnswerSet {
  /** The same for the same set, whenever it is looked up and whatever its records are by then. */
  readonly key: string | LiveRecord;
  readonly name: Name;
  /** TYPE code. */
  readonly type: number;
  readonly isShared: boolean;
  /** One or more. */
  readonly records: readonly Sayable[];
}

/** The records of one name, in sets. */
export function setsOf(records: readonly LiveRecord[]): readonly AnswerSet[] {
  const sets: AnswerSet[] = [];
  const unique = new Map<number, LiveRecord[]>();
  for (const record of records) {
    const { name, type } = record;
    if (record.isShared) {
      sets.push({ key: record, name, type, isShared: true, records: [record] });
      continue;
    }
    const siblings = unique.get(type);
    if (siblings) siblings.push(record);
    else {
      const first = [record];
      unique.set(type, first);
      sets.push({ key: keyOf(name, type), name, type, isShared: false, records: first });
    }
  }
  return sets;
}

/** A negative as a set of its own. */
export function negativeSet(negative: Negative): AnswerSet {
  const { name, type } = negative;
  return { key: keyOf(name, type), name, type, isShared: false, records: [negative] };
}

/** When the last of a set was multicast that was; `-Infinity` when none was. */
export function lastMulticast({ records }: AnswerSet): Instant {
  return records.reduce((last, { multicastAt }) => Math.max(last, multicastAt), Number.NEGATIVE_INFINITY);
}

/** Since when all of a set was multicast; `-Infinity` when one never was. */
export function allMulticastSince({ records }: AnswerSet): Instant {
  return records.reduce((first, { multicastAt }) => Math.min(first, multicastAt), Number.POSITIVE_INFINITY);
}

/** The TTL of a set in seconds: the least, where its records differ. */
export function ttlOf({ records }: AnswerSet): number {
  return records.reduce((least, { ttl }) => Math.min(least, ttl), Number.POSITIVE_INFINITY);
}

function keyOf(name: Name, type: number): string {
  return `${type} ${name.key}`;
}
