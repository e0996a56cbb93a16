import { Agenda } from "../core/agenda.ts";
import type { Binding, BoundLink, Datagram, Engine, Instant, Link, Turn } from "../core/engine.ts";
import type { Random } from "../core/random.ts";
import type { Advertisement } from "./advertisement.ts";
import { isInConflict, SearchReader } from "./asking.ts";
import { SsdpCache } from "./cache.ts";
import type { SsdpConfig } from "./config.ts";
import type { DropReason, SsdpAnswer, SsdpEvent, SsdpRecord } from "./events.ts";
import { readLocations } from "./fields.ts";
import { drop, type Ground } from "./ground.ts";
import { parseMessage, type SsdpMessage } from "./message.ts";
import { Mutes } from "./mutes.ts";
import { Notifier } from "./notifier.ts";
import type { Heard } from "./presence.ts";
import { Responder } from "./responder.ts";
import { Searcher, type SearchRequest } from "./searcher.ts";
import type { Served } from "./served.ts";
import { MOST_NAME_LENGTH, splitUsn } from "./usn.ts";

/** First letters of NOTIFY, M-SEARCH and HTTP/1.1. */
const LETTER_N = 0x4e;
const LETTER_M = 0x4d;
const LETTER_H = 0x48;

/** What an SSDP engine has counted since it was made. */
export interface SsdpCounts {
  /** Datagrams that could matter to somebody here. */
  readonly heard: number;
  readonly dropped: ReadonlyMap<DropReason, number>;
  readonly known: number;
  readonly bootId: number;
}

/**
 * SSDP: hears and searches like a control point, announces and answers like a device (UDA 1.1 clause 1). Routes only:
 * each role is a machine of its own.
 */
export class SsdpEngine implements Engine<SsdpEvent> {
  readonly binding: Binding;
  readonly #ground: Ground;
  readonly #cache: SsdpCache;
  readonly #searcher: Searcher;
  readonly #notifier: Notifier;
  readonly #responder: Responder;
  readonly #searches = new SearchReader();
  readonly #mutes = new Mutes();
  #isListening = false;
  #heard = 0;
  #ids = 0;

  constructor(config: SsdpConfig, random: Random) {
    const { port, hops, siteHops, broadcast, groupV4, groupsV6 } = config;
    this.binding = { port, hops, siteHops, broadcast, groups: { 4: [groupV4], 6: groupsV6 } };
    this.#ground = { config, random, agenda: new Agenda(), links: new Map(), asks: true, dropped: new Map() };
    this.#searcher = new Searcher(this.#ground);
    this.#notifier = new Notifier(this.#ground);
    this.#responder = new Responder(this.#ground, this.#notifier);
    this.#cache = new SsdpCache(this.#ground, (...question) => this.#ask(...question));
  }

  get wakeAt(): Instant {
    return this.#ground.agenda.nextAt;
  }

  /** What the engine waits for, soonest first. */
  get waiting(): Agenda<SsdpEvent>["waiting"] {
    return this.#ground.agenda.waiting;
  }

