import type { Endpoint, Instant } from "../core/engine.ts";
import type { Random } from "../core/random.ts";
import { LanError } from "./lan-error.ts";
import { Timeline } from "./timeline.ts";

/** One datagram as it left a host: what captures record. */
export interface Sent {
  readonly at: Instant;
  readonly segment: string;
  readonly from: Endpoint;
  readonly to: Endpoint;
  /** IPv4 TTL or IPv6 hop limit. */
  readonly hops: number;
  readonly bytes: Uint8Array;
}

/** What happened to datagrams so far: sent counts transmissions, the others count receiving sockets or interfaces. */
export interface LanStats {
  sent: number;
  delivered: number;
  /** Lost by the weather. */
  lost: number;
  duplicated: number;
  reordered: number;
  /** Dropped because the source was on none of the receiving link's prefixes. */
  offLink: number;
  /** Dropped because they came from UDP port 0, to which nothing can be answered. */
  fromNoPort: number;
  /** Kept apart by a partition. */
  partitioned: number;
  /** Sent to a host that slept. */
  asleep: number;
  /** More than a stalled host's socket buffer or a held link could keep. */
  overflowed: number;
  /** Unicasts to an address or port that nobody has. */
  unreachable: number;
}

/** What all parts of one simulation share. */
export class World {
  readonly seed: number;
  readonly timeline: Timeline = new Timeline();
  /** Draws for the wire; each host has a generator of its own. */
  readonly random: Random;
  /** What the calendar says at instant 0, in milliseconds since 1970. */
  readonly epochMs: number;
  readonly stats: LanStats = {
    sent: 0,
    delivered: 0,
    lost: 0,
    duplicated: 0,
    reordered: 0,
    offLink: 0,
    fromNoPort: 0,
    partitioned: 0,
    asleep: 0,
    overflowed: 0,
    unreachable: 0,
  };
  readonly #recorders = new Set<(sent: Sent) => void>();
  #uncaught: { readonly error: unknown; readonly host: string; readonly at: Instant }[] = [];

  constructor(seed: number, random: Random, epochMs: number) {
    this.seed = seed;
    this.random = random;
    this.epochMs = epochMs;
  }

  /** Calls `recorder` with every datagram sent, until the returned function is called. */
  record(recorder: (sent: Sent) => void): () => void {
    this.#recorders.add(recorder);
    return () => void this.#recorders.delete(recorder);
  }

  sent(sent: Sent): void {
    this.stats.sent++;
    for (const recorder of this.#recorders) recorder(sent);
  }

  /** Runs code of a host; what it throws is kept for the test to see. */
  guard(host: string, run: () => void): void {
    try {
      run();
    } catch (error) {
      this.report(error, host);
    }
  }

  report(error: unknown, host: string): void {
    this.#uncaught.push({ error, host, at: this.timeline.now });
  }

  /** Throws the first of what was reported since the last call, and says how many more there were. */
  throwUncaught(): void {
    const [first, ...more] = this.#uncaught;
    if (!first) return;
    this.#uncaught = [];
    const also = more.length > 0 ? `, and ${more.length} more` : "";
    const message = `uncaught on ${first.host} at ${first.at} ms${also}: ${describe(first.error)}`;
    throw new LanError("UNCAUGHT", message, this.seed, { cause: first.error });
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return `${error.name}: ${error.message}${cause}`;
}
