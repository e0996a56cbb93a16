/**
 * Writes answers into as few messages as hold them (RFC 6762 §6.4, §17): each no longer than a packet of the link, with
 * what goes with its answers as far as there is room. A record that fits in no packet goes alone in one that is fragmented.
 */
import type { BoundLink } from "../core/engine.ts";
import type { AnswerSet, Sayable } from "./answer-set.ts";
import { mostBytesOn } from "./ground.ts";
import { mostBytesOfOneRecord, mostBytesOfRecord } from "./message-sizes.ts";
import { MessageWriter } from "./message-writer.ts";
import { toRecord } from "./own-records.ts";

/** A message, and what it says. */
interface ResponseMessage {
  readonly bytes: Uint8Array;
  readonly records: readonly Sayable[];
}

/**
 * The messages that say `sets`, of which no two have the same key.
 * @param additionsOf what is to go with a set, in order; what is said already is left out, and the rest where it does not fit.
 */
export function* responseMessages(
  sets: readonly AnswerSet[],
  additionsOf: (set: AnswerSet) => Iterable<AnswerSet>,
  link: BoundLink,
): Iterable<ResponseMessage> {
  const said = new Set(sets.map(({ key }) => key));
  let page = new Page(mostBytesOn(link));
  for (const set of sets) {
    if (set.records.length > 1 && !page.isEmpty && !page.hasRoomFor(set)) {
      yield page.finish(additionsOf, said);
      page = new Page(mostBytesOn(link));
    }
    for (const record of set.records) {
      if (page.answer(set, record)) continue;
      if (!page.isEmpty) yield page.finish(additionsOf, said);
      page = new Page(mostBytesOn(link));
      if (!page.answer(set, record)) yield* alone(record, link);
    }
  }
  if (!page.isEmpty) yield page.finish(additionsOf, said);
}

/** One message that is being written. */
class Page {
  readonly #records: Sayable[] = [];
  readonly #limit: number;
  readonly #writer: MessageWriter;
  readonly #sets: AnswerSet[] = [];

  constructor(limit: number) {
    this.#limit = limit;
    this.#writer = new MessageWriter({ kind: "response", limit });
  }

  get isEmpty(): boolean {
    return this.#records.length === 0;
  }

  hasRoomFor({ records }: AnswerSet): boolean {
    const most = records.reduce((sum, record) => sum + mostBytesOfRecord(toRecord(record, false)), 0);
    return this.#writer.size + most <= this.#limit;
  }

  answer(set: AnswerSet, record: Sayable): boolean {
    if (!this.#writer.answer(toRecord(record, !record.isShared))) return false;
    if (this.#sets.at(-1) !== set) this.#sets.push(set);
    this.#records.push(record);
    return true;
  }

  finish(additionsOf: (set: AnswerSet) => Iterable<AnswerSet>, said: Set<AnswerSet["key"]>): ResponseMessage {
    for (const set of this.#sets)
      for (const addition of additionsOf(set)) {
        if (said.has(addition.key) || !this.#add(addition)) continue;
        said.add(addition.key);
      }
    return { bytes: this.#writer.finish(), records: this.#records };
  }

  /** All of a set or nothing: a part of it with the cache-flush bit would have the rest forgotten. */
  #add(set: AnswerSet): boolean {
    if (set.records.length > 1 && !this.hasRoomFor(set)) return false;
    for (const record of set.records) {
      if (!this.#writer.additional(toRecord(record, !record.isShared))) return false;
      this.#records.push(record);
    }
    return true;
  }
}

/** RFC 6762 §17: up to 9000 bytes with all headers, and nothing else in it. What is larger cannot be said. */
function alone(record: Sayable, link: BoundLink): readonly ResponseMessage[] {
  const writer = new MessageWriter({ kind: "response", limit: mostBytesOfOneRecord(link) });
  if (!writer.answer(toRecord(record, !record.isShared))) return [];
  return [{ bytes: writer.finish(), records: [record] }];
}
