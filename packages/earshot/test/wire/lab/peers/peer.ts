import type { Running } from "../running.ts";

/** A program of other people that announces something, ready. */
export interface Announcing extends AsyncDisposable {
  readonly process: Running;
  /** The UDN of its root device, as it is heard. */
  readonly udn: string;
  /** Ends it as its user would: it says byebye. */
  stop(): Promise<void>;
  /** Ends it without a byebye. */
  kill(): Promise<void>;
}

/** A program that announces `udn` for as long as it runs, and says byebye on SIGTERM. */
export function announcing(process: Running, udn: string): Announcing {
  const end = async (signal: "SIGTERM" | "SIGKILL"): Promise<void> => {
    await process.stop(signal);
  };
  return {
    process,
    udn,
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
    [Symbol.asyncDispose]: () => end("SIGKILL"),
  };
}

/** A program of other people that listens, and what it told so far. */
export interface Listening {
  readonly process: Running;
  /** Waits until it knows an advertisement whose USN contains `usn`. */
  found(usn: string, ms?: number): Promise<void>;
  /** Waits until it knew such an advertisement, and knows none any more. */
  gone(usn: string, ms?: number): Promise<void>;
}

/** What a line of its output says; `undefined` for a line that says nothing of the kind. */
export type Report = { readonly usn: string; readonly present: boolean } | undefined;

/**
 * A program that tells what it hears in lines; `read` gets each line and the one before it. One that tells `inDisorder`
 * may tell of an announcement after the byebye that followed it: there, a byebye told since the advertisement was found
 * counts, whatever is told after it.
 */
export function listening(
  process: Running,
  read: (line: string, previous: string) => Report,
  { inDisorder = false } = {},
): Listening {
  const foundAt = new Map<string, number>();
  const known = (usn: string): boolean[] => {
    const state = new Map<string, boolean>();
    const since = foundAt.get(usn) ?? Number.POSITIVE_INFINITY;
    for (const [index, line] of process.output.entries()) {
      const report = read(line, process.output[index - 1] ?? "");
      if (!report?.usn.includes(usn)) continue;
      const isLate = inDisorder && index >= since && state.get(report.usn) === false;
      if (!isLate) state.set(report.usn, report.present);
    }
    return [...state.values()];
  };
  return {
    process,
    found: async (usn, ms) => {
      await process.waitUntil(() => known(usn).includes(true), `find ${usn}`, ms);
      foundAt.set(usn, process.output.length);
    },
    gone: (usn, ms) => {
      const isGone = (state: boolean[]): boolean => state.length > 0 && !state.includes(true);
      return process.waitUntil(() => isGone(known(usn)), `tell that ${usn} is gone`, ms);
    },
  };
}

/** Reads lines of a word, a space and a USN: which words mean that it is there, which that it is gone. */
export function byFirstWord(there: readonly string[], gone: readonly string[]): (line: string) => Report {
  return (line) => {
    const [word = "", usn = ""] = line.split(" ");
    if (there.includes(word)) return { usn, present: true };
    return gone.includes(word) ? { usn, present: false } : undefined;
  };
}
