import type { Datagram, Instant } from "../core/engine.ts";
import type { Cache } from "./cache.ts";
import type { Errand } from "./errand.ts";
import { isListed } from "./known-answers.ts";
import type { DnsMessage } from "./message.ts";
import type { Questions } from "./questions.ts";
import { CLASS, type Question } from "./record.ts";
import { DUPLICATE_QUESTION_WINDOW } from "./timing.ts";
import { isAnswer, type Topics } from "./topics.ts";

/**
 * Another host asked: what we were about to ask need not be asked again, unless it says to know answers that we do not
 * (RFC 6762 §7.3). With TC set it may know more than it says here.
 */
export function suppressDuplicates(
  message: DnsMessage,
  { link, to }: Datagram,
  { cache, topics, questions }: { cache: Cache; topics: Topics; questions: Questions },
  now: Instant,
): void {
  if (message.truncated || to === "host") return;
  const by = now + DUPLICATE_QUESTION_WINDOW;
  const seen = new Set<Errand>();
  for (const question of message.questions) {
    if (question.unicast || question.class !== CLASS.IN) continue;
    const series = topics
      .at(question.name.key)
      .find(({ type }) => type === question.type)
      ?.series.get(link.id);
    const prompt = cache.set(link.id, question.name.key, question.type)?.prompt;
    for (const errand of [series, prompt]) {
      if (!errand?.isShared || seen.has(errand) || !questions.isDue(errand, link.id, by)) continue;
      seen.add(errand);
      if (knowsNoMore(message, question, link.id, cache, now)) questions.isAsked(errand, link.id, now);
    }
  }
}

/** Whether all that the other says to know of the question is what we would say too. */
function knowsNoMore(
  { answers }: DnsMessage,
  { name, type }: Question,
  linkId: string,
  cache: Cache,
  now: Instant,
): boolean {
  return answers.every((record) => {
    if (!isAnswer({ type }, record.type) || !record.name.equals(name)) return true;
    const known = cache.set(linkId, name.key, record.type)?.find(record.data);
    return known !== undefined && isListed(known, now);
  });
}
