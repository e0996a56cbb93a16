import type { Instant } from "../core/engine.ts";
import { type AnswerSet, Negative } from "./answer-set.ts";
import type { DnsMessage } from "./message.ts";
import type { LiveRecord, OwnRecords } from "./own-records.ts";
import { CLASS, type ResourceRecord } from "./record.ts";

/** Which of our records other hosts have said to all, so that we need not (RFC 6762 §7.4). */
export class DuplicateAnswers {
  readonly #saidAt = new WeakMap<LiveRecord, Instant>();

  /** Another host said this to the group of a link. */
  hear({ answers, additionals }: DnsMessage, own: OwnRecords, linkId: string, now: Instant): void {
    for (const record of answers) this.#hearRecord(record, own, linkId, now);
    for (const record of additionals) this.#hearRecord(record, own, linkId, now);
  }

  /** Whether another host has said all of a set since. */
  has({ records }: AnswerSet, since: Instant): boolean {
    return records.every(
      (record) =>
        !(record instanceof Negative) && (this.#saidAt.get(record) ?? Number.NEGATIVE_INFINITY) >= since,
    );
  }

  /** It counts when it will be believed for as long as what we would have said. */
  #hearRecord(record: ResourceRecord, own: OwnRecords, linkId: string, now: Instant): void {
    if (record.class !== CLASS.IN) return;
    const ours = own.find(linkId, record);
    if (ours?.isEstablished && record.ttl >= ours.ttl) this.#saidAt.set(ours, now);
  }
}
