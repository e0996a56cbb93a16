import { isMulticast, isOnLink } from "../core/address.ts";
import type { Binding, BoundLink, Datagram, Endpoint, Link, Outgoing, Socket } from "../core/engine.ts";
import { plainBytes } from "../core/plain-bytes.ts";
import type { Clock, Driver, Tap } from "../network/index.ts";
import { type DropReason, parseMessage, reviewMessage, type SsdpEvent } from "../ssdp/index.ts";
import { DatagramMonitor, type Monitor, type MonitoredDatagram, type MonitorOptions } from "./monitor.ts";

/** What a tap needs to know of the protocol that it is on. */
export interface TapGround {
  readonly driver: Pick<Driver<SsdpEvent>, "tap" | "ready">;
  readonly binding: Binding;
  readonly clock: Clock;
  readonly links: () => Iterable<BoundLink>;
}

/** The monitors of one SSDP presence: on its driver's tap as long as one is open. */
export class SsdpTap implements Tap<SsdpEvent> {
  readonly #ground: TapGround;
  readonly #monitors = new Set<DatagramMonitor>();

  constructor(ground: TapGround) {
    this.#ground = ground;
  }

  open(options: MonitorOptions, onClosed: () => void): Monitor {
    const { driver } = this.#ground;
    const monitor = new DatagramMonitor(driver.ready, options, () => {
      this.#monitors.delete(monitor);
      if (this.#monitors.size === 0) driver.tap = undefined;
      onClosed();
    });
    this.#monitors.add(monitor);
    driver.tap = this;
    return monitor;
  }

  /** Closes every monitor. */
  close(): void {
    for (const monitor of [...this.#monitors]) void monitor.close();
  }

  received(datagram: Datagram, events: readonly SsdpEvent[]): void {
    const { link, from, bytes, to, socket } = datagram;
    const goal =
      to === "group" ? this.#group(link) : { address: link.address, port: this.#port(link, socket) };
    this.#push("in", link, from, goal, bytes, reasonIn(events));
  }

  sent({ link, to, socket, bytes }: Outgoing): void {
    const goal = to === "group" ? this.#group(link) : to;
    const isOneOf = link.addresses.length > 1;
    const near = (isOneOf && link.addresses.find((own) => isOnLink(goal.address, [own]))) || link;
    this.#push(
      "out",
      link,
      { address: near.address, port: this.#port(link, socket) },
      goal,
      bytes,
      undefined,
    );
  }

  #push(
    direction: MonitoredDatagram["direction"],
    link: Link,
    from: Endpoint,
    to: Endpoint,
    bytes: Uint8Array,
    dropped: DropReason | undefined,
  ): void {
    const message = parseMessage(bytes);
    const told: MonitoredDatagram = {
      protocol: "ssdp",
      direction,
      at: this.#ground.clock.wall(),
      link: link.id,
      from,
      to,
      bytes: plainBytes(bytes),
      message,
      violations: reviewMessage(message, !isMulticast(to.address)),
      dropped: dropped ?? (message.kind === "malformed" && direction === "in" ? "malformed" : undefined),
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

function reasonIn(events: readonly SsdpEvent[]): DropReason | undefined {
  for (const event of events) if (event.kind === "dropped") return event.reason;
  return undefined;
}
