import { formatAddress, parseAddress } from "../../core/address.ts";
import { formatV4 } from "../../core/address-text.ts";
import { Memo } from "../../core/memo.ts";
import type { RecordData } from "../record.ts";
import type { Form } from "./form.ts";
import { invalidRecord } from "./invalid-record.ts";

type AddressData = Extract<RecordData, { kind: "A" | "AAAA" }>;

/** RFC 1035 §3.4.1. */
export const A: Form<AddressData> = {
  read(reader, end) {
    if (end - reader.at !== 4) return undefined;
    const number = reader.u32(reader.at);
    reader.at = end;
    return { kind: "A", address: v4Texts.get(number) };
  },
  write({ address }, writer) {
    writer.bytes(bytesOf(address, 4));
  },
};

/** RFC 3596 §2.2. An IPv4 address in the form of IPv6 stays in that form. */
export const AAAA: Form<AddressData> = {
  read(reader, end) {
    if (end - reader.at !== 16) return undefined;
    const address = v6Text(reader.bytes, reader.at);
    reader.at = end;
    return { kind: "AAAA", address };
  },
  write({ address }, writer) {
    writer.bytes(bytesOf(address, 16));
  },
};

const REMEMBERED = 1024;
const v4Texts = new Memo(REMEMBERED, formatV4);
const known = new Memo(REMEMBERED, parseAddress);

/** IPv6 addresses read of late, each at the one place that it can be at. */
const v6Slots: ({ readonly bytes: Uint8Array; readonly text: string } | undefined)[] = [];

function v6Text(bytes: Uint8Array, at: number): string {
  let hash = 0;
  for (let i = 0; i < 16; i++) hash = Math.imul(hash ^ (bytes[at + i] as number), 0x01000193);
  const slot = (hash ^ (hash >>> 15)) & (REMEMBERED - 1);
  const last = v6Slots[slot];
  if (last !== undefined && isAt(last.bytes, bytes, at)) return last.text;
  const own = new Uint8Array(16);
  for (let i = 0; i < 16; i++) own[i] = bytes[at + i] as number;
  const text = formatAddress(own);
  v6Slots[slot] = { bytes: own, text };
  return text;
}

function isAt(part: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < part.length; i++) if (part[i] !== bytes[at + i]) return false;
  return true;
}

function bytesOf(address: string, length: number): Uint8Array {
  const bytes = known.get(address);
  if (bytes?.length !== length)
    throw invalidRecord(`${JSON.stringify(address)} is no IPv${length === 4 ? 4 : 6} address`);
  return bytes;
}
