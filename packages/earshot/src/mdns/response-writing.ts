import type { BoundLink } from "../core/engine.ts";
import { mostBytesOn } from "./ground.ts";
import { HEADER_BYTES, mostBytesOfOneRecord, mostBytesOfRecord } from "./message-sizes.ts";
import { MessageWriter } from "./message-writer.ts";
import type { ResourceRecord } from "./record.ts";

/**
 * The responses that multicast sets of records unasked: the records of a set in one message where they fit, else in messages
 * one after the other (RFC 6762 §10.2); a record that fits in none alone (§17). No two records are equal.
 * @param additions what is said besides of the answers of one message, as far as there is room. @default nothing
 */
export function writeResponses(
  link: BoundLink,
  sets: readonly (readonly ResourceRecord[])[],
  additions: (answers: readonly ResourceRecord[]) => readonly ResourceRecord[] = () => [],
): Uint8Array[] {
  return grouped(link, sets).flatMap((answers) => writeResponse(link, answers, additions(answers)) ?? []);
}

function grouped(link: BoundLink, sets: readonly (readonly ResourceRecord[])[]): ResourceRecord[][] {
  const space = mostBytesOn(link) - HEADER_BYTES;
  const groups: ResourceRecord[][] = [];
  let room = 0;
  for (const set of sets) {
    const whole = set.reduce((sum, record) => sum + mostBytesOfRecord(record), 0);
    if (whole > room && whole <= space) room = 0;
    for (const record of set) {
      const bytes = mostBytesOfRecord(record);
      if (bytes > room) {
        groups.push([]);
        room = space;
      }
      groups.at(-1)?.push(record);
      room -= bytes;
    }
  }
  return groups;
}

function writeResponse(
  link: BoundLink,
  answers: readonly ResourceRecord[],
  additions: readonly ResourceRecord[],
): Uint8Array | undefined {
  const limit = answers.length === 1 ? mostBytesOfOneRecord(link) : mostBytesOn(link);
  const writer = new MessageWriter({ kind: "response", limit });
  for (const answer of answers) writer.answer(answer);
  if (writer.count === 0) return undefined;
  for (const addition of additions) {
    if (writer.size + mostBytesOfRecord(addition) <= mostBytesOn(link)) writer.additional(addition);
  }
  return writer.finish();
}
