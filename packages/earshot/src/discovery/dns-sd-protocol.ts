import type { Instant, Link, Turn } from "../core/engine.ts";
import { UsageError } from "../core/errors.ts";
import { lowerAscii } from "../core/lower-ascii.ts";
import { Memo } from "../core/memo.ts";
import {
  type DnsSdCounts,
  DnsSdEngine,
  type DnsSdEvent,
  isServiceType,
  parseServiceType,
  type ServiceOffer,
} from "../dns-sd/index.ts";
import { type MdnsOptions, mdnsConfig, Name } from "../mdns/index.ts";
import { Driver, type Network } from "../network/index.ts";
import { DnsSdAdvertisement, type DnsSdPost, type OfferNews } from "./dns-sd-advertisement.ts";
import { dnsSdService, instanceId, nameOfId } from "./dns-sd-service.ts";
import type { Closeable } from "./door.ts";
import { type Feed, UnreadFeed } from "./feed.ts";
import { Goodbyes } from "./goodbyes.ts";
import type { DatagramMonitor } from "./monitor.ts";
import { readMdns } from "./monitored-mdns.ts";
import type { Advertisement, DnsSdOffer, Offer } from "./offer.ts";
import type { Observer, Protocol } from "./protocol.ts";
import { ProtocolTap } from "./protocol-tap.ts";
import type { DnsSdService, Service } from "./service.ts";

/** Emitted so that what a turn wants to tell the program is told when the turn is over, as its events are. */
interface Telling {
  readonly kind: "telling";
  readonly tell: () => void;
}

/** A turn in which something can be told to the program afterwards. */
export type DnsSdTurn = Turn<DnsSdEvent | Telling>;

/** Types that are remembered as they were read. */
const MOST_TYPES = 256;

/** DNS-SD and mDNS at work on one network: the engine, its driver, and who waits for what of its events. */
export class DnsSdProtocol implements Protocol, DnsSdPost {
  readonly name = "dns-sd";
  readonly engine: DnsSdEngine;
  readonly #network: Network;
  readonly #observer: Observer;
  readonly #driver: Driver<DnsSdEvent | Telling>;
  readonly #tap: ProtocolTap<DnsSdEvent | Telling>;
  /** Types that are browsed, each as often as it stands here; `undefined` is every type. */
  readonly #browsed = new Map<number, string | undefined>();
  readonly #offers = new Set<DnsSdAdvertisement>();
  readonly #hearers = new Map<number, (news: OfferNews) => void>();
  readonly #feeds = new Set<Pick<UnreadFeed<unknown>, "close" | "fail">>();
  readonly #kept = new Set<Closeable>();
  readonly #goodbyes: Goodbyes;
  readonly #types = new Memo(MOST_TYPES, readType);
  #state: "starting" | "ready" = "starting";
  #closed: Promise<void> | undefined;

