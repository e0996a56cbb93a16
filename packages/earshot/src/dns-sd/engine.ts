import { Agenda } from "../core/agenda.ts";
import type { Binding, BoundLink, Datagram, Engine, Instant, Turn } from "../core/engine.ts";
import type { Random } from "../core/random.ts";
import {
  type MdnsConfig,
  type MdnsCounts,
  type MdnsDropReason,
  MdnsEngine,
  type Name,
  TYPE,
} from "../mdns/index.ts";
import { type BrowseOptions, Browser, isBelow } from "./browser.ts";
import { type DomainKind, domainQuestion } from "./domains.ts";
import type { DnsSdEvent } from "./events.ts";
import type { Ground } from "./ground.ts";
import { Hosts } from "./hosts.ts";
import { type Following, type Pointer, pointers } from "./pointers.ts";
import { Publisher } from "./publisher.ts";
import { resolve } from "./resolver.ts";
import type { ServiceInstance } from "./service-instance.ts";
import type { ServiceOffer } from "./service-offer.ts";
import { parseServiceType } from "./service-type.ts";
import { Settling } from "./settling.ts";
import { type TypeChange, typeChange, typesQuestion } from "./type-browser.ts";

/** What a DNS-SD engine has counted since it was made, and what it keeps; mDNS included. */
export interface DnsSdCounts extends MdnsCounts {
  /** Instances that are followed, resolved or not. */
  readonly instances: number;
  /** Instances that wait for their turn to be resolved. */
  readonly waiting: number;
  readonly offers: number;
}

/** An instance, or a domain, that a PTR record names; told once, on however many links it is. */
export interface PointerChange {
  readonly kind: "added" | "removed";
  readonly name: Name;
}

/** DNS-based service discovery (RFC 6763) over mDNS: browses, resolves and publishes. Routes only: each role is a machine of its own. */
export class DnsSdEngine implements Engine<DnsSdEvent> {
  /** The engine below. Its records may be asked for and published directly, too. */
  readonly mdns: MdnsEngine;
  readonly #ground: Ground;
  readonly #hosts: Hosts;
  readonly #browser: Browser;
  readonly #publisher: Publisher;

