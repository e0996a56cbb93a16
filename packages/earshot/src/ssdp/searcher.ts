/**
 * Searches (UDA 1.1 section 1.3.2): on every link and in both families, more than once; once or standing; to the
 * groups, to one host, or to a broadcast address. Answers are told apart by what was asked, not by where they come from.
 */
import { familyOf, ipv4Broadcast, isBroadcast, isOnLink } from "../core/address.ts";
import type { Deadline } from "../core/agenda.ts";
import type { BoundLink, Datagram, Endpoint, Instant, Socket, Turn } from "../core/engine.ts";
import { productTokens } from "./config.ts";
import { type Dialect, encodeSearch } from "./dialect.ts";
import type { SsdpEvent } from "./events.ts";
import { type Ground, groupsOn, hostOf, spokenFrom } from "./ground.ts";
import type { SsdpMessage } from "./message.ts";
import * as timing from "./timing.ts";
import { typeServes } from "./usn.ts";

/** A search with every choice made. */
export interface SearchRequest {
  readonly target: string;
  /** Seconds over which devices may spread their answers; `undefined` to send no MX. */
  readonly mx: number | undefined;
  /** How often each round is sent. */
  readonly copies: number;
  /** A standing search sends a new round this often, in ms. */
  readonly everyMs: number | undefined;
  readonly dialect: Dialect;
  /** One host, or every link's IPv4 broadcast address, instead of the groups. */
  readonly to: Endpoint | "broadcast" | undefined;
  /** Destination port of groups and broadcasts; `undefined` for the protocol's own. */
  readonly port: number | undefined;
  /** Also search from the protocol's port: some devices answer only there. */
  readonly fromShared: boolean;
  readonly userAgent: string | undefined;
  /** CPFN.UPNP.ORG */
  readonly friendlyName: string | undefined;
  /** CPUUID.UPNP.ORG */
  readonly uuid: string | undefined;
  /** TCPPORT.UPNP.ORG on each link, by its id: where answers are taken over TCP. */
  readonly tcpPorts?: ReadonlyMap<string, number> | undefined;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Its answers are for whoever listens, and are not told one by one. */
  readonly isQuiet?: true | undefined;
}

/** What a response means to those who search. */
export interface Awaited {
  /** The searches that it answers. */
  readonly searches: readonly number[];
  /** Those of them that are told of each answer. */
  readonly told: readonly number[];
  /** Whether it was awaited at all. */
  readonly isAwaited: boolean;
}

interface State {
  readonly id: number;
  readonly request: SearchRequest;
  readonly deadlines: Set<Deadline>;
  /** Whether there was a link yet to send the first copy on. */
  hasBegun: boolean;
  /** When its last round began. */
  roundAt: Instant;
  /** By when the next round is wanted at the latest. */
  wantedBy: Instant;
  /** The next round of a standing search, once the last one is over. */
  next: Deadline | undefined;
}

