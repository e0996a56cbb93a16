/**
 * What others said, on each link for itself (RFC 6762 §10): kept for as long as it is true, replaced and taken back as
 * they say, asked for again before it is over where somebody here wants to know.
 */
import type { Deadline } from "../core/agenda.ts";
import type { Instant, Link, Turn } from "../core/engine.ts";
import type { Departure } from "./asking.ts";
import { CacheRoom } from "./cache-room.ts";
import { CachedRecord } from "./cached-record.ts";
import type { MdnsEvent } from "./events.ts";
import type { Ground } from "./ground.ts";
import type { Interest } from "./interest.ts";
import type { ResourceRecord } from "./record.ts";
import type { Demand } from "./record-life.ts";
import { flushes, isUnique, type LinkRecords, type NamedRecords, RecordSet } from "./record-set.ts";
import { GRACE, OVERDUE, RECONFIRM_WINDOW } from "./timing.ts";

/** Who uses a cache. */
export interface CacheUser {
  /** How much somebody cares for the records of a name and type on a link. */
  demandFor(linkId: string, nameKey: string, type: number): Demand;
  added(record: CachedRecord, turn: Turn<MdnsEvent>): void;
  refreshed(record: CachedRecord, turn: Turn<MdnsEvent>): void;
  removed(record: CachedRecord, reason: Departure, turn: Turn<MdnsEvent>): void;
  /** It will be over before long, and somebody wants to know whether it is still true. */
  isAging(record: CachedRecord, turn: Turn<MdnsEvent>): void;
  /** Its time is over, but nobody had the chance to say it again. */
  isOverdue(record: CachedRecord, turn: Turn<MdnsEvent>): void;
  /** There is reason to ask whether it is still true before it is gone. */
  isDoubtful(record: CachedRecord, turn: Turn<MdnsEvent>): void;
  /** It said goodbye and is back: that may be true, or be late. */
  isBack(record: CachedRecord, turn: Turn<MdnsEvent>): void;
  /** Another address takes it back than the one that said it. Returns whether that is looked into. */
  isContested(record: CachedRecord, turn: Turn<MdnsEvent>): boolean;
}

export class Cache {
  readonly #ground: Ground;
  readonly #interest: Interest;
  readonly #user: CacheUser;
  readonly #room: CacheRoom;
  readonly #links = new Map<string, LinkRecords>();
  #deadline: Deadline | undefined;

  constructor(ground: Ground, interest: Interest, user: CacheUser) {
    this.#ground = ground;
    this.#interest = interest;
    this.#user = user;
    this.#room = new CacheRoom(ground.config.limits);
  }

  /** How many records there are. */
  get size(): number {
    return this.#room.size;
  }

  /** The links that something was heard on. */
  get links(): Iterable<LinkRecords> {
    return this.#links.values();
  }

  /** Whether an address is charged for any of them. */
  knows(address: string): boolean {
    return this.#room.knows(address);
  }

  link(linkId: string): LinkRecords | undefined {
    return this.#links.get(linkId);
  }

  /** All that is known of a name on a link, a set for each type. */
  sets(linkId: string, nameKey: string): readonly RecordSet[] {
    return this.#links.get(linkId)?.names.get(nameKey)?.sets ?? NONE;
  }

  set(linkId: string, nameKey: string, type: number): RecordSet | undefined {
    for (const set of this.sets(linkId, nameKey)) if (set.type === type) return set;
    return undefined;
  }

  /** Takes in a record of a response. Returns whether there was no room for it. */
  learn(record: ResourceRecord, from: string, link: Link, turn: Turn<MdnsEvent>): "cache-full" | undefined {
    const set = this.set(link.id, record.name.key, record.type);
    const known = set?.find(record.data);
    if (record.ttl === 0) {
      if (known) this.#takeBack(known, from, turn);
      return undefined;
    }
    if (known) this.hearAgain(known, record, from, turn);
    const added = known ?? this.#add(record, set, from, link, turn);
    if (!added) return "cache-full";
    if (added.set.members.length > 1) this.#outdate(added, turn);
    return undefined;
  }

  /** It is gone at `at`, unless it is heard before. What is to be gone sooner anyway stays so. */
  leave(record: CachedRecord, at: Instant, departure: Departure): void {
    if (!record.leave(at, departure)) return;
    this.#room.plan(record, record.soonestDue);
    this.#arm();
  }

  /** Who cares for a name has changed. */
  reconsider(linkId: string, nameKey: string): void {
    for (const set of this.sets(linkId, nameKey)) this.#consider(set);
    this.#arm();
  }

