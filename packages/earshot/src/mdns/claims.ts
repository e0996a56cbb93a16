/** What is published: each publication's records are claimed on every link (RFC 6762 §8), and given up again (§9, §10.1). */
import { isOnLink } from "../core/address.ts";
import type { Deadline } from "../core/agenda.ts";
import type { BoundLink, Datagram, Instant, Link, Turn } from "../core/engine.ts";
import { TokenBuckets } from "../core/token-bucket.ts";
import { Announcer } from "./announcer.ts";
import { Claim, type ClaimTerms, type ClaimTools } from "./claim.ts";
import { ConflictHistory, ConflictLimits, Defences } from "./conflict-limits.ts";
import { type Contest, Contests } from "./contests.ts";
import type { MdnsEvent } from "./events.ts";
import { sayGoodbye } from "./goodbyes.ts";
import type { Ground } from "./ground.ts";
import type { DnsMessage } from "./message.ts";
import type { Name } from "./name.ts";
import { Negatives } from "./negatives.ts";
import { isSameRecord, type LiveRecord, type OwnRecords, toRecord } from "./own-records.ts";
import { Prober } from "./prober.ts";
import type { OwnRecord, Publication } from "./publication.ts";
import * as timing from "./timing.ts";

interface Published {
  readonly id: number;
  publication: Publication;
  /** By link; none where it has no records. */
  readonly claims: Map<string, Claim>;
  readonly history: ConflictHistory;
  /** `claiming` until `established` was told; `lost`: silent, and waits for other names. */
  state: "claiming" | "established" | "lost";
  /** A change that came too soon after others. */
  update: Deadline | undefined;
  /** The name that was lost last. */
  lost: Name | undefined;
}

/** The publications of one engine. */
export class Claims {
  readonly #ground: Ground;
  readonly #own: OwnRecords;
  readonly #tools: ClaimTools;
  readonly #contests: Contests;
  readonly #limits = new ConflictLimits();
  readonly #defences = new Defences();
  readonly #updates = new TokenBuckets({ ...timing.UPDATE_RATE, limit: 4096 });
  readonly #published = new Map<number, Published>();
  /** The publications that may be established now, and are to be told. */
  readonly #unchecked = new Set<Published>();
  #check: Deadline | undefined;
  #lastId = 0;

