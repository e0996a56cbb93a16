import { UsageError } from "../core/errors.ts";
import { type Ask, type Name, sameData } from "../mdns/index.ts";
import type { Door } from "./door.ts";
import type { Feed } from "./feed.ts";
import {
  type HeardRecord,
  multicastName,
  type RecordChange,
  type RecordType,
  recordChange,
  typeCode,
} from "./heard-record.ts";
import {
  type RecordOffer,
  type RecordResponder,
  RecordsAdvertisement,
  type RespondOptions,
} from "./record-offer.ts";
import { readWithin } from "./within-time.ts";

/** How to ask for records. */
export interface RecordQuery {
  /**
   * `continuous`: until closed, at growing intervals, and the answers are kept fresh (RFC 6762 §5.2). `passive`: only
   * what is known and what comes by itself; nothing is sent. `once`: one question, asked again after a second if nothing
   * came. @default "continuous"; of `queryOnce` "once"
   */
  readonly mode?: Ask["mode"];
  /** Asks only on this link, such as `eth0/4`. @default on every link */
  readonly link?: string;
  /** Asks for answers by unicast first, which spares all others (RFC 6762 §5.4). @default true */
  readonly unicastFirst?: boolean;
  /** Ends it: a query quietly, `queryOnce` with its reason. */
  readonly signal?: AbortSignal;
}

export interface QueryOnceOptions extends RecordQuery {
  /** How long to wait, in ms; `Infinity` for as long as it takes. @default 3000 */
  readonly timeoutMs?: number;
  /**
   * Ends it early, once it holds. Asked at every answer.
   * @default when a record came that only one host has, or when its host said that it has none
   */
  readonly until?: (records: readonly HeardRecord[]) => boolean;
}

const QUERY_ONCE_MS = 3000;
const MODES: ReadonlySet<string> = new Set(["continuous", "passive", "once"] satisfies Ask["mode"][]);

/** mDNS in its own words, on one presence: questions and records (RFC 6762). */
export class Mdns {
  readonly #door: Door;

  constructor(door: Door) {
    this.#door = door;
  }

  /**
   * Asks for the records of a name until it is closed, and tells at once what is known, then what changes.
   * @param name such as `printer.local`, in presentation form: `\.` is a dot in a label.
   * @throws UsageError `INVALID_NAME`, `NOT_LOCAL`, `INVALID_OPTION`, `CLOSED`.
   */
  query(name: Name | string, type: RecordType, options: RecordQuery = {}): Feed<RecordChange> {
    const { mode = "continuous", link, unicastFirst, signal } = options;
    if (!MODES.has(mode)) throw new UsageError("INVALID_OPTION", `the modes are ${[...MODES].join(", ")}`);
    const ask: Ask = {
      ...{ name: multicastName(name), type: typeCode(type), mode },
      ...(link !== undefined && { link }),
      ...(unicastFirst !== undefined && { unicastFirst }),
    };
    return this.#door.open(signal, (protocol, onClosed) => {
      const dateOf = (instant: number): Date => protocol.dateOf(instant);
      return protocol.feed<RecordChange>(
        (hear, turn) => protocol.engine.mdns.ask(ask, (change) => hear(recordChange(change, dateOf)), turn),
        onClosed,
      );
    });
  }

  /**
   * The records of a name, each as heard on each link; none when nobody answered in time, or said that there are none.
   * Rejects with `UsageError` (as `query` throws), `NetworkError`, the signal's reason, or what `until` threw.
   */
  async queryOnce(
    name: Name | string,
    type: RecordType,
    options: QueryOnceOptions = {},
  ): Promise<HeardRecord[]> {
    const { timeoutMs = QUERY_ONCE_MS, signal, until } = options;
    const records: HeardRecord[] = [];
    const isEnough = (change: RecordChange): boolean => {
      take(change, records);
      if (until) return until(records);
      return change.kind === "none" || (change.kind === "added" && change.record.isUnique);
    };
    const open = (): Feed<RecordChange> =>
      this.query(name, type, { ...options, mode: options.mode ?? "once" });
    await readWithin(this.#door.clock(), { timeoutMs, signal }, open, isEnough);
    return records;
  }

  /**
   * Answers for records of any kind, until it is closed; unique ones are probed for first. Resolves when they are
   * announced. Rejects with `UsageError` (also `UNKNOWN_INTERFACE`), `NetworkError`, and with `RemoteError` `NAME_CONFLICT` when another host has one
   * of the names.
   */
  respond(records: readonly RecordOffer[], options: RespondOptions = {}): Promise<RecordResponder> {
    return this.#door.announce(async (protocol, onClosed) => {
      const standing = new RecordsAdvertisement(protocol, records, options, onClosed);
      await standing.opened();
      return standing;
    });
  }
}

/** The records that are there after a change. */
function take(change: RecordChange, records: HeardRecord[]): void {
  if (change.kind === "none") return;
  const { record } = change;
  const at = records.findIndex((each) => each.link === record.link && isSame(each, record));
  if (at >= 0) records.splice(at, 1);
  if (change.kind !== "removed") records.push(record);
}

function isSame(a: HeardRecord, b: HeardRecord): boolean {
  return a.type === b.type && a.name.equals(b.name) && sameData(a.data, b.data);
}
