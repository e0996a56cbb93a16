/**
 * Answers queries for our records (RFC 6762 §6, §7): says what is asked for, or that there is nothing where a name is ours
 * alone; never what the asker knows; together, and no more often than once a second.
 */
import { isOnLink } from "../core/address.ts";
import type { BoundLink, Datagram, Instant, Turn } from "../core/engine.ts";
import type { Wanted, Window } from "./answer-plan.ts";
import { type AnswerSet, allMulticastSince, ttlOf } from "./answer-set.ts";
import { DuplicateAnswers } from "./duplicate-answers.ts";
import type { MdnsDropReason, MdnsEvent } from "./events.ts";
import { drop, type Ground } from "./ground.ts";
import { Knowledge } from "./knowledge.ts";
import { type Gathered, KnownAnswerGathering } from "./known-answer-gathering.ts";
import type { DnsMessage } from "./message.ts";
import { MulticastAnswers } from "./multicast-answers.ts";
import { Negatives } from "./negatives.ts";
import { OwnAnswers } from "./own-answers.ts";
import type { OwnRecords } from "./own-records.ts";
import type { Question } from "./record.ts";
import { MULTICAST_GAP, SHARED_ANSWER_DELAY } from "./timing.ts";
import { UnicastAnswers } from "./unicast-answers.ts";

/** Questions that are to be answered, and what goes for all of them. */
interface Asked {
  readonly questions: readonly Question[];
  readonly knowledge: Knowledge;
  readonly datagram: Datagram;
  readonly link: BoundLink;
  readonly since: Instant;
}

const AT_ONCE: Window = [0, 0];

export class Responder {
  readonly #ground: Ground;
  readonly #own: OwnRecords;
  readonly #answers: OwnAnswers;
  readonly #duplicates = new DuplicateAnswers();
  readonly #multicast: MulticastAnswers;
  readonly #unicast: UnicastAnswers;
  readonly #gathering: KnownAnswerGathering;

