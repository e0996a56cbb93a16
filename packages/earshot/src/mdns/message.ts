import { UsageError } from "../core/errors.ts";
import { MessageReader } from "./message-reader.ts";
import { MessageWriter } from "./message-writer.ts";
import type { Question, RecordData, ResourceRecord } from "./record.ts";
import { readData } from "./records/forms.ts";
import type { DnsViolation, DnsViolationCode } from "./violation.ts";

export { compareRecords, rdataOf, sameData } from "./record-data.ts";
export type { DnsViolation, DnsViolationCode } from "./violation.ts";

/** A message that could be read, in whole or in part; `violations` say what was left out, or read leniently. */
export interface DnsMessage {
  readonly kind: "query" | "response";
  readonly id: number;
  /** 0 in all messages of mDNS; others are to be ignored (RFC 6762 §18.3). */
  readonly opcode: number;
  /** 0 in all messages of mDNS; others are to be ignored (RFC 6762 §18.11). */
  readonly rcode: number;
  readonly authoritative: boolean;
  readonly truncated: boolean;
  readonly questions: readonly Question[];
  readonly answers: readonly ResourceRecord[];
  readonly authorities: readonly ResourceRecord[];
  readonly additionals: readonly ResourceRecord[];
  readonly violations: readonly DnsViolation[];
}

/** Bytes of which nothing could be read. */
export interface MalformedDns {
  readonly kind: "malformed";
  /** The code of a violation, `too-short` for less than a header, or `too-long` for what no datagram can be. */
  readonly reason: string;
}

/** Most bytes of a message that is written: a packet of 9,000 with the headers of IPv4 and UDP off it (RFC 6762 §17). */
export const MOST_MESSAGE_BYTES = 8972;
const MOST_DATAGRAM_BYTES = 0xffff;
const HEADER_BYTES = 12;
/** Most questions, and most records of all sections. 9,000 bytes have no more in earnest. */
const MOST_ENTRIES = 1024;

/**
 * Reads one datagram. Never throws, whatever the bytes. A record whose bounds are in the message, but which cannot be read,
 * is left out and the rest read; behind what has no bounds nothing is read, and what was before stays.
 */
export function decodeMessage(bytes: Uint8Array): DnsMessage | MalformedDns {
  if (bytes.length < HEADER_BYTES) return { kind: "malformed", reason: "too-short" };
  if (bytes.length > MOST_DATAGRAM_BYTES) return { kind: "malformed", reason: "too-long" };
  reader.begin(bytes, HEADER_BYTES);
  const message = readMessage();
  reader.end();
  return message;
}

/**
 * Writes one message. What is not given is as mDNS has it: id, OPCODE and RCODE 0, AA in responses, no entries.
 * @throws UsageError `MESSAGE_TOO_LONG` above 8972 bytes; `INVALID_RECORD` for what has no place in a record.
 */
export function encodeMessage(message: Partial<DnsMessage> & Pick<DnsMessage, "kind">): Uint8Array {
  const writer = new MessageWriter({ kind: message.kind, id: message.id ?? 0, limit: MOST_MESSAGE_BYTES });
  for (const question of message.questions ?? []) mustFit(writer.question(question));
  for (const record of message.answers ?? []) mustFit(writer.answer(record));
  for (const record of message.authorities ?? []) mustFit(writer.authority(record));
  for (const record of message.additionals ?? []) mustFit(writer.additional(record));
  const bytes = writer.finish();
  const { authoritative = message.kind === "response", truncated = false, opcode = 0, rcode = 0 } = message;
  const response = message.kind === "response" ? 0x80 : 0;
  bytes[2] = response | ((opcode & 15) << 3) | (authoritative ? 4 : 0) | (truncated ? 2 : 0);
  bytes[3] = rcode & 15;
  return bytes;
}

function mustFit(fits: boolean): void {
  if (!fits) throw new UsageError("MESSAGE_TOO_LONG", `a message of more than ${MOST_MESSAGE_BYTES} bytes`);
}

