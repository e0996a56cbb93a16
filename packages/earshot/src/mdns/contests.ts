/** What others say of names that are ours, or are to be: who must give way (RFC 6762 §6.6, §8.1, §8.2, §9). */
import type { Deadline } from "../core/agenda.ts";
import type { BoundLink, Datagram, Turn } from "../core/engine.ts";
import { TokenBuckets } from "../core/token-bucket.ts";
import type { ClaimTools } from "./claim.ts";
import type { MdnsEvent } from "./events.ts";
import type { Ground } from "./ground.ts";
import { type DnsMessage, sameData } from "./message.ts";
import type { Name } from "./name.ts";
import { type LiveRecord, toRecord } from "./own-records.ts";
import { CLASS, type ResourceRecord, TYPE } from "./record.ts";
import { tieBreak } from "./tie-break.ts";
import * as timing from "./timing.ts";

/** Who is faster this often in a row without ever answering shall have the name: it would never become ours. */
const MOST_LOST_TIES = 10;

/** Another host has a name that was to be ours, or was ours. */
export interface Contest {
  readonly name: Name;
  readonly link: BoundLink;
  /** What it has; `undefined` when it was only faster. */
  readonly theirs: ResourceRecord | undefined;
  readonly from: string;
}

export interface ContestListener {
  /** The name is theirs. */
  lost(contest: Contest, turn: Turn<MdnsEvent>): void;
  /** It is ours, and they say that it is theirs. */
  challenged(contest: Contest, turn: Turn<MdnsEvent>): void;
}

export class Contests {
  readonly #ground: Ground;
  readonly #tools: ClaimTools;
  readonly #listener: ContestListener;
  /** How often a record may be said again because others shorten its life. */
  readonly #rescues = new TokenBuckets({ ...timing.UPDATE_RATE, limit: 4096 });
  readonly #rescuing = new Map<LiveRecord, Deadline>();

  constructor(ground: Ground, tools: ClaimTools, listener: ContestListener) {
    this.#ground = ground;
    this.#tools = tools;
    this.#listener = listener;
  }

  hearResponse(message: DnsMessage, datagram: Datagram, turn: Turn<MdnsEvent>): void {
    const link = this.#ground.links.get(datagram.link.id);
    if (!link) return;
    const lost = new Map<string, Contest>();
    const challenged = new Map<string, Contest>();
    for (const section of [message.answers, message.authorities, message.additionals]) {
      for (const theirs of section) {
        const verdict = this.#judge(theirs, link, turn);
        if (verdict === undefined) continue;
        const contests = verdict === "lost" ? lost : challenged;
        const { name } = theirs;
        if (!contests.has(name.key))
          contests.set(name.key, { name, link, theirs, from: datagram.from.address });
      }
    }
    for (const contest of challenged.values()) this.#listener.challenged(contest, turn);
    for (const contest of lost.values()) this.#listener.lost(contest, turn);
  }

