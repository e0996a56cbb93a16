import type { Stop } from "./io.ts";

/** The input of a terminal, and the job that reads it. */
export interface KeyInput {
  setRawMode(isRaw: boolean): void;
  /** Gives what is typed until it is stopped. */
  read(listener: (text: string) => void): Stop;
  /** A job in the background that reads its terminal, or changes its mode, is stopped by the system. */
  isInForeground(): boolean;
  interrupt(): void;
  /** Ctrl-Z. Returns when the job goes on, or at once where there is no shell to continue it. */
  suspend(): void;
  onContinue(listener: () => void): Stop;
  after(ms: number, callback: () => void): Stop;
}

/** Long enough for a signal that we send ourselves to have stopped us. */
const STOPPING_MS = 50;
/** A shell that brings a running job to the front does not tell it. */
const LOOK_MS = 500;

/**
 * Keys, one at a time, of a terminal in raw mode, which leaves Ctrl-C and Ctrl-Z to us. It is taken while the job is
 * in the foreground, also when it comes there later, and given back before the job stops.
 */
export class Keys {
  readonly #input: KeyInput;
  readonly #listener: (key: string) => void;
  readonly #stopContinue: Stop;
  #stopReading: Stop | undefined;
  #stopWaiting: Stop = () => {};

  constructor(input: KeyInput, listener: (key: string) => void) {
    this.#input = input;
    this.#listener = listener;
    this.#stopContinue = input.onContinue(() => this.#take());
    this.#take();
  }

  /** Gives the terminal back for good. */
  stop(): void {
    this.#stopContinue();
    this.#stopWaiting();
    this.#release();
  }

  #take(): void {
    this.#stopWaiting();
    if (this.#stopReading) return;
    if (!this.#input.isInForeground()) {
      this.#takeAfter(LOOK_MS);
      return;
    }
    this.#input.setRawMode(true);
    this.#stopReading = this.#input.read((text) => {
      for (const key of text) this.#key(key);
    });
  }

  #release(): void {
    if (!this.#stopReading) return;
    this.#stopReading();
    this.#stopReading = undefined;
    this.#input.setRawMode(false);
  }

  #key(key: string): void {
    if (key === "\x03") this.#input.interrupt();
    else if (key === "\x1a") this.#suspend();
    else this.#listener(key);
  }

  /** Where no shell controls the job, the system ignores the request, and nobody says that it goes on. */
  #suspend(): void {
    this.#release();
    this.#input.suspend();
    this.#takeAfter(STOPPING_MS);
  }

  #takeAfter(ms: number): void {
    this.#stopWaiting();
    this.#stopWaiting = this.#input.after(ms, () => this.#take());
  }
}
