import type { BoundLink, Instant } from "../core/engine.ts";
import { sameData } from "./message.ts";
import type { Name } from "./name.ts";
import type { OwnRecord } from "./publication.ts";
import { CLASS, type RecordData, type ResourceRecord } from "./record.ts";

/** A record of ours on one link. Publications that have equal records there have this one together. */
export interface LiveRecord extends OwnRecord {
  readonly link: BoundLink;
  /** The publication that has it longest. */
  readonly publication: number;
  /** Whether it may be answered with; else it is proposed, and its name probed for. */
  readonly isEstablished: boolean;
  /** When it was last multicast on its link, also before it was given up and came back; `-Infinity` never. */
  readonly multicastAt: Instant;
  /** The TTL it had then, in seconds; 0 never since it came (back), or in a goodbye. */
  readonly multicastTtl: number;
}

/** Is told of each name when its first record comes, and when the last is gone. */
export interface NameInterest {
  add(name: Name): void;
  delete(name: Name): void;
}

/** Records given up of which it is remembered when they were said. */
const MOST_PAST = 256;

/** Our records of all publications on every link: those that may be answered with, and those still being probed for. */
export class OwnRecords {
  readonly #interest: NameInterest | undefined;
  readonly #links = new Map<string, Map<string, Held>>();
  /** On how many links there is something of a name. */
  readonly #names = new Map<string, number>();
  /** Those given up last: one that is back at once may not be said sooner for that (RFC 6762 §6). */
  readonly #past: Live[] = [];
  #edition = 0;

  constructor(interest?: NameInterest) {
    this.#interest = interest;
  }

  /** Another number whenever anything of what may be answered with has changed. */
  get edition(): number {
    return this.#edition;
  }

  /** The established records of a name on a link: what may be answered with. No two of them are equal. */
  at(linkId: string, name: Name): readonly LiveRecord[] {
    return this.#held(linkId, name)?.established ?? NONE;
  }

  /** The records of a name on a link that are proposed, and not yet ours. */
  probing(linkId: string, name: Name): readonly LiveRecord[] {
    return this.#held(linkId, name)?.probing ?? NONE;
  }

