/**
 * The beginning of a browser or search: it opens when the network is heard, or fails. Who is closed before waits for
 * nothing any more, quietly.
 */
export class Opening {
  /** Rejects when it failed. */
  readonly settled: Promise<void>;
  #resolve: () => void = () => {};
  #reject: (error: unknown) => void = () => {};

  /** @param onFailed called once, after `settled` was rejected. */
  constructor(ready: Promise<void>, onFailed: () => void) {
    this.settled = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.settled.catch(() => {}); // Whoever does not ask shall not crash of it.
    ready.then(
      () => this.#resolve(),
      (error: unknown) => {
        this.#reject(error);
        onFailed();
      },
    );
  }

  /** Fails now. */
  fail(error: unknown): void {
    this.#reject(error);
  }

  /** Waits no longer. */
  giveUp(): void {
    this.#resolve();
  }
}
