import type { Name } from "../mdns/index.ts";
import type { Pointer, PointerQuestion } from "./pointers.ts";
import { LOCAL, type ServiceType, serviceTypeIn } from "./service-type.ts";

/** A type of service that there is now, or that there is no more. */
export interface TypeChange {
  readonly kind: "added" | "removed";
  readonly type: ServiceType;
  readonly domain: Name;
}

/** The name whose PTR records list the types of service (RFC 6763 §9). */
export const ENUMERATION: Name = LOCAL.prepend("_udp").prepend("_dns-sd").prepend("_services");

/** What to ask for the types of service. */
export const typesQuestion: PointerQuestion = { names: [ENUMERATION] };

/** What such a record tells; `undefined` when it names no type of the domain that was asked for. */
export function typeChange({ kind, target }: Pointer): TypeChange | undefined {
  const found = serviceTypeIn(target);
  return found?.domain.equals(LOCAL) ? { kind, ...found } : undefined;
}
