import type { Agenda } from "../core/agenda.ts";
import type { BoundLink, Datagram, Endpoint, Socket, Turn } from "../core/engine.ts";
import type { Random } from "../core/random.ts";
import type { SsdpConfig } from "./config.ts";
import { groupHost } from "./dialect.ts";
import type { DropReason, SsdpEvent } from "./events.ts";

/** What every role of one SSDP engine stands on. */
export interface Ground {
  readonly config: SsdpConfig;
  readonly random: Random;
  readonly agenda: Agenda<SsdpEvent>;
  /** The links in use, by id. Replaced at every `relink`. */
  links: ReadonlyMap<string, BoundLink>;
  /** Whether devices may be asked on behalf of whoever listens; who only listens sends nothing. */
  asks: boolean;
  /** How many datagrams, or answers, were dropped for which reason. */
  readonly dropped: Map<DropReason, number>;
}

/** Counts and tells that a datagram was not used, or not answered. */
export function drop(
  ground: Ground,
  reason: DropReason,
  { link, from, bytes }: Datagram,
  turn: Turn<SsdpEvent>,
): void {
  ground.dropped.set(reason, (ground.dropped.get(reason) ?? 0) + 1);
  turn.emit({ kind: "dropped", reason, link, from, bytes });
}

/** The groups spoken to on a link: IPv4 one, IPv6 the link-local one and, if chosen and possible, the site-local one. */
export function groupsOn(ground: Ground, link: BoundLink): readonly Endpoint[] {
  const { config } = ground;
  const addresses =
    link.family === 4 ? [config.groupV4] : config.groupsV6.filter((group) => fits(link, group));
  return addresses.map((address) => ({ address, port: config.port }));
}

/** HOST of a message to `to`. */
export function hostOf(to: Endpoint): string {
  return groupHost(to.address, to.port);
}

/** The socket that speaks for the protocol's port on this link; our own where another program keeps that port. */
export function spokenFrom(link: BoundLink): Socket {
  return link.sharedPort === undefined ? "own" : "shared";
}

/** UDA 2.0 §A.2: nothing but link-local addresses speaks to FF02, nothing but wider ones to FF05. */
function fits(link: BoundLink, group: string): boolean {
  return group.startsWith("ff02:") || link.addresses.some((own) => !own.address.startsWith("fe80:"));
}
