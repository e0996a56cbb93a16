import type { BoundLink } from "../core/engine.ts";
import { mostBytesOn } from "./ground.ts";
import {
  HEADER_BYTES,
  mostBytesOfNextRecord,
  mostBytesOfOneRecord,
  mostBytesOfQuestion,
} from "./message-sizes.ts";
import { MessageWriter } from "./message-writer.ts";
import type { Name } from "./name.ts";
import { CLASS, type ResourceRecord, TYPE } from "./record.ts";

/** What is to be ours of one name. */
export interface Proposal {
  readonly name: Name;
  /** All of them, or the tie-break goes wrong (RFC 6762 §8.2). Without the cache-flush bit. */
  readonly records: readonly ResourceRecord[];
}

/**
 * The queries that ask for all types of each name, and tell what we propose in the authority section (RFC 6762 §8.1): as few
 * as fit the link, a name and what is proposed of it in one. They ask for answers by unicast where those reach us.
 */
export function writeProbes(link: BoundLink, proposals: readonly Proposal[]): Uint8Array[] {
  const groups: Proposal[][] = [];
  let room = 0;
  for (const proposal of proposals) {
    const bytes = mostBytesOfProposal(proposal);
    if (bytes > room) {
      groups.push([]);
      room = mostBytesOn(link) - HEADER_BYTES;
    }
    groups.at(-1)?.push(proposal);
    room -= bytes;
  }
  return groups.map((group) => writeProbe(link, group));
}

function writeProbe(link: BoundLink, proposals: readonly Proposal[]): Uint8Array {
  const limit = proposals.length === 1 ? mostBytesOfOneRecord(link) : mostBytesOn(link);
  const writer = new MessageWriter({ kind: "query", limit });
  const unicast = link.sharedPort !== undefined;
  for (const { name } of proposals) writer.question({ name, type: TYPE.ANY, class: CLASS.IN, unicast });
  for (const { records } of proposals) for (const record of records) writer.authority(record);
  return writer.finish();
}

function mostBytesOfProposal({ name, records }: Proposal): number {
  return records.reduce((sum, record) => sum + mostBytesOfNextRecord(record), mostBytesOfQuestion(name));
}
