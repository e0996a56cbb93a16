import type { Link } from "../core/engine.ts";
import { Memo } from "../core/memo.ts";
import type { Advertised } from "./advertisement.ts";
import type { Announced, Notifier } from "./notifier.ts";

/** Targets that answers are remembered for, on each link. */
const MOST_TARGETS = 64;

/** One answer to a search: what is announced, under the target and USN that the answer must carry. */
export class Answer {
  readonly announced: Announced;
  readonly item: Advertised;
  #said: Wording | undefined;

  constructor(announced: Announced, item: Advertised) {
    this.announced = announced;
    this.item = item;
  }

  /** The message, if it was worded on the same occasion before. */
  said(edition: number, second: number, address: string): Uint8Array | undefined {
    const said = this.#said;
    const isSame = said?.edition === edition && said.second === second && said.address === address;
    return isSame ? said.bytes : undefined;
  }

  /**
   * The message, worded once for all who ask in the same second and are told the same LOCATION; `undefined` if there is no
   * wording it.
   */
  say(
    asked: Occasion,
    location: string | undefined,
    word: () => Uint8Array | undefined,
  ): Uint8Array | undefined {
    const said = this.#said;
    const isSame =
      said?.edition === asked.edition && said.second === asked.second && said.location === location;
    const bytes = said && isSame ? said.bytes : word();
    this.#said = bytes && { ...asked, location, bytes };
    return bytes;
  }
}

/** What a message depends on. */
export interface Occasion {
  /** Of what is announced. */
  readonly edition: number;
  /** Seconds since 1970, for DATE. */
  readonly second: number;
  /** Who is told it, and so which LOCATION. */
  readonly address: string;
}

interface Wording extends Occasion {
  readonly location: string | undefined;
  readonly bytes: Uint8Array;
}

/**
 * What searches are answered with, worked out once for each link and target. Many ask the same again and again; when
 * anything else is announced, all is worked out anew.
 */
export class AnswerBook {
  readonly #notifier: Notifier;
  readonly #find: (link: Link, target: string) => readonly Answer[];
  readonly #pages = new Map<string, Memo<string, readonly Answer[]>>();
  #edition = -1;

  /** @param find works out the answers to a target on a link. */
  constructor(notifier: Notifier, find: (link: Link, target: string) => readonly Answer[]) {
    this.#notifier = notifier;
    this.#find = find;
  }

  answers(link: Link, target: string): readonly Answer[] {
    if (this.#edition !== this.#notifier.edition) {
      this.#edition = this.#notifier.edition;
      this.#pages.clear();
    }
    const page = this.#pages.get(link.id) ?? new Memo(MOST_TARGETS, (wanted) => this.#find(link, wanted));
    this.#pages.set(link.id, page);
    return page.get(target);
  }
}
