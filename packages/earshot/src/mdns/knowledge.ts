import { type AnswerSet, Negative, type Sayable } from "./answer-set.ts";
import { sameData } from "./message.ts";
import type { LiveRecord, OwnRecords } from "./own-records.ts";
import { CLASS, type RecordData, type ResourceRecord, TYPE } from "./record.ts";

/** Known negatives of one asker that are heeded. */
const MOST_NEGATIVES = 64;

/**
 * What of ours somebody said to know, with at least half of its TTL left (RFC 6762 §7.1). What is said to live longer than
 * it can is known all the same.
 */
export class Knowledge {
  /** For those who said nothing. */
  static readonly none: Knowledge = new Knowledge(0);

  readonly #limit: number;
  readonly #known = new Set<LiveRecord>();
  /** Seconds that a negative lives on with them, by its name and types. */
  readonly #negatives = new Map<string, number>();

  /** @param limit most known answers of ours that are heeded. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Heeds known answers, as far as they are ours. Returns whether all were. */
  heed(answers: readonly ResourceRecord[], own: OwnRecords, linkId: string): boolean {
    for (const answer of answers) if (!this.#heedOne(answer, own, linkId)) return false;
    return true;
  }

  /** Whether all of a set is known. */
  has({ records }: AnswerSet): boolean {
    return records.every((record) => this.#hasRecord(record));
  }

  #hasRecord(record: Sayable): boolean {
    if (!(record instanceof Negative)) return this.#known.has(record);
    return (this.#negatives.get(negativeKey(record)) ?? 0) * 2 >= record.ttl;
  }

  #heedOne(answer: ResourceRecord, own: OwnRecords, linkId: string): boolean {
    if (answer.class !== CLASS.IN) return true;
    const records = own.at(linkId, answer.name);
    if (records.length === 0) return true;
    const known = equalTo(answer, records);
    if (!known && answer.type !== TYPE.NSEC) return true;
    const isFull = known ? this.#known.size >= this.#limit : this.#negatives.size >= MOST_NEGATIVES;
    if (isFull) return false;
    if (!known) this.#negatives.set(negativeKey(answer), answer.ttl);
    else if (answer.ttl * 2 >= known.ttl) this.#known.add(known);
    return true;
  }
}

function negativeKey({ name, data }: Pick<ResourceRecord, "name" | "data">): string {
  return `${data.kind === "NSEC" ? data.types.join() : ""} ${name.key}`;
}

/** The record of ours that says the same; of the same name they are all. */
function equalTo({ type, data }: ResourceRecord, records: readonly LiveRecord[]): LiveRecord | undefined {
  const candidates = records.length < FEW ? records : (indexOf(records).get(hintOf(type, data)) ?? []);
  return candidates.find((own) => own.type === type && sameData(own.data, data));
}

/** From so many records of one name on they are looked up by a hint: a type of service can have thousands of instances. */
const FEW = 8;

/** A list of records is never changed, only replaced. */
const indexes = new WeakMap<readonly LiveRecord[], ReadonlyMap<string, LiveRecord[]>>();

function indexOf(records: readonly LiveRecord[]): ReadonlyMap<string, LiveRecord[]> {
  const known = indexes.get(records);
  if (known) return known;
  const index = new Map<string, LiveRecord[]>();
  for (const record of records) {
    const hint = hintOf(record.type, record.data);
    const alike = index.get(hint);
    if (alike) alike.push(record);
    else index.set(hint, [record]);
  }
  indexes.set(records, index);
  return index;
}

/** The same for data that is the same. */
function hintOf(type: number, data: RecordData): string {
  if (data.kind === "PTR" || data.kind === "CNAME" || data.kind === "SRV")
    return `${type} ${data.target.key}`;
  return data.kind === "A" || data.kind === "AAAA" ? `${type} ${data.address}` : String(type);
}
