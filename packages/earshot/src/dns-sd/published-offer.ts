import type { BoundLink, Turn } from "../core/engine.ts";
import { lowerAscii } from "../core/lower-ascii.ts";
import {
  type Name,
  OTHER_TTL_SECONDS,
  type OwnRecord,
  type Publication,
  type PublicationNews,
  TYPE,
} from "../mdns/index.ts";
import type { DnsSdEvent } from "./events.ts";
import type { Mdns } from "./ground.ts";
import { nextName } from "./instance-name.ts";
import type { OwnHosts } from "./own-hosts.ts";
import type { PreparedOffer } from "./prepared-offer.ts";
import { isOfferedOn, type PublishedHost, type Tenant } from "./published-host.ts";
import { ENUMERATION } from "./type-browser.ts";

/** Whether another offer of ours has this name already. */
export type IsTaken = (name: string, offer: PreparedOffer) => boolean;

/** One offer at work: its records, its name, and the host that it is on. */
export class PublishedOffer implements Tenant {
  readonly id: number;
  readonly #mdns: Mdns;
  readonly #hosts: OwnHosts;
  readonly #isTaken: IsTaken;
  #offer: PreparedOffer;
  /** What it goes by; another than the offer's where that one was taken. */
  #name: string;
  #host: PublishedHost | undefined;
  #publication: number | undefined;
  #isEstablished = false;
  /** What `published` last said. */
  #told: string | undefined;

  constructor(id: number, offer: PreparedOffer, mdns: Mdns, hosts: OwnHosts, isTaken: IsTaken) {
    this.id = id;
    this.#offer = offer;
    this.#name = offer.name;
    this.#mdns = mdns;
    this.#hosts = hosts;
    this.#isTaken = isTaken;
  }

  get offer(): PreparedOffer {
    return this.#offer;
  }

  /** The name that it goes by. */
  get name(): string {
    return this.#name;
  }

  open(turn: Turn<DnsSdEvent>): void {
    this.#giveWay(turn);
    this.#enterHost(turn);
    this.#publication = this.#mdns.publish(this.#published(this.#offer.probes), turn);
  }

  /** Offers something else from now on. A name that it was given stays, unless another one is wished for. */
  change(offer: PreparedOffer, turn: Turn<DnsSdEvent>): void {
    const before = this.#offer;
    const isOfType = offer.type.toString() === before.type.toString();
    const isSameName = isOfType && isSameLabel(offer.name, before.name);
    this.#offer = offer;
    this.#told = undefined; // Who asked for a change is told when it is done, also where the names stay.
    if (!isSameName || (offer.name !== before.name && this.#name === before.name)) this.#name = offer.name;
    if (!isSameName || offer.interfaces !== before.interfaces) this.#giveWay(turn);
    this.#changeHost(before, turn);
    if (this.#publication === undefined) return;
    if (isSameName) this.#mdns.update(this.#publication, turn);
    else {
      this.#isEstablished = false;
      this.#mdns.replace(this.#publication, this.#published(offer.probes), turn);
    }
    this.#tell(turn);
  }

  announce(turn: Turn<DnsSdEvent>): void {
    if (this.#publication !== undefined) this.#mdns.announce(this.#publication, turn);
    this.#host?.announce(turn);
  }

  close(turn: Turn<DnsSdEvent>): void {
    const { id } = this;
    if (this.#publication !== undefined) this.#mdns.withdraw(this.#publication, turn);
    this.#publication = undefined;
    if (this.#host) this.#hosts.leave(this.#host, this, turn);
    this.#host = undefined;
    turn.emit({ kind: "withdrawn", offer: id });
  }

  hostRenamed(from: Name, to: Name, turn: Turn<DnsSdEvent>): void {
    turn.emit({
      kind: "renamed",
      offer: this.id,
      what: "host",
      from: from.toString(),
      to: to.toString(),
    });
    if (this.#publication !== undefined) this.#mdns.update(this.#publication, turn);
  }

  hostEstablished(turn: Turn<DnsSdEvent>): void {
    this.#tell(turn);
  }

  #published(probes: boolean): Publication {
    return {
      probes,
      recordsOn: (link) => this.#records(link),
      hear: (news, turn) => this.#hear(news, turn),
    };
  }

  #hear(news: PublicationNews, turn: Turn<DnsSdEvent>): void {
    if (news.kind === "established") {
      this.#isEstablished = true;
      this.#tell(turn);
    } else if (news.kind === "conflict" && this.#publication !== undefined) {
      this.#isEstablished = false;
      this.#rename(turn);
      this.#mdns.replace(this.#publication, this.#published(true), turn);
    }
  }

  /** Two of ours cannot have the same name either. */
  #giveWay(turn: Turn<DnsSdEvent>): void {
    if (this.#isTaken(this.#name, this.#offer)) this.#rename(turn);
  }

  #rename(turn: Turn<DnsSdEvent>): void {
    const from = this.#name;
    do this.#name = nextName(this.#name);
    while (this.#isTaken(this.#name, this.#offer));
    turn.emit({ kind: "renamed", offer: this.id, what: "instance", from, to: this.#name });
  }

  /** `published` is told once for each name and host that it goes by, and after each change. */
  #tell(turn: Turn<DnsSdEvent>): void {
    if (!this.#isEstablished || !this.#host?.isEstablished) return;
    const host = this.#host.name.toString();
    const words = JSON.stringify([this.#name, this.#offer.type.toString(), host]);
    if (words === this.#told) return;
    this.#told = words;
    turn.emit({ kind: "published", offer: this.id, name: this.#name, host });
  }

  #enterHost(turn: Turn<DnsSdEvent>): void {
    const { host: wished } = this.#offer;
    this.#host = this.#hosts.enter(this, turn);
    const { name } = this.#host;
    if (!name.equals(wished))
      turn.emit({
        kind: "renamed",
        offer: this.id,
        what: "host",
        from: wished.toString(),
        to: name.toString(),
      });
  }

  /** The new host is there before the old one goes. */
  #changeHost(before: PreparedOffer, turn: Turn<DnsSdEvent>): void {
    const old = this.#host;
    if (!old) return;
    if (this.#offer.host.equals(before.host)) this.#hosts.refresh(old, this, turn);
    else {
      this.#enterHost(turn);
      this.#hosts.leave(old, this, turn);
    }
  }

  #records(link: BoundLink): readonly OwnRecord[] {
    const host = this.#host;
    if (!host || !isOfferedOn(this.#offer, link)) return [];
    const { type, subtypes, port, priority, weight, txt, ttl, hostTtl } = this.#offer;
    const instance = type.name().prepend(this.#name);
    const target = host.name;
    return [
      ...[type.name(), ...subtypes.map((subtype) => type.subtypeName(subtype))].map((name) =>
        pointer(name, instance, ttl),
      ),
      pointer(ENUMERATION, type.name(), OTHER_TTL_SECONDS),
      {
        name: instance,
        type: TYPE.SRV,
        ttl: hostTtl,
        isShared: false,
        data: { kind: "SRV", priority, weight, port, target },
      },
      { name: instance, type: TYPE.TXT, ttl, isShared: false, data: { kind: "TXT", bytes: txt.bytes } },
    ];
  }
}

function pointer(name: Name, target: Name, ttl: number): OwnRecord {
  return { name, type: TYPE.PTR, ttl, isShared: true, data: { kind: "PTR", target } };
}

function isSameLabel(a: string, b: string): boolean {
  return lowerAscii(a) === lowerAscii(b);
}
