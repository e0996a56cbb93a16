/// <reference lib="esnext.disposable" preserve="true" />

import { isLinkLocal } from "../core/address.ts";
import { UsageError } from "../core/errors.ts";
import { ExpiringMap } from "../core/expiring-map.ts";
import { ownText } from "../core/own-text.ts";
import { type Rate, TokenBuckets } from "../core/token-bucket.ts";
import { within } from "../core/within.ts";
import type { Clock } from "../network/index.ts";
import { typeServes } from "../ssdp/index.ts";
import { AnnouncedPeers } from "./announced-peers.ts";
import type { Browser } from "./browser.ts";
import { Mailbox } from "./mailbox.ts";
import { type Peer, type PeerGroup, peerScheme, peerType, readPeer } from "./peer.ts";
import type { Registry } from "./registry.ts";
import type { Search, SearchAnswer, SearchOptions } from "./search.ts";
import type { LostReason, Service, SsdpService } from "./service.ts";

/** Which peers to look for, and how. */
export interface PeerQuery extends PeerGroup {
  /**
   * How often everybody is asked, in ms, 1000 to 3600000, for peers that only answer. Who is silent for three times as
   * long has left. @default 30000
   */
  readonly everyMs?: number;
  /** Ends it: a browser quietly, `findPeers` with its reason. */
  readonly signal?: AbortSignal;
}

export interface FindPeersOptions extends PeerQuery {
  /** How long to look, in ms; `Infinity` for as long as it takes. @default 3000 */
  readonly timeoutMs?: number;
  /** Ends the search early, once it holds. Asked at every change. */
  readonly until?: (peers: readonly Peer[]) => boolean;
}

/** Who came and who left. `expired`: silent, or not there any more where it was. */
export type PeerChange =
  | { readonly kind: "found"; readonly peer: Peer }
  | { readonly kind: "left"; readonly peer: Peer; readonly reason: LostReason };

/** The peers of a group, live, each address and port once. A loop begins with those known; leaving the last one closes it. */
export interface PeerBrowser extends AsyncIterable<PeerChange>, AsyncDisposable {
  /** As `Browser.ready`. */
  readonly ready: Promise<void>;
  /** Who is there now. Live. */
  readonly peers: Iterable<Peer>;
  /** Ends the search and every loop, quietly. Idempotent. */
  close(): Promise<void>;
}

/** The presence on which peers are looked for. */
export interface PeerPost {
  browse(type: string, options: { readonly signal?: AbortSignal }): Browser;
  search(target: string, options: SearchOptions): Search;
}

const PEER_SEARCH_EVERY = 30_000;
const MOST_EVERY = 3_600_000;
const FIND_MS = 3000;
const SILENT_ROUNDS = 3;
/** Peers kept that only answer, in all and of one address. */
const MOST_ANSWERING = 1024;
const MOST_PER_ADDRESS = 32;
/** Peers told of anew at one address. */
const ADDRESS_RATE: Rate = { perSecond: 1, burst: MOST_PER_ADDRESS };

/**
 * Looks for peers: for those that announce themselves by their type, for those that only answer by asking everybody.
 * @throws UsageError `INVALID_OPTION`, `CLOSED`.
 */
export function watchPeers(post: PeerPost, query: PeerQuery, registry: Registry, clock: Clock): PeerBrowser {
  const everyMs = within("everyMs", query.everyMs ?? PEER_SEARCH_EVERY, 1000, MOST_EVERY);
  const options = query.signal ? { signal: query.signal } : {};
  const browser = post.browse(peerType(query), options);
  const search = post.search("ssdp:all", { ...options, everyMs, mx: 1, repeats: 2 });
  return new LivePeers(query, everyMs, { registry, browser, search, clock });
}

