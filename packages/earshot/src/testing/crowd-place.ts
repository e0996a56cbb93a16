import type { BoundLink, Endpoint } from "../core/engine.ts";
import type { HostOptions } from "./lan.ts";
import type { ForgedOutgoing } from "./lan-channel.ts";

/** Where one of a crowd is: an address of each family. */
export interface CrowdAddresses {
  readonly 4: string;
  readonly 6: string;
}

/** 10.0.128.0 upwards, out of the way of the hosts that get their addresses by order. */
export function crowdAddresses(index: number): CrowdAddresses {
  const host = 0x8001 + index;
  return { 4: `10.0.${host >> 8}.${host & 255}`, 6: `fe80::c:${host.toString(16)}` };
}

/** The host of a crowd: one interface that has the addresses of all. */
export function crowdHost(all: readonly { readonly addresses: CrowdAddresses }[]): HostOptions {
  const ipv4 = all.map(({ addresses }) => `${addresses[4]}/16`);
  const ipv6 = all.map(({ addresses }) => `${addresses[6]}/64`);
  return { addresses: [...ipv4, ...ipv6] };
}

/** A datagram of one of a crowd, from its own address. */
export function fromOne(
  addresses: CrowdAddresses,
  link: BoundLink,
  to: Endpoint | "group",
  bytes: Uint8Array,
): ForgedOutgoing {
  const socket = link.sharedPort === undefined ? "own" : "shared";
  const port = link.sharedPort ?? link.ownPort;
  return { bytes, to, link, socket, from: { address: addresses[link.family], port } };
}
