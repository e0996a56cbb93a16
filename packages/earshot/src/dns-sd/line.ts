import type { Agenda, Deadline } from "../core/agenda.ts";
import type { Turn } from "../core/engine.ts";
import type { DnsSdEvent } from "./events.ts";

/** One who waits for the turn to ask. */
export interface Waiting {
  /** Whose fault it is that it has to ask: the address that named it. */
  readonly owner: string;
  /** It may ask now. */
  go(turn: Turn<DnsSdEvent>): void;
  /** It has had its time without an answer, and others wait: it may only listen, until it is told to go again. */
  pause(turn: Turn<DnsSdEvent>): void;
}

/** How long one may ask in vain while others wait, in ms. */
const PATIENCE = 5000;

/**
 * Lets so many ask at once and no more; the rest stand in line, in a line of its own for each owner, and these take turns.
 * So a host that names ten thousand services that are not there holds up none but its own.
 */
export class Line {
  readonly #agenda: Agenda<DnsSdEvent>;
  readonly #limit: number;
  /** Who asks, and when its time is up. */
  readonly #asking = new Map<Waiting, Deadline>();
  readonly #lines = new Map<string, Set<Waiting>>();
  #waiting = 0;

  constructor(agenda: Agenda<DnsSdEvent>, limit: number) {
    this.#agenda = agenda;
    this.#limit = limit;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /** How many ask. */
  get asking(): number {
    return this.#asking.size;
  }

  has(one: Waiting): boolean {
    return this.#asking.has(one) || this.#lines.get(one.owner)?.has(one) === true;
  }

  /** Stands in line, or goes at once where nobody does. */
  join(one: Waiting, turn: Turn<DnsSdEvent>): void {
    if (this.has(one)) return;
    this.#append(one);
    this.#advance(turn);
  }

  /** Has what it wanted, or wants it no more. */
  leave(one: Waiting, turn: Turn<DnsSdEvent>): void {
    this.#asking.get(one)?.cancel();
    if (!this.#asking.delete(one)) this.#take(one);
    this.#advance(turn);
  }

  #advance(turn: Turn<DnsSdEvent>): void {
    while (this.#asking.size < this.#limit) {
      const next = this.#next();
      if (!next) return;
      this.#grant(next, turn);
      next.go(turn);
    }
  }

  #grant(one: Waiting, turn: Turn<DnsSdEvent>): void {
    const deadline = this.#agenda.set(turn.now + PATIENCE, "asking for an instance in vain", (then) =>
      this.#timeIsUp(one, then),
    );
    this.#asking.set(one, deadline);
  }

  /** Who asks in vain goes on as long as nobody else wants to. */
  #timeIsUp(one: Waiting, turn: Turn<DnsSdEvent>): void {
    if (!this.#asking.has(one)) return;
    if (this.#waiting === 0) {
      this.#grant(one, turn);
      return;
    }
    this.#asking.delete(one);
    one.pause(turn);
    this.#append(one);
    this.#advance(turn);
  }

  /** The first of the owner whose turn it is, who goes behind all other owners. */
  #next(): Waiting | undefined {
    const [entry] = this.#lines;
    if (!entry) return undefined;
    const [owner, line] = entry;
    const [first] = line;
    if (!first) return undefined;
    this.#take(first);
    if (line.size > 0) {
      this.#lines.delete(owner);
      this.#lines.set(owner, line);
    }
    return first;
  }

  #append(one: Waiting): void {
    const line = this.#lines.get(one.owner) ?? new Set();
    line.add(one);
    this.#lines.set(one.owner, line);
    this.#waiting++;
  }

  #take(one: Waiting): void {
    const line = this.#lines.get(one.owner);
    if (!line?.delete(one)) return;
    this.#waiting--;
    if (line.size === 0) this.#lines.delete(one.owner);
  }
}
