import { uptime } from "node:os";
import { systemTime, type TimeSources } from "./clock.ts";
import { publishLinks } from "./diagnostics.ts";
import type { Selected, SkippedInterface, UsableLink } from "./links.ts";

/** What one look at the interfaces told. */
export interface LinkReport {
  readonly links: readonly UsableLink[];
  /** Something is different from the look before. */
  readonly changed: boolean;
  /** The machine slept, or this process was stopped or held up, for more than `GAP_MS`. */
  readonly resumed: boolean;
}

/** Clocks and timers of a monitor: replaced in tests. */
export interface MonitorTiming extends Pick<TimeSources, "now" | "after"> {
  /** Seconds since the machine started, sleep included. */
  readonly uptime: () => number;
}

/** How often the interfaces are looked at; Node has no event for it. */
export const POLL_MS = 3_000;
/** Looks that were asked for after an error are at least so far apart. */
const HASTE_MS = 250;
/** So much time lost between two looks means that everything known may be stale. */
const GAP_MS = 5_000;

/**
 * Looks at the interfaces every 3 s while somebody watches, and tells each time. That the machine slept is seen by
 * its uptime running ahead of the monotonic clock, or by a timer that came late; never by the calendar, which may be
 * set by ten years at any moment and means nothing.
 */
export class LinkMonitor {
  readonly #read: () => Selected;
  readonly #timing: MonitorTiming;
  readonly #watchers = new Set<(report: LinkReport) => void>();
  #selected: Selected = { links: [], skipped: [] };
  #compared = "";
  #disarm: () => void = () => {};
  #lookedAt = Number.NEGATIVE_INFINITY;
  #dueAt = Number.POSITIVE_INFINITY;
  /** Uptime minus monotonic clock, in milliseconds: grows by the length of each sleep. */
  #asleep = 0;

  /** @param read must not throw. */
  constructor(read: () => Selected, timing: MonitorTiming = { ...systemTime, uptime }) {
    this.#read = read;
    this.#timing = timing;
  }

  /** The usable links; read afresh when nobody watches. */
  get links(): readonly UsableLink[] {
    return this.#current().links;
  }

  get skipped(): readonly SkippedInterface[] {
    return this.#current().skipped;
  }

  /** Calls `watcher` after each look, not now. Returns how to stop. The last to stop ends the looking. */
  watch(watcher: (report: LinkReport) => void): () => void {
    if (this.#watchers.size === 0) this.#begin();
    this.#watchers.add(watcher);
    return () => {
      if (this.#watchers.delete(watcher) && this.#watchers.size === 0) this.#end();
    };
  }

  /** Looks now. */
  check(): void {
    const resumed = this.#lostTime();
    const changed = this.#look();
    this.#arm(POLL_MS);
    const report: LinkReport = { links: this.#selected.links, changed, resumed };
    publishLinks(report);
    for (const watcher of [...this.#watchers]) watcher(report);
  }

  /** Looks very soon: an error suggests that the links are not what they were. */
  hasten(): void {
    const now = this.#timing.now();
    const at = Math.max(now, this.#lookedAt + HASTE_MS);
    if (this.#watchers.size > 0 && at < this.#dueAt) this.#arm(at - now);
  }

  #begin(): void {
    const changed = this.#look();
    this.#lostTime();
    this.#arm(POLL_MS);
    publishLinks({ links: this.#selected.links, changed, resumed: false });
  }

  #end(): void {
    this.#disarm();
    this.#dueAt = Number.POSITIVE_INFINITY;
  }

  #arm(ms: number): void {
    this.#disarm();
    this.#dueAt = this.#timing.now() + ms;
    this.#disarm = this.#timing.after(ms, () => this.check());
  }

  #current(): Selected {
    if (this.#watchers.size === 0) this.#look();
    return this.#selected;
  }

  #look(): boolean {
    this.#selected = this.#read();
    this.#lookedAt = this.#timing.now();
    const compared = JSON.stringify(this.#selected.links);
    const changed = compared !== this.#compared;
    this.#compared = compared;
    return changed;
  }

  #lostTime(): boolean {
    const now = this.#timing.now();
    const late = now - this.#dueAt;
    const before = this.#asleep;
    this.#asleep = this.#uptimeMs() - now;
    return late > GAP_MS || this.#asleep - before > GAP_MS;
  }

  #uptimeMs(): number {
    try {
      return this.#timing.uptime() * 1_000;
    } catch {
      return this.#timing.now(); // Forbidden to know: lateness alone has to tell.
    }
  }
}
