import { Changes, keyOf } from "./changes.ts";
import type { Registry } from "./registry.ts";
import type { Change, Service } from "./service.ts";
import { tellAll } from "./tell-all.ts";

/** A live view of the services of some types. */
export interface Browser extends AsyncIterable<Change>, AsyncDisposable {
  /** Resolves when the network is heard; rejects with `NetworkError` when it cannot be. Loops reject the same way. */
  readonly ready: Promise<void>;
  /** What is there now, by protocol and id. Live. */
  readonly services: ReadonlyMap<string, Service>;
  /** Calls back at every change of a kind, from now on, until the returned function is called. */
  on<K extends Change["kind"]>(kind: K, listener: (change: Extract<Change, { kind: K }>) => void): () => void;
  /** Ends the search and every loop over this browser, quietly. Idempotent. */
  close(): Promise<void>;
}

export interface BrowserParts {
  readonly registry: Registry;
  readonly ready: Promise<void>;
  readonly accepts: (service: Service) => boolean;
  /** Ends the searches; called once. */
  readonly onClose: () => void;
}

/** The browser over a registry. */
export class RegistryBrowser implements Browser {
  readonly ready: Promise<void>;
  readonly #parts: BrowserParts;
  readonly #services = new Map<string, Service>();
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #loops = new Set<Changes>();
  readonly #stopReading: () => void;
  #isClosed = false;

  constructor(parts: BrowserParts) {
    this.#parts = parts;
    this.ready = parts.ready;
    this.ready.catch(() => {});
    for (const service of parts.registry.services) {
      if (parts.accepts(service)) this.#services.set(keyOf(service), service);
    }
    this.#stopReading = parts.registry.read({
      change: (change) => this.#change(change),
      refresh: (service) => this.#refresh(service),
    });
  }

  get services(): ReadonlyMap<string, Service> {
    return this.#services;
  }

  on<K extends Change["kind"]>(
    kind: K,
    listener: (change: Extract<Change, { kind: K }>) => void,
  ): () => void {
    const filtered = (change: Change): void => {
      if (change.kind === kind) listener(change as Extract<Change, { kind: K }>);
    };
    this.#listeners.add(filtered);
    return () => void this.#listeners.delete(filtered);
  }

  async *[Symbol.asyncIterator](): AsyncIterableIterator<Change> {
    if (this.#isClosed) return;
    const changes = new Changes(this.#services.values(), () => this.#loops.delete(changes));
    this.#loops.add(changes);
    await this.ready;
    yield* changes;
  }

  close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#stopReading();
      this.#parts.onClose();
      for (const loop of this.#loops) loop.end();
    }
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What once was let in stays in, whatever it turns into, until it is lost. */
  #change(change: Change): void {
    const key = keyOf(change.service);
    const isKnown = this.#services.has(key);
    if (change.kind === "lost") {
      if (this.#services.delete(key)) this.#tell(change);
      return;
    }
    if (!isKnown && !this.#parts.accepts(change.service)) return;
    this.#services.set(key, change.service);
    this.#tell(isKnown ? change : { kind: "found", service: change.service });
  }

  #refresh(service: Service): void {
    const key = keyOf(service);
    if (!this.#services.has(key)) return;
    this.#services.set(key, service);
    for (const loop of this.#loops) loop.refresh(service);
  }

  #tell(change: Change): void {
    for (const loop of this.#loops) loop.push(change);
    tellAll(this.#listeners, (listener) => listener(change));
  }
}
