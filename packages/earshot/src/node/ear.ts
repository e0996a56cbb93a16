import { canonicalAddress, Prefixes, splitZone } from "../core/address.ts";
import type { Binding } from "../core/engine.ts";
import { Memo } from "../core/memo.ts";
import { type EarPlan, interfaceOf } from "./ear-plan.ts";
import type { UsableLink } from "./links.ts";
import { closeSocket, openSocket, type Socket, type SocketFactory } from "./sockets.ts";
import { letSpeak } from "./speaking.ts";

/** Who speaks. */
export interface Source {
  /** Canonical, without zone. */
  readonly address: string;
  /** The link that it is on; `undefined` when it is on none of the ear's. */
  readonly link: UsableLink | undefined;
  /** Whether the address is our own. */
  readonly isOwn: boolean;
}

/** What an ear tells whoever opened it. */
export interface EarListener {
  heard(bytes: Uint8Array, from: Source, port: number): void;
  failed(error: Error): void;
}

/** A link where the groups could not be joined, and Node's error. */
interface Refusal {
  readonly link: UsableLink;
  readonly error: unknown;
}

/** Sources whose place is remembered, for each socket. */
export const MOST_SOURCES = 1024;

/** The source that a muted membership wants to hear: nobody has it. */
const NOBODY = "0.0.0.0";

/** A socket that hears groups, as planned. It never changes: another plan is another ear. */
export class Ear {
  readonly plan: EarPlan;
  /** Ids of the links where all groups are joined. */
  readonly joined: ReadonlySet<string>;
  readonly refused: readonly Refusal[];
  readonly #socket: Socket;

  /** Throws Node's error when the socket cannot be bound, or can join nothing. */
  constructor(plan: EarPlan, binding: Binding, listener: EarListener, create: SocketFactory) {
    this.plan = plan;
    const refused: Refusal[] = [];
    const places = plan.links.map((link) => new Place(link));
    const sources = new Memo(MOST_SOURCES, (address: string) => sourceOf(places, address));
    this.#socket = openSocket(
      {
        family: plan.family,
        address: plan.bindAddress,
        port: binding.port,
        shared: true,
        prepare: (socket) => {
          refused.push(...joinAll(socket, plan));
          if (binding.speaksFromPort)
            for (const link of plan.links) letSpeak(socket, link, link.address, binding);
        },
        message: (bytes, from) => {
          listener.heard(bytes, sources.get(from.address), from.port);
        },
        error: (error) => listener.failed(error),
      },
      create,
    );
    this.refused = refused;
    const silent = new Set(refused.map(({ link }) => link.id));
    this.joined = new Set(plan.links.flatMap(({ id }) => (silent.has(id) ? [] : [id])));
  }

  /** Stops hearing what only other ears joined for. To be called when they have joined. */
  mute(): void {
    for (const link of this.plan.muted) for (const group of this.plan.groups) mute(this.#socket, group, link);
  }

  /** Leaves and joins again, so that switches that forgot us learn of us. Throws Node's error when that fails. */
  rejoin(): void {
    for (const link of this.plan.links.filter(({ id }) => this.joined.has(id))) {
      for (const group of this.plan.groups) {
        this.#socket.dropMembership(group, interfaceOf(link));
        join(this.#socket, group, interfaceOf(link));
      }
    }
  }

  /** The socket, ready to speak on a link of the plan; for a binding that `speaksFromPort`. */
  speakOn(link: UsableLink): Socket {
    if (this.plan.links.length > 1) this.#socket.setMulticastInterface(interfaceOf(link));
    return this.#socket;
  }

  close(): Promise<void> {
    return closeSocket(this.#socket);
  }
}

function sourceOf(places: readonly Place[], from: string): Source {
  const address = canonicalAddress(from) ?? from;
  const link = locate(places, from);
  return { address, link, isOwn: link?.addresses.some((own) => own.address === address) ?? false };
}

/** A link among whose addresses and neighbours a source can be. */
class Place {
  readonly link: UsableLink;
  readonly #prefixes: Prefixes;

  constructor(link: UsableLink) {
    this.link = link;
    this.#prefixes = new Prefixes(link.addresses);
  }

  has(address: string, zone: string | undefined): boolean {
    return (zone === undefined || zone === this.link.zone) && this.#prefixes.contains(address);
  }

  owns(address: string): boolean {
    return this.link.addresses.some((own) => own.address === address);
  }
}

/** Of several links that the source could be on: the one that has that very address, then the narrowest. */
function locate(places: readonly Place[], from: string): UsableLink | undefined {
  const { address, zone } = splitZone(from);
  let found: Place | undefined;
  for (const place of places) {
    if (!place.has(address, zone)) continue;
    if (places.length === 1 || place.owns(address)) return place.link;
    if (!found || place.link.prefixLength > found.link.prefixLength) found = place;
  }
  return found?.link;
}

/** Joins everywhere; throws the first refusal when there is nothing but refusals. */
function joinAll(socket: Socket, plan: EarPlan): Refusal[] {
  const refused = plan.links.flatMap((link) => joinOn(socket, plan, link));
  if (refused[0] && refused.length === plan.links.length) throw refused[0].error;
  return refused;
}

function joinOn(socket: Socket, plan: EarPlan, link: UsableLink): Refusal[] {
  try {
    for (const group of plan.groups) join(socket, group, interfaceOf(link));
    return [];
  } catch (error) {
    return [{ link, error }];
  }
}

function join(socket: Socket, group: string, interfaceAddress: string): void {
  try {
    socket.addMembership(group, interfaceAddress);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error; // Joined already: two names for one.
  }
}

/** Where it cannot be muted, the prefix of the source still tells foreign datagrams apart, as far as it can. */
function mute(socket: Socket, group: string, link: UsableLink): void {
  try {
    socket.addSourceSpecificMembership(NOBODY, group, interfaceOf(link));
  } catch {
    // Only the exactness within one subnet is lost.
  }
}
