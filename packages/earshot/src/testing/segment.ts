import { canonicalAddress, isBroadcast, isMulticast, Prefixes } from "../core/address.ts";
import type { Endpoint, InterfaceAddress } from "../core/engine.ts";
import { subnetsOf } from "./addresses.ts";
import { type Conditions, Fading, isCalm } from "./conditions.ts";
import type { Ear } from "./ear.ts";
import type { Nic } from "./nic.ts";
import type { World } from "./world.ts";

/** A datagram on the wire. */
export interface Parcel {
  readonly bytes: Uint8Array;
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly hops: number;
  /** `undefined` when a test put it there. */
  readonly sender: Nic | undefined;
}

/**
 * One broadcast domain: a switch with cables. A multicast is one entry on the timeline, delivered to every member
 * of the group when it is due; only what the weather delays gets entries of its own.
 */
export class Segment {
  readonly name: string;
  readonly #world: World;
  readonly #groups = new Map<string, EarList>();
  readonly #broadcast = new Map<number, EarList>();
  readonly #owners = new Map<string, Nic[]>();
  readonly #prefixes = new Map<string, Prefixes>();
  #conditions: Conditions;
  #calm: boolean;

  constructor(name: string, world: World, conditions: Conditions) {
    this.name = name;
    this.#world = world;
    this.#conditions = conditions;
    this.#calm = isCalm(conditions);
  }

  get conditions(): Conditions {
    return this.#conditions;
  }

  set conditions(conditions: Conditions) {
    this.#conditions = conditions;
    this.#calm = isCalm(conditions);
  }

  /** One object for equal sets of prefixes, so that a delivery can tell at a glance that two receivers judge alike. */
  prefixesOf(addresses: readonly InterfaceAddress[]): Prefixes {
    const subnets = subnetsOf(addresses);
    const key = [...subnets.keys()].sort().join(" ");
    const known = this.#prefixes.get(key) ?? new Prefixes([...subnets.values()]);
    this.#prefixes.set(key, known);
    return known;
  }

  attach(nic: Nic): void {
    for (const { address } of nic.addresses)
      this.#owners.set(address, [...(this.#owners.get(address) ?? []), nic]);
  }

  detach(nic: Nic): void {
    for (const { address } of nic.addresses) {
      const others = (this.#owners.get(address) ?? []).filter((owner) => owner !== nic);
      if (others.length > 0) this.#owners.set(address, others);
      else this.#owners.delete(address);
    }
  }

  /** The interface that has this address; the first when several claim it. */
  ownerOf(address: string): Nic | undefined {
    return this.#owners.get(address)?.[0];
  }

  join(ear: Ear): void {
    for (const group of ear.groups) listAt(this.#groups, groupKey(group, ear.port)).add(ear);
    if (ear.broadcast) listAt(this.#broadcast, ear.port).add(ear);
  }

  /** Follows `ear.open` having become false. */
  leave(ear: Ear): void {
    for (const group of ear.groups) this.#groups.get(groupKey(group, ear.port))?.drop();
    if (ear.broadcast) this.#broadcast.get(ear.port)?.drop();
  }

  /** Puts a datagram on the wire. Datagrams of one sender arrive in order, unless the weather says otherwise. */
  send(parcel: Parcel): void {
    const { bytes, from, to, hops, sender } = parcel;
    this.#world.sent({ at: this.#world.timeline.now, segment: this.name, from, to, hops, bytes });
    if (sender?.held) sender.hold(() => this.#launch(parcel));
    else this.#launch(parcel);
  }

  /** How long one passage takes now, in milliseconds. */
  latency(): number {
    const [least, most] = this.#conditions.latencyMs;
    return this.#world.random.between(least, most);
  }

  #launch(parcel: Parcel): void {
    const at = this.#world.timeline.now + this.latency();
    const arrival = parcel.sender ? parcel.sender.inOrder(at) : at;
    this.#world.timeline.set(arrival, () => this.#arrive(parcel));
  }

  #arrive(parcel: Parcel): void {
    const to = canonicalAddress(parcel.to.address);
    if (to === undefined) return;
    if (parcel.from.port === 0) {
      this.#world.stats.fromNoPort++;
      return;
    }
    if (isMulticast(to)) {
      const list = this.#groups.get(groupKey(to, parcel.to.port));
      if (list) this.#spread(list, parcel);
      return;
    }
    const owner = this.ownerOf(to);
    if (owner) this.#hand(owner.earAt(familyOf(to), parcel.to.port), parcel);
    else this.#broadcastTo(parcel, to);
  }

  #hand(ear: Ear | undefined, parcel: Parcel): void {
    if (!ear) this.#world.stats.unreachable++;
    else if (this.#admits(ear, parcel)) this.#deliver(ear, parcel, "host");
  }

  /** The hot loop. The list may grow while it is walked (those joined too late), and ears may close. */
  #spread(list: EarList, parcel: Parcel): void {
    const { ears } = list;
    const count = ears.length;
    const cuts = parcel.sender?.station.cuts;
    let judged: Prefixes | undefined;
    let onLink = false;
    for (let index = 0; index < count; index++) {
      const ear = ears[index] as Ear;
      if (!ear.open) continue;
      const { prefixes } = ear;
      if (prefixes !== judged) {
        judged = prefixes;
        onLink = prefixes.contains(parcel.from.address);
      }
      if (!onLink) this.#world.stats.offLink++;
      else if (cuts?.has(ear.nic.station)) this.#world.stats.partitioned++;
      else if (this.#calm) ear.hear(parcel.bytes, parcel.from, "group");
      else this.#deliver(ear, parcel, "group");
    }
  }

  #broadcastTo(parcel: Parcel, to: string): void {
    const ears = this.#broadcast.get(parcel.to.port)?.ears ?? [];
    const hearing = ears.filter((ear) => ear.open && isBroadcast(to, ear.nic.subnets));
    if (hearing.length === 0) this.#world.stats.unreachable++;
    for (const ear of hearing) if (this.#admits(ear, parcel)) this.#deliver(ear, parcel, "group");
  }

  #admits(ear: Ear, parcel: Parcel): boolean {
    const { prefixes, station } = ear.nic;
    const isOnLink = prefixes.contains(parcel.from.address);
    const isCut = station.isCutFrom(parcel.sender?.station);
    if (!isOnLink) this.#world.stats.offLink++;
    else if (isCut) this.#world.stats.partitioned++;
    return isOnLink && !isCut;
  }

  #deliver(ear: Ear, parcel: Parcel, to: "group" | "host"): void {
    const { timeline } = this.#world;
    const isOwn = ear.nic.station === parcel.sender?.station;
    for (const delay of this.#calm || isOwn ? AT_ONCE : this.#fateAt(ear.nic, parcel)) {
      if (delay === 0) ear.hear(parcel.bytes, parcel.from, to);
      else timeline.set(timeline.now + delay, () => ear.hear(parcel.bytes, parcel.from, to));
    }
  }

