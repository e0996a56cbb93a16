import type { Turn } from "../core/engine.ts";
import { UsageError } from "../core/errors.ts";
import type { Name } from "../mdns/index.ts";
import type { DnsSdEvent } from "./events.ts";
import type { Mdns } from "./ground.ts";
import type { PreparedOffer, ProxyAddress } from "./prepared-offer.ts";
import { freeHostName, PublishedHost, type Tenant } from "./published-host.ts";

/** The hosts whose addresses we publish, each for as long as an offer of ours needs it. */
export class OwnHosts {
  readonly #mdns: Mdns;
  /** By the name that was wished for: a host that had to take another one goes by that for all its offers. */
  readonly #hosts = new Map<string, PublishedHost>();

  constructor(mdns: Mdns) {
    this.#mdns = mdns;
  }

  /**
   * That the host of an offer can be published.
   * @param but one who has a host already, and would give it up.
   * @throws UsageError `INVALID_OFFER` when others offer the host with other addresses.
   */
  check(offer: PreparedOffer, but: Tenant | undefined): void {
    const known = this.#hosts.get(offer.host.key);
    if (!known || (but && known.tenants.size === 1 && known.tenants.has(but))) return;
    if (sharedAddresses(known, offer) !== undefined) return;
    throw new UsageError(
      "INVALID_OFFER",
      `${offer.host} is offered already, and with other addresses; one host has the same ones in all its offers`,
    );
  }

  /** Has the host of an offer published, or takes part in that. */
  enter(tenant: Tenant, turn: Turn<DnsSdEvent>): PublishedHost {
    const { host: wished, addresses } = tenant.offer;
    const known = this.#hosts.get(wished.key);
    if (known) {
      known.tenants.add(tenant);
      known.update(known.tenants.size === 1 ? addresses : known.addresses, turn);
      return known;
    }
    const isTaken = (name: Name): boolean => this.#isTaken(name, host);
    const name = this.#isTaken(wished, undefined)
      ? freeHostName(wished, (other) => this.#isTaken(other, undefined))
      : wished;
    const host: PublishedHost = new PublishedHost(this.#mdns, name, addresses, isTaken);
    this.#hosts.set(wished.key, host);
    host.tenants.add(tenant);
    host.open(turn);
    return host;
  }

  /** The wishes of a tenant changed, and the host stays. */
  refresh(host: PublishedHost, tenant: Tenant, turn: Turn<DnsSdEvent>): void {
    host.update(host.tenants.size === 1 ? tenant.offer.addresses : host.addresses, turn);
  }

  /** Needs the host no more. The last one says goodbye for it. */
  leave(host: PublishedHost, tenant: Tenant, turn: Turn<DnsSdEvent>): void {
    if (!host.tenants.delete(tenant)) return;
    if (host.tenants.size > 0) {
      host.update(host.addresses, turn);
      return;
    }
    for (const [key, other] of this.#hosts) if (other === host) this.#hosts.delete(key);
    host.close(turn);
  }

  #isTaken(name: Name, but: PublishedHost | undefined): boolean {
    for (const host of this.#hosts.values()) if (host !== but && host.name.equals(name)) return true;
    return false;
  }
}

/** The addresses of a host for one more offer; `undefined` when the offer says others. */
function sharedAddresses(host: PublishedHost, offer: PreparedOffer): "same" | undefined {
  if (offer.addresses === undefined) return "same";
  if (host.addresses === undefined) return undefined;
  return textOf(host.addresses) === textOf(offer.addresses) ? "same" : undefined;
}

function textOf(addresses: readonly ProxyAddress[]): string {
  return addresses
    .map(({ address, interfaceName }) => `${address}%${interfaceName ?? ""}`)
    .sort()
    .join(" ");
}