  /** @throws UsageError `INVALID_OPTION` when the configured host name cannot be one. */
  constructor(config: MdnsConfig, random: Random) {
    this.mdns = new MdnsEngine(config, random);
    const agenda = new Agenda<DnsSdEvent>();
    this.#ground = {
      mdns: this.mdns,
      config,
      agenda,
      settling: new Settling(agenda),
      dropped: new Map(),
      hearing: undefined,
    };
    this.#hosts = new Hosts(this.#ground);
    this.#browser = new Browser(this.#ground, this.#hosts);
    this.#publisher = new Publisher(this.#ground);
  }

  get binding(): Binding {
    return this.mdns.binding;
  }

  get wakeAt(): Instant {
    return Math.min(this.mdns.wakeAt, this.#ground.agenda.nextAt);
  }

  /** What the engine waits for, mDNS's own deadlines not included; soonest first. */
  get waiting(): Agenda<DnsSdEvent>["waiting"] {
    return this.#ground.agenda.waiting;
  }

  /** The links in use. */
  get links(): Iterable<BoundLink> {
    return this.mdns.links;
  }

  /** Every instance that is found now by one of the browses. */
  get instances(): Iterable<ServiceInstance> {
    return this.#browser.found();
  }

  get counts(): DnsSdCounts {
    const { counts } = this.mdns;
    const dropped = new Map<MdnsDropReason, number>(counts.dropped);
    for (const [reason, count] of this.#ground.dropped)
      dropped.set(reason, (dropped.get(reason) ?? 0) + count);
    const { size: instances, waiting } = this.#browser;
    return { ...counts, dropped, instances, waiting, offers: this.#publisher.size };
  }

  /**
   * Finds and follows the instances of a type, or of all types: `found`, `updated`, `refreshed` and `lost` tell of them.
   * What another browse has found already is not told again; it is among `instances`.
   * @throws UsageError `INVALID_SERVICE_TYPE`.
   */
  browse(type: string | undefined, options: BrowseOptions, turn: Turn<DnsSdEvent>): number {
    return this.#settled(turn, () => this.#browser.browse(type, options, turn));
  }

  /** Ends a browse. What nobody else follows is forgotten without a word. */
  endBrowse(id: number, turn: Turn<DnsSdEvent>): void {
    this.#settled(turn, () => this.#browser.endBrowse(id, turn));
  }

  /** Tells of the types of service that there are (RFC 6763 §9). */
  browseTypes(hear: (change: TypeChange, turn: Turn<DnsSdEvent>) => void, turn: Turn<DnsSdEvent>): Following {
    const tell = (pointer: Pointer, then: Turn<DnsSdEvent>): void => {
      const change = typeChange(pointer);
      if (change) hear(change, then);
    };
    return this.#settled(turn, () => pointers(this.#ground.mdns, typesQuestion, tell, turn));
  }

  /**
   * Tells of the names of the instances of a type, without resolving them.
   * @throws UsageError `INVALID_SERVICE_TYPE`.
   */
  browseInstances(
    type: string,
    hear: (change: PointerChange, turn: Turn<DnsSdEvent>) => void,
    turn: Turn<DnsSdEvent>,
  ): Following {
    const parsed = parseServiceType(type);
    const names = parsed.subtypes.map((subtype) => parsed.type.subtypeName(subtype));
    const questions = names.length > 0 ? names : [parsed.type.name()];
    const tell = ({ kind, target }: Pointer, then: Turn<DnsSdEvent>): void => {
      if (isBelow(parsed.type.name(), target)) hear({ kind, name: target }, then);
    };
    return this.#settled(turn, () => pointers(this.#ground.mdns, { names: questions }, tell, turn));
  }

  /**
   * Finds out where one instance is, and keeps what it tells up to date; `undefined` when it went. To be done when
   * connecting, for an address is not to be kept in the place of a name (RFC 6763 §13).
   */
  resolve(
    name: Name,
    hear: (instance: ServiceInstance | undefined, turn: Turn<DnsSdEvent>) => void,
    turn: Turn<DnsSdEvent>,
  ): Following {
    return this.#settled(turn, () => resolve(this.#ground, this.#hosts, name, hear, turn));
  }

  /** Tells of the domains that are recommended here for browsing or registering (RFC 6763 §11), as far as mDNS says. */
  enumerateDomains(
    kind: DomainKind,
    hear: (change: PointerChange, turn: Turn<DnsSdEvent>) => void,
    turn: Turn<DnsSdEvent>,
  ): Following {
    const tell = (pointer: Pointer, then: Turn<DnsSdEvent>): void =>
      hear({ kind: pointer.kind, name: pointer.target }, then);
    return this.#settled(turn, () => pointers(this.#ground.mdns, domainQuestion(kind), tell, turn));
  }

  /**
   * Begins to probe for the names of an offer and to announce it; its number stands in the events `published`,
   * `renamed` and `withdrawn`.
   * @throws UsageError `INVALID_OFFER`, `INVALID_SERVICE_TYPE`.
   */
  publish(offer: ServiceOffer, turn: Turn<DnsSdEvent>): number {
    return this.#settled(turn, () => this.#publisher.publish(offer, turn));
  }

  /**
   * Offers something else from now on. Text, port, subtypes and host change as they are; for another name or type there
   * is a goodbye, and the new one is probed for. A name that was changed because of a conflict stays, unless the offer
   * has another name than before.
   * @throws UsageError `INVALID_OFFER`, `INVALID_SERVICE_TYPE`; then nothing has changed.
   */
  change(id: number, offer: ServiceOffer, turn: Turn<DnsSdEvent>): void {
    this.#settled(turn, () => this.#publisher.change(id, offer, turn));
  }

  /** Says goodbye for an offer; `withdrawn` tells when that is done. */
  withdraw(id: number, turn: Turn<DnsSdEvent>): void {
    this.#settled(turn, () => this.#publisher.withdraw(id, turn));
  }

  /** Announces an offer once more. */
  announce(id: number, turn: Turn<DnsSdEvent>): void {
    this.#settled(turn, () => this.#publisher.announce(id, turn));
  }

  /** Has an instance asked for because it could not be reached: it is lost unless it answers within 10 s (RFC 6762 §10.4). */
  reconfirm(name: Name, turn: Turn<DnsSdEvent>): void {
    this.#settled(turn, () => {
      const hosts = new Map<string, Name>();
      for (const { record } of this.mdns.answers(name, TYPE.SRV))
        if (record.data.kind === "SRV") hosts.set(record.data.target.key, record.data.target);
      this.mdns.reconfirm(name, TYPE.SRV, turn);
      for (const host of hosts.values())
        for (const type of [TYPE.A, TYPE.AAAA]) this.mdns.reconfirm(host, type, turn);
    });
  }

  wants(bytes: Uint8Array): boolean {
    return this.mdns.wants(bytes);
  }

  receive(datagram: Datagram, turn: Turn<DnsSdEvent>): void {
    this.#ground.hearing = datagram;
    try {
      this.#settled(turn, () => this.mdns.receive(datagram, turn));
    } finally {
      this.#ground.hearing = undefined;
    }
  }

  wake(turn: Turn<DnsSdEvent>): void {
    this.#settled(turn, () => {
      try {
        this.mdns.wake(turn);
      } finally {
        this.#ground.agenda.runDue(turn);
      }
    });
  }

  relink(links: readonly BoundLink[], resumed: boolean, turn: Turn<DnsSdEvent>): void {
    this.#settled(turn, () => this.mdns.relink(links, resumed, turn));
  }

  /** Whatever was done, conclusions are drawn at the end of it. */
  #settled<T>(turn: Turn<DnsSdEvent>, step: () => T): T {
    try {
      return step();
    } finally {
      this.#ground.settling.run(turn);
    }
  }
}
