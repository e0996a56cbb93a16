import {
  canonicalAddress,
  isBroadcast,
  isLinkLocal,
  isMulticast,
  isOnLink,
  scopeOf,
} from "../core/address.ts";
import type { Binding, BoundLink, Endpoint, Link, Outgoing } from "../core/engine.ts";
import { NetworkError } from "../core/errors.ts";
import type { Channel, ChannelListener } from "../network/network.ts";
import { Ear } from "./ear.ts";
import type { Nic } from "./nic.ts";
import type { Station } from "./station.ts";

/** Largest payload of a UDP datagram over IPv4. */
const MOST_BYTES = 65_507;
/** Hops of what is sent to one host, where the binding does not say. */
const HOST_HOPS = 64;
/** RFC 4291 §2.7. */
const LINK_SCOPE = 2;

/**
 * An outgoing datagram that claims another source than the link's address. Only the simulated network knows it: one
 * engine can so play thousands of devices, each at an address of its own, and a test can lie.
 */
export interface ForgedOutgoing extends Outgoing {
  readonly from: Endpoint;
}

/** The two sockets of a channel on one link. */
interface Post {
  link: BoundLink;
  readonly nic: Nic;
  readonly ears: readonly Ear[];
}

/** The simulated counterpart of a set of UDP sockets: one pair per link, joined to the binding's groups. */
export class LanChannel implements Channel {
  readonly ready: Promise<void>;
  readonly #station: Station;
  readonly #binding: Binding;
  readonly #listener: ChannelListener;
  #posts = new Map<string, Post>();
  #opened = false;
  #closed = false;
  #settle: { resolve: () => void; reject: (error: NetworkError) => void } | undefined;

