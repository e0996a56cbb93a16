/**
 * Asks for records, keeps what others say, and tells who asked (RFC 6762 §5, §7, §10). Routes only: the cache, the
 * questions, and what is learnt of others' questions are machines of their own.
 */
import type { Deadline } from "../core/agenda.ts";
import type { BoundLink, Datagram, Instant, Link, Turn } from "../core/engine.ts";
import { Aliases } from "./aliases.ts";
import type { OursOf } from "./asker.ts";
import type { Answer, AnswerListener, Ask, Asking, Departure } from "./asking.ts";
import { Cache, type CacheUser } from "./cache.ts";
import type { CachedRecord } from "./cached-record.ts";
import { suppressDuplicates } from "./duplicate-questions.ts";
import type { MdnsDropReason, MdnsEvent } from "./events.ts";
import { observeFailures } from "./failures.ts";
import type { Ground } from "./ground.ts";
import { Hearing, type HearingHost } from "./hearing.ts";
import type { Interest } from "./interest.ts";
import type { DnsMessage } from "./message.ts";
import type { Name } from "./name.ts";
import { denialOf, denies } from "./negative-answers.ts";
import { Questions } from "./questions.ts";
import { CLASS, type ResourceRecord, TYPE } from "./record.ts";
import type { Demand } from "./record-life.ts";
import { isUnique } from "./record-set.ts";
import { Repetitions } from "./repetitions.ts";
import { LINK_DOWN_GRACE, RECONFIRM_WINDOW } from "./timing.ts";
import { isAnswer, type Topic, Topics, tellTopic } from "./topics.ts";

export class Querier {
  readonly #ground: Ground;
  readonly #interest: Interest;
  readonly #topics = new Topics();
  readonly #cache: Cache;
  readonly #questions: Questions;
  readonly #repetitions: Repetitions;
  readonly #host: HearingHost = this.#hearingHost();
  /** Links that went: when what was heard there is forgotten. */
  readonly #down = new Map<string, Deadline>();

  /** @param oursOf what our own program would answer. @default nothing */
  constructor(ground: Ground, interest: Interest, oursOf: OursOf = () => []) {
    this.#ground = ground;
    this.#interest = interest;
    this.#cache = new Cache(ground, interest, this.#cacheUser());
    this.#questions = new Questions(ground, this.#cache, this.#topics, oursOf);
    this.#repetitions = new Repetitions(ground.config.limits.records);
  }

