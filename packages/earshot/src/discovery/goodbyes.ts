import type { Network } from "../network/index.ts";

/** Longest wait for a goodbye to be said, in ms. */
const MOST_GOODBYE_MS = 1000;

/** A goodbye that is being said. */
interface Goodbye {
  readonly said: Promise<void>;
  readonly done: () => void;
}

/** The goodbyes of one protocol that are being said, by the number of what they are for. */
export class Goodbyes {
  readonly #network: Network;
  readonly #underWay = new Map<number, Goodbye>();

  constructor(network: Network) {
    this.#network = network;
  }

  /**
   * Resolves when the goodbye is said, or after a second.
   * @param begin has it said; not called when that is under way already.
   */
  async say(id: number, begin: () => void): Promise<void> {
    const known = this.#underWay.get(id);
    const { said } = known ?? this.#add(id);
    if (!known) begin();
    await (this.#network.finish?.(said) ?? said);
  }

  /** It was said. */
  done(id: number): void {
    this.#underWay.get(id)?.done();
  }

  #add(id: number): Goodbye {
    const { clock } = this.#network;
    let resolve = (): void => {};
    const said = new Promise<void>((settle) => {
      resolve = settle;
    });
    const done = (): void => {
      forget();
      this.#underWay.delete(id);
      resolve();
    };
    const forget = clock.at(clock.now() + MOST_GOODBYE_MS, done);
    const goodbye: Goodbye = { said, done };
    this.#underWay.set(id, goodbye);
    return goodbye;
  }
}
