import type { BoundLink } from "../core/engine.ts";
import type { AnswerSet, Sayable } from "./answer-set.ts";
import { mostBytesOn } from "./ground.ts";
import type { DnsMessage } from "./message.ts";
import { MessageWriter } from "./message-writer.ts";
import { Name } from "./name.ts";
import { toRecord } from "./own-records.ts";
import { type ResourceRecord, TYPE } from "./record.ts";
import { LEGACY_TTL_SECONDS } from "./timing.ts";

/** RFC 1035 §4.2.1: what every resolver takes. */
const PLAIN_BYTES = 512;

/**
 * Answers a resolver that knows nothing of mDNS as a server of conventional DNS would (RFC 6762 §6.7): the same id, the
 * questions repeated, short lives, no cache-flush bit, no pointers in SRV (§18.14); 512 bytes, or as many as it says to take
 * (RFC 6891), and TC where that is not enough.
 * @param additionsOf what is to go with a set; not asked for where there is no room for the answers.
 */
export function legacyReply(
  { id, questions, additionals }: DnsMessage,
  sets: readonly AnswerSet[],
  additionsOf: (set: AnswerSet) => Iterable<AnswerSet>,
  link: BoundLink,
): Uint8Array {
  const edns = additionals.find(({ type }) => type === TYPE.OPT);
  const limit = Math.min(mostBytesOn(link), Math.max(PLAIN_BYTES, edns?.class ?? 0));
  const writer = new MessageWriter({ kind: "response", id, limit, compressesSrv: false });
  const isWhole =
    questions.every((question) => writer.question(question)) &&
    sets.every(({ records }) => records.every((record) => writer.answer(shortLived(record))));
  if (!isWhole) writer.truncate();
  if (edns) writer.additional(optOf(mostBytesOn(link)));
  if (!isWhole) return writer.finish();
  const said = new Set(sets.map(({ key }) => key));
  for (const { key, records } of sets.flatMap((set) => [...additionsOf(set)])) {
    if (said.has(key)) continue;
    said.add(key);
    for (const record of records) writer.additional(shortLived(record));
  }
  return writer.finish();
}

function shortLived(record: Sayable): ResourceRecord {
  return toRecord(record, false, Math.min(record.ttl, LEGACY_TTL_SECONDS));
}

/** RFC 6891 §6.1.1: who is asked with it answers with it. Its class says how much we take. */
function optOf(bytes: number): ResourceRecord {
  return {
    name: Name.root,
    type: TYPE.OPT,
    class: bytes,
    flush: false,
    ttl: 0,
    data: { kind: "OPT", options: [] },
  };
}
