import { UsageError } from "./errors.ts";
import type { Head, HeadDeviation, HeadFailure, HeadLimits } from "./http-head.ts";
import { Headers, headerKey, keyBit } from "./http-headers.ts";
import { classes, isSendable, isToken, TOKEN } from "./http-syntax.ts";
import { readLenientHead } from "./lenient-head.ts";

export type { Head, HeadDeviation, HeadDeviationCode, HeadFailure, HeadLimits } from "./http-head.ts";

/**
 * Reads the start line and the headers of HTTP/1.x messages, from any bytes, without ever throwing. What is not well
 * formed is read as its sender must have meant it, and each deviation is told; a body is told and not read.
 * Work and memory are linear in the length of the bytes, which are not kept.
 */
export class HeadReader {
  readonly #limits: HeadLimits;
  readonly #expected: readonly ExpectedLine[];

  /** @param startLines the start lines that most messages have, without line break: with these reading is fastest. */
  constructor(startLines: readonly string[], limits: HeadLimits) {
    this.#limits = limits;
    this.#expected = startLines.map((text) => ({ text, bytes: encoder.encode(`${text}\r\n`) }));
  }

  read(bytes: Uint8Array): Head | HeadFailure {
    if (bytes.length === 0) return "empty";
    if (bytes.length > this.#limits.maxBytes) return "too-long";
    return this.#readWellFormed(bytes) ?? readLenientHead(bytes, this.#limits);
  }

  /**
   * Reads what is exactly as the standard has it, with one space or none after each colon, in one pass over the bytes.
   * Everything else is left to the lenient reader, which reads what is read here to the same result.
   */
  #readWellFormed(bytes: Uint8Array): Head | undefined {
    if (bytes[bytes.length - 1] !== LF) return undefined; // From here on every search for the end of a run has one.
    for (const { text, bytes: line } of this.#expected) {
      if (!beginsWith(bytes, line)) continue;
      const count = layOut(bytes, line.length, this.#limits);
      return count < 0 ? undefined : assemble(text, asciiText(bytes), count);
    }
    return undefined;
  }
}

/**
 * Writes a head: `NAME: value` lines with one space, `NAME:` where the value is empty, CRLF, a blank line. Spaces
 * around a value are no part of it and are not written.
 * @throws UsageError `INVALID_HEADER` for a name that is no token or comes twice, and for a value with a control
 * character or line separator, so that no value can add a line; `MESSAGE_TOO_LONG` when a reader with the same
 * limits would refuse the result.
 */
export function writeHead(
  startLine: string,
  headers: readonly (readonly [name: string, value: string])[],
  limits: HeadLimits,
): Uint8Array {
  if (headers.length > limits.maxHeaders) throw tooLong(`${headers.length} headers`);
  const lines = headers.map(([name, value]) => writeLine(name, value, limits));
  requireDistinct(headers);
  const bytes = encoder.encode(`${[startLine, ...lines].join("\r\n")}\r\n\r\n`);
  if (bytes.length > limits.maxBytes) throw tooLong(`${bytes.length} bytes`);
  return bytes;
}

const SPACE = 0x20;
const COLON = 0x3a;
const CR = 0x0d;
const LF = 0x0a;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();
const none: readonly HeadDeviation[] = Object.freeze([]);

interface ExpectedLine {
  readonly text: string;
  readonly bytes: Uint8Array;
}

/** What `layOut` found: the headers' layout, as `Headers` has it. Overwritten by each call, for allocating costs. */
const layout: number[] = new Array<number>(256).fill(0);
/** Whether two of these headers may be of one name, and where the first one with no space after its colon is. */
let mayRepeat = false;
let unspacedAt = -1;

/**
 * Lays out the headers from `from` to the blank line that ends the message. Returns the length of the layout, or -1
 * when they are not well formed.
 */
function layOut(bytes: Uint8Array, from: number, { maxLineBytes, maxHeaders }: HeadLimits): number {
  let count = 0;
  let seen = 0;
  let twice = 0;
  let unspaced = -1;
  let at = from;
  while (at < bytes.length && bytes[at] !== CR) {
    const colon = tokenEnd(bytes, at);
    if (colon === at || bytes[colon] !== COLON) return -1;
    const end = textEnd(bytes, colon + 1);
    if (bytes[end] !== CR || bytes[end + 1] !== LF || end - at > maxLineBytes) return -1;
    const value = bytes[colon + 1] === SPACE ? colon + 2 : colon + 1;
    if (value < end && (bytes[value] === SPACE || bytes[end - 1] === SPACE)) return -1;
    if (value === colon + 1 && value < end && unspaced < 0) unspaced = at;
    const key = headerKey(colon - at, bytes[at] as number, bytes[colon - 1] as number);
    const bit = keyBit(key);
    twice |= seen & bit;
    seen |= bit;
    layout[count] = key;
    layout[count + 1] = at;
    layout[count + 2] = value;
    layout[count + 3] = end;
    count += 4;
    at = end + 2;
  }
  mayRepeat = twice !== 0;
  unspacedAt = unspaced;
  const isWhole = at + 2 === bytes.length && bytes[at + 1] === LF && count <= 4 * maxHeaders;
  return isWhole ? count : -1;
}

/** The text of bytes that are all ASCII. Node's own buffers have a way that is twice as fast. */
function asciiText(bytes: Uint8Array): string {
  const { latin1Slice } = bytes as { latin1Slice?: (start: number, end: number) => string };
  return latin1Slice ? latin1Slice.call(bytes, 0, bytes.length) : decoder.decode(bytes);
}

/** Where the token ends that begins at `from`. */
function tokenEnd(bytes: Uint8Array, from: number): number {
  for (let at = from; ; at += 2) {
    if (classes[bytes[at] as number] !== TOKEN) return at;
    if (classes[bytes[at + 1] as number] !== TOKEN) return at + 1;
  }
}

/** Where the run of printable ASCII ends that begins at `from`. Most of the work is here, hence four bytes a round. */
function textEnd(bytes: Uint8Array, from: number): number {
  for (let at = from; ; at += 4) {
    if (!isText(bytes[at] as number)) return at;
    if (!isText(bytes[at + 1] as number)) return at + 1;
    if (!isText(bytes[at + 2] as number)) return at + 2;
    if (!isText(bytes[at + 3] as number)) return at + 3;
  }
}

function isText(byte: number): boolean {
  return (byte - 0x20) >>> 0 <= 0x5e;
}

function beginsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  if (bytes.length < start.length) return false;
  for (let i = 0; i < start.length; i++) {
    if (bytes[i] !== start[i]) return false;
  }
  return true;
}

