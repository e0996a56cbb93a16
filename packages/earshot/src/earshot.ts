/// <reference lib="esnext.disposable" preserve="true" />
import type { Link } from "./core/engine.ts";
import { TimeoutError, UsageError } from "./core/errors.ts";
import {
  type Advertisement,
  type Browser,
  type Closeable,
  collectPeers,
  Describing,
  DnsSd,
  type Door,
  type FindPeersOptions,
  Mdns,
  type Monitor,
  type MonitorOptions,
  type Offer,
  type Peer,
  type PeerBrowser,
  type PeerOffer,
  type PeerQuery,
  Protocols,
  peerOffer,
  Registry,
  RegistryBrowser,
  type Search,
  type SearchOptions,
  type Service,
  type ServiceOf,
  type Stats,
  watchPeers,
} from "./discovery/index.ts";
import { FindFilter } from "./find-filter.ts";
import type { BrowseOptions, FindOptions } from "./find-options.ts";
import type { MdnsOptions } from "./mdns/index.ts";
import type { Fault, Network } from "./network/index.ts";
import { createNetwork } from "./node/index.ts";
import { onAbort } from "./on-abort.ts";
import type { SsdpOptions } from "./ssdp/index.ts";
import { tellMalformed } from "./tell-malformed.ts";
import { Uses } from "./uses.ts";

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
  /** What to speak: types of another protocol are unknown then. @default ["ssdp", "dns-sd"] */
  readonly protocols?: readonly Service["protocol"][];
  readonly ssdp?: SsdpOptions;
  readonly mdns?: MdnsOptions;
  /** Most bytes of a description that `describe` reads, 1024 to 1048576. @default 262144 */
  readonly descriptionBytes?: number;
  /** Gets what goes wrong on one link and is lived with, such as a port that another program keeps to itself. */
  readonly onFault?: (fault: Fault) => void;
  /** Called when the last open browser, search or advertisement is closed. */
  readonly onIdle?: () => void;
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
  /** mDNS in its own words: questions and records. */
  readonly mdns: Mdns;
  /** DNS-SD in its own words: types, names, places. */
  readonly dnsSd: DnsSd;
  readonly #options: EarshotOptions;
  readonly #registry = new Registry();
  readonly #browsers = new Set<Browser>();
  #network: Network | undefined;
  #describing: Describing | undefined;
  readonly #protocols: Protocols;
  readonly #uses: Uses;
  #closed: Promise<void> | undefined;

  constructor(options: EarshotOptions = {}) {
    this.#options = options;
    this.#network = options.network;
    this.#uses = new Uses(!options.network, () => options.onIdle?.());
    this.#protocols = new Protocols({
      network: () => this.#outside(),
      ssdp: options.ssdp,
      mdns: options.mdns,
      spoken: options.protocols,
      observer: {
        observe: (observation) => this.#registry.observe(observation),
        forget: (isGone) => this.#registry.forget(isGone),
        fault: (fault) => options.onFault?.(fault),
        dropped: tellMalformed,
      },
    });
    const door: Door = {
      clock: () => this.#outside().clock,
      open: (signal, start) => this.#open(signal, (onClosed) => start(this.#protocols.dnsSd(), onClosed)),
      announce: (start) => this.#announce((onClosed) => start(this.#protocols.dnsSd(), onClosed)),
    };
    this.mdns = new Mdns(door);
    this.dnsSd = new DnsSd(door);
  }

  /** What was heard, dropped and kept so far. */
  get stats(): Stats {
    return this.#protocols.stats;
  }

  /**
   * The links that are served, as they are now. While nothing was opened, or before it is ready, those that the network
   * has to offer; none before anything was opened on the machine's own.
   */
  get links(): readonly Link[] {
    return this.#protocols.links ?? this.#network?.links ?? [];
  }

  /** How many browsers, searches and advertisements are open. */
  get users(): number {
    return this.#uses.count;
  }

  /**
   * A live view of the services of some types; of all when no types are given.
   * @throws UsageError `UNKNOWN_TYPE`, `INVALID_SEARCH_TARGET`, `UNKNOWN_INTERFACE`, `CLOSED`; `INVALID_OPTION` for an
   * empty list of types, and for what is neither type nor options.
   */
  browse(options?: BrowseOptions): Browser;
  browse<const Type extends string>(
    types: Type | readonly Type[],
    options?: BrowseOptions<ServiceOf<Type>>,
  ): Browser<ServiceOf<Type>>;
  browse(first?: Types | BrowseOptions, second?: BrowseOptions): Browser {
    const { types, options } = split(first, second);
    return this.#browse(types, options);
  }

  /**
   * What is there: everything heard within `timeoutMs`, until `until` holds, or until this Earshot is closed.
   * Rejects with `UsageError` (as `browse` throws), `NetworkError`, the signal's reason, or what `where` or `until` threw.
   */
  find(options?: FindOptions): Promise<Service[]>;
  find<const Type extends string>(
    types: Type | readonly Type[],
    options?: FindOptions<ServiceOf<Type>>,
  ): Promise<ServiceOf<Type>[]>;
  async find(first?: Types | FindOptions, second?: FindOptions): Promise<Service[]> {
    const { types, options } = split(first, second);
    return this.#collect(types, options, options.timeoutMs ?? FIND_MS, options.until);
  }

  /**
   * The first that matches; with `describe` the first that was described, and one that was not only when time is up: with
   * a `timeoutMs` of `Infinity` never. Rejects as `find`, and with `TimeoutError` when there is none in time.
   */
  findOne(options?: FindOptions): Promise<Service>;
  findOne<const Type extends string>(
    types: Type | readonly Type[],
    options?: FindOptions<ServiceOf<Type>>,
  ): Promise<ServiceOf<Type>>;
  async findOne(first?: Types | FindOptions, second?: FindOptions): Promise<Service> {
    const { types, options } = split(first, second);
    const timeoutMs = options.timeoutMs ?? FIND_ONE_MS;
    this.#assertOpen();
    const release = this.#uses.begin(); // Until it is known why nothing was found.
    try {
      const wants = (service: Service): boolean =>
        !options.describe || service.protocol !== "ssdp" || service.description !== undefined;
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
    return this.#announce((onClosed) => this.#protocols.announcer(offer).advertise(offer, onClosed));
  }

  /**
   * Says that a service could not be reached: it is asked for, and lost unless it answers within 10 s (RFC 6762 §10.4).
   * Nothing is done for SSDP, where who asks a device does so by its description; nor for what is not listened to.
   * @throws UsageError `CLOSED`.
   */
  reconfirm(service: Service): void {
    this.#assertOpen();
    this.#protocols.reconfirm(service);
  }

  /**
   * Searches in SSDP's own words and gives every answer as it comes.
   * @throws UsageError `INVALID_SEARCH_TARGET`, `INVALID_OPTION`, `INVALID_HEADER`, `CLOSED`.
   */
  search(target = "ssdp:all", options: SearchOptions = {}): Search {
    return this.#open(options.signal, (onClosed) => this.#protocols.ssdp().search(target, options, onClosed));
  }

  /**
   * Every datagram heard and sent until it is closed, for who wants to see what is said: it listens and asks nothing.
   * @throws UsageError `CLOSED`, `INVALID_OPTION`.
   */
  monitor(options: MonitorOptions = {}): Monitor {
    return this.#open(options.signal, (onClosed) => this.#protocols.monitor(options, onClosed));
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
    const ends: (() => void)[] = [this.#uses.begin()];
    const endAll = (): void => {
      for (const end of ends.splice(0).reverse()) end();
    };
    return orElse(endAll, () => {
      const wanted = types.flatMap((type) =>
        this.#protocols.speakers(type).map((protocol) => ({ protocol, type })),
      );
      for (const { protocol, type } of wanted) ends.push(protocol.browse(type, options.passive ?? false));
      const isWanted = (service: Service): boolean =>
        wanted.some(({ protocol, type }) => protocol.isOfType(service, type));
      const described = options.describe ? this.#describer().services(isWanted) : undefined;
      if (described) ends.push(() => described.close());
      const browser: RegistryBrowser = new RegistryBrowser({
        source: described ?? this.#registry,
        ready: this.#protocols.ready(wanted.map(({ protocol }) => protocol)),
        belongs: isWanted,
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

  #describer(): Describing {
    const links = (): readonly Link[] => this.#protocols.ssdpLinks;
    const { descriptionBytes: maxBytes } = this.#options;
    this.#describing ??= new Describing({ network: this.#outside(), links, heard: this.#registry, maxBytes });
    return this.#describing;
  }

  /** Starts something that stays open until it closes itself, is closed, or its signal aborts. */
  #open<T extends Closeable>(signal: AbortSignal | undefined, start: (onClosed: () => void) => T): T {
    this.#assertOpen();
    const release = this.#uses.begin();
    const onClosed = (): void => {
      forgetSignal();
      release();
    };
    const opened = orElse(release, () => start(onClosed));
    const forgetSignal = onAbort(signal, () => void opened.close());
    return opened;
  }

  async #announce<T>(start: (onClosed: () => void) => Promise<T>): Promise<T> {
    this.#assertOpen();
    const release = this.#uses.begin();
    try {
      return await start(release);
    } catch (error) {
      release();
      throw error;
    }
  }

  #outside(): Network {
    this.#network ??= createNetwork(this.#options);
    return this.#network;
  }

  #assertOpen(): void {
    if (this.#closed !== undefined) throw new UsageError("CLOSED", "this Earshot is closed");
  }

  async #end(): Promise<void> {
    for (const browser of [...this.#browsers]) await browser.close();
    await this.#protocols.close();
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
  if (typeof options !== "object" || (isType && [first].flat().some((type) => typeof type !== "string")))
    throw new UsageError("INVALID_OPTION", "a type is a text, such as _ipp._tcp; options are an object");
  const types: Wanted = isType ? [first].flat() : [undefined];
  if (types.length > 0) return { types, options };
  throw new UsageError(
    "INVALID_OPTION",
    "the list of types is empty; leave it out for services of all types",
  );
}
