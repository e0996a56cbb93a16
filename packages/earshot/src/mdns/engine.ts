import { isOnLink } from "../core/address.ts";
import { Agenda } from "../core/agenda.ts";
import type { Binding, BoundLink, Datagram, Engine, Instant, Turn } from "../core/engine.ts";
import type { Random } from "../core/random.ts";
import type { Answer, AnswerListener, Ask, Asking } from "./asking.ts";
import { Claims } from "./claims.ts";
import type { MdnsConfig } from "./config.ts";
import { Echoes } from "./echoes.ts";
import type { MdnsDropReason, MdnsEvent } from "./events.ts";
import { glance } from "./glance.ts";
import { drop, type Ground } from "./ground.ts";
import { Intake } from "./intake.ts";
import { Interest } from "./interest.ts";
import { type DnsMessage, decodeMessage } from "./message.ts";
import type { Name } from "./name.ts";
import { Negatives } from "./negatives.ts";
import { OwnRecords } from "./own-records.ts";
import { OwnVoice } from "./own-voice.ts";
import type { Publication } from "./publication.ts";
import { Querier } from "./querier.ts";
import { Responder } from "./responder.ts";
import { HOPS } from "./timing.ts";

/** What an mDNS engine has counted since it was made, and what it keeps. */
export interface MdnsCounts {
  /** Datagrams that could matter to somebody here. */
  readonly heard: number;
  readonly dropped: ReadonlyMap<MdnsDropReason, number>;
  /** Records of others that are kept. */
  readonly known: number;
  /** Questions that are being asked. */
  readonly asks: number;
  readonly publications: number;
}

/** Multicast DNS (RFC 6762): asks, keeps answers, probes, announces and answers. Routes only: each role is a machine of its own. */
export class MdnsEngine implements Engine<MdnsEvent> {
  readonly binding: Binding;
  readonly config: MdnsConfig;
  readonly #ground: Ground;
  readonly #interest = new Interest();
  /** In our own names alone. */
  readonly #ownInterest = new Interest();
  readonly #own: OwnRecords;
  readonly #claims: Claims;
  readonly #responder: Responder;
  readonly #querier: Querier;
  readonly #voice: OwnVoice;
  readonly #echoes = new Echoes();
  readonly #intake: Intake;
  /** Our addresses on all links. */
  #addresses: ReadonlySet<string> = new Set();
  #heard = 0;

