import type { Instant } from "../core/engine.ts";
import { NetworkError } from "../core/errors.ts";
import type { Fault } from "../network/network.ts";
import type { Platform } from "./platform.ts";

/** What was being done when the operating system refused. */
export type Deed = "bind" | "join" | "send" | "receive";

/** The code of Node's error, such as `EADDRINUSE`; empty when it has none. */
export function errnoOf(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : "";
}

/** Our error for one of Node's: a code to branch on, and a message that says what to do. */
export function explain(deed: Deed, what: string, cause: unknown, platform: Platform): NetworkError {
  const errno = errnoOf(cause);
  const code = codeOf(deed, errno, platform);
  const hint = deed === "send" && errno === "ENOBUFS" ? undefined : platform.hints[errno];
  const reason = hint === undefined ? advice[code] : hint;
  const failed = `${what} (${errno || String(cause)})`;
  return new NetworkError(code, reason === undefined ? failed : `${failed}: ${reason}`, { cause });
}

const MAX_TOLD = 256;

/** What comes with the traffic is told at most once a minute; what lasts, once an hour or when the links change. */
const QUIET_MS = { passing: 60_000, lasting: 3_600_000 };
const PASSING: ReadonlySet<string> = new Set([
  "BLOCKED",
  "SEND_FAILED",
  "RECEIVE_FAILED",
  "LOCAL_NETWORK_DENIED",
  "HANDLER_FAILED",
  "MESSAGE_TOO_LONG",
  "BAD_DESTINATION",
]);

/** Tells faults, without repeating itself. Holds one instant per link and code, at most `MAX_TOLD`. */
export class FaultTeller {
  readonly #now: () => Instant;
  readonly #tell: (fault: Fault) => void;
  readonly #quietUntil = new Map<string, Instant>();

  constructor(now: () => Instant, tell: (fault: Fault) => void) {
    this.#now = now;
    this.#tell = tell;
  }

  tell(link: string | undefined, error: NetworkError): void {
    const key = `${link} ${error.code}`;
    const now = this.#now();
    if (now < (this.#quietUntil.get(key) ?? Number.NEGATIVE_INFINITY)) return;
    if (this.#quietUntil.size >= MAX_TOLD) this.#quietUntil.clear();
    this.#quietUntil.set(key, now + (PASSING.has(error.code) ? QUIET_MS.passing : QUIET_MS.lasting));
    this.#tell({ link, error });
  }

  /** Lets what lasts be told again: it is news where something else changed. */
  forgetLasting(): void {
    for (const [key] of this.#quietUntil)
      if (!PASSING.has(key.slice(key.lastIndexOf(" ") + 1))) this.#quietUntil.delete(key);
  }
}

const byErrno: Readonly<Record<string, string>> = {
  EADDRINUSE: "PORT_TAKEN",
  EACCES: "PERMISSION_DENIED",
  EMFILE: "OUT_OF_FILES",
  ENFILE: "OUT_OF_FILES",
  EMSGSIZE: "MESSAGE_TOO_LONG",
  EADDRNOTAVAIL: "LINK_GONE",
  ENODEV: "LINK_GONE",
  ENETDOWN: "LINK_GONE",
};

const otherwise: Readonly<Record<Deed, string>> = {
  bind: "BIND_FAILED",
  join: "JOIN_FAILED",
  send: "SEND_FAILED",
  receive: "RECEIVE_FAILED",
};

const advice: Readonly<Record<string, string>> = {
  OUT_OF_FILES: "the process has too many files open: raise its limit (ulimit -n)",
  MESSAGE_TOO_LONG: "the message is longer than one datagram can be here: say less in it",
  LINK_GONE: "the interface or its address went away; it is used again when it is back",
};

function codeOf(deed: Deed, errno: string, platform: Platform): string {
  if (deed === "bind" && errno === "EACCES" && platform.name === "win32") return "PORT_TAKEN";
  if (deed === "send" && errno === "EPERM") return "BLOCKED";
  if (deed === "send" && errno === "EHOSTUNREACH" && platform.hints[errno]) return "LOCAL_NETWORK_DENIED";
  return byErrno[errno] ?? otherwise[deed];
}
