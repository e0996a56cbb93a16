import type { Turn } from "../core/engine.ts";
import type { AnswerChange } from "./asking.ts";
import { ByLink } from "./by-link.ts";
import type { MdnsEvent } from "./events.ts";
import type { Hearing } from "./hearing.ts";
import type { Name } from "./name.ts";
import { TYPE } from "./record.ts";
import type { Demand } from "./record-life.ts";
import type { Series } from "./series.ts";

/** A question that somebody asked, with all who did. */
export interface Topic {
  readonly name: Name;
  readonly type: number;
  /** Replaced, never changed, so that it can be walked through while somebody asks or ends. */
  hearings: readonly Hearing[];
  /** Its queries, by link. */
  readonly series: ByLink<Series>;
}

/** What is being asked, by name. */
export class Topics {
  /** The arrays are replaced, never changed, so that one can be walked through while somebody asks or ends. */
  readonly #byName = new Map<string, readonly Topic[]>();
  #hearings = 0;
  #order = 0;

  /** How many are asking. */
  get size(): number {
    return this.#hearings;
  }

  /** The number of whoever asks next. */
  nextOrder(): number {
    return ++this.#order;
  }

  at(nameKey: string): readonly Topic[] {
    return this.#byName.get(nameKey) ?? NONE;
  }

  *[Symbol.iterator](): Iterable<Topic> & Iterator<Topic> {
    for (const topics of this.#byName.values()) yield* topics;
  }

  /** Returns the topic that it is about. */
  add(hearing: Hearing): Topic {
    const { name, type } = hearing.ask;
    const others = this.at(name.key);
    const known = others.find((topic) => topic.type === type);
    const topic: Topic = known ?? { name, type, hearings: [], series: new ByLink<Series>() };
    if (!known) this.#byName.set(name.key, others.concat(topic));
    topic.hearings = topic.hearings.concat(hearing);
    this.#hearings++;
    return topic;
  }

  remove(hearing: Hearing, topic: Topic): void {
    topic.hearings = topic.hearings.filter((other) => other !== hearing);
    this.#hearings--;
    if (topic.hearings.length > 0) return;
    const others = this.at(topic.name.key).filter((other) => other !== topic);
    if (others.length > 0) this.#byName.set(topic.name.key, others);
    else this.#byName.delete(topic.name.key);
  }

  /** How much the records of a name and type on a link are cared for. */
  demandFor(linkId: string, nameKey: string, type: number): Demand {
    let demand: Demand = 0;
    for (const topic of this.at(nameKey)) {
      if (!concerns(topic, type)) continue;
      for (const hearing of topic.hearings) {
        if (!hearing.covers(linkId)) continue;
        if (hearing.ask.mode === "continuous") return 2;
        demand = 1;
      }
    }
    return demand;
  }

  /** Who asked last: whoever asks from now on knows already what is there now. */
  get last(): number {
    return this.#order;
  }

  /** Tells all who asked for the records of a name and type of a change of one of them. */
  tell(change: Exclude<AnswerChange, { kind: "none" }>, turn: Turn<MdnsEvent>): void {
    const { record, link } = change.answer;
    const last = this.#order;
    for (const topic of this.at(record.name.key)) {
      if (isAnswer(topic, record.type)) tellTopic(topic, change, link.id, last, turn);
      else if (record.type === TYPE.CNAME && change.kind !== "refreshed") {
        const reason = change.kind === "removed" ? change.reason : "replaced";
        for (const hearing of topic.hearings)
          if (hearing.covers(link.id) && hearing.order <= last) hearing.rename(link.id, reason, turn);
      }
    }
  }
}

/** Tells all of a topic who care for a link, up to the one who was the last to ask before. */
export function tellTopic(
  topic: Topic,
  change: AnswerChange,
  linkId: string,
  last: number,
  turn: Turn<MdnsEvent>,
): void {
  for (const hearing of topic.hearings)
    if (hearing.covers(linkId) && hearing.order <= last) hearing.hear(change, turn);
}

/** Whether records of a type answer the question (RFC 6762 §6). */
export function isAnswer(topic: Pick<Topic, "type">, type: number): boolean {
  return topic.type === type || topic.type === TYPE.ANY;
}

/** Whether records of a type matter to the question: another name for it, or that there is no answer, do too. */
function concerns(topic: Topic, type: number): boolean {
  return isAnswer(topic, type) || type === TYPE.CNAME || type === TYPE.NSEC;
}

const NONE: readonly Topic[] = [];
