import type { Link } from "../core/engine.ts";
import type { Describer } from "../upnp/index.ts";
import { DescriptionLink } from "./description-link.ts";
import { describedService, planOf } from "./description-source.ts";
import type { Change, Service } from "./service.ts";
import type { Reader, ServiceSource } from "./service-source.ts";

export interface DescribedServicesParts {
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
  service: Service;
  readonly link: DescriptionLink;
  /** As it was told; `undefined` while it is held back. */
  told: Service | undefined;
}

/**
 * Services with their descriptions: each is held back until its description was read or could not be, and told as
 * updated when that comes to be another. Of a service that is not wanted nothing is read.
 */
export class DescribedServices implements ServiceSource {
  readonly #parts: DescribedServicesParts;
  readonly #entries = new Map<string, Entry>();
  readonly #stopHearing: () => void;
  #reader: Reader | undefined;
  #isClosed = false;

  constructor(parts: DescribedServicesParts) {
    this.#parts = parts;
    for (const service of parts.heard.services) this.#hear("found", service);
    this.#stopHearing = parts.heard.read({
      change: (change) => this.#change(change),
      refresh: (service) => this.#hear("refreshed", service),
    });
  }

  /** Those that are held back are not among them. */
  get services(): Iterable<Service> {
    return [...this.#entries.values()].flatMap(({ told }) => told ?? []);
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
      entry.link.giveUp("its description was not read in time");
      this.#show(entry, "updated");
    }
  }

  /** Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stopHearing();
    for (const { link } of this.#entries.values()) link.stop();
    this.#parts.onClose();
  }

  #change(change: Change): void {
    if (change.kind === "lost") this.#lose(change);
    else this.#hear(change.kind, change.service);
  }

  #lose(change: Extract<Change, { kind: "lost" }>): void {
    const key = change.service.id;
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    entry.link.stop();
    const { outcome } = entry.link;
    if (!entry.told || !outcome) return;
    const service = describedService(change.service, outcome);
    this.#reader?.change({ kind: "lost", service, reason: change.reason });
  }

  #hear(kind: "found" | "updated" | "refreshed", service: Service): void {
    const key = service.id;
    const known = this.#entries.get(key);
    if (!known && !this.#parts.wants(service)) return;
    const entry = known ?? this.#newEntry(service);
    entry.service = service;
    this.#entries.set(key, entry);
    entry.link.aim(planOf(service, this.#parts.links()));
    this.#show(entry, kind);
  }

  #newEntry(service: Service): Entry {
    const link = new DescriptionLink(this.#parts.describer, () => this.#learn(entry));
    const entry: Entry = { service, link, told: undefined };
    return entry;
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
    const service = describedService(entry.service, outcome);
    entry.told = service;
    if (!previous) this.#reader?.change({ kind: "found", service });
    else if (kind === "refreshed") this.#reader?.refresh(service);
    else this.#reader?.change({ kind: "updated", service, previous });
  }
}
