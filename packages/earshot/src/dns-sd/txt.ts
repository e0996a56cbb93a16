import { UsageError } from "../core/errors.ts";
import { lowerAscii } from "../core/lower-ascii.ts";
import { sameBytes } from "../core/same-bytes.ts";

/**
 * What a TXT record shall say. A value of `true` is a key without a value; `""` an empty one; `false` and `null` leave
 * the key out. Entries are told in their order, and so are the keys of an object, save that `txtvers` comes first there
 * (RFC 6763 §6.7). A map is as its entries, such as the `txt` of a service that was found. Bytes are the record as it is:
 * strings with a length byte each.
 */
export type TxtInput =
  | Readonly<Record<string, string | Uint8Array | boolean | number | null>>
  | readonly (readonly [key: string, value: string | Uint8Array | true])[]
  | ReadonlyMap<string, string | Uint8Array | true>
  | Uint8Array;

/** Most bytes of a TXT record that can be published: it has to fit one message of mDNS (RFC 6762 §17). */
export const MOST_TXT_BYTES = 8900;

/** The text of a service (RFC 6763 §6): keys with or without values, which are bytes. Immutable; read when asked. */
export class Txt {
  /** No keys: one zero byte. */
  static readonly empty: Txt = new Txt(Uint8Array.of(0));

  /** The record as it was said, never empty: strings with a length byte each. Not to be changed. */
  readonly bytes: Uint8Array;
  #pairs: ReadonlyMap<string, Pair> | undefined;

  private constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /**
   * Reads a record as leniently as it can be: a string that begins with `=` is ignored, of a key that comes again the
   * first one counts, and what is cut off at the end is left out. No bytes at all are the same as one zero byte.
   */
  static read(bytes: Uint8Array): Txt {
    return bytes.length === 0 || (bytes.length === 1 && bytes[0] === 0) ? Txt.empty : new Txt(bytes);
  }

  /**
   * Writes a record.
   * @throws UsageError `INVALID_OFFER`: a key that is empty, has `=` or anything but printable ASCII in it, or comes
   *   twice; a value that is neither text nor bytes; a string of more than 255 bytes; more than 8900 bytes in all.
   */
  static from(input: TxtInput): Txt {
    const bytes = input instanceof Uint8Array ? checkedRecord(input) : written(entriesOf(input));
    if (bytes.length > MOST_TXT_BYTES)
      throw invalid(`a TXT record of ${bytes.length} bytes; ${MOST_TXT_BYTES} is the most`);
    return Txt.read(bytes);
  }

  /** How many keys there are. */
  get size(): number {
    return this.#read().size;
  }

