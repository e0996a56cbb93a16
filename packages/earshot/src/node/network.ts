import { createSocket } from "node:dgram";
import type { Binding, Endpoint, Link } from "../core/engine.ts";
import { UsageError } from "../core/errors.ts";
import type { Channel, ChannelListener, Clock, Network, TcpListener } from "../network/network.ts";
import { createClock } from "./clock.ts";
import { freshRandom, hostIdentity, systemToken, uuidOf } from "./identity.ts";
import { readInterfaces, type Snapshot } from "./interfaces.ts";
import { LinkMonitor } from "./link-monitor.ts";
import {
  assertKnown,
  type LinkSelection,
  type Selected,
  type SkippedInterface,
  selectLinks,
} from "./links.ts";
import { type Platform, platformOf } from "./platform.ts";
import { countKernelDrops, findPortHolders } from "./proc-udp.ts";
import type { SocketFactory } from "./sockets.ts";
import { type NetworkStats, newCounters } from "./stats.ts";
import { UdpChannel } from "./udp.ts";

/** Options of the machine's own network. */
export interface NetworkOptions extends LinkSelection {
  /**
   * What the UUIDs of this host are made from, instead of the machine's id: for containers, several of which may
   * have the same one.
   */
  readonly hostId?: string;
  /**
   * Leave and join the groups anew this often, in ms, at least 60000, whether others are heard or not: for switches that
   * snoop IGMP without a querier and forget members after 4 to 10 minutes. @default only when nobody was heard for long
   */
  readonly rejoinEveryMs?: number;
}

/** The machine's own network, and what it tells beyond the contract. */
export interface NodeNetwork extends Network {
  /** Interfaces that are not used, and why. */
  readonly skipped: readonly SkippedInterface[];
  /** What happened so far on all channels. */
  stats(): NetworkStats;
  /** How many datagrams the kernel threw away because this process was too slow; 0 where that cannot be known. */
  kernelDrops(): number;
  /** Ids of the links that a firewall keeps from sending at the moment. */
  readonly blocked: readonly string[];
}

/** What a network is made of: replaced in tests. */
export interface NetworkParts {
  readonly platform: Platform;
  readonly createSocket: SocketFactory;
  readonly clock: Clock;
  readonly read: () => Snapshot;
  readonly monitor: (read: () => Selected) => LinkMonitor;
}

/**
 * The machine's own network. Nothing is opened before a channel is; nothing it opens keeps the process alive.
 * Throws `UsageError` UNKNOWN_INTERFACE when an interface that is named does not exist, INVALID_OPTION for a
 * `rejoinEveryMs` that would burden the network.
 */
export function createNetwork(options: NetworkOptions = {}, parts: Partial<NetworkParts> = {}): NodeNetwork {
  const platform = parts.platform ?? platformOf(process.platform);
  const read = parts.read ?? (() => readInterfaces(platform));
  if (options.interfaces) assertKnown(read(), options);
  if (options.rejoinEveryMs !== undefined && !(options.rejoinEveryMs >= LEAST_REJOIN_MS))
    throw new UsageError("INVALID_OPTION", `rejoinEveryMs must be at least ${LEAST_REJOIN_MS}`);
  const select = selector(read, options, platform);
  const monitor = parts.monitor?.(select) ?? new LinkMonitor(select);
  return new MachineNetwork(options, platform, monitor, parts);
}

const LEAST_REJOIN_MS = 60_000;

/** What few programs need, HTTP and TCP, is loaded when it is needed: Node's own takes longer to load than all of this. */
class MachineNetwork implements NodeNetwork {
  readonly clock: Clock;
  readonly random: Network["random"] = freshRandom();
  readonly http: Network["http"] = {
    request: async (request) => {
      const { createHttpClient } = await import("./http-client.ts");
      this.#client ??= createHttpClient((interfaceName) => this.#zoneOf(interfaceName));
      return this.#client.request(request);
    },
  };
  readonly system: string = systemToken();
  readonly #platform: Platform;
  readonly #monitor: LinkMonitor;
  readonly #createSocket: SocketFactory;
  #client: Network["http"] | undefined;
  #hostId: string | undefined;
  readonly #rejoinEveryMs: number | undefined;
  readonly #counters = newCounters();
  readonly #channels = new Set<UdpChannel>();

  constructor(
    options: NetworkOptions,
    platform: Platform,
    monitor: LinkMonitor,
    parts: Partial<NetworkParts>,
  ) {
    this.#platform = platform;
    this.#monitor = monitor;
    this.#createSocket = parts.createSocket ?? createSocket;
    this.#hostId = options.hostId;
    this.#rejoinEveryMs = options.rejoinEveryMs;
    this.clock = parts.clock ?? createClock();
  }

  get links(): readonly Link[] {
    return this.#monitor.links;
  }

  get skipped(): readonly SkippedInterface[] {
    return this.#monitor.skipped;
  }

  get blocked(): readonly string[] {
    return [...new Set([...this.#channels].flatMap((channel) => channel.blocked))];
  }

  open(binding: Binding, listener: ChannelListener): Channel {
    const channel = new UdpChannel(
      {
        platform: this.#platform,
        createSocket: this.#createSocket,
        monitor: this.#monitor,
        clock: this.clock,
        random: this.random.fork(),
        counters: this.#counters,
        rejoinEveryMs: this.#rejoinEveryMs,
        portHolders: (port) => (this.#platform.hasProc ? findPortHolders(port) : undefined),
        closed: () => this.#channels.delete(channel),
      },
      binding,
      listener,
    );
    this.#channels.add(channel);
    return channel;
  }

  async listen(...[handler, link]: Parameters<Network["listen"]>): ReturnType<Network["listen"]> {
    const { serveHttp } = await import("./http-server.ts");
    return serveHttp(handler, link, this.#zoneOf(link.interfaceName), this.#platform);
  }

  async deliver(bytes: Uint8Array, to: Endpoint, link: Link): Promise<void> {
    const { deliver } = await import("./deliver.ts");
    return deliver(bytes, to, link, this.#zoneOf(link.interfaceName));
  }

  async accept(receiver: (bytes: Uint8Array, from: Endpoint) => void, link: Link): Promise<TcpListener> {
    const { accept } = await import("./accept.ts");
    return accept(receiver, link, this.#zoneOf(link.interfaceName), this.random);
  }

  uuid(name: string): string {
    this.#hostId ??= hostIdentity();
    return uuidOf(this.#hostId, name);
  }

  stats(): NetworkStats {
    return { ...this.#counters };
  }

  kernelDrops(): number {
    if (!this.#platform.hasProc) return 0;
    return countKernelDrops(new Set([...this.#channels].flatMap((channel) => channel.ports)));
  }

  #zoneOf(interfaceName: string): string {
    const link = this.#monitor.links.find((link) => link.interfaceName === interfaceName);
    return link?.zone ?? this.#platform.zone(interfaceName, undefined);
  }
}

/**
 * Some systems (Android) forbid programs to list interfaces: then there is none, and a reason. A listing that fails
 * later, as when no file can be opened, says nothing new: the links are taken to be as they were.
 */
function selector(read: () => Snapshot, options: LinkSelection, platform: Platform): () => Selected {
  let last: Selected | undefined;
  return () => {
    try {
      last = selectLinks(read(), options, platform);
      return last;
    } catch (cause) {
      const reason = `interfaces cannot be listed (${cause instanceof Error ? cause.message : cause})`;
      return last ?? { links: [], skipped: [{ interfaceName: "this machine", reason }] };
    }
  };
}
