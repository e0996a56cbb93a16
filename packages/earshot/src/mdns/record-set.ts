import type { Instant, Link } from "../core/engine.ts";
import type { CachedRecord } from "./cached-record.ts";
import { sameData } from "./message.ts";
import type { Name } from "./name.ts";
import type { Prompt } from "./prompt.ts";
import { type RecordData, type ResourceRecord, TYPE } from "./record.ts";
import type { Demand } from "./record-life.ts";

/** The records of one link. */
export interface LinkRecords {
  /** The link as it is now. */
  link: Link;
  readonly names: Map<string, NamedRecords>;
  /** What was heard before this is not listed as known: a link that came back is asked for everything. */
  trustedFrom: Instant;
}

/** All that is known of one name on one link. */
export interface NamedRecords {
  readonly name: Name;
  /** One for each type. */
  readonly sets: RecordSet[];
}

/** From this many members on a set is searched by an index. */
const INDEXED_FROM = 8;
/** Most members of a set whose data have no text to find them by. */
const MOST_UNINDEXED = 100;

/** The records of one name and type on one link (class IN). */
export class RecordSet {
  readonly home: LinkRecords;
  readonly name: Name;
  readonly type: number;
  members: CachedRecord[] = [];
  /** How much it is cared for. */
  demand: Demand = 0;
  /** When a cache-flush last named what is not true any more. */
  flushedAt: Instant = Number.NEGATIVE_INFINITY;
  /** When somebody else last asked for it (RFC 6762 §10.5). */
  observedAt: Instant = Number.NEGATIVE_INFINITY;
  /** Asks for its members, once there was reason to. */
  prompt: Prompt | undefined;
  /** When a member was last asked for again. */
  refreshedAt: Instant = Number.NEGATIVE_INFINITY;
  #index: Map<string, CachedRecord> | undefined;

  constructor(home: LinkRecords, name: Name, type: number) {
    this.home = home;
    this.name = name;
    this.type = type;
  }

  /** Negative answers are asked for when they are over, not before: who asks is told of the types there are. */
  get isRefreshed(): boolean {
    return this.type !== TYPE.NSEC;
  }

  /** Who has to leave for the next member: the one heard longest ago, where there are as many as are looked through one by one. */
  get stale(): CachedRecord | undefined {
    if (this.members.length < MOST_UNINDEXED || this.#index) return undefined;
    return this.members.reduce((oldest, member) => (member.heardAt < oldest.heardAt ? member : oldest));
  }

  /** Whether one of its members says that it and its like are all there is, so that nobody else will answer. */
  get isComplete(): boolean {
    const { trustedFrom } = this.home;
    for (const { record, isCertain, heardAt } of this.members)
      if (isCertain && heardAt >= trustedFrom && isUnique(record)) return true;
    return false;
  }

  find(data: RecordData): CachedRecord | undefined {
    const { members } = this;
    if (this.#index) return this.#index.get(textOf(data) ?? "");
    for (let i = 0; i < members.length; i++) {
      const member = members[i];
      if (member && sameData(member.record.data, data)) return member;
    }
    return undefined;
  }

  add(member: CachedRecord): void {
    member.position = this.members.length;
    if (this.members.length > 0) this.members.push(member);
    else this.members = [member]; // Mostly the only one: an array that is pushed to has room for many.
    const text = textOf(member.record.data);
    if (text === undefined) return;
    if (this.#index) this.#index.set(text, member);
    else if (this.members.length > INDEXED_FROM) this.#index = indexOf(this.members);
  }

  remove(member: CachedRecord): void {
    const last = this.members.pop();
    if (last && last !== member) {
      this.members[member.position] = last;
      last.position = member.position;
    }
    member.position = -1;
    this.#index?.delete(textOf(member.record.data) ?? "");
  }
}

/**
 * Whether a record is one whose like are all there is. SRV and TXT are, though some devices forget to say so
 * (RFC 6763 §4.1: an instance has one of each).
 */
export function isUnique(record: ResourceRecord): boolean {
  return flushes(record) || record.type === TYPE.SRV || record.type === TYPE.TXT;
}

/**
 * Whether a record takes all others of its name and type back (RFC 6762 §10.2). Pointers to services are always shared,
 * whatever a device says of its own; those of the reverse mapping need not be.
 */
export function flushes({ name, type, flush }: ResourceRecord): boolean {
  return flush && (type !== TYPE.PTR || name.labels.at(-1)?.toLowerCase() === "arpa");
}

/** Equal exactly for data that are the same, of those types of which a name may have very many. */
function textOf(data: RecordData): string | undefined {
  if (data.kind === "PTR" || data.kind === "CNAME") return data.target.key;
  return data.kind === "A" || data.kind === "AAAA" ? data.address : undefined;
}

/** No index at all where one of them has no such text. */
function indexOf(members: readonly CachedRecord[]): Map<string, CachedRecord> | undefined {
  const index = new Map<string, CachedRecord>();
  for (const member of members) {
    const text = textOf(member.record.data);
    if (text === undefined) return undefined;
    index.set(text, member);
  }
  return index;
}
