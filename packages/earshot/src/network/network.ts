import type { Binding, BoundLink, Datagram, Endpoint, Instant, Link, Outgoing } from "../core/engine.ts";
import type { NetworkError } from "../core/errors.ts";
import type { Random } from "../core/random.ts";
import type { HttpClient, HttpHandler, HttpServer } from "./http.ts";

/** The only source of time. */
export interface Clock {
  /** Monotonic. */
  now(): Instant;
  /** Calls back once, at or soon after `instant`, however far away that is. Returns how to call it off. */
  at(instant: Instant, callback: () => void): () => void;
  /** What the calendar says: for display and for DATE headers, never for a deadline. */
  wall(): Date;
}

/** Something that went wrong on one link or on all (`link` undefined) and that the channel lives with. */
export interface Fault {
  readonly link: string | undefined;
  readonly error: NetworkError;
}

/** Who opened a channel. Nothing is called before `open` returned, nothing after `close` was called. */
export interface ChannelListener {
  datagram(datagram: Datagram): void;
  /** The links served: once when the channel is ready, then on every real change and after every resume. */
  links(links: readonly BoundLink[], resumed: boolean): void;
  fault(fault: Fault): void;
}

export interface Channel {
  /** Resolves when the first links are served; rejects with `NetworkError` when there is none, and says why. */
  readonly ready: Promise<void>;
  /** Never throws: what cannot be sent is a fault. */
  send(outgoing: Outgoing): void;
  /** Lets what was sent leave (at most a second), then frees every port and membership. Idempotent. */
  close(): Promise<void>;
}

/** A TCP port that is open. */
export interface TcpListener {
  readonly port: number;
  /** Idempotent. */
  close(): Promise<void>;
}

/** Everything outside the engines. Two implementations: the machine's own network, and the simulated one. */
export interface Network {
  readonly clock: Clock;
  readonly random: Random;
  /** The usable links as they are now. */
  readonly links: readonly Link[];
  open(binding: Binding, listener: ChannelListener): Channel;
  readonly http: HttpClient;
  /** Serves HTTP on the link's address and an ephemeral port. Rejects with `NetworkError`. */
  listen(handler: HttpHandler, link: Link): Promise<HttpServer>;
  /**
   * Delivers bytes over one TCP connection to a host on the link, tried once, and ends it. Resolves when they are handed
   * over; rejects with `NetworkError` or, after a few seconds, `TimeoutError`.
   * @default nothing can be delivered so
   */
  deliver?(bytes: Uint8Array, to: Endpoint, link: Link): Promise<void>;
  /**
   * Takes what hosts on the link deliver so, each connection by itself, to a TCP port from 49152 to 65535 of ours there.
   * Rejects with `NetworkError`.
   * @default nothing can be taken so
   */
  accept?(receiver: (bytes: Uint8Array, from: Endpoint) => void, link: Link): Promise<TcpListener>;
  /**
   * Waits for a promise that only time can settle, such as a goodbye that is being said. A simulated network lets its
   * time pass meanwhile, a few seconds at most, so that `close()` and `await using` work there as anywhere.
   * @default the promise is simply waited for
   */
  finish?(promise: Promise<void>): Promise<void>;
  /** A UUID (lower case, 8-4-4-4-12) that is always the same for this name on this host, and tells nothing about it. */
  uuid(name: string): string;
  /** Name and version of the operating system as a product token of a SERVER header, such as `Linux/6.1`. */
  readonly system: string;
  /** Gets bugs of the program itself: an engine that failed, a listener that threw. A simulation fails on them. */
  report?(error: unknown): void;
}
