import { keepAlive } from "./node/index.ts";

/** What is open on a presence: while anything is, the program stays alive. */
export class Uses {
  readonly #keepsAlive: boolean;
  readonly #onIdle: () => void;
  #count = 0;
  #letGo: () => void = () => {};

  /**
   * @param keepsAlive false on a simulated network, where there is no program to keep.
   * @param onIdle called whenever the last use ends.
   */
  constructor(keepsAlive: boolean, onIdle: () => void) {
    this.#keepsAlive = keepsAlive;
    this.#onIdle = onIdle;
  }

  get count(): number {
    return this.#count;
  }

  /** Counts one more until the returned function is called, which may be called again. */
  begin(): () => void {
    if (this.#count++ === 0 && this.#keepsAlive) this.#letGo = keepAlive();
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      if (--this.#count > 0) return;
      this.#letGo();
      this.#onIdle();
    };
  }
}
