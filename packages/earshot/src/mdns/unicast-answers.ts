import type { BoundLink, Datagram, Endpoint, Turn } from "../core/engine.ts";
import { TokenBucket, TokenBuckets } from "../core/token-bucket.ts";
import { additionalsOf } from "./additionals.ts";
import { AnswerPlan, type Wanted, type Window } from "./answer-plan.ts";
import { type AnswerSet, allMulticastSince } from "./answer-set.ts";
import type { DuplicateAnswers } from "./duplicate-answers.ts";
import type { MdnsDropReason, MdnsEvent } from "./events.ts";
import { drop, type Ground } from "./ground.ts";
import { legacyReply } from "./legacy-reply.ts";
import type { DnsMessage } from "./message.ts";
import type { OwnAnswers } from "./own-answers.ts";
import { ReplyMemory } from "./reply-memory.ts";
import { responseMessages } from "./response-messages.ts";

/** Askers that are waited for at once, and sets that wait for them in all. */
const MOST_ASKERS = 512;
const MOST_WAITING = 10_000;

/** Whether it was said again, or why not. */
type Repeated = boolean | MdnsDropReason;

/** Answers to one host alone: where unicast was asked for (RFC 6762 §5.4, §5.5), and to resolvers of old (§6.7). */
export class UnicastAnswers {
  readonly #ground: Ground;
  readonly #answers: OwnAnswers;
  readonly #duplicates: DuplicateAnswers;
  readonly #perSource: TokenBuckets;
  readonly #all: TokenBucket;
  readonly #askers = new Map<string, { readonly linkId: string; readonly plan: AnswerPlan }>();
  #waiting = 0;
  readonly #replies = new ReplyMemory();

  constructor(ground: Ground, answers: OwnAnswers, duplicates: DuplicateAnswers) {
    const { unicastPerSecond, unicastPerSecondPerSource, unicastBurstPerSource } = ground.config.limits;
    this.#ground = ground;
    this.#answers = answers;
    this.#duplicates = duplicates;
    this.#perSource = new TokenBuckets({
      perSecond: unicastPerSecondPerSource,
      burst: unicastBurstPerSource,
    });
    this.#all = new TokenBucket({ perSecond: unicastPerSecond, burst: unicastPerSecond });
  }

  get isWaiting(): boolean {
    return this.#waiting > 0;
  }

  /** Says sets to who asked, within a window. Returns why not, or why not all. */
  answer(
    wanted: readonly Wanted[],
    { from }: Datagram,
    link: BoundLink,
    window: Window,
    turn: Turn<MdnsEvent>,
  ): MdnsDropReason | undefined {
    if (wanted.length === 0) return undefined;
    if (window[1] === 0) return this.#say(wanted, from, link.id, turn);
    const key = `${link.id} ${from.address} ${from.port}`;
    const known = this.#askers.get(key);
    if (this.#waiting >= MOST_WAITING || (!known && this.#askers.size >= MOST_ASKERS))
      return "answers-pending";
    const plan = known?.plan ?? this.#open(key, from, link.id);
    const before = plan.size;
    plan.place(wanted, window, turn.now);
    this.#waiting += plan.size - before;
    return undefined;
  }

  /** Answers as a server of conventional DNS does, at once. Returns why not. */
  reply(
    message: DnsMessage,
    sets: readonly AnswerSet[],
    { from, bytes }: Datagram,
    link: BoundLink,
    turn: Turn<MdnsEvent>,
  ): MdnsDropReason | undefined {
    const reason = this.#refusal(from, turn);
    if (reason) return reason;
    const additionsOf = (set: AnswerSet): Iterable<AnswerSet> => additionalsOf(set, this.#answers, link.id);
    const reply = legacyReply(message, sets, additionsOf, link);
    this.#replies.remember(bytes, link.id, reply);
    this.#ground.send(reply, from, link, turn);
    return undefined;
  }

  /** Replies as to the same query before, if nothing has changed since. @param edition of our records */
  repeat({ from, bytes }: Datagram, link: BoundLink, edition: number, turn: Turn<MdnsEvent>): Repeated {
    this.#replies.isOf(edition);
    const reply = this.#replies.find(bytes, link.id);
    if (!reply) return false;
    const reason = this.#refusal(from, turn);
    if (reason) return reason;
    this.#ground.send(reply, from, link, turn);
    return true;
  }

  /** Forgets links that are no more. */
  relink(): void {
    this.#replies.clear();
    for (const [key, { linkId, plan }] of this.#askers) {
      if (this.#ground.links.has(linkId)) continue;
      this.#waiting -= plan.size;
      plan.forget();
      this.#askers.delete(key);
    }
  }

  #open(key: string, from: Endpoint, linkId: string): AnswerPlan {
    const plan = new AnswerPlan(this.#ground, `answers to ${from.address}`, (wanted, turn) => {
      this.#waiting -= wanted.length;
      if (plan.size === 0) this.#askers.delete(key);
      const reason = this.#say(wanted, from, linkId, turn);
      const [first] = wanted;
      if (reason && first) drop(this.#ground, reason, first.asked, turn);
    });
    this.#askers.set(key, { linkId, plan });
    return plan;
  }

  #say(
    wanted: readonly Wanted[],
    to: Endpoint,
    linkId: string,
    turn: Turn<MdnsEvent>,
  ): MdnsDropReason | undefined {
    const link = this.#ground.links.get(linkId);
    if (!link) return undefined;
    if (!this.#perSource.has(to.address, turn.now)) return "unicast-answers-per-source";
    const knowledgeOf = new Map(wanted.map(({ set, knowledge }) => [set.key, knowledge]));
    const sets = wanted.flatMap((one) => this.#asItIs(one, linkId) ?? []);
    if (sets.length === 0) return undefined;
    const additionsOf = (set: AnswerSet): readonly AnswerSet[] =>
      [...additionalsOf(set, this.#answers, linkId)].filter(
        (addition) => !knowledgeOf.get(set.key)?.has(addition),
      );
    for (const { bytes } of responseMessages(sets, additionsOf, link)) {
      const reason = this.#refusal(to, turn);
      if (reason) return reason;
      this.#ground.send(bytes, to, link, turn);
    }
    return undefined;
  }

  /** A set as it is now, unless it is gone, or was said to all since it was asked for. */
  #asItIs({ set, since }: Wanted, linkId: string): AnswerSet | undefined {
    const current = this.#answers.again(set, linkId);
    if (!current || allMulticastSince(current) > since) return undefined;
    return this.#duplicates.has(current, since) ? undefined : current;
  }

  /** Why a message is not sent; `undefined` when it may be, and is counted. */
  #refusal({ address }: Endpoint, { now }: Turn<MdnsEvent>): MdnsDropReason | undefined {
    if (!this.#perSource.take(address, now)) return "unicast-answers-per-source";
    return this.#all.take(now) ? undefined : "unicast-answers-in-all";
  }
}
