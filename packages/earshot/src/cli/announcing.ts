import type { Advertisement, Earshot, Offer, PeerOffer, Renaming } from "../index.ts";
import type { NameConflict } from "../mdns.ts";
import { Complaints } from "./complaints.ts";
import { offerDoubts } from "./dns-sd-offer.ts";
import { EXIT } from "./exit-code.ts";
import { Faults } from "./faults.ts";
import type { Io } from "./io.ts";
import { earshotFor, type NetworkChoice, type ProtocolOptions } from "./options.ts";
import { isDnsSdType } from "./protocols.ts";
import { eventJson } from "./records.ts";
import { onRequest } from "./requests.ts";
import { cell } from "./rows.ts";
import { Session } from "./session.ts";

/** What a command announces, and what it says to its user. */
export interface Announcing {
  readonly offers: readonly Offer[];
  /** What is told to peers. @default nothing */
  readonly peers?: readonly PeerOffer[];
  /** What else is announced, such as records without a service. */
  readonly more?: (earshot: Earshot, told: Pick<Teller, "conflict">) => readonly Promise<Announced>[];
  readonly protocols?: ProtocolOptions;
  /** Ends it after so many milliseconds. */
  readonly forMs: number | undefined;
  /** Lines printed when it is being announced, under the names that it has by then. */
  readonly lines: (where: string, announced: readonly Announced[]) => readonly string[];
}

/** What all kinds of announcements have. */
export type Announced = Pick<Advertisement, "name" | "host" | "notify" | "close">;

/** How it is told. */
export interface TellChoice {
  /** As records instead of lines. */
  readonly json?: true;
  readonly ascii?: true;
}

/**
 * Announces until the user ends it, then says goodbye. SIGUSR1, or the line `notify` on the standard input,
 * announces once more. Names that change are told. Resolves with the exit code.
 */
export async function announce(
  announcing: Announcing,
  choice: NetworkChoice & TellChoice,
  io: Io,
): Promise<number> {
  using session = new Session(io);
  const complaints = new Complaints(io.clock, (line) => io.stderr.write(line));
  const faults = new Faults(complaints, choice.verbose === true);
  await using earshot = earshotFor(io, choice, faults, announcing.protocols);
  if (choice.verbose) complaints.watchDrops(earshot, session);
  const teller = choice.json ? recordTeller(choice, io) : lineTeller(complaints, io);
  const { offers, peers = [], more = () => [] } = announcing;
  for (const doubt of offers.flatMap(offerDoubts)) complaints.say(doubt, doubt);
  const announced = await Promise.all([
    ...offers.map((offer) => earshot.advertise(tellingNames(offer, teller.renamed))),
    ...peers.map((peer) => earshot.servePeer(peer)),
    ...more(earshot, teller),
  ]);
  const deaf = await faults.opened(earshot, io.clock, { onlyHears: false });
  teller.announced(announcing, announced, earshot);
  if (deaf.length > 0)
    complaints.say(
      "deaf",
      `searches sent to the group are not heard, and not answered, on ${deaf.join(", ")}`,
    );
  onRequest(session, io, (more) => {
    for (const each of announced) each.notify();
    teller.again(more);
  });
  session.endAfter(announcing.forMs);
  await session.over;
  await Promise.all(announced.map((each) => each.close()));
  if (session.ending !== "output-closed") teller.bye();
  return EXIT.found;
}

/** Has every renaming told, where the protocol has names that can be taken. */
function tellingNames(offer: Offer, onRename: Teller["renamed"]): Offer {
  return isDnsSdType(offer.type) ? { ...offer, onRename } : offer;
}

/** Who is told what becomes of the announcements. */
interface Teller {
  announced(announcing: Announcing, announced: readonly Announced[], earshot: Earshot): void;
  /** A name had to give way to another host's. */
  readonly renamed: (renaming: Renaming) => void;
  /** A name is not answered for any more, for another host has it. */
  readonly conflict: (conflict: NameConflict) => void;
  /** @param more how many requests it was for, in words, where there were several. */
  again(more: string): void;
  bye(): void;
}

function lineTeller(complaints: Complaints, io: Io): Teller {
  const write = (line: string): void => io.stdout.write(`${line}\n`);
  return {
    announced: ({ lines }, announced, earshot) =>
      io.stdout.write(
        lines(linksOf(earshot).join(", "), announced)
          .map((line) => `${line}\n`)
          .join(""),
      ),
    renamed: ({ what, from, to }) =>
      complaints.say(
        `renamed ${what} ${to}`,
        `another host has the ${what === "host" ? "host name" : "name"} ${JSON.stringify(from)}: ` +
          `it is ${JSON.stringify(to)} from now on`,
      ),
    conflict: ({ name, from, link }) =>
      complaints.say(
        `conflict ${name}`,
        `${from} has ${name} as well, on ${link}: it is not answered for any more`,
      ),
    again: (more) => write(`announced once more${more}`),
    bye: () => write("goodbye"),
  };
}

function recordTeller({ ascii }: TellChoice, io: Io): Teller {
  const record = (kind: string, content: Readonly<Record<string, unknown>>): void =>
    io.stdout.write(`${eventJson(kind, content, io.clock.wall(), ascii === true)}\n`);
  return {
    announced: ({ offers }, announced, earshot) => {
      for (const [at, { name, host }] of announced.entries())
        record("announced", {
          name,
          type: offers[at]?.type ?? null,
          host: host ?? null,
          port: offers[at]?.port ?? null,
          on: linksOf(earshot),
        });
    },
    renamed: ({ what, from, to }) => record("renamed", { what, from, to }),
    conflict: ({ name, from, link }) => record("conflict", { name, from, link }),
    again: () => record("announcedAgain", {}),
    bye: () => record("bye", {}),
  };
}

/** `eth0/4 192.0.2.5`, `eth0/6 fe80::1`. */
function linksOf(earshot: Earshot): string[] {
  return earshot.links.map(({ id, address }) => cell(`${id} ${address}`));
}
