import { Command } from "commander";
import { printable, VERSION } from "../index.ts";
import { type AdvertiseChoice, advertise, defineAdvertise } from "./commands/advertise.ts";
import { type BrowseChoice, browse, defineBrowse } from "./commands/browse.ts";
import { type DemoChoice, defineDemo, demo } from "./commands/demo.ts";
import { defineFind, type FindChoice, find } from "./commands/find.ts";
import { defineSearch, type SearchChoice, ssdpSearch } from "./commands/ssdp-search.ts";
import { defineServe, type ServeChoice, ssdpServe } from "./commands/ssdp-serve.ts";
import type { Io } from "./io.ts";
import { afterHelp } from "./options.ts";

/** What the command that ran has to tell: its exit code, and whether its user wants to hear of causes. */
export interface Run {
  exitCode: number;
  isVerbose: boolean;
}

/**
 * The `earshot` command and all under it, writing to `io`, telling `run`. It throws where it would end the
 * process.
 */
export function programFor(io: Io, run: Run): Command {
  const program = new Command("earshot")
    .description("Hear and announce every network service within earshot.")
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: (text, write) => write(`${errorLine(text)}\n`),
      getOutHelpWidth: () => helpWidth(io),
      getErrHelpWidth: () => helpWidth(io),
    })
    .addHelpText("after", afterHelp(HELP))
    .hook("preAction", (_, command) => {
      run.isVerbose = command.opts()["verbose"] === true;
    });
  const ran = async (result: Promise<number>): Promise<void> => {
    run.exitCode = await result;
  };
  defineBrowse(program.command("browse", { isDefault: true })).action(
    (types: string[], choice: BrowseChoice) => ran(browse(types, choice, io)),
  );
  defineFind(program.command("find")).action((types: string[], choice: FindChoice) =>
    ran(find(types, choice, io)),
  );
  defineAdvertise(program.command("advertise")).action((type: string, choice: AdvertiseChoice) =>
    ran(advertise(type, choice, io)),
  );
  addSsdp(program, io, ran);
  defineDemo(program.command("demo")).action((choice: DemoChoice) => ran(demo(choice, io)));
  return program;
}

const HELP = `
Without a command, earshot browses. "earshot help COMMAND" or "earshot COMMAND --help" tells all about a \
command.

Examples:
  earshot
  earshot find upnp:rootdevice
  earshot demo

Exit codes: 0 something was found, 1 nothing was, 2 wrong usage, 3 network failure, 124 less than \
--count, 130 ended by a second Ctrl-C.`;

function addSsdp(program: Command, io: Io, ran: (result: Promise<number>) => Promise<void>): void {
  const ssdp = program
    .command("ssdp")
    .summary("SSDP in its own words: search, serve")
    .description("SSDP in its own words.")
    .usage("search|serve ...")
    .action(() => ssdp.error("error: say what to do: earshot ssdp search, or earshot ssdp serve"));
  defineSearch(ssdp.command("search")).action((target: string, choice: SearchChoice) =>
    ran(ssdpSearch(target, choice, io)),
  );
  defineServe(ssdp.command("serve")).action((usn: string, choice: ServeChoice) =>
    ran(ssdpServe(usn, choice, io)),
  );
}

function helpWidth({ columns }: Io): number {
  return Math.min(columns, 100);
}

/** One line, as all of ours. */
function errorLine(text: string): string {
  const line = text
    .trim()
    .replace(/^error: /, "")
    .replace(/\s*\n\s*/g, " ");
  return `earshot: ${printable(line)}`;
}