/** The peers heard in time. Rejects with `UsageError`, `NetworkError`, the signal's reason, or what `until` threw. */
export async function collectPeers(
  post: PeerPost,
  query: FindPeersOptions,
  registry: Registry,
  clock: Clock,
): Promise<Peer[]> {
  const timeoutMs = query.timeoutMs ?? FIND_MS;
  if (!(timeoutMs >= 0))
    throw new UsageError("INVALID_OPTION", `timeoutMs is ${timeoutMs}; it must not be negative`);
  query.signal?.throwIfAborted();
  await using browser = watchPeers(post, query, registry, clock);
  await browser.ready;
  const callOff = clock.at(clock.now() + timeoutMs, () => void browser.close());
  try {
    for await (const _ of browser) if (query.until?.([...browser.peers])) break;
  } finally {
    callOff();
  }
  query.signal?.throwIfAborted();
  return [...browser.peers];
}

/** What a peer browser stands on. */
interface PeerSources {
  readonly registry: Registry;
  /** Keeps those heard that announce themselves; closed with this. */
  readonly browser: Browser;
  /** Asks everybody; closed with this. */
  readonly search: Search;
  readonly clock: Clock;
}

interface Presence {
  readonly peer: Peer;
  /** By how many words of its own it is known: announcements and answers. */
  count: number;
}

