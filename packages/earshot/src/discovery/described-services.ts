import type { Link } from "../core/engine.ts";
import { TokenBucket } from "../core/token-bucket.ts";
import type { Clock } from "../network/index.ts";
import { UPDATE_RATE } from "../ssdp/index.ts";
import type { Describer } from "../upnp/index.ts";
import { DescriptionLink } from "./description-link.ts";
import { describedService, planOf } from "./description-source.ts";
import type { Change, LostReason, Service, SsdpService } from "./service.ts";
import type { Reader, ServiceSource } from "./service-source.ts";

export interface DescribedServicesParts {
  readonly clock: Clock;
  readonly describer: Describer;
  readonly links: () => readonly Link[];
  readonly heard: ServiceSource;
  readonly wants: (service: Service) => boolean;
  /** Gets what the reader throws when a description comes. */
  readonly report: (error: unknown) => void;
  /** Called once. */
  readonly onClose: () => void;
}

interface Entry {
  /** As it was heard. */
  service: SsdpService;
  readonly link: DescriptionLink;
  /** As it was told; `undefined` while it is held back. */
  told: SsdpService | undefined;
  /** Calls off what is to be told later: that it is there, or its newest state. */
  later: (() => void) | undefined;
  /** How often it was told as updated. */
  updates: TokenBucket | undefined;
}

/** A device announces itself on all its links within so many ms, and may have a LOCATION for only one of them. */
const ANNOUNCED_WITHIN = 1000;

/**
 * Services with their descriptions: each is held back until its description was read or could not be, and told as
 * updated when that comes to be another, though not more often than a service that changes all the time; then its newest
 * state is told. Of a service that is not wanted nothing is read. Services of protocols without descriptions are told at
 * once.
 */
export class DescribedServices implements ServiceSource {
  readonly #parts: DescribedServicesParts;
  readonly #entries = new Map<string, Entry>();
  /** Those without descriptions. */
  readonly #plain = new Map<string, Service>();
  readonly #stopHearing: () => void;
  #reader: Reader | undefined;
  #isClosed = false;

  constructor(parts: DescribedServicesParts) {
    this.#parts = parts;
    for (const service of parts.heard.services) this.#change({ kind: "found", service });
    this.#stopHearing = parts.heard.read({
      change: (change) => this.#change(change),
      refresh: (service) => {
        if (service.protocol === "ssdp") this.#hear("refreshed", service);
        else this.#refreshPlain(service);
      },
    });
  }

  /** Those that are held back are not among them. */
  get services(): Iterable<Service> {
    return [...[...this.#entries.values()].flatMap(({ told }) => told ?? []), ...this.#plain.values()];
  }

  read(reader: Reader): () => void {
    this.#reader = reader;
    return () => {
      this.#reader = undefined;
    };
  }

  /** Tells what is held back, without description: there is no more time to wait for it. */
  release(): void {
    for (const entry of [...this.#entries.values()]) {
      if (entry.told) continue;
      this.#settle(entry);
      entry.link.giveUp("its description was not read in time");
      this.#show(entry, "updated");
    }
  }

  /** Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stopHearing();
    for (const entry of this.#entries.values()) leave(entry);
    this.#parts.onClose();
  }

  #change(change: Change): void {
    const { service } = change;
    if (service.protocol !== "ssdp") this.#changePlain(change);
    else if (change.kind === "lost") this.#lose(service, change.reason);
    else this.#hear(change.kind, service);
  }

  #changePlain(change: Change): void {
    const { id } = change.service;
    const isKnown = this.#plain.has(id);
    if (!isKnown && (change.kind === "lost" || !this.#parts.wants(change.service))) return;
    if (change.kind === "lost") this.#plain.delete(id);
    else this.#plain.set(id, change.service);
    this.#reader?.change(change);
  }

  #refreshPlain(service: Service): void {
    if (!this.#plain.has(service.id) && !this.#parts.wants(service)) return;
    this.#plain.set(service.id, service);
    this.#reader?.refresh(service);
  }

  #lose(lost: SsdpService, reason: LostReason): void {
    const key = lost.id;
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    leave(entry);
    const { outcome } = entry.link;
    if (!entry.told || !outcome) return;
    this.#reader?.change({ kind: "lost", service: describedService(lost, outcome), reason });
  }

  #hear(kind: "found" | "updated" | "refreshed", service: SsdpService): void {
    const key = service.id;
    const known = this.#entries.get(key);
    if (!known && !this.#parts.wants(service)) return;
    const entry = known ?? this.#newEntry(service);
    entry.service = service;
    this.#entries.set(key, entry);
    const plan = planOf(service, this.#parts.links());
    if (!entry.told && plan.undescribed !== undefined && service.locations.length > 0) {
      this.#hold(entry);
      return;
    }
    if (!entry.told) drop(entry);
    entry.link.aim(plan);
    this.#show(entry, kind);
  }

  #newEntry(service: SsdpService): Entry {
    const link = new DescriptionLink(this.#parts.describer, () => this.#learn(entry));
    const entry: Entry = { service, link, told: undefined, later: undefined, updates: undefined };
    return entry;
  }

  /** None of its LOCATIONs can be used: waits a moment for one that can. */
  #hold(entry: Entry): void {
    entry.link.aim({ sources: [] });
    entry.later ??= this.#after(ANNOUNCED_WITHIN, entry);
  }

  /** Makes do with the LOCATIONs that there are. */
  #settle(entry: Entry): void {
    if (!entry.told && entry.later) entry.link.aim(planOf(entry.service, this.#parts.links()));
    drop(entry);
  }

  #after(ms: number, entry: Entry): () => void {
    const { clock } = this.#parts;
    return clock.at(clock.now() + ms, () => {
      this.#settle(entry);
      this.#learn(entry);
    });
  }

  #learn(entry: Entry): void {
    try {
      this.#show(entry, "updated");
    } catch (error) {
      this.#parts.report(error);
    }
  }

  #show(entry: Entry, kind: "found" | "updated" | "refreshed"): void {
    const { outcome } = entry.link;
    if (!outcome) return;
    const previous = entry.told;
    // Of one whose newest state is told soon nothing else is told.
    if (previous && (entry.later || (kind !== "refreshed" && !this.#mayUpdate(entry)))) return;
    const service = describedService(entry.service, outcome);
    entry.told = service;
    if (!previous) this.#reader?.change({ kind: "found", service });
    else if (kind === "refreshed") this.#reader?.refresh(service);
    else this.#reader?.change({ kind: "updated", service, previous });
  }

  /** Whether an update is told now; else it is later. */
  #mayUpdate(entry: Entry): boolean {
    const now = this.#parts.clock.now();
    entry.updates ??= new TokenBucket(UPDATE_RATE);
    if (entry.updates.take(now)) return true;
    entry.later = this.#after(entry.updates.waitFor(now), entry);
    return false;
  }
}

function leave(entry: Entry): void {
  drop(entry);
  entry.link.stop();
}

function drop(entry: Entry): void {
  entry.later?.();
  entry.later = undefined;
}
