import { UsageError } from "../../src/core/errors.ts";
import type { Random } from "../../src/core/random.ts";
import { glance } from "../../src/mdns/glance.ts";
import { Interest } from "../../src/mdns/interest.ts";
import { type DnsMessage, decodeMessage, encodeMessage } from "../../src/mdns/message.ts";
import { Name } from "../../src/mdns/name.ts";
import { CLASS, type ResourceRecord, TYPE } from "../../src/mdns/record.ts";
import { compareRecords, rdataOf, sameData } from "../../src/mdns/record-data.ts";
import { bytesOf, told } from "../mdns/telling.ts";
import { vectors } from "../mdns/vectors.ts";
import { wireFormats } from "../mdns/wire-formats.ts";
import type { Mutant } from "./mutant.ts";
import { pickFrom } from "./mutant.ts";
import type { Signature } from "./signature.ts";
import { insist, type Target } from "./target.ts";

/** Labels and strings that mean something. */
export const MDNS_WORDS: readonly string[] = [
  "\u0005local\u0000",
  "\u0004_tcp",
  "\u0004_udp",
  "\u0004_sub",
  "\u0005_http",
  "\u0004_ipp",
  "\u0009_services",
  "\u0007_dns-sd",
  "\u0004arpa",
  "\u0009__proto__",
  "\u0000\u0001\u0000\u0001",
  "\u0000\u000c\u0000\u0001",
  "\u0000\u0000\u0011\u0094",
  "\u0000\u0000",
  "\u0000\u0004",
  "\u003f",
  "\u0040",
];

/** Questions and records held of one message. */
const MOST_ENTRIES = 1024;
/** Most bytes of the names of one message, uncompressed. */
const MOST_OCTETS = 256 * 1024;
/** Names of one message that are looked at one by one. */
const LOOKED_AT = 64;
/** Messages so short are walked to their end by `Interest`, however their pointers lead. */
const WALKED_BYTES = 1500;

/** mDNS's codec: everything that reads a message, whatever it is. */
export const mdnsCodec: Target = {
  name: "mdns",
  seeds: [...wireFormats, ...vectors].map(({ hex }) => bytesOf(hex)),
  dictionary: MDNS_WORDS,
  mostBytes: 9000,
  mutate: change,
  run(bytes, signature) {
    const message = decodeMessage(bytes);
    signature.note(message.kind);
    if (message.kind === "malformed") signature.note(message.reason);
    else look(message, signature);
    if (interest.wants(bytes)) signature.note("wanted");
  },
  examine(bytes) {
    glanceAgrees(bytes);
    const message = decodeMessage(bytes);
    readTheSameTwice(bytes);
    cutShort(bytes);
    if (message.kind === "malformed") return;
    keepsBounds(message);
    compares(message);
    isWanted(message, bytes);
    writeAgain(message);
  },
};

const interest = new Interest();
interest.add(Name.of("_http", "_tcp", "local"));

function look(message: DnsMessage, signature: Signature): void {
  const records = recordsOf(message);
  for (const { code } of message.violations) signature.note(code);
  for (const { data } of records) signature.note(data.kind);
  signature.count("questions", message.questions.length);
  signature.count("records", records.length);
}

function recordsOf({ answers, authorities, additionals }: DnsMessage): ResourceRecord[] {
  return [...answers, ...authorities, ...additionals];
}

function namesOf(message: DnsMessage): Name[] {
  return [...message.questions, ...recordsOf(message)].map(({ name }) => name);
}

function glanceAgrees(bytes: Uint8Array): void {
  const seen = glance(bytes);
  const message = decodeMessage(bytes);
  insist((seen === undefined) === bytes.length < 12, "a glance sees a header that is none");
  if (seen === undefined || message.kind === "malformed") return;
  insist(seen.isResponse === (message.kind === "response"), "a glance sees another kind");
  insist(seen.opcode === message.opcode && seen.rcode === message.rcode, "a glance sees other codes");
  insist(seen.truncated === message.truncated, "a glance sees another TC");
  insist(seen.questions >= message.questions.length, "there are more questions than the header says");
  insist(seen.answers >= message.answers.length, "there are more answers than the header says");
}

