import { ByteWriter } from "../byte-writer.ts";
import { MessageReader } from "../message-reader.ts";
import type { RecordData } from "../record.ts";
import { copyOf } from "./copy-of.ts";
import type { Form } from "./form.ts";

type OpaqueData = Extract<RecordData, { kind: "opaque" }>;

/** What RDATA is made of: names, and so many bytes. */
type Layout = readonly ("name" | number)[];

/** The types without a form of their own whose names may be compressed (RFC 6762 §18.14). */
const LAYOUTS: ReadonlyMap<number, Layout> = new Map<number, Layout>([
  [2, ["name"]], // NS
  [6, ["name", "name", 20]], // SOA
  [15, [2, "name"]], // MX
  [17, ["name", "name"]], // RP
  [18, [2, "name"]], // AFSDB
  [21, [2, "name"]], // RT
  [26, [2, "name", "name"]], // PX
  [36, [2, "name"]], // KX
  [39, ["name"]], // DNAME
]);

/** Names written out are at most this much longer than pointers to them. */
const MOST_GROWTH = 512;

/** Of data that is being written: not the one that reads messages, which may be at it. */
const ownReader = new MessageReader();

/** Any type: its bytes, nothing in them understood (RFC 3597). */
export const opaque: Form<OpaqueData> = {
  read(reader, end) {
    const { bytes, at } = reader;
    reader.at = end;
    return { kind: "opaque", bytes: copyOf(bytes, at, end) };
  },
  write({ bytes }, writer) {
    writer.bytes(bytes);
  },
};

/** Types whose names are written out when read, and compressed when written. What is not of their layout is written as it is. */
const composed: ReadonlyMap<number, Form<OpaqueData>> = new Map(
  [...LAYOUTS].map(([type, layout]) => [type, composedOf(layout)]),
);

/** The form of a type without one of its own. */
export function opaqueForm(type: number): Form<OpaqueData> {
  return composed.get(type) ?? opaque;
}

function composedOf(layout: Layout): Form<OpaqueData> {
  return {
    read(reader, end) {
      const writer = new ByteWriter(new Uint8Array(end - reader.at + MOST_GROWTH));
      return copyParts(layout, reader, end, writer) ? { kind: "opaque", bytes: writer.copy() } : undefined;
    },
    write({ bytes }, writer) {
      const { at, names } = writer;
      ownReader.begin(bytes, 0);
      const isComposed = copyParts(layout, ownReader, bytes.length, writer) && ownReader.at === bytes.length;
      ownReader.end();
      if (isComposed) return;
      writer.backTo(at, names);
      writer.bytes(bytes);
    },
  };
}

function copyParts(layout: Layout, reader: MessageReader, end: number, writer: ByteWriter): boolean {
  for (const part of layout) {
    const { at } = reader;
    if (part === "name") {
      const name = reader.name();
      if (name === undefined || reader.at > end) return false;
      writer.name(name);
    } else {
      if (at + part > end) return false;
      writer.bytes(reader.bytes.subarray(at, at + part));
      reader.at = at + part;
    }
  }
  return true;
}
