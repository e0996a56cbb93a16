import type { Instant } from "../core/engine.ts";
import type { CachedRecord } from "./cached-record.ts";
import { MessageWriter } from "./message-writer.ts";
import type { Question, ResourceRecord } from "./record.ts";
import type { RecordSet } from "./record-set.ts";

/** Whether we would list a record as known: at least half its life is left, and nobody doubts it (RFC 6762 §7.1). */
export function isListed(record: CachedRecord, now: Instant): boolean {
  const { heardAt, isCertain, set } = record;
  return isCertain && heardAt >= set.home.trustedFrom && secondsLeft(record, now) * 2 >= record.record.ttl;
}

/** What we list as known of some sets, at most so many records of each, as it stands in a query. */
export function knownAnswers(sets: Iterable<RecordSet>, most: number, now: Instant): ResourceRecord[] {
  const known: ResourceRecord[] = [];
  for (const { members } of sets) {
    let left = most;
    for (const member of members) {
      if (left === 0) break;
      if (!isListed(member, now)) continue;
      known.push({ ...member.record, flush: false, ttl: secondsLeft(member, now) });
      left--;
    }
  }
  return known;
}

/** Messages that belong together: they leave one right after the other. */
export interface Query {
  readonly packets: readonly Uint8Array[];
  /** How many of the questions are in it, from the first on; the others need a query of their own. */
  readonly count: number;
}

/**
 * Writes questions, as many as fit into one message, and what is known of them, into as many messages as it takes, each
 * but the last with the TC bit (RFC 6762 §7.2).
 * @param limit most bytes of a message.
 * @param most most messages; known answers that do not fit into them are left out.
 */
export function writeQuery(
  questions: readonly Question[],
  known: (asked: readonly Question[]) => Iterable<ResourceRecord>,
  limit: number,
  most: number,
): Query {
  let writer = new MessageWriter({ kind: "query", limit });
  const asked = fitting(questions, writer);
  const packets: Uint8Array[] = [];
  for (const record of known(asked)) {
    if (writer.answer(record)) continue;
    const next = new MessageWriter({ kind: "query", limit });
    if (packets.length + 1 >= most || !next.answer(record)) continue;
    writer.truncate();
    packets.push(writer.finish());
    writer = next;
  }
  packets.push(writer.finish());
  return { packets, count: asked.length };
}

function fitting(questions: readonly Question[], writer: MessageWriter): readonly Question[] {
  const end = questions.findIndex((question) => !writer.question(question));
  return end < 0 ? questions : questions.slice(0, end);
}

/** What is left of the time that the one who said it gave it; ours may be shorter, or longer. */
function secondsLeft({ record, heardAt }: CachedRecord, now: Instant): number {
  return Math.max(0, Math.floor(record.ttl - (now - heardAt) / 1000));
}
