import { UsageError } from "../core/errors.ts";
import { bytesOfText, isRawUnit, textOfBytes } from "./label.ts";

/** Most bytes of a label, and of a name on the wire with its terminating zero (RFC 6762 appendix C: 255 and the zero). */
export const MOST_LABEL_BYTES = 63;
export const MOST_NAME_BYTES = 256;

/**
 * A domain name. Immutable. Its case is kept; names that differ in the case of ASCII letters alone are the same
 * (RFC 6762 §16).
 */
export class Name {
  // By `this`: for the class's own name TypeScript 7 writes a variable here that has no value yet.
  static readonly root: Name = new this([], 1, undefined, 0);

  /**
   * Without the root. A label is any text, dots and control characters included; a byte that is not UTF-8 is one of
   * U+DC80 to U+DCFF, so that every string of bytes is one label and back.
   */
  readonly labels: readonly string[];
  /** On the wire, uncompressed, with the terminating zero. */
  readonly byteLength: number;
  #rest: Name | undefined;
  #exact: string | undefined;
  #key: string | undefined;
  #wire: Uint8Array | undefined;
  #hash: number | undefined;

  private constructor(labels: readonly string[], byteLength: number, rest?: Name, hash?: number) {
    this.labels = labels;
    this.byteLength = byteLength;
    this.#rest = rest;
    this.#hash = hash;
  }

  /** @throws UsageError `INVALID_NAME`: an empty label, one above 63 bytes, above 255 bytes in all, half a character. */
  static of(...labels: string[]): Name {
    let byteLength = 1;
    const checked = labels.map((label) => {
      const bytes = checkedBytes(label);
      byteLength += bytes.length + 1;
      return OTHER.test(label) ? textOfBytes(bytes, 0, bytes.length) : label;
    });
    if (byteLength > MOST_NAME_BYTES) throw invalid(`a name of ${byteLength - 1} bytes; 255 is the most`);
    return checked.length === 0 ? Name.root : new Name(checked, byteLength);
  }

  /**
   * Reads the presentation form: labels with dots between them, `\.` and `\\` for a dot and a backslash in a label,
   * `\ddd` for a byte (RFC 1035 §5.1). A trailing dot is allowed, and `.` is the root.
   * @throws UsageError `INVALID_NAME`.
   */
  static parse(text: string): Name {
    return text === "." ? Name.root : Name.of(...splitLabels(text));
  }

  /** @internal A name with a label before `rest`, which the reader knows to be right. */
  static joined(label: string, labelBytes: number, rest: Name, hash: number): Name {
    return new Name([label, ...rest.labels], rest.byteLength + labelBytes + 1, rest, hash);
  }

  /** Equal exactly for names that are the same. For maps; it reads like the presentation form, in lower case. */
  get key(): string {
    this.#key ??= lowerAscii(this.exact);
    return this.#key;
  }

  /** @internal Equal exactly for names of the same bytes, case included. */
  get exact(): string {
    this.#exact ??= this.#written();
    return this.#exact;
  }

  /** @internal As it stands in a message, uncompressed, with the terminating zero. Not to be changed. */
  get wire(): Uint8Array {
    this.#wire ??= this.#onWire();
    return this.#wire;
  }

  /** @internal A hash of its bytes, case included. */
  get hash(): number {
    this.#hash ??= this.labels.length === 0 ? 0 : labelHash(this.wire, 0, this.withoutFirst().hash);
    return this.#hash;
  }

  equals(other: Name): boolean {
    return this === other || (this.byteLength === other.byteLength && this.key === other.key);
  }

  /** Whether it ends in `suffix`, or is the same. */
  isWithin(suffix: Name): boolean {
    const shift = this.labels.length - suffix.labels.length;
    if (shift < 0) return false;
    return suffix.labels.every((label, index) => isSameLabel(label, this.labels[index + shift] ?? ""));
  }

  /** The first label; empty of the root. */
  get first(): string {
    return this.labels[0] ?? "";
  }

  /** The name without its first label; the root of the root. */
  withoutFirst(): Name {
    this.#rest ??= this.#withoutFirst();
    return this.#rest;
  }

  /** The name with a label before it. @throws UsageError `INVALID_NAME`. */
  prepend(label: string): Name {
    return Name.of(label, ...this.labels);
  }

  /**
   * The presentation form without trailing dot, `.` for the root. Control characters and bytes that are not UTF-8 are
   * written `\ddd`. `parse` gives the same name again.
   */
  toString(): string {
    return this.labels.length === 0 ? "." : this.labels.map(presented).join(".");
  }

