/** What happened on all channels of a network so far. Each is a count of datagrams, unless it says otherwise. */
export interface NetworkStats {
  readonly received: number;
  readonly sent: number;
  /** Dropped: the source was on no link of ours. */
  readonly offLink: number;
  /** Dropped: from UDP port 0, to which nothing can be answered. */
  readonly fromNoPort: number;
  /** Not sent: the link was gone, had no socket or no fitting address. */
  readonly unsent: number;
  /** Not sent: a firewall had just rejected others. */
  readonly blocked: number;
  /** Sent a second time because the kernel had no room. */
  readonly retried: number;
  /** The operating system refused to send, and for good. */
  readonly sendErrors: number;
  /** Errors (not datagrams) that sockets told outside of any call. */
  readonly receiveErrors: number;
  /** What the receiver of a datagram threw. */
  readonly handlerErrors: number;
}

/** The same while it is being counted. */
export type Counters = { -readonly [Name in keyof NetworkStats]: NetworkStats[Name] };

export function newCounters(): Counters {
  return {
    received: 0,
    sent: 0,
    offLink: 0,
    fromNoPort: 0,
    unsent: 0,
    blocked: 0,
    retried: 0,
    sendErrors: 0,
    receiveErrors: 0,
    handlerErrors: 0,
  };
}
