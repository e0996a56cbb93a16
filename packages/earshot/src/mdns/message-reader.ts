import { MOST_NAME_BYTES, Name } from "./name.ts";
import type { DnsViolation, DnsViolationCode } from "./violation.ts";

/** Pointers reach no further (RFC 1035 §4.1.4). */
const REACH = 0x4000;
const HEADER_BYTES = 12;
/** Pointers followed in one name, of which no honest one has more than labels, and in one message. */
const MOST_HOPS = 128;
const MOST_HOPS_IN_ALL = 8192;
/** Bytes of all names of one message, uncompressed: what 9,000 bytes can be made to stand for is far more. */
const MOST_NAME_OCTETS = 256 * 1024;

/**
 * Reads the parts of a message that lie one after the other. It is used again for the next message, and for one at a
 * time. Names that pointers led to are remembered by their place, so that a message is read in time linear to its length.
 */
export class MessageReader {
  bytes: Uint8Array = NOTHING;
  at = 0;
  #violations: DnsViolation[] | undefined;
  readonly #starts = new Int32Array(128);
  /** For each place a pointer can lead to, which of `#names` begins there, counted on from message to message. */
  readonly #places = new Int32Array(REACH);
  readonly #names: Name[] = [];
  /** How many of `#names` are of this message. Those behind are left as they are: arrays that shrink are slow. */
  #count = 0;
  #base = 1;
  #octets = 0;
  #hops = 0;

  begin(bytes: Uint8Array, at: number): void {
    this.bytes = bytes;
    this.at = at;
    this.#violations = undefined;
    this.#octets = 0;
    this.#hops = 0;
    this.#forget();
  }

  /** Lets go of the message. */
  end(): void {
    this.bytes = NOTHING;
  }

  /** What was met so far. */
  get violations(): readonly DnsViolation[] {
    return this.#violations ?? NO_VIOLATIONS;
  }

  u16(at: number): number {
    return ((this.bytes[at] as number) << 8) | (this.bytes[at + 1] as number);
  }

  u32(at: number): number {
    return this.u16(at) * 0x1_0000 + this.u16(at + 2);
  }

  note(code: DnsViolationCode, message: string): void {
    if (this.#isTold(code)) return;
    this.#violations ??= [];
    this.#violations.push({ code, message });
  }

  /** Whether names may still be read: they may be so large in all, and no larger. */
  get isSpent(): boolean {
    return this.#octets > MOST_NAME_OCTETS;
  }

  /**
   * Reads the name at `at`, and goes behind it. `undefined` when there is none, which is noted; then `at` is behind what
   * should have been a name where that can be told, and -1 where it cannot.
   */
  name(): Name | undefined {
    const start = this.at;
    const name = this.#readKnown(start) ?? this.#read(start);
    if (name === undefined) this.at = this.#skip(start);
    else this.#octets += name.byteLength;
    if (!this.isSpent) return name;
    this.note("names-too-large", `the names are larger than ${MOST_NAME_OCTETS} bytes in all`);
    return undefined;
  }

  /** What most names are: a pointer to one that was read. */
  #readKnown(start: number): Name | undefined {
    const head = this.bytes[start];
    if (head === undefined || head < 0xc0) return undefined;
    const known = this.#known(((head & 0x3f) << 8) | (this.bytes[start + 1] ?? 0));
    if (known !== undefined) this.at = start + 2;
    return known;
  }

  #read(start: number): Name | undefined {
    const { bytes } = this;
    const starts = this.#starts;
    const size = bytes.length;
    let place = start;
    let end = -1;
    let count = 0;
    let hops = 0;
    let length = 1;
    let rest = Name.root;
    for (;;) {
      if (place >= size) return this.#fault("name-cut-short", start);
      const head = bytes[place] as number;
      if (head === 0) {
        if (end < 0) end = place + 1;
        break;
      }
      if (head < 0x40) {
        length += head + 1;
        if (length > MOST_NAME_BYTES) return this.#fault("name-too-long", start);
        starts[count++] = place;
        place += head + 1;
        continue;
      }
      if (head < 0xc0) return this.#fault("bad-label-type", start);
      if (place + 1 >= size) return this.#fault("name-cut-short", start);
      const target = ((head & 0x3f) << 8) | (bytes[place + 1] as number);
      if (end < 0) end = place + 2;
      if (target < HEADER_BYTES) return this.#fault("pointer-into-header", start);
      if (target >= size) return this.#fault("pointer-past-end", start);
      if (++hops > MOST_HOPS || ++this.#hops > MOST_HOPS_IN_ALL) return this.#fault("pointer-loop", start);
      const known = this.#known(target);
      if (known !== undefined) {
        length += known.byteLength - 1;
        if (length > MOST_NAME_BYTES) return this.#fault("name-too-long", start);
        rest = known;
        break;
      }
      if (target >= place) this.#fault("forward-pointer", start);
      place = target;
    }
    this.at = end;
    return this.#join(count, rest);
  }

  /** Puts the labels before `rest`, the last first. */
  #join(count: number, rest: Name): Name {
    let name = rest;
    for (let index = count - 1; index >= 0; index--) {
      const place = this.#starts[index] as number;
      name = Name.before(name, this.bytes, place);
      if (place >= REACH) continue;
      this.#names[this.#count] = name;
      this.#places[place] = this.#base + this.#count++;
    }
    return name;
  }

  #known(place: number): Name | undefined {
    const index = (this.#places[place] as number) - this.#base;
    return index >= 0 && index < this.#count ? this.#names[index] : undefined;
  }

  #forget(): void {
    this.#base += this.#count;
    this.#count = 0;
    if (this.#base < 0x4000_0000) return;
    this.#places.fill(0);
    this.#base = 1;
  }

  #fault(code: DnsViolationCode, at: number): undefined {
    if (!this.#isTold(code)) this.note(code, `the name at ${at}: ${FAULTS.get(code) ?? code}`);
    return undefined;
  }

  #isTold(code: DnsViolationCode): boolean {
    return this.#violations?.some((known) => known.code === code) ?? false;
  }

  /** Where the name at `at` ends, whatever it says; -1 when that cannot be told. */
  #skip(at: number): number {
    const { bytes } = this;
    let place = at;
    while (place < bytes.length) {
      const head = bytes[place] as number;
      if (head === 0) return place + 1;
      if (head >= 0xc0) return place + 2 <= bytes.length ? place + 2 : -1;
      if (head >= 0x40) return -1;
      place += head + 1;
    }
    return -1;
  }
}

const NOTHING = new Uint8Array();
const NO_VIOLATIONS: readonly DnsViolation[] = Object.freeze([]);

const FAULTS: ReadonlyMap<DnsViolationCode, string> = new Map([
  ["bad-label-type", "a label is of a type that is none"],
  ["forward-pointer", "a pointer leads forward"],
  ["name-cut-short", "it runs past the end of the message"],
  ["name-too-long", "it is longer than 255 bytes"],
  ["pointer-into-header", "a pointer leads into the header"],
  ["pointer-loop", "pointers lead to pointers without end"],
  ["pointer-past-end", "a pointer leads past the end of the message"],
]);
