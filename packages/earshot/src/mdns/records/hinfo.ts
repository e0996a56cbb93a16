import type { ByteWriter } from "../byte-writer.ts";
import { bytesOfText, textOfBytes } from "../label.ts";
import type { RecordData } from "../record.ts";
import type { Form } from "./form.ts";
import { invalidRecord } from "./invalid-record.ts";

/** RFC 1035 §3.3.2: two strings, as text in the way that labels are. */
export const HINFO: Form<Extract<RecordData, { kind: "HINFO" }>> = {
  read(reader, end) {
    const { bytes, at } = reader;
    const middle = at + 1 + (bytes[at] ?? 0);
    if (middle >= end) return undefined;
    const last = middle + 1 + (bytes[middle] as number);
    if (last > end) return undefined;
    reader.at = last;
    return {
      kind: "HINFO",
      cpu: textOfBytes(bytes, at + 1, middle),
      os: textOfBytes(bytes, middle + 1, last),
    };
  },
  write({ cpu, os }, writer) {
    writeString(cpu, writer);
    writeString(os, writer);
  },
};

function writeString(text: string, writer: ByteWriter): void {
  const bytes = bytesOfText(text);
  if (bytes === undefined || bytes.length > 255)
    throw invalidRecord("a string of HINFO is longer than 255 bytes, or has half a character in it");
  writer.u8(bytes.length);
  writer.bytes(bytes);
}
