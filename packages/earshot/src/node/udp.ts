import type { Binding, BoundLink, Endpoint, Outgoing, Socket as SocketKind } from "../core/engine.ts";
import { NetworkError } from "../core/errors.ts";
import type { Random } from "../core/random.ts";
import type { Channel, ChannelListener, Clock } from "../network/network.ts";
import { Backoff } from "./backoff.ts";
import { publishDatagram, publishFault } from "./diagnostics.ts";
import { Ears } from "./ears.ts";
import { type Deed, errnoOf, explain, FaultTeller } from "./faults.ts";
import { InFlight } from "./in-flight.ts";
import { type LinkMonitor, type LinkReport, POLL_MS } from "./link-monitor.ts";
import type { SkippedInterface, UsableLink } from "./links.ts";
import type { Platform } from "./platform.ts";
import type { SocketFactory } from "./sockets.ts";
import { Station } from "./station.ts";
import type { Counters } from "./stats.ts";

/** What a channel is made of. */
export interface ChannelParts {
  readonly platform: Platform;
  readonly createSocket: SocketFactory;
  readonly monitor: LinkMonitor;
  readonly clock: Clock;
  readonly random: Random;
  readonly counters: Counters;
  /** See `NetworkOptions`. */
  readonly rejoinEveryMs: number | undefined;
  /** Names the programs that hold a UDP port, when that can be known. */
  readonly portHolders: (port: number) => string | undefined;
  /** Called once, when everything is free again. */
  readonly closed: () => void;
}

/** How long closing waits for datagrams to leave. */
const CLOSING_MS = 1_000;

/**
 * The channel of Node.js. Node cannot tell which interface or which address of ours a datagram came to. So:
 *
 * - Ears, bound to the groups, hear what was sent to the group (`ears.ts`, `ear-plan.ts`).
 * - Mouths, each bound to an address of ours, send, and hear what was sent to that address (`station.ts`).
 * - What must leave from the protocol's port where another program is spoken to there leaves by an ear.
 * - The source of whatever is heard must be on the link. What is not is counted and dropped.
 *
 * All of it is made anew or closed as links come and go; what fails is told and tried again, at most 60 s later.
 */
export class UdpChannel implements Channel {
  readonly ready: Promise<void>;
  readonly #parts: ChannelParts;
  readonly #binding: Binding;
  readonly #listener: ChannelListener;
  readonly #flight = new InFlight();
  readonly #faults: FaultTeller;
  readonly #retries = new Backoff(POLL_MS);
  readonly #failures = new Map<string, NetworkError>();
  readonly #stations = new Map<string, Station>();
  readonly #ears: Ears;
  #bound: ReadonlyMap<string, BoundLink> = new Map();
  #told = "[]";
  #settle: { resolve(): void; reject(error: NetworkError): void } = { resolve() {}, reject() {} };
  #unwatch: () => void = () => {};
  #isClosed = false;
  #closing: Promise<void> | undefined;

