import { canonicalAddress, familyOf, isLinkLocal, isPublic, Prefixes, scopeOf } from "../core/address.ts";
import type { Binding, Endpoint, Instant, Outgoing, Socket as SocketKind } from "../core/engine.ts";
import { NetworkError } from "../core/errors.ts";
import { Memo } from "../core/memo.ts";
import type { Random } from "../core/random.ts";
import { Backoff } from "./backoff.ts";
import { publishDatagram } from "./diagnostics.ts";
import { MOST_SOURCES } from "./ear.ts";
import { withZone } from "./ear-plan.ts";
import { type Deed, errnoOf } from "./faults.ts";
import type { InFlight } from "./in-flight.ts";
import type { UsableLink } from "./links.ts";
import { assertGroupRoute, isPortFree, isPortStillFree, openMouth } from "./mouth.ts";
import { closeSocket, type RemoteInfo, type Socket, type SocketFactory } from "./sockets.ts";
import type { Counters } from "./stats.ts";

/** What a station stands on: its channel. */
export interface StationGround {
  readonly binding: Binding;
  readonly random: Random;
  readonly createSocket: SocketFactory;
  readonly counters: Counters;
  readonly flight: InFlight;
  readonly now: () => Instant;
  heard(bytes: Uint8Array, from: Endpoint, link: UsableLink, socket: SocketKind): void;
  /** The ear of a link, to speak from the port without being spoken to there. */
  speaker(link: UsableLink): Socket | undefined;
  /** Node refused to do `deed` on this link. */
  refused(deed: Deed, what: string, link: UsableLink, error: unknown): void;
  /** Something that we know ourselves is wrong. */
  complain(link: UsableLink, error: NetworkError): void;
  /** The links may not be what they were. */
  doubt(): void;
}

const KINDS: readonly SocketKind[] = ["own", "shared"];
/** RFC 4291 §2.7. */
const LINK_SCOPE = 2;
/** The first wait after a firewall's refusal. */
const BLOCKED_MS = 1_000;
const RETRY_MS = { from: 10, to: 50 };
/** Errors that say that the interface or its address is not there any more. */
const GONE: ReadonlySet<string> = new Set(["ENETUNREACH", "EADDRNOTAVAIL", "ENETDOWN", "ENODEV"]);
/** Errors of a moment: no room in the kernel. */
const FULL: ReadonlySet<string> = new Set(["ENOBUFS", "EAGAIN", "EWOULDBLOCK", "ENOMEM"]);

/** An address of ours, and what it has on-link. */
interface Source {
  readonly address: string;
  readonly prefixes: Prefixes;
}

/** How an address of this link's family is reached. */
interface Way {
  /** As Node is to be given it. */
  readonly written: string;
  /** The address of ours to send from, if there is one whose scope fits. */
  readonly source: string | undefined;
}

/** The mouths of a channel on one link: opened when first needed, save our own, which is there from the start. */
export class Station {
  #link: UsableLink;
  #prefixes: Prefixes;
  /** Of a source, as Node writes it: its canonical address if it is on the link. */
  readonly #neighbours = new Memo(MOST_SOURCES, (address: string) => this.#onLink(address));
  readonly #ways = new Memo(MOST_SOURCES, (address: string) => this.#wayTo(address));
  #sources: readonly Source[];
  readonly #ground: StationGround;
  readonly #mouths = new Map<string, Socket>();
  readonly #closing = new Set<Promise<void>>();
  readonly #blocked = new Backoff(BLOCKED_MS);
  readonly #unopened = new Backoff(BLOCKED_MS);
  #isClosed = false;
  readonly ownPort: number;
  #hasSharedPort: boolean;

  /** Throws Node's error when our own socket cannot be had, or nothing can be sent to groups here. */
  constructor(link: UsableLink, ground: StationGround) {
    this.#link = link;
    this.#prefixes = new Prefixes(link.addresses);
    this.#sources = sourcesOf(link);
    this.#ground = ground;
    assertGroupRoute(link, ground.binding, ground.createSocket);
    this.#hasSharedPort = isPortFree(link, ground.binding.port, ground.createSocket);
    const own = this.#open("own", link.address, undefined);
    this.#mouths.set("own", own);
    this.ownPort = own.address().port;
    this.#takePort();
  }

  /** Whether the protocol's port is ours to speak from, and nobody else is searched there. */
  get hasSharedPort(): boolean {
    return this.#hasSharedPort;
  }

  get link(): UsableLink {
    return this.#link;
  }

