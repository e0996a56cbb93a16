import type { Turn } from "../core/engine.ts";
import type { Aliases } from "./aliases.ts";
import type { AnswerChange, AnswerListener, Ask, Departure } from "./asking.ts";
import type { MdnsEvent } from "./events.ts";

/** Somebody who asked, and is told. */
export class Hearing {
  readonly ask: Ask;
  /** Who asked before whom: nobody is told twice of what was there when he asked. */
  readonly order: number;
  /** Follows what the name is another name for. */
  aliases: Aliases | undefined;
  isEnded = false;
  readonly #hear: AnswerListener;
  readonly #renamed: (linkId: string, reason: Departure, turn: Turn<MdnsEvent>) => void;

  /** @param renamed is told that what the name is another name for has changed on a link. */
  constructor(
    ask: Ask,
    order: number,
    hear: AnswerListener,
    renamed: (linkId: string, reason: Departure, turn: Turn<MdnsEvent>) => void,
  ) {
    this.ask = ask;
    this.order = order;
    this.#hear = hear;
    this.#renamed = renamed;
  }

  /** Whether it is about what is heard on a link. */
  covers(linkId: string): boolean {
    return this.ask.link === undefined || this.ask.link === linkId;
  }

  hear(change: AnswerChange, turn: Turn<MdnsEvent>): void {
    if (!this.isEnded) this.#hear(change, turn);
  }

  rename(linkId: string, reason: Departure, turn: Turn<MdnsEvent>): void {
    if (!this.isEnded) this.#renamed(linkId, reason, turn);
  }
}