export class Searcher {
  readonly #ground: Ground;
  readonly #states = new Map<number, State>();
  #edition = 0;
  /** Places asked directly, with the instant until which an answer from there is awaited. */
  readonly #asked = new Map<string, Instant>();

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  /**
   * Another number whenever a search begins, begins another round, or ends; `undefined` while one is going on that is told
   * of each answer. A response that came before under the same number means nothing new.
   */
  get edition(): number | undefined {
    for (const { request } of this.#states.values()) if (!request.isQuiet) return undefined;
    return this.#edition;
  }

  /** Whether any response could be awaited. */
  get isWaiting(): boolean {
    return this.#states.size > 0 || this.#asked.size > 0;
  }

  /**
   * Starts a search. The first copy leaves now, or as soon as there is a link.
   * @throws UsageError `INVALID_HEADER`, `INVALID_OPTION` for what can never be sent.
   */
  add(id: number, request: SearchRequest, turn: Turn<SsdpEvent>): void {
    this.check(request);
    const state: State = {
      id,
      request,
      deadlines: new Set(),
      hasBegun: false,
      roundAt: turn.now,
      wantedBy: Number.POSITIVE_INFINITY,
      next: undefined,
    };
    this.#states.set(id, state);
    this.#edition++;
    if (this.#ground.links.size > 0) this.#round(state, 1, turn);
  }

  /** @throws UsageError as `add`. */
  check(request: SearchRequest): void {
    this.#encode(
      request,
      { address: this.#ground.config.groupV4, port: this.#ground.config.port },
      undefined,
    );
  }

  /** Begins a new round of a standing search now, unless the last one is only seconds old. */
  again(id: number, turn: Turn<SsdpEvent>): void {
    const state = this.#states.get(id);
    if (!state?.hasBegun || turn.now - state.roundAt < timing.SEARCH_AGAIN_AFTER) return;
    for (const deadline of state.deadlines) deadline.cancel();
    state.deadlines.clear();
    state.next = undefined;
    this.#round(state, 1, turn);
  }

  /**
   * Wants a new round of standing searches by `at`, for somebody who is heard in no other way; 30 seconds after the last
   * one began at the earliest.
   */
  hasten(ids: readonly number[], at: Instant): void {
    for (const id of ids) {
      const state = this.#states.get(id);
      if (!state || at >= state.wantedBy) continue;
      state.wantedBy = Math.max(at, state.roundAt + timing.SEARCH_ROUND_GAP);
      if (state.next && state.next.at > state.wantedBy) this.#schedule(state, state.wantedBy);
    }
  }

  /** Ends a search. Returns whether there was one. */
  remove(id: number): boolean {
    const state = this.#states.get(id);
    if (!state) return false;
    for (const deadline of state.deadlines) deadline.cancel();
    this.#edition++;
    return this.#states.delete(id);
  }

  /** Asks one host whether `target` is still there: twice, to the address and port it speaks from (§1.3.2, unicast). */
  ask(link: BoundLink, to: Endpoint, target: string, turn: Turn<SsdpEvent>): void {
    const key = `${link.id} ${to.address}`;
    this.#asked.set(key, turn.now + timing.VERIFY_WINDOW);
    const bytes = encodeSearch({ ...this.#common("1.1"), target, host: hostOf(to) });
    this.#copies(
      timing.VERIFY_COPIES,
      [timing.VERIFY_GAP, timing.VERIFY_GAP],
      `asking ${to.address}`,
      turn,
      (next) => {
        if (this.#ground.asks && this.#ground.links.has(link.id))
          next.send({ bytes, to, link, socket: "own" });
      },
    );
    this.#ground.agenda.set(turn.now + timing.VERIFY_WINDOW, `no more waiting for ${to.address}`, (next) => {
      if ((this.#asked.get(key) ?? 0) <= next.now) this.#asked.delete(key);
    });
  }

  answered(message: SsdpMessage, datagram: Datagram): Awaited {
    const target = message.headers.get("ST");
    const searches: number[] = [];
    const told: number[] = [];
    for (const { id, request } of this.#states.values()) {
      if (!isAnswer(request, target)) continue;
      searches.push(id);
      if (!request.isQuiet) told.push(id);
    }
    const isAsked = this.#asked.has(`${datagram.link.id} ${datagram.from.address}`);
    return { searches, told, isAwaited: isAsked || searches.length > 0 };
  }

  /** New links are searched at once; after a sleep every standing search is made anew on all of them. */
  relink(before: ReadonlyMap<string, BoundLink>, resumed: boolean, turn: Turn<SsdpEvent>): void {
    const isNew = (link: BoundLink): boolean => {
      const old = before.get(link.id);
      return resumed || old?.ownPort !== link.ownPort || old.address !== link.address;
    };
    const fresh = [...this.#ground.links.values()].filter(isNew);
    if (fresh.length === 0) return;
    for (const state of this.#states.values()) {
      const { copies } = state.request;
      if (!state.hasBegun) {
        this.#round(state, 1, turn);
        continue;
      }
      this.#copies(copies, timing.SEARCH_COPY_GAP, "search on a new link", turn, (next) => {
        if (this.#states.has(state.id)) this.#send(state.request, fresh, next);
      });
    }
  }

  #round(state: State, copy: number, turn: Turn<SsdpEvent>): void {
    const { request } = state;
    const { random } = this.#ground;
    state.hasBegun = true;
    if (copy === 1) {
      this.#edition++;
      state.roundAt = turn.now;
      state.wantedBy = Number.POSITIVE_INFINITY;
    }
    this.#send(request, [...this.#ground.links.values()], turn);
    if (copy < request.copies) {
      const at = turn.now + random.between(...timing.SEARCH_COPY_GAP);
      const reason = `search for ${request.target}, copy ${copy + 1} of ${request.copies}`;
      this.#later(state, at, reason, (next) => this.#round(state, copy + 1, next));
    } else if (request.everyMs !== undefined) {
      this.#schedule(state, Math.min(turn.now + request.everyMs * random.between(0.9, 1.1), state.wantedBy));
    } else {
      const at = turn.now + (request.mx ?? 1) * 1000 + timing.ANSWER_MARGIN;
      this.#later(state, at, `last answers about ${request.target}`, (next) => {
        this.#edition++;
        this.#states.delete(state.id);
        next.emit({ kind: "search-ended", search: state.id });
      });
    }
  }

  #schedule(state: State, at: Instant): void {
    if (state.next) {
      state.next.cancel();
      state.deadlines.delete(state.next);
    }
    state.next = this.#later(state, at, `search for ${state.request.target} again`, (turn) => {
      state.next = undefined;
      this.#round(state, 1, turn);
    });
  }

  #send(request: SearchRequest, links: readonly BoundLink[], turn: Turn<SsdpEvent>): void {
    for (const link of links) {
      if (!this.#ground.links.has(link.id)) continue;
      for (const to of this.#destinations(request, link)) {
        const bytes = this.#encode(request, to, link);
        for (const socket of socketsFor(request, link)) turn.send({ bytes, to, link, socket });
      }
    }
  }

  #destinations(request: SearchRequest, link: BoundLink): readonly Endpoint[] {
    const { to } = request;
    const port = request.port ?? this.#ground.config.port;
    if (to === "broadcast") {
      const address = ipv4Broadcast(link.address, link.prefixLength);
      return address === undefined ? [] : [{ address, port }];
    }
    if (to) return reaches(link, to.address) ? [to] : [];
    return groupsOn(this.#ground, link).map(({ address }) => ({ address, port }));
  }

  #encode(request: SearchRequest, to: Endpoint, link: BoundLink | undefined): Uint8Array {
    const { target, mx, userAgent, friendlyName, uuid, headers, tcpPorts } = request;
    const tcpPort = link && tcpPorts?.get(link.id);
    return encodeSearch({
      ...this.#common(request.dialect),
      target,
      host: hostOf(to),
      extraHeaders: headers,
      ...(mx !== undefined && { mx }),
      ...(userAgent !== undefined && { userAgent }),
      ...(friendlyName !== undefined && { friendlyName }),
      ...(uuid !== undefined && { uuid }),
      ...(tcpPort !== undefined && { tcpPort }),
    });
  }

  #common(dialect: Dialect): { dialect: Dialect; userAgent: string } {
    const uda = dialect === "1.0" || dialect === "2.0" ? dialect : "1.1";
    return { dialect, userAgent: productTokens(this.#ground.config.system, uda) };
  }

  /** Does `run` now and then again, `copies` times in all. */
  #copies(
    copies: number,
    gap: readonly [number, number],
    reason: string,
    turn: Turn<SsdpEvent>,
    run: (turn: Turn<SsdpEvent>) => void,
  ): void {
    run(turn);
    if (copies <= 1) return;
    const at = turn.now + this.#ground.random.between(...gap);
    this.#ground.agenda.set(at, reason, (next) => this.#copies(copies - 1, gap, reason, next, run));
  }

  #later(state: State, at: Instant, reason: string, run: (turn: Turn<SsdpEvent>) => void): Deadline {
    const deadline: Deadline = this.#ground.agenda.set(at, reason, (turn) => {
      state.deadlines.delete(deadline);
      run(turn);
    });
    state.deadlines.add(deadline);
    return deadline;
  }
}

/** Whether a datagram to `address` can leave by this link: it is on-link there, or everybody's broadcast address. */
export function reaches(link: BoundLink, address: string): boolean {
  if (familyOf(address) !== link.family) return false;
  return isBroadcast(address, link.addresses) || isOnLink(address, link.addresses);
}

/** A search to a port of somebody's own may be answered without ST, as Yeelight lamps do. */
function isAnswer(request: SearchRequest, target: string | undefined): boolean {
  if (target === undefined) return request.to !== undefined || request.port !== undefined;
  return request.target === "ssdp:all" || typeServes(target, request.target);
}

function socketsFor(request: SearchRequest, link: BoundLink): readonly Socket[] {
  if (!request.fromShared || spokenFrom(link) === "own") return ["own"];
  return ["own", "shared"];
}
