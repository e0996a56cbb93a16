import { UsageError } from "../core/errors.ts";
import { type Conditions, conditionsOf } from "./conditions.ts";
import type { Host } from "./host.ts";
import { Nic } from "./nic.ts";
import type { Segment } from "./segment.ts";
import type { Station } from "./station.ts";

/** The parts of a LAN that its weather acts on. */
export interface Sky {
  readonly segments: ReadonlyMap<string, Segment>;
  readonly stations: ReadonlyMap<Host, Station>;
  /** The segment of this name; made when there is none. */
  segment(name: string): Segment;
}

/** Everything that goes wrong on real networks, at the moment a test wants it to. */
export class Weather {
  readonly #sky: Sky;

  /** Made by `Lan`. */
  constructor(sky: Sky) {
    this.#sky = sky;
  }

  /** Changes how datagrams fare from now on, on one segment or on all. What is in flight is not changed. */
  change(conditions: Partial<Conditions>, segment?: string): void {
    const segments = segment === undefined ? [...this.#sky.segments.values()] : [this.#sky.segment(segment)];
    for (const changed of segments) changed.conditions = conditionsOf(conditions, changed.conditions);
  }

  /** Nothing passes between the hosts of `a` and those of `b`, either way. */
  partition(a: Host | readonly Host[], b: Host | readonly Host[]): void {
    for (const one of this.#stations(a)) for (const other of this.#stations(b)) one.cut(other);
  }

  /** Ends the partition between `a` and `b`; between all hosts when none is given. */
  repair(a?: Host | readonly Host[], b?: Host | readonly Host[]): void {
    const everyone = [...this.#sky.stations.values()];
    for (const one of a ? this.#stations(a) : everyone)
      for (const other of b ? this.#stations(b) : everyone) one.mend(other);
  }

  /** Delays everything to and from a host, or one of its interfaces, until `release`. At most 100,000 datagrams wait. */
  hold(host: Host, interfaceName?: string): void {
    for (const nic of this.#nics(host, interfaceName)) nic.startHolding();
  }

  /** Lets what was held go on, in order. */
  release(host: Host, interfaceName?: string): void {
    for (const nic of this.#nics(host, interfaceName)) nic.release();
  }

  /** Takes an interface, or all, off the network: sockets and memberships of its links are gone. */
  unplug(host: Host, interfaceName?: string): void {
    for (const nic of this.#nics(host, interfaceName)) nic.unplug();
    this.#station(host).changed();
  }

  /**
   * Puts an interface, or all, back on its network. With `addresses` (such as `10.0.0.1/16`) it has those from now on,
   * also when it was never unplugged; an interface of an unknown name is new.
   */
  plug(host: Host, interfaceName?: string, addresses?: readonly string[]): void {
    const station = this.#station(host);
    if (interfaceName !== undefined && !station.nics.has(interfaceName)) {
      if (!addresses)
        throw new UsageError("NO_ADDRESS", `the new interface ${interfaceName} needs addresses`);
      const segment = this.#sky.segment("lan");
      station.newNic(interfaceName, () => new Nic(interfaceName, station, segment));
    }
    const nics = addresses ? [station.nic(interfaceName)] : this.#nics(host, interfaceName);
    for (const nic of nics) nic.plug(nic.segment, addresses);
    station.changed();
  }

  /** Takes an interface to another segment: the laptop that is carried to another network. */
  move(host: Host, segment: string, addresses: readonly string[], interfaceName?: string): void {
    const station = this.#station(host);
    station.nic(interfaceName).plug(this.#sky.segment(segment), addresses);
    station.changed();
  }

  /**
   * The machine sleeps: it hears nothing and its timers stand still. On waking its channels get their links with
   * `resumed`, then overdue timers fire once each, in order.
   */
  sleep(host: Host, ms: number): void {
    this.#station(host).pause("sleep", ms);
  }

  /**
   * The host's programs stand still (a busy event loop, SIGSTOP), and the kernel keeps up to 208 KiB of datagrams for
   * them. Afterwards timers fire late, then what was kept is heard. Above 5 s it counts as a machine that slept.
   */
  stall(host: Host, ms: number): void {
    this.#station(host).pause("stall", ms);
  }

  /** The programs on the host die without a word. What opens a channel there afterwards is a new program. */
  crash(host: Host): void {
    this.#station(host).crash();
  }

  /**
   * From now on every datagram that the host sends is a fault with this code instead, as with a firewall that
   * rejects (`BLOCKED`) or a system without buffers (`SEND_FAILED`); without a code they leave again.
   */
  refuse(host: Host, code?: string): void {
    this.#station(host).refusing = code;
  }

  /** Sets the host's calendar forward or back; its monotonic clock does not notice. */
  jumpWall(host: Host, ms: number): void {
    this.#station(host).wallOffsetMs += ms;
  }

  #station(host: Host): Station {
    const station = this.#sky.stations.get(host);
    if (!station) throw new UsageError("FOREIGN_HOST", `${host.name} is not a host of this LAN`);
    return station;
  }

  #stations(hosts: Host | readonly Host[]): Station[] {
    return (isMany(hosts) ? hosts : [hosts]).map((host) => this.#station(host));
  }

  #nics(host: Host, interfaceName: string | undefined): Nic[] {
    const station = this.#station(host);
    return interfaceName === undefined ? [...station.nics.values()] : [station.nic(interfaceName)];
  }
}

function isMany(hosts: Host | readonly Host[]): hosts is readonly Host[] {
  return Array.isArray(hosts);
}
