import type { Instant } from "../core/engine.ts";
import { NetworkError, UsageError } from "../core/errors.ts";
import { Driver, type Network } from "../network/index.ts";
import {
  advertisement,
  checkSearchTarget,
  isSsdpType,
  reaches,
  type SearchRequest,
  type Advertisement as SsdpAdvertised,
  type SsdpCounts,
  SsdpEngine,
  type SsdpEvent,
  type SsdpOptions,
  STANDING_SEARCH_EVERY,
  ssdpConfig,
  typeServes,
} from "../ssdp/index.ts";
import { type Advertisement, deviceOffer, type Offer } from "./offer.ts";
import type { Observer, Protocol } from "./protocol.ts";
import { AnswerSearch, type Search, type SearchOptions, searchRequest } from "./search.ts";
import type { Service } from "./service.ts";
import { ssdpService } from "./ssdp-service.ts";

/** Longest wait for a goodbye to be said. */
const MOST_GOODBYE_MS = 1000;
/** MX of browsing: short enough that every answer falls into the usual window of `find`. */
const BROWSE_MX_SECONDS = 2;

/** SSDP at work on one network: the engine, its driver, and who waits for what of its events. */
export class SsdpProtocol implements Protocol {
  readonly name = "ssdp";
  readonly #network: Network;
  readonly #options: SsdpOptions;
  readonly #observer: Observer;
  readonly #engine: SsdpEngine;
  readonly #driver: Driver<SsdpEvent>;
  readonly #standing = new Map<string, { readonly id: number; users: number }>();
  #listeners = 0;
  readonly #searches = new Map<number, AnswerSearch>();
  readonly #offers = new Set<SsdpAdvertisement>();
  readonly #withdrawing = new Map<number, () => void>();
  #closed: Promise<void> | undefined;

