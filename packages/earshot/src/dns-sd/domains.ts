import { UsageError } from "../core/errors.ts";
import type { PointerQuestion } from "./pointers.ts";
import { LOCAL } from "./service-type.ts";

/** What a domain is recommended for (RFC 6763 §11). `legacy`: browsed by those who do not say where. */
export type DomainKind = "browse" | "default-browse" | "register" | "default-register" | "legacy";

const LABELS: Readonly<Record<DomainKind, string>> = {
  browse: "b",
  "default-browse": "db",
  register: "r",
  "default-register": "dr",
  legacy: "lb",
};

/**
 * What to ask for the domains of a kind. Only `local` is asked: names made from our addresses are a matter of unicast DNS,
 * and those made from link-local ones shall not be asked for at all (RFC 6763 §11).
 * @throws UsageError `INVALID_OPTION` for a kind that there is not.
 */
export function domainQuestion(kind: DomainKind): PointerQuestion {
  if (!Object.hasOwn(LABELS, kind))
    throw new UsageError("INVALID_OPTION", `the kinds of domain are ${Object.keys(LABELS).join(", ")}`);
  return { names: [LOCAL.prepend("_udp").prepend("_dns-sd").prepend(LABELS[kind])] };
}
