import { ownText } from "../core/own-text.ts";
import type { DescriptionViolation } from "./description.ts";

/** What was found wrong with one description, bounded. */
export class Violations {
  readonly #list: DescriptionViolation[] = [];

  get list(): readonly DescriptionViolation[] {
    return this.#list;
  }

  note(code: string, detail?: string): void {
    if (this.#list.length >= MOST_VIOLATIONS) return;
    this.#list.push(
      detail === undefined ? { code } : { code, detail: ownText(detail.slice(0, MOST_DETAIL)) },
    );
  }
}

const MOST_VIOLATIONS = 128;
/** Characters of one detail. */
const MOST_DETAIL = 200;
