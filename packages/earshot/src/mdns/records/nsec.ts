import type { RecordData } from "../record.ts";
import type { Form } from "./form.ts";
import { checkedNumber } from "./invalid-record.ts";

const MOST_WINDOW_BYTES = 32;

/** RFC 4034 §4.1, of which mDNS sends the form of RFC 6762 §6.1 only: the next name is the owner's, and there is one window. */
export const NSEC: Form<Extract<RecordData, { kind: "NSEC" }>> = {
  read(reader, end) {
    const next = reader.name();
    if (next === undefined || reader.at > end) return undefined;
    const types = typesOf(reader.bytes, reader.at, end);
    reader.at = end;
    return types && { kind: "NSEC", next, types };
  },
  write({ next, types }, writer) {
    writer.name(next);
    for (const [window, bits] of windowsOf(types)) {
      writer.u8(window);
      writer.u8(bits.length);
      writer.bytes(bits);
    }
  },
};

/** `undefined` unless windows come in ascending order, of 1 to 32 bytes each, and the last ends at `end`. */
function typesOf(bytes: Uint8Array, start: number, end: number): number[] | undefined {
  const types: number[] = [];
  let last = -1;
  for (let at = start; at < end; ) {
    const window = bytes[at] as number;
    const length = at + 1 < end ? (bytes[at + 1] as number) : 0;
    if (window <= last || length < 1 || length > MOST_WINDOW_BYTES || at + 2 + length > end) return undefined;
    for (let i = 0; i < length; i++) addTypes(types, window * 256 + i * 8, bytes[at + 2 + i] as number);
    last = window;
    at += 2 + length;
  }
  return types;
}

/** The types of one byte of a bitmap, the first of which is `first`. */
function addTypes(types: number[], first: number, bits: number): void {
  for (let type = first, rest = bits; rest !== 0; type++, rest = (rest << 1) & 0xff)
    if (rest & 0x80) types.push(type);
}

/** Bitmaps by window, both ascending, without zero bytes at their ends. */
function windowsOf(types: readonly number[]): [window: number, bits: Uint8Array][] {
  const most = new Map<number, number>();
  for (const type of types) {
    const window = checkedNumber("a type of NSEC", type, 0xffff) >> 8;
    most.set(window, Math.max(most.get(window) ?? 0, type & 0xff));
  }
  const windows = [...most].sort(([a], [b]) => a - b);
  return windows.map(([window, last]) => [window, bitmapOf(types, window, (last >> 3) + 1)]);
}

function bitmapOf(types: readonly number[], window: number, length: number): Uint8Array {
  const bits = new Uint8Array(length);
  for (const type of types) {
    const bit = type & 0xff;
    if (type >> 8 === window) bits[bit >> 3] = (bits[bit >> 3] as number) | (0x80 >> (bit & 7));
  }
  return bits;
}
