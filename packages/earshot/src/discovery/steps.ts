/** Runs asynchronous steps one after the other, in the order they were given; the first of an idle row at once. */
export class Steps {
  #last: Promise<void> | undefined;

  /** Settles as `step` does, which is called when all before it have settled, however they did. */
  run(step: () => Promise<void>): Promise<void> {
    const ran = this.#last === undefined ? step() : this.#last.then(step);
    const settled: Promise<void> = ran.then(
      () => this.#ended(settled),
      () => this.#ended(settled),
    );
    this.#last = settled;
    return ran;
  }

  #ended(step: Promise<void>): void {
    if (this.#last === step) this.#last = undefined;
  }
}
