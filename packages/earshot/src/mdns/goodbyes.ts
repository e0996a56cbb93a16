import type { Turn } from "../core/engine.ts";
import type { MdnsEvent } from "./events.ts";
import type { Ground } from "./ground.ts";
import type { Name } from "./name.ts";
import { type LiveRecord, toRecord } from "./own-records.ts";
import type { ResourceRecord } from "./record.ts";
import { writeResponses } from "./response-writing.ts";

/**
 * Multicasts that records are no more (TTL 0, RFC 6762 §10.1), each on its own link; nothing on links that are gone.
 * @param records no two of them equal; each was multicast.
 * @param lost a name that another host has now: what points to it is true of that one, and goes on being so.
 */
export function sayGoodbye(
  ground: Ground,
  records: readonly LiveRecord[],
  turn: Turn<MdnsEvent>,
  lost?: Name,
): void {
  for (const link of ground.links.values()) {
    const here = records.filter((record) => record.link.id === link.id && !pointsTo(record, lost));
    if (here.length === 0) continue;
    for (const bytes of writeResponses(link, setsOf(here))) ground.send(bytes, "group", link, turn);
  }
}

function pointsTo({ data }: LiveRecord, name: Name | undefined): boolean {
  return name !== undefined && data.kind === "PTR" && data.target.equals(name);
}

/** The records of each unique name and type stay together. */
function setsOf(records: readonly LiveRecord[]): ResourceRecord[][] {
  const sets = new Map<string, ResourceRecord[]>();
  for (const record of records) {
    const key = `${record.type} ${record.name.key}`;
    const set = sets.get(key) ?? [];
    sets.set(key, set);
    set.push(toRecord(record, !record.isShared, 0));
  }
  return [...sets.values()];
}