/** From memory of any class, and whatever was read before. */
function readTheSameTwice(bytes: Uint8Array): void {
  insist(wordsOf(new Uint8Array(bytes)) === wordsOf(Buffer.from(bytes)), "it reads otherwise from a Buffer");
}

function wordsOf(bytes: Uint8Array): string {
  const message = decodeMessage(bytes);
  if (message.kind === "malformed") return message.reason;
  return JSON.stringify([told(message), message.violations, { ...message, ...EMPTY }]);
}

const EMPTY = { questions: [], answers: [], authorities: [], additionals: [] };

function cutShort(bytes: Uint8Array): void {
  for (const share of [0.25, 0.5, 0.75, 0.9])
    decodeMessage(bytes.subarray(0, Math.floor(bytes.length * share)));
}

function keepsBounds(message: DnsMessage): void {
  const names = namesOf(message);
  insist(message.questions.length <= MOST_ENTRIES, "too many questions");
  insist(recordsOf(message).length <= MOST_ENTRIES, "too many records");
  let octets = 0;
  for (const name of names) octets += name.byteLength;
  for (const name of names.slice(0, LOOKED_AT)) {
    insist(
      name.byteLength <= 256 && name.byteLength === name.wire.length,
      `a name of ${name.byteLength} bytes`,
    );
    insist(name.labels.length <= 127, `a name of ${name.labels.length} labels`);
    insist(Name.of(...name.labels).exact === name.exact, "a name that is not the one of its labels");
    insist(
      Name.parse(name.toString()).exact === name.exact,
      "a name that its presentation form does not give",
    );
  }
  insist(octets <= MOST_OCTETS, `names of ${octets} bytes`);
  const codes = message.violations.map(({ code }) => code);
  insist(new Set(codes).size === codes.length, "a violation is told twice");
}

function compares(message: DnsMessage): void {
  const records = recordsOf(message).slice(0, 32);
  for (const record of records) {
    insist(sameData(record.data, record.data), "data is not what it is");
    for (const other of records) {
      const order = compareRecords(record, other);
      insist(
        Math.sign(order) === -Math.sign(compareRecords(other, record)),
        "two records come before each other",
      );
      const isSame = order === 0 && record.data.kind === other.data.kind;
      insist(!isSame || sameData(record.data, other.data), "equal bytes are not the same data");
    }
  }
}

function isWanted(message: DnsMessage, bytes: Uint8Array): void {
  if (bytes.length > WALKED_BYTES) return;
  for (const name of namesOf(message).slice(0, LOOKED_AT)) {
    const own = new Interest();
    own.add(Name.of(...name.labels));
    insist(own.wants(bytes), `nobody would hear of ${name}`);
  }
}

