/** Reads the descriptions of devices, each once for all who want it, and keeps them for as long as somebody does. */
import { BoundedMap } from "../core/bounded-map.ts";
import { MalformedError } from "../core/errors.ts";
import type { Random } from "../core/random.ts";
import type { Clock, HttpResponse } from "../network/index.ts";
import type { Description } from "./description.ts";
import { Document, type Edition, type Outcome } from "./document.ts";
import {
  MOST_DOCUMENT_BYTES,
  MOST_DOCUMENT_BYTES_PER_HOST,
  MOST_DOCUMENTS,
  MOST_DOCUMENTS_PER_HOST,
} from "./fetch-limits.ts";
import type { FetchTarget } from "./fetch-target.ts";
import type { Fetcher } from "./fetcher.ts";
import { ReadingTurns } from "./reading-turns.ts";

/** A description to read, as an announcement has it. */
export interface Source {
  /** Tells documents apart: the same for the same URL on the same link. */
  readonly key: string;
  readonly target: FetchTarget;
  readonly edition: Edition;
  /** The announcement came unasked: reading begins within a second. */
  readonly unsolicited: boolean;
  /** The URL is not what was announced, but a guess: it is tried once. */
  readonly isGuess: boolean;
}

/** Somebody who follows a document. */
export interface Following {
  /** What is known; `undefined` while it is read for the first time. */
  readonly outcome: Outcome | undefined;
  /** Takes in a later announcement of the same document. */
  hear(edition: Edition, unsolicited: boolean): void;
  stop(): void;
}

interface Kept {
  readonly document: Document;
  /** Of the body it was read from. */
  bytes: number;
}

export interface DescriberParts {
  /** Of this describer alone. */
  readonly fetcher: Fetcher;
  readonly clock: Clock;
  readonly random: Random;
}

export class Describer {
  readonly #parts: DescriberParts;
  readonly #turns: ReadingTurns;
  readonly #documents = new BoundedMap<string, Kept>({
    limit: MOST_DOCUMENTS,
    limitPerOwner: MOST_DOCUMENTS_PER_HOST,
  });

  constructor(parts: DescriberParts) {
    this.#parts = parts;
    this.#turns = new ReadingTurns(parts.clock);
    loadDescriptionReader().catch(() => {}); // Early, so that the first description need not wait. Who reads is told.
  }

  /** How many documents are kept. */
  get size(): number {
    return this.#documents.size;
  }

  /** Follows the document of `source`: `tell` gets every outcome that comes later. */
  follow(source: Source, tell: (outcome: Outcome) => void): Following {
    const { key, edition, unsolicited } = source;
    const known = this.#documents.get(key)?.document;
    const document = known?.isOver === false ? known : this.#open(source);
    this.#documents.touch(key);
    const stop = document.follow(unsolicited, tell);
    document.hear(edition, unsolicited);
    return {
      get outcome(): Outcome | undefined {
        return document.outcome;
      },
      hear: (later, isUnsolicited) => {
        this.#documents.touch(key);
        document.hear(later, isUnsolicited);
      },
      stop: () => {
        stop();
        if (document.isOver) this.#forget(key, document);
      },
    };
  }

  /**
   * Stops reading, and forgets every document; not what hosts were asked, what failed and what reading took, so that the
   * bounds hold for who follows documents again.
   */
  forget(): void {
    for (const { document } of this.#documents.values()) document.close();
    this.#documents.clear();
    this.#parts.fetcher.callOffAll();
    this.#turns.callOffAll();
  }

  #open({ key, target, edition, isGuess }: Source): Document {
    this.#sweep();
    this.#documents.delete(key);
    const { fetcher, clock, random } = this.#parts;
    const read = (response: HttpResponse, signal: AbortSignal): Promise<Description> =>
      this.#read(key, target, response, signal);
    const document = new Document(
      {
        clock,
        random,
        read: (unsolicited, signal) => fetcher.fetch(target, { unsolicited, signal }, read),
        restsUntil: () => fetcher.restsUntil(target),
        retries: !isGuess,
      },
      edition,
    );
    const evicted = this.#documents.set(key, { document, bytes: 0 }, target.from);
    evicted?.value.document.giveUp("there are more descriptions than are kept");
    return document;
  }

  /** Rejects with `MalformedError`, or `NetworkError` `ABORTED`. */
  async #read(
    key: string,
    { url, from }: FetchTarget,
    { body, headers }: HttpResponse,
    signal: AbortSignal,
  ): Promise<Description> {
    const readDescription = await loadDescriptionReader();
    const kept = this.#documents.get(key);
    if (kept) {
      kept.bytes = 0;
      this.#assertRoom(from, body.length);
      kept.bytes = body.length;
    }
    return this.#turns.take(body.length, signal, () => readDescription(body, { url, headers }));
  }

  /** @throws MalformedError when the documents kept, with this one, are too large together. */
  #assertRoom(from: string, bytes: number): void {
    let all = bytes;
    let own = bytes;
    for (const [key, kept] of this.#documents) {
      all += kept.bytes;
      if (this.#documents.ownerOf(key) === from) own += kept.bytes;
    }
    if (all > MOST_DOCUMENT_BYTES || own > MOST_DOCUMENT_BYTES_PER_HOST)
      throw new MalformedError("TOO_LARGE", "the descriptions are larger together than what is kept");
  }

  #sweep(): void {
    for (const [key, { document }] of this.#documents) if (document.isOver) this.#forget(key, document);
  }

  #forget(key: string, document: Document): void {
    if (this.#documents.get(key)?.document === document) this.#documents.delete(key);
  }
}

/** The reader of descriptions, loaded when it is first asked for: it stands on an XML parser, which takes a while. */
export async function loadDescriptionReader(): Promise<
  typeof import("./read-description.ts").readDescription
> {
  const { readDescription } = await import("./read-description.ts");
  return readDescription;
}
