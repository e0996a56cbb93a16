import type { Earshot, Offer, PeerOffer } from "../index.ts";
import { Complaints } from "./complaints.ts";
import { EXIT } from "./exit-code.ts";
import { Faults } from "./faults.ts";
import type { Io } from "./io.ts";
import { earshotFor, type NetworkChoice } from "./options.ts";
import { onRequest } from "./requests.ts";
import { cell } from "./rows.ts";
import { Session } from "./session.ts";

/** What a command announces, and what it says to its user. */
export interface Announcing {
  readonly offers: readonly Offer[];
  /** What is told to peers. @default nothing */
  readonly peers?: readonly PeerOffer[];
  readonly ssdp?: Parameters<typeof earshotFor>[3];
  /** Ends it after so many milliseconds. */
  readonly forMs: number | undefined;
  /** Lines printed when it is being announced. */
  readonly lines: (where: string) => readonly string[];
}

/**
 * Announces until the user ends it, then says goodbye. SIGUSR1, or the line `notify` on the standard input,
 * announces once more. Resolves with the exit code.
 */
export async function announce(announcing: Announcing, choice: NetworkChoice, io: Io): Promise<number> {
  using session = new Session(io);
  const complaints = new Complaints(io.clock, (line) => io.stderr.write(line));
  const faults = new Faults(complaints, choice.verbose === true);
  await using earshot = earshotFor(io, choice, faults, announcing.ssdp);
  if (choice.verbose) complaints.watchDrops(earshot, session);
  const advertisements = await Promise.all([
    ...announcing.offers.map((offer) => earshot.advertise(offer)),
    ...(announcing.peers ?? []).map((peer) => earshot.servePeer(peer)),
  ]);
  const deaf = await faults.opened(earshot, io.clock, { onlyHears: false });
  io.stdout.write(
    announcing
      .lines(whereOf(earshot))
      .map((line) => `${line}\n`)
      .join(""),
  );
  if (deaf.length > 0)
    complaints.say(
      "deaf",
      `searches sent to the group are not heard, and not answered, on ${deaf.join(", ")}`,
    );
  onRequest(session, io, (more) => {
    for (const advertisement of advertisements) advertisement.notify();
    io.stdout.write(`announced once more${more}\n`);
  });
  session.endAfter(announcing.forMs);
  await session.over;
  await Promise.all(advertisements.map((advertisement) => advertisement.close()));
  if (session.ending !== "output-closed") io.stdout.write("goodbye\n");
  return EXIT.found;
}

/** `eth0/4 192.0.2.5, eth0/6 fe80::1`. */
function whereOf(earshot: Earshot): string {
  return earshot.links.map(({ id, address }) => cell(`${id} ${address}`)).join(", ");
}