/** What was read can be written, and reads the same again. */
function writeAgain(message: DnsMessage): void {
  let bytes: Uint8Array;
  try {
    bytes = encodeMessage(message);
  } catch (error) {
    if (error instanceof UsageError && error.code === "MESSAGE_TOO_LONG") return;
    throw error;
  }
  const again = decodeMessage(bytes);
  insist(again.kind === message.kind, `what we write we find ${again.kind}`);
  insist(again.violations.length === 0, `what we write has a fault: ${again.violations[0]?.message}`);
  const before = JSON.stringify([told(message), { ...message, ...EMPTY, violations: [] }]);
  const after = JSON.stringify([told(again), { ...again, ...EMPTY }]);
  insist(before === after, `what was written reads otherwise:\n${before}\n${after}`);
  for (const [index, { data, type }] of recordsOf(again).entries()) {
    const was = recordsOf(message)[index] as ResourceRecord;
    insist(hex(rdataOf(data, type)) === hex(rdataOf(was.data, was.type)), "the data became another");
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

const TYPES = [...Object.values(TYPE), 6, 15, 17, 18, 21, 26, 36, 39, 99];

/** One change that knows what a message is made of: its counts, pointers, types, lengths and records. */
function change(mutant: Mutant, random: Random, pick: () => Uint8Array): void {
  const entries = entriesOf(mutant.bytes);
  const entry = entries[random.integer(0, Math.max(0, entries.length - 1))];
  const deed = random.integer(0, 7);
  if (deed === 0 || entry === undefined) header(mutant, random);
  else if (deed === 1) point(mutant, random, random.integer(12, Math.max(12, mutant.length)));
  else if (deed === 2) point(mutant, random, entry.start);
  else if (deed === 3) put16(mutant, entry.nameEnd, pickFrom(TYPES, random));
  else if (deed === 4)
    put16(mutant, entry.nameEnd + 2, pickFrom([CLASS.IN, 0x8001, CLASS.ANY, 1440], random));
  else if (deed === 5) lengthen(mutant, random, entry);
  else if (deed === 6) mutant.replace(entry.start, 0, mutant.bytes.slice(entry.start, entry.end));
  else adopt(mutant, random, entry, pick());
}

interface Entry {
  readonly start: number;
  readonly nameEnd: number;
  readonly end: number;
}

/** Where questions and records stand, as far as they do. */
function entriesOf(bytes: Uint8Array): Entry[] {
  const entries: Entry[] = [];
  const questions = bytes.length < 12 ? 0 : ((bytes[4] as number) << 8) | (bytes[5] as number);
  for (let at = 12; at < bytes.length && entries.length < 64; ) {
    let nameEnd = at;
    while (nameEnd < bytes.length && (bytes[nameEnd] as number) > 0 && (bytes[nameEnd] as number) < 0xc0)
      nameEnd += (bytes[nameEnd] as number) + 1;
    nameEnd += (bytes[nameEnd] ?? 0) >= 0xc0 ? 2 : 1;
    const length = ((bytes[nameEnd + 8] ?? 0) << 8) | (bytes[nameEnd + 9] ?? 0);
    const end = entries.length < questions ? nameEnd + 4 : nameEnd + 10 + length;
    entries.push({ start: at, nameEnd, end });
    at = end;
  }
  return entries;
}

function header(mutant: Mutant, random: Random): void {
  put16(mutant, random.integer(1, 5) * 2, pickFrom([0, 1, 2, 5, 0x8400, 0x200, 0xffff], random));
}

/** A pointer to `target`, over what is somewhere, or between. */
function point(mutant: Mutant, random: Random, target: number): void {
  const bytes = Uint8Array.of(0xc0 | ((target >> 8) & 0x3f), target & 0xff);
  mutant.replace(
    random.integer(Math.min(12, mutant.length), mutant.length),
    random.next() < 0.5 ? 2 : 0,
    bytes,
  );
}

/** Says of its data that it is longer or shorter than it is, or makes it so. */
function lengthen(mutant: Mutant, random: Random, { nameEnd, end }: Entry): void {
  const at = nameEnd + 8;
  const length = ((mutant.bytes[at] ?? 0) << 8) | (mutant.bytes[at + 1] ?? 0);
  const other = Math.max(0, length + pickFrom([-4, -2, -1, 1, 2, 4, 200, 0xffff], random)) & 0xffff;
  put16(mutant, at, other);
  if (random.next() < 0.7 && other > length && other - length < 300 && end <= mutant.length)
    mutant.replace(end, 0, new Uint8Array(other - length).fill(random.integer(0, 255)));
}

/** A record of another message, behind one of this. */
function adopt(mutant: Mutant, random: Random, { end }: Entry, other: Uint8Array): void {
  const entries = entriesOf(other);
  const entry = entries[random.integer(0, Math.max(0, entries.length - 1))];
  if (entry === undefined) return;
  mutant.replace(Math.min(end, mutant.length), 0, other.slice(entry.start, entry.end));
  const count = random.integer(2, 5) * 2;
  put16(mutant, count, ((((mutant.bytes[count] ?? 0) << 8) | (mutant.bytes[count + 1] ?? 0)) + 1) & 0xffff);
}

function put16(mutant: Mutant, at: number, value: number): void {
  if (at + 2 <= mutant.length) mutant.replace(at, 2, Uint8Array.of(value >> 8, value & 0xff));
}
