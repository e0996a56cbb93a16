import { type Earshot, type Fault, NetworkError } from "../index.ts";
import type { Complaints } from "./complaints.ts";
import type { Io } from "./io.ts";

/** Faults after which what is sent to the group is not heard on that link. */
const DEAFENING: ReadonlySet<string> = new Set([
  "PORT_TAKEN",
  "PERMISSION_DENIED",
  "OUT_OF_FILES",
  "JOIN_FAILED",
  "BIND_FAILED",
]);

/** Faults that take so much from a program that its user must know; all others are for who asks. */
const SERIOUS: ReadonlySet<string> = new Set([...DEAFENING, "BLOCKED", "LOCAL_NETWORK_DENIED"]);

const MOST_TOLD = 512;

/**
 * What goes wrong on links and is lived with. The serious is told once for each link; with `isVerbose` all of it, as
 * often as complaints may come. Until the network is open nothing is told without `isVerbose`: should it all end
 * there, one error says it.
 */
export class Faults {
  readonly #complaints: Complaints;
  readonly #isVerbose: boolean;
  /** By link, each as often as a protocol cannot hear there. */
  readonly #deaf = new Map<string, NetworkError[]>();
  readonly #told = new Set<string>();
  #held: Fault[] | undefined;

  constructor(complaints: Complaints, isVerbose: boolean) {
    this.#complaints = complaints;
    this.#isVerbose = isVerbose;
    this.#held = isVerbose ? undefined : [];
  }

  take(fault: Fault): void {
    const { link, error } = fault;
    if (link !== undefined && DEAFENING.has(error.code)) this.#deafened(link, error);
    if (this.#held) this.#held.push(fault);
    else this.#tell(fault);
  }

  /**
   * To be called when the network is open; resolves with the ids of the links where a group is not heard.
   * Rejects with `NetworkError` when none is heard on any of them, and the program can do nothing but hear it.
   */
  async opened(
    earshot: Earshot,
    clock: Io["clock"],
    { onlyHears }: { readonly onlyHears: boolean },
  ): Promise<string[]> {
    await new Promise<void>((resolve) => void clock.at(clock.now(), resolve)); // A fault may come with the opening.
    const ids = earshot.links.map(({ id }) => id);
    const deaf = ids.filter((id) => this.#deaf.has(id));
    const spoken = Object.values(earshot.stats).filter((counts) => counts !== undefined).length;
    const isQuiet = ids.every((id) => (this.#deaf.get(id)?.length ?? 0) >= spoken);
    if (onlyHears && ids.length > 0 && deaf.length === ids.length && isQuiet) throw this.#deafness(deaf);
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const fault of held) this.#tell(fault);
    return deaf;
  }

  #deafened(link: string, error: NetworkError): void {
    const errors = this.#deaf.get(link) ?? [];
    if (errors.length < MOST_TOLD) this.#deaf.set(link, [...errors, error]);
  }

  #tell(fault: Fault): void {
    const { link, error } = fault;
    const key = `${link} ${error.code}`;
    const isSerious = link === undefined || SERIOUS.has(error.code); // Of no link: a protocol that is not heard at all.
    if (!this.#isVerbose && (!isSerious || this.#told.has(key))) return;
    if (this.#told.size >= MOST_TOLD) this.#told.clear();
    this.#told.add(key);
    this.#complaints.fault(fault, this.#isVerbose);
  }

  /** Says each kind of reason once. */
  #deafness(links: readonly string[]): NetworkError {
    const reasons = new Map<string, string>();
    const errors = links.flatMap((link) => {
      const found = this.#deaf.get(link) ?? [];
      for (const { code, message } of found)
        if (!reasons.has(code)) reasons.set(code, withoutLink(message, link));
      return found;
    });
    const list = [...reasons.values()].join("; ");
    const [{ code, cause } = { code: "JOIN_FAILED", cause: undefined }] = errors;
    return new NetworkError(code, `nothing can be heard on ${links.join(", ")}: ${list}`, { cause });
  }
}

function withoutLink(message: string, link: string): string {
  return message.startsWith(`${link}: `) ? message.slice(link.length + 2) : message;
}