  /** RFC 6762 §8.2: of two that probe for a name at once, one waits a second, and tries again. */
  hearQuery(message: DnsMessage, { link: { id }, from }: Datagram, turn: Turn<MdnsEvent>): void {
    const link = this.#ground.links.get(id);
    if (!link || message.authorities.length === 0 || from.port !== this.#ground.config.port) return;
    const met = new Set<string>();
    for (const { name } of message.questions) {
      if (met.has(name.key) || !this.#tools.prober.isProbing(id, name)) continue;
      met.add(name.key);
      const theirs = message.authorities.filter((record) => record.name.equals(name));
      if (this.#isFaster(name, link, theirs)) this.#giveWay(name, link, from.address, turn);
    }
  }

  /**
   * What we said on another link is heard on this one, for both are in one network: whoever hears both forgets what we have
   * here, if it was not said in the same second (RFC 6762 §10.2). So it is said again.
   */
  hearEcho(message: DnsMessage, { link: { id } }: Datagram, { now }: Turn<MdnsEvent>): void {
    const { own, announcer } = this.#tools;
    for (const { name, type, data } of message.answers) {
      const ours = own.at(id, name).filter((record) => !record.isShared && record.type === type);
      const [first] = ours;
      if (!first || ours.some((record) => sameData(record.data, data))) continue;
      const isForgotten = ours.every(({ multicastAt }) => multicastAt + timing.GRACE < now);
      if (isForgotten) announcer.again(id, first, now);
    }
  }

  #judge(theirs: ResourceRecord, link: BoundLink, turn: Turn<MdnsEvent>): "lost" | "challenged" | undefined {
    const { own, prober } = this.#tools;
    const { name, ttl } = theirs;
    if (theirs.class !== CLASS.IN || !own.has(name)) return undefined;
    if (prober.isProbing(link.id, name)) {
      const isLost = ttl > 0 && prober.hasAsked(link.id, name) && this.#denies(theirs, link);
      return isLost ? "lost" : undefined;
    }
    const same = own.find(link.id, theirs);
    if (same?.isEstablished) this.#heedTtl(same, ttl, turn);
    else if (ttl > 0 && this.#hasUnique(name, theirs.type, link) && !own.says(theirs)) return "challenged";
    return undefined;
  }

  #hasUnique(name: Name, type: number, { id }: BoundLink): boolean {
    return this.#tools.own.at(id, name).some((record) => !record.isShared && record.type === type);
  }

  /** Whether a record shows that the name we probe for is another's: any that we do not propose ourselves, of any type. */
  #denies(theirs: ResourceRecord, link: BoundLink): boolean {
    const { own } = this.#tools;
    if (own.says(theirs)) return false;
    const ours = own.probing(link.id, theirs.name);
    if (theirs.data.kind === "NSEC") {
      const { types } = theirs.data;
      return types.some((type) => type !== TYPE.NSEC && !ours.some((record) => record.type === type));
    }
    return !own.at(link.id, theirs.name).some(({ isShared, type }) => isShared && type === theirs.type);
  }

  #isFaster(name: Name, link: BoundLink, theirs: readonly ResourceRecord[]): boolean {
    const { own } = this.#tools;
    if (theirs.every((record) => own.says(record))) return false;
    const ours = own.probing(link.id, name).map((record) => toRecord(record, false));
    return tieBreak(ours, theirs) === "lost";
  }

  #giveWay(name: Name, link: BoundLink, from: string, turn: Turn<MdnsEvent>): void {
    const lostTies = this.#tools.prober.defer(link.id, name, turn.now);
    if (lostTies > MOST_LOST_TIES) this.#listener.lost({ name, link, theirs: undefined, from }, turn);
  }

  /**
   * RFC 6762 §6.6: another says a record of ours, and that it ends sooner: we say it again. Of shared ones others may do so
   * as well, so each waits at random, and not at all once another did.
   */
  #heedTtl(record: LiveRecord, ttl: number, { now }: Turn<MdnsEvent>): void {
    const pending = this.#rescuing.get(record);
    if (ttl >= record.ttl / 2) {
      pending?.cancel();
      this.#rescuing.delete(record);
      return;
    }
    const { link, type, name, isShared } = record;
    if (pending || !this.#rescues.take(`${link.id} ${type} ${name.key}`, now)) return;
    const wait = isShared ? this.#ground.random.between(...timing.SHARED_ANSWER_DELAY) : 0;
    const deadline = this.#ground.agenda.set(now + wait, "a record that others shortened", (turn) => {
      this.#rescuing.delete(record);
      this.#rescue(record, turn);
    });
    this.#rescuing.set(record, deadline);
  }

  #rescue(record: LiveRecord, turn: Turn<MdnsEvent>): void {
    const { own, announcer } = this.#tools;
    if (own.at(record.link.id, record.name).includes(record))
      announcer.again(record.link.id, record, turn.now);
  }
}
