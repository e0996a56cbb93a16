import type { Protocol } from "./protocol.ts";

/** A protocol that is started when it is first needed. One that could not start is dropped: the next use begins anew. */
export class Startable<P extends Protocol> {
  readonly #make: () => P;
  #running: P | undefined;
  #isClosed = false;
  /** Settles when what could not start is closed. */
  #dropped: Promise<unknown> = Promise.resolve();

  constructor(make: () => P) {
    this.#make = make;
  }

  /** `undefined` while it was not needed, and when it could not start. */
  get running(): P | undefined {
    return this.#running;
  }

  start(): P {
    if (this.#running) return this.#running;
    const protocol = this.#make();
    protocol.ready.catch(() => this.#drop(protocol));
    this.#running = protocol;
    return protocol;
  }

  /** Resolves when all that was ever started is closed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([this.#running?.close(), this.#dropped]);
  }

  #drop(protocol: P): void {
    if (this.#running !== protocol || this.#isClosed) return;
    this.#running = undefined;
    this.#dropped = Promise.allSettled([this.#dropped, protocol.close()]);
  }
}
