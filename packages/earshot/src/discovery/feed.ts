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

/** A feed and what it has not handed out yet. */
export class UnreadFeed<T> implements Feed<T> {
  readonly #unread: T[] = [];
  readonly #mailbox: Mailbox<T>;
  readonly #opening: Opening;
  readonly #onClose: () => void;

  /** @param onClose called once. */
  constructor(ready: Promise<void>, onClose: () => void) {
    this.#onClose = onClose;
    this.#mailbox = new Mailbox(
      () => this.#unread.shift(),
      () => void this.close(),
    );
    this.#opening = new Opening(ready, () => void this.close());
  }

  get ready(): Promise<void> {
    return this.#opening.settled;
  }

  push(item: T): void {
    if (this.#mailbox.hasEnded) return;
    this.#unread.push(item);
    this.#mailbox.serve();
    if (this.#unread.length > MOST_UNREAD) this.#unread.shift();
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
}
