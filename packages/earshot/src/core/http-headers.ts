/** Numbers kept for each header: its key, and where its name and its value lie in the text. */
const STRIDE = 4;

const SPACE = 0x20;
const CR = 0x0d;

/**
 * The header fields of one message, in the order sent. Names are compared without regard to ASCII case; of several
 * fields of one name the first counts and values are never joined, for so do the devices that send them twice.
 *
 * Nothing is cut out of the text until it is asked for, and no object has a stranger's words as its keys.
 */
export class Headers implements Iterable<readonly [name: string, value: string]> {
  readonly #text: string;
  /** `undefined` where it is made anew each time. */
  readonly #laidOut: readonly number[] | undefined;
  /** Whether the text is that of a whole message, well formed, and nothing but ASCII. */
  readonly #isMessage: boolean;

  /** @internal Made by `Headers.of`, or by a reader, which says whether `text` is a whole well-formed message. */
  constructor(text: string, layout: readonly number[] | undefined, isMessage = false) {
    this.#text = text;
    this.#laidOut = layout;
    this.#isMessage = isMessage;
  }

  /** Headers with these names and values, taken as they are. */
  static of(pairs: Iterable<readonly [name: string, value: string]>): Headers {
    const layout: number[] = [];
    let text = "";
    for (const [name, value] of pairs) {
      const nameAt = text.length;
      text += name + value;
      layout.push(nameKey(name, 0, name.length), nameAt, nameAt + name.length, text.length);
    }
    return new Headers(text, layout);
  }

  /** The same headers in less memory, a little slower to read: for what is kept. */
  compact(): Headers {
    return this.#isMessage ? new Headers(this.#text, undefined, true) : this;
  }

  /** Whether these headers were read from just these bytes. Told only of well-formed messages; `false` of others. */
  isReadFrom(bytes: Uint8Array): boolean {
    const text = this.#text;
    if (!this.#isMessage || bytes.length !== text.length) return false;
    for (let i = 0; i < bytes.length; i++) if (bytes[i] !== text.charCodeAt(i)) return false;
    return true;
  }

  get #layout(): readonly number[] {
    return this.#laidOut ?? layOut(this.#text);
  }

  /** How many fields there are, each repetition counted. */
  get size(): number {
    return this.#layout.length / STRIDE;
  }

