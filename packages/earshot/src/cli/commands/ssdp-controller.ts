import { type Command, Option } from "commander";
import { converse } from "../conversation.ts";
import type { Io } from "../io.ts";
import { afterHelp, assertCompanion } from "../options.ts";
import { cell } from "../rows.ts";
import {
  type AskingChoice,
  addAskingOptions,
  addSpeakingOptions,
  askingOptions,
  rhythm,
  type SpeakingChoice,
} from "../speaking.ts";
import { MEETING_PORT } from "./ssdp-device.ts";

export interface ControllerChoice extends AskingChoice, SpeakingChoice {
  readonly broadcastAddress?: string;
  readonly multicast?: true;
}

const EVERY_SECONDS = 10;
const MX_SECONDS = 4;

/** The options of `earshot ssdp controller`. */
export function defineController(command: Command): Command {
  command
    .summary("a control point that searches by broadcast on any port, with a transcript")
    .description(
      "Searches the broadcast address of each interface on port 1337 again and again, hears answers and what is sent to " +
        "that port, and prints every datagram that is heard or sent, until Ctrl-C.",
    )
    .argument("[ST...]", "search targets (default: ssdp:all)");
  addAskingOptions(command, EVERY_SECONDS, MX_SECONDS)
    .option(
      "--broadcast-address <address>",
      "search this broadcast address (default: that of each interface)",
    )
    .addOption(new Option("--multicast", "search the group instead").conflicts("broadcastAddress"));
  return addSpeakingOptions(command, MEETING_PORT).addHelpText("after", afterHelp(HELP));
}

const HELP = `
Examples:
  earshot ssdp controller            # and on another machine: earshot ssdp device
  earshot ssdp controller --broadcast-address 192.0.2.255 --every 30
  earshot ssdp controller --multicast --port 1900 --quiet

Exit codes: 0 it spoke and ended, 2 wrong usage, 3 network failure.`;

/** Runs `earshot ssdp controller`. Resolves with the exit code. */
export async function ssdpController(
  targets: readonly string[],
  choice: ControllerChoice,
  io: Io,
): Promise<number> {
  assertCompanion(choice, "ascii", "json");
  const named = [...targets, ...(choice.search ?? [])];
  const searches = named.length > 0 ? named : ["ssdp:all"];
  const everyMs = choice.every ?? EVERY_SECONDS * 1000;
  const port = choice.port ?? MEETING_PORT;
  const broadcast = choice.multicast ? false : (choice.broadcastAddress ?? true);
  return converse(
    {
      title: "SSDP controller",
      offers: [],
      searches,
      everyMs,
      search: { ...askingOptions(choice, MX_SECONDS), broadcast, port },
      ssdp: { port, broadcast: true, ...(choice.ttl !== undefined && { hops: choice.ttl }) },
      lines: [
        `searching ${rhythm(everyMs)} for ${searches.map(cell).join(", ")} ${where(broadcast)} on port ${port}`,
      ],
    },
    choice,
    io,
  );
}

function where(broadcast: boolean | string): string {
  if (typeof broadcast === "string") return `by broadcast to ${cell(broadcast)}`;
  return broadcast ? "by broadcast" : "by multicast";
}
