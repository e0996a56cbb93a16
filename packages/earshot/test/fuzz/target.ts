import type { Random } from "../../src/core/random.ts";
import type { Mutant } from "./mutant.ts";
import type { Signature } from "./signature.ts";

/** Something that takes bytes from strangers. */
export interface Target {
  readonly name: string;
  /** Where the search begins, besides the corpus. */
  readonly seeds: readonly Uint8Array[];
  /** Words that mean something to the target. */
  readonly dictionary: readonly string[];
  /** Longest input in bytes; somewhat above what the target reads, so that its limit is met. */
  readonly mostBytes: number;
  /** Longest that one input may keep the processor busy, in ms, before the compiler knows the code. @default 50 */
  readonly mostMs?: number;
  /** Changes an input in a way that knows its structure; `pick` gives another input of the corpus. */
  mutate?(mutant: Mutant, random: Random, pick: () => Uint8Array): void;
  /**
   * Feeds one input, notes what happened, and throws when something happened that must not. The bytes are only lent.
   */
  run(bytes: Uint8Array, signature: Signature): void;
  /** Looks closer at one input, and throws likewise: at those that are news, and at every so many. */
  examine?(bytes: Uint8Array): void;
  /** An input without its part of that number, from 0; `undefined` when it has none. Inputs are shrunk by parts first. */
  without?(bytes: Uint8Array, part: number): Uint8Array | undefined;
  /** What else it counted, in words. */
  tally?(): string;
}

/** What must not happen, did. */
export class Finding extends Error {
  override readonly name = "Finding";
}

/** @throws Finding unless `holds`. */
export function insist(holds: boolean, message: string): asserts holds {
  if (!holds) throw new Finding(message);
}