  /** Whether a firewall's refusal keeps this link from sending. */
  get isBlocked(): boolean {
    return this.#blocked.size > 0;
  }

  /** Ports that are open here. */
  get ports(): number[] {
    return [...this.#mouths.values()].map((socket) => socket.address().port);
  }

  /** Whether this station can go on to serve the link as it is now. */
  fits(link: UsableLink): boolean {
    const { address, zone, index } = this.#link;
    return link.address === address && link.zone === zone && link.index === index;
  }

  /** The same link with other neighbours of its address. */
  refresh(link: UsableLink): void {
    this.#link = link;
    this.#prefixes = new Prefixes(link.addresses);
    this.#sources = sourcesOf(link);
    this.#neighbours.clear();
    this.#ways.clear();
    const left = new Set(
      link.addresses.flatMap(({ address }) => KINDS.map((kind) => this.#key(kind, address))),
    );
    for (const key of [...this.#mouths.keys()]) if (!left.has(key)) this.#closeMouth(key);
    this.#unopened.keep(left);
  }

  /** Leaves the port to a program that has come to it since, and takes it when that program has gone. */
  reviewPort(): void {
    const { binding, createSocket } = this.#ground;
    const isFree = this.#hasSharedPort ? isPortStillFree : isPortFree;
    const hasSharedPort = isFree(this.#link, binding.port, createSocket);
    if (hasSharedPort === this.#hasSharedPort) return;
    this.#hasSharedPort = hasSharedPort;
    if (hasSharedPort) this.#takePort();
    else for (const key of [...this.#mouths.keys()]) if (key.startsWith("shared")) this.#closeMouth(key);
  }

  /** Sends what it can; what it cannot is counted and told. */
  send(outgoing: Outgoing): void {
    const to = this.#destination(outgoing.to);
    const { counters, now } = this.#ground;
    if (to && this.isBlocked && !this.#blocked.allows("send", now())) {
      counters.blocked++;
      return;
    }
    const mouth = to && !this.#isClosed ? this.#speaker(outgoing.socket, to.address) : undefined;
    if (to && mouth) this.#transmit(mouth, outgoing, to, false);
    else counters.unsent++;
  }

  close(): Promise<void> {
    this.#isClosed = true;
    for (const key of [...this.#mouths.keys()]) this.#closeMouth(key);
    return Promise.all(this.#closing).then(() => {});
  }

  #destination(to: Outgoing["to"]): Endpoint | undefined {
    const { family } = this.#link;
    const { binding } = this.#ground;
    const address = to === "group" ? binding.groups[family][0] : to.address;
    if (address !== undefined && this.#ways.get(address))
      return { address, port: to === "group" ? binding.port : to.port };
    const what = address === undefined ? "there is no group" : `${address} is no address`;
    this.#complain("BAD_DESTINATION", `${what} of IPv${family}: nothing was sent`);
    return undefined;
  }

  /** Takes the port before another program of our kind does, which could not know of us otherwise. */
  #takePort(): void {
    const { binding } = this.#ground;
    const group = binding.groups[this.#link.family][0];
    if (binding.speaksFromPort && this.#hasSharedPort && group !== undefined) this.#mouth("shared", group);
  }

  #speaker(kind: SocketKind, to: string): Socket | undefined {
    if (kind === "own" || !this.#ground.binding.speaksFromPort) return this.#mouth(kind, to);
    return (this.#hasSharedPort ? this.#mouth(kind, to) : undefined) ?? this.#ground.speaker(this.#link);
  }

  #mouth(kind: SocketKind, to: string): Socket | undefined {
    const address = this.#ways.get(to)?.source;
    if (address !== undefined) {
      const key = this.#key(kind, address);
      return this.#mouths.get(key) ?? this.#tryToOpen(key, kind, address);
    }
    this.#complain("NO_SOURCE_ADDRESS", `has only a link-local address, from which ${to} cannot be reached`);
    return undefined;
  }

  #wayTo(address: string): Way | undefined {
    if (familyOf(address) !== this.#link.family) return undefined;
    return { written: withZone(address, this.#link), source: this.#sourceFor(address) };
  }

  /** The address that has `to` on-link, the main one first; else one whose scope fits (UDA 2.0 clause A.2). */
  #sourceFor(to: string): string | undefined {
    const { address, family, wideAddress } = this.#link;
    for (const source of this.#sources) if (source.prefixes.contains(to)) return source.address;
    const isWide = family === 6 && isLinkLocal(address) && (scopeOf(to) ?? 0) > LINK_SCOPE;
    return isWide ? wideAddress : address;
  }

  /** What a mouth at an address of ours goes by. */
  #key(kind: SocketKind, address: string): string {
    return address === this.#link.address ? kind : `${kind} ${address}`;
  }

  #tryToOpen(key: string, kind: SocketKind, address: string): Socket | undefined {
    const now = this.#ground.now();
    if (!this.#unopened.allows(key, now)) return undefined;
    const port = kind === "shared" ? this.#ground.binding.port : this.ownPort;
    try {
      const mouth = this.#open(kind, address, port);
      this.#mouths.set(key, mouth);
      this.#unopened.succeeded(key);
      return mouth;
    } catch (error) {
      this.#unopened.failed(key, now);
      this.#ground.refused("bind", `${this.#link.id}: cannot speak from port ${port}`, this.#link, error);
      return undefined;
    }
  }

  #open(kind: SocketKind, address: string, port: number | undefined): Socket {
    const { binding, random, createSocket } = this.#ground;
    const heard = (bytes: Uint8Array, from: RemoteInfo): void => this.#heard(kind, bytes, from);
    const failed = (error: Error): void =>
      this.#ground.refused("receive", `${this.#link.id}: receiving failed`, this.#link, error);
    const shared = kind === "shared";
    return openMouth(
      { link: this.#link, address, port, shared, binding, random, heard, failed },
      createSocket,
    );
  }

  #heard(kind: SocketKind, bytes: Uint8Array, { address, port }: RemoteInfo): void {
    if (this.#isClosed) return;
    const from = this.#neighbours.get(address);
    if (port === 0) this.#ground.counters.fromNoPort++;
    else if (from === undefined) this.#ground.counters.offLink++;
    else this.#ground.heard(bytes, { address: from, port }, this.#link, kind);
  }

  #onLink(address: string): string | undefined {
    const canonical = canonicalAddress(address);
    return canonical !== undefined && this.#prefixes.contains(canonical) ? canonical : undefined;
  }

  #transmit(mouth: Socket, outgoing: Outgoing, to: Endpoint, isRetry: boolean): void {
    const { flight } = this.#ground;
    flight.begin();
    const ended = (error: unknown): void => {
      flight.end();
      if (error) this.#notSent(mouth, outgoing, to, isRetry, error);
      else this.#sent(outgoing, to);
    };
    try {
      mouth.send(outgoing.bytes, to.port, this.#ways.get(to.address)?.written, ended);
    } catch (error) {
      ended(error);
    }
  }

  #sent(outgoing: Outgoing, to: Endpoint): void {
    this.#ground.counters.sent++;
    if (this.isBlocked) this.#blocked.succeeded("send");
    publishDatagram("sent", this.#link.id, outgoing.socket, to, outgoing.bytes);
  }

  #notSent(mouth: Socket, outgoing: Outgoing, to: Endpoint, isRetry: boolean, error: unknown): void {
    const errno = errnoOf(error);
    if (FULL.has(errno) && !isRetry && !this.#isClosed) {
      this.#retry(mouth, outgoing, to);
      return;
    }
    this.#ground.counters.sendErrors++;
    if (errno === "EPERM") this.#blocked.failed("send", this.#ground.now());
    if (GONE.has(errno)) this.#ground.doubt();
    this.#ground.refused("send", `${this.#link.id}: cannot send to ${to.address}`, this.#link, error);
  }

  /** One more try a little later, for which closing waits. */
  #retry(mouth: Socket, outgoing: Outgoing, to: Endpoint): void {
    const { flight, random, counters } = this.#ground;
    counters.retried++;
    flight.begin();
    setTimeout(
      () => {
        this.#transmit(mouth, outgoing, to, true);
        flight.end();
      },
      random.integer(RETRY_MS.from, RETRY_MS.to),
    );
  }

  #complain(code: string, message: string): void {
    this.#ground.complain(this.#link, new NetworkError(code, `${this.#link.id}: ${message}`));
  }

  #closeMouth(key: string): void {
    const mouth = this.#mouths.get(key);
    this.#mouths.delete(key);
    if (!mouth) return;
    const closing = closeSocket(mouth).then(() => void this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}

/** None where there is no choice. A public IPv4 address is not spoken from where the main one is none. */
function sourcesOf({ family, address, addresses }: UsableLink): readonly Source[] {
  if (addresses.length < 2) return [];
  const mayBePublic = family === 6 || isPublic(address);
  return addresses
    .filter((own) => mayBePublic || !isPublic(own.address))
    .map((own) => ({ address: own.address, prefixes: new Prefixes([own]) }));
}
