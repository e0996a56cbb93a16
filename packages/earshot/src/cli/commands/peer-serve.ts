import type { Command } from "commander";
import { announce } from "../announcing.ts";
import type { Io } from "../io.ts";
import { wholeNumber } from "../numbers.ts";
import { addNetworkOptions, afterHelp, forOption, type NetworkChoice } from "../options.ts";
import { cell } from "../rows.ts";

export interface PeerServeChoice extends NetworkChoice {
  readonly maxAge?: number;
  readonly for?: number;
}

/** The options of `earshot peer serve`. */
export function definePeerServe(command: Command): Command {
  command
    .summary("tell peers where a program of yours listens")
    .description(
      "Tells peers, the programs of the same application and network, where one of yours listens, until Ctrl-C; then " +
        "says goodbye. Several on one host are told apart by their ports.",
    )
    .argument("<NAME>", "the application: a letter, then letters, digits, . and -")
    .argument("<NETWORK>", "its network: letters, digits, ., - and _")
    .argument("<PORT>", "TCP or UDP port where it listens", wholeNumber(1, 65_535))
    .option(
      "--max-age <seconds>",
      "how long it is kept if it vanishes (default: 300)",
      wholeNumber(60, 86_400),
    )
    .addOption(forOption());
  return addNetworkOptions(command).addHelpText("after", afterHelp(HELP));
}

const HELP = `
SIGUSR1, or the line "notify" on the standard input, announces once more. Peers of ssdp_upnp find it as well.

Examples:
  earshot peer serve chess club7 4000

Exit codes: 0 it was announced and ended, 2 wrong usage, 3 network failure.`;

/** Runs `earshot peer serve`. Resolves with the exit code. */
export async function peerServe(
  name: string,
  network: string,
  port: number,
  choice: PeerServeChoice,
  io: Io,
): Promise<number> {
  const { maxAge } = choice;
  return announce(
    {
      offers: [],
      peers: [{ name, network, port, ...(maxAge !== undefined && { maxAgeSeconds: maxAge }) }],
      forMs: choice.for,
      lines: (where) => [
        `peer of ${cell(name)} ${cell(network)}, listening at port ${port}, on ${where}`,
        "Ctrl-C ends it, with a goodbye.",
      ],
    },
    choice,
    io,
  );
}
