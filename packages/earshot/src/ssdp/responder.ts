/**
 * Answers searches for our devices (UDA 1.1 section 1.3.3). Silence is the answer to whatever is not a proper
 * search; the bounds keep us from being used to flood somebody else.
 */
import type { BoundLink, Datagram, Endpoint, Instant, Turn } from "../core/engine.ts";
import { TokenBucket, TokenBuckets } from "../core/token-bucket.ts";
import type { Advertised } from "./advertisement.ts";
import { encodeResponse } from "./dialect.ts";
import type { DropReason, SsdpEvent } from "./events.ts";
import { readMan, readMx } from "./fields.ts";
import { type Ground, spokenFrom } from "./ground.ts";
import type { SsdpMessage } from "./message.ts";
import type { Announced, Notifier } from "./notifier.ts";
import * as timing from "./timing.ts";
import { MOST_NAME_LENGTH, typeServes, versionedType } from "./usn.ts";

interface Answer {
  readonly announced: Announced;
  readonly item: Advertised;
}

export class Responder {
  readonly #ground: Ground;
  readonly #notifier: Notifier;
  readonly #perSource: TokenBuckets;
  readonly #all: TokenBucket;
  /** Searches whose answers are under way: the same one asked again is not answered twice. */
  readonly #underWay = new Set<string>();
  #pending = 0;

  constructor(ground: Ground, notifier: Notifier) {
    const { limits } = ground.config;
    this.#ground = ground;
    this.#notifier = notifier;
    this.#perSource = new TokenBuckets({
      perSecond: limits.answersPerSecondPerSource,
      burst: limits.answerBurstPerSource,
    });
    this.#all = new TokenBucket({ perSecond: limits.answersPerSecond, burst: limits.answersPerSecond });
  }

  /** Schedules the answers to a search. Returns why there are none, when that is worth counting. */
  search(message: SsdpMessage, datagram: Datagram, turn: Turn<SsdpEvent>): DropReason | undefined {
    if (this.#notifier.size === 0) return undefined;
    const target = message.headers.get("ST");
    if (!target) return "search-without-target";
    if (target.length > MOST_NAME_LENGTH) return "name-too-long";
    const man = readMan(message.headers);
    if (man !== "quoted" && !(man && this.#ground.config.lenient)) return "search-without-man";
    const window = this.#window(message, datagram);
    if (window === undefined) return "search-without-mx";
    const answers = [...this.#answersTo(target)];
    if (answers.length === 0) return undefined;
    return this.#schedule(answers, target, window, datagram, message, turn);
  }

  /** How long answers may be spread, in ms. A search sent to us alone is answered at once, whatever its MX. */
  #window(message: SsdpMessage, datagram: Datagram): number | undefined {
    if (datagram.to === "host") return 0;
    const mx = readMx(message.headers) ?? (this.#ground.config.lenient ? 1 : undefined);
    if (mx === undefined) return undefined;
    return Math.min(mx, timing.MOST_MX_SECONDS) * 1000 * timing.ANSWER_WINDOW_SHARE;
  }

  *#answersTo(target: string): Iterable<Answer> {
    for (const announced of this.#notifier.announced) yield* answersFrom(announced, target);
  }

  #schedule(
    answers: readonly Answer[],
    target: string,
    window: number,
    datagram: Datagram,
    message: SsdpMessage,
    turn: Turn<SsdpEvent>,
  ): DropReason | undefined {
    if (window === 0) return this.#answerNow(answers, datagram, message, turn);
    const { from, link } = datagram;
    const key = `${link.id} ${from.address} ${from.port} ${target}`;
    if (this.#underWay.has(key)) return "repeated-search";
    const room = this.#ground.config.limits.pendingAnswers - this.#pending;
    const taken = answers.slice(0, Math.max(0, room));
    if (taken.length === 0) return "answers-pending";
    const delays = taken.map(() => this.#ground.random.between(0, window)).sort((a, b) => a - b);
    this.#underWay.add(key);
    this.#pending += taken.length;
    taken.forEach((answer, index) => {
      this.#later(turn.now + (delays[index] ?? 0), answer, datagram, message, () => {
        if (index === taken.length - 1) this.#underWay.delete(key);
      });
    });
    return taken.length < answers.length ? "answers-pending" : undefined;
  }

  #later(at: Instant, answer: Answer, datagram: Datagram, message: SsdpMessage, done: () => void): void {
    this.#ground.agenda.set(at, `answer to ${datagram.from.address}`, (turn) => {
      this.#pending--;
      done();
      const dropped = this.#answerNow([answer], datagram, message, turn);
      if (dropped) turn.emit({ kind: "dropped", reason: dropped, link: datagram.link, from: datagram.from });
    });
  }

  #answerNow(
    answers: readonly Answer[],
    datagram: Datagram,
    message: SsdpMessage,
    turn: Turn<SsdpEvent>,
  ): DropReason | undefined {
    const link = this.#ground.links.get(datagram.link.id);
    if (!link) return undefined;
    for (const answer of answers) {
      if (!this.#notifier.has(answer.announced)) continue;
      if (!this.#perSource.take(datagram.from.address, turn.now)) return "answers-per-source";
      if (!this.#all.take(turn.now)) return "answers-in-all";
      this.#send(answer, datagram, link, message, turn);
    }
    return undefined;
  }

  /** From the port that was searched, so that firewalls and filters recognise it (UDA 1.1 §1.3.3). */
  #send(
    answer: Answer,
    datagram: Datagram,
    link: BoundLink,
    message: SsdpMessage,
    turn: Turn<SsdpEvent>,
  ): void {
    const to: Endpoint = datagram.from;
    const echo = message.headers.get("S");
    const bytes = encodeResponse({
      ...this.#notifier.fields(answer.announced, answer.item, link, to),
      date: turn.date(),
      ...(echo !== undefined && { searchId: echo }),
    });
    const socket = datagram.to === "host" ? datagram.socket : spokenFrom(link);
    turn.send({ bytes, to, link, socket });
  }
}

/** The members of a set that `target` asks for, each under the target that its answer must carry. */
function* answersFrom(announced: Announced, target: string): Iterable<Answer> {
  const { set, hidden } = announced.advertisement;
  const wantsAll = target === "ssdp:all";
  if (wantsAll && hidden) return;
  for (const item of set) {
    if (wantsAll || item.usn === target) yield { announced, item };
    else if (typeServes(item.target, target)) yield { announced, item: asAsked(item, target) };
  }
}

/** UDA 1.1 §1.3.3: who asks for an older version is answered in that version, in ST and in USN. */
function asAsked(item: Advertised, target: string): Advertised {
  if (item.target === target) return item;
  const suffix = `::${item.target}`;
  const isVersioned = versionedType(target) !== undefined && item.usn.endsWith(suffix);
  return { target, usn: isVersioned ? `${item.usn.slice(0, -suffix.length)}::${target}` : item.usn };
}