  constructor(config: MdnsConfig, random: Random) {
    const { port, groupV4, groupV6 } = config;
    this.config = config;
    this.binding = {
      port,
      groups: { 4: [groupV4], 6: [groupV6] },
      hops: HOPS,
      unicastHops: HOPS,
      speaksFromPort: true,
    };
    this.#ground = {
      config,
      random,
      agenda: new Agenda(),
      links: new Map(),
      dropped: new Map(),
      send: (bytes, to, link, turn) => this.#send(bytes, to, link, turn),
    };
    this.#own = new OwnRecords({
      add: (name) => this.#interestIn(name),
      delete: (name) => this.#noInterestIn(name),
    });
    const negatives = new Negatives(this.#ground, this.#own);
    this.#claims = new Claims(this.#ground, this.#own, negatives);
    this.#responder = new Responder(this.#ground, this.#own, negatives);
    this.#querier = new Querier(this.#ground, this.#interest, (question, linkId) =>
      this.#voice.shared(question, linkId),
    );
    this.#intake = new Intake(config.limits);
    this.#voice = new OwnVoice(this.#ground, this.#own, this.#querier);
  }

  get wakeAt(): Instant {
    return this.#ground.agenda.nextAt;
  }

  /** What the engine waits for, soonest first. */
  get waiting(): Agenda<MdnsEvent>["waiting"] {
    return this.#ground.agenda.waiting;
  }

  /** The links in use. */
  get links(): Iterable<BoundLink> {
    return this.#ground.links.values();
  }

  get counts(): MdnsCounts {
    const { records, asks } = this.#querier.counts;
    return {
      heard: this.#heard,
      dropped: new Map(this.#ground.dropped),
      known: records,
      asks,
      publications: this.#claims.size,
    };
  }

  /** Asks, and tells `hear` at once what is known, then what changes, until the asking is ended. */
  ask(ask: Ask, hear: AnswerListener, turn: Turn<MdnsEvent>): Asking {
    return this.#querier.ask(ask, hear, turn);
  }

  /** What is known of a name, of one type or of all (255), without asking. */
  answers(name: Name, type: number): Iterable<Answer> {
    return this.#querier.answers(name, type);
  }

  /** Has it asked for: who does not answer within 10 s is gone (RFC 6762 §10.4). For when what it says proved wrong. */
  reconfirm(name: Name, type: number, turn: Turn<MdnsEvent>): void {
    this.#querier.reconfirm(name, type, turn);
  }

  /** Begins to probe for the records and to announce them. Returns the number to name it by. */
  publish(publication: Publication, turn: Turn<MdnsEvent>): number {
    return this.#claims.add(publication, turn);
  }

  /** Puts another publication in the place of one, which keeps what it met of conflicts. */
  replace(id: number, publication: Publication, turn: Turn<MdnsEvent>): void {
    this.#claims.replace(id, publication, turn);
  }

  /** Asks the publication for its records anew, and announces what changed. */
  update(id: number, turn: Turn<MdnsEvent>): void {
    this.#claims.update(id, turn);
  }

  /** Announces once more, no sooner than a second after the last time. */
  announce(id: number, turn: Turn<MdnsEvent>): void {
    this.#claims.announce(id, turn);
  }

  /** Says goodbye; `withdrawn` is told in the same turn. */
  withdraw(id: number, turn: Turn<MdnsEvent>): void {
    this.#claims.withdraw(id, turn);
  }

  wake(turn: Turn<MdnsEvent>): void {
    this.#ground.agenda.runDue(turn);
  }

  /** Whether it asks of, or tells of, a name that somebody here asks for or has. */
  wants(bytes: Uint8Array): boolean {
    return this.#interest.wants(bytes);
  }

  receive(datagram: Datagram, turn: Turn<MdnsEvent>): void {
    this.#heard++;
    const reason = this.#route(datagram, turn);
    if (reason) drop(this.#ground, reason, datagram, turn);
  }

  relink(links: readonly BoundLink[], resumed: boolean, turn: Turn<MdnsEvent>): void {
    const before = this.#ground.links;
    this.#ground.links = new Map(links.map((link) => [link.id, link]));
    this.#addresses = new Set(links.flatMap(({ addresses }) => addresses.map(({ address }) => address)));
    this.#responder.relink(before, resumed, turn);
    this.#claims.relink(before, resumed, turn);
    this.#querier.relink(before, resumed, turn);
  }

  #send(...[bytes, to, link, turn]: Parameters<Ground["send"]>): void {
    turn.send({ bytes, to, link, socket: "shared" });
    if (to !== "group") return;
    this.#echoes.remember(bytes, turn.now);
    this.#voice.said(bytes, link, turn);
  }

  /**
   * RFC 6762 §5.5, §11: by unicast only neighbours are heard. §18: what the header says decides; then each role takes what
   * is its own.
   */
  #route(datagram: Datagram, turn: Turn<MdnsEvent>): MdnsDropReason | undefined {
    const { bytes, from, link, to } = datagram;
    if (from.port === 0) return "no-reply-port";
    if (to === "host" && !isOnLink(from.address, link.addresses)) return "unsolicited-unicast";
    const head = glance(bytes);
    if (!head) return "malformed";
    if (head.opcode !== 0) return "unknown-opcode";
    if (head.rcode !== 0) return "error-rcode";
    if (this.#echoes.isEcho(datagram, turn.now, (address) => this.#addresses.has(address)))
      return this.#echo(datagram, head.isResponse, turn);
    const reason = head.isResponse ? this.#whyNotUsed(datagram, turn.now) : undefined;
    if (reason) return reason;
    if (head.isResponse && this.#isHeardAgain(datagram, turn)) return undefined;
    const isAdmitted = !head.isResponse || this.#isAdmitted(datagram, turn.now);
    if (!isAdmitted && !this.#ownInterest.wants(bytes)) return "too-many-records";
    const isRepeated = !head.isResponse && this.#responder.repeat(datagram, turn);
    if (isRepeated) return isRepeated === true ? undefined : isRepeated;
    const message = decodeMessage(bytes);
    if (message.kind === "malformed") return "malformed";
    if (!head.isResponse) return this.#query(message, datagram, turn);
    this.#heedResponse(message, datagram, turn);
    return isAdmitted ? this.#querier.hearResponse(message, datagram, turn) : "too-many-records";
  }

  /** RFC 6762 §10.2: what we said on one link of a network may have put aside what we have on another. */
  #echo(datagram: Datagram, isResponse: boolean, turn: Turn<MdnsEvent>): MdnsDropReason {
    const message = isResponse && this.#ground.links.size > 1 ? decodeMessage(datagram.bytes) : undefined;
    if (message?.kind === "response") this.#claims.hearEcho(message, datagram, turn);
    return "own-echo";
  }

  /** RFC 6762 §6, §11: from the protocol's port, and by unicast only what was asked for. */
  #whyNotUsed({ from, link, to }: Datagram, now: Instant): MdnsDropReason | undefined {
    if (from.port !== this.config.port) return "response-from-another-port";
    const isAwaited = this.#querier.awaitsUnicast(link, now) || this.#claims.awaitsUnicast(link, now);
    return to === "host" && !isAwaited ? "unsolicited-unicast" : undefined;
  }

  /** What devices repeat word for word is not read again, unless it is about a name of ours. */
  #isHeardAgain(datagram: Datagram, turn: Turn<MdnsEvent>): boolean {
    const records = this.#querier.repeated(datagram);
    if (!records || records.some(({ record }) => this.#own.has(record.name))) return false;
    this.#querier.hearAgain(records, datagram, turn);
    return true;
  }

  #isAdmitted({ from: { address } }: Datagram, now: Instant): boolean {
    return this.#intake.admits(address, this.#querier.knows(address), now);
  }

  /** What it means for what is ours. */
  #heedResponse(message: DnsMessage, datagram: Datagram, turn: Turn<MdnsEvent>): void {
    this.#claims.hearResponse(message, datagram, turn);
    this.#responder.hearResponse(message, datagram, turn);
  }

  #interestIn(name: Name): void {
    this.#interest.add(name);
    this.#ownInterest.add(name);
  }

  #noInterestIn(name: Name): void {
    this.#interest.delete(name);
    this.#ownInterest.delete(name);
  }

  #query(message: DnsMessage, datagram: Datagram, turn: Turn<MdnsEvent>): MdnsDropReason | undefined {
    this.#claims.hearQuery(message, datagram, turn);
    const reason = this.#responder.hearQuery(message, datagram, turn);
    if (datagram.from.port === this.config.port) this.#querier.hearQuery(message, datagram, turn);
    return reason;
  }
}
