import { isLinkLocal, scopeOf } from "../core/address.ts";
import type { Binding } from "../core/engine.ts";
import type { UsableLink } from "./links.ts";
import type { Platform } from "./platform.ts";

/** One socket that hears groups: where it is bound, and what it joins where. */
export interface EarPlan {
  /** Equal keys mean the same socket. */
  readonly key: string;
  readonly family: 4 | 6;
  /** With zone where it needs one. */
  readonly bindAddress: string;
  readonly groups: readonly string[];
  /** Where the groups are joined; a datagram belongs to the one of them that its source is on. */
  readonly links: readonly UsableLink[];
  /** Where other ears join the group, which this one must not hear (see `Platform.hearsForeignJoins`). */
  readonly muted: readonly UsableLink[];
}

/**
 * The sockets that hear what a binding asks for on these links.
 *
 * Where sockets can be bound to groups, each hears one group, so that unicast datagrams for other programs on the
 * shared port are never stolen; and each IPv4 or link-local group has one per link, so that the link of a datagram
 * is known even when two interfaces are in one subnet. A wider IPv6 group cannot be told apart by interface: it has
 * one ear, and the source decides. The same for all where sockets cannot be bound to groups, and for broadcast,
 * which only a socket bound to the wildcard hears; and for what has to speak from the port (see ADR 9) where a socket
 * that is bound to a group cannot speak.
 */
export function planEars(binding: Binding, links: readonly UsableLink[], platform: Platform): EarPlan[] {
  return ([4, 6] as const).flatMap((family) => {
    const here = links.filter((link) => link.family === family);
    const groups = binding.groups[family];
    if (here.length === 0) return [];
    if (!isApart(binding, family, platform)) {
      if (groups.length === 0 && !(family === 4 && binding.broadcast)) return [];
      return [plan({ family, bindAddress: family === 4 ? "0.0.0.0" : "::", groups, links: here, muted: [] })];
    }
    return groups.flatMap((group) => planGroup(family, group, here, platform));
  });
}

/** Whether each group has a socket of its own, bound to it. */
function isApart(binding: Binding, family: 4 | 6, platform: Platform): boolean {
  if (binding.speaksFromPort && !platform.speaksFromGroups) return false;
  return platform.bindsToGroups && !(family === 4 && binding.broadcast);
}

/** An address with the link's zone when it needs one: link-local, or a group of link-local scope. */
export function withZone(address: string, link: { readonly zone: string }): string {
  return needsZone(address) ? `${address}%${link.zone}` : address;
}

/** How Node names an interface: by its IPv4 address, or by the zone of any IPv6 address. */
export function interfaceOf(link: UsableLink): string {
  return link.family === 4 ? link.address : `::%${link.zone}`;
}

function needsZone(address: string): boolean {
  if (!address.includes(":")) return false;
  const scope = scopeOf(address);
  return isLinkLocal(address) || (address.startsWith("ff") && scope !== undefined && scope <= 2);
}

function planGroup(
  family: 4 | 6,
  group: string,
  links: readonly UsableLink[],
  platform: Platform,
): EarPlan[] {
  if (family === 6 && !needsZone(group))
    return [plan({ family, bindAddress: group, groups: [group], links, muted: [] })];
  return links.map((link) => {
    const others = links.filter((other) => other !== link);
    const muted = family === 4 && platform.hearsForeignJoins ? others : [];
    return plan({ family, bindAddress: withZone(group, link), groups: [group], links: [link], muted });
  });
}

function plan(ear: Omit<EarPlan, "key">): EarPlan {
  const places = (links: readonly UsableLink[]): string => JSON.stringify(links);
  const key = `${ear.bindAddress} ${ear.groups.join()} on ${places(ear.links)} not ${places(ear.muted)}`;
  return { ...ear, key };
}
