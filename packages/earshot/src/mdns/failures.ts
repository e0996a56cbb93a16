import type { Datagram, Instant } from "../core/engine.ts";
import type { Cache } from "./cache.ts";
import type { CachedRecord } from "./cached-record.ts";
import type { DnsMessage } from "./message.ts";
import { CLASS, type ResourceRecord } from "./record.ts";
import type { RecordSet } from "./record-set.ts";
import { GRACE, RECONFIRM_WINDOW, TRUNCATED_DELAY } from "./timing.ts";
import { isAnswer } from "./topics.ts";

/**
 * Others ask, too, and who does not answer them is not there any more (RFC 6762 §10.5): after two questions of others
 * within ten seconds that a record should have been the answer to, and ten more without it, it is gone. Nothing is asked.
 */
export function observeFailures(
  message: DnsMessage,
  { link, to }: Datagram,
  cache: Cache,
  now: Instant,
): void {
  if (message.truncated || to === "host") return;
  for (const question of message.questions) {
    if (question.unicast || (question.class !== CLASS.IN && question.class !== CLASS.ANY)) continue;
    for (const set of cache.sets(link.id, question.name.key))
      if (isAnswer(question, set.type)) observeSet(set, message.answers, cache, now);
  }
}

/** A question that follows before the last could be answered is the same one. */
function observeSet(set: RecordSet, known: readonly ResourceRecord[], cache: Cache, now: Instant): void {
  if (now - set.observedAt < TRUNCATED_DELAY[1]) return;
  set.observedAt = now;
  const spared = new Set<CachedRecord>();
  for (const record of known) {
    const member =
      record.type === set.type && set.name.equals(record.name) ? set.find(record.data) : undefined;
    if (member && record.ttl * 2 >= member.record.ttl) spared.add(member);
  }
  for (const member of set.members)
    if (
      member.isCertain &&
      now - member.heardAt >= GRACE &&
      !spared.has(member) &&
      missesOf(member, now) >= 2
    )
      cache.leave(member, now + RECONFIRM_WINDOW, "unconfirmed");
}

/** Counts a question that was not answered. */
function missesOf(member: CachedRecord, now: Instant): number {
  member.misses = now - member.missedAt > RECONFIRM_WINDOW ? 1 : member.misses + 1;
  member.missedAt = now;
  return member.misses;
}