  constructor(station: Station, binding: Binding, listener: ChannelListener) {
    this.#station = station;
    this.#binding = binding;
    this.#listener = listener;
    this.ready = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.ready.catch(() => {});
    station.holdings.add(this);
    station.at(station.world.timeline.now, () => this.#open());
  }

  send(outgoing: Outgoing): void {
    if (this.#closed) return;
    const error = this.#trySend(outgoing);
    if (error) this.#fault(outgoing.link.id, error);
  }

  close(): Promise<void> {
    this.kill();
    this.#station.holdings.delete(this);
    this.#settle?.reject(new NetworkError("CHANNEL_CLOSED", "the channel was closed before it was ready"));
    return Promise.resolve();
  }

  kill(): void {
    this.#closed = true;
    for (const post of this.#posts.values()) this.#abandon(post);
    this.#posts.clear();
  }

  /** Serves the links as they are now, and tells the listener when that is news. */
  relink(resumed: boolean): void {
    if (this.#closed || !this.#opened) return;
    const before = described(this.#posts);
    this.#serve();
    if (resumed || described(this.#posts) !== before) this.#tell(resumed);
  }

  describe(): string {
    const groups = [...this.#binding.groups[4], ...this.#binding.groups[6]].join(", ");
    const links = [...this.#posts.keys()].join(", ");
    return `a channel on port ${this.#binding.port} of ${groups || "no group"} over ${links || "no link"}`;
  }

  #open(): void {
    if (this.#closed) return;
    this.#opened = true;
    this.#serve();
    const settle = this.#settle;
    this.#settle = undefined;
    if (this.#posts.size === 0) {
      const message = `${this.#station.name} has no usable interface`;
      settle?.reject(new NetworkError("NO_USABLE_INTERFACE", message));
      return;
    }
    this.#tell(false);
    settle?.resolve();
  }

  #tell(resumed: boolean): void {
    const links = [...this.#posts.values()].map((post) => post.link);
    this.#station.world.guard(this.#station.name, () => this.#listener.links(links, resumed));
  }

  /** Keeps what is unchanged, so that a port of ours lasts as long as its link. */
  #serve(): void {
    const posts = new Map<string, Post>();
    for (const link of this.#station.links) {
      const nic = this.#station.nicOf(link);
      const kept = this.#posts.get(link.id);
      if (kept && kept.link.address === link.address && kept.ears.every((ear) => ear.open))
        posts.set(link.id, update(kept, link));
      else if (nic) posts.set(link.id, this.#settleOn(link, nic));
    }
    for (const [id, post] of this.#posts) if (posts.get(id) !== post) this.#abandon(post);
    this.#posts = posts;
  }

  #settleOn(link: Link, nic: Nic): Post {
    const { port, groups, broadcast = false, speaksFromPort = false } = this.#binding;
    const sharedPort = this.#station.isBlocked(port) ? undefined : port;
    const ownPort = this.#station.claimPort("udp");
    const bound: BoundLink = { ...link, sharedPort, ownPort };
    const common = { nic, link: bound, broadcast, listener: this.#listener };
    const own = new Ear({ ...common, socket: "own", port: ownPort, groups: [] });
    if (sharedPort === undefined && !speaksFromPort) {
      const message = `another program keeps port ${port} of ${link.id} to itself`;
      this.#fault(link.id, new NetworkError("PORT_TAKEN", message));
      return { link: bound, nic, ears: [own] };
    }
    const shared = new Ear({
      ...common,
      socket: "shared",
      port,
      groups: groups[link.family],
      groupsOnly: sharedPort === undefined,
    });
    return { link: bound, nic, ears: [shared, own] };
  }

  #abandon(post: Post): void {
    for (const ear of post.ears) ear.close();
    this.#station.freePort("udp", post.link.ownPort);
  }

  #trySend(outgoing: Outgoing | ForgedOutgoing): NetworkError | undefined {
    const { bytes, link, socket } = outgoing;
    const post = this.#posts.get(link.id);
    const ear = post?.ears.find((candidate) => candidate.socket === socket);
    if (post && !ear)
      return new NetworkError("PORT_TAKEN", `there is no socket on the shared port of ${link.id}`);
    if (!post || !ear?.open) return new NetworkError("LINK_GONE", `${link.id} is down`);
    const { refusing, name } = this.#station;
    if (refusing !== undefined) return new NetworkError(refusing, `${name} lets nothing leave`);
    if (bytes.length > MOST_BYTES)
      return new NetworkError("MESSAGE_TOO_LONG", `${bytes.length} bytes do not fit into a datagram`);
    const to = this.#destination(outgoing);
    const source = sourceFor(post, to.address, this.#binding.broadcast === true);
    if (source instanceof NetworkError) return source;
    const from = "from" in outgoing ? outgoing.from : { address: source, port: ear.port };
    const hops = hopsTo(to.address, this.#binding);
    post.nic.segment.send({ bytes: bytes.slice(), from, to, hops, sender: post.nic });
    return undefined;
  }

  #destination(outgoing: Outgoing): Endpoint {
    if (outgoing.to !== "group") return outgoing.to;
    return { address: this.#binding.groups[outgoing.link.family][0] ?? "", port: this.#binding.port };
  }

  #fault(link: string, error: NetworkError): void {
    this.#station.at(this.#station.world.timeline.now, () => {
      if (!this.#closed) this.#listener.fault({ link, error });
    });
  }
}

/** The address to speak from, or why that cannot be: multicast and neighbours need no router, everything else does. */
function sourceFor({ link, nic }: Post, to: string, mayBroadcast: boolean): string | NetworkError {
  const address = canonicalAddress(to) ?? "";
  if ((address.includes(":") ? 6 : 4) !== link.family) return unreachable(link, to);
  if (isMulticast(address)) return groupSource(link, address);
  if (isBroadcast(address, nic.subnets))
    return mayBroadcast
      ? link.address
      : new NetworkError("PERMISSION_DENIED", "the binding does not ask for broadcasts");
  if (isOnLink(address, [link])) return link.address;
  return nic.subnets.find((own) => isOnLink(address, [own]))?.address ?? unreachable(link, to);
}

/** As a kernel chooses: who speaks to an IPv6 group wider than the link does so from an address wider than it. */
function groupSource(link: Link, group: string): string {
  const isWide = link.family === 6 && (scopeOf(group) ?? 0) > LINK_SCOPE;
  return (isWide && link.addresses.find((own) => !isLinkLocal(own.address))?.address) || link.address;
}

function hopsTo(address: string, { hops, siteHops, unicastHops }: Binding): number {
  if (!isMulticast(address)) return unicastHops ?? HOST_HOPS;
  const isWide = address.includes(":") && (scopeOf(address) ?? 0) > LINK_SCOPE;
  return isWide ? (siteHops ?? hops) : hops;
}

function unreachable(link: Link, to: string): NetworkError {
  return new NetworkError("SEND_FAILED", `${to || "no group"} cannot be reached by ${link.id}`);
}

function update(post: Post, link: Link): Post {
  const { sharedPort, ownPort } = post.link;
  post.link = { ...link, sharedPort, ownPort };
  for (const ear of post.ears) ear.link = post.link;
  return post;
}

function described(posts: ReadonlyMap<string, Post>): string {
  return JSON.stringify([...posts.values()].map(({ link }) => link));
}
