import type { Instant } from "../core/engine.ts";

/** What waits in a `DueHeap`. It keeps its own place, so that nothing is allocated for waiting. */
export interface Waiting {
  /** When it is its turn. Whoever changes it while it waits calls `move`. */
  due: Instant;
  /** Kept by the heap; -1 outside of one. */
  place: number;
}

/** What waits for an instant, soonest first: a binary heap, where each member knows its place and can leave in O(log n). */
export class DueHeap<Member extends Waiting> {
  readonly #members: Member[] = [];

  get size(): number {
    return this.#members.length;
  }

  /** Who is due soonest. */
  get first(): Member | undefined {
    return this.#members[0];
  }

  /** The soonest instant; `Infinity` when nobody waits. */
  get nextAt(): Instant {
    return this.#members[0]?.due ?? Number.POSITIVE_INFINITY;
  }

  add(member: Member): void {
    this.#put(member, this.#members.length);
    this.#rise(member);
  }

  /** Puts a member where its `due` belongs by now. */
  move(member: Member): void {
    this.#rise(member);
    this.#sink(member);
  }

  remove(member: Member): void {
    const last = this.#members.pop();
    if (last && last !== member) {
      this.#put(last, member.place);
      this.move(last);
    }
    member.place = -1;
  }

  #rise(member: Member): void {
    let place = member.place;
    while (place > 0) {
      const above = this.#members[(place - 1) >> 1];
      if (!above || above.due <= member.due) break;
      const next = above.place;
      this.#put(above, place);
      place = next;
    }
    this.#put(member, place);
  }

  #sink(member: Member): void {
    let place = member.place;
    for (;;) {
      const left = this.#members[2 * place + 1];
      const right = this.#members[2 * place + 2];
      const below = left && right && right.due < left.due ? right : left;
      if (!below || below.due >= member.due) break;
      const next = below.place;
      this.#put(below, place);
      place = next;
    }
    this.#put(member, place);
  }

  #put(member: Member, place: number): void {
    this.#members[place] = member;
    member.place = place;
  }
}
