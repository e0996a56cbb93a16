import { isLinkLocal, type Prefixes } from "../core/address.ts";
import type { Endpoint, Instant, InterfaceAddress, Link } from "../core/engine.ts";
import type { HttpServerRequest, HttpServerResponse } from "../network/http.ts";
import { parseInterfaceAddress, subnetsOf } from "./addresses.ts";
import type { Fading } from "./conditions.ts";
import type { Ear } from "./ear.ts";
import type { Parcel, Segment } from "./segment.ts";
import type { Station } from "./station.ts";
import type { World } from "./world.ts";

/** A held link keeps this many datagrams; what comes on top is lost. */
const MOST_HELD = 100_000;

/** What answers HTTP requests to one address and port. */
interface Listening {
  readonly dead: boolean;
  handle(request: HttpServerRequest): Promise<HttpServerResponse>;
}

/** A network interface of a host, and the segment at the other end of its cable. */
export class Nic {
  readonly name: string;
  readonly station: Station;
  readonly world: World;
  readonly mtu: number | undefined;
  /** HTTP servers by `{address} {port}`. */
  readonly servers: Map<string, Listening> = new Map();
  /** Who takes what is delivered over TCP, by `{address} {port}`. */
  readonly receivers: Map<string, (bytes: Uint8Array, from: Endpoint) => void> = new Map();
  /** Whether what arrives can be heard at once: not held, and the host neither asleep nor stalled. */
  clear = true;
  fading: Fading | undefined;
  /** The last datagram that the weather judged here, and how late each copy of it comes, in milliseconds. */
  judged: Parcel | undefined;
  delays: readonly number[] = [];
  #segment: Segment;
  #addresses: readonly InterfaceAddress[] = [];
  #subnets: readonly InterfaceAddress[] = [];
  #links: readonly Link[] = [];
  #prefixes: Prefixes;
  #plugged = false;
  #held: (() => void)[] | undefined;
  #lastArrival: Instant = 0;
  readonly #ears = new Map<string, Ear[]>();

  constructor(name: string, station: Station, segment: Segment, mtu?: number) {
    this.name = name;
    this.mtu = mtu;
    this.station = station;
    this.world = station.world;
    this.#segment = segment;
    this.#prefixes = segment.prefixesOf([]);
  }

  get segment(): Segment {
    return this.#segment;
  }

  get addresses(): readonly InterfaceAddress[] {
    return this.#addresses;
  }

  /** One of its addresses on each prefix. */
  get subnets(): readonly InterfaceAddress[] {
    return this.#subnets;
  }

  get prefixes(): Prefixes {
    return this.#prefixes;
  }

  get plugged(): boolean {
    return this.#plugged;
  }

  /** Per family with an address: IPv4 first. None while it is unplugged. */
  get links(): readonly Link[] {
    return this.#plugged ? this.#links : [];
  }

  get held(): boolean {
    return this.#held !== undefined;
  }

  /** Puts the cable in. @param addresses such as `10.0.0.1/16`; the former ones when not given */
  plug(segment: Segment, addresses?: readonly string[]): void {
    const parsed = addresses?.map(parseInterfaceAddress) ?? this.#addresses;
    if (segment !== this.#segment) this.unplug();
    if (this.#plugged) this.#segment.detach(this);
    this.#segment = segment;
    this.#addresses = parsed;
    this.#links = ([4, 6] as const).flatMap((family) => linkOf(this.name, family, parsed, this.mtu));
    this.#prefixes = segment.prefixesOf(parsed);
    this.#subnets = [...subnetsOf(parsed).values()];
    this.#plugged = true;
    segment.attach(this);
    const kept = new Set(this.#links.map((link) => link.address));
    for (const ear of this.#all()) {
      if (!kept.has(ear.link.address)) ear.close();
      ear.prefixes = this.#prefixes;
    }
  }

  /** Pulls the cable: memberships and sockets of the interface are gone. */
  unplug(): void {
    if (!this.#plugged) return;
    this.#plugged = false;
    this.#segment.detach(this);
    for (const ear of this.#all()) ear.close();
  }

  /** From now on everything waits in both directions. */
  startHolding(): void {
    this.#held ??= [];
    this.refresh();
  }

  /** Lets what waited go on, in order. */
  release(): void {
    const waiting = this.#held ?? [];
    this.#held = undefined;
    this.refresh();
    for (const passage of waiting) passage();
  }

  hold(passage: () => void): void {
    if (!this.#held) passage();
    else if (this.#held.length < MOST_HELD) this.#held.push(passage);
    else this.world.stats.overflowed++;
  }

  /** What happens to a datagram that arrives while the interface is not clear. */
  postpone(bytes: number, passage: () => void): void {
    if (this.#held) this.hold(passage);
    else this.station.buffer(bytes, passage);
  }

  /** Follows a change of the host or of the hold. */
  refresh(): void {
    this.clear = this.station.awake && !this.#held;
    for (const ear of this.#all()) ear.ready = this.clear && ear.open;
  }

  /** `at`, or later so that nothing overtakes what was sent before. */
  inOrder(at: Instant): Instant {
    this.#lastArrival = Math.max(this.#lastArrival, at);
    return this.#lastArrival;
  }

  /** Who hears unicasts to a port: the socket opened last, as Linux chooses. */
  earAt(family: 4 | 6, port: number): Ear | undefined {
    return this.#ears.get(`${family} ${port}`)?.findLast((ear) => !ear.groupsOnly);
  }

  open(ear: Ear): void {
    const key = `${ear.link.family} ${ear.port}`;
    this.#ears.set(key, [...(this.#ears.get(key) ?? []), ear]);
    this.#segment.join(ear);
  }

  close(ear: Ear): void {
    const key = `${ear.link.family} ${ear.port}`;
    const others = (this.#ears.get(key) ?? []).filter((other) => other !== ear);
    if (others.length > 0) this.#ears.set(key, others);
    else this.#ears.delete(key);
    this.#segment.leave(ear);
  }

  #all(): Ear[] {
    return [...this.#ears.values()].flat();
  }
}

/** IPv4 speaks from its first address; IPv6 from the link-local one where there is one. */
function linkOf(
  name: string,
  family: 4 | 6,
  all: readonly InterfaceAddress[],
  mtu: number | undefined,
): Link[] {
  const own = all.filter(({ address }) => address.includes(":") === (family === 6));
  const first = own.find(({ address }) => family === 6 && isLinkLocal(address)) ?? own[0];
  if (!first) return [];
  const addresses = [first, ...own.filter((other) => other !== first)].map(({ address, prefixLength }) => ({
    address,
    prefixLength,
  }));
  const { address, prefixLength } = first;
  const size = mtu === undefined ? {} : { mtu };
  return [
    { id: `${name}/${family}`, interfaceName: name, family, address, prefixLength, addresses, ...size },
  ];
}
