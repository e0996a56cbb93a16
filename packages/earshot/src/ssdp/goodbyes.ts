import { BoundedMap } from "../core/bounded-map.ts";
import type { Instant } from "../core/engine.ts";
import { ownText } from "../core/own-text.ts";
import { OVERTAKEN_ANSWER_WINDOW } from "./timing.ts";

/** The life that a goodbye ended. */
export interface Life {
  readonly bootId: number | undefined;
  /** 01-NLS of what was known: by it devices without BOOTID name a life. */
  readonly nls?: string | undefined;
  /**
   * Whether it is the life that was known. A goodbye of another life is how some stacks begin: they say it before
   * their first alive, to clear what an earlier life left behind.
   */
  readonly isOfThisLife: boolean;
}

interface Goodbye extends Life {
  readonly at: Instant;
}

/**
 * The goodbyes of the last seconds. Networks reorder, and devices go on sending answers that they had scheduled: what
 * comes after a goodbye and belongs to the life that it ended does not bring the device back.
 */
export class Goodbyes {
  readonly #said = new BoundedMap<string, Goodbye>({ limit: 2048, limitPerOwner: 256 });

  get isEmpty(): boolean {
    return this.#said.size === 0;
  }

  /** @param key a device or an advertisement at a place. @param owner the address that said it. */
  remember(key: string, owner: string, life: Life, now: Instant): void {
    const nls = life.nls ?? this.#said.get(key)?.nls;
    this.#said.set(ownText(key), { ...life, nls, at: now }, owner);
  }

  /**
   * Whether a message is of the life that ended. Devices of UDA 1.0 have no BOOTID: unless their alives name the life by
   * 01-NLS they are believed, for some say goodbye and come back at once; their answers are not.
   * @param window how long after its goodbye an alive is taken for one that was overtaken, in ms.
   */
  overtook(
    kind: "notify" | "response",
    key: string,
    { bootId, nls }: Pick<Life, "bootId" | "nls">,
    window: number,
    now: Instant,
  ): boolean {
    const goodbye = this.#said.get(key);
    if (!goodbye) return false;
    if (kind === "notify") {
      const isSameBoot = bootId !== undefined && bootId === goodbye.bootId && goodbye.isOfThisLife;
      const isSameNls = bootId === undefined && nls !== undefined && nls === goodbye.nls;
      return (isSameBoot || isSameNls) && now < goodbye.at + window;
    }
    const isPastLife = bootId === undefined || goodbye.bootId === undefined || bootId <= goodbye.bootId;
    return isPastLife && now < goodbye.at + OVERTAKEN_ANSWER_WINDOW;
  }

  /** What said goodbye is back. */
  takeBack(key: string): void {
    this.#said.delete(key);
  }

  clear(): void {
    this.#said.clear();
  }
}
