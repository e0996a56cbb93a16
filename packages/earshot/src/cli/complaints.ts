import { type Earshot, type Fault, NetworkError, printable } from "../index.ts";
import type { Io } from "./io.ts";
import type { Session } from "./session.ts";

const PAUSE_MS = 60_000;
const MOST_REASONS = 512;

interface Reason {
  readonly saidAt: number;
  suppressed: number;
}

/** What goes wrong and is lived with, on the error output: at most one line a minute for each reason. */
export class Complaints {
  readonly #clock: Io["clock"];
  readonly #write: (line: string) => void;
  readonly #reasons = new Map<string, Reason>();
  readonly #drops = new Map<string, number>();

  constructor(clock: Io["clock"], write: (line: string) => void) {
    this.#clock = clock;
    this.#write = write;
  }

  /** Says it, unless it was said less than a minute ago. */
  say(reason: string, text: string): void {
    const now = this.#clock.now();
    const earlier = this.#reasons.get(reason);
    if (earlier && now - earlier.saidAt < PAUSE_MS) {
      earlier.suppressed++;
      return;
    }
    this.#remember(reason, now);
    const more = earlier?.suppressed ? ` (suppressed since the last such line: ${earlier.suppressed})` : "";
    this.#write(`earshot: ${printable(text)}${more}\n`);
  }

  /** @param isVerbose tells the cause as well. */
  fault({ link, error }: Fault, isVerbose: boolean): void {
    const isNamed = link === undefined || error.message.startsWith(`${link}: `);
    this.say(`${link} ${error.code}`, `${isNamed ? "" : `${link}: `}${describe(error, isVerbose)}`);
  }

  /** Tells of what was heard and not used: once a second and at the end it looks at what was counted. */
  watchDrops(earshot: Earshot, session: Session): void {
    session.every(1000, () => this.tellDrops(earshot));
  }

  /** Says how many datagrams were not used, and why. What we hear of ourselves is nothing to complain of. */
  tellDrops(earshot: Earshot): void {
    const { ssdp, mdns } = earshot.stats;
    for (const [reason, count] of ssdp?.dropped ?? []) this.#tellDrop(reason, "datagrams", reason, count);
    for (const [reason, count] of mdns?.dropped ?? [])
      if (reason !== "own-echo") this.#tellDrop(`mdns ${reason}`, "mDNS datagrams", reason, count);
  }

  #tellDrop(key: string, what: string, reason: string, count: number): void {
    const since = this.#clock.now() - (this.#reasons.get(key)?.saidAt ?? Number.NEGATIVE_INFINITY);
    if (count === this.#drops.get(key) || since < PAUSE_MS) return;
    this.#drops.set(key, count);
    this.say(key, `${what} not used: ${reason}, ${count} so far`);
  }

  #remember(reason: string, now: number): void {
    this.#reasons.delete(reason);
    const [oldest] = this.#reasons.keys();
    if (oldest !== undefined && this.#reasons.size >= MOST_REASONS) this.#reasons.delete(oldest);
    this.#reasons.set(reason, { saidAt: now, suppressed: 0 });
  }
}

/** An error in one line; with `isVerbose` also its cause. */
export function describe(error: unknown, isVerbose: boolean): string {
  if (!(error instanceof Error)) return String(error);
  const cause =
    isVerbose && error instanceof NetworkError && error.cause instanceof Error ? error.cause : undefined;
  return oneLine(cause ? `${error.message} (${cause.message})` : error.message);
}

function oneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, " ");
}
