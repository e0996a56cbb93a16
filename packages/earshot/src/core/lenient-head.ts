import type { Head, HeadDeviation, HeadDeviationCode, HeadFailure, HeadLimits } from "./http-head.ts";
import { Headers } from "./http-headers.ts";
import { isToken } from "./http-syntax.ts";
import { isUtf8 } from "./utf8.ts";

/**
 * Reads a head as its sender must have meant it, in the ways in which real devices deviate:
 *
 * - lines end with CRLF, LF or CR, and the last one with nothing; the blank line at the end may be missing;
 * - NUL, spaces and tabs at the very end are padding;
 * - a line that begins with white space continues the one before, unless already the first line after the start
 *   line does: then the whole block was indented by mistake, and its lines are headers of their own;
 * - white space around a name is dropped; a line without colon, or whose name is no token, is skipped;
 * - a line is UTF-8 where it can be, and else Latin-1, so that no two lines become one by decoding.
 *
 * It never throws. Every loop is over the bytes or over at most `maxHeaders` lines.
 */
export function readLenientHead(bytes: Uint8Array, limits: HeadLimits): Head | HeadFailure {
  return new LenientReader(bytes, limits).read();
}

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

class LenientReader {
  readonly #bytes: Uint8Array;
  readonly #limits: HeadLimits;
  /** Where the padding begins. */
  readonly #end: number;
  /** The whole message when it is ASCII, so that bytes and characters have the same places. */
  readonly #ascii: string | undefined;
  readonly #deviations = new Map<HeadDeviationCode, HeadDeviation>();
  readonly #pairs: [name: string, value: string][] = [];
  /** The line being read, and where the next one begins. */
  #lineStart = 0;
  #lineEnd = 0;
  #next = 0;
  /** Whether the headers are indented as a block; unknown before the first of them. */
  #indented: boolean | undefined;
  /** Whether the line before was skipped, so that what continues it is skipped as well. */
  #skipping = true;

  constructor(bytes: Uint8Array, limits: HeadLimits) {
    this.#bytes = bytes;
    this.#limits = limits;
    this.#end = paddingStart(bytes);
    const text = decodeUtf8(bytes);
    this.#ascii = text?.length === bytes.length ? text : undefined;
  }

  read(): Head | HeadFailure {
    if (this.#end === 0) return "empty";
    if (this.#end < this.#bytes.length) this.#note("trailing-padding");
    if (!this.#readLine()) return "line-too-long";
    const startLine = this.#lineText();
    const failure = this.#readBlock();
    if (failure) return failure;
    const headers = Headers.of(this.#pairs);
    const repeated = headers.firstRepeated();
    if (repeated !== undefined) this.#note("duplicate-header", repeated);
    return { startLine, headers, deviations: [...this.#deviations.values()] };
  }

  #readBlock(): HeadFailure | undefined {
    for (let lines = 0; this.#next < this.#end; lines++) {
      if (!this.#readLine()) return "line-too-long";
      if (this.#lineStart === this.#lineEnd) return this.#noteBody();
      if (lines === this.#limits.maxHeaders) return "too-many-headers";
      this.#takeLine();
    }
    if (!this.#deviations.has("unterminated-line")) this.#note("missing-blank-line");
    return undefined;
  }

  /** Finds the next line and its end; `false` when it is longer than the limit. */
  #readLine(): boolean {
    this.#lineStart = this.#next;
    let at = this.#next;
    while (at < this.#end && this.#bytes[at] !== CR && this.#bytes[at] !== LF) at++;
    this.#lineEnd = at;
    this.#next = at + this.#lineBreakAt(at);
    return at - this.#lineStart <= this.#limits.maxLineBytes;
  }

  /** How many bytes the line break at `at` has. */
  #lineBreakAt(at: number): number {
    if (at === this.#end) {
      this.#note("unterminated-line");
      return 0;
    }
    if (this.#bytes[at] === CR && this.#bytes[at + 1] === LF) return 2;
    this.#note(this.#bytes[at] === LF ? "line-feed-only" : "bare-carriage-return");
    return 1;
  }

  #takeLine(): void {
    const first = this.#bytes[this.#lineStart];
    const isIndented = first === SPACE || first === TAB;
    this.#indented ??= isIndented;
    const line = this.#lineText();
    if (line.includes("\t")) this.#note("tab-as-space");
    if (!isIndented) this.#takeHeader(line);
    else if (this.#indented && isToken(trim(line.slice(0, Math.max(0, line.indexOf(":")))))) {
      this.#note("indented-header");
      this.#takeHeader(trim(line));
    } else this.#continueHeader(line);
  }

  #takeHeader(line: string): void {
    const colon = line.indexOf(":");
    const name = trim(line.slice(0, Math.max(0, colon)));
    this.#skipping = !isToken(name);
    if (this.#skipping) this.#note(colon < 0 ? "line-without-colon" : "bad-header-name");
    else this.#pairs.push([name, this.#readValue(line, name, colon)]);
  }

  #readValue(line: string, name: string, colon: number): string {
    if (name.length < colon) this.#note("space-before-colon", name);
    if (colon + 1 < line.length && !isSpace(line.charCodeAt(colon + 1)))
      this.#note("no-space-after-colon", name);
    if (hasControl(line)) this.#note("control-character", name);
    return trim(line.slice(colon + 1));
  }

  #continueHeader(line: string): void {
    const header = this.#skipping ? undefined : this.#pairs.at(-1);
    this.#note("folded-line", header?.[0]);
    if (!header) return;
    if (hasControl(line)) this.#note("control-character", header[0]);
    const more = trim(line);
    header[1] += header[1] && more ? ` ${more}` : more;
  }

  /** Tells what follows the blank line, unless it is nothing: padding, or a body. */
  #noteBody(): undefined {
    let at = this.#next;
    while (at < this.#end && isBlank(this.#bytes[at])) at++;
    if (at < this.#end) this.#note("body");
    else if (this.#next < this.#end) this.#note("trailing-padding");
  }

  #lineText(): string {
    if (this.#ascii !== undefined) return this.#ascii.slice(this.#lineStart, this.#lineEnd);
    const line = this.#bytes.subarray(this.#lineStart, this.#lineEnd);
    const text = decodeUtf8(line);
    if (text !== undefined) return text;
    this.#note("not-utf-8");
    return String.fromCharCode(...line);
  }

  #note(code: HeadDeviationCode, detail?: string): void {
    if (this.#deviations.has(code)) return;
    this.#deviations.set(code, detail === undefined ? { code } : { code, detail });
  }
}

/** The text in UTF-8, or `undefined` when it is not. */
function decodeUtf8(bytes: Uint8Array): string | undefined {
  return isUtf8(bytes) ? decoder.decode(bytes) : undefined;
}

function paddingStart(bytes: Uint8Array): number {
  let end = bytes.length;
  while (end > 0 && isPadding(bytes[end - 1])) end--;
  return end;
}

function isPadding(code: number | undefined): boolean {
  return code === SPACE || code === TAB || code === 0;
}

function isBlank(code: number | undefined): boolean {
  return code === CR || code === LF || isPadding(code);
}

function isSpace(code: number): boolean {
  return code === SPACE || code === TAB;
}

/** Without spaces, tabs and NULs at both ends. */
function trim(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isPadding(text.charCodeAt(start))) start++;
  while (end > start && isPadding(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function hasControl(line: string): boolean {
  for (let i = 0; i < line.length; i++) {
    const code = line.charCodeAt(i);
    if ((code < 0x20 && code !== TAB) || code === 0x7f) return true;
  }
  return false;
}
