import { byteHash } from "../core/byte-hash.ts";
import type { DropReason } from "./events.ts";
import { readMan, readMx, readTcpPort } from "./fields.ts";
import { parseMessage, type SsdpMessage } from "./message.ts";

/** What a search says. */
export interface Asking {
  readonly message: SsdpMessage;
  /** ST */
  readonly target: string | undefined;
  readonly man: ReturnType<typeof readMan>;
  readonly mx: number | undefined;
  /** S, of the draft. */
  readonly searchId: string | undefined;
  readonly tcpPort: number | undefined;
}

/** Searches that are remembered. */
const MOST_SEARCHES = 256;

/**
 * Reads searches, and knows one again by its bytes: programs repeat theirs word by word, and everybody who uses the same
 * program says the same.
 */
export class SearchReader {
  readonly #known = new Map<number, Asking>();
  #last: Asking | undefined;

  /** What a message that begins as a search says, or why it is not used. */
  read(bytes: Uint8Array): Asking | DropReason {
    if (this.#last?.message.headers.isReadFrom(bytes)) return this.#last;
    const hash = byteHash(bytes);
    const known = this.#known.get(hash);
    const asking = known?.message.headers.isReadFrom(bytes) ? known : readAsking(bytes);
    if (typeof asking === "string") return asking;
    if (asking !== known) this.#remember(hash, asking);
    this.#last = asking;
    return asking;
  }

  #remember(hash: number, asking: Asking): void {
    if (this.#known.size >= MOST_SEARCHES) this.#known.clear();
    this.#known.set(hash, asking);
  }
}

/** Whether two of a message's headers contradict each other where everything depends on them. */
export function isInConflict({ violations }: SsdpMessage): boolean {
  return violations.some(({ code }) => code === "conflicting-header");
}

function readAsking(bytes: Uint8Array): Asking | DropReason {
  const message = parseMessage(bytes);
  if (message.kind !== "search") return "malformed";
  if (isInConflict(message)) return "conflicting-headers";
  const { headers } = message;
  return {
    message,
    target: headers.get("ST"),
    man: readMan(headers),
    mx: readMx(headers),
    searchId: headers.get("S"),
    tcpPort: readTcpPort(headers),
  };
}
