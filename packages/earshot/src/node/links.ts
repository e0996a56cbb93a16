import { familyOf, isLinkLocal, isLoopback, isPrivate, sameAddress, scopeOf } from "../core/address.ts";
import type { InterfaceAddress, Link } from "../core/engine.ts";
import { UsageError } from "../core/errors.ts";
import type { AddressState, InterfaceState, Snapshot } from "./interfaces.ts";
import type { Platform } from "./platform.ts";

/** Which interfaces to use. */
export interface LinkSelection {
  /**
   * Names or addresses of interfaces; only these are used. An address means only its family and makes it the one
   * spoken from. Loopback, tunnels and interfaces of virtual machines and containers are used only when named.
   * @default every interface of a local network
   */
  readonly interfaces?: readonly string[];
  /** @default [4, 6] */
  readonly families?: readonly (4 | 6)[];
  /** Also speak from public IPv4 addresses, where strangers far away may reach us. @default false */
  readonly allowPublic?: boolean;
}

/** A link as the sockets need it. */
export interface UsableLink extends Link {
  /** The zone of IPv6 addresses here, in the form that this operating system understands. */
  readonly zone: string;
  /** The number of the interface, where it is known: one that was removed and made anew has another. */
  readonly index: number | undefined;
  /** The IPv6 address to speak from beyond link-local scope, where there is one (UDA 2.0 clause A.2): the first such. */
  readonly wideAddress: string | undefined;
}

/** An interface that is not used, or one of its families, and why. */
export interface SkippedInterface {
  readonly interfaceName: string;
  readonly reason: string;
}

export interface Selected {
  readonly links: readonly UsableLink[];
  readonly skipped: readonly SkippedInterface[];
}

/** At most so many interfaces are used; the kernel allows 20 memberships of one socket. */
export const MAX_INTERFACES = 16;

/** Chooses the links to use, in the order named, else in the system's. What is named is first among the skipped too. */
export function selectLinks(snapshot: Snapshot, selection: LinkSelection, platform: Platform): Selected {
  const skipped: SkippedInterface[] = [];
  const links: UsableLink[] = [];
  let used = 0;
  for (const state of inOrder(snapshot.interfaces, selection.interfaces)) {
    const found = linksOf(state, selection, platform);
    const full = found.links.length > 0 && ++used > MAX_INTERFACES;
    if (!full) links.push(...found.links);
    for (const reason of full ? [`${MAX_INTERFACES} interfaces are used already`] : found.reasons)
      skipped.push({ interfaceName: state.name, reason });
  }
  const silent = snapshot.silent.map((interfaceName) => ({
    interfaceName,
    reason: "is down or has no address",
  }));
  const isNamed = ({ interfaceName }: SkippedInterface): boolean =>
    selection.interfaces?.includes(interfaceName) ?? false;
  const unnamed = silent.filter((one) => !isNamed(one));
  return { links, skipped: [...silent.filter(isNamed), ...skipped, ...unnamed] };
}

/** Throws `UsageError` UNKNOWN_INTERFACE when a name or address of the selection is nowhere on this machine. */
export function assertKnown(snapshot: Snapshot, selection: LinkSelection): void {
  for (const word of selection.interfaces ?? []) {
    if (snapshot.silent.includes(word) || snapshot.interfaces.some((state) => means(word, state))) continue;
    const known = snapshot.interfaces.map(
      ({ name, addresses }) => `${name} (${addresses.map(({ address }) => address).join(", ")})`,
    );
    const list = [...known, ...snapshot.silent].join(", ") || "none";
    throw new UsageError("UNKNOWN_INTERFACE", `there is no interface ${word}; there are: ${list}`);
  }
}

interface Found {
  readonly links: readonly UsableLink[];
  readonly reasons: readonly string[];
}

/** Where virtual machines, containers, tunnels and peer-to-peer radios live: no devices are found there. */
const VIRTUAL =
  /^(?:docker|veth|br-|virbr|vnet|vmnet|vboxnet|lxcbr|lxdbr|podman|cni|flannel|cali|utun|awdl|llw|anpi|tun|tap|tailscale|wg|zt|ppp|ipsec|gif|stf)/;

function inOrder(
  interfaces: readonly InterfaceState[],
  named: readonly string[] | undefined,
): readonly InterfaceState[] {
  if (!named) return interfaces;
  const rank = (state: InterfaceState): number => {
    const at = named.findIndex((word) => means(word, state));
    return at < 0 ? named.length : at;
  };
  return [...interfaces].sort((a, b) => rank(a) - rank(b));
}

function means(word: string, state: InterfaceState): boolean {
  return word === state.name || state.addresses.some(({ address }) => sameAddress(address, word));
}

