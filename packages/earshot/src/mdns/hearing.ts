import type { Turn } from "../core/engine.ts";
import type { Aliases } from "./aliases.ts";
import type { Answer, AnswerChange, AnswerListener, Ask, Asking, Departure } from "./asking.ts";
import type { MdnsEvent } from "./events.ts";
import type { Topic } from "./topics.ts";

/** What is done for those who ask. */
export interface HearingHost {
  answersOf(hearing: Hearing): Iterable<Answer>;
  repeat(hearing: Hearing, turn: Turn<MdnsEvent>): void;
  /** Called once. */
  close(hearing: Hearing): void;
  /** What the name is another name for has changed on a link. */
  retrace(hearing: Hearing, linkId: string, reason: Departure, turn: Turn<MdnsEvent>): void;
}

/** Somebody who asked, and is told. There are thousands: what they have in common is the host's. */
export class Hearing implements Asking {
  readonly ask: Ask;
  /** Who asked before whom: nobody is told twice of what was there when he asked. */
  readonly order: number;
  /** Follows what the name is another name for. */
  aliases: Aliases | undefined;
  /** What it asks, since it is asked. */
  topic: Topic | undefined;
  isEnded = false;
  readonly #hear: AnswerListener;
  readonly #host: HearingHost;
  readonly #origin: Hearing | undefined;

  /** @param origin on whose behalf it asks for another name: that one is told when what this name stands for changes. */
  constructor(ask: Ask, order: number, hear: AnswerListener, host: HearingHost, origin?: Hearing) {
    this.ask = ask;
    this.order = order;
    this.#hear = hear;
    this.#host = host;
    this.#origin = origin;
  }

  get answers(): Iterable<Answer> {
    return this.#host.answersOf(this);
  }

  repeat(turn: Turn<MdnsEvent>): void {
    if (!this.isEnded) this.#host.repeat(this, turn);
  }

  end(): void {
    if (this.isEnded) return;
    this.aliases?.end();
    this.isEnded = true;
    this.#host.close(this);
  }

  /** Whether it is about what is heard on a link. */
  covers(linkId: string): boolean {
    return this.ask.link === undefined || this.ask.link === linkId;
  }

  hear(change: AnswerChange, turn: Turn<MdnsEvent>): void {
    if (!this.isEnded) this.#hear(change, turn);
  }

  rename(linkId: string, reason: Departure, turn: Turn<MdnsEvent>): void {
    if (this.isEnded) return;
    if (this.#origin) this.#origin.rename(linkId, reason, turn);
    else this.#host.retrace(this, linkId, reason, turn);
  }
}
