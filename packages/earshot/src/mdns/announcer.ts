/**
 * Multicasts records of ours unasked: new and changed ones a few times, at growing intervals (RFC 6762 §8.3, §8.4), and never
 * one of them more than once in a second (§6). What is due on a link at once shares messages.
 */
import type { Deadline } from "../core/agenda.ts";
import type { BoundLink, Instant, Turn } from "../core/engine.ts";
import type { Negative } from "./answer-set.ts";
import type { MdnsEvent } from "./events.ts";
import { type Ground, pauseAfter } from "./ground.ts";
import type { Name } from "./name.ts";
import type { Negatives } from "./negatives.ts";
import { type LiveRecord, type OwnRecords, toRecord } from "./own-records.ts";
import { type ResourceRecord, TYPE } from "./record.ts";
import { writeResponses } from "./response-writing.ts";
import * as timing from "./timing.ts";

/** Sets of records that are announced at once on a link; more come a little later, so that thousands are no burst. */
const MOST_SETS_AT_ONCE = 128;
const SETS_GAP = 25;

/** How often a record is to be announced still, and when. */
interface Plan {
  left: number;
  dueAt: Instant;
  /** From this announcement to the next. */
  gap: number;
}

/** What is to be announced on one link. */
interface LinkPlans {
  readonly plans: Map<LiveRecord, Plan>;
  deadline: Deadline | undefined;
  /** Nothing is said before, for much was said at once. */
  quietUntil: Instant;
}

export class Announcer {
  readonly #ground: Ground;
  readonly #own: OwnRecords;
  readonly #negatives: Negatives;
  readonly #links = new Map<string, LinkPlans>();

  constructor(ground: Ground, own: OwnRecords, negatives: Negatives) {
    this.#ground = ground;
    this.#own = own;
    this.#negatives = negatives;
  }

  /** Announces established records of one link, now and as often as chosen. What is being announced begins anew. */
  begin(linkId: string, records: Iterable<LiveRecord>, now: Instant): void {
    const left = this.#ground.config.announcements;
    for (const record of records)
      this.#plan(linkId, record, { left, dueAt: now, gap: timing.ANNOUNCEMENT_GAP });
  }

  /** Announces a record once more, at `at`. */
  again(linkId: string, record: LiveRecord, at: Instant): void {
    const known = this.#links.get(linkId)?.plans.get(record);
    const { left = 0, dueAt = at, gap = timing.ANNOUNCEMENT_GAP } = known ?? {};
    const most = this.#ground.config.announcements;
    this.#plan(linkId, record, { left: Math.min(left + 1, most), dueAt: Math.min(dueAt, at), gap });
  }

  /** A record is not announced any more. */
  end(linkId: string, record: LiveRecord): void {
    const onLink = this.#links.get(linkId);
    if (!onLink?.plans.delete(record) || onLink.plans.size > 0) return;
    onLink.deadline?.cancel();
    onLink.deadline = undefined;
  }

  /** A link is gone. */
  forget(linkId: string): void {
    this.#links.get(linkId)?.deadline?.cancel();
    this.#links.delete(linkId);
  }

  /** Sends now what is due on a link. */
  flush(linkId: string, turn: Turn<MdnsEvent>): void {
    const onLink = this.#links.get(linkId);
    const link = this.#ground.links.get(linkId);
    if (onLink && link) this.#run(link, onLink, turn);
  }

