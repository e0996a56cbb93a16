import { UsageError } from "../core/errors.ts";
import type { Advertisement, Offer, SsdpOffer } from "./offer.ts";
import type { PreparedOffer } from "./prepared-offer.ts";
import { Steps } from "./steps.ts";

/** What an advertisement needs of its protocol. */
export interface OfferPost {
  /** The offer, checked and completed. @throws UsageError */
  check(offer: SsdpOffer): PreparedOffer;
  /** Begins to announce, and to serve the description. Returns the number to name it by. */
  offer(prepared: PreparedOffer): number;
  /** Resolves when the description is served, at once where it is not ours to serve. Rejects with `NetworkError`. */
  opened(id: number): Promise<void>;
  /** Announces once more; nothing for an offer that was withdrawn. */
  notify(id: number): void;
  /** Says goodbye, waits until it is said, and serves the description no more. */
  withdraw(id: number): Promise<void>;
}

/**
 * An offer of ours while it stands. Updates and the end happen one after the other, in the order they were asked for;
 * each update starts from what those before it made of the offer.
 */
export class SsdpAdvertisement implements Advertisement {
  readonly #post: OfferPost;
  readonly #onClosed: () => void;
  readonly #steps = new Steps();
  /** Updates that did not happen yet, the one under way first. */
  readonly #changes: Partial<SsdpOffer>[] = [];
  #offer: SsdpOffer;
  /** `undefined` once the goodbye was said and nothing else is announced. */
  #id: number | undefined;
  #closed: Promise<void> | undefined;

  /** @throws UsageError for an offer that cannot be. */
  constructor(post: OfferPost, offer: SsdpOffer, onClosed: () => void) {
    this.#post = post;
    this.#onClosed = onClosed;
    this.#offer = offer;
    this.#id = post.offer(post.check(offer));
  }

  get name(): string {
    return this.#offer.name ?? this.#offer.type;
  }

  get host(): undefined {
    return undefined;
  }

  /** As `OfferPost.opened`. */
  async opened(): Promise<void> {
    if (this.#id !== undefined) await this.#post.opened(this.#id);
  }

  async update(changes: Partial<Offer>): Promise<void> {
    if (this.#closed !== undefined) throw new UsageError("CLOSED", "the advertisement is closed");
    const changed = changes as Partial<SsdpOffer>; // What is of another protocol is not looked at.
    this.#post.check(Object.assign({}, this.#offer, ...this.#changes, changed));
    this.#changes.push(changed);
    await this.#steps.run(() => this.#replace(changed));
  }

  notify(): void {
    if (this.#id !== undefined) this.#post.notify(this.#id);
  }

  close(): Promise<void> {
    this.#closed ??= this.#steps.run(() => this.#end());
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #replace(changes: Partial<SsdpOffer>): Promise<void> {
    try {
      if (this.#closed !== undefined) return;
      const changed = { ...this.#offer, ...changes };
      const prepared = this.#post.check(changed); // An update before it may have failed.
      await this.#withdraw();
      if (this.#closed !== undefined) return;
      this.#offer = changed;
      this.#id = this.#post.offer(prepared);
      await this.opened();
    } finally {
      this.#changes.shift();
    }
  }

  async #end(): Promise<void> {
    try {
      await this.#withdraw();
    } finally {
      this.#onClosed();
    }
  }

  async #withdraw(): Promise<void> {
    const id = this.#id;
    this.#id = undefined;
    if (id !== undefined) await this.#post.withdraw(id);
  }
}