  /** @param negatives those that announcements are made of, too: what is said seldom is then said seldom by all. */
  constructor(ground: Ground, own: OwnRecords, negatives: Negatives = new Negatives(ground, own)) {
    this.#ground = ground;
    this.#own = own;
    this.#answers = new OwnAnswers(own, negatives);
    this.#multicast = new MulticastAnswers(ground, this.#answers, this.#duplicates);
    this.#unicast = new UnicastAnswers(ground, this.#answers, this.#duplicates);
    this.#gathering = new KnownAnswerGathering(ground, own, (gathered, turn) =>
      this.#gathered(gathered, turn),
    );
  }

  /** Answers a query, now or soon. Returns why it is not answered, or not in full, when that is worth counting. */
  hearQuery(message: DnsMessage, datagram: Datagram, turn: Turn<MdnsEvent>): MdnsDropReason | undefined {
    const { from, to } = datagram;
    if (from.port === 0) return "no-reply-port";
    const questions = this.#ours(message.questions);
    if (questions.length === 0 && !this.#gathering.awaits(datagram)) return undefined;
    const link = this.#ground.links.get(datagram.link.id);
    if (!link) return undefined;
    const isNeighbour = isOnLink(from.address, link.addresses);
    const isLegacy = from.port !== this.#ground.config.port;
    if ((isLegacy || to === "host") && !isNeighbour) return undefined;
    if (isLegacy) return this.#replyToLegacy(message, questions, datagram, link, turn);
    const probes = message.authorities.length > 0 ? questions.filter((each) => isProbe(each, message)) : [];
    const others = probes.length > 0 ? questions.filter((each) => !probes.includes(each)) : questions;
    const reason = this.#defend(probes, datagram, link, turn);
    return this.#take(message, others, datagram, link, turn) ?? reason;
  }

  /** Replies to a query of a resolver of old as to the same one before. Returns whether it did, or why not. */
  repeat(datagram: Datagram, turn: Turn<MdnsEvent>): boolean | MdnsDropReason {
    const { from, link: heardOn } = datagram;
    const link = this.#ground.links.get(heardOn.id);
    if (from.port === this.#ground.config.port || !link || !isOnLink(from.address, link.addresses))
      return false;
    return this.#unicast.repeat(datagram, link, this.#own.edition, turn);
  }

  /** Hears what others answer: it need not be said twice (RFC 6762 §7.4). */
  hearResponse(message: DnsMessage, { link, to }: Datagram, turn: Turn<MdnsEvent>): void {
    if (to === "host") return;
    const waits = this.#multicast.isWaiting(link.id) || this.#unicast.isWaiting || this.#gathering.size > 0;
    if (waits) this.#duplicates.hear(message, this.#own, link.id, turn.now);
  }

  /** Forgets what was to be said on links that are no more. */
  relink(_before: ReadonlyMap<string, BoundLink>, _resumed: boolean, _turn: Turn<MdnsEvent>): void {
    this.#gathering.relink();
    this.#multicast.relink();
    this.#unicast.relink();
  }

  /** The questions for names of ours, each once. */
  #ours(questions: readonly Question[]): readonly Question[] {
    const ours = questions.filter(({ name }) => this.#own.has(name));
    if (ours.length < 2) return ours;
    const distinct = new Map(ours.map((question) => [keyOf(question), question]));
    return [...distinct.values()];
  }

  #replyToLegacy(
    message: DnsMessage,
    questions: readonly Question[],
    datagram: Datagram,
    link: BoundLink,
    turn: Turn<MdnsEvent>,
  ): MdnsDropReason | undefined {
    const knowledge = new Knowledge(this.#ground.config.limits.knownAnswers * questions.length);
    const areHeeded = knowledge.heed(message.answers, this.#own, link.id);
    const sets = this.#wishes({ questions, datagram, link }).map(({ set }) => set);
    const unknown = sets.filter((set) => !knowledge.has(set));
    if (unknown.length === 0) return undefined;
    return this.#unicast.reply(message, unknown, datagram, link, turn) ?? tooManyUnless(areHeeded);
  }

  /**
   * RFC 6762 §8.1: who probes for a name of ours is told at once: by unicast where asked to, and to all where asked to or
   * where they have not heard it lately.
   */
  #defend(
    questions: readonly Question[],
    datagram: Datagram,
    link: BoundLink,
    turn: Turn<MdnsEvent>,
  ): MdnsDropReason | undefined {
    if (questions.length === 0) return undefined;
    const asked: Asked = { questions, knowledge: Knowledge.none, datagram, link, since: turn.now };
    const wishes = this.#wishes(asked);
    const unique = wishes.filter(({ set }) => !set.isShared);
    const toAsker = unique.filter(({ isUnicast }) => isUnicast).map((wish) => wanted(wish, asked));
    const refusal = this.#unicast.answer(toAsker, datagram, link, AT_ONCE, turn);
    const toAll = unique.filter(({ set, isUnicast }) => !isUnicast || refusal || !wasHeard(set, turn.now));
    const reason = this.#multicast.defend(
      toAll.map((wish) => wanted(wish, asked)),
      link,
      turn,
    );
    const shared = wishes.filter(({ set }) => set.isShared);
    return this.#say(shared, asked, SHARED_ANSWER_DELAY, turn) ?? reason;
  }

  /** Answers what is no probe: at once, soon, or when all known answers are there. */
  #take(
    message: DnsMessage,
    questions: readonly Question[],
    datagram: Datagram,
    link: BoundLink,
    turn: Turn<MdnsEvent>,
  ): MdnsDropReason | undefined {
    const isAwaited = this.#gathering.awaits(datagram);
    if (isAwaited || (message.truncated && questions.length > 0)) {
      const own = message.truncated ? questions : [];
      const reason = this.#gathering.add(message, own, datagram, turn);
      if (message.truncated || questions.length === 0) return reason;
    }
    if (questions.length === 0) return undefined;
    const knowledge = new Knowledge(this.#ground.config.limits.knownAnswers * questions.length);
    const areHeeded = knowledge.heed(message.answers, this.#own, link.id);
    const asked: Asked = { questions, knowledge, datagram, link, since: turn.now };
    const wishes = this.#wishes(asked);
    const isOursAlone = message.questions.length === 1 && wishes.every(({ set }) => !set.isShared);
    const window = isOursAlone || datagram.to === "host" ? AT_ONCE : SHARED_ANSWER_DELAY;
    return this.#say(wishes, asked, window, turn) ?? tooManyUnless(areHeeded);
  }

  #gathered({ questions, knowledge, asked: datagram, since }: Gathered, turn: Turn<MdnsEvent>): void {
    const link = this.#ground.links.get(datagram.link.id);
    if (!link) return;
    const asked: Asked = { questions, knowledge, datagram, link, since };
    const reason = this.#say(this.#wishes(asked), asked, AT_ONCE, turn);
    if (reason) drop(this.#ground, reason, datagram, turn);
  }

  /** What the questions ask for, each set once. */
  #wishes({ questions, datagram, link }: Pick<Asked, "questions" | "datagram" | "link">): readonly Wish[] {
    const wishes = new Map<AnswerSet["key"], Wish>();
    const canUnicast = isOnLink(datagram.from.address, link.addresses);
    for (const question of questions) {
      const isUnicast = canUnicast && (question.unicast || datagram.to === "host");
      for (const set of this.#answers.to(question, link.id)) {
        const known = wishes.get(set.key);
        wishes.set(set.key, known ? merged(known, { set, isUnicast }) : { set, isUnicast });
      }
    }
    return [...wishes.values()];
  }

  /** RFC 6762 §5.4: by unicast where that is asked for and everybody heard it lately; else by multicast. */
  #say(
    wishes: readonly Wish[],
    asked: Asked,
    window: Window,
    turn: Turn<MdnsEvent>,
  ): MdnsDropReason | undefined {
    const toAsker: Wanted[] = [];
    const toAll: Wanted[] = [];
    for (const wish of wishes) {
      if (asked.knowledge.has(wish.set)) continue;
      const isForAsker = wish.isUnicast && wasHeard(wish.set, turn.now);
      (isForAsker ? toAsker : toAll).push(wanted(wish, asked));
    }
    const reason = this.#multicast.answer(toAll, asked.link, window, turn);
    return this.#unicast.answer(toAsker, asked.datagram, asked.link, window, turn) ?? reason;
  }
}

