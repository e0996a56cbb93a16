/** Questions and records as dig prints them. Every text of them is a stranger's: print it neutralised. */
import { CLASS, type Question, type RecordData, type ResourceRecord, TYPE } from "../mdns.ts";
import { quoted, quotedBytes, txtText } from "./txt-text.ts";

/** A record as it stands in a message, or as it was heard. */
export type Said = Omit<ResourceRecord, "flush">;

/** `name ttl class type data`. */
export function recordText(record: Said): string {
  const { name, ttl, type } = record;
  return `${name}. ${ttl} ${className(record.class)} ${typeName(type)} ${dataText(record.data)}`;
}

/** `name class type`, and `QU` where an answer by unicast is welcome. */
export function questionText(question: Question): string {
  const { name, type, unicast } = question;
  return `${name}. ${className(question.class)} ${typeName(type)}${unicast ? " QU" : ""}`;
}

/** `PTR`, or `TYPE999` where a type has no name here (RFC 3597 §5). */
export function typeName(type: number): string {
  return TYPE_NAMES.get(type) ?? `TYPE${type}`;
}

/** The code of a type by its name, as `PTR`, `ptr`, `TYPE12` or `12`; `undefined` where it is none. */
export function typeCode(text: string): number | undefined {
  const named = TYPE_CODES.get(text.toUpperCase());
  if (named !== undefined) return named;
  const [, digits] = /^(?:TYPE)?(\d{1,5})$/i.exec(text) ?? [];
  const code = Number(digits);
  return code >= 1 && code <= 0xff_ff ? code : undefined;
}

/** What a record says, without its owner and type. */
export function dataText(data: RecordData): string {
  switch (data.kind) {
    case "A":
    case "AAAA":
      return data.address;
    case "PTR":
    case "CNAME":
      return `${data.target}.`;
    case "SRV":
      return `${data.priority} ${data.weight} ${data.port} ${data.target}.`;
    case "TXT":
      return txtText(data.bytes);
    case "NSEC":
      return [`${data.next}.`, ...data.types.map(typeName)].join(" ");
    case "HINFO":
      return `${quoted(data.cpu)} ${quoted(data.os)}`;
    case "SVCB":
      return [
        `${data.priority} ${data.target}.`,
        ...[...data.params].map(([key, value]) => `key${key}=${quotedBytes(value)}`),
      ].join(" ");
    case "OPT":
      return data.options.map(({ code, bytes }) => `option ${code}: ${hexOf(bytes)}`).join(", ");
    case "opaque":
      return `\\# ${data.bytes.length} ${hexOf(data.bytes)}`.trimEnd();
  }
}

const TYPE_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(TYPE).map(([name, code]) => [code, name]),
);
const TYPE_CODES: ReadonlyMap<string, number> = new Map(Object.entries(TYPE));

function className(code: number): string {
  if (code === CLASS.IN) return "IN";
  return code === CLASS.ANY ? "ANY" : `CLASS${code}`;
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
