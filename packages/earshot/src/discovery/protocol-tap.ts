import { isOnLink } from "../core/address.ts";
import type { Binding, BoundLink, Datagram, Endpoint, Link, Outgoing, Socket } from "../core/engine.ts";
import { plainBytes } from "../core/plain-bytes.ts";
import type { Clock, Driver, Tap } from "../network/index.ts";
import type { DatagramMonitor, MonitoredDatagram, MonitoredMdns, MonitoredSsdp } from "./monitor.ts";

/** The part of a monitored datagram that is each protocol's own. */
type OwnField = "protocol" | "message" | "violations" | "dropped";
export type ReadSsdp = Pick<MonitoredSsdp, OwnField>;
export type ReadMdns = Pick<MonitoredMdns, OwnField>;

/** A datagram to be read in a protocol's own words. */
export interface Overheard<Event> {
  readonly direction: MonitoredDatagram["direction"];
  readonly to: Endpoint;
  readonly bytes: Uint8Array;
  /** What the engine made of it. */
  readonly events: readonly Event[];
}

/** What a tap needs to know of the protocol that it is on. */
export interface TapGround<Event> {
  readonly driver: Pick<Driver<Event>, "tap">;
  readonly binding: Binding;
  readonly clock: Clock;
  readonly links: () => Iterable<BoundLink>;
  /** Decodes and reviews. Called only while a monitor is open. */
  readonly read: (overheard: Overheard<Event>) => ReadSsdp | ReadMdns;
}

/** The monitors that listen to one protocol: on its driver's tap as long as there is one. */
export class ProtocolTap<Event> implements Tap<Event> {
  readonly #ground: TapGround<Event>;
  readonly #monitors = new Set<DatagramMonitor>();

  constructor(ground: TapGround<Event>) {
    this.#ground = ground;
  }

  /** Tells a monitor of every datagram until the returned function is called. */
  add(monitor: DatagramMonitor): () => void {
    const { driver } = this.#ground;
    this.#monitors.add(monitor);
    driver.tap = this;
    return () => {
      this.#monitors.delete(monitor);
      if (this.#monitors.size === 0) driver.tap = undefined;
    };
  }

  received(datagram: Datagram, events: readonly Event[]): void {
    const { link, from, bytes, to, socket } = datagram;
    const goal =
      to === "group" ? this.#group(link) : { address: link.address, port: this.#port(link, socket) };
    this.#push(link, from, { direction: "in", to: goal, bytes, events });
  }

  sent({ link, to, socket, bytes }: Outgoing): void {
    const goal = to === "group" ? this.#group(link) : to;
    const isOneOf = link.addresses.length > 1;
    const near = (isOneOf && link.addresses.find((own) => isOnLink(goal.address, [own]))) || link;
    const from = { address: near.address, port: this.#port(link, socket) };
    this.#push(link, from, { direction: "out", to: goal, bytes, events: [] });
  }

  #push(link: Link, from: Endpoint, overheard: Overheard<Event>): void {
    const { direction, to, bytes } = overheard;
    const told: MonitoredDatagram = {
      ...this.#ground.read(overheard),
      direction,
      at: this.#ground.clock.wall(),
      link: link.id,
      from,
      to,
      bytes: plainBytes(bytes),
    };
    for (const monitor of [...this.#monitors]) monitor.push(told);
  }

  #group({ family }: Link): Endpoint {
    const { groups, port } = this.#ground.binding;
    return { address: groups[family][0] ?? "", port };
  }

  #port(link: Link, socket: Socket): number {
    if (socket === "shared") return this.#ground.binding.port;
    for (const bound of this.#ground.links()) if (bound.id === link.id) return bound.ownPort;
    return 0;
  }
}