  /** Drawn once per interface: all sockets behind it hear the same. */
  #fateAt(nic: Nic, parcel: Parcel): readonly number[] {
    if (nic.judged === parcel) return nic.delays;
    nic.judged = parcel;
    const { duplicate } = this.#conditions;
    const { stats, random } = this.#world;
    if (duplicate > 0 && random.next() < duplicate) {
      stats.duplicated++;
      nic.delays = [...this.#passage(nic), ...this.#passage(nic)];
    } else nic.delays = this.#passage(nic);
    return nic.delays;
  }

  #passage(nic: Nic): readonly number[] {
    const { stats, random } = this.#world;
    const { reorder, reorderMs } = this.#conditions;
    if (this.#loses(nic)) {
      stats.lost++;
      return NEVER;
    }
    if (reorder === 0 || random.next() >= reorder) return AT_ONCE;
    stats.reordered++;
    return [random.between(...reorderMs)];
  }

  #loses(nic: Nic): boolean {
    const { loss } = this.#conditions;
    const { random, timeline } = this.#world;
    if (typeof loss === "number") return loss > 0 && random.next() < loss;
    nic.fading ??= new Fading(loss, timeline.now, random);
    return nic.fading.isDeaf(loss, timeline.now, random);
  }
}

/** Those who hear one group and port, in the order they joined. Closed ears are swept when they outnumber the open. */
class EarList {
  ears: Ear[] = [];
  #closed = 0;

  add(ear: Ear): void {
    this.ears.push(ear);
  }

  drop(): void {
    this.#closed++;
    if (this.#closed < 16 || this.#closed * 2 < this.ears.length) return;
    this.ears = this.ears.filter((ear) => ear.open);
    this.#closed = 0;
  }
}

const NEVER: readonly number[] = [];
const AT_ONCE: readonly number[] = [0];

function familyOf(address: string): 4 | 6 {
  return address.includes(":") ? 6 : 4;
}

function listAt<Key>(lists: Map<Key, EarList>, key: Key): EarList {
  const list = lists.get(key) ?? new EarList();
  lists.set(key, list);
  return list;
}

function groupKey(group: string, port: number): string {
  return `${group} ${port}`;
}
