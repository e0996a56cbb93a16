import type { BoundLink, Instant, Link, Turn } from "../core/engine.ts";
import { Asker, type OursOf, type SetsOf } from "./asker.ts";
import type { Cache } from "./cache.ts";
import type { Errand } from "./errand.ts";
import type { MdnsEvent } from "./events.ts";
import type { Ground } from "./ground.ts";
import type { Hearing } from "./hearing.ts";
import { denialOf } from "./negative-answers.ts";
import { Prompt } from "./prompt.ts";
import { TYPE } from "./record.ts";
import type { RecordSet } from "./record-set.ts";
import { Series } from "./series.ts";
import { FIRST_QUERY_DELAY, FIRST_QUERY_INTERVAL, JOINER_GAP, REFRESH_FLOOR } from "./timing.ts";
import { isAnswer, type Topic, type Topics } from "./topics.ts";

/** Which questions are asked on which links, and when (RFC 6762 §5.2 to §5.4). */
export class Questions {
  readonly #ground: Ground;
  readonly #cache: Cache;
  readonly #topics: Topics;
  readonly #oursOf: OursOf;
  readonly #askers = new Map<string, Asker>();
  /** Since when each link is in use. */
  readonly #upSince = new Map<string, Instant>();

  constructor(ground: Ground, cache: Cache, topics: Topics, oursOf: OursOf) {
    this.#ground = ground;
    this.#oursOf = oursOf;
    this.#cache = cache;
    this.#topics = topics;
  }

  awaitsUnicast(link: Link, now: Instant): boolean {
    return this.#askers.get(link.id)?.awaitsUnicast(now) ?? false;
  }

