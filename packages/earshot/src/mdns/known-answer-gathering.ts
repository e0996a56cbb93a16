import type { Deadline } from "../core/agenda.ts";
import type { Datagram, Instant, Turn } from "../core/engine.ts";
import type { MdnsDropReason, MdnsEvent } from "./events.ts";
import type { Ground } from "./ground.ts";
import { Knowledge } from "./knowledge.ts";
import type { DnsMessage } from "./message.ts";
import type { OwnRecords } from "./own-records.ts";
import type { Question } from "./record.ts";
import { MOST_GATHERING, TRUNCATED_DELAY } from "./timing.ts";

/** Questions of one host that are kept, and for how many of them its known answers are heeded. */
const MOST_QUESTIONS = 256;
const MOST_RELIEVED = 16;

/** What one host asked in several messages, put together. */
export interface Gathered {
  readonly questions: readonly Question[];
  readonly knowledge: Knowledge;
  /** The first of its messages. */
  readonly asked: Datagram;
  /** When the last questions came. */
  readonly since: Instant;
}

interface Gathering {
  readonly questions: Question[];
  readonly knowledge: Knowledge;
  readonly asked: Datagram;
  since: Instant;
  messages: number;
  /** Until when it ends, whatever comes. */
  readonly latest: Instant;
  deadline: Deadline;
}

/**
 * Waits for the known answers that did not fit into a query (RFC 6762 §7.2): until nothing more came from its host for 400
 * to 500 ms. Hosts that are waited for and messages of each are bounded; when there are too many, who came first is answered
 * with what is known by then.
 */
export class KnownAnswerGathering {
  readonly #ground: Ground;
  readonly #own: OwnRecords;
  readonly #finish: (gathered: Gathered, turn: Turn<MdnsEvent>) => void;
  /** By link and address, in the order they began. */
  readonly #gatherings = new Map<string, Gathering>();

  constructor(ground: Ground, own: OwnRecords, finish: (gathered: Gathered, turn: Turn<MdnsEvent>) => void) {
    this.#ground = ground;
    this.#own = own;
    this.#finish = finish;
  }

  /** How many hosts are waited for. */
  get size(): number {
    return this.#gatherings.size;
  }

  /** Whether more is waited for from the host of a datagram. */
  awaits(datagram: Datagram): boolean {
    return this.#gatherings.size > 0 && this.#gatherings.has(keyOf(datagram));
  }

  /**
   * Puts a message to what its host said before, if that is waited for, or if it says that more will come.
   * @param questions those of the message that are to be answered when all is heard.
   */
  add(
    message: DnsMessage,
    questions: readonly Question[],
    datagram: Datagram,
    turn: Turn<MdnsEvent>,
  ): MdnsDropReason | undefined {
    const { knownAnswers, deferredPerSource } = this.#ground.config.limits;
    const key = keyOf(datagram);
    const known = this.#gatherings.get(key);
    const evicted = known ? undefined : this.#makeRoom(turn);
    const most = knownAnswers * Math.min(questions.length, MOST_RELIEVED);
    const gathering = known ?? this.#begin(key, most, datagram, turn.now);
    if (gathering.messages >= deferredPerSource) return "too-many-deferred";
    if (gathering.questions.length + questions.length > MOST_QUESTIONS) return "too-many-deferred";
    gathering.messages++;
    gathering.questions.push(...questions);
    if (questions.length > 0) gathering.since = turn.now;
    if (known && message.truncated) this.#extend(key, gathering, turn.now);
    if (gathering.knowledge.heed(message.answers, this.#own, datagram.link.id)) return evicted;
    return "too-many-known-answers";
  }

  /** Forgets hosts on links that are no more. */
  relink(): void {
    for (const [key, { asked, deadline }] of this.#gatherings) {
      if (this.#ground.links.has(asked.link.id)) continue;
      deadline.cancel();
      this.#gatherings.delete(key);
    }
  }

  #begin(key: string, limit: number, asked: Datagram, now: Instant): Gathering {
    const gathering: Gathering = {
      questions: [],
      knowledge: new Knowledge(limit),
      asked,
      since: now,
      messages: 0,
      latest: now + MOST_GATHERING,
      deadline: this.#wait(key, now + this.#pause()),
    };
    this.#gatherings.set(key, gathering);
    return gathering;
  }

  #extend(key: string, gathering: Gathering, now: Instant): void {
    gathering.deadline.cancel();
    gathering.deadline = this.#wait(key, Math.min(now + this.#pause(), gathering.latest));
  }

  #pause(): number {
    const [least, most] = TRUNCATED_DELAY;
    return this.#ground.random.between(least, most);
  }

  #wait(key: string, at: Instant): Deadline {
    return this.#ground.agenda.set(at, `known answers of ${key}`, (turn) => this.#end(key, turn));
  }

  #end(key: string, turn: Turn<MdnsEvent>): void {
    const gathering = this.#gatherings.get(key);
    if (!gathering) return;
    gathering.deadline.cancel();
    this.#gatherings.delete(key);
    this.#finish(gathering, turn);
  }

  #makeRoom(turn: Turn<MdnsEvent>): MdnsDropReason | undefined {
    if (this.#gatherings.size < this.#ground.config.limits.deferredSources) return undefined;
    const [oldest] = this.#gatherings.keys();
    if (oldest !== undefined) this.#end(oldest, turn);
    return "too-many-deferred";
  }
}

function keyOf({ link, from }: Datagram): string {
  return `${link.id} ${from.address}`;
}
