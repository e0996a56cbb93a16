import type { Instant } from "../core/engine.ts";
import { type AnswerSet, Negative, negativeSet, type Sayable, setsOf } from "./answer-set.ts";
import type { Name } from "./name.ts";
import type { Negatives } from "./negatives.ts";
import type { LiveRecord, OwnRecords } from "./own-records.ts";
import { CLASS, type Question, TYPE } from "./record.ts";

/** Looks up what we have to say: to a question, or to go with what is said. */
export class OwnAnswers {
  readonly #own: OwnRecords;
  readonly #negatives: Negatives;
  /** A list of records is never changed, only replaced: what was made of it stays right. */
  readonly #sets = new WeakMap<readonly LiveRecord[], SetsOfName>();

  constructor(own: OwnRecords, negatives: Negatives) {
    this.#own = own;
    this.#negatives = negatives;
  }

  /**
   * The answers to a question (RFC 6762 §6): what there is of the type asked for, an alias that stands for all types, or that
   * there is nothing where the name is ours alone.
   */
  to({ name, type, class: asked }: Question, linkId: string): readonly AnswerSet[] {
    if (asked !== CLASS.IN && asked !== CLASS.ANY) return [];
    const sets = this.#setsAt(linkId, name);
    if (!sets) return [];
    if (type === TYPE.ANY) return sets.list;
    const alias = type === TYPE.CNAME ? undefined : sets.byType.get(TYPE.CNAME);
    const answers = [...(sets.byType.get(type) ?? []), ...(alias ?? [])];
    return answers.length > 0 ? answers : this.without(linkId, name, type);
  }

  /** The records of a name and type. */
  of(linkId: string, name: Name, type: number): readonly AnswerSet[] {
    return this.#setsAt(linkId, name)?.byType.get(type) ?? [];
  }

  /** That a name has no record of a type; nothing where that is not ours to say. */
  without(linkId: string, name: Name, type: number): readonly AnswerSet[] {
    const negative = this.#negatives.without(linkId, name, type);
    return negative ? [negativeSet(negative)] : [];
  }

  /** A set as it is now; `undefined` when it is no more. A negative is as it was. */
  again(set: AnswerSet, linkId: string): AnswerSet | undefined {
    const [first] = set.records;
    if (!(first instanceof Negative)) return this.#setsAt(linkId, set.name)?.byKey.get(set.key);
    return this.#isStill(first, linkId) ? set : undefined;
  }

  /** Notes that records were multicast. */
  said(records: Iterable<Sayable>, now: Instant): void {
    for (const record of records) {
      if (record instanceof Negative) record.trace.multicastAt = now;
      else this.#own.multicast(record, now);
    }
  }

  #setsAt(linkId: string, name: Name): SetsOfName | undefined {
    const records = this.#own.at(linkId, name);
    if (records.length === 0) return undefined;
    const known = this.#sets.get(records);
    if (known) return known;
    const list = setsOf(records);
    const sets = { list, byKey: new Map(list.map((set) => [set.key, set])), byType: byTypeOf(list) };
    this.#sets.set(records, sets);
    return sets;
  }

  /** Whether a negative would be the same now: nothing came to the name, and nothing left it. */
  #isStill(negative: Negative, linkId: string): boolean {
    const { name, trace } = negative;
    return this.#negatives.without(linkId, name, TYPE.ANY)?.trace === trace;
  }
}

interface SetsOfName {
  readonly list: readonly AnswerSet[];
  readonly byKey: ReadonlyMap<AnswerSet["key"], AnswerSet>;
  readonly byType: ReadonlyMap<number, readonly AnswerSet[]>;
}

function byTypeOf(list: readonly AnswerSet[]): ReadonlyMap<number, readonly AnswerSet[]> {
  const byType = new Map<number, AnswerSet[]>();
  for (const set of list) {
    const alike = byType.get(set.type);
    if (alike) alike.push(set);
    else byType.set(set.type, [set]);
  }
  return byType;
}
