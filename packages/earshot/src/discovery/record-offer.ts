/// <reference lib="esnext.disposable" preserve="true" />
import type { BoundLink } from "../core/engine.ts";
import { RemoteError, UsageError } from "../core/errors.ts";
import { within } from "../core/within.ts";
import {
  HOST_TTL_SECONDS,
  type Name,
  OTHER_TTL_SECONDS,
  type OwnRecord,
  type Publication,
  type PublicationNews,
  type RecordData,
  rdataOf,
  TYPE,
} from "../mdns/index.ts";
import type { DnsSdProtocol, DnsSdTurn } from "./dns-sd-protocol.ts";
import { multicastName, type RecordType, typeCode } from "./heard-record.ts";

/** A record to answer for. */
export interface RecordOffer {
  /** Such as `printer.local`, in presentation form: `\.` is a dot in a label. */
  readonly name: Name | string;
  readonly type: RecordType;
  readonly data: RecordData;
  /** Seconds that others keep it, 1 to 86400. @default 120 for A, AAAA, SRV and HINFO, 4500 for the rest (RFC 6762 §10) */
  readonly ttlSeconds?: number;
  /** Other hosts may have records of this name and type, too, and nobody is asked first. @default false, of PTR true */
  readonly isShared?: boolean;
}

/** How to answer for records. */
export interface RespondOptions {
  /** Asks first whether unique names are free; `false` where that was verified by other means. @default true */
  readonly probes?: boolean;
  /** Only on these interfaces, by name. @default all */
  readonly interfaces?: readonly string[];
  /**
   * After they were announced another host turned out to have one of the names: none is answered for any more, until
   * `update` brings others. What it throws is reported as what a listener throws is.
   */
  readonly onConflict?: (conflict: NameConflict) => void;
}

/** Somebody else has a name that we wanted. */
export interface NameConflict {
  readonly name: string;
  /** The link it was heard on, such as `eth0/4`. */
  readonly link: string;
  /** The address that says so, without zone. */
  readonly from: string;
  /** What they have; `undefined` when both wanted it at the same time, and they came first (RFC 6762 §8.2). */
  readonly theirs: RecordData | undefined;
}

/** Records of ours while they are answered for. */
export interface RecordResponder extends AsyncDisposable {
  /**
   * Answers for these records instead. Names that are new are probed for first; only names that are gone get a goodbye.
   * Resolves when they are announced; rejects with `UsageError`, and as `respond`.
   */
  update(records: readonly RecordOffer[]): Promise<void>;
  /** Announces once more. */
  notify(): void;
  /** Says goodbye, and waits until it is said, a second at most. Idempotent. */
  close(): Promise<void>;
}

const HOST_TYPES: ReadonlySet<string> = new Set(["A", "AAAA", "SRV", "HINFO"] satisfies RecordData["kind"][]);

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** The publication behind a `respond`. */
export class RecordsAdvertisement implements RecordResponder, Publication {
  readonly probes: boolean;
  readonly #protocol: DnsSdProtocol;
  readonly #options: RespondOptions;
  readonly #onClosed: () => void;
  readonly #letGo: () => void;
  readonly #id: number;
  #records: readonly OwnRecord[];
  #state: "probing" | "established" | "in conflict" = "probing";
  #conflict: NameConflict | undefined;
  #waiting: Waiting[] = [];
  #closed: Promise<void> | undefined;

  /** @throws UsageError `INVALID_NAME`, `INVALID_OPTION`, `INVALID_RECORD`. */
  constructor(
    protocol: DnsSdProtocol,
    records: readonly RecordOffer[],
    options: RespondOptions,
    onClosed: () => void,
  ) {
    this.#records = ownRecords(records);
    this.#protocol = protocol;
    this.#options = options;
    this.#onClosed = onClosed;
    this.probes = options.probes ?? true;
    this.#id = protocol.turn((turn) => protocol.engine.mdns.publish(this, turn));
    this.#letGo = protocol.keep(this);
  }

