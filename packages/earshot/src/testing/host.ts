import type { Binding, Endpoint, Instant, Link } from "../core/engine.ts";
import type { Random } from "../core/random.ts";
import type { HttpClient, HttpHandler, HttpServer } from "../network/http.ts";
import type { Channel, ChannelListener, Clock, Network, TcpListener } from "../network/network.ts";
import { LanChannel } from "./lan-channel.ts";
import { deliverOnLan } from "./lan-delivery.ts";
import { LanHttpClient } from "./lan-http-client.ts";
import { LanHttpServer } from "./lan-http-server.ts";
import { LanTcpListener } from "./lan-tcp-listener.ts";
import type { Station } from "./station.ts";
import { uuidOf } from "./uuid.ts";
import type { World } from "./world.ts";

/** A machine on the simulated LAN, as the programs on it see their network. */
export class Host implements Network {
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly http: HttpClient;
  readonly system = "Lan/1.0";
  readonly #station: Station;
  readonly #finish: (promise: Promise<void>) => Promise<void>;

  /** Made by `Lan.addHost`. */
  constructor(station: Station, finish: (promise: Promise<void>) => Promise<void>) {
    this.#finish = finish;
    this.name = station.name;
    this.random = station.random;
    this.http = new LanHttpClient(station);
    this.clock = new HostClock(station);
    this.#station = station;
  }

  get links(): readonly Link[] {
    return this.#station.links;
  }

  open(binding: Binding, listener: ChannelListener): Channel {
    return new LanChannel(this.#station, binding, listener);
  }

  async listen(handler: HttpHandler, link: Link): Promise<HttpServer> {
    return new LanHttpServer(this.#station, handler, link);
  }

  deliver(bytes: Uint8Array, to: Endpoint, link: Link): Promise<void> {
    return deliverOnLan(this.#station, bytes, to, link);
  }

  async accept(receiver: (bytes: Uint8Array, from: Endpoint) => void, link: Link): Promise<TcpListener> {
    return new LanTcpListener(this.#station, receiver, link);
  }

  uuid(name: string): string {
    return uuidOf(this.name, name);
  }

  finish(promise: Promise<void>): Promise<void> {
    return this.#finish(promise);
  }

  /** What nobody on this host caught: thrown from `advance()` or `until()`. */
  report(error: unknown): void {
    this.#station.world.report(error, this.name);
  }

  /**
   * As if another program kept the UDP port to itself: channels opened from now on get no shared socket there. One that
   * has to speak from the port (mDNS) hears the groups there nevertheless and is heard, but no unicast reaches it.
   */
  blockPort(port: number): void {
    this.#station.block(port);
  }

  /** Takes `blockPort` back. */
  unblockPort(port: number): void {
    this.#station.unblock(port);
  }
}

class HostClock implements Clock {
  readonly #station: Station;
  readonly #world: World;

  constructor(station: Station) {
    this.#station = station;
    this.#world = station.world;
  }

  now(): Instant {
    return this.#world.timeline.now;
  }

  at(instant: Instant, callback: () => void): () => void {
    return this.#station.at(instant, callback);
  }

  wall(): Date {
    return new Date(this.#world.epochMs + this.now() + this.#station.wallOffsetMs);
  }
}
