import { type Command, Option } from "commander";
import type { PeerBrowser, PeerChange } from "../../index.ts";
import { Complaints } from "../complaints.ts";
import { endpointText } from "../datagram-text.ts";
import { exitCode } from "../exit-code.ts";
import { Faults } from "../faults.ts";
import type { Io } from "../io.ts";
import { seconds } from "../numbers.ts";
import {
  addCountOptions,
  addNetworkOptions,
  afterHelp,
  assertCompanion,
  type EndChoice,
  earshotFor,
  type NetworkChoice,
  wantedOf,
} from "../options.ts";
import { peerJson } from "../records.ts";
import { Session } from "../session.ts";

export interface PeerFindChoice extends NetworkChoice, EndChoice {
  readonly timeout?: number;
  readonly watch?: true;
  readonly every?: number;
  readonly json?: true;
  readonly ascii?: true;
}

const FIND_MS = 3000;

/** The options of `earshot peer find`. */
export function definePeerFind(command: Command): Command {
  command
    .summary("find the peers of an application and network")
    .description(
      "Prints address and port of each program of the same application and network, once. With --watch goes on until " +
        "Ctrl-C, and tells who leaves.",
    )
    .argument("<NAME>", "the application: a letter, then letters, digits, . and -")
    .argument("<NETWORK>", "its network: letters, digits, ., - and _")
    .option("-w, --watch", "go on: + for who comes, - for who leaves")
    .option(
      "--every <seconds>",
      "ask everybody so often; silent for three times as long is gone (default: 30)",
      seconds(1, 3600),
    )
    .option("-j, --json", "one JSON object per line")
    .option("--ascii", "with --json: escape everything that is not ASCII")
    .addOption(
      new Option("-o, --timeout <seconds>", "how long to look (default: 3; with --watch for ever)").argParser(
        seconds(0),
      ),
    );
  addCountOptions(command, "peer");
  return addNetworkOptions(command).addHelpText("after", afterHelp(HELP));
}

const HELP = `
Only who tells of itself is believed: the address must be the one that spoke. Peers of ssdp_upnp are found as well.

Examples:
  earshot peer find chess club7
  earshot peer find chess club7 --watch --json

Exit codes: 0 a peer was found, 1 none was, 2 wrong usage, 3 network failure, 124 less than --count.`;

/** Runs `earshot peer find`. Resolves with the exit code. */
export async function peerFind(
  name: string,
  network: string,
  choice: PeerFindChoice,
  io: Io,
): Promise<number> {
  assertCompanion(choice, "ascii", "json");
  const wanted = wantedOf(choice);
  using session = new Session(io);
  const complaints = new Complaints(io.clock, (line) => io.stderr.write(line));
  const faults = new Faults(complaints, choice.verbose === true);
  await using earshot = earshotFor(io, choice, faults);
  if (choice.verbose) complaints.watchDrops(earshot, session);
  const { every } = choice;
  const browser = earshot.browsePeers({
    name,
    network,
    signal: session.signal,
    ...(every !== undefined && { everyMs: every }),
  });
  await browser.ready;
  await faults.opened(earshot, io.clock, { onlyHears: false });
  session.endAfter(choice.timeout ?? (choice.watch ? undefined : FIND_MS));
  const found = await print(browser, choice, session, io, wanted);
  if (choice.verbose) complaints.tellDrops(earshot);
  return exitCode(found, wanted, session.ending);
}

/** Resolves with how many were found. */
async function print(
  browser: PeerBrowser,
  choice: PeerFindChoice,
  session: Session,
  { stdout, clock }: Io,
  wanted: number | undefined,
): Promise<number> {
  let found = 0;
  for await (const change of browser) {
    if (change.kind === "left" && !choice.watch) continue;
    if (change.kind === "found") found++;
    const line = choice.json
      ? peerJson(change, clock.wall(), choice.ascii === true)
      : text(change, choice.watch === true);
    stdout.write(`${line}\n`);
    if (wanted !== undefined && found >= wanted) session.end("enough");
    if (session.signal.aborted) break;
  }
  return found;
}

function text(change: PeerChange, isWatching: boolean): string {
  const where = endpointText(change.peer);
  if (!isWatching) return where;
  return change.kind === "found" ? `+ ${where}` : `- ${where} ${change.reason}`;
}
