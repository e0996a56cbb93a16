/**
 * Asks whether anybody has the names that are to be ours (RFC 6762 §8.1): three times, each link by itself. Names that are
 * due at once share messages.
 */
import type { Deadline } from "../core/agenda.ts";
import type { BoundLink, Instant, Link, Turn } from "../core/engine.ts";
import type { MdnsEvent } from "./events.ts";
import { type Ground, pauseAfter } from "./ground.ts";
import type { Name } from "./name.ts";
import { type OwnRecords, toRecord } from "./own-records.ts";
import { writeProbes } from "./probe-writing.ts";
import * as timing from "./timing.ts";

/** Names that begin together on one link; who comes after begins a little later, so that thousands are no burst. */
const MOST_IN_BATCH = 64;
const BATCH_GAP = 25;

/** Is told that nobody else has these names on a link. */
export type Proven = (link: BoundLink, names: readonly Name[], turn: Turn<MdnsEvent>) => void;

/** A name that is probed for on a link. */
interface Probe {
  readonly name: Name;
  sent: number;
  dueAt: Instant;
  /** Another host has this name, too: it was ours, and is defended. */
  readonly isContested: boolean;
  /** How often in a row another host was faster. */
  lostTies: number;
  wasLate: boolean;
}

/** What is probed for on one link. */
interface LinkProbes {
  readonly probes: Map<string, Probe>;
  deadline: Deadline | undefined;
  /** What begins together last: others may join until then, unless it has to wait for longer than they. */
  batch: { at: Instant; names: number; notBefore: Instant };
  /** When a question of ours was sent last: it asks for answers by unicast. */
  askedAt: Instant;
  /** Nothing is asked before, for much was asked at once. */
  quietUntil: Instant;
}

export class Prober {
  readonly #ground: Ground;
  readonly #own: OwnRecords;
  readonly #proven: Proven;
  readonly #links = new Map<string, LinkProbes>();

  constructor(ground: Ground, own: OwnRecords, proven: Proven) {
    this.#ground = ground;
    this.#own = own;
    this.#proven = proven;
  }

  /** Whether a name is probed for on a link, or waits to be. */
  isProbing(linkId: string, name: Name): boolean {
    return this.#links.get(linkId)?.probes.has(name.key) ?? false;
  }

  /** Whether it is a name of ours that another host claims. */
  isContested(linkId: string, name: Name): boolean {
    return this.#find(linkId, name)?.isContested ?? false;
  }

  /** Whether a probe was sent since it began or began anew: what was said before is no answer (RFC 6762 §8.1). */
  hasAsked(linkId: string, name: Name): boolean {
    return (this.#find(linkId, name)?.sent ?? 0) > 0;
  }

  /** Whether an answer by unicast may still come. */
  awaitsUnicast({ id }: Link, now: Instant): boolean {
    const askedAt = this.#links.get(id)?.askedAt ?? Number.NEGATIVE_INFINITY;
    return now - askedAt <= timing.UNICAST_WINDOW;
  }

  /** Begins after 0 to 250 ms, or with what is about to begin. Begins anew what is probed for already. */
  begin(link: BoundLink, name: Name, when: { now: Instant; notBefore: Instant; isContested: boolean }): void {
    const { now, notBefore, isContested } = when;
    const onLink = this.#on(link);
    onLink.probes.delete(name.key);
    const dueAt = this.#startOf(onLink, now, notBefore);
    onLink.probes.set(name.key, { name, sent: 0, dueAt, isContested, lostTies: 0, wasLate: false });
    this.#armFor(link.id, onLink, dueAt);
  }

  /** Whoever wanted the name on this link wants it no more. */
  end(linkId: string, name: Name): void {
    const onLink = this.#links.get(linkId);
    if (!onLink?.probes.delete(name.key) || onLink.probes.size > 0) return;
    onLink.deadline?.cancel();
    onLink.deadline = undefined;
  }

  /**
   * Another host that probes for the name at once wins: it is probed for anew in a second (RFC 6762 §8.2), or later where
   * it had to wait for longer. Returns how often in a row that has happened.
   */
  defer(linkId: string, name: Name, now: Instant): number {
    const onLink = this.#links.get(linkId);
    const probe = onLink?.probes.get(name.key);
    if (!onLink || !probe) return 0;
    const again = now + timing.TIE_BREAK_WAIT;
    probe.dueAt = probe.sent === 0 ? Math.max(probe.dueAt, again) : again;
    probe.sent = 0;
    probe.lostTies++;
    this.#arm(linkId, onLink);
    return probe.lostTies;
  }

  /** A link is gone. */
  forget(linkId: string): void {
    this.#links.get(linkId)?.deadline?.cancel();
    this.#links.delete(linkId);
  }

  #find(linkId: string, name: Name): Probe | undefined {
    return this.#links.get(linkId)?.probes.get(name.key);
  }

