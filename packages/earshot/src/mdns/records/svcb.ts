import type { RecordData } from "../record.ts";
import { copyOf } from "./copy-of.ts";
import type { Form } from "./form.ts";
import { checkedNumber, invalidRecord } from "./invalid-record.ts";

/** SVCB and HTTPS (RFC 9460 §2.2). The target is not compressed when written; read it is either way. */
export const SVCB: Form<Extract<RecordData, { kind: "SVCB" }>> = {
  read(reader, end) {
    const { at } = reader;
    if (end - at < 3) return undefined;
    reader.at = at + 2;
    const target = reader.name();
    if (target === undefined || reader.at > end) return undefined;
    const params = paramsOf(reader.bytes, reader.at, end);
    reader.at = end;
    return params && { kind: "SVCB", priority: reader.u16(at), target, params };
  },
  write({ priority, target, params }, writer) {
    writer.u16(checkedNumber("priority", priority, 0xffff));
    writer.plainName(target);
    for (const [key, value] of [...params].sort(([a], [b]) => a - b)) {
      if (value.length > 0xffff) throw invalidRecord(`the value of key ${key} has ${value.length} bytes`);
      writer.u16(checkedNumber("a key of SVCB", key, 0xffff));
      writer.u16(value.length);
      writer.bytes(value);
    }
  },
};

/** `undefined` unless keys ascend, and the last value ends at `end`. */
function paramsOf(bytes: Uint8Array, start: number, end: number): Map<number, Uint8Array> | undefined {
  const params = new Map<number, Uint8Array>();
  let last = -1;
  let at = start;
  while (at + 4 <= end) {
    const key = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
    const next = at + 4 + (((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number));
    if (key <= last || next > end) return undefined;
    params.set(key, copyOf(bytes, at + 4, next));
    last = key;
    at = next;
  }
  return at === end ? params : undefined;
}
