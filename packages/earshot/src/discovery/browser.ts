/// <reference lib="esnext.disposable" preserve="true" />
import { Changes } from "./changes.ts";
import { Opening } from "./opening.ts";
import type { Change, Service } from "./service.ts";
import type { ServiceSource } from "./service-source.ts";
import { tellAll } from "./tell-all.ts";

/**
 * A live view of the services of some types, until it is closed.
 *
 * A loop over it begins with what is known. Leaving the last loop early closes a browser that has no `on` listeners, as
 * it is with Node's streams: `for await (… of earshot.browse()) break;` leaves nothing open. What `services` held then
 * can still be read.
 */
export interface Browser<S extends Service = Service> extends AsyncIterable<Change<S>>, AsyncDisposable {
  /**
   * Resolves when the network is heard, or when closed before; rejects with `NetworkError` when it cannot be heard, and
   * the browser has closed itself then. Loops reject the same way.
   */
  readonly ready: Promise<void>;
  /** What is there now, by id. Live. */
  readonly services: ReadonlyMap<string, S>;
  /** Calls back at every change of a kind, from now on, until the returned function is called. */
  on<K extends Change["kind"]>(
    kind: K,
    listener: (change: Extract<Change<S>, { kind: K }>) => void,
  ): () => void;
  /** Ends the search and every loop over this browser, quietly. Idempotent. */
  close(): Promise<void>;
}

export interface BrowserParts {
  readonly source: ServiceSource;
  readonly ready: Promise<void>;
  readonly accepts: (service: Service) => boolean;
  /** Whether it is of the types: one that is of them no more, such as of a subtype, is lost. @default it stays */
  readonly belongs?: (service: Service) => boolean;
  /** Ends the searches; called once. */
  readonly onClose: () => void;
}

/** The browser over what is heard. */
export class RegistryBrowser implements Browser {
  readonly #opening: Opening;
  readonly #parts: BrowserParts;
  readonly #services = new Map<string, Service>();
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #loops = new Set<Changes>();
  readonly #stopReading: () => void;
  #isClosed = false;

  /** @throws what `accepts` throws of a service that is known already. */
  constructor(parts: BrowserParts) {
    this.#parts = parts;
    for (const service of parts.source.services) {
      if (parts.accepts(service)) this.#services.set(service.id, service);
    }
    this.#stopReading = parts.source.read({
      change: (change) => this.#change(change),
      refresh: (service) => this.#refresh(service),
    });
    this.#opening = new Opening(parts.ready, () => void this.close());
  }

  get ready(): Promise<void> {
    return this.#opening.settled;
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
    const changes = new Changes(this.#isClosed ? [] : this.#services.values(), () => this.#leave(changes));
    if (this.#isClosed) changes.end();
    else this.#loops.add(changes);
    await this.ready;
    yield* changes;
  }

  /** Waits no longer for more to be known of what is heard: tells it as it is. */
  release(): void {
    if (!this.#isClosed) this.#parts.source.release?.();
  }

  close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#stopReading();
      this.#listeners.clear();
      this.#parts.onClose();
      this.#opening.giveUp();
      for (const loop of this.#loops) loop.end();
      this.#loops.clear();
    }
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #leave(loop: Changes): void {
    this.#loops.delete(loop);
    if (this.#loops.size === 0 && this.#listeners.size === 0) void this.close();
  }

  /** What once was let in stays in, whatever it turns into, until it is lost, or no more of a type that is browsed. */
  #change(change: Change): void {
    const key = change.service.id;
    const isKnown = this.#services.has(key);
    if (change.kind === "lost") {
      if (this.#services.delete(key)) this.#tell(change);
      return;
    }
    if (isKnown && this.#parts.belongs?.(change.service) === false) {
      this.#change({ kind: "lost", service: change.service, reason: "goodbye" });
      return;
    }
    if (!isKnown && !this.#parts.accepts(change.service)) return;
    this.#services.set(key, change.service);
    this.#tell(isKnown ? change : { kind: "found", service: change.service });
  }

  /** What was not let in may be by what is known of it now. */
  #refresh(service: Service): void {
    const key = service.id;
    if (!this.#services.has(key)) {
      this.#change({ kind: "found", service });
      return;
    }
    this.#services.set(key, service);
    for (const loop of this.#loops) loop.refresh(service);
  }

  #tell(change: Change): void {
    for (const loop of this.#loops) loop.push(change);
    tellAll(this.#listeners, (listener) => listener(change));
  }
}
