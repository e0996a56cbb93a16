import type { Outgoing } from "../../src/core/engine.ts";
import { type DnsMessage, decodeMessage } from "../../src/mdns/message.ts";
import { type ResourceRecord, TYPE } from "../../src/mdns/record.ts";
import { rdataOf } from "../../src/mdns/record-data.ts";
import { hexOf } from "../mdns/telling.ts";
import { insist } from "./target.ts";

/** How much may be said, per second. */
export const RATES = {
  unicastPerSecondPerSource: 20,
  unicastBurstPerSource: 40,
  multicastPerSecond: 100,
} as const;
/** Answers and defences at their limits, queries at theirs, and what we say unasked. */
const MOST_PER_SECOND = 2 * RATES.multicastPerSecond + 50 + 100;

/** All that an mDNS engine sent, and the rules for it. */
export class Said {
  readonly sent: { readonly bytes: Uint8Array; readonly at: number; readonly where: string }[] = [];
  readonly words = new Set<string>();
  /** When each record was last multicast, by link and record. */
  readonly #saidAt = new Map<string, number>();
  /** When somebody last probed, by link. */
  readonly #probedAt = new Map<string, number>();

  heard(bytes: Uint8Array, linkId: string, now: number): void {
    const message = decodeMessage(bytes);
    if (message.kind === "query" && message.authorities.length > 0) this.#probedAt.set(linkId, now);
  }

  add({ bytes, to, link }: Outgoing, now: number): void {
    const message = decodeMessage(bytes);
    insist(message.kind !== "malformed", "what is sent is malformed");
    insist(message.violations.length === 0, `what is sent has a fault: ${message.violations[0]?.message}`);
    insist(bytes.length <= 1500, `${bytes.length} bytes are sent at once`);
    const isLegacy = to !== "group" && to.port !== 5353;
    this.sent.push({ bytes, at: now, where: to === "group" ? link.id : to.address });
    this.words.add(`${message.kind} to ${to === "group" ? to : isLegacy ? "old" : "one"}`);
    if (message.kind === "query") this.#checkQuery(message);
    else this.#checkResponse(message, isLegacy);
    if (message.kind === "response" && to === "group") this.#checkGaps(message, link.id, now);
  }

  check(now: number): void {
    const perSecond = new Map<string, number>();
    const inAll = new Map<string, number>();
    const began = this.sent[0]?.at ?? now;
    for (const { at, where } of this.sent) {
      const key = `${where} ${Math.floor(at / 1000)}`;
      perSecond.set(key, (perSecond.get(key) ?? 0) + 1);
      inAll.set(where, (inAll.get(where) ?? 0) + 1);
    }
    for (const [key, count] of perSecond) insist(count <= MOST_PER_SECOND, `${count} packets in ${key}`);
    const most = RATES.unicastBurstPerSource + (RATES.unicastPerSecondPerSource * (now - began)) / 1000 + 1;
    for (const [where, count] of inAll)
      insist(where.startsWith("eth") || count <= most, `${count} answers to ${where}`);
  }

  #checkQuery({ answers, authorities, questions }: DnsMessage): void {
    insist(questions.length + answers.length > 0, "a query without anything");
    for (const { flush } of [...answers, ...authorities]) insist(!flush, "the flush bit in a query");
    distinct([...answers.map(wordsOf), ...authorities.map(wordsOf)]);
    distinct(questions.map(({ name, type }) => `${type} ${name.key}`));
  }

  #checkResponse({ questions, answers, authorities, additionals }: DnsMessage, isLegacy: boolean): void {
    insist(isLegacy || questions.length === 0, "questions in a response");
    insist(answers.length > 0 && authorities.length === 0, "a response that answers nothing");
    const records = [...answers, ...additionals];
    distinct(records.map(wordsOf));
    for (const { type, flush, ttl } of records) {
      if (type === TYPE.OPT) continue;
      const isUnique = type !== TYPE.PTR;
      insist(flush === (isUnique && !isLegacy), `the flush bit of type ${type} is ${flush}`);
      insist(!isLegacy || ttl <= 10, `an old resolver may keep it for ${ttl} s`);
    }
  }

  /** RFC 6762 §6: once in a second, or in a quarter of one where somebody probes. */
  #checkGaps({ answers, additionals }: DnsMessage, linkId: string, now: number): void {
    const isDefence = now - (this.#probedAt.get(linkId) ?? Number.NEGATIVE_INFINITY) <= 1000;
    for (const record of [...answers, ...additionals]) {
      if (record.ttl === 0) continue;
      const key = `${linkId} ${wordsOf(record)}`;
      const gap = now - (this.#saidAt.get(key) ?? Number.NEGATIVE_INFINITY);
      insist(gap >= (isDefence ? 250 : 1000), `type ${record.type} is said again after ${gap} ms`);
      this.#saidAt.set(key, now);
    }
  }
}

function distinct(words: readonly string[]): void {
  insist(new Set(words).size === words.length, "the same twice in a message");
}

function wordsOf({ name, type, data }: ResourceRecord): string {
  return `${type} ${name.key} ${hexOf(rdataOf(data, type))}`;
}