  /** What is kept and asked. */
  get counts(): { readonly records: number; readonly asks: number } {
    return { records: this.#cache.size, asks: this.#topics.size };
  }

  /** Whether nobody asks. */
  get isIdle(): boolean {
    return this.#topics.size === 0;
  }

  /** Asks, and tells `hear` at once what is known, then each change, in the turn it happens. */
  ask(ask: Ask, hear: AnswerListener, turn: Turn<MdnsEvent>): Asking {
    const hearing = new Hearing(ask, this.#topics.nextOrder(), hear, this.#host);
    this.#open(hearing, turn);
    for (const { link } of this.#cache.links)
      if (hearing.covers(link.id) && this.#hasAlias(hearing, link.id))
        this.#retrace(hearing, link.id, "replaced", turn);
    return hearing;
  }

  /** What is known of a name, of one type or of all (255). Asks nothing. */
  *answers(name: Name, type: number): Iterable<Answer> {
    for (const { link } of this.#cache.links)
      for (const set of this.#cache.sets(link.id, name.key))
        if (isAnswer({ type }, set.type)) yield* set.members;
  }

  /** Whether an answer by unicast may be believed: we asked for one on the link a moment ago (RFC 6762 §6). */
  awaitsUnicast(link: Link, now: Instant): boolean {
    return this.#questions.awaitsUnicast(link, now);
  }

  /** Asks for what is known of a name and type (255: all): what is not said again within 10 s is gone (RFC 6762 §10.4). */
  reconfirm(name: Name, type: number, turn: Turn<MdnsEvent>): void {
    for (const { link } of this.#cache.links)
      for (const set of this.#cache.sets(link.id, name.key))
        if (isAnswer({ type }, set.type))
          for (const member of set.members) this.#doubt(member, "unconfirmed", turn.now);
  }

  /** Learns what a response says: its answers and what it adds to them, whatever was asked (RFC 6762 §6). */
  hearResponse(message: DnsMessage, datagram: Datagram, turn: Turn<MdnsEvent>): MdnsDropReason | undefined {
    const link = this.#ground.links.get(datagram.link.id);
    if (!link || this.#isUninterested) return undefined;
    const { address } = datagram.from;
    let reason: MdnsDropReason | undefined;
    for (const record of message.answers)
      if (isKept(record)) reason = this.#cache.learn(record, address, link, turn) ?? reason;
    for (const record of message.additionals)
      if (isKept(record)) reason = this.#cache.learn(record, address, link, turn) ?? reason;
    if (!reason) this.#repetitions.note(datagram, () => this.#learntOf(message, link));
    return reason;
  }

  /** What a response says, if it is known word for word and still true: then it need not be read, but heard again. */
  repeated(datagram: Datagram): readonly CachedRecord[] | undefined {
    return this.#ground.links.has(datagram.link.id) ? this.#repetitions.find(datagram) : undefined;
  }

  /** Whether something is kept that an address said. */
  knows(address: string): boolean {
    return this.#cache.knows(address);
  }

  /** Records that are kept were said once more. */
  hearAgain(records: readonly CachedRecord[], { from }: Datagram, turn: Turn<MdnsEvent>): void {
    for (const known of records) this.#cache.hearAgain(known, known.record, from.address, turn);
  }

  /** Others ask, too: what they ask we need not (§7.3), and what they ask in vain is gone (§10.5). */
  hearQuery(message: DnsMessage, datagram: Datagram, turn: Turn<MdnsEvent>): void {
    const machines = { cache: this.#cache, topics: this.#topics, questions: this.#questions };
    suppressDuplicates(message, datagram, machines, turn.now);
    observeFailures(message, datagram, this.#cache, turn.now);
  }

  /** Links came, went or changed, or the machine slept: what is known there is asked for anew (RFC 6762 §10.3). */
  relink(before: ReadonlyMap<string, BoundLink>, resumed: boolean, turn: Turn<MdnsEvent>): void {
    for (const [id, link] of before) if (!this.#ground.links.has(id)) this.#linkWent(link, turn);
    const fresh = new Set<string>();
    for (const link of this.#ground.links.values()) {
      const old = before.get(link.id);
      if (resumed || old?.address !== link.address || old.ownPort !== link.ownPort) fresh.add(link.id);
      this.#linkIs(link, fresh.has(link.id), turn.now);
    }
    this.#questions.relink(fresh, turn);
  }

  /** The records that a response said, all of them kept now; `undefined` where it said more than that. */
  #learntOf({ answers, authorities, additionals }: DnsMessage, link: Link): CachedRecord[] | undefined {
    if (authorities.length > 0) return undefined;
    const learnt: CachedRecord[] = [];
    for (const record of [...answers, ...additionals].filter(isKept)) {
      const known = this.#cache.set(link.id, record.name.key, record.type)?.find(record.data);
      if (!known || record.ttl !== known.record.ttl) return undefined;
      learnt.push(known);
    }
    return learnt;
  }

  #linkWent({ id }: BoundLink, turn: Turn<MdnsEvent>): void {
    this.#down.get(id)?.cancel();
    const forget = this.#ground.agenda.set(turn.now + LINK_DOWN_GRACE, `${id} is down`, (later) => {
      this.#down.delete(id);
      this.#cache.forget(id, later);
    });
    this.#down.set(id, forget);
  }

  /** What nobody asks for cannot be verified where somebody only listens: it stays as long as it said. */
  #linkIs(link: BoundLink, isFresh: boolean, now: Instant): void {
    this.#down.get(link.id)?.cancel();
    this.#down.delete(link.id);
    const home = this.#cache.link(link.id);
    if (!home) return;
    home.link = link;
    if (!isFresh) return;
    home.trustedFrom = now;
    for (const record of this.#cache.records(link.id))
      if (record.set.demand !== 1) this.#cache.leave(record, now + RECONFIRM_WINDOW, "unconfirmed");
  }

  /** Who has never asked, or long ago, need not keep what all others of his type and the whole network announce. */
  get #isUninterested(): boolean {
    return this.isIdle && this.#cache.size === 0;
  }

  /** Begins to ask and to tell. */
  #open(hearing: Hearing, turn: Turn<MdnsEvent>): void {
    const topic = this.#topics.add(hearing);
    hearing.topic = topic;
    this.#interest.add(hearing.ask.name);
    this.#reconsider(hearing);
    this.#questions.begin(topic, hearing, turn.now);
    this.#tellKnown(hearing, topic, turn);
  }

  #close(hearing: Hearing): void {
    const { topic } = hearing;
    if (!topic) return;
    this.#topics.remove(hearing, topic);
    this.#interest.delete(topic.name);
    this.#questions.end(topic);
    this.#reconsider(hearing);
  }

  #reconsider({ ask }: Hearing): void {
    for (const { link } of this.#cache.links)
      if (ask.link === undefined || ask.link === link.id) this.#cache.reconsider(link.id, ask.name.key);
  }

  #tellKnown(hearing: Hearing, topic: Topic, turn: Turn<MdnsEvent>): void {
    for (const { link } of this.#cache.links) {
      if (!hearing.covers(link.id)) continue;
      for (const set of this.#cache.sets(link.id, topic.name.key)) {
        if (!isAnswer(topic, set.type)) continue;
        for (const answer of set.members)
          if (answer.expiresAt > turn.now) hearing.hear({ kind: "added", answer }, turn);
      }
      const denial = this.#denial(topic, link.id);
      if (denial) hearing.hear({ kind: "none", link, from: denial.from }, turn);
    }
  }

  *#answersOf(hearing: Hearing): Iterable<Answer> {
    const { name, type } = hearing.ask;
    for (const answer of this.answers(name, type)) if (hearing.covers(answer.link.id)) yield answer;
    if (hearing.aliases) yield* hearing.aliases.answers;
  }

  /** What says that there is none, where nothing says that there is. */
  #denial({ name, type }: Topic, linkId: string): CachedRecord | undefined {
    const nsec = this.#cache.set(linkId, name.key, TYPE.NSEC);
    if (!nsec || this.#cache.set(linkId, name.key, type)) return undefined;
    return denialOf(nsec.members, type);
  }

  #hasAlias({ ask }: Hearing, linkId: string): boolean {
    return !isAnswer(ask, TYPE.CNAME) && this.#cache.set(linkId, ask.name.key, TYPE.CNAME) !== undefined;
  }

  #retrace(hearing: Hearing, linkId: string, reason: Departure, turn: Turn<MdnsEvent>): void {
    const { ask } = hearing;
    const hear: AnswerListener = (change, later) => hearing.hear(change, later);
    hearing.aliases ??= new Aliases(ask, this.#cache, hear, (followed, later) => {
      const child = new Hearing(followed, this.#topics.nextOrder(), hear, this.#host, hearing);
      this.#open(child, later);
      return child;
    });
    hearing.aliases.retrace(linkId, reason, turn);
  }

  #hearingHost(): HearingHost {
    return {
      answersOf: (hearing) => this.#answersOf(hearing),
      repeat: (hearing, { now }) => this.#questions.repeat(hearing, now),
      close: (hearing) => this.#close(hearing),
      retrace: (hearing, linkId, reason, turn) => this.#retrace(hearing, linkId, reason, turn),
    };
  }

