import type { Agenda, Deadline } from "../core/agenda.ts";
import type { Turn } from "../core/engine.ts";
import type { DnsSdEvent } from "./events.ts";

/** Something that draws its conclusions once all that a turn brings is there. */
export interface Unsettled {
  settle(turn: Turn<DnsSdEvent>): void;
}

/**
 * What changed during a turn and has not yet drawn its conclusions. The records of one message arrive one by one; who
 * concluded from each at once would tell of states that never were.
 */
export class Settling {
  readonly #agenda: Agenda<DnsSdEvent>;
  #marked = new Set<Unsettled>();
  /** For when nobody calls `run` at the end of the turn. */
  #deadline: Deadline | undefined;

  constructor(agenda: Agenda<DnsSdEvent>) {
    this.#agenda = agenda;
  }

  mark(unsettled: Unsettled, turn: Turn<DnsSdEvent>): void {
    this.#marked.add(unsettled);
    this.#deadline ??= this.#agenda.set(turn.now, "conclusions from what was heard", (next) =>
      this.run(next),
    );
  }

  /**
   * Lets all draw their conclusions. What these bring about in turn is settled too, a few times over; the rest waits.
   * @throws what one of them threw, after all others have; an `AggregateError` when several did.
   */
  run(turn: Turn<DnsSdEvent>): void {
    this.#deadline?.cancel();
    this.#deadline = undefined;
    const errors: unknown[] = [];
    for (let round = 0; round < MOST_ROUNDS && this.#marked.size > 0; round++) {
      const marked = this.#marked;
      this.#marked = new Set();
      for (const unsettled of marked) {
        try {
          unsettled.settle(turn);
        } catch (error) {
          errors.push(error);
        }
      }
    }
    if (this.#marked.size > 0)
      this.#deadline ??= this.#agenda.set(turn.now, "further conclusions", (next) => this.run(next));
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new AggregateError(errors, "several listeners failed");
  }
}

const MOST_ROUNDS = 4;
