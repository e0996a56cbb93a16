import { isLoopback } from "../core/address.ts";
import type { BoundLink, Turn } from "../core/engine.ts";
import { type Name, type OwnRecord, type Publication, type PublicationNews, TYPE } from "../mdns/index.ts";
import type { DnsSdEvent } from "./events.ts";
import type { Mdns } from "./ground.ts";
import { nextHost } from "./instance-name.ts";
import type { PreparedOffer, ProxyAddress } from "./prepared-offer.ts";
import { reverseName } from "./reverse-name.ts";

/** Who offers something of a host. */
export interface Tenant {
  readonly offer: PreparedOffer;
  /** The host has another name from now on. */
  hostRenamed(from: Name, to: Name, turn: Turn<DnsSdEvent>): void;
  /** The name of the host is its own now, and its addresses are announced. */
  hostEstablished(turn: Turn<DnsSdEvent>): void;
}

/**
 * A host whose addresses we publish: ourselves, or one that cannot speak for itself. All offers of the host have it
 * together; the strictest of their wishes counts.
 */
export class PublishedHost {
  readonly tenants: Set<Tenant> = new Set();
  readonly #mdns: Mdns;
  readonly #isTaken: (name: Name) => boolean;
  #name: Name;
  #addresses: readonly ProxyAddress[] | undefined;
  #isEstablished = false;
  #id: number | undefined;
  #reverseId: number | undefined;
  /** Addresses of which another host says that they are its own: their names are left to it. */
  readonly #yielded = new Set<string>();

  /** @param isTaken whether another host of ours has this name already. */
  constructor(
    mdns: Mdns,
    name: Name,
    addresses: readonly ProxyAddress[] | undefined,
    isTaken: (name: Name) => boolean,
  ) {
    this.#mdns = mdns;
    this.#isTaken = isTaken;
    this.#name = name;
    this.#addresses = addresses;
  }

  get name(): Name {
    return this.#name;
  }

  get addresses(): readonly ProxyAddress[] | undefined {
    return this.#addresses;
  }

  get isEstablished(): boolean {
    return this.#isEstablished;
  }

  /** Begins to publish it. */
  open(turn: Turn<DnsSdEvent>): void {
    const probes = [...this.tenants].some(({ offer }) => offer.probes);
    this.#id = this.#mdns.publish(this.#publication(probes), turn);
    this.#reverseId = this.#mdns.publish(this.#reversePublication(probes), turn);
  }

  /** What its tenants want has changed. */
  update(addresses: readonly ProxyAddress[] | undefined, turn: Turn<DnsSdEvent>): void {
    this.#addresses = addresses;
    for (const id of [this.#id, this.#reverseId]) if (id !== undefined) this.#mdns.update(id, turn);
  }

  announce(turn: Turn<DnsSdEvent>): void {
    for (const id of [this.#id, this.#reverseId]) if (id !== undefined) this.#mdns.announce(id, turn);
  }

  /** Says goodbye. */
  close(turn: Turn<DnsSdEvent>): void {
    for (const id of [this.#id, this.#reverseId]) if (id !== undefined) this.#mdns.withdraw(id, turn);
    this.#id = undefined;
    this.#reverseId = undefined;
  }

  #publication(probes: boolean): Publication {
    return {
      probes,
      recordsOn: (link) => this.#records(link),
      hear: (news, turn) => this.#hear(news, turn),
    };
  }

  #reversePublication(probes: boolean): Publication {
    return {
      probes,
      yields: true,
      recordsOn: (link) => this.#reverseRecords(link),
      hear: (news, turn) => this.#hearReverse(news, turn),
    };
  }

  #hear(news: PublicationNews, turn: Turn<DnsSdEvent>): void {
    if (news.kind === "conflict") this.#rename(turn);
    if (news.kind !== "established") return;
    this.#isEstablished = true;
    for (const tenant of [...this.tenants]) tenant.hostEstablished(turn);
  }

  #rename(turn: Turn<DnsSdEvent>): void {
    const from = this.#name;
    this.#isEstablished = false;
    this.#name = freeHostName(from, this.#isTaken);
    if (this.#id !== undefined) this.#mdns.replace(this.#id, this.#publication(true), turn);
    if (this.#reverseId !== undefined) this.#mdns.update(this.#reverseId, turn);
    for (const tenant of [...this.tenants]) tenant.hostRenamed(from, this.#name, turn);
  }

  /**
   * Two responders on one machine have the same addresses. Others take a denial of the name for a conflict about their host,
   * and look for another one without end: so these names are left to whoever wants them.
   */
  #hearReverse(news: PublicationNews, turn: Turn<DnsSdEvent>): void {
    if (news.kind !== "conflict" || this.#reverseId === undefined) return;
    this.#yielded.add(news.name.key);
    this.#mdns.replace(this.#reverseId, this.#reversePublication(true), turn);
  }

  #records(link: BoundLink): OwnRecord[] {
    const ttl = this.#ttl;
    return this.#addressesOn(link).map((address) => {
      const kind = address.includes(":") ? "AAAA" : "A";
      return { name: this.#name, type: TYPE[kind], ttl, isShared: false, data: { kind, address } };
    });
  }

  #reverseRecords(link: BoundLink): OwnRecord[] {
    const ttl = this.#ttl;
    const target = this.#name;
    return this.#addressesOn(link).flatMap((address) => {
      const name = reverseName(address);
      if (!name || this.#yielded.has(name.key)) return [];
      return [{ name, type: TYPE.PTR, ttl, isShared: false, data: { kind: "PTR", target } }];
    });
  }

  /** All that are valid there, of both families, and none else (RFC 6762 §6.2, §14); loopback ones on loopback only. */
  #addressesOn(link: BoundLink): readonly string[] {
    if (![...this.tenants].some(({ offer }) => isOfferedOn(offer, link))) return [];
    const own = this.#addresses ? proxied(this.#addresses, link) : ownAddresses(this.#mdns, link);
    const isLocal = isLoopback(link.address);
    return [...new Set(own)].filter((address) => isLocal || !isLoopback(address));
  }

  get #ttl(): number {
    return Math.min(...Array.from(this.tenants, ({ offer }) => offer.hostTtl));
  }
}

/** Whether an offer is for the interface of a link. */
export function isOfferedOn({ interfaces }: PreparedOffer, { interfaceName }: BoundLink): boolean {
  return interfaces === undefined || interfaces.has(interfaceName);
}

/** The first of `host-2`, `host-3` and so on that no other host of ours has. */
export function freeHostName(name: Name, isTaken: (name: Name) => boolean): Name {
  let next = name;
  do next = next.withoutFirst().prepend(nextHost(next.first));
  while (isTaken(next));
  return next;
}

function proxied(addresses: readonly ProxyAddress[], { interfaceName }: BoundLink): string[] {
  return addresses
    .filter((proxy) => proxy.interfaceName === undefined || proxy.interfaceName === interfaceName)
    .map(({ address }) => address);
}

/** Links are of one family each; a host says on each of them what it has on the interface. */
function ownAddresses(mdns: Mdns, { interfaceName }: BoundLink): string[] {
  return [...mdns.links]
    .filter((link) => link.interfaceName === interfaceName)
    .sort((a, b) => a.family - b.family)
    .flatMap(({ addresses }) => addresses.map(({ address }) => address));
}
