import type { AnswerSet } from "./answer-set.ts";
import type { Name } from "./name.ts";
import type { OwnAnswers } from "./own-answers.ts";
import { TYPE } from "./record.ts";

/**
 * What whoever is told a set asks for next, in the order of use: of an instance its SRV and TXT and the addresses of its
 * host (RFC 6763 §12), of an address all others, or that there is none of a family (RFC 6762 §6.2). All of it is ours; the
 * set itself and what was said already may be in it.
 */
export function* additionalsOf(set: AnswerSet, answers: OwnAnswers, linkId: string): Iterable<AnswerSet> {
  for (const { name, data } of set.records) {
    if (data.kind === "PTR") yield* ofInstance(data.target, answers, linkId);
    else if (data.kind === "SRV" || data.kind === "CNAME") yield* addresses(data.target, answers, linkId);
    else if (data.kind === "SVCB") yield* addresses(ownerOr(data.target, name), answers, linkId);
  }
  if (set.type === TYPE.A || set.type === TYPE.AAAA) yield* addresses(set.name, answers, linkId);
}

function* ofInstance(name: Name, answers: OwnAnswers, linkId: string): Iterable<AnswerSet> {
  const services = answers.of(linkId, name, TYPE.SRV);
  yield* services;
  yield* answers.of(linkId, name, TYPE.TXT);
  for (const { records } of services)
    for (const { data } of records) if (data.kind === "SRV") yield* addresses(data.target, answers, linkId);
}

/** The addresses of a host of ours; where it has only those of one family, also that it has none of the other. */
function* addresses(host: Name, answers: OwnAnswers, linkId: string): Iterable<AnswerSet> {
  const v4 = answers.of(linkId, host, TYPE.A);
  const v6 = answers.of(linkId, host, TYPE.AAAA);
  yield* v4;
  yield* v6;
  if (v4.length > 0 && v6.length === 0) yield* answers.without(linkId, host, TYPE.AAAA);
  if (v6.length > 0 && v4.length === 0) yield* answers.without(linkId, host, TYPE.A);
}

/** RFC 9460 §2.5.2: the root stands for the owner. */
function ownerOr(target: Name, owner: Name): Name {
  return target.labels.length === 0 ? owner : target;
}
