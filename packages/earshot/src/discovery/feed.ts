/// <reference lib="esnext.disposable" preserve="true" />
import { Mailbox } from "./mailbox.ts";
import { Opening } from "./opening.ts";

/**
 * What is told bit by bit until it is closed. Leaving the loop closes it. Two loops over one feed share what it tells. Of
 * what nobody reads the newest 10,000 are kept.
 */
export interface Feed<T> extends AsyncIterable<T>, AsyncDisposable {
  /**
   * Resolves when the network is heard, or when closed before; rejects with `NetworkError` when it cannot be heard, and
   * the feed has closed itself then. The loop rejects the same way.
   */
  readonly ready: Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
}

const MOST_UNREAD = 10_000;

/** How much is kept for a loop that does not read. */
export interface FeedBounds<T> {
  /** @default 10000 */
  readonly most?: number;
  /** Most bytes, where items have some. @default any number */
  readonly mostBytes?: number;
  readonly bytesOf?: (item: T) => number;
}

/** A feed and what it has not handed out yet: the newest, within its bounds. */
export class UnreadFeed<T> implements Feed<T> {
  readonly #unread: T[] = [];
  readonly #mailbox: Mailbox<T>;
  readonly #opening: Opening;
  readonly #onClose: () => void;
  readonly #bounds: Required<FeedBounds<T>>;
  #bytes = 0;
  #lost = 0;

  /** @param onClose called once. */
  constructor(ready: Promise<void>, onClose: () => void, bounds: FeedBounds<T> = {}) {
    const { most = MOST_UNREAD, mostBytes = Number.POSITIVE_INFINITY, bytesOf = () => 0 } = bounds;
    this.#bounds = { most, mostBytes, bytesOf };
    this.#onClose = onClose;
    this.#mailbox = new Mailbox(
      () => this.#take(),
      () => void this.close(),
    );
    this.#opening = new Opening(ready, () => void this.close());
  }

  get ready(): Promise<void> {
    return this.#opening.settled;
  }

  /** How many nobody read in time: of those that wait the oldest go first. */
  get lost(): number {
    return this.#lost;
  }

  push(item: T): void {
    if (this.#mailbox.hasEnded) return;
    const { most, mostBytes, bytesOf } = this.#bounds;
    this.#unread.push(item);
    this.#bytes += bytesOf(item);
    this.#mailbox.serve();
    while (this.#unread.length > most || this.#bytes > mostBytes) {
      this.#take();
      this.#lost++;
    }
  }

  /** Closes, and has the loop reject, unless the network was heard already. */
  fail(error: unknown): void {
    this.#opening.fail(error);
    void this.close();
  }

  async *[Symbol.asyncIterator](): AsyncIterableIterator<T> {
    await this.ready;
    yield* this.#mailbox;
  }

  close(): Promise<void> {
    if (!this.#mailbox.hasEnded) {
      this.#opening.giveUp();
      this.#mailbox.end();
      this.#onClose();
    }
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #take(): T | undefined {
    if (this.#unread.length === 0) return undefined;
    const item = this.#unread.shift() as T;
    this.#bytes -= this.#bounds.bytesOf(item);
    return item;
  }
}