function assemble(startLine: string, text: string, count: number): Head {
  const headers = new Headers(text, layout.slice(0, count), true);
  const isPlain = !mayRepeat && unspacedAt < 0;
  return { startLine, headers, deviations: isPlain ? none : deviationsOf(text, headers) };
}

function deviationsOf(text: string, headers: Headers): readonly HeadDeviation[] {
  const deviations: HeadDeviation[] = [];
  if (unspacedAt >= 0) {
    deviations.push({
      code: "no-space-after-colon",
      detail: text.slice(unspacedAt, text.indexOf(":", unspacedAt)),
    });
  }
  const repeated = headers.firstRepeated();
  if (repeated !== undefined) deviations.push({ code: "duplicate-header", detail: repeated });
  return deviations;
}

function writeLine(name: string, value: string, limits: HeadLimits): string {
  if (!isToken(name)) {
    throw new UsageError("INVALID_HEADER", `${JSON.stringify(name)} cannot be the name of a header`);
  }
  if (!isSendable(value)) {
    throw new UsageError("INVALID_HEADER", `the value of ${name} has a character that no value may have`);
  }
  const content = trimSpaces(value);
  const line = content === "" ? `${name}:` : `${name}: ${content}`;
  // A UTF-16 unit takes three bytes at most.
  if (3 * line.length > limits.maxLineBytes && encoder.encode(line).length > limits.maxLineBytes)
    throw tooLong(`a header ${name} of ${line.length} characters`);
  return line;
}

function trimSpaces(text: string): string {
  let start = 0;
  let end = text.length;
  while (text.charCodeAt(start) === SPACE) start++;
  while (end > start && text.charCodeAt(end - 1) === SPACE) end--;
  return text.slice(start, end);
}

function requireDistinct(headers: readonly (readonly [name: string, value: string])[]): void {
  const repeated = Headers.of(headers).firstRepeated();
  if (repeated !== undefined) throw new UsageError("INVALID_HEADER", `the header ${repeated} is given twice`);
}

function tooLong(what: string): UsageError {
  return new UsageError("MESSAGE_TOO_LONG", `a message with ${what} is more than a receiver takes`);
}
