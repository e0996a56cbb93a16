import { Name } from "./name.ts";
import type { NamePlaces } from "./name-places.ts";

/** Pointers reach no further (RFC 1035 §4.1.4). */
const REACH = 0x4000;

/**
 * Writes into a buffer that was given, from its start. What does not fit is not written, but counted: whoever writes looks
 * at `at` afterwards, and goes back.
 */
export class ByteWriter {
  /** Whether the targets of SRV records may be pointers (RFC 6762 §18.14). */
  readonly compressesSrv: boolean;
  /** How many bytes there are, or would be. */
  at = 0;
  readonly #buffer: Uint8Array;
  readonly #places: NamePlaces | undefined;

  /** @param places where names stand, for pointers to them; without it none is compressed. */
  constructor(buffer: Uint8Array, places?: NamePlaces, compressesSrv = true) {
    this.#buffer = buffer;
    this.#places = places;
    this.compressesSrv = compressesSrv;
  }

  u8(value: number): void {
    this.#buffer[this.at++] = value;
  }

  u16(value: number): void {
    const { at } = this;
    this.#buffer[at] = value >>> 8;
    this.#buffer[at + 1] = value;
    this.at = at + 2;
  }

  u32(value: number): void {
    this.u16(value >>> 16);
    this.u16(value & 0xffff);
  }

  /** Writes a 16-bit number over what stands at `at`. */
  u16At(at: number, value: number): void {
    this.#buffer[at] = value >>> 8;
    this.#buffer[at + 1] = value;
  }

  bytes(bytes: Uint8Array): void {
    const { at } = this;
    this.at = at + bytes.length;
    if (this.at > this.#buffer.length) return;
    if (bytes.length > 64) this.#buffer.set(bytes, at);
    else for (let i = 0; i < bytes.length; i++) this.#buffer[at + i] = bytes[i] as number;
  }

  /**
   * A name, as much of its end as stands already as a pointer to it. It must stand there in the same case: a name that is
   * read again is to be the one that was written, for case is kept (RFC 6762 §16) and is compared in a tie-break (§8.2).
   */
  name(name: Name): void {
    const places = this.#places;
    if (places === undefined) {
      this.plainName(name);
      return;
    }
    const buffer = this.#buffer;
    const { wire } = name;
    let { at } = this;
    let from = 0;
    for (let rest = name; rest !== Name.root && at < REACH; rest = rest.withoutFirst()) {
      const place = places.findOrAdd(rest, at);
      if (place >= 0) {
        this.at = at;
        this.u16(0xc000 | place);
        return;
      }
      const end = from + 1 + (wire[from] as number);
      while (from < end) buffer[at++] = wire[from++] as number;
    }
    this.at = at;
    this.bytes(from === 0 ? wire : wire.subarray(from));
  }

  plainName({ wire }: Name): void {
    this.bytes(wire);
  }

  /** How many names are remembered, for `backTo`. */
  get names(): number {
    return this.#places?.size ?? 0;
  }

  /** Takes back all that was written since it had so many bytes and names. */
  backTo(at: number, names: number): void {
    this.at = at;
    this.#places?.backTo(names);
  }

  /** A copy of what was written. */
  copy(): Uint8Array {
    return this.#buffer.slice(0, this.at);
  }
}
