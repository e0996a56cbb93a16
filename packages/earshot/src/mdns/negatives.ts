import { Negative, type Trace } from "./answer-set.ts";
import type { Ground } from "./ground.ts";
import type { Name } from "./name.ts";
import type { LiveRecord, OwnRecords } from "./own-records.ts";
import { TYPE } from "./record.ts";
import { HOST_TTL_SECONDS, OTHER_TTL_SECONDS } from "./timing.ts";

/** Negatives whose last multicast is remembered, on all links. */
const MOST_TRACES = 4096;

/** Types whose records live as long as those of hosts do (RFC 6762 §10). */
const HOST_TYPES: ReadonlySet<number> = new Set([TYPE.A, TYPE.AAAA, TYPE.SRV, TYPE.HINFO]);

/**
 * Says what a name of ours has not (RFC 6762 §6.1), in the restricted form: the next name is its own, and only types
 * below 256 are told of. Where there are records that this form has no room for, nothing is said.
 */
export class Negatives {
  readonly #ground: Ground;
  readonly #own: OwnRecords;
  readonly #traces = new Map<string, Trace>();

  constructor(ground: Ground, own: OwnRecords) {
    this.#ground = ground;
    this.#own = own;
  }

  /**
   * That a name has no record of `type` on a link. `undefined` where that is not ours to say: the name is not ours alone,
   * or it has one, on a link of the other family of the same interface at least (RFC 6762 §6.2).
   */
  without(linkId: string, name: Name, type: number): Negative | undefined {
    const records = this.#own.at(linkId, name);
    const [first] = records;
    if (!first || !records.every(({ isShared }) => !isShared)) return undefined;
    const types = this.#typesOf(linkId, name);
    if (types.has(type) || types.has(TYPE.NSEC)) return undefined;
    const ascending = [...types].sort((a, b) => a - b);
    if ((ascending.at(-1) ?? 0) > 255) return undefined;
    const trace = this.#traceOf(`${linkId} ${name.key} ${ascending.join()}`);
    return new Negative(first.name, ascending, ttlWithout(type, records), trace);
  }

  /** Every type of which we have, or are about to have, a record of this name on the interface. */
  #typesOf(linkId: string, name: Name): Set<number> {
    const types = new Set<number>();
    const interfaceName = this.#ground.links.get(linkId)?.interfaceName;
    for (const link of this.#ground.links.values()) {
      if (link.interfaceName !== interfaceName) continue;
      for (const { type } of this.#own.at(link.id, name)) types.add(type);
      for (const { type } of this.#own.probing(link.id, name)) types.add(type);
    }
    return types;
  }

  #traceOf(key: string): Trace {
    const trace = this.#traces.get(key) ?? { multicastAt: Number.NEGATIVE_INFINITY };
    this.#traces.delete(key);
    if (this.#traces.size >= MOST_TRACES) this.#forgetOldest();
    this.#traces.set(key, trace);
    return trace;
  }

  #forgetOldest(): void {
    for (const key of this.#traces.keys()) {
      this.#traces.delete(key);
      return;
    }
  }
}

/** Seconds that a record of `type` would live beside those there are. */
function ttlWithout(type: number, records: readonly LiveRecord[]): number {
  const isHost = HOST_TYPES.has(type);
  const alike = records.find((record) => HOST_TYPES.has(record.type) === isHost);
  return alike?.ttl ?? (isHost ? HOST_TTL_SECONDS : OTHER_TTL_SECONDS);
}
