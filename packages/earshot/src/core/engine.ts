/**
 * The contract between a protocol and the world: datagrams and instants go in; datagrams, events and the next
 * deadline come out. An engine opens no socket, reads no clock, draws no randomness of its own, awaits nothing.
 */

/** Milliseconds on a monotonic clock. Only differences mean something; only the edge reads a clock. */
export type Instant = number;

/** An IP address without zone, in canonical text form, and a UDP or TCP port. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** One address of an interface, with the length of its on-link prefix in bits. */
export interface InterfaceAddress {
  readonly address: string;
  readonly prefixLength: number;
}

/**
 * An interface and an address family: the unit of group membership, scope, LOCATION and known answers.
 * `address` is the one we speak from: the first IPv4 address, or the link-local IPv6 address where there is one.
 */
export interface Link extends InterfaceAddress {
  /** Stable name of this link, such as `eth0/4`. */
  readonly id: string;
  readonly interfaceName: string;
  readonly family: 4 | 6;
  /** Every address of this family on the interface, `address` first. Their prefixes decide what is on-link. */
  readonly addresses: readonly InterfaceAddress[];
  /** Most bytes of one packet on the interface, headers of IP included; absent where that is not known. */
  readonly mtu?: number;
}

/** A link as one channel serves it: joined to the groups, with the ports that the channel holds there. */
export interface BoundLink extends Link {
  /**
   * The protocol's port where we may speak from it; `undefined` where another program is searched there, or keeps it
   * to itself so that not even the group is heard.
   */
  readonly sharedPort: number | undefined;
  /** The port of our own socket on this link. */
  readonly ownPort: number;
}

/** Which socket a datagram leaves by or came in by: the protocol's port, or a port of ours. */
export type Socket = "shared" | "own";

export interface Datagram {
  readonly bytes: Uint8Array;
  readonly from: Endpoint;
  readonly link: Link;
  readonly socket: Socket;
  /** `host` when it was certainly sent to one of our unicast addresses; `group` otherwise. */
  readonly to: "group" | "host";
}

export interface Outgoing {
  readonly bytes: Uint8Array;
  /** `group` is the first group of the binding in the link's family. */
  readonly to: Endpoint | "group";
  readonly link: Link;
  readonly socket: Socket;
}

/** What an engine asks of the network: a port, the groups to join on each link, and how far packets may travel. */
export interface Binding {
  readonly port: number;
  readonly groups: { readonly 4: readonly string[]; readonly 6: readonly string[] };
  /** IPv4 TTL and IPv6 hop limit of multicast packets, 1 to 255. */
  readonly hops: number;
  /** Hop limit of what is sent to IPv6 groups wider than the link, 1 to 255. @default hops */
  readonly siteHops?: number;
  /** Also hear and be able to send IPv4 broadcasts. @default false */
  readonly broadcast?: boolean;
  /** IPv4 TTL and IPv6 hop limit of unicast packets, 1 to 255. @default the system's own, mostly 64 */
  readonly unicastHops?: number;
  /**
   * Whatever leaves by the `shared` socket must come from `port`, even where another program is spoken to there: it is
   * sent then from a socket that takes no unicast from that program. @default false
   */
  readonly speaksFromPort?: boolean;
}

/** One turn of an engine: when it happens, and where its effects go. Valid only during the call that got it. */
export interface Turn<Event> {
  readonly now: Instant;
  /** What the calendar says: for DATE headers only, never for a deadline. */
  date(): Date;
  send(outgoing: Outgoing): void;
  emit(event: Event): void;
}

/** Ends something that was started on an engine. It takes a turn, for it may have to say goodbye. */
export type Cancel<Event> = (turn: Turn<Event>) => void;

/** A protocol without its sockets. */
export interface Engine<Event> {
  readonly binding: Binding;
  /** When `wake()` is next due; `Infinity` when nothing is. */
  readonly wakeAt: Instant;
  wake(turn: Turn<Event>): void;
  /**
   * Whether a datagram could matter at all now, by a glance at its first bytes: most of what a busy network says is
   * for nobody here, and no turn is opened for it. @default every datagram matters
   */
  wants?(bytes: Uint8Array): boolean;
  receive(datagram: Datagram, turn: Turn<Event>): void;
  /**
   * The links that can be used from now on: at the start, and whenever an interface came, went or changed address.
   * `resumed` says that the machine slept or was stopped, so that what is known may be stale.
   */
  relink(links: readonly BoundLink[], resumed: boolean, turn: Turn<Event>): void;
}