  /** The keys as they were written, in order. */
  get keys(): readonly string[] {
    return Array.from(this.#read().values(), ({ key }) => key);
  }

  /** Whether the key is there. The case of ASCII letters does not count, here and below. */
  has(key: string): boolean {
    return this.#read().has(lowerAscii(key));
  }

  /** The value; `true` where the key has none, `undefined` where there is no such key. */
  get(key: string): Uint8Array | true | undefined {
    return this.#read().get(lowerAscii(key))?.value;
  }

  /** The value as UTF-8 text; `undefined` where there is no such key, or where it has no value. */
  text(key: string): string | undefined {
    const value = this.get(key);
    return value instanceof Uint8Array ? decoder.decode(value) : undefined;
  }

  entries(): [key: string, value: Uint8Array | true][] {
    return Array.from(this.#read().values(), ({ key, value }) => [key, value]);
  }

  /** Whether the bytes are the same. */
  equals(other: Txt): boolean {
    return sameBytes(this.bytes, other.bytes);
  }

  #read(): ReadonlyMap<string, Pair> {
    this.#pairs ??= readPairs(this.bytes);
    return this.#pairs;
  }
}

interface Pair {
  readonly key: string;
  readonly value: Uint8Array | true;
}

const EQUALS = 0x3d;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

function readPairs(bytes: Uint8Array): ReadonlyMap<string, Pair> {
  const pairs = new Map<string, Pair>();
  let at = 0;
  while (at < bytes.length) {
    const end = at + 1 + (bytes[at] as number);
    if (end > bytes.length) break;
    const pair = readPair(bytes.subarray(at + 1, end));
    const name = pair && lowerAscii(pair.key);
    if (name !== undefined && !pairs.has(name)) pairs.set(name, pair as Pair);
    at = end;
  }
  return pairs;
}

function readPair(string: Uint8Array): Pair | undefined {
  const at = string.indexOf(EQUALS);
  if (string.length === 0 || at === 0) return undefined;
  if (at < 0) return { key: decoder.decode(string), value: true };
  return { key: decoder.decode(string.subarray(0, at)), value: string.slice(at + 1) };
}

type Entry = readonly [key: string, value: string | Uint8Array | true];

function entriesOf(input: Exclude<TxtInput, Uint8Array>): readonly Entry[] {
  if (input instanceof Map) return [...input];
  if (isEntries(input)) return input;
  if (typeof input !== "object" || input === null || ArrayBuffer.isView(input))
    throw invalid("the text is no object, map, list of keys with values, or bytes");
  const entries: Entry[] = [];
  for (const [key, value] of Object.entries(input)) {
    if (value === false || value === null || value === undefined) continue;
    const entry: Entry = [key, typeof value === "number" ? String(value) : value];
    if (lowerAscii(key) === "txtvers") entries.unshift(entry);
    else entries.push(entry);
  }
  return entries;
}

/** `Array.isArray` does not narrow what is read-only. */
function isEntries(input: Exclude<TxtInput, Uint8Array>): input is readonly Entry[] {
  return Array.isArray(input);
}

function written(entries: readonly Entry[]): Uint8Array {
  const seen = new Set<string>();
  const strings = entries.map((entry) => {
    if (!Array.isArray(entry)) throw invalid("the text has an entry that is no key with its value");
    const [key, value] = entry as Entry;
    checkKey(key);
    if (seen.has(lowerAscii(key))) throw invalid(`the TXT key ${JSON.stringify(key)} is given twice`);
    seen.add(lowerAscii(key));
    return writtenString(key, value);
  });
  return strings.length === 0 ? Txt.empty.bytes : joined(strings);
}

const KEY = /^[\x20-\x3c\x3e-\x7e]+$/;

function checkKey(key: string): void {
  if (typeof key !== "string") throw invalid("a TXT key is a text");
  if (key === "") throw invalid("a TXT key has at least one character");
  if (!KEY.test(key))
    throw invalid(
      `the TXT key ${JSON.stringify(key)} has something else in it than printable ASCII without "="`,
    );
}

function writtenString(key: string, value: string | Uint8Array | true): Uint8Array {
  if (typeof value !== "string" && value !== true && !(value instanceof Uint8Array))
    throw invalid(`the value of the TXT key ${JSON.stringify(key)} is neither text nor bytes nor true`);
  const head = encoder.encode(value === true ? key : `${key}=`);
  const tail = typeof value === "string" ? encoder.encode(value) : value === true ? new Uint8Array() : value;
  const length = head.length + tail.length;
  if (length > 255)
    throw invalid(`the TXT key ${JSON.stringify(key)} and its value have ${length} bytes; 255 is the most`);
  return joined([Uint8Array.of(length), head, tail]);
}

/** That its strings end where it ends. */
function checkedRecord(bytes: Uint8Array): Uint8Array {
  let at = 0;
  while (at < bytes.length) at += 1 + (bytes[at] as number);
  if (at !== bytes.length) throw invalid("the last string of the TXT record is longer than the record");
  return bytes.slice();
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function invalid(message: string): UsageError {
  return new UsageError("INVALID_OFFER", message);
}
