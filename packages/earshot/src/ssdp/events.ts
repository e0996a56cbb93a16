import type { Endpoint, Instant, Link } from "../core/engine.ts";
import type { SsdpMessage } from "./message.ts";

/** One LOCATION as it was announced, and why it should not be used, if so. */
export interface AnnouncedLocation {
  readonly url: string;
  readonly unusable: string | undefined;
}

/** Where one advertisement is heard. Live: instants move on as it is heard again. */
export interface SsdpSighting {
  readonly link: Link;
  readonly from: string;
  readonly heardAt: Instant;
  readonly expiresAt: Instant;
  readonly locations: readonly AnnouncedLocation[];
}

/** One advertisement (one USN) as it stands. Replaced, not changed, when something about it changes. */
export interface SsdpRecord {
  /** The USN with letter case and doubled `uuid:` evened out: the key. */
  readonly id: string;
  readonly usn: string;
  readonly udn: string;
  readonly type: string;
  readonly server: string | undefined;
  readonly bootId: number | undefined;
  readonly configId: number | undefined;
  readonly searchPort: number | undefined;
  /** The newest message about it. */
  readonly message: SsdpMessage;
  readonly sightings: readonly SsdpSighting[];
}

/** Why a datagram was not used. Each is counted; none is an error of ours. */
export type DropReason =
  | "malformed"
  | "conflicting-headers"
  | "no-usn"
  | "name-too-long"
  | "unknown-nts"
  | "unsolicited-response"
  | "alive-by-unicast"
  | "too-many-devices"
  | "too-many-places"
  | "too-many-services"
  | "displaced-too-often"
  | "overtaken-alive"
  | "stale-byebye"
  | "foreign-byebye"
  | "byebye-of-unknown"
  | "update-of-unknown"
  | "search-without-man"
  | "search-without-mx"
  | "search-without-target"
  | "search-from-no-host"
  | "repeated-search"
  | "answers-pending"
  | "answers-per-source"
  | "answers-in-all"
  | "tcp-answer-off-link"
  | "tcp-answers-per-source";

/** An answer to a search of ours, as it came. */
export interface SsdpAnswer {
  readonly target: string;
  readonly usn: string;
  readonly location: string | undefined;
  readonly from: Endpoint;
  readonly link: Link;
  readonly message: SsdpMessage;
  readonly bytes: Uint8Array;
}

/** Why a service is gone. `evicted`: pushed out because more was heard than the bounds allow. */
export type SsdpLoss = "goodbye" | "expired" | "link-down" | "evicted";

/** What the engine tells. */
export type SsdpEvent =
  | { readonly kind: "found"; readonly record: SsdpRecord }
  | { readonly kind: "updated"; readonly record: SsdpRecord; readonly previous: SsdpRecord }
  /** Heard on one more link or family: the same service, no change to tell. */
  | { readonly kind: "refreshed"; readonly record: SsdpRecord }
  | { readonly kind: "lost"; readonly record: SsdpRecord; readonly reason: SsdpLoss }
  | { readonly kind: "answer"; readonly search: number; readonly answer: SsdpAnswer }
  | { readonly kind: "search-ended"; readonly search: number }
  /**
   * All answers to one search, to be delivered over one TCP connection to who asked (UDA 2.0 §1.3.3). When that is done,
   * or failed, the engine is to be told: `tcpAnswerOver`.
   */
  | { readonly kind: "tcp-answer"; readonly bytes: Uint8Array; readonly to: Endpoint; readonly link: Link }
  /** The last goodbye of an offer was handed to the network. */
  | { readonly kind: "withdrawn"; readonly offer: number }
  /** Links came, went or changed while there are offers that are announced only where they are served. */
  | { readonly kind: "relinked" }
  | {
      readonly kind: "dropped";
      readonly reason: DropReason;
      readonly link: Link;
      readonly from: Endpoint;
      readonly bytes: Uint8Array;
    };
