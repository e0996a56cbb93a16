import type { Link } from "../core/engine.ts";
import { rdataOf } from "./message.ts";
import type { Name } from "./name.ts";
import type { ResourceRecord } from "./record.ts";

/** Bytes of the header of a message. */
export const HEADER_BYTES = 12;

/** Most bytes of a question: its name uncompressed, type and class. */
export function mostBytesOfQuestion(name: Name): number {
  return name.byteLength + 4;
}

/** Most bytes of a record whose name is not yet in the message. */
export function mostBytesOfRecord(record: ResourceRecord): number {
  return record.name.byteLength + mostBytesAfterName(record);
}

/** Most bytes of a record whose name is in the message already, so that a pointer of two bytes stands for it. */
export function mostBytesOfNextRecord(record: ResourceRecord): number {
  return 2 + mostBytesAfterName(record);
}

/** Most bytes of a message that holds one record which fits in no packet of the link: 9000 with the headers (RFC 6762 §17). */
export function mostBytesOfOneRecord({ family }: Link): number {
  return 9000 - (family === 4 ? 20 : 40) - 8;
}

/** Type, class, TTL, length and data. */
function mostBytesAfterName({ type, data }: ResourceRecord): number {
  return 10 + rdataOf(data, type).length;
}