  /** Every established record on a link. */
  *on(linkId: string): Iterable<LiveRecord> {
    for (const { established } of this.#links.get(linkId)?.values() ?? []) yield* established;
  }

  /** Whether there is a record of this name on any link, established or not. */
  has(name: Name): boolean {
    return this.#names.has(name.key);
  }

  /** Our record of this name, type and data on a link, established or not. */
  find(linkId: string, record: Identity): LiveRecord | undefined {
    return this.#held(linkId, record.name)?.find(record);
  }

  /** Whether a record says what one of ours says, established or not, on any link: then it contradicts none. */
  says(record: ResourceRecord): boolean {
    if (!this.has(record.name)) return false;
    for (const names of this.#links.values()) if (names.get(record.name.key)?.find(record)) return true;
    return false;
  }

  /** Notes that a record was multicast on its link. @param ttl as it was sent, in seconds */
  multicast(record: LiveRecord, now: Instant, ttl: number = record.ttl): void {
    if (!(record instanceof Live)) return;
    record.multicastAt = now;
    record.multicastTtl = ttl;
  }

  /** Has a publication hold a record on a link: the one that is there already, if another has an equal one. */
  hold(link: BoundLink, record: OwnRecord, publication: number, isEstablished: boolean): LiveRecord {
    const held = this.#heldOrNew(link.id, record.name);
    const known = held.find(record);
    const live = known ?? this.#make(link, record);
    live.holders.add(publication);
    live.isEstablished ||= isEstablished;
    this.#edition++;
    if (!known) held.add(live);
    held.changed();
    return live;
  }

  /** A publication has a record no more. Returns whether none has it now, so that it is gone. */
  release(record: LiveRecord, publication: number): boolean {
    if (!(record instanceof Live)) return false;
    record.holders.delete(publication);
    if (record.holders.size > 0) return false;
    const names = this.#links.get(record.link.id);
    const held = names?.get(record.name.key);
    if (!names || !held?.delete(record)) return false;
    this.#edition++;
    held.changed();
    if (record.multicastAt > Number.NEGATIVE_INFINITY) this.#past.push(record);
    if (this.#past.length > MOST_PAST) this.#past.shift();
    if (held.all.size === 0) this.#forget(record.link.id, names, record.name);
    return true;
  }

  /** The publications that have a record of this name on a link, established or not. */
  holders(linkId: string, name: Name): ReadonlySet<number> {
    const holders = new Set<number>();
    for (const record of this.#held(linkId, name)?.all ?? [])
      for (const holder of record.holders) holders.add(holder);
    return holders;
  }

  /** Makes all unique records of a name on a link ours, or puts them back to what is only proposed. */
  settle(linkId: string, name: Name, isEstablished: boolean): void {
    const held = this.#held(linkId, name);
    this.#edition++;
    for (const record of held?.all ?? []) if (!record.isShared) record.isEstablished = isEstablished;
    held?.changed();
  }

  /** A link has another address now, or another port. */
  relink(link: BoundLink): void {
    for (const { all } of this.#links.get(link.id)?.values() ?? [])
      for (const record of all) record.link = link;
  }

  #make(link: BoundLink, record: OwnRecord): Live {
    const live = new Live(link, record);
    const past = this.#past.findLast((old) => old.link.id === link.id && isSameRecord(old, record));
    if (past) live.multicastAt = past.multicastAt;
    return live;
  }

  #held(linkId: string, name: Name): Held | undefined {
    return this.#links.get(linkId)?.get(name.key);
  }

  #heldOrNew(linkId: string, name: Name): Held {
    const names = this.#links.get(linkId) ?? new Map<string, Held>();
    this.#links.set(linkId, names);
    const known = names.get(name.key);
    if (known) return known;
    const held = new Held();
    names.set(name.key, held);
    const links = this.#names.get(name.key) ?? 0;
    this.#names.set(name.key, links + 1);
    if (links === 0) this.#interest?.add(name);
    return held;
  }

  #forget(linkId: string, names: Map<string, Held>, name: Name): void {
    names.delete(name.key);
    if (names.size === 0) this.#links.delete(linkId);
    const links = (this.#names.get(name.key) ?? 0) - 1;
    if (links > 0) {
      this.#names.set(name.key, links);
      return;
    }
    this.#names.delete(name.key);
    this.#interest?.delete(name);
  }
}

/** What makes a record this one: its name, type and data. */
export type Identity = Pick<ResourceRecord, "name" | "type" | "data">;

/** Whether two records say the same, whatever their TTL. */
export function isSameRecord(a: Identity, b: Identity): boolean {
  return a.type === b.type && a.name.equals(b.name) && sameData(a.data, b.data);
}

/** A record of ours as it stands in a message. @param ttl in seconds; 0 for a goodbye */
export function toRecord(record: OwnRecord, flush: boolean, ttl: number = record.ttl): ResourceRecord {
  const { name, type, data } = record;
  return { name, type, class: CLASS.IN, flush, ttl, data };
}

const NONE: readonly LiveRecord[] = [];

class Live implements LiveRecord {
  link: BoundLink;
  readonly name: Name;
  readonly type: number;
  readonly ttl: number;
  readonly isShared: boolean;
  readonly data: RecordData;
  readonly holders = new Set<number>();
  isEstablished = false;
  multicastAt: Instant = Number.NEGATIVE_INFINITY;
  multicastTtl = 0;

  constructor(link: BoundLink, { name, type, ttl, isShared, data }: OwnRecord) {
    this.link = link;
    this.name = name;
    this.type = type;
    this.ttl = ttl;
    this.isShared = isShared;
    this.data = data;
  }

  get publication(): number {
    const [first = 0] = this.holders;
    return first;
  }
}

/** What there is of one name on one link. Sorted when it is looked at: a type may have thousands of pointers. */
class Held {
  readonly all = new Set<Live>();
  readonly #likely = new Map<string, Live[]>();
  #established: readonly LiveRecord[] | undefined;
  #probing: readonly LiveRecord[] | undefined;

  get established(): readonly LiveRecord[] {
    this.#established ??= [...this.all].filter((record) => record.isEstablished);
    return this.#established;
  }

  get probing(): readonly LiveRecord[] {
    this.#probing ??= [...this.all].filter((record) => !record.isEstablished);
    return this.#probing;
  }

  find(record: Identity): Live | undefined {
    return this.#likely.get(likenessOf(record))?.find((own) => isSameRecord(own, record));
  }

  add(record: Live): void {
    this.all.add(record);
    const likeness = likenessOf(record);
    const likely = this.#likely.get(likeness);
    if (likely) likely.push(record);
    else this.#likely.set(likeness, [record]);
  }

  /** Returns whether it was there. */
  delete(record: Live): boolean {
    if (!this.all.delete(record)) return false;
    const likeness = likenessOf(record);
    const rest = this.#likely.get(likeness)?.filter((other) => other !== record) ?? [];
    if (rest.length > 0) this.#likely.set(likeness, rest);
    else this.#likely.delete(likeness);
    return true;
  }

  changed(): void {
    this.#established = undefined;
    this.#probing = undefined;
  }
}

/** Equal for records that say the same; those that do not may be alike, too, but pointers are many. */
function likenessOf({ type, data }: Identity): string {
  return data.kind === "PTR" ? `${type} ${data.target.key}` : String(type);
}
