import type { Deadline } from "../core/agenda.ts";
import type { BoundLink, Instant, Turn } from "../core/engine.ts";
import { TokenBucket } from "../core/token-bucket.ts";
import { DueHeap } from "./due-heap.ts";
import type { Errand } from "./errand.ts";
import type { MdnsEvent } from "./events.ts";
import { type Ground, mostBytesOn } from "./ground.ts";
import { knownAnswers, writeQuery } from "./known-answers.ts";
import { CLASS, type Question, type ResourceRecord } from "./record.ts";
import { sameData } from "./record-data.ts";
import type { RecordSet } from "./record-set.ts";
import * as timing from "./timing.ts";

/** What is known of a question on a link. */
export type SetsOf = (question: Question, linkId: string) => Iterable<RecordSet>;

/** The shared records that we would answer a question with ourselves: what is asked for is what others have besides. */
export type OursOf = (question: Question, linkId: string) => readonly ResourceRecord[];

/** Reflectors hand queries from IPv4 on to IPv6: what would be fragmented there has silenced devices. */
const MOST_QUERY_BYTES = 1452;
/** More questions than fit into one message. */
const MOST_QUESTIONS = 200;

/**
 * Asks the questions of one link: those that are due within a moment of each other in one message, and no more messages
 * per second than the limit; what has to wait then waits.
 */
export class Asker {
  link: BoundLink;
  readonly #ground: Ground;
  readonly #setsOf: SetsOf;
  readonly #oursOf: OursOf;
  readonly #waiting = new DueHeap<Errand>();
  /** Those that are due, in the order they became so. */
  readonly #gathered = new Set<Errand>();
  #gatheredFrom: Instant = 0;
  readonly #bucket: TokenBucket;
  readonly #burst: number;
  #deadline: Deadline | undefined;
  #askedForUnicast: Instant = Number.NEGATIVE_INFINITY;

  constructor(link: BoundLink, ground: Ground, setsOf: SetsOf, oursOf: OursOf) {
    this.link = link;
    this.#ground = ground;
    this.#setsOf = setsOf;
    this.#oursOf = oursOf;
    const perSecond = ground.config.limits.queriesPerSecond;
    this.#burst = Math.max(1, Math.floor(perSecond));
    this.#bucket = new TokenBucket({ perSecond, burst: this.#burst });
  }

  /** Whether we asked for answers by unicast a moment ago. */
  awaitsUnicast(now: Instant): boolean {
    return now - this.#askedForUnicast <= timing.UNICAST_WINDOW;
  }

  /** Waits for the instant that the errand is due at, which may be another than before; `Infinity` is never. */
  plan(errand: Errand): void {
    this.cancel(errand);
    if (errand.due === Number.POSITIVE_INFINITY) return;
    this.#waiting.add(errand);
    this.#arm(this.#waiting.nextAt);
  }

  cancel(errand: Errand): void {
    if (errand.place >= 0) this.#waiting.remove(errand);
    this.#gathered.delete(errand);
  }

  /** Whether the errand is waiting to be asked. */
  has(errand: Errand): boolean {
    return errand.place >= 0 || this.#gathered.has(errand);
  }

  /** Asks nothing any more: whatever was waiting waits no longer. */
  close(): void {
    for (let { first } = this.#waiting; first; first = this.#waiting.first) this.#waiting.remove(first);
    this.#gathered.clear();
    this.#deadline?.cancel();
    this.#deadline = undefined;
  }

  #arm(at: Instant): void {
    if (at === Number.POSITIVE_INFINITY || (this.#deadline && this.#deadline.at <= at)) return;
    this.#deadline?.cancel();
    this.#deadline = this.#ground.agenda.set(at, `questions on ${this.link.id}`, (turn) => {
      this.#deadline = undefined;
      this.#gather(turn);
    });
  }

