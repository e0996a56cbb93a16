import type { Binding, Endpoint, Instant } from "../core/engine.ts";
import type { Random } from "../core/random.ts";
import type { Clock } from "../network/network.ts";
import { Backoff } from "./backoff.ts";
import { Ear } from "./ear.ts";
import { type EarPlan, planEars } from "./ear-plan.ts";
import type { Deed } from "./faults.ts";
import { POLL_MS } from "./link-monitor.ts";
import type { UsableLink } from "./links.ts";
import type { Platform } from "./platform.ts";
import type { Socket, SocketFactory } from "./sockets.ts";
import type { Counters } from "./stats.ts";

/** What ears are made of. */
export interface EarParts {
  readonly platform: Platform;
  readonly createSocket: SocketFactory;
  readonly clock: Clock;
  readonly random: Random;
  readonly counters: Counters;
  /** Join again this often even where others are heard. */
  readonly rejoinEveryMs: number | undefined;
}

export interface EarsListener {
  heard(bytes: Uint8Array, from: Endpoint, link: UsableLink): void;
  refused(deed: Deed, what: string, link: UsableLink, error: unknown): void;
}

/** An ear, and when it is to join again if it hears nobody until then. */
interface Watched {
  readonly ear: Ear;
  readonly patienceMs: number;
  quietSince: Instant;
  /** Whether somebody else was heard since the last look. */
  isNoisy: boolean;
  joinedAt: Instant;
}

/**
 * Switches that snoop IGMP or MLD without a querier forget members after 4 to 10 minutes. An ear that heard nobody
 * else for so long leaves and joins again. Sooner only where that was asked for: in large networks joins are a burden.
 */
const PATIENCE_MS = { from: 100_000, to: 130_000 };

/** All ears of a channel. */
export class Ears {
  readonly #parts: EarParts;
  readonly #binding: Binding;
  readonly #listener: EarsListener;
  readonly #retries = new Backoff(POLL_MS);
  readonly #watched = new Map<string, Watched>();
  readonly #closing = new Set<Promise<void>>();

  constructor(parts: EarParts, binding: Binding, listener: EarsListener) {
    this.#parts = parts;
    this.#binding = binding;
    this.#listener = listener;
  }

  /** Whether what is sent to the first group of the binding is heard on this link. */
  hears(link: UsableLink): boolean {
    return this.#hearing(link) !== undefined;
  }

  /** A socket that speaks to the first group from the protocol's port on this link, where one hears it. */
  speaker(link: UsableLink): Socket | undefined {
    return this.#hearing(link)?.speakOn(link);
  }

  /**
   * Opens what is missing, tries again what failed, closes what is not wanted, in this order: a group that is still
   * wanted is never left in between. An ear whose successor cannot be opened stays. `rejoin`: as if the network were
   * another one.
   */
  settle(links: readonly UsableLink[], rejoin: boolean): void {
    const now = this.#parts.clock.now();
    if (rejoin) this.#retries.clear();
    const plans = planEars(this.#binding, links, this.#parts.platform);
    const wanted = new Set(plans.map(({ key }) => key));
    this.#retries.keep(wanted);
    this.#rejoin(now, rejoin);
    const opened = plans.flatMap((plan) => this.#open(plan, now));
    for (const ear of opened) ear.mute();
    const missing = plans.filter(({ key }) => !this.#watched.has(key));
    for (const [key, { ear }] of [...this.#watched])
      if (!wanted.has(key) && !missing.some((plan) => succeeds(plan, ear.plan))) this.#close(key);
  }

  async close(): Promise<void> {
    for (const key of [...this.#watched.keys()]) this.#close(key);
    await Promise.all(this.#closing);
  }

  #hearing(link: UsableLink): Ear | undefined {
    const group = this.#binding.groups[link.family][0];
    if (group === undefined) return undefined;
    for (const { ear } of this.#watched.values())
      if (ear.joined.has(link.id) && ear.plan.groups.includes(group)) return ear;
    return undefined;
  }

  #open(plan: EarPlan, now: Instant): Ear[] {
    const existing = this.#watched.get(plan.key);
    const isWhole = existing && existing.ear.refused.length === 0;
    if (isWhole || !this.#retries.allows(plan.key, now)) return [];
    try {
      const ear = this.#newEar(plan);
      if (existing) this.#close(plan.key);
      const { from, to } = PATIENCE_MS;
      const patienceMs = this.#parts.random.between(from, to);
      this.#watched.set(plan.key, { ear, patienceMs, quietSince: now, isNoisy: false, joinedAt: now });
      this.#afterOpening(ear, now);
      return [ear];
    } catch (error) {
      this.#retries.failed(plan.key, now);
      for (const link of plan.links)
        this.#listener.refused(
          deedOf(error),
          `${link.id}: cannot hear ${plan.groups.join(", ")}`,
          link,
          error,
        );
      return [];
    }
  }

  #afterOpening(ear: Ear, now: Instant): void {
    if (ear.refused.length === 0) this.#retries.succeeded(ear.plan.key);
    else this.#retries.failed(ear.plan.key, now);
    for (const { link, error } of ear.refused)
      this.#listener.refused("join", `${link.id}: cannot join ${ear.plan.groups.join(", ")}`, link, error);
  }

  #newEar(plan: EarPlan): Ear {
    const { counters, createSocket } = this.#parts;
    const [first] = plan.links;
    return new Ear(
      plan,
      this.#binding,
      {
        heard: (bytes, { address, link, isOwn }, port) => {
          if (port === 0) {
            counters.fromNoPort++;
            return;
          }
          if (!link) {
            counters.offLink++;
            return;
          }
          if (!isOwn) this.#noise(plan.key);
          this.#listener.heard(bytes, { address, port }, link);
        },
        failed: (error) => {
          if (first) this.#listener.refused("receive", `${first.id}: hearing failed`, first, error);
        },
      },
      createSocket,
    );
  }

  #noise(key: string): void {
    const watched = this.#watched.get(key);
    if (watched) watched.isNoisy = true;
  }

  #rejoin(now: Instant, all: boolean): void {
    for (const [key, watched] of this.#watched) {
      if (watched.isNoisy) watched.quietSince = now;
      watched.isNoisy = false;
      const isOld = now - watched.joinedAt >= (this.#parts.rejoinEveryMs ?? Number.POSITIVE_INFINITY);
      if (!all && !isOld && now - watched.quietSince < watched.patienceMs) continue;
      watched.quietSince = now;
      watched.joinedAt = now;
      try {
        watched.ear.rejoin();
      } catch {
        this.#close(key); // The interface is another one by now: open a new ear.
      }
    }
  }

  #close(key: string): void {
    const watched = this.#watched.get(key);
    if (!watched) return;
    this.#watched.delete(key);
    const closing = watched.ear.close().then(() => void this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}

/** Whether `next` is for what `last` was for. */
function succeeds(next: EarPlan, last: EarPlan): boolean {
  if (next.bindAddress !== last.bindAddress) return false;
  const places = new Set(last.links.map((link) => JSON.stringify(link)));
  return next.links.some((link) => places.has(JSON.stringify(link)));
}

function deedOf(error: unknown): Deed {
  const { syscall } = error as { syscall?: unknown };
  return syscall === "addMembership" ? "join" : "bind";
}