/** A set that is asked for, and whether all who ask would have it by unicast. */
interface Wish {
  readonly set: AnswerSet;
  readonly isUnicast: boolean;
}

function merged(a: Wish, b: Wish): Wish {
  return { set: ttlOf(a.set) <= ttlOf(b.set) ? a.set : b.set, isUnicast: a.isUnicast && b.isUnicast };
}

function wanted({ set }: Wish, { since, knowledge, datagram }: Asked): Wanted {
  return { set, since, knowledge, gap: MULTICAST_GAP, asked: datagram };
}

/** RFC 6762 §5.4: whether all of a set was multicast in the last quarter of its TTL; or so lately that it may not be again. */
function wasHeard(set: AnswerSet, now: Instant): boolean {
  return now - allMulticastSince(set) <= Math.max(MULTICAST_GAP, ttlOf(set) * 250);
}

/** RFC 6762 §8.1: a question is a probe when what is proposed for its name stands in the authority section. */
function isProbe({ name }: Question, { authorities }: DnsMessage): boolean {
  return authorities.some((proposed) => proposed.name.equals(name));
}

function keyOf({ name, type, class: code, unicast }: Question): string {
  return `${type} ${code} ${unicast} ${name.key}`;
}

function tooManyUnless(areHeeded: boolean): MdnsDropReason | undefined {
  return areHeeded ? undefined : "too-many-known-answers";
}