  /** Resolves when they are announced. Rejects as `Mdns.respond`, and is closed then. */
  async opened(): Promise<void> {
    try {
      await this.#protocol.ready;
      this.#protocol.assertServed(this.#options);
      await this.#established();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  recordsOn({ interfaceName }: BoundLink): readonly OwnRecord[] {
    return (this.#options.interfaces?.includes(interfaceName) ?? true) ? this.#records : [];
  }

  hear(news: PublicationNews, turn: DnsSdTurn): void {
    switch (news.kind) {
      case "established":
        this.#state = "established";
        for (const { resolve } of this.#waiting.splice(0)) resolve();
        break;
      case "conflict":
        this.#hearConflict(
          { name: `${news.name}`, link: news.link.id, from: news.from, theirs: news.theirs?.data },
          turn,
        );
        break;
      case "withdrawn":
        turn.emit({ kind: "telling", tell: () => this.#protocol.recordsWithdrawn(this.#id) });
        break;
    }
  }

  async update(records: readonly RecordOffer[]): Promise<void> {
    if (this.#closed !== undefined) throw closed();
    const { engine } = this.#protocol;
    const before = this.#records;
    this.#records = ownRecords(records);
    const needsProbing = this.#state !== "established" || !isCovered(this.#records, before);
    if (needsProbing) this.#state = "probing";
    this.#protocol.turn((turn) => {
      if (needsProbing) engine.mdns.replace(this.#id, this, turn);
      else engine.mdns.update(this.#id, turn);
    });
    await this.#established();
  }

  notify(): void {
    if (this.#closed !== undefined) return;
    this.#protocol.turn((turn) => this.#protocol.engine.mdns.announce(this.#id, turn));
  }

  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #hearConflict(conflict: NameConflict, turn: DnsSdTurn): void {
    const wasEstablished = this.#state === "established";
    this.#state = "in conflict";
    this.#conflict = conflict;
    for (const { reject } of this.#waiting.splice(0)) reject(refused(conflict));
    const { onConflict } = this.#options;
    if (wasEstablished && onConflict) turn.emit({ kind: "telling", tell: () => onConflict(conflict) });
  }

  #established(): Promise<void> {
    if (this.#closed !== undefined) return Promise.reject(closed());
    if (this.#state === "established") return Promise.resolve();
    if (this.#state === "in conflict" && this.#conflict) return Promise.reject(refused(this.#conflict));
    return new Promise((resolve, reject) => void this.#waiting.push({ resolve, reject }));
  }

  async #end(): Promise<void> {
    for (const { reject } of this.#waiting.splice(0)) reject(closed());
    try {
      await this.#protocol.withdrawRecords(this.#id);
    } finally {
      this.#letGo();
      this.#onClosed();
    }
  }
}

/** @throws UsageError `INVALID_NAME`, `INVALID_OPTION`, `INVALID_RECORD`. */
function ownRecords(records: readonly RecordOffer[]): readonly OwnRecord[] {
  if (!Array.isArray(records) || !records.every((record) => typeof record?.data === "object" && record.data))
    throw new UsageError("INVALID_RECORD", "records is no list of records with data");
  return records.map((record) => ownRecord(record));
}

function ownRecord({ name, type, data, ttlSeconds, isShared }: RecordOffer): OwnRecord {
  const code = typeCode(type);
  checkData(code, data);
  const ttl = ttlSeconds ?? (HOST_TYPES.has(data.kind) ? HOST_TTL_SECONDS : OTHER_TTL_SECONDS);
  return {
    name: multicastName(name),
    type: code,
    ttl: within("ttlSeconds", ttl, 1, 86_400),
    isShared: isShared ?? data.kind === "PTR",
    data,
  };
}

/** @throws UsageError `INVALID_RECORD`. */
function checkData(type: number, data: RecordData): void {
  const own = data.kind === "opaque" ? type : TYPE[data.kind];
  if (own !== type && !(data.kind === "SVCB" && type === TYPE.HTTPS))
    throw new UsageError("INVALID_RECORD", `a record of type ${type} has no ${data.kind} data`);
  if (type === TYPE.ANY || type === TYPE.OPT)
    throw new UsageError("INVALID_RECORD", `type ${type} is for messages: no name has records of it`);
  try {
    rdataOf(data, type);
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw new UsageError("INVALID_RECORD", `a field of the ${data.kind} data is missing or of another type`, {
      cause,
    });
  }
}

/** Whether every unique name is one that was unique before: it was probed for already. */
function isCovered(records: readonly OwnRecord[], before: readonly OwnRecord[]): boolean {
  const known = new Set(before.filter(({ isShared }) => !isShared).map(({ name }) => name.key));
  return records.every(({ isShared, name }) => isShared || known.has(name.key));
}

function refused({ name, from, link }: NameConflict): RemoteError {
  return new RemoteError("NAME_CONFLICT", `${name} belongs to ${from} on ${link}`);
}

function closed(): UsageError {
  return new UsageError("CLOSED", "it was closed before it could be announced");
}
