import type { Ending } from "./exit-code.ts";
import type { Io, Stop } from "./io.ts";

/**
 * The time between the start of a command and its end: by a timer, by the user, by the command itself, or
 * because nobody reads any more. A second Ctrl-C is not caught and ends the process at once.
 */
export class Session implements Disposable {
  readonly #io: Io;
  readonly #controller = new AbortController();
  readonly #stops: Stop[] = [];
  #ending: Ending | undefined;
  #error: Error | undefined;
  #quiet: Stop = () => {};

  constructor(io: Io) {
    this.#io = io;
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      const stop = io.onSignal(signal, () => {
        stop();
        this.end("interrupted");
      });
      this.#stops.push(stop);
    }
    const stop = io.onOutputClosed((error) => {
      this.#error = error;
      this.end("output-closed");
    });
    this.#stops.push(stop);
  }

  /** Aborted at the end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Why it ended; `undefined` before. @throws what made the output unusable, save that nobody reads it. */
  get ending(): Ending | undefined {
    if (this.#error) throw this.#error;
    return this.#ending;
  }

  /** Resolves at the end. */
  get over(): Promise<void> {
    if (this.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => this.signal.addEventListener("abort", () => resolve(), { once: true }));
  }

  /** Ends it; the first reason counts. */
  end(ending: Ending): void {
    this.#ending ??= ending;
    this.#controller.abort();
  }

  /** Ends it `ms` from now, if given. */
  endAfter(ms: number | undefined): void {
    if (ms !== undefined) this.#stops.push(this.#after(ms, "time"));
  }

  /** Ends it when this was not called anew for `ms`, if given. */
  endWhenQuiet(ms: number | undefined): void {
    this.#quiet();
    if (ms !== undefined) this.#quiet = this.#after(ms, "quiet");
  }

  /** Calls back every `ms` until the end. */
  every(ms: number, callback: () => void): void {
    const { clock } = this.#io;
    let stop: Stop = () => {};
    const next = (): void => {
      stop = clock.at(clock.now() + ms, () => {
        if (this.signal.aborted) return;
        next();
        callback();
      });
    };
    next();
    this.#stops.push(() => stop());
  }

  /** Keeps something to be stopped with the session. */
  also(stop: Stop): void {
    this.#stops.push(stop);
  }

  [Symbol.dispose](): void {
    this.#quiet();
    for (const stop of this.#stops) stop();
  }

  #after(ms: number, ending: Ending): Stop {
    const { clock } = this.#io;
    return clock.at(clock.now() + ms, () => this.end(ending));
  }
}
