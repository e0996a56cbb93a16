import { lowerAscii } from "../core/lower-ascii.ts";
import { bytesOfText, textOfBytes } from "./label.ts";
import { invalidName, labelsOf, presentationOf } from "./presentation.ts";

/** Most bytes of a label, and of a name on the wire with its terminating zero (RFC 6762 appendix C: 255 and the zero). */
const MOST_LABEL_BYTES = 63;
export const MOST_NAME_BYTES = 256;

/**
 * A domain name. Immutable. Its case is kept; names that differ in the case of ASCII letters alone are the same
 * (RFC 6762 §16).
 */
export class Name {
  // By `this`: for the class's own name TypeScript 7 writes a variable here that has no value yet.
  static readonly root: Name = new this("", 1, undefined, 0);

  /** The first label; empty of the root. */
  readonly first: string;
  /** On the wire, uncompressed, with the terminating zero. */
  readonly byteLength: number;
  /** @internal A hash of its bytes, case included. */
  readonly hash: number;
  readonly #rest: Name;
  #labels: readonly string[] | undefined;
  #exact: string | undefined;
  #key: string | undefined;
  #wire: Uint8Array | undefined;

  private constructor(first: string, byteLength: number, rest: Name | undefined, hash: number) {
    this.first = first;
    this.byteLength = byteLength;
    this.hash = hash;
    this.#rest = rest ?? this;
  }

  /** @throws UsageError `INVALID_NAME`: an empty label, one above 63 bytes, above 255 bytes in all, half a character. */
  static of(...labels: string[]): Name {
    return labels.reduceRight((rest, label) => rest.prepend(label), Name.root);
  }

  /**
   * Reads the presentation form: labels with dots between them, `\.` and `\\` for a dot and a backslash in a label,
   * `\ddd` for a byte (RFC 1035 §5.1). A trailing dot is allowed, and `.` is the root.
   * @throws UsageError `INVALID_NAME`.
   */
  static parse(text: string): Name {
    if (typeof text !== "string") throw invalidName("a name is a text");
    return text === "." ? Name.root : Name.of(...labelsOf(text));
  }

  /**
   * @internal The name that has the label whose length byte is at `at` before `rest`. The same object each time, as long as
   * it is remembered; so is what was found out about it.
   * @param text the label's text, where it is known
   */
  static before(rest: Name, bytes: Uint8Array, at: number, text?: string): Name {
    const hash = hashOf(bytes, at, rest.hash);
    const slot = (hash ^ (hash >>> 12)) & (SLOTS - 1);
    const known = slots[slot];
    if (known !== undefined && known.hash === hash && known.#rest === rest && known.#begins(bytes, at))
      return known;
    const length = bytes[at] as number;
    const label = text ?? textOfBytes(bytes, at + 1, at + 1 + length);
    const name = new Name(label, rest.byteLength + length + 1, rest, hash);
    if (name.byteLength <= MOST_REMEMBERED_BYTES) slots[slot] = name;
    return name;
  }

  /**
   * Without the root. A label is any text, dots and control characters included; a byte that is not UTF-8 is one of
   * U+DC80 to U+DCFF, so that every string of bytes is one label and back.
   */
  get labels(): readonly string[] {
    this.#labels ??= this.#listed();
    return this.#labels;
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

  equals(other: Name): boolean {
    return this === other || (this.byteLength === other.byteLength && this.key === other.key);
  }

  /** Whether it ends in `suffix`, or is the same. */
  isWithin(suffix: Name): boolean {
    let end: Name = this;
    while (end.byteLength > suffix.byteLength) end = end.#rest;
    return end.equals(suffix);
  }

  /** The name without its first label; the root of the root. */
  withoutFirst(): Name {
    return this.#rest;
  }

  /** The name with a label before it. @throws UsageError `INVALID_NAME`, as `of`. */
  prepend(label: string): Name {
    if (typeof label !== "string") throw invalidName("a label is a text");
    const isAscii = putAscii(label, scratch);
    const length = isAscii ? label.length : putText(label, scratch);
    if (this.byteLength + length + 1 > MOST_NAME_BYTES)
      throw invalidName(`it has ${this.byteLength + length} bytes or more; 255 is the most`);
    return Name.before(this, scratch, 0, isAscii ? label : undefined);
  }

  /**
   * The presentation form without trailing dot, `.` for the root. Control characters and bytes that are not UTF-8 are
   * written `\ddd`. `parse` gives the same name again.
   */
  toString(): string {
    return presentationOf(this.labels);
  }

  /** Whether its first label is the one whose length byte is at `at`. */
  #begins(bytes: Uint8Array, at: number): boolean {
    const { wire } = this;
    const length = bytes[at] as number;
    for (let i = 0; i <= length; i++) if (wire[i] !== bytes[at + i]) return false;
    return true;
  }

  /** In a loop: a name of 127 labels has as many rests, and no list of each is wanted. */
  #listed(): readonly string[] {
    const labels: string[] = [];
    for (let name: Name = this; name !== Name.root; name = name.#rest) labels.push(name.first);
    return labels;
  }

  #written(): string {
    if (this === Name.root) return ".";
    const first = this.first.replace(NEEDS_ESCAPE, "\\$&");
    return this.#rest === Name.root ? first : `${first}.${this.#rest.exact}`;
  }

  #onWire(): Uint8Array {
    const wire = new Uint8Array(this.byteLength);
    if (this === Name.root) return wire;
    if (!putAscii(this.first, wire)) putText(this.first, wire);
    wire.set(this.#rest.wire, (wire[0] as number) + 1);
    return wire;
  }
}

const SLOTS = 4096;
/** Longer names are not remembered: so all that are stay below a few megabytes, whatever strangers send. */
const MOST_REMEMBERED_BYTES = 128;

/**
 * Names of late, each at the one place where it can be, from which the next that belongs there drives it out: strangers who
 * send ever new names make us read them anew, no more.
 */
const slots: (Name | undefined)[] = new Array<Name | undefined>(SLOTS).fill(undefined);

const scratch = new Uint8Array(1 + MOST_LABEL_BYTES);

/** Puts a label of 1 to 63 ASCII characters where it begins, its length before it; false when it is none. */
function putAscii(label: string, to: Uint8Array): boolean {
  const { length } = label;
  if (length < 1 || length > MOST_LABEL_BYTES) return false;
  for (let i = 0; i < length; i++) {
    const code = label.charCodeAt(i);
    if (code > 0x7f) return false;
    to[i + 1] = code;
  }
  to[0] = length;
  return true;
}

/** The same for any label. Returns its length in bytes. @throws UsageError `INVALID_NAME`. */
function putText(label: string, to: Uint8Array): number {
  const bytes = bytesOfText(label);
  if (bytes === undefined) throw invalidName(`${JSON.stringify(label)} has half a character in it`);
  if (bytes.length === 0) throw invalidName("an empty label");
  if (bytes.length > MOST_LABEL_BYTES)
    throw invalidName(
      `${JSON.stringify(label.slice(0, 80))} has ${bytes.length} bytes; a label has at most 63`,
    );
  to[0] = bytes.length;
  to.set(bytes, 1);
  return bytes.length;
}

/** The hash of a name: of its first label, whose length byte is at `at`, and of the rest. */
function hashOf(bytes: Uint8Array, at: number, rest: number): number {
  const length = bytes[at] as number;
  const end = at + length;
  let hash = rest ^ length;
  for (let i = at + 1; i <= end; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  return hash ^ (hash >>> 15);
}

const NEEDS_ESCAPE = /[.\\]/g;
