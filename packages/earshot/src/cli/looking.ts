import type { Earshot } from "../index.ts";
import { Complaints } from "./complaints.ts";
import { exitCode } from "./exit-code.ts";
import { Faults } from "./faults.ts";
import type { Io } from "./io.ts";
import { type EndChoice, earshotFor, type NetworkChoice, type ProtocolOptions, wantedOf } from "./options.ts";
import { Session } from "./session.ts";

/** How a command looks for things. */
export interface LookChoice extends NetworkChoice, EndChoice {
  readonly passive?: true;
}

/** What is told bit by bit. */
interface Feed<T> extends AsyncIterable<T> {
  readonly ready: Promise<void>;
}

/** What a command that looks for things has at hand. */
export interface Looking {
  readonly earshot: Earshot;
  readonly session: Session;
  /** So many were found: ends it when that is what was asked for. */
  count(found: number): void;
  /**
   * Hands out what is told until the end of the session.
   * @param forMs ends it after so long, from when the network is heard.
   */
  read<T>(feed: Feed<T>, forMs: number | undefined, hear: (item: T) => void): Promise<void>;
}

/**
 * Runs what looks for things, on a network of its own. Resolves with the exit code.
 * @param act resolves with how many were found.
 */
export async function look(
  choice: LookChoice,
  io: Io,
  protocols: ProtocolOptions,
  act: (looking: Looking) => Promise<number>,
): Promise<number> {
  using session = new Session(io);
  const complaints = new Complaints(io.clock, (line) => io.stderr.write(line));
  const faults = new Faults(complaints, choice.verbose === true);
  await using earshot = earshotFor(io, choice, faults, protocols);
  if (choice.verbose) complaints.watchDrops(earshot, session);
  const wanted = wantedOf(choice);
  const found = await act({
    earshot,
    session,
    count: (so) => {
      if (wanted !== undefined && so >= wanted) session.end("enough");
    },
    read: async (feed, forMs, hear) => {
      await feed.ready;
      await faults.opened(earshot, io.clock, { onlyHears: choice.passive === true });
      session.endAfter(forMs);
      for await (const item of feed) {
        hear(item);
        if (session.signal.aborted) break;
      }
    },
  });
  if (choice.verbose) complaints.tellDrops(earshot);
  return exitCode(found, wanted, session.ending);
}