  constructor(network: Network, options: SsdpOptions, observer: Observer) {
    const bootId = Math.floor(network.clock.wall().getTime() / 1000);
    this.#network = network;
    this.#options = options;
    this.#observer = observer;
    this.#engine = new SsdpEngine(
      ssdpConfig(options, { bootId, system: network.system }),
      network.random.fork(),
    );
    this.#driver = new Driver(network, this.#engine, {
      deliver: (event) => this.#deliver(event),
      fault: (fault) => observer.fault(fault),
    });
    this.#driver.ready.catch(() => {});
  }

  static speaks(type: string): boolean {
    return isSsdpType(type);
  }

  get ready(): Promise<void> {
    return this.#driver.ready;
  }

  /** What was heard, dropped and kept so far. */
  get counts(): SsdpCounts {
    return this.#engine.counts;
  }

  speaks(type: string): boolean {
    return isSsdpType(type);
  }

  isOfType(service: Service, type: string | undefined): boolean {
    if (service.protocol !== "ssdp") return false;
    return type === undefined || type === "ssdp:all" || typeServes(service.type, type);
  }

  browse(type: string | undefined, passive: boolean): () => void {
    const target = checkSearchTarget(type ?? "ssdp:all");
    if (this.#listeners++ === 0) this.#engine.listen();
    const endSearch = passive ? () => {} : this.#join(target);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      endSearch();
      if (--this.#listeners > 0) return;
      this.#engine.stopListening();
      this.#observer.forget(this.name);
    };
  }

  /**
   * Searches, and gives every answer as it came.
   * @throws UsageError for a search that cannot be.
   */
  search(target: string, options: SearchOptions, onClosed: () => void): Search {
    const request = searchRequest(target, options);
    if (options.broadcast && !this.#options.broadcast) {
      throw new UsageError("INVALID_OPTION", "a broadcast search needs the option ssdp: { broadcast: true }");
    }
    const id = this.#driver.turn((turn) => this.#engine.search(request, turn));
    const ready = this.ready.then(() => this.#assertReachable(request));
    const search = new AnswerSearch(ready, () => {
      this.#searches.delete(id);
      this.#engine.endSearch(id);
      onClosed();
    });
    this.#searches.set(id, search);
    return search;
  }

  async advertise(offer: Offer, onClosed: () => void): Promise<Advertisement> {
    const standing = new SsdpAdvertisement(this, offer, () => {
      this.#offers.delete(standing);
      onClosed();
    });
    this.#offers.add(standing);
    try {
      await this.ready;
    } catch (error) {
      await standing.close();
      throw error;
    }
    return standing;
  }

  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  /** Begins to announce; for advertisements. */
  offer(offer: Offer): number {
    const checked = this.check(offer);
    return this.#driver.turn((turn) => this.#engine.offer(checked, turn));
  }

  /**
   * The offer, checked and completed.
   * @throws UsageError.
   */
  check(offer: Offer): SsdpAdvertised {
    return advertisement(deviceOffer(offer, (name) => this.#network.uuid(name)));
  }

  /** Announces once more; for advertisements. */
  notify(id: number): void {
    this.#driver.turn((turn) => this.#engine.notify(id, turn));
  }

  /** Says goodbye and waits until it is said; for advertisements. */
  withdraw(id: number): Promise<void> {
    const { clock } = this.#network;
    const said = new Promise<void>((resolve) => {
      const forget = clock.at(clock.now() + MOST_GOODBYE_MS, () => this.#withdrawing.get(id)?.());
      this.#withdrawing.set(id, () => {
        forget();
        this.#withdrawing.delete(id);
        resolve();
      });
      this.#driver.turn((turn) => this.#engine.withdraw(id, turn));
    });
    return this.#network.finish?.(said) ?? said;
  }

  /** Joins the standing search for `target`, which is made by its first user and ends with its last. */
  #join(target: string): () => void {
    const standing = this.#standing.get(target) ?? this.#stand(target);
    standing.users++;
    return () => {
      if (--standing.users > 0) return;
      this.#standing.delete(target);
      this.#engine.endSearch(standing.id);
    };
  }

  #stand(target: string): { readonly id: number; users: number } {
    const request = searchRequest(target, { mx: BROWSE_MX_SECONDS, everyMs: STANDING_SEARCH_EVERY });
    const id = this.#driver.turn((turn) => this.#engine.search(request, turn));
    const standing = { id, users: 0 };
    this.#standing.set(target, standing);
    return standing;
  }

  /** Datagrams from off the link are not believed, so a host there would be searched in vain. */
  #assertReachable({ to }: SearchRequest): void {
    if (typeof to !== "object" || [...this.#engine.links].some((link) => reaches(link, to.address))) return;
    throw new NetworkError(
      "OFF_LINK",
      `${to.address} is on no link of this host, and answers from there are not heard`,
    );
  }

  async #end(): Promise<void> {
    for (const search of [...this.#searches.values()]) await search.close();
    await Promise.all([...this.#offers].map((offer) => offer.close()));
    await this.#driver.close();
  }

  #deliver(event: SsdpEvent): void {
    switch (event.kind) {
      case "found":
      case "updated":
      case "refreshed":
        this.#observer.observe({ kind: event.kind, service: this.#service(event.record) });
        break;
      case "lost":
        this.#observer.observe({ kind: "lost", service: this.#service(event.record), reason: event.reason });
        break;
      case "answer":
        this.#searches.get(event.search)?.push(event.answer);
        break;
      case "search-ended":
        void this.#searches.get(event.search)?.close();
        break;
      case "withdrawn":
        this.#withdrawing.get(event.offer)?.();
        break;
      case "dropped":
        break;
    }
  }

  #service(record: Extract<SsdpEvent, { kind: "found" }>["record"]): Service {
    return ssdpService(record, (instant) => this.#dateOf(instant));
  }

  #dateOf(instant: Instant): Date {
    const { clock } = this.#network;
    return new Date(clock.wall().getTime() - (clock.now() - instant));
  }
}

/** An offer of ours while it stands. */
class SsdpAdvertisement implements Advertisement {
  readonly #protocol: SsdpProtocol;
  readonly #onClosed: () => void;
  #offer: Offer;
  #id: number;
  #closed: Promise<void> | undefined;

  constructor(protocol: SsdpProtocol, offer: Offer, onClosed: () => void) {
    this.#protocol = protocol;
    this.#onClosed = onClosed;
    this.#offer = offer;
    this.#id = protocol.offer(offer);
  }

  get name(): string {
    return this.#offer.name ?? this.#offer.type;
  }

  async update(changes: Partial<Offer>): Promise<void> {
    if (this.#closed !== undefined) throw new UsageError("CLOSED", "the advertisement is closed");
    const changed = { ...this.#offer, ...changes };
    this.#protocol.check(changed);
    await this.#protocol.withdraw(this.#id);
    if (this.#closed !== undefined) return;
    this.#offer = changed;
    this.#id = this.#protocol.offer(changed);
  }

  notify(): void {
    this.#protocol.notify(this.#id);
  }

  close(): Promise<void> {
    this.#closed ??= this.#protocol.withdraw(this.#id).then(this.#onClosed);
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
