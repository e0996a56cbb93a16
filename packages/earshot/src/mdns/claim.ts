import type { BoundLink, Instant } from "../core/engine.ts";
import type { Announcer } from "./announcer.ts";
import type { Name } from "./name.ts";
import { isSameRecord, type LiveRecord, type OwnRecords } from "./own-records.ts";
import type { Prober } from "./prober.ts";
import type { OwnRecord } from "./publication.ts";

/** Whom a claim works through. */
export interface ClaimTools {
  readonly own: OwnRecords;
  readonly prober: Prober;
  readonly announcer: Announcer;
}

/** How records are taken over. */
export interface ClaimTerms {
  readonly now: Instant;
  /** Whether unique names are probed for. */
  readonly probes: boolean;
  /** No probe may be sent before. */
  readonly notBefore: Instant;
  /** Whether the records of a type and name (`${type} ${name.key}`) may change now; else they stay as they are. */
  mayChange(key: string): boolean;
}

/** The records of one publication on one link. */
export class Claim {
  readonly #tools: ClaimTools;
  readonly #publication: number;
  #link: BoundLink;
  #held: LiveRecord[] = [];
  /** Shared records that tell of unique ones: they wait until these are ours. */
  #later: OwnRecord[] = [];
  /** Shared records are announced anew once the names are ours again. */
  #isAnew = false;

  constructor(tools: ClaimTools, publication: number, link: BoundLink) {
    this.#tools = tools;
    this.#publication = publication;
    this.#link = link;
  }

  /** What it has on the link, established or proposed. */
  get records(): readonly LiveRecord[] {
    return this.#held;
  }

  /** Whether all its names are ours, and all its records can be answered with. */
  get isReady(): boolean {
    return this.#later.length === 0 && this.#held.every(({ isEstablished }) => isEstablished);
  }

  get isEmpty(): boolean {
    return this.#held.length === 0 && this.#later.length === 0;
  }

  has(name: Name): boolean {
    return this.#held.some((record) => record.name.equals(name));
  }