  /** @throws UsageError `INVALID_OPTION`. */
  constructor(network: Network, options: MdnsOptions, observer: Observer) {
    const hostId = network.uuid("mdns host").slice(0, 8);
    this.#network = network;
    this.#observer = observer;
    this.#goodbyes = new Goodbyes(network);
    this.engine = new DnsSdEngine(mdnsConfig(options, hostId), network.random.fork());
    this.#driver = new Driver<DnsSdEvent | Telling>(network, this.engine, {
      deliver: (event) => this.#deliver(event),
      fault: (fault) => observer.fault(fault),
    });
    this.#tap = new ProtocolTap<DnsSdEvent | Telling>({
      read: ({ events, ...rest }) => readMdns({ ...rest, events: events.filter(isDropped) }),
      driver: this.#driver,
      binding: this.engine.binding,
      clock: network.clock,
      links: () => this.engine.links,
    });
    this.#driver.ready.then(
      () => {
        this.#state = "ready";
      },
      (error: unknown) => {
        for (const feed of [...this.#feeds]) feed.fail(error);
      },
    );
  }

  static speaks(type: string): boolean {
    return isServiceType(type);
  }

  get ready(): Promise<void> {
    return this.#driver.ready;
  }

  get links(): readonly Link[] | undefined {
    return this.#state === "ready" && this.#closed === undefined ? [...this.engine.links] : undefined;
  }

  /** What was heard, dropped and kept so far. */
  get counts(): DnsSdCounts {
    return this.engine.counts;
  }

  speaks(type: string): boolean {
    return isServiceType(type);
  }

  isOfType(service: Service, type: string | undefined): boolean {
    if (service.protocol !== "dns-sd") return false;
    if (type === undefined) return true;
    const wanted = this.#types.get(type);
    if (service.type !== wanted.type || !sameText(service.domain, wanted.domain)) return false;
    const { subtypes } = wanted;
    return (
      subtypes.length === 0 || subtypes.some((one) => service.subtypes.some((its) => sameText(its, one)))
    );
  }

  browse(type: string | undefined, passive: boolean): () => void {
    const id = this.turn((turn) => {
      const begun = this.engine.browse(type, { passive }, turn);
      this.#browsed.set(begun, type); // Before what is known is told, at the end of this turn.
      return begun;
    });
    return () => {
      if (!this.#browsed.delete(id)) return;
      this.turn((turn) => this.engine.endBrowse(id, turn));
      const followed = new Set(Array.from(this.engine.instances, instanceId));
      this.#observer.forget((service) => service.protocol === this.name && !followed.has(service.id));
    };
  }

  async advertise(offer: Offer, onClosed: () => void): Promise<Advertisement> {
    const standing = new DnsSdAdvertisement(this, offer as DnsSdOffer, () => {
      this.#offers.delete(standing);
      onClosed();
    });
    this.#offers.add(standing);
    try {
      await this.ready;
      this.assertServed(offer as DnsSdOffer);
      await standing.published();
      if (standing.isClosed) throw new UsageError("CLOSED", "it was closed before it could be announced");
    } catch (error) {
      await standing.close();
      throw error;
    }
    return standing;
  }

  /** Has it asked for whether a service is still there: who does not answer within 10 s is lost (RFC 6762 §10.4). */
  reconfirm({ id }: DnsSdService): void {
    this.turn((turn) => this.engine.reconfirm(Name.parse(nameOfId(id)), turn));
  }

  /**
   * What `begin` starts on the engine, and tells by its `hear`, until it is closed.
   * @throws what `begin` throws.
   */
  feed<T>(
    begin: (hear: (item: T) => void, turn: DnsSdTurn) => { end(): void },
    onClosed: () => void,
  ): Feed<T> {
    const early: T[] = [];
    let hear = (item: T): void => void early.push(item);
    const asking = this.turn((turn) => begin((item) => hear(item), turn));
    const feed = new UnreadFeed<T>(this.ready, () => {
      asking.end();
      this.#feeds.delete(feed);
      onClosed();
    });
    this.#feeds.add(feed);
    hear = (item) => feed.push(item);
    for (const item of early) hear(item);
    return feed;
  }

  /** Closes `open` with the protocol, unless the returned function is called before. */
  keep(open: Closeable): () => void {
    this.#kept.add(open);
    return () => void this.#kept.delete(open);
  }

  /** Runs one step of the engine now. */
  turn<T>(step: (turn: DnsSdTurn) => T): T {
    return this.#driver.turn(step);
  }

  /** Resolves when the goodbye of a publication of records was said, or after a second. */
  withdrawRecords(id: number): Promise<void> {
    // Publications of records and offers are numbered each by themselves.
    return this.#goodbyes.say(-1 - id, () => this.turn((turn) => this.engine.mdns.withdraw(id, turn)));
  }

  /** The goodbye of a publication of records was handed to the network. */
  recordsWithdrawn(id: number): void {
    this.#goodbyes.done(-1 - id);
  }

  overhear(monitor: DatagramMonitor): () => void {
    return this.#tap.add(monitor);
  }

  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  publish(offer: ServiceOffer, hear: (news: OfferNews) => void): number {
    return this.turn((turn) => {
      const id = this.engine.publish(offer, turn);
      this.#hearers.set(id, hear);
      return id;
    });
  }

  change(id: number, offer: ServiceOffer): void {
    if (this.#state === "ready") this.assertServed(offer);
    this.turn((turn) => this.engine.change(id, offer, turn));
  }

  announce(id: number): void {
    this.turn((turn) => this.engine.announce(id, turn));
  }

  withdraw(id: number): Promise<void> {
    this.#hearers.delete(id);
    return this.#goodbyes.say(id, () => this.turn((turn) => this.engine.withdraw(id, turn)));
  }

  /** An offer for interfaces that are not there would wait for ever. @throws UsageError `UNKNOWN_INTERFACE`. */
  assertServed({ interfaces }: { readonly interfaces?: readonly string[] }): void {
    const served = [...this.engine.links].map(({ interfaceName }) => interfaceName);
    if (!Array.isArray(interfaces) || interfaces.some((name) => served.includes(name))) return; // The engine tells what is no list.
    throw new UsageError(
      "UNKNOWN_INTERFACE",
      `none of the interfaces ${interfaces.join(", ")} is in use; in use are ${[...new Set(served)].join(", ")}`,
    );
  }

  /** The calendar date of an instant. */
  dateOf(instant: Instant): Date {
    const { clock } = this.#network;
    return new Date(clock.wall().getTime() - (clock.now() - instant));
  }

  #isBrowsed(service: Service): boolean {
    for (const type of this.#browsed.values()) if (this.isOfType(service, type)) return true;
    return false;
  }

  async #end(): Promise<void> {
    for (const feed of [...this.#feeds]) await feed.close();
    await Promise.all([...this.#offers, ...this.#kept].map((open) => open.close()));
    await this.#driver.close();
  }

  #deliver(event: DnsSdEvent | Telling): void {
    switch (event.kind) {
      case "found":
      case "updated":
      case "refreshed":
        this.#observe(event.kind, dnsSdService(event.instance, this.#dateOf));
        break;
      case "lost": {
        const service = dnsSdService(event.instance, this.#dateOf);
        this.#observer.observe({ kind: "lost", service, reason: event.reason });
        break;
      }
      case "published":
      case "renamed":
        this.#hearers.get(event.offer)?.(event);
        break;
      case "withdrawn":
        this.#goodbyes.done(event.offer);
        break;
      case "telling":
        event.tell();
        break;
      case "dropped":
        this.#observer.dropped?.({ protocol: "mdns", event });
        break;
    }
  }

  /** What a browser that was closed meanwhile would have been told is of no interest any more. */
  #observe(kind: "found" | "updated" | "refreshed", service: DnsSdService): void {
    if (this.#isBrowsed(service)) this.#observer.observe({ kind, service });
  }

  readonly #dateOf = (instant: Instant): Date => this.dateOf(instant);
}

function isDropped(event: DnsSdEvent | Telling): event is Extract<DnsSdEvent, { kind: "dropped" }> {
  return event.kind === "dropped";
}

function readType(text: string): { type: string; domain: string; subtypes: readonly string[] } {
  const { type, domain, subtypes } = parseServiceType(text);
  return { type: type.toString(), domain: domain.toString(), subtypes };
}

/** Names are the same in whatever case, of ASCII letters alone (RFC 6762 §16). */
function sameText(a: string, b: string): boolean {
  return lowerAscii(a) === lowerAscii(b);
}
