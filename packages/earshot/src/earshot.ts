/// <reference lib="esnext.disposable" preserve="true" />
import type { Link } from "./core/engine.ts";
import { TimeoutError, UsageError } from "./core/errors.ts";
import {
  type Advertisement,
  type Browser,
  collectPeers,
  Describing,
  type FindPeersOptions,
  type Monitor,
  type MonitorOptions,
  type Offer,
  type Peer,
  type PeerBrowser,
  type PeerOffer,
  type PeerQuery,
  type Protocol,
  peerOffer,
  Registry,
  RegistryBrowser,
  type Search,
  type SearchOptions,
  type Service,
  SsdpProtocol,
  watchPeers,
} from "./discovery/index.ts";
import { FindFilter } from "./find-filter.ts";
import type { Fault, Network } from "./network/index.ts";
import { createNetwork, keepAlive } from "./node/index.ts";
import type { SsdpCounts, SsdpOptions } from "./ssdp/index.ts";
import { tellMalformed } from "./tell-malformed.ts";

/** On which network to be present, and how. */
export interface EarshotOptions {
  /** Interfaces to use, by name or address; loopback must be named. @default every usable one */
  readonly interfaces?: readonly string[];
  /** Address families. @default [4, 6] */
  readonly families?: readonly (4 | 6)[];
  /** Also use interfaces with public addresses. @default false */
  readonly allowPublic?: boolean;
  /** Leave and join the groups anew this often, in ms, at least 60000: for switches that forget members. @default never */
  readonly rejoinEveryMs?: number;
  /** Another network than the machine's own, such as a simulated one. */
  readonly network?: Network;
  readonly ssdp?: SsdpOptions;
  /** Most bytes of a description that `describe` reads, 1024 to 1048576. @default 262144 */
  readonly descriptionBytes?: number;
  /** Gets what goes wrong on one link and is lived with, such as a port that another program keeps to itself. */
  readonly onFault?: (fault: Fault) => void;
  /** Called when the last open browser, search or advertisement is closed. */
  readonly onIdle?: () => void;
}

export interface BrowseOptions {
  /** Ends the browser, quietly; a `find` rejects with its reason. */
  readonly signal?: AbortSignal;
  /**
   * Lets only some services in. What it throws is thrown by `browse` where services are known already, and later
   * reported as what a listener throws is; a `find` rejects with it.
   */
  readonly where?: (service: Service) => boolean;
  /** Only listens. While all open browsers do, nothing is sent for them. @default false */
  readonly passive?: boolean;
  /**
   * Fetches what LOCATIONs lead to, from the very address that spoke and nowhere else, and tells a service once its
   * description was read, or could not be (see `findOne`). Without it nothing is ever fetched. @default false
   */
  readonly describe?: boolean;
}

export interface FindOptions extends BrowseOptions {
  /** How long to look, in ms; `Infinity` for as long as it takes. @default 3000; for findOne 5000 */
  readonly timeoutMs?: number;
  /** Ends the search early, once it holds. Asked at every change. */
  readonly until?: (services: readonly Service[]) => boolean;
}

type Types = string | readonly string[];

/** Types to look for; `undefined` stands for everything. */
type Wanted = readonly (string | undefined)[];

const FIND_MS = 3000;
const FIND_ONE_MS = 5000;

/**
 * One presence on the network: sockets, caches, clock. Opens nothing until something is browsed, searched or
 * advertised; close it to say every goodbye and free what it holds. While something is open, the program stays alive.
 */
export class Earshot implements AsyncDisposable {
  readonly #options: EarshotOptions;
  readonly #registry = new Registry();
  readonly #browsers = new Set<Browser>();
  #network: Network | undefined;
  #describing: Describing | undefined;
  #ssdp: SsdpProtocol | undefined;
  #users = 0;
  #letGo: () => void = () => {};
  #closed: Promise<void> | undefined;
  /** Settles when what could not start is closed. */
  #dropped: Promise<unknown> = Promise.resolve();

  constructor(options: EarshotOptions = {}) {
    this.#options = options;
    this.#network = options.network;
  }

