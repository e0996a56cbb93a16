/**
 * Answers searches for our devices (UDA 1.1 section 1.3.3). Silence is the answer to whatever is not a proper
 * search; the bounds keep us from being used to flood somebody else.
 */
import { isBroadcast, isMulticast, isOnLink, isUnspecified } from "../core/address.ts";
import type { BoundLink, Datagram, Endpoint, Instant, Link, Turn } from "../core/engine.ts";
import { UsageError } from "../core/errors.ts";
import { Memo } from "../core/memo.ts";
import { TokenBucket, TokenBuckets } from "../core/token-bucket.ts";
import { type Advertised, locationOn } from "./advertisement.ts";
import { Answer, AnswerBook, type Occasion } from "./answer-book.ts";
import type { Asking } from "./asking.ts";
import { encodeAlive, encodeResponse, type ResponseFields } from "./dialect.ts";
import type { DropReason, SsdpEvent } from "./events.ts";
import { drop, type Ground, spokenFrom } from "./ground.ts";
import type { Announced, Notifier } from "./notifier.ts";
import * as timing from "./timing.ts";
import { MOST_NAME_LENGTH, splitUsn, typeServes, versionedType } from "./usn.ts";

/** A search, and who made it. */
interface Asked {
  readonly asking: Asking;
  readonly datagram: Datagram;
  readonly target: string;
  /** Whether this address was not answered lately. */
  readonly isNewcomer: boolean;
  /** Where it awaits a NOTIFY instead of a response: see `SsdpOptions.answerByNotify`. */
  readonly notifyTo: Endpoint | undefined;
}

/** Addresses of a link that are remembered to be hosts, or not. */
const MOST_ADDRESSES = 256;

export class Responder {
  readonly #ground: Ground;
  readonly #notifier: Notifier;
  readonly #book: AnswerBook;
  readonly #perSource: TokenBuckets;
  readonly #all: TokenBucket;
  /** A share kept for those not answered lately, so that who asks all the time does not silence us for others. */
  readonly #newcomers: TokenBucket;
  /** Searches whose answers are under way: the same one asked again is not answered twice. */
  readonly #underWay = new Set<string>();
  readonly #connections = new TokenBuckets(timing.CONNECTION_RATE);
  readonly #allConnections = new TokenBucket(timing.CONNECTIONS_RATE);
  #connecting = 0;
  readonly #hosts = new WeakMap<Link, Memo<string, boolean>>();
  #pending = 0;
  #date: Date | undefined;
  #dateFrom: Instant = 0;
  #dateUntil: Instant = 0;

