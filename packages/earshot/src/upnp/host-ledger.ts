import { BoundedMap } from "../core/bounded-map.ts";
import type { Instant } from "../core/engine.ts";
import { MOST_HOSTS, MOST_PER_WINDOW, MOST_PORTS, PORT_MEMORY, WINDOW } from "./fetch-limits.ts";

/** What was asked of one host. */
interface Account {
  /** When the newest requests began, `MOST_PER_WINDOW` at most. */
  readonly begins: Instant[];
  /** When each port was last connected to. */
  readonly ports: Map<number, Instant>;
}

/** Keeps account of what each host is asked, so that none is asked too much. */
export class HostLedger {
  readonly #accounts = new BoundedMap<string, Account>({ limit: MOST_HOSTS });
  readonly #busy = new Set<string>();

  /** When the next request to a host may begin; `Infinity` while one is under way. */
  readyAt(host: string): Instant {
    if (this.#busy.has(host)) return Number.POSITIVE_INFINITY;
    const begins = this.#accounts.get(host)?.begins ?? [];
    const [oldest] = begins;
    return oldest === undefined || begins.length < MOST_PER_WINDOW
      ? Number.NEGATIVE_INFINITY
      : oldest + WINDOW;
  }

  /** When the newest request to a host began. */
  beganAt(host: string): Instant {
    return this.#accounts.get(host)?.begins.at(-1) ?? Number.NEGATIVE_INFINITY;
  }

  /** Whether the port is one of the few that a host is connected to. */
  allows(host: string, port: number, now: Instant): boolean {
    const ports = this.#accounts.get(host)?.ports;
    if (!ports || ports.has(port)) return true;
    for (const [known, at] of ports) if (now - at >= PORT_MEMORY) ports.delete(known);
    return ports.size < MOST_PORTS;
  }

  begin(host: string, port: number, now: Instant): void {
    const account: Account = this.#accounts.get(host) ?? { begins: [], ports: new Map() };
    account.begins.push(now);
    if (account.begins.length > MOST_PER_WINDOW) account.begins.shift();
    account.ports.set(port, now);
    this.#accounts.set(host, account, host);
    this.#busy.add(host);
  }

  end(host: string): void {
    this.#busy.delete(host);
  }
}