  /** What was heard, dropped and kept so far; `undefined` for a protocol not used yet, or that could not start. */
  get stats(): { readonly ssdp: SsdpCounts | undefined } {
    return { ssdp: this.#ssdp?.counts };
  }

  /**
   * The links that are served, as they are now. While nothing was opened, or before it is ready, those that the network
   * has to offer; none before anything was opened on the machine's own.
   */
  get links(): readonly Link[] {
    return this.#ssdp?.links ?? this.#network?.links ?? [];
  }

  /** How many browsers, searches and advertisements are open. */
  get users(): number {
    return this.#users;
  }

  /**
   * A live view of the services of some types; of all when no types are given.
   * @throws UsageError `UNKNOWN_TYPE`, `INVALID_SEARCH_TARGET`, `UNKNOWN_INTERFACE`, `CLOSED`; `INVALID_OPTION` for an
   * empty list of types.
   */
  browse(options?: BrowseOptions): Browser;
  browse(types: string | readonly string[], options?: BrowseOptions): Browser;
  browse(first?: Types | BrowseOptions, second?: BrowseOptions): Browser {
    const { types, options } = split(first, second);
    return this.#browse(types, options);
  }

  /**
   * What is there: everything heard within `timeoutMs`, until `until` holds, or until this Earshot is closed.
   * Rejects with `UsageError` (as `browse` throws), `NetworkError`, the signal's reason, or what `where` or `until` threw.
   */
  find(options?: FindOptions): Promise<Service[]>;
  find(types: string | readonly string[], options?: FindOptions): Promise<Service[]>;
  async find(first?: Types | FindOptions, second?: FindOptions): Promise<Service[]> {
    const { types, options } = split(first, second);
    return this.#collect(types, options, options.timeoutMs ?? FIND_MS, options.until);
  }

  /**
   * The first that matches; with `describe` the first that was described, and one that was not only when time is up: with
   * a `timeoutMs` of `Infinity` never. Rejects as `find`, and with `TimeoutError` when there is none in time.
   */
  findOne(options?: FindOptions): Promise<Service>;
  findOne(types: string | readonly string[], options?: FindOptions): Promise<Service>;
  async findOne(first?: Types | FindOptions, second?: FindOptions): Promise<Service> {
    const { types, options } = split(first, second);
    const timeoutMs = options.timeoutMs ?? FIND_ONE_MS;
    this.#assertOpen();
    const release = this.#hold(); // Until it is known why nothing was found.
    try {
      const wants = (service: Service): boolean => !options.describe || service.description !== undefined;
      const found = await this.#collect(types, options, timeoutMs, (all) => all.some(wants));
      const service = found.find(wants) ?? found[0];
      if (service) return service;
      this.#assertOpen();
      const wanted = types.join(", ") || "any type";
      throw new TimeoutError(`nothing of ${wanted} was found within ${timeoutMs} ms`);
    } finally {
      release();
    }
  }

  /** Announces a service until the advertisement is closed. Rejects with `UsageError` or `NetworkError`. */
  async advertise(offer: Offer): Promise<Advertisement> {
    this.#assertOpen();
    const release = this.#hold();
    try {
      return await this.#speaker(offer.usn === undefined ? offer.type : undefined).advertise(offer, release);
    } catch (error) {
      release();
      throw error;
    }
  }

  /**
   * Searches in SSDP's own words and gives every answer as it comes.
   * @throws UsageError `INVALID_SEARCH_TARGET`, `INVALID_OPTION`, `INVALID_HEADER`, `CLOSED`.
   */
  search(target = "ssdp:all", options: SearchOptions = {}): Search {
    this.#assertOpen();
    const release = this.#hold();
    const onClosed = (): void => {
      forgetSignal();
      release();
    };
    const search = orElse(release, () => this.#startSsdp().search(target, options, onClosed));
    const forgetSignal = onAbort(options.signal, () => void search.close());
    return search;
  }

  /**
   * Every datagram heard and sent until it is closed, for who wants to see what is said: it listens and asks nothing.
   * @throws UsageError `CLOSED`, `INVALID_OPTION`.
   */
  monitor(options: MonitorOptions = {}): Monitor {
    this.#assertOpen();
    const release = this.#hold();
    const onClosed = (): void => {
      forgetSignal();
      release();
    };
    const monitor = orElse(release, () => this.#startSsdp().monitor(options, onClosed));
    const forgetSignal = onAbort(options.signal, () => void monitor.close());
    return monitor;
  }

  /** Tells peers of the same application and network where we listen, until closed. Rejects as `advertise`. */
  async servePeer(offer: PeerOffer): Promise<Advertisement> {
    return this.advertise(peerOffer(offer, (name) => this.#outside().uuid(name)));
  }

  /** A live view of the peers of an application and network. @throws UsageError `INVALID_OPTION`, `CLOSED`. */
  browsePeers(query: PeerQuery): PeerBrowser {
    return watchPeers(this, query, this.#registry, this.#outside().clock);
  }

  /** The peers heard within `timeoutMs`, or until `until` holds. Rejects as `find`. */
  async findPeers(query: FindPeersOptions): Promise<Peer[]> {
    return collectPeers(this, query, this.#registry, this.#outside().clock);
  }

  /** Ends every browser and search, says every goodbye, frees the network. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #browse(types: Wanted, options: BrowseOptions): RegistryBrowser {
    this.#assertOpen();
    const ends: (() => void)[] = [this.#hold()];
    const endAll = (): void => {
      for (const end of ends.splice(0).reverse()) end();
    };
    return orElse(endAll, () => {
      const wanted = types.map((type) => ({ protocol: this.#speaker(type), type }));
      for (const { protocol, type } of wanted) ends.push(protocol.browse(type, options.passive ?? false));
      const isWanted = (service: Service): boolean =>
        wanted.some(({ protocol, type }) => protocol.isOfType(service, type));
      const described = options.describe ? this.#describer().services(isWanted) : undefined;
      if (described) ends.push(() => described.close());
      const browser: RegistryBrowser = new RegistryBrowser({
        source: described ?? this.#registry,
        ready: Promise.all(wanted.map(({ protocol }) => protocol.ready)).then(() => {}),
        accepts: (service) => isWanted(service) && (options.where?.(service) ?? true),
        onClose: endAll,
      });
      this.#browsers.add(browser);
      ends.push(() => this.#browsers.delete(browser));
      ends.push(onAbort(options.signal, () => void browser.close()));
      return browser;
    });
  }

  async #collect(
    types: Wanted,
    options: FindOptions,
    timeoutMs: number,
    until: FindOptions["until"],
  ): Promise<Service[]> {
    if (!(timeoutMs >= 0))
      throw new UsageError("INVALID_OPTION", `timeoutMs is ${timeoutMs}; it must not be negative`);
    options.signal?.throwIfAborted();
    const filter = new FindFilter(options.where);
    await using browser = this.#browse(types, { ...options, where: (service) => filter.accepts(service) });
    filter.onThrow = () => void browser.close();
    filter.rethrow();
    await browser.ready;
    await this.#untilEnough(browser, timeoutMs, until);
    filter.rethrow();
    options.signal?.throwIfAborted();
    return [...browser.services.values()];
  }

  /** Resolves when time is up, when the browser holds enough, or when it was closed from outside. */
  async #untilEnough(
    browser: RegistryBrowser,
    timeoutMs: number,
    until: FindOptions["until"],
  ): Promise<void> {
    const { clock } = this.#outside();
    const callOff = clock.at(clock.now() + timeoutMs, () => {
      browser.release();
      void browser.close();
    });
    try {
      for await (const _ of browser) if (until?.([...browser.services.values()])) return;
    } finally {
      callOff();
    }
  }

  /** Who speaks of services of a type, or of everything. */
  #speaker(type: string | undefined): Protocol {
    if (type === undefined || SsdpProtocol.speaks(type)) return this.#startSsdp();
    throw new UsageError(
      "UNKNOWN_TYPE",
      `${JSON.stringify(type)} is written in no protocol that earshot speaks; SSDP types are urn:..., uuid:..., ` +
        "upnp:rootdevice and ssdp:all",
    );
  }

  #describer(): Describing {
    const links = (): readonly Link[] => this.#ssdp?.links ?? [];
    const { descriptionBytes: maxBytes } = this.#options;
    this.#describing ??= new Describing({ network: this.#outside(), links, heard: this.#registry, maxBytes });
    return this.#describing;
  }

  #startSsdp(): SsdpProtocol {
    if (this.#ssdp) return this.#ssdp;
    const ssdp = new SsdpProtocol(this.#outside(), this.#options.ssdp ?? {}, {
      observe: (observation) => this.#registry.observe(observation),
      forget: (protocol) => this.#registry.forget(protocol),
      fault: (fault) => this.#options.onFault?.(fault),
      dropped: tellMalformed,
    });
    ssdp.ready.catch(() => this.#drop(ssdp));
    this.#ssdp = ssdp;
    return ssdp;
  }

  /** What could not start is closed, so that the next use begins anew. */
  #drop(ssdp: SsdpProtocol): void {
    if (this.#ssdp !== ssdp || this.#closed !== undefined) return;
    this.#ssdp = undefined;
    this.#dropped = Promise.allSettled([this.#dropped, ssdp.close()]);
  }

  #outside(): Network {
    this.#network ??= createNetwork(this.#options);
    return this.#network;
  }

  /** Keeps the program alive until the returned function is called; a simulated network has no program to keep. */
  #hold(): () => void {
    if (this.#users++ === 0 && !this.#options.network) this.#letGo = keepAlive();
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      if (--this.#users > 0) return;
      this.#letGo();
      this.#options.onIdle?.();
    };
  }

  #assertOpen(): void {
    if (this.#closed !== undefined) throw new UsageError("CLOSED", "this Earshot is closed");
  }

  async #end(): Promise<void> {
    for (const browser of [...this.#browsers]) await browser.close();
    await Promise.all([this.#ssdp?.close(), this.#dropped]);
  }
}

/** What `start` gives; `undo` is done when it throws. */
function orElse<T>(undo: () => void, start: () => T): T {
  try {
    return start();
  } catch (error) {
    undo();
    throw error;
  }
}

function split<Options extends BrowseOptions>(
  first: Types | Options | undefined,
  second: Options | undefined,
): { types: Wanted; options: Options } {
  const isType = typeof first === "string" || Array.isArray(first);
  const options = (isType ? second : ((first as Options | undefined) ?? second)) ?? ({} as Options);
  const types: Wanted = isType ? [first].flat() : [undefined];
  if (types.length > 0) return { types, options };
  throw new UsageError(
    "INVALID_OPTION",
    "the list of types is empty; leave it out for services of all types",
  );
}

/** Calls back when the signal aborts, at once if it has. Returns how to let go of the signal. */
function onAbort(signal: AbortSignal | undefined, callback: () => void): () => void {
  signal?.addEventListener("abort", callback, { once: true });
  if (signal?.aborted) queueMicrotask(callback);
  return () => signal?.removeEventListener("abort", callback);
}