  constructor(parts: ChannelParts, binding: Binding, listener: ChannelListener) {
    this.#parts = parts;
    this.#binding = binding;
    this.#listener = listener;
    this.#faults = new FaultTeller(parts.clock.now, (fault) => {
      publishFault(fault);
      if (!this.#isClosed) listener.fault(fault);
    });
    this.#ears = new Ears(parts, binding, {
      heard: (bytes, from, link) => this.#deliver(bytes, from, link, "shared", "group"),
      refused: (deed, what, link, error) => this.#refused(deed, what, link, error),
    });
    this.ready = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.ready.catch(() => {}); // Whoever does not ask shall not crash of it.
    queueMicrotask(() => this.#start());
  }

  /** Ids of the links that a firewall keeps from sending. */
  get blocked(): string[] {
    return [...this.#stations.values()].flatMap(({ isBlocked, link }) => (isBlocked ? [link.id] : []));
  }

  /** Every port held. */
  get ports(): number[] {
    return [this.#binding.port, ...[...this.#stations.values()].flatMap(({ ports }) => ports)];
  }

  send(outgoing: Outgoing): void {
    const station = this.#isClosed ? undefined : this.#stations.get(outgoing.link.id);
    if (station) station.send(outgoing);
    else this.#parts.counters.unsent++;
  }

  close(): Promise<void> {
    this.#closing ??= this.#shut();
    return this.#closing;
  }

  async #shut(): Promise<void> {
    this.#isClosed = true;
    this.#unwatch();
    this.#settle.reject(new NetworkError("CLOSED", "the channel was closed before it was ready"));
    await this.#flight.drained(CLOSING_MS);
    await Promise.all([
      this.#ears.close(),
      ...[...this.#stations.values()].map((station) => station.close()),
    ]);
    this.#parts.closed();
  }

  #start(): void {
    if (this.#isClosed) return;
    const { monitor } = this.#parts;
    this.#unwatch = monitor.watch((report) => this.#update(report));
    this.#update({ links: monitor.links, changed: true, resumed: false });
    if (this.#bound.size > 0) this.#settle.resolve();
    else this.#settle.reject(this.#nothingServed(monitor.skipped));
  }

  #update(report: LinkReport): void {
    if (this.#isClosed) return;
    const now = this.#parts.clock.now();
    if (report.resumed) this.#retries.clear();
    if (report.resumed || report.changed) this.#faults.forgetLasting();
    if (report.changed || report.resumed || this.#retries.isDue(now)) this.#settleStations(report.links);
    if (this.#binding.speaksFromPort && this.#parts.platform.speaksFromGroups)
      for (const station of this.#stations.values()) station.reviewPort();
    const links = [...this.#stations.values()].map(({ link }) => link);
    this.#ears.settle(links, report.resumed);
    this.#tellLinks(report.resumed);
  }

  #settleStations(links: readonly UsableLink[]): void {
    const wanted = new Map(links.map((link) => [link.id, link]));
    for (const [id, station] of this.#stations) {
      const link = wanted.get(id);
      if (link && station.fits(link)) station.refresh(link);
      else this.#leave(id, station);
    }
    this.#retries.keep(new Set(wanted.keys()));
    for (const id of this.#failures.keys()) if (!wanted.has(id)) this.#failures.delete(id);
    for (const link of links) {
      const station = this.#stations.get(link.id) ?? this.#enter(link);
      this.#stations.delete(link.id); // Put last: the stations are in the order of the links.
      if (station) this.#stations.set(link.id, station);
    }
  }

  #leave(id: string, station: Station): void {
    this.#stations.delete(id);
    station.close().catch(() => {});
  }

  #enter(link: UsableLink): Station | undefined {
    const now = this.#parts.clock.now();
    if (!this.#retries.allows(link.id, now)) return undefined;
    try {
      const station = new Station(link, this.#ground());
      this.#retries.succeeded(link.id);
      this.#failures.delete(link.id);
      return station;
    } catch (error) {
      this.#retries.failed(link.id, now);
      this.#refused("bind", `${link.id}: cannot speak from ${link.address}`, link, error);
      return undefined;
    }
  }

  #ground(): ConstructorParameters<typeof Station>[1] {
    const { random, createSocket, counters, clock, monitor } = this.#parts;
    return {
      binding: this.#binding,
      random,
      createSocket,
      counters,
      flight: this.#flight,
      now: clock.now,
      heard: (bytes, from, link, socket) => this.#deliver(bytes, from, link, socket, "host"),
      speaker: (link) => this.#ears.speaker(link),
      refused: (deed, what, link, error) => this.#refused(deed, what, link, error),
      complain: (link, error) => this.#faults.tell(link.id, error),
      doubt: () => monitor.hasten(),
    };
  }

  #tellLinks(resumed: boolean): void {
    const { port } = this.#binding;
    const bound = [...this.#stations.values()].map(({ link, ownPort, hasSharedPort }): BoundLink => {
      const { id, interfaceName, family, address, prefixLength, addresses, mtu } = link;
      const sharedPort = hasSharedPort && this.#ears.hears(link) ? port : undefined;
      const size = mtu === undefined ? {} : { mtu };
      return { id, interfaceName, family, address, prefixLength, addresses, ...size, sharedPort, ownPort };
    });
    const told = JSON.stringify(bound);
    const isNew = told !== this.#told;
    if (isNew) this.#bound = new Map(bound.map((link) => [link.id, link]));
    this.#told = told;
    if (isNew || (resumed && bound.length > 0)) this.#listener.links([...this.#bound.values()], resumed);
  }

  #deliver(
    bytes: Uint8Array,
    from: Endpoint,
    at: UsableLink,
    socket: SocketKind,
    to: "group" | "host",
  ): void {
    const link = this.#bound.get(at.id);
    if (this.#isClosed || !link) return;
    this.#parts.counters.received++;
    publishDatagram("received", link.id, socket, from, bytes);
    try {
      this.#listener.datagram({ bytes, from, link, socket, to });
    } catch (cause) {
      this.#parts.counters.handlerErrors++;
      const message = `${link.id}: what receives datagrams threw; the datagram is lost`;
      this.#faults.tell(link.id, new NetworkError("HANDLER_FAILED", message, { cause }));
    }
  }

  #refused(deed: Deed, what: string, link: UsableLink, error: unknown): void {
    if (deed === "receive") this.#parts.counters.receiveErrors++;
    const fault =
      error instanceof NetworkError
        ? error
        : (this.#taken(deed, what, error) ?? explain(deed, what, error, this.#parts.platform));
    if (!this.#stations.has(link.id)) this.#failures.set(link.id, fault);
    this.#faults.tell(link.id, fault);
  }

  /** A port that cannot be had: by whom, and what can be done about it. */
  #taken(deed: Deed, what: string, cause: unknown): NetworkError | undefined {
    if (deed !== "bind" || errnoOf(cause) !== "EADDRINUSE") return undefined;
    const { port } = this.#binding;
    const holders = this.#parts.portHolders(port) ?? "another program";
    const reason = `port ${port} is held by ${holders}, which does not share it by SO_REUSEADDR`;
    return new NetworkError("PORT_TAKEN", `${what}: ${reason}: stop it, or have it share the port`, {
      cause,
    });
  }

  #nothingServed(skipped: readonly SkippedInterface[]): NetworkError {
    const failures = [...this.#failures.values()];
    const reasons = [
      ...failures.map(({ message }) => message),
      ...skipped.map(({ interfaceName, reason }) => `${interfaceName}: ${reason}`),
    ];
    const isForbidden = failures.length > 0 && failures.every(({ code }) => code === "PERMISSION_DENIED");
    const list = reasons.join("; ") || "there is none";
    return new NetworkError(
      isForbidden ? "PERMISSION_DENIED" : "NO_USABLE_INTERFACE",
      `no network interface can be used: ${list}`,
      failures[0] ? { cause: failures[0] } : {},
    );
  }
}
