import type { Instant } from "../core/engine.ts";
import { NetworkError } from "../core/errors.ts";
import type { Random } from "../core/random.ts";
import type { Clock } from "../network/index.ts";
import type { Description } from "./description.ts";
import { CROWD_REST, LONGEST_CROWD_REST, REACTION_GAP, RESTS, RETRIES } from "./fetch-limits.ts";

/** What came of reading a description. */
export type Outcome =
  | { readonly description: Description; readonly undescribed?: undefined }
  | { readonly description?: undefined; readonly undescribed: string };

/** What an announcement says of how new its description is (UDA 1.1 §1.2.2). */
export interface Edition {
  readonly bootId: number | undefined;
  readonly configId: number | undefined;
}

export interface DocumentParts {
  readonly clock: Clock;
  readonly random: Random;
  /** Reads it. Rejects with `Error`. */
  readonly read: (unsolicited: boolean, signal: AbortSignal) => Promise<Description>;
  /** Until when reading would be refused; `undefined` when it would not. */
  readonly restsUntil: () => Instant | undefined;
  /** Whether a failure is tried again. */
  readonly retries: boolean;
}

/**
 * A description document, and who wants to know what it says. It is read once for all; again when its device says that
 * it has another; and when it could not be read, some times more.
 */
export class Document {
  readonly #parts: DocumentParts;
  readonly #followers = new Set<(outcome: Outcome) => void>();
  #outcome: Outcome | undefined;
  /** The newest edition that was heard of, and the one that was read, or tried. */
  #heard: Edition;
  #tried: Edition;
  /** When that began, or ended. */
  #triedAt: Instant = Number.NEGATIVE_INFINITY;
  #tries = 0;
  /** How often in a row there was no room to try it. */
  #refusals = 0;
  #underWay: AbortController | undefined;
  #disarm: (() => void) | undefined;

  constructor(parts: DocumentParts, edition: Edition) {
    this.#parts = parts;
    this.#heard = edition;
    this.#tried = edition;
  }

  /** `undefined` while it is read for the first time. */
  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  /** Whether nobody wants to know any more, and nothing is known that could be used again. */
  get isOver(): boolean {
    const isFresh = this.#parts.clock.now() - this.#triedAt < REACTION_GAP;
    return this.#followers.size === 0 && !(isFresh && this.#outcome?.description);
  }

  /** Tells of every later outcome, until the returned function is called. Reads it, if that was not done. */
  follow(unsolicited: boolean, tell: (outcome: Outcome) => void): () => void {
    this.#followers.add(tell);
    if (!this.#outcome && !this.#underWay && !this.#disarm) this.#begin(unsolicited);
    return () => {
      if (this.#followers.delete(tell) && this.#followers.size === 0) this.#rest();
    };
  }

  /** Takes in what an announcement says: what is of another edition is read anew, not too often. */
  hear({ bootId, configId }: Edition, unsolicited: boolean): void {
    this.#heard = { bootId: bootId ?? this.#heard.bootId, configId: configId ?? this.#heard.configId };
    this.#readIfOutdated(unsolicited);
  }

  /** Tells those who follow that it is given up, and closes. */
  giveUp(why: string): void {
    this.#tell({ undescribed: why });
    this.close();
  }

  /** Stops reading. Nothing is told any more. */
  close(): void {
    this.#rest();
    this.#followers.clear();
  }

  #readIfOutdated(unsolicited: boolean): void {
    if (this.#underWay || this.#disarm || this.#followers.size === 0) return;
    if (!isOutdated(this.#tried, this.#heard, this.#outcome?.description === undefined)) {
      this.#tried = this.#heard;
      return;
    }
    this.#tries = 0;
    this.#beginAt(this.#triedAt + REACTION_GAP, unsolicited);
  }

  #beginAt(at: Instant, unsolicited: boolean): void {
    const { clock, restsUntil } = this.#parts;
    const due = Math.max(at, restsUntil() ?? at);
    if (due <= clock.now()) {
      this.#begin(unsolicited);
      return;
    }
    this.#disarm = clock.at(due, () => {
      this.#disarm = undefined;
      this.#begin(false);
    });
  }

  #begin(unsolicited: boolean): void {
    const controller = new AbortController();
    this.#underWay = controller;
    this.#tried = this.#heard;
    this.#triedAt = this.#parts.clock.now();
    this.#parts.read(unsolicited, controller.signal).then(
      (description) => this.#ended(controller, { description }),
      (error: unknown) => this.#ended(controller, { undescribed: reasonOf(error) }, isForWantOfRoom(error)),
    );
  }

  #ended(controller: AbortController, outcome: Outcome, isRefused = false): void {
    if (this.#underWay !== controller) return;
    this.#underWay = undefined;
    this.#triedAt = this.#parts.clock.now();
    if (isRefused) {
      this.#refused(outcome);
      return;
    }
    this.#refusals = 0;
    if (outcome.description) {
      this.#tries = 0;
      this.#take(outcome);
    } else {
      const isLast = !this.#parts.retries || this.#tries >= RETRIES;
      const rest = RESTS[this.#tries++] ?? REACTION_GAP;
      if (!isLast) this.#beginAt(this.#parts.clock.now() + rest, false);
      if (isLast || !this.#outcome) this.#take(outcome);
    }
    this.#readIfOutdated(false);
  }

  /** It was not even tried. That says nothing of it: what is known of it stays, and it is tried until there is room. */
  #refused(outcome: Outcome): void {
    const { clock, random } = this.#parts;
    const rest = Math.min(CROWD_REST * 2 ** this.#refusals++, LONGEST_CROWD_REST);
    this.#beginAt(clock.now() + random.between(rest, 2 * rest), false);
    if (this.#refusals > 1 && !this.#outcome) this.#take(outcome);
  }

  /** What says the same as before is no news. */
  #take(outcome: Outcome): void {
    if (this.#outcome && contentOf(this.#outcome) === contentOf(outcome)) return;
    this.#tell(outcome);
  }

  #tell(outcome: Outcome): void {
    this.#outcome = outcome;
    for (const follower of [...this.#followers]) if (this.#followers.has(follower)) follower(outcome);
  }

  #rest(): void {
    this.#underWay?.abort();
    this.#underWay = undefined;
    this.#disarm?.();
    this.#disarm = undefined;
  }
}

/**
 * Whether what was read of one edition may not stand for another: by CONFIGID where both have one; else a reboot makes
 * it another. What could not be read is worth a new try after either.
 */
function isOutdated(read: Edition, heard: Edition, hasFailed: boolean): boolean {
  const isOther = differ(read.configId, heard.configId);
  const isReboot = differ(read.bootId, heard.bootId);
  if (hasFailed) return isOther || isReboot;
  return read.configId !== undefined && heard.configId !== undefined ? isOther : isReboot;
}

function differ(a: number | undefined, b: number | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b;
}

function isForWantOfRoom(error: unknown): boolean {
  return (
    error instanceof NetworkError && (error.code === "TOO_MANY_WAITING" || error.code === "TOO_MANY_PORTS")
  );
}

function contentOf({ description, undescribed }: Outcome): string {
  if (!description) return JSON.stringify(undescribed);
  const { headers, ...rest } = description;
  return JSON.stringify([rest, [...headers].filter(([name]) => name !== "date")]);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
