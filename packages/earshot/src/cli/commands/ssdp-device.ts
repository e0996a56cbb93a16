import type { Command } from "commander";
import { converse } from "../conversation.ts";
import type { Io } from "../io.ts";
import { afterHelp, assertCompanion } from "../options.ts";
import {
  addIdentityOptions,
  addSpeakingOptions,
  type IdentityChoice,
  identityOffer,
  type SpeakingChoice,
} from "../speaking.ts";

export interface DeviceChoice extends IdentityChoice, SpeakingChoice {}

const DEVICE_TYPE = "urn:earshot:device:Device:1";
/** Where the pair of device and controller meets. */
export const MEETING_PORT = 1337;

/** The options of `earshot ssdp device`. */
export function defineDevice(command: Command): Command {
  command
    .summary("a device on a port of its own that hears broadcasts, with a transcript")
    .description(
      "Announces a device on port 1337, hears searches sent to the group or by broadcast, answers each within its MX " +
        "at random, and prints every datagram that is heard or sent, until Ctrl-C. A search with MAN unquoted is " +
        "answered as simple-service-discovery-protocol has it: whatever it asks for, by NOTIFY to port 1337 of who asked.",
    );
  addIdentityOptions(command, DEVICE_TYPE);
  return addSpeakingOptions(command, MEETING_PORT).addHelpText("after", afterHelp(HELP));
}

const HELP = `
SIGUSR1, or the line "notify" on the standard input, announces once more.

Examples:
  earshot ssdp device                # and on another machine: earshot ssdp controller
  earshot ssdp device --port 1900 --quiet

Exit codes: 0 it spoke and ended, 2 wrong usage, 3 network failure.`;

/** Runs `earshot ssdp device`. Resolves with the exit code. */
export async function ssdpDevice(choice: DeviceChoice, io: Io): Promise<number> {
  assertCompanion(choice, "ascii", "json");
  const port = choice.port ?? MEETING_PORT;
  return converse(
    {
      title: "SSDP device",
      offers: [identityOffer(choice, DEVICE_TYPE)],
      searches: [],
      everyMs: 0,
      search: {},
      ssdp: {
        port,
        broadcast: true,
        answerByNotify: true,
        ...(choice.ttl !== undefined && { hops: choice.ttl }),
      },
      lines: [`listening for searches on port ${port}`],
    },
    choice,
    io,
  );
}
