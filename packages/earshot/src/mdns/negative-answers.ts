import type { CachedRecord } from "./cached-record.ts";
import { type ResourceRecord, TYPE } from "./record.ts";

/**
 * Whether a record says that its name has no record of `type` (RFC 6762 §6.1). What it calls the next name does not
 * matter: only the types are heeded. Of pointers to services nobody can say that there are none, for they are shared.
 */
export function denies({ name, data }: ResourceRecord, type: number): boolean {
  if (data.kind !== "NSEC" || type === TYPE.ANY || type === TYPE.NSEC) return false;
  if (type === TYPE.PTR && name.labels.at(-1)?.toLowerCase() !== "arpa") return false;
  return !data.types.includes(type) && !data.types.includes(TYPE.CNAME);
}

/** The first of some records that says that there is none of `type`. */
export function denialOf(records: Iterable<CachedRecord>, type: number): CachedRecord | undefined {
  for (const record of records) if (record.isCertain && denies(record.record, type)) return record;
  return undefined;
}
