import type { Random } from "../../src/core/random.ts";

const encoder = new TextEncoder();

const CR = 0x0d;
const LF = 0x0a;

/** Bytes at which parsers turn: ends of ranges, white space, separators, the first and last of UTF-8's kinds. */
const TURNING = Uint8Array.from([
  0x00, 0x01, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x1f, 0x20, 0x21, 0x22, 0x26, 0x27, 0x2c, 0x2d, 0x2e, 0x2f, 0x30,
  0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x5b, 0x5d, 0x7f, 0x80, 0x85, 0xa0, 0xbf, 0xc0, 0xc2, 0xe2, 0xed, 0xef,
  0xf4, 0xff,
]);

/** Numbers at which parsers turn. */
const NUMBERS = [
  "0",
  "1",
  "-1",
  "00",
  "01",
  "5",
  "6",
  "120",
  "121",
  "1023",
  "1024",
  "1900",
  "49151",
  "49152",
  "65535",
  "65536",
  "2147483647",
  "2147483648",
  "4294967295",
  "4294967296",
  "9007199254740992",
  "99999999999999999999",
  "1e9",
  "0x10",
  "1.5",
  "+1",
  "NaN",
  "Infinity",
].map(utf8);

const BREAKS = [
  "\r\n",
  "\n",
  "\r",
  "\r\r\n",
  "\n\r",
  "\r\n\r\n",
  "\r\n ",
  "\r\n\t",
  "\0",
  "\u0085",
  "\u2028",
].map(utf8);

/** An input while it is being changed: a buffer that is used again and again, for allocating costs. */
export class Mutant {
  #buffer: Uint8Array;
  #length = 0;

  /** @param capacity the most bytes it ever has. */
  constructor(capacity: number) {
    this.#buffer = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** The input as it is, lent until the next change. What lies behind it in the buffer is rubbish, as in a socket's. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  load(bytes: Uint8Array): void {
    this.#length = Math.min(bytes.length, this.#buffer.length);
    this.#buffer.set(this.#length === bytes.length ? bytes : bytes.subarray(0, this.#length));
  }

