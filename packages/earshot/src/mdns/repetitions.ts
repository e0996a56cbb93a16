import { byteHash } from "../core/byte-hash.ts";
import type { Datagram } from "../core/engine.ts";
import { fnv1a } from "../core/fnv.ts";
import { sameBytes } from "../core/same-bytes.ts";
import type { CachedRecord } from "./cached-record.ts";
import type { ResourceRecord } from "./record.ts";
import { isUnique } from "./record-set.ts";

/** A response that was heard twice, and what it says. */
interface Repeated {
  readonly bytes: Uint8Array;
  readonly from: string;
  readonly linkId: string;
  /** What was learnt of it, and the very records that these were then. */
  readonly learnt: readonly CachedRecord[];
  readonly records: readonly ResourceRecord[];
}

/**
 * Responses that say word for word what the same address said before, as devices do for days: their records are only heard
 * once more, and nothing of them is read. Found by a hash and then compared byte by byte, so that no two messages are ever
 * taken for one. Kept is what was heard twice: a flood of ever new messages is not.
 */
export class Repetitions {
  readonly #limit: number;
  readonly #repeated = new Map<number, Repeated>();
  /** Hashes of what was heard once. */
  readonly #heardOnce = new Set<number>();
  /** When there are so many, those of records that are gone are swept out: the memory held is at most twice what is live. */
  #sweepAt = LEAST_SWEPT;

  /** @param limit most messages kept, and most that were heard once; one more, and all are forgotten. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The records that a response says again, if it says nothing else and nothing has changed what that means. */
  find(datagram: Datagram): readonly CachedRecord[] | undefined {
    if (this.#repeated.size === 0) return undefined;
    const known = this.#repeated.get(hashOf(datagram));
    return known && isOf(known, datagram) && known.learnt.every((one, i) => isAsThen(one, known.records[i]))
      ? known.learnt
      : undefined;
  }

  /** A response was read. @param learntOf what it said, if that is all it said; asked for where it was heard before. */
  note(datagram: Datagram, learntOf: () => readonly CachedRecord[] | undefined): void {
    const hash = hashOf(datagram);
    if (!this.#heardOnce.delete(hash)) {
      if (this.#heardOnce.size >= this.#limit) this.#heardOnce.clear();
      this.#heardOnce.add(hash);
      return;
    }
    const learnt = learntOf();
    if (!learnt) return;
    if (this.#repeated.size >= this.#sweepAt) this.#sweep();
    if (this.#repeated.size >= this.#limit) this.#repeated.clear();
    const { bytes, from, link } = datagram;
    const records = learnt.map(({ record }) => record);
    this.#repeated.set(hash, { bytes: bytes.slice(), from: from.address, linkId: link.id, learnt, records });
  }

  #sweep(): void {
    for (const [hash, { learnt }] of this.#repeated)
      if (learnt.some(({ position }) => position < 0)) this.#repeated.delete(hash);
    this.#sweepAt = Math.max(LEAST_SWEPT, 2 * this.#repeated.size);
  }
}

const LEAST_SWEPT = 64;

/** Whether to hear it once more is all that there is to do: it is still kept, believed, and the only one where it says so. */
function isAsThen(known: CachedRecord, then: ResourceRecord | undefined): boolean {
  if (known.position < 0 || known.record !== then || !known.isCertain) return false;
  return known.set.members.length === 1 || !isUnique(then);
}

function isOf({ bytes, from, linkId }: Repeated, datagram: Datagram): boolean {
  return from === datagram.from.address && linkId === datagram.link.id && sameBytes(bytes, datagram.bytes);
}

function hashOf({ bytes, from, link }: Datagram): number {
  return byteHash(bytes, fnv1a(from.address) ^ Math.imul(fnv1a(link.id), 31));
}
