import type { BoundLink, Datagram, Turn } from "../core/engine.ts";
import type { MdnsEvent } from "./events.ts";
import { glance } from "./glance.ts";
import type { Ground } from "./ground.ts";
import { type DnsMessage, decodeMessage } from "./message.ts";
import { type OwnRecords, toRecord } from "./own-records.ts";
import { type Question, type ResourceRecord, TYPE } from "./record.ts";

/** Who asks, on the same engine. */
export interface OwnListener {
  /** Whether nobody asks. */
  readonly isIdle: boolean;
  hearResponse(message: DnsMessage, datagram: Datagram, turn: Turn<MdnsEvent>): void;
}

/**
 * What we say, as far as our own questions go: who asks and who answers may be one program. Of the echo that comes back
 * from the network nothing is used, for it is no news to all others here; so our questions are answered with our own records,
 * and what we announce or take back is learnt, without a word on the network.
 */
export class OwnVoice {
  readonly #ground: Ground;
  readonly #own: OwnRecords;
  readonly #listener: OwnListener;

  constructor(ground: Ground, own: OwnRecords, listener: OwnListener) {
    this.#ground = ground;
    this.#own = own;
    this.#listener = listener;
  }

  /** The shared records that answer a question of ours: no one else will say them. */
  shared({ name, type }: Question, linkId: string): ResourceRecord[] {
    return this.#own
      .at(linkId, name)
      .filter((record) => record.isShared && (type === TYPE.ANY || record.type === type))
      .map((record) => toRecord(record, false));
  }

  /** A message of ours went to the group. It is heard soon, for whoever sends it is still at it. */
  said(bytes: Uint8Array, link: BoundLink, turn: Turn<MdnsEvent>): void {
    const head = glance(bytes);
    if (!head || this.#listener.isIdle || (!head.isResponse && head.questions === 0)) return;
    this.#ground.agenda.set(turn.now, "hearing ourselves", (later) => this.#hear(bytes, link, later));
  }

  #hear(bytes: Uint8Array, { id }: BoundLink, turn: Turn<MdnsEvent>): void {
    const link = this.#ground.links.get(id);
    const message = decodeMessage(bytes);
    if (!link || message.kind === "malformed") return;
    const said = message.kind === "response" ? message : this.#answer(message, id);
    if (!said) return;
    const from = { address: link.address, port: this.#ground.config.port };
    this.#listener.hearResponse(said, { bytes, from, link, socket: "shared", to: "group" }, turn);
  }

  /** What we would answer ourselves; nothing to a probe. */
  #answer(query: DnsMessage, linkId: string): DnsMessage | undefined {
    if (query.authorities.length > 0) return undefined;
    const answers = query.questions.flatMap((question) => this.#recordsFor(question, linkId));
    return answers.length > 0 ? { ...query, kind: "response", questions: [], answers } : undefined;
  }

  #recordsFor({ name, type }: Question, linkId: string): ResourceRecord[] {
    return this.#own
      .at(linkId, name)
      .filter((record) => type === TYPE.ANY || record.type === type)
      .map((record) => toRecord(record, !record.isShared));
  }
}