  /** Puts `bytes` where `count` bytes from `at` were; what does not fit falls off the end. */
  replace(at: number, count: number, bytes: Uint8Array): void {
    const capacity = this.#buffer.length;
    const fitting = bytes.length <= capacity - at ? bytes : bytes.subarray(0, capacity - at);
    const end = Math.min(at + count, this.#length);
    const tail = Math.max(0, Math.min(this.#length - end, capacity - at - fitting.length));
    this.#buffer.copyWithin(at + fitting.length, end, end + tail);
    this.#buffer.set(fitting, at);
    this.#length = at + fitting.length + tail;
  }

  /** One change of any kind. */
  change(random: Random, dictionary: readonly Uint8Array[], pick: () => Uint8Array): void {
    const at = Math.floor(random.next() * (this.#length + 1));
    switch (Math.floor(random.next() * 16)) {
      case 0:
        this.#poke(at, (this.#buffer[at] ?? 0) ^ (1 << Math.floor(random.next() * 8)));
        break;
      case 1:
        this.#poke(at, Math.floor(random.next() * 256));
        break;
      case 2:
        this.#poke(at, oneOf(TURNING, random));
        break;
      case 3:
        this.replace(at, 0, Uint8Array.of(oneOf(TURNING, random)));
        break;
      case 4:
        this.replace(at, short(random), NOTHING);
        break;
      case 5:
        this.replace(at, 0, this.bytes.slice(at, at + short(random)));
        break;
      case 6:
      case 7:
        this.replace(at, 0, pickFrom(dictionary, random));
        break;
      case 8:
        this.replace(at, short(random), pickFrom(dictionary, random));
        break;
      case 9:
        this.#splice(at, random, pick());
        break;
      case 10:
        this.#number(at, random);
        break;
      case 11:
        this.#break(at, random);
        break;
      case 12:
        this.#doubleLine(at, random);
        break;
      case 13:
        this.#turnLetter(at);
        break;
      case 14:
        if (random.next() < 0.2) this.#stretch(at, random);
        else this.#value(at, random, dictionary);
        break;
      default:
        if (random.next() < 0.3) this.#length = at;
        else this.#dropLine(at);
    }
  }

  #poke(at: number, byte: number): void {
    if (at < this.#length) this.#buffer[at] = byte;
  }

  /** A part of another input. */
  #splice(at: number, random: Random, other: Uint8Array): void {
    const from = Math.floor(random.next() * other.length);
    const part = other.subarray(from, from + 1 + Math.floor(random.next() * (other.length - from)));
    this.replace(at, random.next() < 0.5 ? part.length : 0, part);
  }

  /** The next number becomes another. */
  #number(at: number, random: Random): void {
    let start = at;
    while (start < this.#length && !isDigit(this.#buffer[start] as number)) start++;
    let end = start;
    while (end < this.#length && isDigit(this.#buffer[end] as number)) end++;
    if (end > start) this.replace(start, end - start, pickFrom(NUMBERS, random));
  }

  /** The next line break becomes another, or one comes where none was. */
  #break(at: number, random: Random): void {
    const other = pickFrom(BREAKS, random);
    const feed = this.#buffer.subarray(0, this.#length).indexOf(LF, at);
    if (feed < 0 || random.next() < 0.2) {
      this.replace(at, 0, other);
      return;
    }
    const start = feed > 0 && this.#buffer[feed - 1] === CR ? feed - 1 : feed;
    this.replace(start, feed + 1 - start, random.next() < 0.3 ? NOTHING : other);
  }

  #doubleLine(at: number, random: Random): void {
    const [start, end] = this.#lineAt(at);
    const [, to] = random.next() < 0.5 ? [0, end] : this.#lineAt(Math.floor(random.next() * this.#length));
    this.replace(to, 0, this.bytes.slice(start, Math.min(end, start + 4096)));
  }

  #dropLine(at: number): void {
    const [start, end] = this.#lineAt(at);
    this.replace(start, end - start, NOTHING);
  }

  #turnLetter(at: number): void {
    const byte = (this.#buffer[at] ?? 0) | 0x20;
    if (byte >= 0x61 && byte <= 0x7a) this.#poke(at, (this.#buffer[at] as number) ^ 0x20);
  }

  /** One byte many times over: what no line, name or message may be long enough for. */
  #stretch(at: number, random: Random): void {
    const bytes = new Uint8Array(1 << Math.floor(random.next() * 14)).fill(this.#buffer[at] ?? 0x41);
    this.replace(at, 0, bytes);
  }

  /** What follows the next colon of the line becomes a word of the dictionary. */
  #value(at: number, random: Random, dictionary: readonly Uint8Array[]): void {
    const [start, end] = this.#lineAt(at);
    const colon = this.#buffer.subarray(start, end).indexOf(0x3a);
    if (colon < 0) return;
    let stop = end;
    while (stop > start + colon + 1 && (this.#buffer[stop - 1] === LF || this.#buffer[stop - 1] === CR))
      stop--;
    this.replace(start + colon + 1, stop - start - colon - 1, pickFrom(dictionary, random));
  }

  /** Where the line that `at` is in begins, and where it ends behind its line feed. */
  #lineAt(at: number): [start: number, end: number] {
    const bytes = this.#buffer.subarray(0, this.#length);
    const start = at === 0 ? 0 : bytes.lastIndexOf(LF, at - 1) + 1;
    const feed = bytes.indexOf(LF, at);
    return [start, feed < 0 ? this.#length : feed + 1];
  }
}

export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** One of several, each as likely. */
export function pickFrom<Item>(items: readonly Item[], random: Random): Item {
  return items[Math.floor(random.next() * items.length)] as Item;
}

const NOTHING = new Uint8Array(0);

function oneOf(bytes: Uint8Array, random: Random): number {
  return bytes[Math.floor(random.next() * bytes.length)] as number;
}

/** Mostly a few, at times many. */
function short(random: Random): number {
  const most = random.next() < 0.8 ? 8 : 128;
  return 1 + Math.floor(random.next() * most);
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
