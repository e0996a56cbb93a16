import { UsageError } from "./errors.ts";
import type { Head, HeadDeviation, HeadFailure, HeadLimits } from "./http-head.ts";
import { Headers, headerKey } from "./http-headers.ts";
import { classes, isSendable, isToken, TEXT, TOKEN } from "./http-syntax.ts";
import { readLenientHead } from "./lenient-head.ts";

export type { Head, HeadDeviation, HeadDeviationCode, HeadFailure, HeadLimits } from "./http-head.ts";

/**
 * Reads the start line and the headers of an HTTP/1.x message, from any bytes, without ever throwing. What is not
 * well formed is read as its sender must have meant it, and each deviation is told; a body is told and not read.
 * Work and memory are linear in the length of `bytes`, which are not kept.
 */
export function readHead(bytes: Uint8Array, limits: HeadLimits): Head | HeadFailure {
  if (bytes.length === 0) return "empty";
  if (bytes.length > limits.maxBytes) return "too-long";
  return readWellFormed(bytes, limits) ?? readLenientHead(bytes, limits);
}

/**
 * Writes a head: `NAME: value` lines with one space, `NAME:` where the value is empty, CRLF, a blank line. White
 * space around a value is no part of it and is not written.
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

/** Where the layout of the headers is written until their number is known; never held beyond one call. */
const scratch: number[] = [];

/**
 * Reads what is exactly as the standard has it, save a missing space after a colon, in one pass over the bytes.
 * Everything else is left to the lenient reader, which reads what is read here to the same result.
 */
function readWellFormed(bytes: Uint8Array, limits: HeadLimits): Head | undefined {
  const startLineEnd = skip(bytes, 0, TEXT);
  if (!endsLine(bytes, 0, startLineEnd, limits)) return undefined;
  let count = 0;
  let unspaced = -1;
  let at = startLineEnd + 2;
  while (at < bytes.length && bytes[at] !== CR) {
    const colon = skip(bytes, at, TOKEN);
    const end = skip(bytes, colon, TEXT);
    if (colon === at || bytes[colon] !== COLON || !endsLine(bytes, at, end, limits)) return undefined;
    if (bytes[colon + 1] !== SPACE && colon + 1 < end && unspaced < 0) unspaced = count;
    scratch[count] = headerKey(colon - at, bytes[at] as number, bytes[colon - 1] as number);
    scratch[count + 1] = at;
    scratch[count + 2] = skipSpaces(bytes, colon + 1, end);
    scratch[count + 3] = skipSpacesBack(bytes, colon + 1, end);
    count += 4;
    at = end + 2;
  }
  if (at + 2 !== bytes.length || bytes[at + 1] !== LF || count > 4 * limits.maxHeaders) return undefined;
  return assemble(decoder.decode(bytes), startLineEnd, count, unspaced);
}

/** Where the run of characters of at least this class ends that begins at `from`. */
function skip(bytes: Uint8Array, from: number, least: number): number {
  let at = from;
  while (at < bytes.length && (classes[bytes[at] as number] as number) >= least) at++;
  return at;
}

/** Whether the line from `start` ends at `end` with CRLF, and within the limit. */
function endsLine(bytes: Uint8Array, start: number, end: number, limits: HeadLimits): boolean {
  return bytes[end] === CR && bytes[end + 1] === LF && end - start <= limits.maxLineBytes;
}

function skipSpaces(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && bytes[at] === SPACE) at++;
  return at;
}

function skipSpacesBack(bytes: Uint8Array, start: number, from: number): number {
  let at = from;
  while (at > start && bytes[at - 1] === SPACE) at--;
  return at;
}

function assemble(text: string, startLineEnd: number, count: number, unspaced: number): Head {
  const headers = new Headers(text, scratch.slice(0, count));
  const repeated = headers.firstRepeated();
  let deviations = none;
  if (unspaced >= 0 || repeated !== undefined) {
    const nameAt = scratch[unspaced + 1] as number;
    deviations = [
      ...(unspaced < 0
        ? []
        : ([
            { code: "no-space-after-colon", detail: text.slice(nameAt, text.indexOf(":", nameAt)) },
          ] as const)),
      ...(repeated === undefined ? [] : ([{ code: "duplicate-header", detail: repeated }] as const)),
    ];
  }
  return { startLine: text.slice(0, startLineEnd), headers, deviations };
}

function writeLine(name: string, value: string, limits: HeadLimits): string {
  if (!isToken(name)) {
    throw new UsageError("INVALID_HEADER", `${JSON.stringify(name)} cannot be the name of a header`);
  }
  if (!isSendable(value)) {
    throw new UsageError("INVALID_HEADER", `the value of ${name} has a character that no value may have`);
  }
  const content = value.trim();
  const line = content === "" ? `${name}:` : `${name}: ${content}`;
  if (encoder.encode(line).length > limits.maxLineBytes)
    throw tooLong(`a header ${name} of ${line.length} characters`);
  return line;
}

function requireDistinct(headers: readonly (readonly [name: string, value: string])[]): void {
  const repeated = Headers.of(headers).firstRepeated();
  if (repeated !== undefined)
    throw new UsageError("INVALID_HEADER", `the header ${repeated} is given twice`);
}

function tooLong(what: string): UsageError {
  return new UsageError("MESSAGE_TOO_LONG", `a message with ${what} is more than a receiver takes`);
}
