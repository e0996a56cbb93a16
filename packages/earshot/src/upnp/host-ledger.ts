import { isLoopback } from "../core/address.ts";
import { BoundedMap } from "../core/bounded-map.ts";
import type { Instant } from "../core/engine.ts";
import {
  MOST_GOOD_PORTS,
  MOST_HOSTS,
  MOST_PER_DOCUMENT,
  MOST_PER_WINDOW,
  MOST_RATED_DOCUMENTS,
  MOST_RATED_DOCUMENTS_PER_HOST,
  MOST_VAIN_PER_WINDOW,
  MOST_VAIN_PORTS,
  MOST_VAIN_PORTS_ON_LOOPBACK,
  PORT_GAP,
  PORT_MEMORY,
  WINDOW,
} from "./fetch-limits.ts";

/** Where a document is to be had. */
export interface Place {
  /** Of the host. */
  readonly address: string;
  readonly port: number;
  readonly url: string;
}

/** What was asked of one host. */
interface Account {
  /** When the newest requests began, `MOST_PER_WINDOW` at most. */
  readonly begins: Instant[];
  /** When those began that delivered nothing, at ports that delivered before and at others: the newest of each. */
  readonly vain: { readonly good: Instant[]; readonly other: Instant[] };
  /** When each port that delivered nothing was last connected to, the oldest first. */
  readonly ports: Map<number, Instant>;
  /** When a port last made room for another. */
  roomAt: Instant;
}

/** Keeps account of what each host is asked, so that none is asked too much; whoever delivers is trusted with more. */
export class HostLedger {
  readonly #accounts = new BoundedMap<string, Account>({ limit: MOST_HOSTS });
  /** By host, when each port last delivered. Apart from the accounts: who delivers nothing drives nobody out here. */
  readonly #good = new BoundedMap<string, Map<number, Instant>>({ limit: MOST_HOSTS });
  /** By URL, when the newest requests began. */
  readonly #documents = new BoundedMap<string, Instant[]>({
    limit: MOST_RATED_DOCUMENTS,
    limitPerOwner: MOST_RATED_DOCUMENTS_PER_HOST,
  });
  readonly #busy = new Set<string>();

  /** When the next request for a document may begin; `Infinity` while one to its host is under way. */
  readyAt({ address, port, url }: Place, now: Instant): Instant {
    if (this.#busy.has(address)) return Number.POSITIVE_INFINITY;
    const account = this.#accounts.get(address);
    if (!account) return Number.NEGATIVE_INFINITY;
    return Math.max(
      endOf(account.begins, MOST_PER_WINDOW),
      endOf(this.#documents.get(url) ?? [], MOST_PER_DOCUMENT),
      endOf(this.#vainAt(account, address, port, now), MOST_VAIN_PER_WINDOW),
    );
  }

  /** When the newest request to a host began. */
  beganAt(host: string): Instant {
    return this.#accounts.get(host)?.begins.at(-1) ?? Number.NEGATIVE_INFINITY;
  }

  /** Whether a port delivered lately; without a port: whether any did. */
  isGood(host: string, port: number | undefined, now: Instant): boolean {
    const good = this.#good.get(host);
    if (!good) return false;
    const times = port === undefined ? [...good.values()] : [good.get(port) ?? Number.NEGATIVE_INFINITY];
    return times.some((at) => now - at < PORT_MEMORY);
  }

  /** Whether the port is one that a host may be connected to. */
  allows({ address, port }: Place, now: Instant): boolean {
    const account = this.#accounts.get(address);
    if (!account || account.ports.has(port) || this.isGood(address, port, now)) return true;
    for (const [known, at] of account.ports) if (now - at >= PORT_MEMORY) account.ports.delete(known);
    return account.ports.size < mostPorts(address) || now - account.roomAt >= PORT_GAP;
  }

  /** To be called when `allows` and `readyAt` let it. */
  begin({ address, port, url }: Place, now: Instant): void {
    const account = this.#accounts.get(address) ?? newAccount();
    const requests = this.#documents.get(url) ?? [];
    note(account.begins, now, MOST_PER_WINDOW);
    note(requests, now, MOST_PER_DOCUMENT);
    if (!this.isGood(address, port, now)) {
      account.ports.delete(port);
      if (account.ports.size >= mostPorts(address)) makeRoom(account, now);
      account.ports.set(port, now);
    }
    this.#accounts.set(address, account, address);
    this.#documents.set(url, requests, address);
    this.#busy.add(address);
  }

  /** @param outcome whether it delivered a description; `undefined` when it was called off. */
  end({ address, port }: Place, now: Instant, outcome: "delivered" | "vain" | undefined): void {
    this.#busy.delete(address);
    const account = this.#accounts.get(address);
    if (outcome === "delivered") {
      account?.ports.delete(port);
      this.#praise(address, port, now);
    } else if (outcome === "vain" && account) {
      const { good, other } = account.vain;
      note(this.isGood(address, port, now) ? good : other, this.beganAt(address), MOST_VAIN_PER_WINDOW);
    }
  }

  /** What counts against a port. Against one that is new nothing does: of those there are few, see `allows`. */
  #vainAt({ vain, ports }: Account, host: string, port: number, now: Instant): readonly Instant[] {
    if (this.isGood(host, port, now)) return vain.good;
    return ports.has(port) ? vain.other : [];
  }

  #praise(host: string, port: number, now: Instant): void {
    const good = this.#good.get(host) ?? new Map<number, Instant>();
    good.delete(port);
    good.set(port, now);
    for (const oldest of [...good.keys()].slice(0, -MOST_GOOD_PORTS)) good.delete(oldest);
    this.#good.set(host, good, host);
  }
}

function newAccount(): Account {
  return { begins: [], vain: { good: [], other: [] }, ports: new Map(), roomAt: Number.NEGATIVE_INFINITY };
}

function mostPorts(host: string): number {
  return isLoopback(host) ? MOST_VAIN_PORTS_ON_LOOPBACK : MOST_VAIN_PORTS;
}

function makeRoom(account: Account, now: Instant): void {
  const [oldest] = account.ports.keys();
  if (oldest !== undefined) account.ports.delete(oldest);
  account.roomAt = now;
}

function note(times: Instant[], now: Instant, most: number): void {
  times.push(now);
  if (times.length > most) times.shift();
}

/** When one more is allowed, of which `most` are in any minute. */
function endOf(times: readonly Instant[], most: number): Instant {
  const [oldest] = times;
  return oldest === undefined || times.length < most ? Number.NEGATIVE_INFINITY : oldest + WINDOW;
}