/** One for all: a message is read at one go. */
const reader = new MessageReader();

function readMessage(): DnsMessage | MalformedDns {
  const flags = reader.u16(2);
  const questions = readQuestions(reader.u16(4));
  const left = { count: MOST_ENTRIES };
  const answers = readRecords(reader.u16(6), left);
  const authorities = readRecords(reader.u16(8), left);
  const additionals = readRecords(reader.u16(10), left);
  if (reader.at >= 0 && reader.at < reader.bytes.length)
    reader.note("trailing-bytes", `${reader.bytes.length - reader.at} bytes behind the last record`);
  const { violations } = reader;
  const entries = questions.length + answers.length + authorities.length + additionals.length;
  if (reader.at < 0 && entries === 0)
    return { kind: "malformed", reason: violations[0]?.code ?? "message-cut-short" };
  return {
    kind: flags >= 0x8000 ? "response" : "query",
    id: reader.u16(0),
    opcode: (flags >> 11) & 15,
    rcode: flags & 15,
    authoritative: (flags & 0x400) !== 0,
    truncated: (flags & 0x200) !== 0,
    questions,
    answers,
    authorities,
    additionals,
    violations,
  };
}

const NO_QUESTIONS: readonly Question[] = Object.freeze([]);
const NO_RECORDS: readonly ResourceRecord[] = Object.freeze([]);

function readQuestions(count: number): readonly Question[] {
  if (count === 0) return NO_QUESTIONS;
  const questions: Question[] = [];
  for (let i = 0; i < count && reader.at >= 0; i++) {
    if (i >= MOST_ENTRIES) stop("too-many-entries", `more than ${MOST_ENTRIES} questions`);
    else readQuestion(questions);
  }
  return questions;
}

function readQuestion(questions: Question[]): void {
  const name = reader.name();
  const { at, bytes } = reader;
  if (at < 0 || reader.isSpent) reader.at = -1;
  else if (at + 4 > bytes.length) stop("message-cut-short", `a question at ${at} is cut short`);
  else {
    reader.at = at + 4;
    const bits = reader.u16(at + 2);
    if (name !== undefined)
      questions.push({ name, type: reader.u16(at), class: bits & 0x7fff, unicast: bits >= 0x8000 });
  }
}

function readRecords(count: number, left: { count: number }): readonly ResourceRecord[] {
  if (count === 0) return NO_RECORDS;
  const records: ResourceRecord[] = [];
  for (let i = 0; i < count && reader.at >= 0; i++) {
    if (--left.count < 0) stop("too-many-entries", `more than ${MOST_ENTRIES} records`);
    else readRecord(records);
  }
  return records;
}

function readRecord(records: ResourceRecord[]): void {
  const name = reader.name();
  const { at, bytes } = reader;
  if (at < 0 || reader.isSpent) {
    reader.at = -1;
    return;
  }
  const end = at + 10 > bytes.length ? at + 10 : at + 10 + reader.u16(at + 8);
  if (end > bytes.length) {
    stop("message-cut-short", `the record at ${at} runs past the end`);
    return;
  }
  const data = name && readWhole(reader.u16(at), at + 10, end);
  if (name !== undefined && data !== undefined) {
    const bits = reader.u16(at + 2);
    const ttl = reader.u32(at + 4);
    records.push({ name, type: reader.u16(at), class: bits & 0x7fff, flush: bits >= 0x8000, ttl, data });
  }
  reader.at = reader.isSpent ? -1 : end;
}

/** Data that was read, no further than to `end`. */
function readWhole(type: number, start: number, end: number): RecordData | undefined {
  reader.at = start;
  const data = readData(type, reader, end);
  if (data === undefined || reader.at > end) {
    reader.note("bad-rdata", `the data of type ${type} at ${start} is not of its form`);
    return undefined;
  }
  if (reader.at < end)
    reader.note("rdata-left-over", `the data of type ${type} at ${start} ends before its record`);
  return data;
}

function stop(code: DnsViolationCode, message: string): void {
  reader.note(code, message);
  reader.at = -1;
}
