import type { Instant } from "../core/engine.ts";
import { UsageError } from "../core/errors.ts";
import {
  type Answer,
  type AnswerChange,
  type Departure,
  Name,
  type RecordData,
  TYPE,
} from "../mdns/index.ts";

/** A record of another host, as it was heard on one link. Untrusted. */
export interface HeardRecord {
  readonly name: Name;
  /** TYPE code, see `TYPE`. */
  readonly type: number;
  /** CLASS code. */
  readonly class: number;
  /** Seconds that it may be kept, as it was said. */
  readonly ttl: number;
  /** This and its siblings are all there is of this name and type: no other host has more. */
  readonly isUnique: boolean;
  readonly data: RecordData;
  /** The link it was heard on, such as `eth0/4`. */
  readonly link: string;
  /** The address that said it last, without zone. */
  readonly from: string;
  readonly heardAt: Date;
  readonly expiresAt: Date;
}

/** What became of the answers to a question, on each link for itself. */
export type RecordChange =
  | { readonly kind: "added" | "refreshed"; readonly record: HeardRecord }
  | { readonly kind: "removed"; readonly record: HeardRecord; readonly reason: Departure }
  /** The owner of the name says that it has no such record (RFC 6762 §6.1). */
  | { readonly kind: "none"; readonly link: string; readonly from: string };

/** Which records to ask for: `A`, `TXT` and the like, `ANY`, or the number of a TYPE. */
export type RecordType = keyof typeof TYPE | number;

/** @param dateOf the calendar date of an instant. */
export function recordChange(change: AnswerChange, dateOf: (instant: Instant) => Date): RecordChange {
  if (change.kind === "none") return { kind: "none", link: change.link.id, from: change.from };
  const record = heardRecord(change.answer, dateOf);
  return change.kind === "removed"
    ? { kind: "removed", record, reason: change.reason }
    : { kind: change.kind, record };
}

/** The code of a type. @throws UsageError `INVALID_OPTION`. */
export function typeCode(type: RecordType): number {
  const code = typeof type === "string" ? TYPE[type.toUpperCase() as keyof typeof TYPE] : type;
  if (Number.isInteger(code) && code >= 1 && code <= 65_535) return code;
  throw new UsageError(
    "INVALID_OPTION",
    `${JSON.stringify(String(type))} is no type of record; types are ${Object.keys(TYPE).join(", ")}, and 1 to 65535`,
  );
}

/** @throws UsageError `INVALID_NAME`. */
export function nameOf(name: Name | string): Name {
  return name instanceof Name ? name : Name.parse(name);
}

/**
 * A name that mDNS is for: `.local`, or the reverse of an address (RFC 6762 §3, §4). Whoever asks the link for another one
 * tells strangers what belongs to unicast DNS, and believes what they answer (§13).
 * @throws UsageError `NOT_LOCAL`, `INVALID_NAME`.
 */
export function multicastName(name: Name | string): Name {
  const checked = nameOf(name);
  if (DOMAINS.some((domain) => checked.isWithin(domain))) return checked;
  throw new UsageError(
    "NOT_LOCAL",
    `${checked} is no name of mDNS: those end in .local, or are of an address`,
  );
}

const DOMAINS: readonly Name[] = [Name.of("local"), Name.of("in-addr", "arpa"), Name.of("ip6", "arpa")];

function heardRecord(
  { record, link, from, heardAt, expiresAt }: Answer,
  dateOf: (instant: Instant) => Date,
): HeardRecord {
  const { name, type, class: ofClass, ttl, flush, data } = record;
  return {
    ...{ name, type, class: ofClass, ttl, isUnique: flush, data },
    ...{ link: link.id, from, heardAt: dateOf(heardAt), expiresAt: dateOf(expiresAt) },
  };
}