  /** Somebody asks: his question joins those of its kind, or begins a series of its own. */
  begin(topic: Topic, hearing: Hearing, now: Instant): void {
    for (const link of this.#ground.links.values())
      if (hearing.covers(link.id)) this.#join(topic, hearing, link, now);
  }

  /** Somebody else wants to know what `hearing` asks for: it is asked soon, unless it was a moment ago. */
  repeat(hearing: Hearing, now: Instant): void {
    const { name, type, mode } = hearing.ask;
    if (mode === "passive") return;
    for (const topic of this.#topics.at(name.key))
      if (topic.type === type)
        for (const [linkId, series] of topic.series)
          if (hearing.covers(linkId)) this.#hasten(topic, series, linkId, now);
  }

  /** Somebody asks no more: what nobody else asks is not asked any more. */
  end(topic: Topic): void {
    for (const [linkId, series] of topic.series) {
      const modes = modesOn(topic, linkId);
      if (modes.has("continuous") || (modes.has("once") && (!series.isEndless || series.limit()))) continue;
      this.#askers.get(linkId)?.cancel(series);
      topic.series.delete(linkId);
    }
  }

  /** An answer came that is all there is: nobody else will answer, and the next query is for keeping it fresh. */
  settle(topic: Topic, linkId: string): void {
    const series = topic.series.get(linkId);
    const asker = this.#askers.get(linkId);
    if (series && asker?.has(series) && this.#isComplete(topic, linkId)) asker.cancel(series);
  }

  /** What was all there is is gone. */
  unsettle(topic: Topic, linkId: string, now: Instant): void {
    const series = topic.series.get(linkId);
    const asker = this.#askers.get(linkId);
    if (!series?.isEndless || !asker || asker.has(series) || this.#isComplete(topic, linkId)) return;
    series.begin(false, this.#ground.random, now);
    asker.plan(series);
  }

  /** Asks soon for records that are to be kept fresh; no more than once a second, however many of a set there are. */
  refresh(set: RecordSet, now: Instant): void {
    const asker = this.#askers.get(set.home.link.id);
    set.prompt ??= new Prompt(set);
    if (asker && !asker.has(set.prompt))
      plan(asker, set.prompt, Math.max(now, set.refreshedAt + REFRESH_FLOOR));
  }

  /** Asks more than once for records that may be gone. */
  doubt(set: RecordSet, now: Instant): void {
    const asker = this.#askers.get(set.home.link.id);
    set.prompt ??= new Prompt(set);
    set.prompt.doubt();
    const drawn = now + this.#ground.random.between(...FIRST_QUERY_DELAY);
    const soon = Math.max(drawn, set.refreshedAt + FIRST_QUERY_INTERVAL);
    if (asker) plan(asker, set.prompt, asker.has(set.prompt) ? Math.min(set.prompt.due, soon) : soon);
  }

  /** The errand is waiting to be asked on a link, by `by` at the latest. */
  isDue(errand: Errand, linkId: string, by: Instant): boolean {
    return errand.due <= by && (this.#askers.get(linkId)?.has(errand) ?? false);
  }

  /** Somebody else has asked it. */
  isAsked(errand: Errand, linkId: string, now: Instant): void {
    const asker = this.#askers.get(linkId);
    if (asker) plan(asker, errand, errand.asked(now));
  }

  /** Links that are new, or not what they were, are asked everything anew, by unicast first (RFC 6762 §5.4). */
  relink(fresh: ReadonlySet<string>, turn: Turn<MdnsEvent>): void {
    for (const [id, asker] of this.#askers) if (!this.#ground.links.has(id)) this.#close(id, asker);
    for (const link of this.#ground.links.values()) {
      const asker = this.#askers.get(link.id) ?? this.#open(link);
      asker.link = link;
      if (!fresh.has(link.id)) continue;
      this.#upSince.set(link.id, turn.now);
      for (const topic of this.#topics) this.#restart(topic, link, turn.now);
    }
  }

  #open(link: BoundLink): Asker {
    const setsOf: SetsOf = ({ name, type }, linkId) =>
      this.#cache.sets(linkId, name.key).filter((set) => isAnswer({ type }, set.type));
    const asker = new Asker(link, this.#ground, setsOf, this.#oursOf);
    this.#askers.set(link.id, asker);
    return asker;
  }

  #close(linkId: string, asker: Asker): void {
    asker.close();
    this.#askers.delete(linkId);
    this.#upSince.delete(linkId);
    for (const topic of this.#topics) topic.series.delete(linkId);
  }

  #join(topic: Topic, { ask }: Hearing, link: BoundLink, now: Instant): void {
    const asker = this.#askers.get(link.id);
    if (ask.mode === "passive" || !asker) return;
    const series = this.#series(topic, link.id);
    if (ask.mode === "continuous" && series.isEndless) {
      this.#hasten(topic, series, link.id, now);
      return;
    }
    const isRunning = asker.has(series) || series.isEndless;
    if (ask.mode === "continuous") series.isEndless = true;
    if (this.#isComplete(topic, link.id)) return;
    if (ask.mode === "once" && isRunning) series.hurry(FIRST_QUERY_INTERVAL, this.#ground.random, now);
    else series.begin(false, this.#ground.random, now);
    if (!isRunning) series.isUnicast = ask.unicastFirst ?? this.#isNew(link.id, now);
    asker.plan(series);
  }

  /** What is asked for ever more seldom is new to who asks now, who may be gone before the next query (RFC 6762 §5.2). */
  #hasten(topic: Topic, series: Series, linkId: string, now: Instant): void {
    const asker = this.#askers.get(linkId);
    if (!asker?.has(series) || this.#isComplete(topic, linkId)) return;
    series.hurry(JOINER_GAP, this.#ground.random, now);
    asker.plan(series);
  }

  #restart(topic: Topic, link: BoundLink, now: Instant): void {
    const asker = this.#askers.get(link.id);
    const modes = modesOn(topic, link.id);
    const isEndless = modes.has("continuous");
    if (!asker || !(isEndless || (modes.has("once") && topic.series.get(link.id) === undefined))) return;
    const series = this.#series(topic, link.id);
    series.isEndless = isEndless;
    series.begin(true, this.#ground.random, now);
    series.isUnicast = [...topic.hearings].some(({ ask }) => ask.unicastFirst !== false);
    asker.plan(series);
  }

  #series(topic: Topic, linkId: string): Series {
    const known = topic.series.get(linkId);
    const series = known ?? new Series(topic.name, topic.type, () => this.#isAnswered(topic, linkId));
    topic.series.set(linkId, series);
    return series;
  }

  /** Whether the link came up so lately that its questions belong to the first (RFC 6762 §5.4). */
  #isNew(linkId: string, now: Instant): boolean {
    return now - (this.#upSince.get(linkId) ?? Number.NEGATIVE_INFINITY) < FIRST_QUERY_INTERVAL;
  }

  /** Whether what is known is all there is. Of ANY that is never known. */
  #isComplete({ name, type }: Topic, linkId: string): boolean {
    if (type === TYPE.ANY) return false;
    for (const set of this.#cache.sets(linkId, name.key)) {
      if ((set.type === type || set.type === TYPE.CNAME) && set.isComplete) return true;
      if (set.type === TYPE.NSEC && denialOf(set.members, type)) return true;
    }
    return false;
  }

  #isAnswered(topic: Topic, linkId: string): boolean {
    if (this.#isComplete(topic, linkId)) return true;
    return this.#cache.sets(linkId, topic.name.key).some((set) => isAnswer(topic, set.type));
  }
}

function plan(asker: Asker, errand: Errand, due: Instant): void {
  errand.due = due;
  asker.plan(errand);
}

function modesOn(topic: Topic, linkId: string): ReadonlySet<string> {
  const modes = new Set<string>();
  for (const hearing of topic.hearings) if (hearing.covers(linkId)) modes.add(hearing.ask.mode);
  return modes;
}
