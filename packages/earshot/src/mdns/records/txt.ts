import type { RecordData } from "../record.ts";
import { copyOf } from "./copy-of.ts";
import type { Form } from "./form.ts";
import { invalidRecord } from "./invalid-record.ts";

/** RFC 1035 §3.3.14. No strings at all is read as what is sent in its place (RFC 6763 §6.1); it stays empty here. */
export const TXT: Form<Extract<RecordData, { kind: "TXT" }>> = {
  read(reader, end) {
    const { bytes, at } = reader;
    if (!isStrings(bytes, at, end)) return undefined;
    reader.at = end;
    return { kind: "TXT", bytes: copyOf(bytes, at, end) };
  },
  write({ bytes }, writer) {
    if (!isStrings(bytes, 0, bytes.length)) throw invalidRecord("a string of a TXT record runs past its end");
    writer.bytes(bytes);
  },
};

/** Whether there is a length byte before each string, and the last ends at `end`. */
function isStrings(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end) at += (bytes[at] as number) + 1;
  return at === end;
}
