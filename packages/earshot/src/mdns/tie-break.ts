import { compareRecords } from "./message.ts";
import type { ResourceRecord } from "./record.ts";

/** `same`: both have identical records, so there is nothing to contest. */
export type TieBreak = "won" | "lost" | "same";

/**
 * Who may go on when two hosts probe for one name at once (RFC 6762 §8.2, §8.2.1): both lists are sorted, and compared pair
 * by pair; whose record comes later wins, and where all pairs are equal, who has more.
 * @param ours all records of the name that we propose. @param theirs those that another host proposes; in any order
 */
export function tieBreak(ours: readonly ResourceRecord[], theirs: readonly ResourceRecord[]): TieBreak {
  const own = [...ours].sort(compareRecords);
  const others = [...theirs].sort(compareRecords);
  for (const [at, record] of own.entries()) {
    const other = others[at];
    if (!other) return "won";
    const order = compareRecords(record, other);
    if (order !== 0) return order > 0 ? "won" : "lost";
  }
  return others.length > own.length ? "lost" : "same";
}