  /** @param negatives those that answers are made of, too: what is said seldom is then said seldom by all. */
  constructor(ground: Ground, own: OwnRecords, negatives: Negatives = new Negatives(ground, own)) {
    this.#ground = ground;
    this.#own = own;
    const prober = new Prober(ground, own, (link, names, turn) => this.#proven(link, names, turn));
    this.#tools = { own, prober, announcer: new Announcer(ground, own, negatives) };
    this.#contests = new Contests(ground, this.#tools, {
      lost: (contest, turn) => this.#lost(contest, turn),
      challenged: (contest, turn) => this.#challenged(contest, turn),
    });
  }

  /** How many publications there are. */
  get size(): number {
    return this.#published.size;
  }

  /** Begins to claim the records on every link. Returns its number; nothing is told before. */
  add(publication: Publication, turn: Turn<MdnsEvent>): number {
    const published: Published = {
      id: ++this.#lastId,
      publication,
      claims: new Map(),
      history: new ConflictHistory(),
      state: "claiming",
      update: undefined,
      lost: undefined,
    };
    this.#published.set(published.id, published);
    this.#start(published, turn);
    return published.id;
  }

  /** Puts another publication in the place of one. What was published and is no more is taken back. */
  replace(id: number, publication: Publication, turn: Turn<MdnsEvent>): void {
    const published = this.#published.get(id);
    if (!published) return;
    published.publication = publication;
    published.state = "claiming";
    this.#start(published, turn);
  }

  /** Asks a publication for its records anew, and announces what changed: at most ten times a minute each (RFC 6762 §8.4). */
  update(id: number, turn: Turn<MdnsEvent>): void {
    const published = this.#published.get(id);
    if (!published || published.state === "lost") return;
    published.update?.cancel();
    published.update = undefined;
    let wait = 0;
    this.#adopt(published, turn, (key) => {
      if (this.#updates.take(key, turn.now)) return true;
      wait = Math.max(wait, this.#updates.waitFor(key, turn.now));
      return false;
    });
    if (wait > 0)
      published.update = this.#ground.agenda.set(turn.now + wait, "a change that came too soon", (later) =>
        this.update(id, later),
      );
  }

  /** Takes a publication back: says goodbye where it was announced, and tells `withdrawn`. */
  withdraw(id: number, turn: Turn<MdnsEvent>): void {
    const published = this.#published.get(id);
    if (!published) return;
    this.#published.delete(id);
    this.#unchecked.delete(published);
    this.#dropAll(published, turn);
    published.publication.hear({ kind: "withdrawn" }, turn);
  }

  /** Announces the established records of a publication once more: now, or a second after they were last said. */
  announce(id: number, turn: Turn<MdnsEvent>): void {
    for (const [linkId, { records }] of this.#published.get(id)?.claims ?? [])
      for (const record of records)
        if (record.isEstablished) this.#tools.announcer.again(linkId, record, turn.now);
  }

  /** What others say of our names: conflicts while they are probed for and after (RFC 6762 §8.1, §9), too short lives (§6.6). */
  hearResponse(message: DnsMessage, datagram: Datagram, turn: Turn<MdnsEvent>): void {
    this.#contests.hearResponse(message, datagram, turn);
  }

  /** Who probes for a name at the same time (RFC 6762 §8.2). */
  hearQuery(message: DnsMessage, datagram: Datagram, turn: Turn<MdnsEvent>): void {
    this.#yield(message, datagram, turn);
    this.#contests.hearQuery(message, datagram, turn);
  }

  /** What we said ourselves, on whatever link, came back on one. */
  hearEcho(message: DnsMessage, datagram: Datagram, turn: Turn<MdnsEvent>): void {
    this.#contests.hearEcho(message, datagram, turn);
  }

  /** Whether an answer by unicast to a probe of ours may come on a link. */
  awaitsUnicast(link: Link, now: Instant): boolean {
    return this.#tools.prober.awaitsUnicast(link, now);
  }

  /** Links came, went or changed address; or the host slept, and its names must be verified anew (RFC 6762 §8). */
  relink(before: ReadonlyMap<string, BoundLink>, resumed: boolean, turn: Turn<MdnsEvent>): void {
    for (const old of before.values()) {
      const link = this.#ground.links.get(old.id);
      if (link && isSameNetwork(old, link)) this.#own.relink(link);
      else this.#leave(old.id);
    }
    for (const published of this.#published.values()) {
      if (published.state === "lost") continue;
      const terms = this.#terms(published, turn.now);
      if (resumed) for (const claim of published.claims.values()) claim.restart(terms);
      this.#adopt(published, turn, () => true);
      this.#checkSoon(published, turn.now);
    }
  }

  #start(published: Published, turn: Turn<MdnsEvent>): void {
    published.update?.cancel();
    published.update = undefined;
    const rival = this.#rivalOf(published);
    if (!rival) {
      this.#adopt(published, turn, () => true);
      this.#checkSoon(published, turn.now);
      return;
    }
    published.state = "lost";
    this.#dropAll(published, turn);
    const { publication, history } = published;
    history.add(turn.now);
    this.#ground.agenda.set(turn.now, "a name that another publication has", (later) => {
      if (!this.#isStillLost(published, publication)) return;
      this.#tell(published, { ...rival, from: rival.link.address }, later);
    });
  }

  /** The same name and type in another publication, and other data: that other one was first. */
  #rivalOf({ publication, claims }: Published): Omit<Contest, "from"> | undefined {
    for (const link of this.#ground.links.values()) {
      const unique = publication.recordsOn(link).filter(({ isShared }) => !isShared);
      for (const { name, type } of unique) {
        if (claims.get(link.id)?.has(name)) continue;
        const isOfSet = (other: OwnRecord) =>
          !other.isShared && other.type === type && other.name.equals(name);
        const theirs = [...this.#own.at(link.id, name), ...this.#own.probing(link.id, name)].filter(isOfSet);
        const [first] = theirs;
        if (first && !isSameSet(theirs, unique.filter(isOfSet)))
          return { name, link, theirs: toRecord(first, true) };
      }
    }
    return undefined;
  }

  #terms({ publication, history }: Published, now: Instant): ClaimTerms {
    const notBefore = Math.max(this.#limits.waitsUntil(now), history.waitsUntil);
    return { now, probes: publication.probes ?? true, notBefore, mayChange: () => true };
  }

  /** Makes the claims what the publication wants. @param mayChange asked once of each set of records that is to change */
  #adopt(published: Published, turn: Turn<MdnsEvent>, mayChange: (key: string) => boolean): void {
    const { id, publication, claims } = published;
    const terms = this.#terms(published, turn.now);
    const gone: LiveRecord[] = [];
    for (const link of this.#ground.links.values()) {
      const claim = claims.get(link.id) ?? new Claim(this.#tools, id, link);
      const onLink = { ...terms, mayChange: (key: string) => mayChange(`${id} ${link.id} ${key}`) };
      gone.push(...claim.adopt(link, publication.recordsOn(link), onLink));
      if (claim.isEmpty) claims.delete(link.id);
      else claims.set(link.id, claim);
    }
    sayGoodbye(this.#ground, gone, turn, published.lost);
  }

  #dropAll(published: Published, turn: Turn<MdnsEvent>): void {
    published.update?.cancel();
    published.update = undefined;
    const gone = [...published.claims.values()].flatMap((claim) => claim.drop());
    published.claims.clear();
    sayGoodbye(this.#ground, gone, turn, published.lost);
  }

  /** A link is gone, or in another network: nobody there can be told. */
  #leave(linkId: string): void {
    for (const { claims } of this.#published.values()) {
      claims.get(linkId)?.drop();
      claims.delete(linkId);
    }
    this.#tools.prober.forget(linkId);
    this.#tools.announcer.forget(linkId);
  }

  #proven(link: BoundLink, names: readonly Name[], turn: Turn<MdnsEvent>): void {
    const { announcer } = this.#tools;
    const holders = new Set<Published>();
    for (const name of names) {
      for (const id of this.#own.holders(link.id, name)) {
        const holder = this.#published.get(id);
        if (holder) holders.add(holder);
      }
      this.#own.settle(link.id, name, true);
      const unique = this.#own.at(link.id, name).filter(({ isShared }) => !isShared);
      announcer.begin(link.id, unique, turn.now);
    }
    for (const { claims } of holders) claims.get(link.id)?.settle(turn.now);
    announcer.flush(link.id, turn);
    for (const published of holders) this.#checkNow(published, turn);
  }

  /** In the next turn, which is at once: nothing is told while the publication is being handed over. */
  #checkSoon(published: Published, now: Instant): void {
    this.#unchecked.add(published);
    this.#check ??= this.#ground.agenda.set(now, "publications that need no probing", (turn) => {
      this.#check = undefined;
      const unchecked = [...this.#unchecked];
      this.#unchecked.clear();
      for (const each of unchecked) this.#checkNow(each, turn);
    });
  }

  #checkNow(published: Published, turn: Turn<MdnsEvent>): void {
    if (this.#published.get(published.id) !== published || published.state !== "claiming") return;
    if (this.#ground.links.size === 0) return;
    for (const { isReady } of published.claims.values()) if (!isReady) return;
    published.state = "established";
    published.lost = undefined;
    published.history.calm(turn.now);
    published.publication.hear({ kind: "established" }, turn);
  }

  /** RFC 6762 §9: the host that has the name goes on as before; ours goes back to probing, where it is decided who keeps it. */
  #challenged({ name, link }: Contest, { now }: Turn<MdnsEvent>): void {
    const { prober, announcer } = this.#tools;
    this.#limits.add(now);
    for (const record of this.#own.at(link.id, name)) if (!record.isShared) announcer.end(link.id, record);
    this.#own.settle(link.id, name, false);
    const notBefore = Math.max(this.#limits.waitsUntil(now), this.#defences.add(name, link.id, now));
    prober.begin(link, name, { now, notBefore, isContested: true });
  }

  /**
   * A name is lost, on all links (RFC 6762 §14). Who had it is told, and may take another at once; else the rest of its
   * records goes too.
   */
  #lost(contest: Contest, turn: Turn<MdnsEvent>): void {
    this.#limits.add(turn.now);
    const losers = [...this.#published.values()]
      .filter(({ claims }) => [...claims.values()].some((claim) => claim.has(contest.name)))
      .map((published) => ({ published, publication: published.publication }));
    for (const { published } of losers) {
      published.state = "lost";
      published.lost = contest.name;
      published.history.add(turn.now);
      for (const claim of published.claims.values()) claim.lose(contest.name);
    }
    for (const { published, publication } of losers)
      if (this.#isStillLost(published, publication)) this.#tell(published, contest, turn);
    for (const { published, publication } of losers)
      if (this.#isStillLost(published, publication)) this.#dropAll(published, turn);
  }

  /** Another program of this machine probes for what a publication of ours yields. */
  #yield({ authorities }: DnsMessage, { link: { id }, from }: Datagram, turn: Turn<MdnsEvent>): void {
    const link = this.#ground.links.get(id);
    if (!link || authorities.length === 0 || from.port !== this.#ground.config.port) return;
    if (!link.addresses.some(({ address }) => address === from.address)) return;
    for (const theirs of authorities) {
      const { name } = theirs;
      if (!this.#own.has(name) || this.#own.says(theirs)) continue;
      const holders = [...this.#own.holders(id, name)];
      if (holders.length > 0 && holders.every((holder) => this.#published.get(holder)?.publication.yields))
        this.#lost({ name, link, theirs, from: from.address }, turn);
    }
  }

  #isStillLost(published: Published, publication: Publication): boolean {
    const isThere = this.#published.get(published.id) === published;
    return isThere && published.state === "lost" && published.publication === publication;
  }

  #tell({ publication, history }: Published, contest: Contest, turn: Turn<MdnsEvent>): void {
    publication.hear({ kind: "conflict", ...contest, conflicts: history.count }, turn);
  }
}

function isSameSet(a: readonly OwnRecord[], b: readonly OwnRecord[]): boolean {
  if (a.length !== b.length) return false;
  return a.every((record) => b.some((other) => isSameRecord(record, other)));
}

/** Whether a link whose addresses may have changed is still in the network that it was in. */
function isSameNetwork(before: Link, now: Link): boolean {
  return now.addresses.some(({ address }) => isOnLink(address, before.addresses));
}