  get counts(): SsdpCounts {
    return {
      heard: this.#heard,
      dropped: new Map(this.#ground.dropped),
      known: this.#cache.size,
      bootId: this.#notifier.bootId,
    };
  }

  /** Every advertisement known now. */
  get records(): Iterable<SsdpRecord> {
    return this.#cache.records();
  }

  /** The links in use. */
  get links(): Iterable<BoundLink> {
    return this.#ground.links.values();
  }

  /**
   * Begins to keep what is announced and answered, and to tell of it.
   * @param options `asks`: devices may be asked whether they are still there. @default { asks: true }
   */
  listen({ asks }: { readonly asks: boolean } = { asks: true }): void {
    this.#isListening = true;
    this.#ground.asks = asks;
  }

  /** Whether devices may be asked from now on. */
  setAsks(asks: boolean): void {
    this.#ground.asks = asks;
  }

  /** Stops listening, and forgets what was heard without a word. */
  stopListening(): void {
    this.#isListening = false;
    this.#cache.clear();
    this.#mutes.clear();
  }

  /** @throws UsageError for a search that cannot be. */
  checkSearch(request: SearchRequest): void {
    this.#searcher.check(request);
  }

  /** Starts a search; its number stands in its `answer` and `search-ended` events. */
  search(request: SearchRequest, turn: Turn<SsdpEvent>): number {
    const id = ++this.#ids;
    this.#searcher.add(id, request, turn);
    return id;
  }

  /** Makes a standing search anew for somebody who has just joined it, unless its last round is only seconds old. */
  searchAgain(id: number, turn: Turn<SsdpEvent>): void {
    this.#searcher.again(id, turn);
  }

  /** Ends a search. Returns whether it was still going on. */
  endSearch(id: number): boolean {
    return this.#searcher.remove(id);
  }

  /** Begins to announce and to answer for an advertisement; its number stands in its `withdrawn` event. */
  offer(advertisement: Advertisement, turn: Turn<SsdpEvent>): number {
    const id = ++this.#ids;
    this.#notifier.add(id, advertisement, turn);
    return id;
  }

  /**
   * Says where we serve the description of an offer whose location has a `{port}`: on which links, and there at which of
   * our addresses and ports. It is announced, and answered for, there and nowhere else. `relinked` events tell when
   * that may have to change.
   */
  serve(id: number, served: Served, turn: Turn<SsdpEvent>): void {
    this.#notifier.serve(id, served, turn);
  }

  /** Announces an offer once more, now. */
  notify(id: number, turn: Turn<SsdpEvent>): void {
    this.#notifier.notify(id, turn);
  }

  /** Says goodbye for an offer; `withdrawn` tells when that is done. */
  withdraw(id: number, turn: Turn<SsdpEvent>): void {
    this.#notifier.remove(id, turn);
  }

  /** What a `tcp-answer` event asked for was delivered, or failed: there is room for another. */
  tcpAnswerOver(): void {
    this.#responder.tcpAnswerOver();
  }

  wake(turn: Turn<SsdpEvent>): void {
    this.#ground.agenda.runDue(turn);
  }

  /** The first letter tells for whom a message is: announcements, searches and answers. */
  wants(bytes: Uint8Array): boolean {
    switch (bytes[0]) {
      case LETTER_N:
        return this.#isListening;
      case LETTER_M:
        return this.#notifier.size > 0;
      case LETTER_H:
        return this.#searcher.isWaiting;
      default:
        return true;
    }
  }

  receive(datagram: Datagram, turn: Turn<SsdpEvent>): void {
    this.#heard++;
    if (this.#isListening && this.#isRepetition(datagram, turn.now)) {
      if (this.#mutes.isFull && datagram.bytes[0] === LETTER_N) this.#mutes.spoke(datagram);
      return;
    }
    const reason = this.#route(datagram, turn);
    if (reason) drop(this.#ground, reason, datagram, turn);
  }

  relink(links: readonly BoundLink[], resumed: boolean, turn: Turn<SsdpEvent>): void {
    const before = this.#ground.links;
    this.#ground.links = new Map(links.map((link) => [link.id, link]));
    this.#cache.relink(before, turn);
    this.#searcher.relink(before, resumed, turn);
    this.#notifier.relink(before, turn);
    if (!resumed) return;
    this.#cache.resume(turn);
    this.#notifier.resume(turn.now);
  }

  /** Whether it says no more than that what is known is still there; that has been taken in then. */
  #isRepetition(datagram: Datagram, now: Instant): boolean {
    switch (datagram.bytes[0]) {
      case LETTER_N:
        return datagram.to === "group" && this.#cache.repeat(datagram, undefined, now);
      case LETTER_H: {
        const { edition } = this.#searcher;
        return edition !== undefined && this.#cache.repeat(datagram, edition, now);
      }
      default:
        return false;
    }
  }

  #route(datagram: Datagram, turn: Turn<SsdpEvent>): DropReason | undefined {
    if (datagram.bytes[0] === LETTER_M) {
      const asking = this.#searches.read(datagram.bytes);
      return typeof asking === "string" ? asking : this.#responder.search(asking, datagram, turn);
    }
    const message = parseMessage(datagram.bytes);
    if (message.kind === "malformed") return "malformed";
    if (isInConflict(message)) return "conflicting-headers";
    if (message.kind === "response") return this.#response(message, datagram, turn);
    return message.kind === "notify" ? this.#notify(message, datagram, turn) : "malformed";
  }

  #response(message: SsdpMessage, datagram: Datagram, turn: Turn<SsdpEvent>): DropReason | undefined {
    const { searches, told, isAwaited } = this.#searcher.answered(message, datagram);
    if (!isAwaited) return "unsolicited-response";
    const { headers } = message;
    const target = headers.get("ST") ?? "";
    const usn = headers.get("USN") ?? "";
    if (usn.length > MOST_NAME_LENGTH || target.length > MOST_NAME_LENGTH) return "name-too-long";
    if (told.length > 0) tellAnswer(told, { message, target, usn }, datagram, turn);
    if (!this.#isListening) return undefined;
    if (!usn) return searches.length > 0 ? undefined : "no-usn";
    this.#searcher.hasten(searches, this.#mutes.searchBy(message, datagram, turn.now));
    const answered = searches.length > 0 ? this.#searcher.edition : undefined;
    return this.#cache.alive({ message, usn: splitUsn(usn), datagram, answered }, turn);
  }

  #alive(heard: Heard, turn: Turn<SsdpEvent>): DropReason | undefined {
    const reason = this.#cache.alive(heard, turn);
    if (!reason) this.#mutes.spoke(heard.datagram);
    return reason;
  }

  #notify(message: SsdpMessage, datagram: Datagram, turn: Turn<SsdpEvent>): DropReason | undefined {
    const { headers } = message;
    const usn = headers.get("USN");
    if (!usn) return "no-usn";
    const type = headers.get("NT") ?? "";
    if (usn.length > MOST_NAME_LENGTH || type.length > MOST_NAME_LENGTH) return "name-too-long";
    const heard: Heard = { message, usn: splitUsn(usn), datagram };
    switch (headers.get("NTS")?.toLowerCase()) {
      case "ssdp:alive":
        return datagram.to === "host" ? "alive-by-unicast" : this.#alive(heard, turn);
      case "ssdp:byebye":
        return this.#cache.byebye(heard, turn);
      case "ssdp:update":
        return this.#cache.update(heard, turn);
      default:
        return "unknown-nts";
    }
  }

  #ask(at: Link, address: string, port: number | undefined, target: string, turn: Turn<SsdpEvent>): void {
    const link = this.#ground.links.get(at.id);
    if (link) this.#searcher.ask(link, { address, port: port ?? this.#ground.config.port }, target, turn);
  }
}

function tellAnswer(
  searches: readonly number[],
  { message, target, usn }: Pick<SsdpAnswer, "message" | "target" | "usn">,
  { from, link, bytes }: Datagram,
  turn: Turn<SsdpEvent>,
): void {
  const [location] = readLocations(message.headers);
  const answer: SsdpAnswer = { target, usn, location, from, link, message, bytes };
  for (const search of searches) turn.emit({ kind: "answer", search, answer });
}
