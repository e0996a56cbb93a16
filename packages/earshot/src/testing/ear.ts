import { canonicalAddress, type Prefixes } from "../core/address.ts";
import type { BoundLink, Datagram, Endpoint, Socket } from "../core/engine.ts";
import type { Nic } from "./nic.ts";
import type { World } from "./world.ts";

/** What one socket needs to know to be opened. */
export interface EarOptions {
  readonly nic: Nic;
  readonly link: BoundLink;
  readonly socket: Socket;
  readonly port: number;
  /** Groups to join. */
  readonly groups: readonly string[];
  /** Whether it hears IPv4 broadcasts to its port. */
  readonly broadcast: boolean;
  /** Whether it hears what is sent to its groups only, for another program is spoken to at its port. @default false */
  readonly groupsOnly?: boolean;
  readonly listener: { datagram(datagram: Datagram): void };
}

/**
 * One socket on one link: where datagrams end. What a delivery must know of the interface is copied here, for with
 * thousands of hosts every object that is looked at costs a cache miss.
 */
export class Ear {
  readonly nic: Nic;
  readonly world: World;
  readonly socket: Socket;
  readonly port: number;
  readonly groups: readonly string[];
  readonly broadcast: boolean;
  readonly groupsOnly: boolean;
  /** As the channel serves it now. */
  link: BoundLink;
  /** As the interface's. */
  prefixes: Prefixes;
  /** Whether what arrives can be heard at once: open, and the interface clear. */
  ready: boolean;
  readonly #listener: { datagram(datagram: Datagram): void };
  #open = true;

  constructor(options: EarOptions) {
    this.nic = options.nic;
    this.world = options.nic.world;
    this.link = options.link;
    this.socket = options.socket;
    this.port = options.port;
    this.groups = options.groups.map((group) => canonicalAddress(group) ?? group);
    this.broadcast = options.broadcast && options.link.family === 4;
    this.groupsOnly = options.groupsOnly ?? false;
    this.#listener = options.listener;
    this.prefixes = this.nic.prefixes;
    this.ready = this.nic.clear;
    this.nic.open(this);
  }

  get open(): boolean {
    return this.#open;
  }

  /** Hears nothing any more. Idempotent. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.ready = false;
    this.nic.close(this);
  }

  /** Hands a datagram to the program; whenever the interface is ready for it. */
  hear(bytes: Uint8Array, from: Endpoint, to: "group" | "host"): void {
    if (!this.ready) {
      if (this.#open) this.nic.postpone(bytes.length, () => this.hear(bytes, from, to));
      return;
    }
    this.world.stats.delivered++;
    try {
      this.#listener.datagram({ bytes, from, link: this.link, socket: this.socket, to });
    } catch (error) {
      this.world.report(error, this.nic.station.name);
    }
  }
}
