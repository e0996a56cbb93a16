import { networkInterfaces } from "node:os";
import type { Command } from "commander";
import { announce } from "../announcing.ts";
import { household } from "../household.ts";
import type { Io } from "../io.ts";
import { addNetworkOptions, afterHelp, forOption, type NetworkChoice } from "../options.ts";
import { cell, shortType } from "../rows.ts";

export interface DemoChoice extends NetworkChoice {
  readonly for?: number;
}

/** The options of `earshot demo`. */
export function defineDemo(command: Command): Command {
  command
    .summary("announce a small made-up household, on loopback")
    .description(
      "Announces five made-up devices of SSDP, and of DNS-SD a printer and a speaker, until Ctrl-C, so that there is " +
        "something to be heard on any machine. Nothing leaves " +
        "this machine unless --interface names another interface than loopback.",
    )
    .optionsGroup("End:")
    .addOption(forOption());
  return addNetworkOptions(command).addHelpText("after", afterHelp(HELP));
}

const HELP = `
Example, in two terminals:
  earshot demo
  earshot browse --interface lo

Exit codes: 0 it was announced and ended, 2 wrong usage, 3 network failure.`;

/** Runs `earshot demo`. Resolves with the exit code. */
export function demo(choice: DemoChoice, io: Io): Promise<number> {
  const isChosen = (choice.interface ?? choice.address ?? []).length > 0;
  const interfaces = isChosen ? (choice.interface ?? []) : [loopback()];
  const offers = household();
  const named = [...interfaces, ...(choice.address ?? [])];
  return announce(
    {
      offers,
      forMs: choice.for,
      lines: (where) => [
        `A household on ${where}:`,
        ...offers.map(({ name = "", type }) => `  ${cell(name).padEnd(16)}  ${cell(shortType(type))}`),
        "See it from another terminal:",
        `  earshot browse ${named.map((name) => `--interface ${cell(name)}`).join(" ")}`,
        "Ctrl-C ends it, with a goodbye.",
      ],
    },
    { ...choice, interface: interfaces },
    io,
  );
}

/** The name of the loopback interface. */
function loopback(): string {
  for (const [name, addresses] of Object.entries(networkInterfaces())) {
    if (addresses?.some(({ internal }) => internal)) return name;
  }
  return "lo";
}
