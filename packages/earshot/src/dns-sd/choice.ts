import type { Answer, RecordData } from "../mdns/index.ts";

/** An SRV record: where a service is. */
export type ServiceData = Extract<RecordData, { kind: "SRV" }>;

/** An SRV record as it was said on some links. */
export interface ChosenService {
  readonly data: ServiceData;
  /** Every saying of it. */
  readonly answers: readonly Answer[];
  /** The interfaces on which other SRV records were said, and this one was not: there the name is another service's. */
  readonly strangers: ReadonlySet<string>;
}

/**
 * The SRV record to use: the lowest priority, there the highest weight (RFC 6763 §5; RFC 2782 would draw lots, but who
 * shows a service shows the same one each time). Among equals the one that was said last, so that a change counts at
 * once, although the cache keeps what it replaced for another second. The root as a target says that the service is not
 * there (RFC 2782).
 */
export function chooseService(said: Iterable<Answer>): ChosenService | undefined {
  const answers = latest(said);
  let best: ServiceData | undefined;
  let bestAt = Number.NEGATIVE_INFINITY;
  for (const { record, heardAt } of answers) {
    if (record.data.kind !== "SRV" || record.data.target.labels.length === 0) continue;
    const difference = best ? compareServices(record.data, best) : -1;
    if (difference > 0 || (difference === 0 && heardAt <= bestAt)) continue;
    best = record.data;
    bestAt = heardAt;
  }
  return best && chosen(best, answers);
}

/** The text to use: of an interface where the service was said, and there the one that was said last. */
export function chooseText(said: Iterable<Answer>, service: ChosenService): Uint8Array | undefined {
  const at = new Set(service.answers.map(({ link }) => link.interfaceName));
  let best: Answer | undefined;
  for (const answer of latest(said)) {
    if (answer.record.data.kind !== "TXT" || service.strangers.has(answer.link.interfaceName)) continue;
    const isNearer = best && at.has(answer.link.interfaceName) && !at.has(best.link.interfaceName);
    const isFarther = best && !at.has(answer.link.interfaceName) && at.has(best.link.interfaceName);
    if (!best || isNearer || (!isFarther && answer.heardAt > best.heardAt)) best = answer;
  }
  return best?.record.data.kind === "TXT" ? best.record.data.bytes : undefined;
}

/**
 * What is left when each link has forgotten what a record of the same type with the cache-flush bit put an end to: what
 * was said more than a second before it (RFC 6762 §10.2). The cache keeps that for another second.
 */
export function latest(said: Iterable<Answer>): readonly Answer[] {
  const answers = [...said];
  if (answers.length < 2) return answers;
  const flushedAt = new Map<string, number>();
  for (const { record, link, heardAt } of answers) {
    const set = `${record.type} ${link.id}`;
    if (record.flush && heardAt > (flushedAt.get(set) ?? Number.NEGATIVE_INFINITY))
      flushedAt.set(set, heardAt);
  }
  return answers.filter(({ record, link, heardAt }) => {
    const flushed = flushedAt.get(`${record.type} ${link.id}`);
    return flushed === undefined || heardAt >= flushed - BURST;
  });
}

/** The records of one set may come in several messages, all of them within this time, in ms. */
export const BURST = 1000;

function compareServices(a: ServiceData, b: ServiceData): number {
  return a.priority - b.priority || b.weight - a.weight;
}

function chosen(data: ServiceData, answers: readonly Answer[]): ChosenService {
  const own = answers.filter(({ record }) => record.data.kind === "SRV" && isSamePlace(record.data, data));
  const at = new Set(own.map(({ link }) => link.interfaceName));
  const others = answers.filter(({ link }) => !at.has(link.interfaceName));
  return { data, answers: own, strangers: new Set(others.map(({ link }) => link.interfaceName)) };
}

function isSamePlace(a: ServiceData, b: ServiceData): boolean {
  return a.port === b.port && a.target.equals(b.target);
}