  /** Forgets a link and all that was heard there. */
  forget(linkId: string, turn: Turn<MdnsEvent>): void {
    const names = [...(this.#links.get(linkId)?.names.values() ?? [])];
    for (const { sets } of names)
      for (const set of [...sets])
        for (const record of [...set.members]) this.#remove(record, "link-down", turn);
    if (this.#links.get(linkId)?.names.size === 0) this.#links.delete(linkId);
  }

  /** Everything on a link, for those who look at all of it. */
  *records(linkId: string): Iterable<CachedRecord> {
    for (const { sets } of this.#links.get(linkId)?.names.values() ?? [])
      for (const { members } of sets) yield* members;
  }

  /** A record that is kept was said once more. */
  hearAgain(known: CachedRecord, record: ResourceRecord, from: string, turn: Turn<MdnsEvent>): void {
    const isRepetition =
      known.isCertain &&
      turn.now - known.heardAt < GRACE &&
      known.from === from &&
      known.record.ttl === record.ttl;
    const wasLeaving = turn.now - known.goodbyeAt <= GRACE;
    known.goodbyeAt = Number.NEGATIVE_INFINITY;
    known.hear(record, from, turn.now);
    this.#room.hasten(known);
    this.#arm();
    if (isRepetition) return;
    this.#user.refreshed(known, turn);
    if (wasLeaving) this.#user.isBack(known, turn);
  }

  #add(
    record: ResourceRecord,
    known: RecordSet | undefined,
    from: string,
    link: Link,
    turn: Turn<MdnsEvent>,
  ): CachedRecord | undefined {
    const demand = known?.demand ?? this.#user.demandFor(link.id, record.name.key, record.type);
    const room = this.#room.hasRoom(from, demand > 0);
    if (!room) return undefined;
    if (room.leaves) this.#remove(room.leaves, "evicted", turn);
    const stale = known?.stale;
    if (stale) this.#remove(stale, "evicted", turn);
    const set = this.set(link.id, record.name.key, record.type) ?? this.#addSet(record, link, demand);
    const added = new CachedRecord(record, set, from, turn.now);
    set.add(added);
    this.#room.add(added);
    this.#arm();
    this.#user.added(added, turn);
    return added;
  }

  #addSet({ name, type }: ResourceRecord, link: Link, demand: Demand): RecordSet {
    const home = this.#links.get(link.id) ?? {
      link,
      names: new Map<string, NamedRecords>(),
      trustedFrom: Number.NEGATIVE_INFINITY,
    };
    this.#links.set(link.id, home);
    const set = new RecordSet(home, name, type);
    set.demand = demand;
    const named = home.names.get(name.key);
    if (named) named.sets.push(set);
    else {
      home.names.set(name.key, { name, sets: [set] });
      this.#interest.add(name);
    }
    return set;
  }

  /** A goodbye: the record lives a second more, so that whoever else has it can say so (RFC 6762 §10.1). */
  #takeBack(record: CachedRecord, from: string, turn: Turn<MdnsEvent>): void {
    const isForeign = from !== record.from && this.#ground.config.verifyGoodbye;
    if (isForeign && this.#user.isContested(record, turn)) return;
    record.goodbyeAt = turn.now;
    this.leave(record, turn.now + GRACE, "goodbye");
  }

  /**
   * What was heard of the same name and type more than a second ago is not true any more, if `record` says that it is all
   * there is (RFC 6762 §10.2). A device that forgets to say so of SRV and TXT takes back only what it said itself, and that
   * is asked for first.
   */
  #outdate({ record, set, from }: CachedRecord, turn: Turn<MdnsEvent>): void {
    const { now } = turn;
    if (!isUnique(record) || set.flushedAt === now) return;
    set.flushedAt = now;
    const isSaid = flushes(record);
    for (const member of set.members) {
      if (now - member.heardAt <= GRACE || !(isSaid || member.from === from)) continue;
      if (isSaid) this.leave(member, now + GRACE, "replaced");
      else if (member.isCertain) this.#user.isDoubtful(member, turn);
    }
  }

  #remove(record: CachedRecord, reason: Departure, turn: Turn<MdnsEvent>): void {
    const { set } = record;
    this.#room.remove(record);
    set.remove(record);
    if (set.members.length === 0) this.#removeSet(set);
    this.#user.removed(record, reason, turn);
  }

  #removeSet(set: RecordSet): void {
    const { names } = set.home;
    const named = names.get(set.name.key);
    if (!named) return;
    named.sets.splice(named.sets.indexOf(set), 1);
    if (named.sets.length > 0) return;
    names.delete(set.name.key);
    this.#interest.delete(named.name);
  }

  #consider(set: RecordSet): void {
    const demand = this.#user.demandFor(set.home.link.id, set.name.key, set.type);
    if (demand === set.demand) return;
    this.#room.reshelve(set, demand);
  }

  /** One deadline for all; one that comes too soon does no harm. */
  #arm(): void {
    const at = this.#room.nextAt;
    if (at === Number.POSITIVE_INFINITY || (this.#deadline && this.#deadline.at <= at)) return;
    this.#deadline?.cancel();
    this.#deadline = this.#ground.agenda.set(at, "records to ask for again, or to forget", (turn) => {
      this.#deadline = undefined;
      this.#sweep(turn);
    });
  }

  /** A record whose end is noticed late, for the program was held up, is given time to be heard, and asked for. */
  #isSpared(record: CachedRecord, turn: Turn<MdnsEvent>): boolean {
    const { now } = turn;
    if (now - record.expiresAt < OVERDUE) return false;
    const isAsked = record.isCertain && record.set.demand === 2;
    if (!record.keep(now + (isAsked ? RECONFIRM_WINDOW : GRACE))) return false;
    this.#room.plan(record, record.soonestDue);
    if (isAsked) this.#user.isOverdue(record, turn);
    return true;
  }

  #sweep(turn: Turn<MdnsEvent>): void {
    const { now } = turn;
    for (let record = this.#room.first; record && record.due <= now; record = this.#room.first) {
      if (record.expiresAt <= now) {
        if (!this.#isSpared(record, turn)) this.#remove(record, record.departure, turn);
        continue;
      }
      const { random } = this.#ground;
      if (record.nextDue(random) <= now) {
        record.refresh(random, now);
        this.#user.isAging(record, turn);
      }
      this.#room.plan(record, record.nextDue(random));
    }
    this.#arm();
  }
}

const NONE: readonly RecordSet[] = [];
