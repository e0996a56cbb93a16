import type { Agenda, Deadline } from "../core/agenda.ts";
import type { Datagram, Instant, Turn } from "../core/engine.ts";
import type { Random } from "../core/random.ts";
import type { AnswerSet } from "./answer-set.ts";
import type { MdnsEvent } from "./events.ts";
import { Knowledge } from "./knowledge.ts";
import { AGGREGATION_WINDOW } from "./timing.ts";

/** A set that somebody asked for. */
export interface Wanted {
  readonly set: AnswerSet;
  /** When it was asked for last: whoever asked has heard what was said to all since. */
  readonly since: Instant;
  /** What all who asked know; it need not go with the answer. */
  readonly knowledge: Knowledge;
  /** How long ago it must have been multicast at least, to be multicast again. */
  readonly gap: number;
  /** What asked first. */
  readonly asked: Datagram;
}

/** From when to when an answer may be said, as delays in milliseconds from now. */
export type Window = readonly [least: number, most: number];

/** What an answer waits for with others. */
interface Group {
  readonly wanted: Map<AnswerSet["key"], Wanted>;
  /** How late it can become when others join (RFC 6762 §6.4). */
  readonly latest: Instant;
  deadline: Deadline;
}

/**
 * The answers that wait to be said in one place: a link, or one asker. What can be said together waits for each other, for
 * half a second more at most (RFC 6762 §6.4).
 */
export class AnswerPlan {
  readonly #agenda: Agenda<MdnsEvent>;
  readonly #random: Random;
  readonly #reason: string;
  readonly #say: (wanted: readonly Wanted[], turn: Turn<MdnsEvent>) => void;
  readonly #groups = new Set<Group>();

  /**
   * @param reason what is waited for, in words.
   * @param say is called with what is due together.
   */
  constructor(
    { agenda, random }: { readonly agenda: Agenda<MdnsEvent>; readonly random: Random },
    reason: string,
    say: (wanted: readonly Wanted[], turn: Turn<MdnsEvent>) => void,
  ) {
    this.#agenda = agenda;
    this.#random = random;
    this.#reason = reason;
    this.#say = say;
  }

  /** How many sets wait. */
  get size(): number {
    let size = 0;
    for (const { wanted } of this.#groups) size += wanted.size;
    return size;
  }

  /** Has sets said at random within a window, together with what waits already where that can be. */
  place(wanted: readonly Wanted[], [least, most]: Window, now: Instant): void {
    const others = wanted.filter((one) => !this.#merge(one, now + least, Number.POSITIVE_INFINITY));
    if (others.length === 0) return;
    const at = now + this.#random.between(least, most);
    const group = this.#groupFor(at, now + least, now + most) ?? this.#open(at);
    for (const one of others) group.wanted.set(one.set.key, one);
  }

  /** Has sets said at an instant, whatever else waits for longer. */
  placeAt(wanted: readonly Wanted[], at: Instant): void {
    const others = wanted.filter((one) => !this.#merge(one, at, at));
    if (others.length === 0) return;
    const group = this.#open(at);
    for (const one of others) group.wanted.set(one.set.key, one);
  }

  forget(): void {
    for (const { deadline } of this.#groups) deadline.cancel();
    this.#groups.clear();
  }

  /** What waits already answers this one too, if it goes between two instants. */
  #merge(one: Wanted, least: Instant, most: Instant): boolean {
    for (const { wanted, deadline } of this.#groups) {
      const known = wanted.get(one.set.key);
      if (!known || deadline.at < least || deadline.at > most) continue;
      wanted.set(one.set.key, merged(known, one));
      return true;
    }
    return false;
  }

  /** RFC 6762 §6.4: a group that goes in time; else one that goes a little later; else one that can wait a little. */
  #groupFor(at: Instant, least: Instant, most: Instant): Group | undefined {
    const soonest = [...this.#groups].sort((a, b) => a.deadline.at - b.deadline.at);
    const later = soonest.find(({ deadline }) => deadline.at >= least);
    if (later && later.deadline.at <= Math.max(most, at + AGGREGATION_WINDOW)) return later;
    const patient = soonest.findLast(({ deadline, latest }) => deadline.at < at && at <= latest);
    if (patient) this.#postpone(patient, at);
    return patient;
  }

  #open(at: Instant): Group {
    const group: Group = {
      wanted: new Map(),
      latest: at + AGGREGATION_WINDOW,
      deadline: this.#agenda.set(at, this.#reason, (turn) => this.#run(group, turn)),
    };
    this.#groups.add(group);
    return group;
  }

  #postpone(group: Group, at: Instant): void {
    group.deadline.cancel();
    group.deadline = this.#agenda.set(at, this.#reason, (turn) => this.#run(group, turn));
  }

  #run(group: Group, turn: Turn<MdnsEvent>): void {
    this.#groups.delete(group);
    this.#say([...group.wanted.values()], turn);
  }
}

/** One answer for two who asked. */
function merged(a: Wanted, b: Wanted): Wanted {
  return {
    set: b.set,
    since: Math.max(a.since, b.since),
    knowledge: a.knowledge === b.knowledge ? a.knowledge : Knowledge.none,
    gap: Math.min(a.gap, b.gap),
    asked: a.asked,
  };
}
