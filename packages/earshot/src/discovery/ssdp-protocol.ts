import type { BoundLink, Instant, Link } from "../core/engine.ts";
import { NetworkError, UsageError } from "../core/errors.ts";
import { within } from "../core/within.ts";
import { Driver, type Fault, type Network } from "../network/index.ts";
import {
  bootIdAt,
  checkSearchTarget,
  isSsdpType,
  reaches,
  SEARCH_COPIES,
  type SearchRequest,
  type SsdpCounts,
  SsdpEngine,
  type SsdpEvent,
  type SsdpOptions,
  STANDING_SEARCH_EVERY,
  ssdpConfig,
  typeServes,
} from "../ssdp/index.ts";
import { Goodbyes } from "./goodbyes.ts";
import { Hostings } from "./hostings.ts";
import type { DatagramMonitor } from "./monitor.ts";
import { readSsdp } from "./monitored-ssdp.ts";
import type { Advertisement, Offer, SsdpOffer } from "./offer.ts";
import { type PreparedOffer, prepareOffer } from "./prepared-offer.ts";
import type { Observation, Observer, Protocol } from "./protocol.ts";
import { ProtocolTap } from "./protocol-tap.ts";
import { AnswerSearch, type Search, type SearchOptions, searchRequest } from "./search.ts";
import type { Service } from "./service.ts";
import { type OfferPost, SsdpAdvertisement } from "./ssdp-advertisement.ts";
import { ssdpService } from "./ssdp-service.ts";
import { TcpAnswers } from "./tcp-answers.ts";
import { type TcpSearchGround, tcpSearch } from "./tcp-search.ts";

/** MX of browsing: short enough that every answer falls into the usual window of `find`. */
const BROWSE_MX_SECONDS = 2;
/** What nearly every device answers, whatever else it does not. */
const BROAD_TARGETS = ["upnp:rootdevice", "ssdp:all"];

/** Emitted when listening ends: what was told before it, of a cache that is no more, is of no interest behind it. */
interface Silence {
  readonly kind: "silence";
}

/** SSDP at work on one network: the engine, its driver, and who waits for what of its events. */
export class SsdpProtocol implements Protocol, OfferPost {
  readonly name = "ssdp";
  readonly #network: Network;
  readonly #options: SsdpOptions;
  readonly #observer: Observer;
  readonly #engine: SsdpEngine;
  readonly #driver: Driver<SsdpEvent | Silence>;
  readonly #tap: ProtocolTap<SsdpEvent>;
  readonly #tcpAnswers: TcpAnswers;
  readonly #standing = new Map<string, { readonly id: number; users: number }>();
  #listeners = 0;
  /** Those of the listeners that are not passive. */
  #askers = 0;
  /** `silence` events that were emitted and not delivered yet. */
  #silences = 0;
  #state: "starting" | "ready" | "failed" = "starting";
  readonly #searches = new Map<number, AnswerSearch>();
  /** Those that are answered over TCP, which may not have begun. */
  readonly #tcpSearches = new Set<AnswerSearch>();
  readonly #offers = new Set<SsdpAdvertisement>();
  readonly #goodbyes: Goodbyes;
  readonly #hostings: Hostings;
  #closed: Promise<void> | undefined;