  #on({ id }: Link): LinkProbes {
    const known = this.#links.get(id);
    if (known) return known;
    const made: LinkProbes = {
      probes: new Map(),
      deadline: undefined,
      batch: { at: Number.NEGATIVE_INFINITY, names: 0, notBefore: Number.NEGATIVE_INFINITY },
      askedAt: Number.NEGATIVE_INFINITY,
      quietUntil: Number.NEGATIVE_INFINITY,
    };
    this.#links.set(id, made);
    return made;
  }

  #startOf(onLink: LinkProbes, now: Instant, notBefore: Instant): Instant {
    const [least, most] = timing.PROBE_WAIT;
    const earliest = Math.max(now + least, notBefore);
    const { batch } = onLink;
    if (batch.at <= now || batch.at < earliest || batch.notBefore > earliest) {
      const at = earliest + this.#ground.random.between(0, most - least);
      onLink.batch = { at, names: 0, notBefore: earliest };
    } else if (batch.names >= MOST_IN_BATCH) onLink.batch = { ...batch, at: batch.at + BATCH_GAP, names: 0 };
    onLink.batch.names++;
    return onLink.batch.at;
  }

  #armFor(linkId: string, onLink: LinkProbes, at: Instant): void {
    if (onLink.deadline && onLink.deadline.at <= at) return;
    onLink.deadline?.cancel();
    onLink.deadline = this.#ground.agenda.set(at, `next probe on ${linkId}`, (turn) => {
      onLink.deadline = undefined;
      this.#run(linkId, onLink, turn);
    });
  }

  #arm(linkId: string, onLink: LinkProbes): void {
    let at = Number.POSITIVE_INFINITY;
    for (const { dueAt } of onLink.probes.values()) at = Math.min(at, dueAt);
    onLink.deadline?.cancel();
    onLink.deadline = undefined;
    if (at < Number.POSITIVE_INFINITY) this.#armFor(linkId, onLink, at);
  }

  #run(linkId: string, onLink: LinkProbes, turn: Turn<MdnsEvent>): void {
    const link = this.#ground.links.get(linkId);
    if (!link) return; // What is on a link that went is ended by whoever began it.
    const due = [...onLink.probes.values()].filter(({ dueAt }) => dueAt <= turn.now);
    const done = due.filter((probe) => probe.sent >= timing.PROBES && !isLate(probe, turn.now));
    const next = due.filter(({ sent }) => sent < timing.PROBES);
    for (const { name } of done) onLink.probes.delete(name.key);
    const most = turn.now < onLink.quietUntil ? 0 : MOST_IN_BATCH;
    if (next.length > 0 && most > 0) this.#send(link, onLink, next.slice(0, most), turn);
    for (const probe of next.slice(most)) probe.dueAt = Math.max(onLink.quietUntil, turn.now + BATCH_GAP);
    this.#arm(linkId, onLink);
    if (done.length > 0) {
      const names = done.map(({ name }) => name);
      this.#proven(link, names, turn);
    }
  }

  #send(link: BoundLink, onLink: LinkProbes, probes: readonly Probe[], turn: Turn<MdnsEvent>): void {
    const proposals = probes.map(({ name }) => ({
      name,
      records: this.#own.probing(link.id, name).map((record) => toRecord(record, false)),
    }));
    const messages = writeProbes(link, proposals);
    for (const bytes of messages) this.#ground.send(bytes, "group", link, turn);
    onLink.askedAt = turn.now;
    onLink.quietUntil = turn.now + pauseAfter(messages.length);
    for (const probe of probes) {
      probe.sent++;
      probe.dueAt = turn.now + timing.PROBE_GAP;
    }
  }
}

/** Where the program was held up, answers may wait to be heard: once they are given time before the name is taken. */
function isLate(probe: Probe, now: Instant): boolean {
  if (probe.wasLate || now - probe.dueAt < timing.PROBE_GAP) return false;
  probe.wasLate = true;
  probe.dueAt = now + timing.PROBE_GAP;
  return true;
}
