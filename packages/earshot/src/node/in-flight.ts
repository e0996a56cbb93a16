/** Counts what was begun and has not ended, so that closing can wait for it. */
export class InFlight {
  #count = 0;
  #drained: () => void = () => {};

  begin(): void {
    this.#count++;
  }

  end(): void {
    if (--this.#count === 0) this.#drained();
  }

  /** Resolves when nothing is in flight, at the latest after `ms` milliseconds. It keeps the process alive meanwhile. */
  drained(ms: number): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const patience = setTimeout(resolve, ms);
      this.#drained = () => {
        clearTimeout(patience);
        resolve();
      };
    });
  }
}