  #cacheUser(): CacheUser {
    return {
      demandFor: (linkId, nameKey, type): Demand => this.#topics.demandFor(linkId, nameKey, type),
      added: (answer, turn) => {
        this.#settle(answer);
        this.#topics.tell({ kind: "added", answer }, turn);
        if (answer.record.type === TYPE.NSEC) this.#tellNone(answer, turn);
      },
      refreshed: (answer, turn) => {
        this.#settle(answer);
        this.#topics.tell({ kind: "refreshed", answer }, turn);
      },
      removed: (answer, reason, turn) => this.#removed(answer, reason, turn),
      isAging: ({ set }, { now }) => this.#questions.refresh(set, now),
      isOverdue: (record, { now }) => this.#doubt(record, "expired", now),
      isDoubtful: (record, { now }) => void this.#doubtIfAsked(record, "replaced", now),
      isBack: (record, { now }) => void this.#doubtIfAsked(record, "goodbye", now),
      isContested: (record, { now }) => this.#doubtIfAsked(record, "goodbye", now),
    };
  }

  #removed(answer: CachedRecord, reason: Departure, turn: Turn<MdnsEvent>): void {
    const { record, link } = answer;
    this.#topics.tell({ kind: "removed", answer, reason }, turn);
    for (const topic of this.#topics.at(record.name.key)) {
      if (!isAnswer(topic, record.type) && record.type !== TYPE.CNAME && record.type !== TYPE.NSEC) continue;
      this.#questions.unsettle(topic, link.id, turn.now);
      const denial = record.type === topic.type ? this.#denial(topic, link.id) : undefined;
      if (!denial) continue;
      tellTopic(topic, { kind: "none", link, from: denial.from }, link.id, this.#topics.last, turn);
    }
  }

  #tellNone({ record, link, from }: CachedRecord, turn: Turn<MdnsEvent>): void {
    const { last } = this.#topics;
    for (const topic of this.#topics.at(record.name.key)) {
      if (!denies(record, topic.type) || this.#cache.set(link.id, record.name.key, topic.type)) continue;
      tellTopic(topic, { kind: "none", link, from }, link.id, last, turn);
    }
  }

  /** What is all there is need not be asked for any more. */
  #settle({ record, link }: CachedRecord): void {
    if (!isUnique(record) && record.type !== TYPE.NSEC) return;
    for (const topic of this.#topics.at(record.name.key)) this.#questions.settle(topic, link.id);
  }

  /** Only where somebody asks anyway. */
  #doubtIfAsked(record: CachedRecord, departure: Departure, now: Instant): boolean {
    if (record.set.demand !== 2) return false;
    this.#doubt(record, departure, now);
    return true;
  }

  #doubt(record: CachedRecord, departure: Departure, now: Instant): void {
    this.#cache.leave(record, now + RECONFIRM_WINDOW, departure);
    this.#questions.doubt(record.set, now);
  }
}

/** What is about a message, or about no name of this network, is not kept. */
function isKept({ type, class: code }: ResourceRecord): boolean {
  return code === CLASS.IN && type !== TYPE.OPT && type !== TYPE.ANY && !(type >= 249 && type <= 254);
}
