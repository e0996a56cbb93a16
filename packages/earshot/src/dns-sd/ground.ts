import type { Agenda } from "../core/agenda.ts";
import type { Datagram, Turn } from "../core/engine.ts";
import type { MdnsConfig, MdnsDropReason, MdnsEngine } from "../mdns/index.ts";
import type { DnsSdEvent } from "./events.ts";
import type { Settling } from "./settling.ts";

/** What DNS-SD needs of mDNS. */
export type Mdns = Pick<
  MdnsEngine,
  "ask" | "answers" | "reconfirm" | "publish" | "replace" | "update" | "withdraw" | "announce" | "links"
>;

/** What every role of DNS-SD stands on. */
export interface Ground {
  readonly mdns: Mdns;
  readonly config: MdnsConfig;
  readonly agenda: Agenda<DnsSdEvent>;
  readonly settling: Settling;
  /** How much was not followed for which reason. */
  readonly dropped: Map<MdnsDropReason, number>;
  /** The datagram that is being heard. */
  hearing: Datagram | undefined;
}

/** Counts and tells that not all that a datagram said is followed. */
export function drop(ground: Ground, reason: MdnsDropReason, turn: Turn<DnsSdEvent>): void {
  ground.dropped.set(reason, (ground.dropped.get(reason) ?? 0) + 1);
  if (!ground.hearing) return;
  const { link, from, bytes } = ground.hearing;
  turn.emit({ kind: "dropped", reason, link, from, bytes });
}
