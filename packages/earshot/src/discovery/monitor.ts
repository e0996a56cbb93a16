/// <reference lib="esnext.disposable" preserve="true" />

import type { Endpoint } from "../core/engine.ts";
import { within } from "../core/within.ts";
import type { DnsMessage, MalformedDns, MdnsDropReason } from "../mdns/index.ts";
import type { Breach, DropReason, MalformedMessage, SsdpMessage } from "../ssdp/index.ts";
import { UnreadFeed } from "./feed.ts";

/** How to monitor. */
export interface MonitorOptions {
  /** Ends the monitor, quietly. */
  readonly signal?: AbortSignal;
  /** How many datagrams are kept for a loop that does not read, 1 to 1000000; 8 MiB at most. @default 10000 */
  readonly mostUnread?: number;
  /** What to listen to. @default all that this Earshot speaks */
  readonly protocols?: readonly MonitoredDatagram["protocol"][];
}

/** A datagram as it was heard or sent, told apart by `protocol`. All text in it is untrusted. */
export type MonitoredDatagram = MonitoredMdns | MonitoredSsdp;

interface MonitoredBase {
  readonly direction: "in" | "out";
  readonly at: Date;
  /** The link it came or went by, such as `eth0/4`. */
  readonly link: string;
  /** Of one that is sent: the address of the link that is nearest to where it goes. */
  readonly from: Endpoint;
  /**
   * Of one that was heard the first group of its family, unless it was certainly sent to an address of ours: which of
   * several groups it was is not known.
   */
  readonly to: Endpoint;
  readonly bytes: Uint8Array;
}

/** A datagram of SSDP. */
export interface MonitoredSsdp extends MonitoredBase {
  readonly protocol: "ssdp";
  readonly message: SsdpMessage | MalformedMessage;
  /** In what it breaks the standard, with the standard's demand in words; of what is malformed: why. */
  readonly violations: readonly Breach[];
  /** Why it was not used; `undefined` when it was, and when nobody here asked for anything of its kind. */
  readonly dropped: DropReason | undefined;
}

/** One thing in which a message of mDNS breaks RFC 1035 or RFC 6762. */
export interface MdnsBreach {
  /** One of `DnsViolationCode`, or why it is malformed. */
  readonly code: string;
  /** What it is about, where the code alone does not say. */
  readonly detail?: string;
  readonly says: string;
}

/** A datagram of mDNS. */
export interface MonitoredMdns extends MonitoredBase {
  readonly protocol: "mdns";
  readonly message: DnsMessage | MalformedDns;
  /** In what it breaks the standard, in words; of what is malformed: why. */
  readonly violations: readonly MdnsBreach[];
  /** Why it, or a record of it, was not used or not answered; `undefined` when it was, and when nobody here cares for it. */
  readonly dropped: MdnsDropReason | undefined;
}

/**
 * Every datagram heard and sent while it is open, nothing filtered: also what is malformed, and what nobody asked for.
 * Nothing is sent for it. What is sent to a group is heard by the sender's own machine too, so it comes twice: `out`, and
 * `in` from our own address. Leaving the loop closes the monitor. Two loops over one monitor share its datagrams.
 */
export interface Monitor extends AsyncIterable<MonitoredDatagram>, AsyncDisposable {
  /**
   * Resolves when the network is heard, or when closed before; rejects with `NetworkError` when it cannot be heard, and
   * the monitor has closed itself then. The loop rejects the same way.
   */
  readonly ready: Promise<void>;
  /** How many datagrams nobody read in time: of those that wait the oldest go first. */
  readonly lost: number;
  /** Idempotent. */
  close(): Promise<void>;
}

const MOST_UNREAD = 10_000;
const MOST_UNREAD_BYTES = 8 * 2 ** 20;

/** A monitor and what it has not handed out yet. */
export class DatagramMonitor extends UnreadFeed<MonitoredDatagram> implements Monitor {
  /** Throws `UsageError` INVALID_OPTION. */
  constructor(ready: Promise<void>, { mostUnread }: MonitorOptions, onClose: () => void) {
    super(ready, onClose, {
      most: within("mostUnread", mostUnread ?? MOST_UNREAD, 1, 1_000_000),
      mostBytes: MOST_UNREAD_BYTES,
      bytesOf: ({ bytes }) => bytes.length,
    });
  }
}
