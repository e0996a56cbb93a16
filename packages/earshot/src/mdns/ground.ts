import type { Agenda } from "../core/agenda.ts";
import type { BoundLink, Datagram, Turn } from "../core/engine.ts";
import type { Random } from "../core/random.ts";
import type { MdnsConfig } from "./config.ts";
import type { MdnsDropReason, MdnsEvent } from "./events.ts";

/** What every role of one mDNS engine stands on. */
export interface Ground {
  readonly config: MdnsConfig;
  readonly random: Random;
  readonly agenda: Agenda<MdnsEvent>;
  /** The links in use, by id. Replaced at every `relink`, before any role is told. */
  links: ReadonlyMap<string, BoundLink>;
  /** How many datagrams, records or answers were dropped for which reason. */
  readonly dropped: Map<MdnsDropReason, number>;
  /** Sends a message of ours to the group of a link, or to one host, from port 5353, and remembers it as ours. */
  send(
    bytes: Uint8Array,
    to: "group" | { readonly address: string; readonly port: number },
    link: BoundLink,
    turn: Turn<MdnsEvent>,
  ): void;
}

/** Counts and tells that a datagram was not used, or not answered. */
export function drop(
  ground: Ground,
  reason: MdnsDropReason,
  { link, from, bytes }: Datagram,
  turn: Turn<MdnsEvent>,
): void {
  ground.dropped.set(reason, (ground.dropped.get(reason) ?? 0) + 1);
  turn.emit({ kind: "dropped", reason, link, from, bytes });
}

/** RFC 791 §3.1, RFC 8200 §5: what every host takes. Where less goes over the wire, IP cuts it up. */
const LEAST_MTU = { 4: 576, 6: 1280 } as const;

/**
 * Most bytes of one message on a link: the interface's MTU, 1500 at most where it is not known to be more, less the
 * headers of IP and UDP (RFC 6762 §17). Never so few that a question would not fit.
 */
export function mostBytesOn({ family, mtu }: BoundLink): number {
  return Math.max(Math.min(mtu ?? 1500, 1500), LEAST_MTU[family]) - (family === 4 ? 20 : 40) - 8;
}

/** So few messages at once are no burst. After more there is a pause, so that it is a hundred in a second. */
const MOST_AT_ONCE = 8;
const PAUSE_EACH = 10;

/** How long, in ms, nothing more is to be said unasked on a link after so many messages at once. */
export function pauseAfter(messages: number): number {
  return messages > MOST_AT_ONCE ? messages * PAUSE_EACH : 0;
}
