import type { Name } from "./name.ts";

const HEADER_BYTES = 12;
/** Entries looked at in one message, pointers followed in one name, and steps taken in all: what is more is nobody's in earnest. */
const MOST_ENTRIES = 2048;
const MOST_HOPS = 128;
const MOST_STEPS = 1 << 16;

/**
 * Names that somebody here waits for, to tell at a glance which messages have to be read. By hash: now and then a message
 * is read for nothing, but none is missed.
 */
export class Interest {
  /** How often each is wanted, by hash. */
  readonly #wanted = new Map<number, number>();
  #steps = 0;
  /** Where the name ends that was hashed last; -1 when that cannot be told. */
  #end = 0;
  /** The pointer that was a whole name last, and the hash of that: lists have the same owner again and again. */
  #pointer = 0;
  #pointed: number | undefined;

  /** Each `add` takes a `delete` of its own. */
  add(name: Name): void {
    const hash = hashOf(name);
    this.#wanted.set(hash, (this.#wanted.get(hash) ?? 0) + 1);
  }

  delete(name: Name): void {
    const hash = hashOf(name);
    const count = this.#wanted.get(hash) ?? 0;
    if (count > 1) this.#wanted.set(hash, count - 1);
    else this.#wanted.delete(hash);
  }

  clear(): void {
    this.#wanted.clear();
  }

  /**
   * Whether a question of this message, or the owner of a record in any of its sections, is one of the names. False of what
   * is no DNS message, and of what is so made that finding out would cost more than it may. Never throws.
   */
  wants(bytes: Uint8Array): boolean {
    if (bytes.length < HEADER_BYTES || this.#wanted.size === 0) return false;
    const questions = u16(bytes, 4);
    const entries = Math.min(MOST_ENTRIES, questions + u16(bytes, 6) + u16(bytes, 8) + u16(bytes, 10));
    let at = HEADER_BYTES;
    this.#steps = MOST_STEPS;
    this.#pointer = 0;
    for (let i = 0; i < entries; i++) {
      const hash = this.#ownerAt(bytes, at);
      if (hash !== undefined && this.#wanted.has(hash)) return true;
      at = this.#end;
      if (at < 0 || this.#steps < 0) return false;
      if (i < questions) at += 4;
      else if (at + 10 > bytes.length) return false;
      else at += 10 + u16(bytes, at + 8);
    }
    return false;
  }

  #ownerAt(bytes: Uint8Array, at: number): number | undefined {
    const pointer = at + 2 <= bytes.length ? u16(bytes, at) : 0;
    if (pointer < 0xc000) return this.#hashAt(bytes, at);
    if (pointer !== this.#pointer) this.#pointed = this.#hashAt(bytes, at);
    this.#pointer = pointer;
    this.#end = at + 2;
    return this.#pointed;
  }

  /** The hash of the name at `start`; `undefined` when there is none. */
  #hashAt(bytes: Uint8Array, start: number): number | undefined {
    let at = start;
    let hash = 0;
    this.#end = -1;
    for (let hops = 0; hops <= MOST_HOPS && this.#steps >= 0; ) {
      const head = bytes[at];
      if (head === undefined || (head >= 0x40 && head < 0xc0)) return undefined;
      if (head >= 0xc0) {
        if (this.#end < 0 && at + 1 < bytes.length) this.#end = at + 2;
        at = ((head & 0x3f) << 8) | (bytes[at + 1] ?? 0);
        hops++;
        this.#steps--;
        continue;
      }
      if (head === 0) {
        if (this.#end < 0) this.#end = at + 1;
        return hash;
      }
      hash = hashOfLabel(hash, bytes, at);
      at += head + 1;
      this.#steps -= head;
    }
    return undefined;
  }
}

function hashOf({ wire }: Name): number {
  let hash = 0;
  for (let at = 0; wire[at] !== 0; at += (wire[at] as number) + 1) hash = hashOfLabel(hash, wire, at);
  return hash;
}

/** A hash of the label at `at` after others, for which capital letters of ASCII are small ones. */
function hashOfLabel(before: number, bytes: Uint8Array, at: number): number {
  const length = bytes[at] as number;
  const end = Math.min(at + length, bytes.length - 1);
  let hash = Math.imul(before ^ length, 0x01000193);
  for (let i = at + 1; i <= end; i++) {
    const byte = bytes[i] as number;
    hash = Math.imul(hash ^ (byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte), 0x01000193);
  }
  return hash ^ (hash >>> 15);
}

function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}
