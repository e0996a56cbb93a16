import type { Command } from "commander";
import { converse } from "../conversation.ts";
import type { Io } from "../io.ts";
import { afterHelp, assertCompanion } from "../options.ts";
import { cell } from "../rows.ts";
import {
  type AskingChoice,
  addAskingOptions,
  addIdentityOptions,
  addSpeakingOptions,
  askingOptions,
  type IdentityChoice,
  identityOffer,
  rhythm,
  type SpeakingChoice,
} from "../speaking.ts";

export interface AgentChoice extends IdentityChoice, AskingChoice, SpeakingChoice {}

const AGENT_TYPE = "urn:earshot:device:Agent:1";
const EVERY_SECONDS = 100;
const MX_SECONDS = 5;

/** The options of `earshot ssdp agent`. */
export function defineAgent(command: Command): Command {
  command
    .summary("control point and device in one, with a transcript")
    .description(
      "Announces a device, answers searches for it, searches at once and again and again, and prints every datagram " +
        "that is heard or sent with what it says, until Ctrl-C.",
    )
    .argument("[ST...]", "search targets (default: ssdp:all)");
  addIdentityOptions(command, AGENT_TYPE);
  addAskingOptions(command, EVERY_SECONDS, MX_SECONDS);
  return addSpeakingOptions(command, 1900).addHelpText("after", afterHelp(HELP));
}

const HELP = `
SIGUSR1, or the line "notify" on the standard input, announces once more.

Examples:
  earshot ssdp agent
  earshot ssdp agent upnp:rootdevice --search urn:dial-multiscreen-org:service:dial:1 --every 30
  earshot ssdp agent --usn uuid:1::urn:example-org:service:Me:1 --every 0 --json

Exit codes: 0 it spoke and ended, 2 wrong usage, 3 network failure.`;

/** Runs `earshot ssdp agent`. Resolves with the exit code. */
export async function ssdpAgent(targets: readonly string[], choice: AgentChoice, io: Io): Promise<number> {
  assertCompanion(choice, "ascii", "json");
  const named = [...targets, ...(choice.search ?? [])];
  const searches = named.length > 0 ? named : ["ssdp:all"];
  const everyMs = choice.every ?? EVERY_SECONDS * 1000;
  return converse(
    {
      title: "SSDP agent",
      offers: [identityOffer(choice, AGENT_TYPE)],
      searches,
      everyMs,
      search: askingOptions(choice, MX_SECONDS),
      ssdp: {
        ...(choice.port !== undefined && { port: choice.port }),
        ...(choice.ttl !== undefined && { hops: choice.ttl }),
      },
      lines: [`searching ${rhythm(everyMs)} for ${searches.map(cell).join(", ")}`],
    },
    choice,
    io,
  );
}