  #written(): string {
    if (this.labels.length === 0) return ".";
    const rest = this.withoutFirst();
    const first = escaped(this.first);
    return rest.labels.length === 0 ? first : `${first}.${rest.exact}`;
  }

  #onWire(): Uint8Array {
    const wire = new Uint8Array(this.byteLength);
    let at = 0;
    for (const label of this.labels) {
      const bytes = bytesOfText(label) ?? new Uint8Array();
      wire[at] = bytes.length;
      wire.set(bytes, at + 1);
      at += bytes.length + 1;
    }
    return wire;
  }

  #withoutFirst(): Name {
    const [first, ...labels] = this.labels;
    if (first === undefined || labels.length === 0) return Name.root;
    const own = (this.wire[0] as number) + 1;
    return new Name(labels, this.byteLength - own);
  }
}

/** @internal The hash of a name: of its first label, whose length byte is at `at`, after the hash of the rest. */
export function labelHash(bytes: Uint8Array, at: number, rest: number): number {
  const length = bytes[at] as number;
  const end = at + length;
  let hash = rest ^ length;
  for (let i = at + 1; i <= end; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  return hash ^ (hash >>> 15);
}

/** Whether two labels are the same but for the case of ASCII letters. */
function isSameLabel(a: string, b: string): boolean {
  return a === b || (a.length === b.length && lowerAscii(a) === lowerAscii(b));
}

function checkedBytes(label: string): Uint8Array {
  const bytes = bytesOfText(label);
  if (bytes === undefined) throw invalid(`${JSON.stringify(label)} has half a character in it`);
  if (bytes.length === 0) throw invalid("an empty label");
  if (bytes.length > MOST_LABEL_BYTES)
    throw invalid(`${JSON.stringify(label.slice(0, 80))} has ${bytes.length} bytes; a label has at most 63`);
  return bytes;
}

function invalid(what: string): UsageError {
  return new UsageError("INVALID_NAME", `no domain name: ${what}`);
}

/** `toLowerCase` would do more: U+212A, the sign for kelvin, is another letter than k. */
function lowerAscii(text: string): string {
  return OTHER.test(text) ? text.replace(UPPER_CASE, (letters) => letters.toLowerCase()) : text.toLowerCase();
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: it is the ends of ASCII that count
const OTHER = /[^\x00-\x7f]/;
const UPPER_CASE = /[A-Z]+/g;
const NEEDS_ESCAPE = /[.\\]/g;

function escaped(label: string): string {
  return label.replace(NEEDS_ESCAPE, "\\$&");
}

const encoder = new TextEncoder();

function presented(label: string): string {
  let text = "";
  for (const character of label) {
    const code = character.codePointAt(0) as number;
    if (character === "." || character === "\\") text += `\\${character}`;
    else if (isRawUnit(code)) text += byteEscape(code & 0xff);
    else if (code < 0x20 || (code >= 0x7f && code < 0xa0))
      text += Array.from(encoder.encode(character), byteEscape).join("");
    else text += character;
  }
  return text;
}

function byteEscape(byte: number): string {
  return `\\${String(byte).padStart(3, "0")}`;
}

/** Labels as text; what stands between dots that are not escaped. A trailing dot ends the last label. */
function splitLabels(text: string): string[] {
  const labels: string[] = [];
  let label = "";
  let at = 0;
  while (at < text.length) {
    if (text[at] === ".") {
      labels.push(label);
      label = "";
      at++;
      continue;
    }
    const [piece, length] = text[at] === "\\" ? escapeAt(text, at) : [text[at] as string, 1];
    label += piece;
    at += length;
  }
  if (label !== "" || labels.length === 0) labels.push(label);
  return labels;
}

const THREE_DIGITS = /^[0-9]{3}$/;

/** What the escape at `at` stands for, and how long it is. Bytes come as what stands for them; `Name.of` joins them. */
function escapeAt(text: string, at: number): readonly [piece: string, length: number] {
  const next = text[at + 1];
  if (next === undefined) throw invalid("it ends in a backslash");
  if (next < "0" || next > "9") return [next, 2];
  const digits = text.slice(at + 1, at + 4);
  const byte = Number(digits);
  if (!THREE_DIGITS.test(digits) || byte > 255) throw invalid(`no byte is \\${digits}`);
  return [String.fromCharCode(byte < 0x80 ? byte : 0xdc00 + byte), 4];
}
