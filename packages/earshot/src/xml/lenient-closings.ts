import type { Tree } from "./tree.ts";

/**
 * Closes elements as closing tags must have been meant. At a closing tag that matches nothing, the parser closes every
 * open element, the root included, and says so only afterwards. So a closing waits until the parser's next word: when
 * it turns out that the tag matched nothing, all that waits is taken back.
 */
export class LenientClosings {
  readonly #tree: Tree;
  /** Closings of the last closing tag that are not yet carried out. */
  #waiting = 0;
  /** Whether the last of them is known not to be the one that the tag names. */
  #isMismatch = false;
  /** A closing tag that the parser will report once more, as text. */
  #stray = "";

  constructor(tree: Tree) {
    this.#tree = tree;
  }

  /** The parser closed its innermost element. */
  close(): void {
    if (!this.#isMismatch) this.settle();
    this.#waiting++;
    this.#isMismatch = false;
  }

  /** Carries out what waits: the parser has gone on to something else. */
  settle(): void {
    this.#tree.close(this.#waiting);
    this.#waiting = 0;
    this.#isMismatch = false;
  }

  /** Whether the parser's complaint was about a closing tag; if so it has been dealt with. */
  fail(message: string): boolean {
    if (message.startsWith(MISMATCH)) {
      this.#isMismatch = true;
      return true;
    }
    if (!message.startsWith(UNMATCHED)) return false;
    if (this.#isMismatch) this.#waiting = 0;
    this.settle();
    const name = message.slice(UNMATCHED.length, -1);
    this.#tree.close(this.#tree.closedBy(name));
    this.#stray = `</${name}>`;
    return true;
  }

  /** `text` without the closing tag that the parser put in front of it. */
  withoutStray(text: string): string {
    const stray = this.#stray;
    this.#stray = "";
    return stray !== "" && text.startsWith(stray) ? text.slice(stray.length) : text;
  }
}

/** The parser's words, which its exact version in package.json and the tests of this file hold in place. */
const MISMATCH = "unexpected close tag";
const UNMATCHED = "unmatched closing tag: ";
