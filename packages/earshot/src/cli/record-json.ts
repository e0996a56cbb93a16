/** Questions and records of mDNS as JSON has them, described in docs/guide/json.md. */
import type { Question, RecordData } from "../mdns.ts";
import { dataText, type Said, typeName } from "./record-text.ts";
import { bytesText, txtStrings } from "./txt-text.ts";

type Fields = Readonly<Record<string, unknown>>;

export function questionFields(question: Question): Fields {
  const { name, type, unicast } = question;
  return { name: String(name), type: typeName(type), class: question.class, unicast };
}

/** A record: `text` is what it says, as dig prints it; `data` the same in parts. */
export function recordFields(record: Said): Fields {
  const { name, type, ttl, data } = record;
  return {
    name: String(name),
    type: typeName(type),
    class: record.class,
    ttl,
    text: dataText(data),
    data: dataFields(data),
  };
}

function dataFields(data: RecordData): Fields {
  switch (data.kind) {
    case "A":
    case "AAAA":
      return { address: data.address };
    case "PTR":
    case "CNAME":
      return { target: String(data.target) };
    case "SRV":
      return {
        priority: data.priority,
        weight: data.weight,
        port: data.port,
        target: String(data.target),
      };
    case "TXT":
      return { strings: txtStrings(data.bytes).map(bytesText), hex: hexOf(data.bytes) };
    case "NSEC":
      return { next: String(data.next), types: data.types.map(typeName) };
    case "HINFO":
      return { cpu: data.cpu, os: data.os };
    case "SVCB":
      return {
        priority: data.priority,
        target: String(data.target),
        params: Object.fromEntries([...data.params].map(([key, value]) => [key, hexOf(value)])),
      };
    case "OPT":
      return { options: data.options.map(({ code, bytes }) => ({ code, hex: hexOf(bytes) })) };
    case "opaque":
      return { hex: hexOf(data.bytes) };
  }
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