  /** Unless one of them cannot wait, they wait for others that will be due before long. */
  #gather(turn: Turn<MdnsEvent>): void {
    const { now } = turn;
    let isUrgent = false;
    for (let first = this.#waiting.first; first && first.due <= now; first = this.#waiting.first) {
      if (this.#gathered.size === 0) this.#gatheredFrom = first.due;
      this.#waiting.remove(first);
      this.#gathered.add(first);
      isUrgent ||= first.isUrgent;
    }
    const wait = this.#bucket.waitFor(now);
    if (wait > 0) {
      this.#arm(now + wait);
      this.#arm(this.#waiting.nextAt);
      return;
    }
    const next = this.#waiting.nextAt;
    if (isUrgent || next > this.#gatheredFrom + timing.QUERY_GATHERING) {
      this.#bringForward(now);
      this.#send(turn);
    }
    this.#arm(this.#waiting.nextAt);
  }

  /** Those that will be due in a moment and may be asked before. */
  #bringForward(now: Instant): void {
    const others: Errand[] = [];
    for (;;) {
      const { first } = this.#waiting;
      if (!first || first.due > now + timing.QUERY_GATHERING) break;
      this.#waiting.remove(first);
      if (first.soonest <= now) this.#gathered.add(first);
      else others.push(first);
    }
    for (const errand of others) this.#waiting.add(errand);
  }

  #send(turn: Turn<MdnsEvent>): void {
    const { now } = turn;
    while (this.#gathered.size > 0) {
      const wait = this.#bucket.waitFor(now);
      if (wait > 0) this.#arm(now + wait);
      if (wait > 0 || !this.#sendOne(turn)) return;
    }
  }

  /** One message, and those that follow it with the rest of what is known. Returns whether it may leave now. */
  #sendOne(turn: Turn<MdnsEvent>): boolean {
    const { now } = turn;
    const questions = this.#questions(now);
    if (questions.size === 0) return true;
    const known = (asked: readonly Question[]): ResourceRecord[] => this.#known(asked, now);
    const limit = Math.min(mostBytesOn(this.link), MOST_QUERY_BYTES);
    const { packets, count } = writeQuery([...questions.keys()], known, limit, this.#burst);
    if (!this.#bucket.take(now, packets.length)) {
      this.#arm(now + this.#bucket.waitFor(now, packets.length));
      return false;
    }
    for (const packet of packets) this.#ground.send(packet, "group", this.link, turn);
    for (const [question, errands] of [...questions].slice(0, count)) {
      if (question.unicast) this.#askedForUnicast = now;
      for (const errand of errands) this.#done(errand, errand.asked(now));
    }
    return true;
  }

  /**
   * Ours are among them, however long ago they were said. Nobody answers the question with them; so who does not know them
   * must neither be kept from asking (RFC 6762 §7.3) nor conclude that they are gone (§10.5).
   */
  #known(asked: readonly Question[], now: Instant): ResourceRecord[] {
    const sets = new Set<RecordSet>();
    for (const question of asked) for (const set of this.#setsOf(question, this.link.id)) sets.add(set);
    const most = this.#ground.config.limits.knownAnswers;
    const ours = asked.flatMap((question) => this.#oursOf(question, this.link.id).slice(0, most));
    const known = knownAnswers(sets, most, now);
    return ours.length === 0 ? known : [...ours, ...known.filter((record) => !isAmong(record, ours))];
  }

  /** Each question that is still needed once, with all who want it asked. By unicast may be answered only what nobody wants told to all. */
  #questions(now: Instant): Map<Question, Errand[]> {
    const byKey = new Map<string, Errand[]>();
    for (const errand of this.#gathered) {
      if (byKey.size === MOST_QUESTIONS) break;
      if (!errand.isNeeded(now)) {
        this.#done(errand, Number.POSITIVE_INFINITY);
        continue;
      }
      const key = `${errand.type} ${errand.name.key}`;
      const same = byKey.get(key);
      if (same) same.push(errand);
      else byKey.set(key, [errand]);
    }
    const questions = new Map<Question, Errand[]>();
    for (const errands of byKey.values()) {
      const [{ name, type }] = errands as [Errand];
      const unicast = this.link.sharedPort !== undefined && errands.every(({ isUnicast }) => isUnicast);
      questions.set({ name, type, class: CLASS.IN, unicast }, errands);
    }
    return questions;
  }

  #done(errand: Errand, due: Instant): void {
    errand.due = due;
    this.plan(errand);
  }
}

function isAmong(record: ResourceRecord, others: readonly ResourceRecord[]): boolean {
  return others.some(
    ({ type, name, data }) => type === record.type && name.equals(record.name) && sameData(data, record.data),
  );
}
