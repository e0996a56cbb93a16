import type { BoundLink, Turn } from "../core/engine.ts";
import { TokenBucket } from "../core/token-bucket.ts";
import { additionalsOf } from "./additionals.ts";
import { AnswerPlan, type Wanted, type Window } from "./answer-plan.ts";
import { type AnswerSet, allMulticastSince, lastMulticast } from "./answer-set.ts";
import type { DuplicateAnswers } from "./duplicate-answers.ts";
import type { MdnsDropReason, MdnsEvent } from "./events.ts";
import { drop, type Ground } from "./ground.ts";
import type { OwnAnswers } from "./own-answers.ts";
import { responseMessages } from "./response-messages.ts";
import { AGGREGATION_WINDOW, DEFENCE_GAP, MULTICAST_GAP } from "./timing.ts";

/** What is waited for on one link, and how much may still be said there. */
interface Place {
  readonly plan: AnswerPlan;
  readonly rate: TokenBucket;
  /** What defends names has a share of its own, so that no flood of questions costs us our names. */
  readonly defenceRate: TokenBucket;
}

/** Answers to the groups: each record once in a second on a link, but for the defence of a name (RFC 6762 §6). */
export class MulticastAnswers {
  readonly #ground: Ground;
  readonly #answers: OwnAnswers;
  readonly #duplicates: DuplicateAnswers;
  readonly #places = new Map<string, Place>();

  constructor(ground: Ground, answers: OwnAnswers, duplicates: DuplicateAnswers) {
    this.#ground = ground;
    this.#answers = answers;
    this.#duplicates = duplicates;
  }

  /** Whether something waits to be said on a link. */
  isWaiting(linkId: string): boolean {
    return (this.#places.get(linkId)?.plan.size ?? 0) > 0;
  }

  /**
   * Says sets within a window, or as soon afterwards as they may be multicast again: half a second more at most. Who asks
   * sooner has heard them or asks again. Returns why something was not said that could have been.
   */
  answer(
    wanted: readonly Wanted[],
    link: BoundLink,
    [least, most]: Window,
    turn: Turn<MdnsEvent>,
  ): MdnsDropReason | undefined {
    const ready: Wanted[] = [];
    const blocked: Wanted[] = [];
    let longest = 0;
    for (const one of wanted) {
      const wait = lastMulticast(one.set) + one.gap - turn.now;
      if (wait <= least) ready.push(one);
      else if (wait <= AGGREGATION_WINDOW) {
        blocked.push(one);
        longest = Math.max(longest, wait);
      }
    }
    const { plan } = this.#placeOf(link.id);
    if (blocked.length > 0)
      plan.place(blocked, [Math.max(least, longest), Math.max(most, longest)], turn.now);
    if (ready.length === 0) return undefined;
    if (most === 0) return this.#say(ready, link.id, turn);
    plan.place(ready, [least, most], turn.now);
    return undefined;
  }

  /** Defends names against one who probes for them: at once, or a quarter of a second after the last time (RFC 6762 §6). */
  defend(wanted: readonly Wanted[], link: BoundLink, turn: Turn<MdnsEvent>): MdnsDropReason | undefined {
    const later = new Map<number, Wanted[]>();
    for (const one of wanted) {
      const at = Math.max(turn.now, lastMulticast(one.set) + DEFENCE_GAP);
      later.set(at, [...(later.get(at) ?? []), { ...one, gap: DEFENCE_GAP }]);
    }
    const ready = later.get(turn.now) ?? [];
    later.delete(turn.now);
    for (const [at, sets] of later) this.#placeOf(link.id).plan.placeAt(sets, at);
    return ready.length === 0 ? undefined : this.#say(ready, link.id, turn);
  }

  /** Forgets links that are no more. */
  relink(): void {
    for (const [id, { plan }] of this.#places) {
      if (this.#ground.links.has(id)) continue;
      plan.forget();
      this.#places.delete(id);
    }
  }

  #placeOf(linkId: string): Place {
    const known = this.#places.get(linkId);
    if (known) return known;
    const perSecond = this.#ground.config.limits.multicastPerSecond;
    const plan = new AnswerPlan(this.#ground, `answers on ${linkId}`, (wanted, turn) => {
      const reason = this.#say(wanted, linkId, turn);
      const [first] = wanted;
      if (reason && first) drop(this.#ground, reason, first.asked, turn);
    });
    const place: Place = {
      plan,
      rate: new TokenBucket({ perSecond, burst: perSecond }),
      defenceRate: new TokenBucket({ perSecond, burst: perSecond }),
    };
    this.#places.set(linkId, place);
    return place;
  }

  #say(wanted: readonly Wanted[], linkId: string, turn: Turn<MdnsEvent>): MdnsDropReason | undefined {
    const link = this.#ground.links.get(linkId);
    if (!link) return undefined;
    const knowledgeOf = new Map(wanted.map(({ set, knowledge }) => [set.key, knowledge]));
    const sets = wanted.flatMap((one) => this.#asItIs(one, linkId, turn.now) ?? []);
    if (sets.length === 0) return undefined;
    const { rate, defenceRate } = this.#placeOf(linkId);
    const ours = wanted.some(({ gap }) => gap === DEFENCE_GAP) ? defenceRate : rate;
    if (!ours.has(turn.now)) return "multicast-answers-in-all";
    const additionsOf = (set: AnswerSet): readonly AnswerSet[] =>
      [...additionalsOf(set, this.#answers, linkId)].filter(
        (addition) =>
          !knowledgeOf.get(set.key)?.has(addition) && lastMulticast(addition) + MULTICAST_GAP <= turn.now,
      );
    for (const { bytes, records } of responseMessages(sets, additionsOf, link)) {
      if (!ours.take(turn.now)) return "multicast-answers-in-all";
      this.#ground.send(bytes, "group", link, turn);
      this.#answers.said(records, turn.now);
    }
    return undefined;
  }

  /** A set as it is now, unless it is gone, or was said since to all by us or another, or may not be said again yet. */
  #asItIs({ set, since, gap }: Wanted, linkId: string, now: number): AnswerSet | undefined {
    const current = this.#answers.again(set, linkId);
    if (!current || allMulticastSince(current) > since) return undefined;
    if (lastMulticast(current) + gap > now || this.#duplicates.has(current, since)) return undefined;
    return current;
  }
}