  /**
   * Makes its records those that are wanted: new unique names are probed for, what else is new or changed is announced
   * (RFC 6762 §8.4). Returns the records that somebody must be told are no more.
   */
  adopt(link: BoundLink, wanted: readonly OwnRecord[], terms: ClaimTerms): LiveRecord[] {
    this.#link = link;
    const changes = this.#changes(wanted).filter(({ key }) => terms.mayChange(key));
    const names = new Set(this.#held.filter(isOurs).map(({ name }) => name.key));
    const gone = changes.flatMap((change) => this.#give(change.gone));
    for (const change of changes) this.#take(change, names, terms);
    for (const change of changes) this.#announceRest(change, terms.now);
    const missed = gone.filter((record) => this.#isMissed(record));
    this.#endProbes(gone);
    this.settle(terms.now);
    return missed;
  }

  /** If all its names are ours: its shared records come out. */
  settle(now: Instant): void {
    if (!this.#held.every(({ isEstablished }) => isEstablished)) return;
    for (const record of this.#later.splice(0)) this.#hold(record, true, now);
    if (this.#isAnew)
      this.#announce(
        this.#held.filter(({ isShared }) => isShared),
        now,
      );
    this.#isAnew = false;
  }

  /** The host slept, or the like: all is probed for and announced as at the start (RFC 6762 §8). */
  restart({ now, probes, notBefore }: ClaimTerms): void {
    const { own, prober, announcer } = this.#tools;
    const unique = this.#held.filter(({ isShared }) => !isShared);
    if (!probes) this.#announce(unique, now);
    else {
      for (const record of unique) announcer.end(this.#link.id, record);
      for (const { name } of new Map(unique.map((record) => [record.name.key, record])).values()) {
        own.settle(this.#link.id, name, false);
        prober.begin(this.#link, name, { now, notBefore, isContested: false });
      }
    }
    this.#isAnew = true;
    this.settle(now);
  }

  /** Its records of this name are lost to another host. */
  lose(name: Name): void {
    this.#endProbes(this.#give(this.#held.filter((record) => record.name.equals(name))));
  }

  /** Gives up everything. Returns the records that somebody must be told are no more. */
  drop(): LiveRecord[] {
    this.#later = [];
    const gone = this.#give(this.#held);
    const missed = gone.filter((record) => this.#isMissed(record));
    this.#endProbes(gone);
    return missed;
  }

  #changes(wanted: readonly OwnRecord[]): RecordChange[] {
    const held = byKey(this.#held);
    const later = byKey(this.#later);
    const sets = byKey(wanted);
    const keys = new Set([...held.keys(), ...later.keys(), ...sets.keys()]);
    return [...keys].flatMap((key) => {
      const has = held.get(key) ?? [];
      const waits = later.get(key) ?? [];
      const set = distinct(sets.get(key) ?? []);
      const gone = has.filter((record) => !set.some((other) => isUnchanged(record, other)));
      const come = set.filter((record) => !has.some((other) => isUnchanged(record, other)));
      const isAsItWas =
        gone.length === 0 &&
        come.length === waits.length &&
        come.every((record) => waits.some((other) => isUnchanged(record, other)));
      return isAsItWas ? [] : [{ key, gone, come }];
    });
  }

  #take({ key, come }: RecordChange, names: ReadonlySet<string>, terms: ClaimTerms): void {
    const { own, prober } = this.#tools;
    const { id } = this.#link;
    this.#later = this.#later.filter((record) => keyOf(record) !== key);
    for (const record of come) {
      const { name, isShared } = record;
      if (isShared) this.#later.push(record);
      else if (prober.isProbing(id, name)) this.#hold(record, false, terms.now);
      else if (!terms.probes || names.has(name.key) || own.at(id, name).some(isUnique))
        this.#hold(record, true, terms.now);
      else {
        this.#hold(record, false, terms.now);
        prober.begin(this.#link, name, { ...terms, isContested: false });
      }
    }
  }

  #hold(record: OwnRecord, isEstablished: boolean, now: Instant): void {
    const live = this.#tools.own.hold(this.#link, record, this.#publication, isEstablished);
    this.#held.push(live);
    if (live.isEstablished && live.multicastTtl === 0) this.#announce([live], now);
  }

  #announce(records: Iterable<LiveRecord>, now: Instant): void {
    this.#tools.announcer.begin(this.#link.id, records, now);
  }

  /** What is left of a unique set that became smaller is said again, so that others forget the rest. */
  #announceRest({ key, gone, come }: RecordChange, now: Instant): void {
    if (gone.length === 0 || come.length > 0) return;
    this.#announce(
      this.#held.filter((record) => isOurs(record) && keyOf(record) === key),
      now,
    );
  }

  /** Returns those that no other publication has. */
  #give(records: readonly LiveRecord[]): LiveRecord[] {
    const { own, announcer } = this.#tools;
    const given = new Set(records);
    this.#held = this.#held.filter((record) => !given.has(record));
    return [...given].filter((record) => {
      if (!own.release(record, this.#publication)) return false;
      announcer.end(this.#link.id, record);
      return true;
    });
  }

  /** Whether others believe a record that is no more, and would not learn it from what we announce instead. */
  #isMissed(record: LiveRecord): boolean {
    const { own, prober } = this.#tools;
    const { id } = this.#link;
    if (record.multicastAt === Number.NEGATIVE_INFINITY || prober.isContested(id, record.name)) return false;
    if (record.isShared)
      return !own.find(id, record) && !this.#later.some((other) => isSameRecord(other, record));
    const rest = [...own.at(id, record.name), ...own.probing(id, record.name)];
    return !rest.some((other) => isUnique(other) && other.type === record.type);
  }

  #endProbes(gone: readonly LiveRecord[]): void {
    const { own, prober } = this.#tools;
    for (const { name, isShared } of gone) {
      if (!isShared && !own.probing(this.#link.id, name).some(isUnique)) prober.end(this.#link.id, name);
    }
  }
}

/** What becomes of the records of one type and name. */
interface RecordChange {
  readonly key: string;
  readonly gone: readonly LiveRecord[];
  readonly come: readonly OwnRecord[];
}

function keyOf({ type, name }: OwnRecord): string {
  return `${type} ${name.key}`;
}

function byKey<Kind extends OwnRecord>(records: readonly Kind[]): Map<string, Kind[]> {
  const groups = new Map<string, Kind[]>();
  for (const record of records) {
    const group = groups.get(keyOf(record));
    if (group) group.push(record);
    else groups.set(keyOf(record), [record]);
  }
  return groups;
}

function distinct(records: readonly OwnRecord[]): OwnRecord[] {
  return records.filter((record, at) => records.findIndex((other) => isSameRecord(record, other)) === at);
}

function isUnchanged(a: OwnRecord, b: OwnRecord): boolean {
  return a.ttl === b.ttl && a.isShared === b.isShared && isSameRecord(a, b);
}

function isUnique({ isShared }: OwnRecord): boolean {
  return !isShared;
}

function isOurs({ isShared, isEstablished }: LiveRecord): boolean {
  return !isShared && isEstablished;
}
