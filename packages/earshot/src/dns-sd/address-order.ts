import {
  canonicalAddress,
  familyOf,
  isBroadcast,
  isLinkLocal,
  isLoopback,
  isMulticast,
  isOnLink,
  isPrivate,
  isUnspecified,
} from "../core/address.ts";
import type { InstanceAddress } from "./service-instance.ts";

/**
 * The addresses of a host by which it can be reached, the most useful first: of a subnet of ours before all others, IPv4
 * before IPv6, link-local ones last. What nobody else can be reached by is left out: loopback (save where it was said on
 * a loopback interface), unspecified, multicast, broadcast, IPv4 dressed as IPv6. An address that was said on several links
 * is there once, with the link that it is on; a link-local one once for each interface, for there it is another host's.
 */
export function usefulAddresses(said: Iterable<InstanceAddress>): InstanceAddress[] {
  const best = new Map<string, Ranked>();
  for (const candidate of said) {
    if (!isUsable(candidate)) continue;
    const ranked = rank(candidate);
    const known = best.get(ranked.identity);
    if (!known || order(ranked, known) < 0) best.set(ranked.identity, ranked);
  }
  return [...best.values()].sort(order).map(({ said }) => said);
}

/** Whether two lists say the same: by which links an address was heard counts only where it is link-local. */
export function sameAddresses(a: readonly InstanceAddress[], b: readonly InstanceAddress[]): boolean {
  return a.length === b.length && a.every((one, index) => identity(one) === identity(b[index] ?? one));
}

interface Ranked {
  readonly said: InstanceAddress;
  readonly identity: string;
  readonly rank: number;
  readonly isOfFamily: boolean;
}

function isUsable({ address, link }: InstanceAddress): boolean {
  const family = familyOf(address);
  if (family === undefined || canonicalAddress(address) !== address) return false;
  if (isUnspecified(address) || isMulticast(address) || isBroadcast(address, link.addresses)) return false;
  return !isLoopback(address) || isLoopback(link.address);
}

function rank(said: InstanceAddress): Ranked {
  const { address, link } = said;
  const family = familyOf(address);
  const near = isLoopback(address) || isOnLink(address, link.addresses);
  const isOfFamily = family === link.family;
  return { said, identity: identity(said), rank: placeOf(address, family, near), isOfFamily };
}

function placeOf(address: string, family: 4 | 6 | undefined, near: boolean): number {
  if (isLinkLocal(address)) return family === 6 ? 8 : 9;
  const kind = family === 4 ? 0 : isPrivate(address) ? 1 : 2;
  return near ? kind : kind + 4;
}

function order(a: Ranked, b: Ranked): number {
  return (
    a.rank - b.rank ||
    Number(b.isOfFamily) - Number(a.isOfFamily) ||
    compareText(a.said.address, b.said.address) ||
    compareText(a.said.link.id, b.said.link.id)
  );
}

function identity({ address, link }: InstanceAddress): string {
  return isLinkLocal(address) ? `${address}%${link.interfaceName}` : address;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