/** Merges what is announced (kept and expired by the cache) with what only answers (kept here while it does). */
class LivePeers implements PeerBrowser {
  readonly #group: PeerGroup;
  readonly #scheme: string;
  readonly #type: string;
  readonly #sources: PeerSources;
  readonly #silentAfter: number;
  readonly #present = new Map<string, Presence>();
  readonly #announced: AnnouncedPeers;
  readonly #arrivals = new TokenBuckets(ADDRESS_RATE);
  readonly #answering = new ExpiringMap<string, Peer>({
    limit: MOST_ANSWERING,
    limitPerOwner: MOST_PER_ADDRESS,
  });
  readonly #loops = new Set<PeerChanges>();
  readonly #stopReading: () => void;
  #disarm: () => void = () => {};
  #isClosed = false;

  constructor(query: PeerQuery, everyMs: number, sources: PeerSources) {
    this.#group = { name: query.name, network: query.network };
    this.#scheme = peerScheme(query);
    this.#type = peerType(query);
    this.#sources = sources;
    this.#silentAfter = SILENT_ROUNDS * everyMs;
    this.#announced = new AnnouncedPeers(sources.clock, {
      admits: (key, peer) => this.#admits(key, peer),
      admitsIn: ({ address }) => this.#arrivals.waitFor(address, sources.clock.now()),
      come: (key, peer) => this.#come(key, peer),
      go: (key, reason) => this.#go(key, reason),
    });
    for (const service of sources.registry.services) this.#announce(service);
    this.#stopReading = sources.registry.read({
      change: (change) =>
        change.kind === "lost"
          ? this.#announced.lose(change.service.id, change.reason)
          : this.#announce(change.service),
      refresh: (service) => this.#announce(service),
    });
    void this.#listen();
  }

  get ready(): Promise<void> {
    return this.#sources.browser.ready;
  }

  get peers(): Iterable<Peer> {
    return [...this.#present.values()].map(({ peer }) => peer);
  }

  async *[Symbol.asyncIterator](): AsyncIterableIterator<PeerChange> {
    const changes = new PeerChanges(this.#isClosed ? [] : this.peers, () => this.#leaveLoop(changes));
    if (this.#isClosed) changes.mailbox.end();
    else this.#loops.add(changes);
    await this.ready;
    yield* changes.mailbox;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stopReading();
    this.#disarm();
    this.#announced.close();
    for (const loop of this.#loops) loop.mailbox.end();
    this.#loops.clear();
    await Promise.all([this.#sources.browser.close(), this.#sources.search.close()]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Reads answers until the search ends; that the network cannot be heard is told by `ready`, as of the browser. */
  async #listen(): Promise<void> {
    try {
      for await (const answer of this.#sources.search) this.#answer(answer);
    } catch {
      // Told by `ready`.
    } finally {
      await this.ready.catch(() => {}); // A browser that is closed before it is ready does not say why.
      await this.close();
    }
  }

  #answer({ target, location, from, link }: SearchAnswer): void {
    if (location === undefined || typeServes(target, this.#type)) return;
    const where = readPeer(location, this.#scheme, from);
    if (!where || this.#isClosed) return;
    const peer: Peer = { ...this.#group, ...own(where), link, udn: undefined };
    const key = peerKey(peer);
    const isNew = !this.#answering.has(key);
    if (isNew && !this.#admits(key, peer)) return;
    const until = this.#sources.clock.now() + this.#silentAfter;
    const evicted = this.#answering.set(key, peer, peer.address, until);
    if (isNew) this.#come(key, peer);
    if (evicted) this.#go(evicted.key, "evicted");
    this.#arm();
  }

  #arm(): void {
    this.#disarm();
    const { nextAt } = this.#answering;
    if (nextAt === Number.POSITIVE_INFINITY) return;
    this.#disarm = this.#sources.clock.at(nextAt, () => {
      for (const { key } of this.#answering.takeExpired(this.#sources.clock.now())) this.#go(key, "expired");
      this.#arm();
    });
  }

  /** A service as it is now: it may be heard in more places than before, or in fewer. */
  #announce(service: Service): void {
    if (service.protocol !== "ssdp" || !typeServes(service.type, this.#type)) return;
    this.#announced.hear(service.id, this.#peersOf(service));
  }

  /** Who is there already is no news; an address that brings new peers all the time is told of in moderation. */
  #admits(key: string, { address }: Peer): boolean {
    return this.#present.has(key) || this.#arrivals.take(address, this.#sources.clock.now());
  }

  #peersOf({ locations, udn }: SsdpService): Map<string, Peer> {
    const peers = new Map<string, Peer>();
    for (const { url, from, link } of locations) {
      const where = readPeer(url, this.#scheme, from);
      if (!where) continue;
      const peer: Peer = { ...this.#group, ...own(where), link, udn };
      peers.set(peerKey(peer), peer);
    }
    return peers;
  }

  #come(key: string, peer: Peer): void {
    const known = this.#present.get(key);
    if (known) {
      known.count++;
      return;
    }
    this.#present.set(key, { peer, count: 1 });
    for (const loop of this.#loops) loop.push(key, { kind: "found", peer });
  }

  #go(key: string, reason: LostReason): void {
    const known = this.#present.get(key);
    if (!known || --known.count > 0) return;
    this.#present.delete(key);
    for (const loop of this.#loops) loop.push(key, { kind: "left", peer: known.peer, reason });
  }

  #leaveLoop(loop: PeerChanges): void {
    this.#loops.delete(loop);
    if (this.#loops.size === 0) void this.close();
  }
}

/** What one loop has not read yet: at most one change for each peer. */
class PeerChanges {
  readonly mailbox: Mailbox<PeerChange>;
  readonly #unread = new Map<string, PeerChange>();

  constructor(known: Iterable<Peer>, onReturn: () => void) {
    this.mailbox = new Mailbox(() => this.#take(), onReturn);
    for (const peer of known) this.push(peerKey(peer), { kind: "found", peer });
  }

  /** Who came and left unread is not told; who left and came back has never left. */
  push(key: string, change: PeerChange): void {
    if (this.mailbox.hasEnded) return;
    if (!this.#unread.delete(key)) this.#unread.set(key, change);
    this.mailbox.serve();
  }

  #take(): PeerChange | undefined {
    const [first] = this.#unread;
    if (first) this.#unread.delete(first[0]);
    return first?.[1];
  }
}

/** One address is one peer on whatever link it is heard; only link-local ones are others on others. */
function peerKey({ address, port, link }: Peer): string {
  return `${address} ${port} ${isLinkLocal(address) ? link : ""}`;
}

function own({ address, port }: { address: string; port: number }): { address: string; port: number } {
  return { address: ownText(address), port };
}
