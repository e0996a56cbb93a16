import type { Endpoint, Link } from "../core/engine.ts";

/** Why a datagram, or a record in it, was not used or not answered. */
export type MdnsDropReason =
  | "malformed"
  | "unknown-opcode"
  | "error-rcode"
  | "response-from-another-port"
  | "unsolicited-unicast"
  | "own-echo"
  | "too-many-records"
  | "cache-full"
  | "too-many-known-answers"
  | "too-many-deferred"
  | "answers-pending"
  | "unicast-answers-per-source"
  | "unicast-answers-in-all"
  | "multicast-answers-in-all"
  | "no-reply-port"
  | "too-many-instances"
  | "too-many-types";

/** What the engine tells. What was asked for comes by the asker's own listener, not here. */
export type MdnsEvent = {
  readonly kind: "dropped";
  readonly reason: MdnsDropReason;
  readonly link: Link;
  readonly from: Endpoint;
  readonly bytes: Uint8Array;
};
