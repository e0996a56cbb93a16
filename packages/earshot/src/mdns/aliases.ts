import type { Turn } from "../core/engine.ts";
import type { Answer, AnswerListener, Ask, Departure } from "./asking.ts";
import type { Cache } from "./cache.ts";
import type { MdnsEvent } from "./events.ts";
import type { Name } from "./name.ts";
import { TYPE } from "./record.ts";

/** Most names that are followed from one: what leads further leads nowhere. */
const MOST_ALIASES = 8;

/** A question that is asked for the sake of another. */
export interface FollowedQuestion {
  readonly answers: Iterable<Answer>;
  end(): void;
}

/** Asks for what a name is another name for, on one link. */
export type Follow = (ask: Ask, turn: Turn<MdnsEvent>) => FollowedQuestion;

/**
 * Follows the CNAME records of a name (RFC 6762 §6): what they lead to is asked too, on the link where they were heard. No
 * name is followed twice, so that names in a ring lead nowhere.
 */
export class Aliases {
  readonly #ask: Ask;
  readonly #cache: Cache;
  readonly #follow: Follow;
  readonly #hear: AnswerListener;
  /** By link, then by name. */
  readonly #followed = new Map<string, Map<string, FollowedQuestion>>();

  constructor(ask: Ask, cache: Cache, hear: AnswerListener, follow: Follow) {
    this.#ask = ask;
    this.#cache = cache;
    this.#hear = hear;
    this.#follow = follow;
  }

  /** What is known by other names. */
  get answers(): Iterable<Answer> {
    return [...this.#followed.values()].flatMap((byName) =>
      [...byName.values()].flatMap((followed) => [...followed.answers]),
    );
  }

  /** A CNAME record on the way came or went. What is not led to any more is told as gone, for `reason`. */
  retrace(linkId: string, reason: Departure, turn: Turn<MdnsEvent>): void {
    const byName = this.#followed.get(linkId) ?? new Map<string, FollowedQuestion>();
    this.#followed.set(linkId, byName);
    const targets = targetsOf(this.#ask.name, linkId, this.#cache);
    for (const [key, followed] of [...byName]) {
      if (targets.has(key)) continue;
      byName.delete(key);
      const answers = [...followed.answers];
      followed.end();
      for (const answer of answers) this.#hear({ kind: "removed", answer, reason }, turn);
    }
    for (const [key, name] of targets) {
      if (byName.has(key)) continue;
      byName.set(key, this.#follow({ ...this.#ask, name, link: linkId }, turn));
    }
  }

  end(): void {
    for (const byName of this.#followed.values()) for (const followed of byName.values()) followed.end();
    this.#followed.clear();
  }
}

/** The names that CNAME records lead to from `name`, step by step, without itself. */
function targetsOf(name: Name, linkId: string, cache: Cache): Map<string, Name> {
  const targets = new Map<string, Name>();
  const ways: Name[] = [name];
  for (const way of ways) {
    for (const { record } of cache.set(linkId, way.key, TYPE.CNAME)?.members ?? []) {
      if (targets.size >= MOST_ALIASES) return targets;
      const target = record.data.kind === "CNAME" ? record.data.target : name;
      if (target.equals(name) || targets.has(target.key)) continue;
      targets.set(target.key, target);
      ways.push(target);
    }
  }
  return targets;
}