  constructor(ground: Ground, notifier: Notifier) {
    const { limits } = ground.config;
    this.#ground = ground;
    this.#notifier = notifier;
    this.#book = new AnswerBook(notifier, (link, target) => [...this.#answersTo(link, target)]);
    this.#perSource = new TokenBuckets({
      perSecond: limits.answersPerSecondPerSource,
      burst: limits.answerBurstPerSource,
    });
    const perSecond = limits.answersPerSecond;
    this.#all = new TokenBucket({ perSecond, burst: perSecond });
    this.#newcomers = new TokenBucket({ perSecond: perSecond / 4, burst: perSecond / 4 });
  }

  /** Schedules the answers to a search. Returns why there are none, when that is worth counting. */
  search(asking: Asking, datagram: Datagram, turn: Turn<SsdpEvent>): DropReason | undefined {
    if (this.#notifier.size === 0) return undefined;
    const { target, man } = asking;
    if (!target) return "search-without-target";
    if (target.length > MOST_NAME_LENGTH) return "name-too-long";
    if (man !== "quoted" && !(man && this.#ground.config.lenient)) return "search-without-man";
    const window = this.#window(asking, datagram);
    if (window === undefined) return "search-without-mx";
    const notifyTo = man === "lenient" ? this.#notifyTo(datagram) : undefined;
    const known = this.#book.answers(datagram.link, target);
    const answers = notifyTo && known.length === 0 ? this.#presences(datagram.link) : known;
    if (answers.length === 0) return undefined;
    const { limits, answerByTcp } = this.#ground.config;
    const isNewcomer = this.#perSource.has(datagram.from.address, turn.now, limits.answerBurstPerSource);
    const asked: Asked = { asking, datagram, target, isNewcomer, notifyTo };
    const tcpPort = answerByTcp && datagram.to === "group" ? asking.tcpPort : undefined;
    if (tcpPort !== undefined && this.#mayConnect(turn.now)) {
      return this.#answerByTcp(answers, tcpPort, asked, turn);
    }
    return this.#answer(answers, window, asked, turn);
  }

  /** A `tcp-answer` was delivered, or failed. */
  tcpAnswerOver(): void {
    this.#connecting = Math.max(0, this.#connecting - 1);
  }

  /** While others take all connections there are, who asks is answered by UDP as ever. */
  #mayConnect(now: Instant): boolean {
    return this.#connecting < timing.MOST_CONNECTIONS && this.#allConnections.has(now);
  }

  /** How long answers may be spread, in ms. A search sent to us alone is answered at once, whatever its MX. */
  #window(asking: Asking, datagram: Datagram): number | undefined {
    if (datagram.to === "host") return 0;
    const mx = asking.mx ?? (this.#ground.config.lenient ? 1 : undefined);
    if (mx === undefined) return undefined;
    return Math.min(mx, timing.MOST_MX_SECONDS) * 1000 * timing.ANSWER_WINDOW_SHARE;
  }

  *#answersTo(link: Link, target: string): Iterable<Answer> {
    const { lenient, alwaysReplyWithRootDevice } = this.#ground.config;
    const isNoVersion = !lenient && versionedType(target)?.version === 0; // Versions begin at 1; Windows asks for 0.
    for (const announced of this.#notifier.announcedOn(link)) {
      const root = rootOf(announced);
      let isRootAmong = false;
      for (const answer of isNoVersion ? [] : answersFrom(announced, target)) {
        isRootAmong ||= answer.item === root;
        yield answer;
      }
      if (!root) continue;
      if (lenient && target === "pnp:rootdevice") yield new Answer(announced, renamed(root, target));
      if (alwaysReplyWithRootDevice && !isRootAmong) yield new Answer(announced, root);
    }
  }

  #notifyTo({ from }: Datagram): Endpoint | undefined {
    const { answerByNotify, port } = this.#ground.config;
    return answerByNotify ? { address: from.address, port } : undefined;
  }

  /** Who searches so may ask for nothing that there is, such as `null`: then each offer says who it is, once. */
  #presences(link: Link): readonly Answer[] {
    return [...this.#notifier.announcedOn(link)].flatMap((announced) => {
      const [item] = announced.advertisement.set;
      return item && !announced.advertisement.hidden ? [new Answer(announced, item)] : [];
    });
  }

  /**
   * All answers at once, over one connection to nobody but who asked (UDA 2.0 §1.3.3). What is refused here is not
   * answered by UDP either: the search can be repeated.
   */
  #answerByTcp(
    answers: readonly Answer[],
    port: number,
    asked: Asked,
    turn: Turn<SsdpEvent>,
  ): DropReason | undefined {
    const { address } = asked.datagram.from;
    const link = this.#ground.links.get(asked.datagram.link.id);
    if (!link || !isOnLink(address, link.addresses) || isBroadcast(address, link.addresses))
      return "tcp-answer-off-link";
    if (!this.#connections.take(address, turn.now)) return "tcp-answers-per-source";
    this.#allConnections.take(turn.now);
    this.#connecting++;
    const bytes = joined(answers.flatMap((answer) => this.#encode(answer, asked, link, turn) ?? []));
    turn.emit({ kind: "tcp-answer", bytes, to: { address, port }, link });
    return undefined;
  }

  #answer(
    answers: readonly Answer[],
    window: number,
    asked: Asked,
    turn: Turn<SsdpEvent>,
  ): DropReason | undefined {
    const { link, from } = asked.datagram;
    if (!this.#isHost(from.address, link)) return "search-from-no-host";
    const way = asked.notifyTo ? "notify" : "answer";
    const key =
      window === 0 ? "" : `${way} ${link.id} ${from.address} ${from.port} ${asked.target.toLowerCase()}`;
    if (this.#underWay.has(key)) return "repeated-search";
    const granted = this.#grant(answers, window, asked.datagram, turn.now);
    if (window === 0) for (const answer of granted) this.#send(answer, asked, turn);
    else if (granted.length > 0) this.#schedule(granted, window, key, asked, turn);
    return granted.length < answers.length ? "answers-per-source" : undefined;
  }

  /** An answer to what is no host's address would be for everybody. */
  #isHost(address: string, link: Link): boolean {
    const known = this.#hosts.get(link);
    if (known) return known.get(address);
    const isHost = (from: string): boolean =>
      !isBroadcast(from, link.addresses) && !isMulticast(from) && !isUnspecified(from);
    const hosts = new Memo(MOST_ADDRESSES, isHost);
    this.#hosts.set(link, hosts);
    return hosts.get(address);
  }

  /**
   * The answers that an address gets: all, if it was not answered lately, however many they are; else what its rate
   * allows until the window ends, beginning anywhere, so that who asks again in time gets the others. Programs on this
   * very machine are no strangers, and are not counted.
   */
  #grant(
    answers: readonly Answer[],
    window: number,
    { from, link }: Datagram,
    now: Instant,
  ): readonly Answer[] {
    if (link.addresses.some((own) => own.address === from.address)) return answers;
    const count = this.#perSource.advance(from.address, now, window, answers.length);
    if (count === answers.length) return answers;
    const start = this.#ground.random.integer(0, answers.length - 1);
    return [...answers.slice(start), ...answers.slice(0, start)].slice(0, count);
  }

  /** Spreads the answers over the window, as far as there is room for more that wait. */
  #schedule(
    granted: readonly Answer[],
    window: number,
    key: string,
    asked: Asked,
    turn: Turn<SsdpEvent>,
  ): void {
    const room = Math.max(0, this.#ground.config.limits.pendingAnswers - this.#pending);
    const taken = granted.slice(0, room);
    for (const _ of granted.slice(room)) drop(this.#ground, "answers-pending", asked.datagram, turn);
    const delays = taken.map(() => this.#ground.random.between(0, window)).sort((a, b) => a - b);
    if (taken.length > 0) this.#underWay.add(key);
    this.#pending += taken.length;
    taken.forEach((answer, index) => {
      const at = turn.now + (delays[index] ?? 0);
      this.#ground.agenda.set(at, `answer to ${asked.datagram.from.address}`, (later) => {
        this.#pending--;
        if (index === taken.length - 1) this.#underWay.delete(key);
        this.#send(answer, asked, later);
      });
    });
  }

  /** From the port that was searched, so that firewalls and filters recognise it (UDA 1.1 §1.3.3). */
  #send(answer: Answer, asked: Asked, turn: Turn<SsdpEvent>): void {
    const { datagram, isNewcomer } = asked;
    const link = this.#ground.links.get(datagram.link.id);
    if (!link || !this.#notifier.has(answer.announced)) return;
    if (!this.#all.take(turn.now) && !(isNewcomer && this.#newcomers.take(turn.now))) {
      drop(this.#ground, "answers-in-all", datagram, turn);
      return;
    }
    const to: Endpoint = asked.notifyTo ?? datagram.from;
    const bytes = this.#encode(answer, asked, link, turn);
    if (!bytes) return;
    const socket = datagram.to === "host" ? datagram.socket : spokenFrom(link);
    turn.send({ bytes, to, link, socket });
  }

  #encode(answer: Answer, asked: Asked, link: BoundLink, turn: Turn<SsdpEvent>): Uint8Array | undefined {
    const { notifyTo } = asked;
    if (notifyTo)
      return written(() => encodeAlive(this.#notifier.fields(answer.announced, answer.item, link, notifyTo)));
    const date = this.#dateAt(turn);
    const { edition } = this.#notifier;
    const second = Math.floor(date.getTime() / 1000);
    const { searchId } = asked.asking;
    const { address } = asked.datagram.from;
    const said = searchId === undefined ? answer.said(edition, second, address) : undefined;
    return (
      said ?? this.#word(answer, { edition, second, address, searchId, date }, link, asked.datagram.from)
    );
  }

  #word(answer: Answer, occasion: Told, link: BoundLink, from: Endpoint): Uint8Array | undefined {
    const { announced, item } = answer;
    const { edition, second, address, searchId, date } = occasion;
    const fields = (): ResponseFields => ({ ...this.#notifier.fields(announced, item, link, from), date });
    const word = (): Uint8Array | undefined => written(() => encodeResponse(fields()));
    if (searchId !== undefined) return written(() => encodeResponse({ ...fields(), searchId })) ?? word();
    const { location: template } = announced.advertisement;
    const location = template && locationOn(template, link, address, announced.served);
    return answer.say({ edition, second, address }, location, word);
  }

  /** DATE, read from the calendar once a second at most. */
  #dateAt(turn: Turn<SsdpEvent>): Date {
    const { now } = turn;
    if (this.#date && now >= this.#dateFrom && now < this.#dateUntil) return this.#date;
    const date = turn.date();
    this.#date = date;
    this.#dateFrom = now;
    this.#dateUntil = now + 1000 - (date.getTime() % 1000);
    return date;
  }
}

/** To whom an answer is worded, and when. */
interface Told extends Occasion {
  /** S of the search. */
  readonly searchId: string | undefined;
  readonly date: Date;
}

/** An answer carries words of who asks: with them it may be more than can be sent. */
function written(encode: () => Uint8Array): Uint8Array | undefined {
  try {
    return encode();
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

/** The members of a set that `target` asks for, each under the target that its answer must carry. */
function* answersFrom(announced: Announced, target: string): Iterable<Answer> {
  const { set, hidden } = announced.advertisement;
  const wantsAll = target === "ssdp:all";
  if (wantsAll && hidden) return;
  for (const item of set) {
    if (wantsAll || item.usn === target) yield new Answer(announced, item);
    else if (typeServes(item.target, target)) yield new Answer(announced, asAsked(item, target));
  }
}

/** The root device of a set that is announced. */
function rootOf({ advertisement: { set, hidden } }: Announced): Advertised | undefined {
  return hidden ? undefined : set.find(({ target }) => target === "upnp:rootdevice");
}

function renamed({ usn }: Advertised, target: string): Advertised {
  return { target, usn: `${splitUsn(usn).writtenUdn}::${target}` };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** UDA 1.1 §1.3.3: who asks for an older version is answered in that version, in ST and in USN. */
function asAsked(item: Advertised, target: string): Advertised {
  if (item.target === target) return item;
  const suffix = `::${item.target}`;
  const isVersioned = versionedType(target) !== undefined && item.usn.endsWith(suffix);
  return { target, usn: isVersioned ? `${item.usn.slice(0, -suffix.length)}::${target}` : item.usn };
}
