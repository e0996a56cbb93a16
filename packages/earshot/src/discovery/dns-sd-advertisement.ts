import { UsageError } from "../core/errors.ts";
import {
  DEFAULT_NAME,
  type DnsSdEvent,
  hostName,
  parseServiceType,
  type ServiceOffer,
} from "../dns-sd/index.ts";
import { type Advertisement, assertOffer, type DnsSdOffer, type Offer } from "./offer.ts";
import { Steps } from "./steps.ts";

/** What an advertisement needs of its protocol. */
export interface DnsSdPost {
  /** Begins to probe and to announce. Returns the number to name it by. @throws UsageError */
  publish(offer: ServiceOffer, hear: (news: OfferNews) => void): number;
  /** Announces what changed, after probing for names that did. @throws UsageError */
  change(id: number, offer: ServiceOffer): void;
  /** Announces once more; nothing for an offer that was withdrawn. */
  announce(id: number): void;
  /** Says goodbye and waits until it is said. */
  withdraw(id: number): Promise<void>;
}

/** What the engine tells of an offer of ours. */
export type OfferNews = Extract<DnsSdEvent, { kind: "published" | "renamed" }>;

/**
 * An offer of ours while it stands. Updates and the end happen one after the other, in the order they were asked for;
 * each update starts from what those before it made of the offer, and keeps the names that conflicts made.
 */
export class DnsSdAdvertisement implements Advertisement {
  readonly #post: DnsSdPost;
  readonly #onClosed: () => void;
  readonly #steps = new Steps();
  readonly #id: number;
  #offer: DnsSdOffer;
  #name: string;
  #host: string | undefined;
  #isPublished = false;
  /** Those who wait until it is published. */
  #waiting: (() => void)[] = [];
  #closed: Promise<void> | undefined;

  /** @throws UsageError for an offer that cannot be. */
  constructor(post: DnsSdPost, offer: DnsSdOffer, onClosed: () => void) {
    const service = serviceOffer(offer);
    this.#post = post;
    this.#onClosed = onClosed;
    this.#offer = offer;
    this.#name = service.name;
    this.#host = offer.host;
    this.#id = post.publish(service, (news) => this.#hear(news));
  }

  get name(): string {
    return this.#name;
  }

  get host(): string | undefined {
    return this.#host;
  }

  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  /** Resolves when it is announced on every link that it is for, or closed. */
  published(): Promise<void> {
    if (this.#isPublished || this.#closed !== undefined) return Promise.resolve();
    return new Promise((resolve) => void this.#waiting.push(resolve));
  }

  async update(changes: Partial<Offer>): Promise<void> {
    if (this.#closed !== undefined) throw new UsageError("CLOSED", "the advertisement is closed");
    const changed = changes as Partial<DnsSdOffer>; // What is of another protocol is told by the check.
    this.#check(changed);
    await this.#steps.run(() => this.#change(changed));
  }

  notify(): void {
    if (this.#closed === undefined) this.#post.announce(this.#id);
  }

  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #check(changes: Partial<DnsSdOffer>): void {
    const { type } = this.#offer;
    if (typeof changes !== "object" || changes === null)
      throw new UsageError("INVALID_OFFER", "the changes are no object");
    if (changes.type !== undefined && typeOf(changes.type) !== typeOf(type))
      throw new UsageError("INVALID_OFFER", `its type stays ${type}: advertise another one, and close this`);
    serviceOffer({ ...this.#offer, ...changes });
  }

  #hear(news: OfferNews): void {
    if (news.kind === "published") {
      this.#name = news.name;
      this.#host = news.host;
      this.#isPublished = true;
      this.#letGo();
      return;
    }
    const { what, from, to } = news;
    if (what === "instance") this.#name = to;
    else this.#host = to;
    this.#isPublished = false;
    if (this.#closed === undefined) this.#offer.onRename?.({ what, from, to });
  }

  async #change(changes: Partial<DnsSdOffer>): Promise<void> {
    if (this.#closed !== undefined) return;
    const offer = { ...this.#offer, ...this.#withoutOwnNames(changes) };
    const { name, host } = this.#offer;
    const wasPublished = this.#isPublished;
    this.#isPublished = wasPublished && offer.name === name && offer.host === host;
    try {
      this.#post.change(this.#id, serviceOffer(offer));
    } catch (error) {
      this.#isPublished = wasPublished;
      throw error;
    }
    this.#offer = offer;
    await this.published();
  }

  /** Who asks for the names that it goes by already asks for nothing new. */
  #withoutOwnNames(changes: Partial<DnsSdOffer>): Partial<DnsSdOffer> {
    const { name, host, ...others } = changes;
    return {
      ...others,
      ...(name !== undefined && name !== this.#name && { name }),
      ...(host !== undefined && hostName(host).toString() !== this.#host && { host }),
    };
  }

  /** Waits for no update: one that probes is called off. */
  async #end(): Promise<void> {
    this.#letGo();
    try {
      await this.#post.withdraw(this.#id);
    } finally {
      this.#onClosed();
    }
  }

  #letGo(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** @throws UsageError `INVALID_SERVICE_TYPE`. */
function typeOf(text: string): string {
  return parseServiceType(text).type.toString();
}

/**
 * The offer as the engine takes it.
 * @throws UsageError `INVALID_OFFER` for a field that DNS-SD does not know: what is misspelt would silently be left out.
 */
function serviceOffer(given: DnsSdOffer): ServiceOffer {
  assertOffer(given);
  const { onRename, ...offer } = given;
  if (onRename !== undefined && typeof onRename !== "function")
    throw new UsageError("INVALID_OFFER", "onRename is no function");
  for (const field of Object.keys(offer))
    if (!FIELDS.has(field))
      throw new UsageError("INVALID_OFFER", `an offer of ${offer.type} has no ${JSON.stringify(field)}`);
  return { ...offer, name: offer.name ?? DEFAULT_NAME };
}

const FIELDS: ReadonlySet<string> = new Set(
  Object.keys({
    ...{ type: 1, name: 1, port: 1, txt: 1, subtypes: 1, host: 1, addresses: 1, priority: 1, weight: 1 },
    ...{ ttlSeconds: 1, hostTtlSeconds: 1, interfaces: 1, probes: 1 },
  } satisfies Record<keyof ServiceOffer, 1>),
);