function linksOf(state: InterfaceState, selection: LinkSelection, platform: Platform): Found {
  const words = selection.interfaces?.filter((word) => means(word, state));
  const reason = words ? notNamed(words) : unsuitable(state);
  if (reason) return { links: [], reasons: [reason] };
  const links: UsableLink[] = [];
  const reasons: string[] = [];
  for (const family of [4, 6] as const) {
    const found = linkOf(state, family, words, selection, platform);
    if (typeof found === "string") reasons.push(found);
    else if (found) links.push(found);
  }
  if (links.length === 0 && reasons.length === 0) reasons.push(unfit(words, selection));
  return { links, reasons };
}

/** Why an interface that is otherwise fit has nothing for us. */
function unfit(words: readonly string[] | undefined, { families = [4, 6] }: LinkSelection): string {
  const wanted = families.map((family) => `IPv${family}`);
  const unwanted = ([4, 6] as const).find((family) => words?.every((word) => familyOf(word) === family));
  return unwanted && !families.includes(unwanted)
    ? `was named by an IPv${unwanted} address, but only ${wanted.join(" and ")} is asked for`
    : `has no ${wanted.join(" or ")} address`;
}

function notNamed(words: readonly string[]): string | undefined {
  return words.length === 0 ? "is not among the interfaces asked for" : undefined;
}

function unsuitable(state: InterfaceState): string | undefined {
  if (state.loopback) return "is loopback: used only when named";
  if (VIRTUAL.test(state.name)) return "looks virtual, a tunnel or peer-to-peer: used only when named";
  if (state.pointToPoint) return "is point-to-point: used only when named";
  if (state.multicast === false) return "cannot multicast";
  if (state.bridged) return "is a port of a bridge: the bridge is used";
  return undefined;
}

/** The link, or why there is none, or nothing when the family was not asked for or has no address. */
function linkOf(
  state: InterfaceState,
  family: 4 | 6,
  words: readonly string[] | undefined,
  selection: LinkSelection,
  platform: Platform,
): UsableLink | string | undefined {
  if (!(selection.families ?? [4, 6]).includes(family)) return undefined;
  if (words && !words.some((word) => word === state.name || isOf(word, family))) return undefined;
  const all = state.addresses.filter((address) => address.family === family);
  if (all.length === 0) return undefined;
  const ready = all.filter(({ tentative }) => !tentative);
  if (ready.length === 0) return `IPv${family}: the address is still being checked for duplicates`;
  const wanted = ready.find(({ address }) => words?.some((word) => sameAddress(word, address)));
  const local = ready.filter(({ address }) => isLocal(address, family) || selection.allowPublic);
  const speaking = best(wanted && local.includes(wanted) ? [wanted] : local, family);
  if (!speaking) return `IPv${family}: has only public addresses (${ready[0]?.address}): allowPublic uses it`;
  return build(state, speaking, ready, platform);
}

function isOf(word: string, family: 4 | 6): boolean {
  return word.includes(":") === (family === 6);
}

/** Shared address space (100.64/10), documentation and the like are not local. */
function isLocal(address: string, family: 4 | 6): boolean {
  return (
    isPrivate(address) || isLinkLocal(address) || isLoopback(address) || (family === 6 && isSite(address))
  );
}

function isSite(address: string): boolean {
  return scopeOf(address) === 5;
}

/** IPv4 speaks from an address that lasts, rather than from 169.254/16; IPv6 from the link-local one. */
function best(addresses: readonly AddressState[], family: 4 | 6): AddressState | undefined {
  const rank = ({ address, fleeting }: AddressState): number =>
    (isLinkLocal(address) === (family === 6) ? 0 : 2) + (fleeting ? 1 : 0);
  return [...addresses].sort((a, b) => rank(a) - rank(b))[0];
}

function build(
  state: InterfaceState,
  speaking: AddressState,
  ready: readonly AddressState[],
  platform: Platform,
): UsableLink {
  const wideAddress = speaking.family === 6 ? wide(ready) : undefined;
  const others = ready.filter((address) => address !== speaking);
  others.sort((a, b) => Number(b.address === wideAddress) - Number(a.address === wideAddress));
  return {
    id: `${state.name}/${speaking.family}`,
    interfaceName: state.name,
    family: speaking.family,
    address: speaking.address,
    prefixLength: speaking.prefixLength,
    ...(state.mtu === undefined ? {} : { mtu: state.mtu }),
    addresses: [speaking, ...others].map(plain),
    zone: platform.zone(state.name, state.index),
    index: state.index,
    wideAddress,
  };
}

function plain({ address, prefixLength }: InterfaceAddress): InterfaceAddress {
  return { address, prefixLength };
}

/** Unique local before global, lasting before fleeting. */
function wide(addresses: readonly AddressState[]): string | undefined {
  const rank = ({ address, fleeting }: AddressState): number =>
    (isPrivate(address) ? 0 : 2) + (fleeting ? 1 : 0);
  const reaching = addresses.filter(({ address }) => (scopeOf(address) ?? 0) > 2);
  return [...reaching].sort((a, b) => rank(a) - rank(b))[0]?.address;
}
