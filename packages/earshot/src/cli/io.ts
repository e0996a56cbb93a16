import type { Network } from "../index.ts";

/** Signals that commands listen to. */
export type Signal = "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGUSR1" | "SIGCONT";

/** Ends what was begun; may be called again. */
export type Stop = () => void;

/** Where text goes. */
export interface Output {
  write(text: string): void;
}

/** What a command reads and writes: the process, or a test's stand-in. */
export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Writes to `stdout` what is no text. */
  writeBytes(bytes: Uint8Array): void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether `stdout` is a terminal. */
  readonly isTTY: boolean;
  /** Size of the terminal as it is now; without one `columns` is `Infinity`. */
  readonly columns: number;
  readonly rows: number;
  readonly clock: Network["clock"];
  /** Instead of the machine's own network. */
  readonly network?: Network;
  onSignal(signal: Signal, listener: () => void): Stop;
  /** Tells that nobody reads `stdout` any more, or with an error that it cannot be written. */
  onOutputClosed(listener: (error: Error | undefined) => void): Stop;
  onResize(listener: () => void): Stop;
  /** Keys pressed, one at a time, where the input is a terminal. Ctrl-C comes as SIGINT. */
  onKey(listener: (key: string) => void): Stop;
  /** Lines of the standard input, where there is one to read. */
  onLine(listener: (line: string) => void): Stop;
  /**
   * To be called last. Resolves when all that was written to `stdout` is out; rejects with what made it unusable, save
   * that nobody reads it. Where the terminal was closed, it ends the process as SIGHUP does.
   */
  close(): Promise<void>;
}
