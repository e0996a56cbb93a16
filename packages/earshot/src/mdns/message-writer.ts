import { UsageError } from "../core/errors.ts";
import { ByteWriter } from "./byte-writer.ts";
import type { Name } from "./name.ts";
import { NamePlaces } from "./name-places.ts";
import type { Question, ResourceRecord } from "./record.ts";
import { writeData } from "./records/forms.ts";
import { checkedNumber } from "./records/invalid-record.ts";

export interface MessageWriterOptions {
  /** Responses have AA set (RFC 6762 §18.4). */
  readonly kind: "query" | "response";
  /** @default 0, as in all that is multicast (RFC 6762 §18.1) */
  readonly id?: number;
  /** Most bytes, 12 or more. */
  readonly limit: number;
  /** Whether targets of SRV may be pointers; not in legacy unicast replies (RFC 6762 §18.14). @default true */
  readonly compressesSrv?: boolean;
}

const HEADER_BYTES = 12;
const SECTIONS = ["questions", "answers", "authorities", "additionals"] as const;

/**
 * Writes one message, entry by entry, names compressed throughout. Each method says whether the entry fitted; when it did
 * not, nothing of it was written. Sections come in their order: none can be gone back to (UsageError `SECTION_CLOSED`).
 * What has no place in a record is a UsageError `INVALID_RECORD`.
 */
export class MessageWriter {
  readonly #desk: Desk;
  readonly #writer: ByteWriter;
  readonly #limit: number;
  readonly #counts = [0, 0, 0, 0];
  readonly #id: number;
  #flags: number;
  #section = 0;
  #finished: Uint8Array | undefined;

  /** @throws UsageError `INVALID_LIMIT`. */
  constructor({ kind, id = 0, limit, compressesSrv = true }: MessageWriterOptions) {
    if (!(limit >= HEADER_BYTES && limit <= 0xffff))
      throw new UsageError("INVALID_LIMIT", `a message of ${limit} bytes; it is 12 to 65535`);
    this.#desk = takeDesk(limit);
    this.#writer = new ByteWriter(this.#desk.buffer, this.#desk.places, compressesSrv);
    this.#writer.at = HEADER_BYTES;
    this.#limit = limit;
    this.#id = id;
    this.#flags = kind === "response" ? 0x8400 : 0;
  }

  /** Bytes of the message as it is now. */
  get size(): number {
    return this.#writer.at;
  }

  /** How many entries it has: records and questions. */
  get count(): number {
    return this.#counts.reduce((sum, count) => sum + count);
  }

  question(question: Question): boolean {
    this.#enter(0);
    return this.#entry(question);
  }

  answer(record: ResourceRecord): boolean {
    return this.#record(1, record);
  }

  authority(record: ResourceRecord): boolean {
    return this.#record(2, record);
  }

  additional(record: ResourceRecord): boolean {
    return this.#record(3, record);
  }

  /** Sets TC: more known answers follow in another message (RFC 6762 §7.2), or more would not fit (§18.5). */
  truncate(): void {
    this.#flags |= 0x200;
  }

  /** The message, in memory of its own. Nothing can be written afterwards (UsageError `MESSAGE_FINISHED`). */
  finish(): Uint8Array {
    this.#finished ??= this.#finish();
    return this.#finished;
  }

  #finish(): Uint8Array {
    const writer = this.#writer;
    writer.u16At(0, this.#id);
    writer.u16At(2, this.#flags);
    for (let section = 0; section < 4; section++)
      writer.u16At(4 + 2 * section, this.#counts[section] as number);
    const bytes = writer.copy();
    returnDesk(this.#desk);
    return bytes;
  }

  #record(section: number, record: ResourceRecord): boolean {
    this.#enter(section);
    return this.#entry(record);
  }

  /** Writes an entry, counts it if it fits, and else takes it back. */
  #entry(entry: Question | ResourceRecord): boolean {
    const writer = this.#writer;
    const { at, names } = writer;
    let fits = false;
    try {
      if ("data" in entry) this.#writeRecord(entry);
      else this.#head(entry.name, entry.type, entry.class, entry.unicast);
      fits = writer.at <= this.#limit;
    } finally {
      if (fits) this.#counts[this.#section] = (this.#counts[this.#section] as number) + 1;
      else writer.backTo(at, names);
    }
    return fits;
  }

  #writeRecord({ name, type, class: code, flush, ttl, data }: ResourceRecord): void {
    const writer = this.#writer;
    this.#head(name, type, code, flush);
    writer.u32(checkedNumber("ttl", ttl, 0xffff_ffff));
    const start = writer.at + 2;
    writer.at = start;
    writeData(data, type, writer);
    writer.u16At(start - 2, writer.at - start);
  }

  #head(name: Name, type: number, code: number, bit: boolean): void {
    const writer = this.#writer;
    writer.name(name);
    writer.u16(checkedNumber("type", type, 0xffff));
    writer.u16(checkedNumber("class", code, 0x7fff) | (bit ? 0x8000 : 0));
  }

  #enter(section: number): void {
    if (this.#finished !== undefined)
      throw new UsageError("MESSAGE_FINISHED", "the message was finished already");
    if (section < this.#section)
      throw new UsageError("SECTION_CLOSED", `no ${SECTIONS[section]} behind ${SECTIONS[this.#section]}`);
    this.#section = section;
  }
}

/** What is needed to write a message: made once and used again, for making it costs more than the writing. */
interface Desk {
  readonly buffer: Uint8Array;
  readonly places: NamePlaces;
}

const DESK_BYTES = 9000;
const MOST_DESKS = 4;
const desks: Desk[] = [];

function takeDesk(limit: number): Desk {
  const known = limit <= DESK_BYTES ? desks.pop() : undefined;
  return known ?? { buffer: new Uint8Array(Math.max(limit, DESK_BYTES)), places: new NamePlaces() };
}

function returnDesk(desk: Desk): void {
  desk.places.clear();
  if (desk.buffer.length === DESK_BYTES && desks.length < MOST_DESKS) desks.push(desk);
}