  constructor(network: Network, options: SsdpOptions, observer: Observer) {
    const bootId = bootIdAt(network.clock.wall());
    this.#network = network;
    this.#goodbyes = new Goodbyes(network);
    this.#options = options;
    this.#tcpAnswers = new TcpAnswers(network, options, () => this.#engine.tcpAnswerOver());
    this.#observer = observer;
    this.#engine = new SsdpEngine(
      ssdpConfig(options, { bootId, system: network.system }),
      network.random.fork(),
    );
    this.#driver = new Driver<SsdpEvent | Silence>(network, this.#engine, {
      deliver: (event) => this.#deliver(event),
      fault: (fault) => observer.fault(fault),
    });
    const links = (): Iterable<BoundLink> => this.#engine.links;
    const fault = (fault: Fault): void => observer.fault(fault);
    this.#hostings = new Hostings({ network, links, fault }, (offer, served) =>
      this.#driver.turn((turn) => this.#engine.serve(offer, served, turn)),
    );
    this.#tap = new ProtocolTap<SsdpEvent>({
      read: readSsdp,
      driver: this.#driver,
      binding: this.#engine.binding,
      clock: network.clock,
      links: () => this.#engine.links,
    });
    this.#driver.ready.then(
      () => {
        this.#state = "ready";
      },
      (error: unknown) => {
        if (this.#closed === undefined) this.#state = "failed";
        for (const search of [...this.#searches.values()]) search.fail(error);
      },
    );
  }

  static speaks(type: string): boolean {
    return isSsdpType(type);
  }

  get ready(): Promise<void> {
    return this.#driver.ready;
  }

  get links(): readonly Link[] | undefined {
    return this.#state === "ready" && this.#closed === undefined ? [...this.#engine.links] : undefined;
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
    const endSearch = passive ? () => {} : this.#ask(target);
    if (this.#listeners++ === 0) this.#engine.listen({ asks: this.#askers > 0 });
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      endSearch();
      if (--this.#listeners === 0) this.#stopListening();
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
    if (options.tcp) return this.#searchByTcp(request, onClosed);
    const id = this.#driver.turn((turn) => this.#engine.search(request, turn));
    const ready = this.ready.then(() => this.#assertReachable(request));
    const search = new AnswerSearch(ready, () => {
      this.#endSearch(id);
      onClosed();
    });
    this.#searches.set(id, search);
    return search;
  }

  #searchByTcp(request: SearchRequest, onClosed: () => void): Search {
    this.#engine.checkSearch(request);
    const begin: TcpSearchGround["begin"] = (search, tcpPorts) => {
      if (this.#closed !== undefined) return undefined;
      const id = this.#driver.turn((turn) => this.#engine.search({ ...request, tcpPorts }, turn));
      this.#searches.set(id, search);
      return id;
    };
    const ground: TcpSearchGround = {
      network: this.#network,
      ready: this.ready,
      links: () => this.#engine.links,
      begin,
      end: (id) => this.#endSearch(id),
      hear: (datagram) => {
        if (this.#closed !== undefined || !this.#engine.wants(datagram.bytes)) return;
        this.#driver.turn((turn) => this.#engine.receive(datagram, turn));
      },
    };
    const search = tcpSearch(ground, () => {
      this.#tcpSearches.delete(search);
      onClosed();
    });
    this.#tcpSearches.add(search);
    return search;
  }

  #endSearch(id: number): void {
    this.#searches.delete(id);
    this.#engine.endSearch(id);
  }

  overhear(monitor: DatagramMonitor): () => void {
    const endTap = this.#tap.add(monitor);
    const endListening = this.browse(undefined, true);
    return () => {
      endTap();
      endListening();
    };
  }

  async advertise(offer: Offer, onClosed: () => void): Promise<Advertisement> {
    const standing = new SsdpAdvertisement(this, offer as SsdpOffer, () => {
      this.#offers.delete(standing);
      onClosed();
    });
    this.#offers.add(standing);
    try {
      await this.ready;
      this.#assertOpen();
      await standing.opened();
    } catch (error) {
      await standing.close();
      if (this.#state !== "failed") this.#assertOpen();
      throw error;
    }
    return standing;
  }

  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  offer({ advertised, handler }: PreparedOffer): number {
    const id = this.#driver.turn((turn) => this.#engine.offer(advertised, turn));
    if (handler) this.#hostings.add(id, handler);
    return id;
  }

  check(offer: SsdpOffer): PreparedOffer {
    return prepareOffer(offer, this.#network);
  }

  opened(id: number): Promise<void> {
    return this.#hostings.opened(id);
  }

  notify(id: number): void {
    this.#driver.turn((turn) => this.#engine.notify(id, turn));
  }

  async withdraw(id: number): Promise<void> {
    const begin = (): void => this.#driver.turn((turn) => this.#engine.withdraw(id, turn));
    await this.#goodbyes.say(id, begin);
    await this.#hostings.close(id);
  }

  /** Looks for `target`, and lets the engine ask, until the returned function is called. */
  #ask(target: string): () => void {
    const targets = this.#options.broad ? [...new Set([target, ...BROAD_TARGETS])] : [target];
    const leaves = targets.map((each) => this.#join(each));
    if (this.#askers++ === 0) this.#engine.setAsks(true);
    return () => {
      for (const leave of leaves) leave();
      if (--this.#askers === 0) this.#engine.setAsks(false);
    };
  }

  #stopListening(): void {
    this.#engine.stopListening();
    this.#silences++;
    this.#driver.turn((turn) => turn.emit({ kind: "silence" }));
    this.#observer.forget(({ protocol }) => protocol === this.name);
  }

  /**
   * Joins the standing search for `target`, which is made by its first user and ends with its last. Who joins it later
   * has it search again, for there may be what only answers searches.
   */
  #join(target: string): () => void {
    const known = this.#standing.get(target);
    if (known) this.#driver.turn((turn) => this.#engine.searchAgain(known.id, turn));
    const standing = known ?? this.#stand(target);
    standing.users++;
    return () => {
      if (--standing.users > 0) return;
      this.#standing.delete(target);
      this.#engine.endSearch(standing.id);
    };
  }

  #stand(target: string): { readonly id: number; users: number } {
    const repeats = within("searchCopies", this.#options.searchCopies ?? SEARCH_COPIES, 1, 10);
    const request = searchRequest(target, {
      mx: BROWSE_MX_SECONDS,
      everyMs: STANDING_SEARCH_EVERY,
      repeats,
    });
    const id = this.#driver.turn((turn) => this.#engine.search({ ...request, isQuiet: true }, turn));
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

  #assertOpen(): void {
    if (this.#closed !== undefined)
      throw new UsageError("CLOSED", "it was closed before it could be announced");
  }

  async #end(): Promise<void> {
    for (const search of [...this.#searches.values(), ...this.#tcpSearches]) await search.close();
    await Promise.all([...this.#offers].map((offer) => offer.close()));
    await this.#driver.close();
  }

  #deliver(event: SsdpEvent | Silence): void {
    switch (event.kind) {
      case "found":
      case "updated":
      case "refreshed":
      case "lost":
        if (this.#silences === 0) this.#observer.observe(this.#observation(event));
        break;
      case "silence":
        this.#silences--;
        break;
      case "answer":
        this.#searches.get(event.search)?.hear(event.answer);
        break;
      case "search-ended":
        void this.#searches.get(event.search)?.close();
        break;
      case "tcp-answer":
        this.#tcpAnswers.send(event);
        break;
      case "withdrawn":
        this.#goodbyes.done(event.offer);
        break;
      case "relinked":
        this.#hostings.relink();
        break;
      case "dropped":
        this.#observer.dropped?.({ protocol: "ssdp", event });
        break;
    }
  }

  #observation(event: Extract<SsdpEvent, { record: unknown }>): Observation {
    const service = ssdpService(event.record, this.#dateOf);
    return event.kind === "lost"
      ? { kind: "lost", service, reason: event.reason }
      : { kind: event.kind, service };
  }

  readonly #dateOf = (instant: Instant): Date => {
    const { clock } = this.#network;
    return new Date(clock.wall().getTime() - (clock.now() - instant));
  };
}