  /** The value of the first field of this name, without surrounding white space; `undefined` when there is none. */
  get(name: string): string | undefined {
    const layout = this.#layout;
    const key = nameKey(name, 0, name.length);
    for (let at = 0; at < layout.length; at += STRIDE) {
      if (layout[at] === key && this.#isNamed(layout, at, name)) return this.#valueAt(layout, at);
    }
    return undefined;
  }

  has(name: string): boolean {
    const layout = this.#layout;
    const key = nameKey(name, 0, name.length);
    for (let at = 0; at < layout.length; at += STRIDE) {
      if (layout[at] === key && this.#isNamed(layout, at, name)) return true;
    }
    return false;
  }

  /** The values of all fields of this name, in the order sent. */
  getAll(name: string): string[] {
    const layout = this.#layout;
    const values: string[] = [];
    const key = nameKey(name, 0, name.length);
    for (let at = 0; at < layout.length; at += STRIDE) {
      if (layout[at] === key && this.#isNamed(layout, at, name)) values.push(this.#valueAt(layout, at));
    }
    return values;
  }

  /** Every field as `[name as sent, value]`, repetitions included. */
  [Symbol.iterator](): IterableIterator<[name: string, value: string]> {
    return new HeadersIterator(this.#text, this.#layout);
  }

  /** Names in upper case with their first values. */
  toMap(): ReadonlyMap<string, string> {
    const layout = this.#layout;
    const map = new Map<string, string>();
    for (let at = 0; at < layout.length; at += STRIDE) {
      const name = this.#knownNameAt(layout, at) ?? this.#nameAt(layout, at).toUpperCase();
      if (!map.has(name)) map.set(name, this.#valueAt(layout, at));
    }
    return map;
  }

  /** The name, as sent, of the first field that repeats an earlier one; `undefined` when all names differ. */
  firstRepeated(): string | undefined {
    const layout = this.#layout;
    let seen = 0;
    for (let at = 0; at < layout.length; at += STRIDE) {
      const bit = keyBit(layout[at] as number);
      if (seen & bit && this.#repeatsEarlier(layout, at)) return this.#nameAt(layout, at);
      seen |= bit;
    }
    return undefined;
  }

  #repeatsEarlier(layout: readonly number[], at: number): boolean {
    for (let earlier = 0; earlier < at; earlier += STRIDE) {
      if (layout[earlier] === layout[at] && this.#isNamed(layout, earlier, this.#nameAt(layout, at)))
        return true;
    }
    return false;
  }

  #nameAt(layout: readonly number[], at: number): string {
    const start = layout[at + 1] as number;
    return this.#text.slice(start, start + lengthOf(layout[at] as number));
  }

  /** The name in upper case if it is one of those that most messages have, sent so: then it need not be cut out. */
  #knownNameAt(layout: readonly number[], at: number): string | undefined {
    const known = KNOWN_NAMES.get(layout[at] as number);
    return known !== undefined && this.#text.startsWith(known, layout[at + 1]) ? known : undefined;
  }

  #valueAt(layout: readonly number[], at: number): string {
    return this.#text.slice(layout[at + 2], layout[at + 3]);
  }

  /** Compares a name whose key is already that of the field. */
  #isNamed(layout: readonly number[], at: number, name: string): boolean {
    const text = this.#text;
    const start = layout[at + 1] as number;
    if (text.startsWith(name, start)) return true;
    for (let i = 0; i < name.length; i++) {
      const sent = text.charCodeAt(start + i);
      const asked = name.charCodeAt(i);
      if (sent !== asked && foldCase(sent) !== foldCase(asked)) return false;
    }
    return true;
  }
}

/** Lays out the text of a well-formed message: `NAME:value` or `NAME: value` in each line, then a blank line. */
function layOut(text: string): readonly number[] {
  const layout: number[] = [];
  for (let at = text.indexOf("\r\n") + 2; text.charCodeAt(at) !== CR; ) {
    const colon = text.indexOf(":", at);
    const end = text.indexOf("\r\n", colon);
    const value = text.charCodeAt(colon + 1) === SPACE ? colon + 2 : colon + 1;
    layout.push(nameKey(text, at, colon), at, value, end);
    at = end + 2;
  }
  return layout;
}

/** A generator does the same in twice the time, for it cannot be inlined into the loop that drives it. */
class HeadersIterator implements IterableIterator<[name: string, value: string]> {
  readonly #text: string;
  readonly #layout: readonly number[];
  #at = 0;

  constructor(text: string, layout: readonly number[]) {
    this.#text = text;
    this.#layout = layout;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<[name: string, value: string], undefined> {
    const layout = this.#layout;
    const at = this.#at;
    if (at >= layout.length) return { done: true, value: undefined };
    this.#at = at + STRIDE;
    const nameAt = layout[at + 1] as number;
    const name = this.#text.slice(nameAt, nameAt + lengthOf(layout[at] as number));
    return { done: false, value: [name, this.#text.slice(layout[at + 2], layout[at + 3])] };
  }
}

/** Whether two header names are one: equal but for ASCII case. */
export function isSameName(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (foldCase(a.charCodeAt(i)) !== foldCase(b.charCodeAt(i))) return false;
  }
  return true;
}

/** What is cheap to compare before the name itself: its length, and its first and last letter in lower case. */
export function nameKey(text: string, start: number, end: number): number {
  if (start === end) return 0;
  return headerKey(end - start, text.charCodeAt(start), text.charCodeAt(end - 1));
}

/** The key of a name of `length` characters that begins with the code `first` and ends with `last`. */
export function headerKey(length: number, first: number, last: number): number {
  return (length << 14) | (((first | 0x20) & 0x7f) << 7) | ((last | 0x20) & 0x7f);
}

/** By their keys. */
const KNOWN_NAMES: ReadonlyMap<number, string> = new Map(
  [
    "BOOTID.UPNP.ORG",
    "CACHE-CONTROL",
    "CONFIGID.UPNP.ORG",
    "DATE",
    "EXT",
    "HOST",
    "LOCATION",
    "MAN",
    "MX",
    "NT",
    "NTS",
    "SEARCHPORT.UPNP.ORG",
    "SERVER",
    "ST",
    "USER-AGENT",
    "USN",
  ].map((name) => [nameKey(name, 0, name.length), name]),
);

function lengthOf(key: number): number {
  return key >>> 14;
}

/**
 * One bit of 32 for each key, so that fields are surely of different names where their bits differ. The factor is one
 * that gives the names of UPnP's and of common vendors' messages bits of their own.
 */
export function keyBit(key: number): number {
  return 1 << (Math.imul(key, 0x4e809505) >>> 27);
}

function foldCase(code: number): number {
  return code >= 0x41 && code <= 0x5a ? code | 0x20 : code;
}
