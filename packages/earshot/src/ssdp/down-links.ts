import { isOnLink } from "../core/address.ts";
import type { Deadline } from "../core/agenda.ts";
import type { Link, Turn } from "../core/engine.ts";
import type { SsdpEvent } from "./events.ts";
import type { Ground } from "./ground.ts";
import { LINK_DOWN_GRACE } from "./timing.ts";

/**
 * Links that went, or became others: for those that flap, what was heard there is kept for ten seconds.
 */
export class DownLinks {
  readonly #ground: Ground;
  readonly #forget: (linkId: string, turn: Turn<SsdpEvent>) => void;
  readonly #down = new Map<string, Deadline>();

  /** @param forget called when the time of a link is over: what cannot be heard there any more is to be forgotten. */
  constructor(ground: Ground, forget: (linkId: string, turn: Turn<SsdpEvent>) => void) {
    this.#ground = ground;
    this.#forget = forget;
  }

  /** Returns the ids of links that are back in time. */
  relink(before: ReadonlyMap<string, Link>, turn: Turn<SsdpEvent>): readonly string[] {
    const { links, agenda } = this.#ground;
    const back = [...links.keys()].filter((id) => this.#settle(id));
    for (const [id, old] of before) {
      if (isSameNetwork(old, links.get(id))) continue;
      this.#settle(id);
      const forget = (later: Turn<SsdpEvent>): void => {
        this.#down.delete(id);
        this.#forget(id, later);
      };
      this.#down.set(id, agenda.set(turn.now + LINK_DOWN_GRACE, `link ${id} is not what it was`, forget));
    }
    return back;
  }

  /** Calls off what waits for a link to come back. Returns whether something did. */
  #settle(id: string): boolean {
    this.#down.get(id)?.cancel();
    return this.#down.delete(id);
  }
}

/** Whether what was heard on a link can still be heard there. */
function isSameNetwork(before: Link, now: Link | undefined): boolean {
  return now?.addresses.some((own) => isOnLink(own.address, before.addresses)) ?? false;
}
