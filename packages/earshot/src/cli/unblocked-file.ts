import { closeSync, constants, openSync, statSync, writeSync } from "node:fs";
import type { Io } from "./io.ts";
import type { Session } from "./session.ts";

/** Bytes kept for a slow reader. */
const MOST_WAITING = 1 << 20;
/** How often a reader is looked for, and a full pipe tried again. */
const TRY_MS = 100;
/** How long a slow reader is waited for at the end. */
const FLUSH_MS = 1000;

/**
 * A file that is written without ever blocking: it may be a pipe that nobody reads, or nobody reads fast enough. What does
 * not fit is lost, in the pieces in which it was written.
 */
export class UnblockedFile {
  readonly #descriptor: number;
  readonly #session: Session;
  readonly #clock: Io["clock"];
  readonly #waiting: Uint8Array[] = [];
  #bytes = 0;
  #lost = 0;
  #stopRetry: (() => void) | undefined;
  #isOver = false;
  #failure: Error | undefined;

  private constructor(descriptor: number, session: Session, clock: Io["clock"]) {
    this.#descriptor = descriptor;
    this.#session = session;
    this.#clock = clock;
  }

  /**
   * Opens a file, emptied; a named pipe when it has a reader.
   * @param onWait called when it has none yet.
   * @returns `undefined` when the session was over before.
   * @throws what the file system refuses.
   */
  static async open(
    path: string,
    session: Session,
    clock: Io["clock"],
    onWait: () => void,
  ): Promise<UnblockedFile | undefined> {
    for (let tries = 0; !session.signal.aborted; tries++) {
      const descriptor = opened(path);
      if (descriptor !== undefined) return new UnblockedFile(descriptor, session, clock);
      if (tries === 0) onWait();
      await pause(session, clock);
    }
    return undefined;
  }

  /** How many pieces were not written, for its reader was too slow. */
  get lost(): number {
    return this.#lost;
  }

  /** Writes it, or keeps it to be written. What makes the file unusable ends the session. */
  write(bytes: Uint8Array): void {
    if (this.#isOver) return;
    if (this.#bytes + bytes.length > MOST_WAITING) {
      this.#lost++;
      return;
    }
    this.#waiting.push(bytes);
    this.#bytes += bytes.length;
    if (!this.#stopRetry) this.#flush();
  }

  /** Waits a moment for a slow reader, then closes it. Rejects with what made it unusable, save that its reader went. */
  async close(): Promise<void> {
    for (let waited = 0; this.#waiting.length > 0 && waited < FLUSH_MS; waited += TRY_MS)
      await new Promise<void>((resolve) => void this.#clock.at(this.#clock.now() + TRY_MS, resolve));
    this.#end();
    if (this.#failure) throw this.#failure;
  }

  #flush(): void {
    this.#stopRetry = undefined;
    try {
      while (this.#waiting.length > 0 && this.#writeFirst());
    } catch (error) {
      if (codeOf(error) !== "EPIPE")
        this.#failure = error instanceof Error ? error : new Error(String(error));
      this.#waiting.length = 0;
      this.#end();
      this.#session.end("output-closed");
    }
  }

  /** Writes the piece that waits longest. Returns whether all of it went; where not, the rest is tried again. */
  #writeFirst(): boolean {
    const [first] = this.#waiting;
    if (!first) return false;
    const written = tryWrite(this.#descriptor, first);
    this.#bytes -= written;
    if (written === first.length) {
      this.#waiting.shift();
      return true;
    }
    this.#waiting[0] = first.subarray(written);
    this.#stopRetry = this.#clock.at(this.#clock.now() + TRY_MS, () => this.#flush());
    return false;
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopRetry?.();
    this.#lost += this.#waiting.length;
    this.#waiting.length = 0;
    closeSync(this.#descriptor);
  }
}

/** `undefined` for a pipe that nobody reads. */
function opened(path: string): number | undefined {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NONBLOCK = 0 } = constants; // Windows has no O_NONBLOCK, nor such pipes.
  try {
    return openSync(path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK, 0o600);
  } catch (error) {
    // A socket refuses so, too: no reader will ever come to it.
    if (codeOf(error) === "ENXIO" && statSync(path).isFIFO()) return undefined;
    throw error;
  }
}

/** How many bytes were written: fewer than all where a pipe is full. */
function tryWrite(descriptor: number, bytes: Uint8Array): number {
  try {
    return writeSync(descriptor, bytes);
  } catch (error) {
    if (codeOf(error) === "EAGAIN") return 0;
    throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}

/** Resolves after a moment, or at the end of the session. Leaves nothing behind: there may be many. */
function pause({ signal }: Session, clock: Io["clock"]): Promise<void> {
  return new Promise((resolve) => {
    const callOff = clock.at(clock.now() + TRY_MS, done);
    signal.addEventListener("abort", done);
    function done(): void {
      callOff();
      signal.removeEventListener("abort", done);
      resolve();
    }
  });
}
