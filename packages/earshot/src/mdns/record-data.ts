import { UsageError } from "../core/errors.ts";
import { ByteWriter } from "./byte-writer.ts";
import type { RecordData, ResourceRecord } from "./record.ts";
import { writeData } from "./records/forms.ts";

const MOST_RDATA_BYTES = 0xffff;

/**
 * The RDATA as bytes, its names not compressed: for tie-breaks (RFC 6762 §8.2.1), and to tell data apart.
 * @throws UsageError `INVALID_RECORD` for what has no place in a record.
 */
export function rdataOf(data: RecordData, type: number): Uint8Array {
  const writer = new ByteWriter(scratch);
  writeData(data, type, writer);
  if (writer.at > scratch.length)
    throw new UsageError("INVALID_RECORD", `RDATA of ${writer.at} bytes; ${MOST_RDATA_BYTES} is the most`);
  return writer.copy();
}

const scratch = new Uint8Array(MOST_RDATA_BYTES);

/** Whether two say the same: names without regard to the case of ASCII letters, everything else to the byte. */
export function sameData(a: RecordData, b: RecordData): boolean {
  switch (a.kind) {
    case "A":
    case "AAAA":
      return b.kind === a.kind && a.address === b.address;
    case "PTR":
    case "CNAME":
      return b.kind === a.kind && a.target.equals(b.target);
    case "SRV":
      return b.kind === "SRV" && sameNumbers(a, b) && a.target.equals(b.target);
    case "TXT":
    case "opaque":
      return b.kind === a.kind && compareBytes(a.bytes, b.bytes) === 0;
    case "NSEC":
      return b.kind === "NSEC" && a.next.equals(b.next) && sameList(a.types, b.types);
    case "HINFO":
      return b.kind === "HINFO" && a.cpu === b.cpu && a.os === b.os;
    case "SVCB":
      return b.kind === "SVCB" && a.priority === b.priority && a.target.equals(b.target) && sameParams(a, b);
    case "OPT":
      return b.kind === "OPT" && compareBytes(rdataOf(a, 0), rdataOf(b, 0)) === 0;
  }
}

/**
 * Which of two records comes first (RFC 6762 §8.2): by class without the cache-flush bit, then by type, then by the bytes
 * of the RDATA. Negative when it is `a`, 0 when they are the same.
 */
export function compareRecords(a: ResourceRecord, b: ResourceRecord): number {
  return (
    a.class - b.class || a.type - b.type || compareBytes(rdataOf(a.data, a.type), rdataOf(b.data, b.type))
  );
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) if (a[i] !== b[i]) return (a[i] as number) - (b[i] as number);
  return a.length - b.length;
}

type DataOf<Kind extends RecordData["kind"]> = Extract<RecordData, { kind: Kind }>;

function sameNumbers(a: DataOf<"SRV">, b: DataOf<"SRV">): boolean {
  return a.port === b.port && a.priority === b.priority && a.weight === b.weight;
}

function sameList(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}

function sameParams(a: DataOf<"SVCB">, b: DataOf<"SVCB">): boolean {
  if (a.params.size !== b.params.size) return false;
  for (const [key, value] of a.params) {
    const other = b.params.get(key);
    if (other === undefined || compareBytes(value, other) !== 0) return false;
  }
  return true;
}
