/**
 * The waiting side of an asynchronous loop: hands out what `take` gives, waits while it gives nothing, and ends
 * quietly. What is kept, and how much of it, is the owner's affair.
 */
export class Mailbox<T> implements AsyncIterableIterator<T> {
  readonly #take: () => T | undefined;
  readonly #onReturn: () => void;
  readonly #waiting: ((result: IteratorResult<T>) => void)[] = [];
  #ended = false;

  /**
   * @param take the next item, or `undefined` while there is none.
   * @param onReturn called when the loop is left.
   */
  constructor(take: () => T | undefined, onReturn: () => void) {
    this.#take = take;
    this.#onReturn = onReturn;
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  /** Says that `take` may have something. */
  serve(): void {
    while (this.#waiting.length > 0) {
      const value = this.#take();
      if (value === undefined && !this.#ended) return;
      this.#waiting.shift()?.(value === undefined ? { done: true, value } : { done: false, value });
    }
  }

  /** The loop may read what is left, then it ends. */
  end(): void {
    this.#ended = true;
    this.serve();
  }

  next(): Promise<IteratorResult<T>> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.serve();
    });
  }

  return(): Promise<IteratorResult<T>> {
    this.#onReturn();
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}
