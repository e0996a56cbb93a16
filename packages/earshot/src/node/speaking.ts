import { isLinkLocal } from "../core/address.ts";
import type { Binding } from "../core/engine.ts";
import { interfaceOf } from "./ear-plan.ts";
import type { UsableLink } from "./links.ts";
import type { Socket } from "./sockets.ts";

/** Makes what a socket sends from `address` leave by the link, and travel as far as the binding says. */
export function letSpeak(socket: Socket, link: UsableLink, address: string, binding: Binding): void {
  socket.setMulticastInterface(interfaceOf(link));
  socket.setMulticastTTL(hopsFrom(address, binding));
  if (binding.unicastHops !== undefined) socket.setTTL(binding.unicastHops);
  socket.setMulticastLoopback(true); // Other programs on this machine want to hear us, and we them.
}

/** From an IPv6 address wider than link-local only wider groups are spoken to (UDA 2.0 clause A.2). */
function hopsFrom(address: string, { hops, siteHops }: Binding): number {
  return address.includes(":") && !isLinkLocal(address) ? (siteHops ?? hops) : hops;
}