  #plan(linkId: string, record: LiveRecord, plan: Plan): void {
    const onLink = this.#on(linkId);
    onLink.plans.set(record, plan);
    this.#arm(linkId, onLink, plan.dueAt);
  }

  #on(linkId: string): LinkPlans {
    const known = this.#links.get(linkId);
    if (known) return known;
    const made = { plans: new Map(), deadline: undefined, quietUntil: Number.NEGATIVE_INFINITY };
    this.#links.set(linkId, made);
    return made;
  }

  #arm(linkId: string, onLink: LinkPlans, at: Instant): void {
    if (onLink.deadline && onLink.deadline.at <= at) return;
    onLink.deadline?.cancel();
    onLink.deadline = this.#ground.agenda.set(at, `announcement on ${linkId}`, (turn) => {
      onLink.deadline = undefined;
      this.flush(linkId, turn);
    });
  }

  #run(link: BoundLink, onLink: LinkPlans, turn: Turn<MdnsEvent>): void {
    const { now } = turn;
    const most = now < onLink.quietUntil ? 0 : MOST_SETS_AT_ONCE;
    const sets: (readonly LiveRecord[])[] = [];
    const others: { readonly set: readonly LiveRecord[]; readonly at: Instant }[] = [];
    for (const set of this.#due(onLink, now)) {
      const at = Math.max(...set.map(({ multicastAt }) => multicastAt)) + timing.MULTICAST_GAP;
      if (at <= now && sets.length < most) sets.push(set);
      else others.push({ set, at: Math.max(at, now + SETS_GAP) });
    }
    const pause = pauseAfter(this.#send(link, sets, turn));
    onLink.quietUntil = Math.max(onLink.quietUntil, now + pause);
    for (const { set, at } of others)
      for (const record of set) postpone(onLink.plans.get(record), Math.max(at, onLink.quietUntil));
    for (const record of sets.flat()) this.#count(onLink, record, now);
    this.#rearm(link.id, onLink);
  }

  /** What is to be announced by now, each set once. */
  #due({ plans }: LinkPlans, now: Instant): (readonly LiveRecord[])[] {
    const due = [...plans].filter(([, { dueAt }]) => dueAt <= now);
    const sets: (readonly LiveRecord[])[] = [];
    const met = new Set<LiveRecord>();
    for (const [record] of due) {
      if (met.has(record)) continue;
      const set = this.#wholeSet(record);
      if (!set.includes(record)) plans.delete(record);
      for (const each of set) met.add(each);
      sets.push(set);
    }
    return sets;
  }

  /** RFC 6762 §10.2: who says one record of a unique set says all of them. */
  #wholeSet(record: LiveRecord): readonly LiveRecord[] {
    if (record.isShared) return [record];
    const { link, name, type } = record;
    return this.#own.at(link.id, name).filter((other) => !other.isShared && other.type === type);
  }

  /** Returns in how many messages it went. */
  #send(link: BoundLink, sets: readonly (readonly LiveRecord[])[], turn: Turn<MdnsEvent>): number {
    const records = sets.map((set) => set.map((record) => toRecord(record, !record.isShared)));
    const additions = (answers: readonly ResourceRecord[]) => this.#negativesOf(link, answers, turn.now);
    const messages = writeResponses(link, records, additions);
    for (const bytes of messages) this.#ground.send(bytes, "group", link, turn);
    for (const record of sets.flat()) this.#own.multicast(record, turn.now);
    return messages.length;
  }

  /** What the unique names of these answers have no records of (RFC 6762 §6.1). */
  #negativesOf({ id }: BoundLink, answers: readonly ResourceRecord[], now: Instant): ResourceRecord[] {
    const names = new Map(answers.filter(({ flush }) => flush).map(({ name }) => [name.key, name]));
    return [...names.values()].flatMap((name) => {
      const negative = missingOf(this.#negatives, id, name);
      if (!negative || negative.multicastAt + timing.MULTICAST_GAP > now) return [];
      negative.trace.multicastAt = now;
      return toRecord(negative, true);
    });
  }

  #count(onLink: LinkPlans, record: LiveRecord, now: Instant): void {
    const plan = onLink.plans.get(record);
    if (!plan || plan.dueAt > now) return;
    plan.left--;
    plan.dueAt = now + plan.gap;
    plan.gap *= 2;
    if (plan.left <= 0) onLink.plans.delete(record);
  }

  #rearm(linkId: string, onLink: LinkPlans): void {
    onLink.deadline?.cancel();
    onLink.deadline = undefined;
    let at = Number.POSITIVE_INFINITY;
    for (const { dueAt } of onLink.plans.values()) at = Math.min(at, dueAt);
    if (at < Number.POSITIVE_INFINITY) this.#arm(linkId, onLink, at);
  }
}

function postpone(plan: Plan | undefined, at: Instant): void {
  if (plan) plan.dueAt = Math.max(plan.dueAt, at);
}

/** Addresses are asked for most; a host that has them all has no service of its own name. */
const OFTEN_MISSING: readonly number[] = [TYPE.AAAA, TYPE.A, TYPE.SRV];

/** What says which types a name has, for the first type that it has not. */
function missingOf(negatives: Negatives, linkId: string, name: Name): Negative | undefined {
  for (const type of OFTEN_MISSING) {
    const negative = negatives.without(linkId, name, type);
    if (negative) return negative;
  }
  return undefined;
}
