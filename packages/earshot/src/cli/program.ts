import { Command } from "commander";
import { printable, VERSION } from "../index.ts";
import { COMMANDS, type CommandEntry, type Ran } from "./command-list.ts";
import type { Io } from "./io.ts";
import { afterHelp } from "./options.ts";

/** What the command that ran has to tell: its exit code, and whether its user wants to hear of causes. */
export interface Run {
  exitCode: number;
  isVerbose: boolean;
}

/**
 * The `earshot` command and all under it, writing to `io`, telling `run`. It throws where it would end the
 * process. Where `argv` names a command, only that one is loaded.
 */
export async function programFor(argv: readonly string[], io: Io, run: Run): Promise<Command> {
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
  const ran: Ran = async (result) => {
    run.exitCode = await result;
  };
  const entries = entriesFor(argv);
  const defines = await Promise.all(entries.map(({ load }) => load()));
  entries.forEach(({ words, isDefault }, index) => {
    const [first, second] = words;
    const command =
      second === undefined
        ? program.command(first, { isDefault: isDefault ?? false })
        : groupOf(program, first).command(second);
    defines[index]?.(command, io, ran);
  });
  return program;
}

/** The commands that may be meant: the one that is named, those of the group that is, or else all; of a version none. */
function entriesFor([first, second]: readonly string[]): readonly CommandEntry[] {
  if (first === "--version" || first === "-V") return [];
  const named = COMMANDS.filter(({ words }) => words[0] === (first ?? "browse"));
  const exact = named.filter(({ words }) => words[1] === undefined || words[1] === second);
  if (exact.length > 0) return exact;
  return named.length > 0 ? named : COMMANDS;
}

const HELP = `
Without a command, earshot browses. "earshot help COMMAND" or "earshot COMMAND --help" tells all about a \
command.

Examples:
  earshot
  earshot find _ipp._tcp
  earshot demo

Exit codes: 0 something was found, 1 nothing was, 2 wrong usage, 3 network failure, 124 less than \
--count, 130 ended by a second Ctrl-C.`;

/** What is said of commands that have others under them. */
const GROUPS: Readonly<Record<string, { summary: string; description: string }>> = {
  "dns-sd": {
    summary: "DNS-SD in its own words",
    description: "DNS-SD in its own words: types, names and places of services.",
  },
  mdns: { summary: "mDNS in its own words", description: "mDNS in its own words: names and records." },
  ssdp: { summary: "SSDP in its own words", description: "SSDP in its own words." },
  peer: {
    summary: "programs of the same application and network",
    description: "Peers: programs of the same application and network.",
  },
};

function groupOf(program: Command, name: string): Command {
  const known = program.commands.find((command) => command.name() === name);
  const texts = GROUPS[name];
  if (known || !texts) return known ?? program.command(name);
  const names = COMMANDS.flatMap(({ words }) => (words[0] === name && words[1] ? [words[1]] : []));
  const group = program
    .command(name)
    .summary(`${texts.summary}: ${names.join(", ")}`)
    .description(texts.description)
    .usage(`${names.join("|")} ...`)
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .argument("[words...]")
    .action(([word]: string[]) => group.error(missing(name, names, word)));
  return group;
}

function missing(group: string, names: readonly string[], word: string | undefined): string {
  const list = names
    .map((each) => `earshot ${group} ${each}`)
    .join(", ")
    .replace(/, (?=[^,]*$)/, " or ");
  if (word === undefined) return `error: say what to do: ${list}`;
  return `error: there is no command ${JSON.stringify(word)} in ${group}: there is ${list}`;
}

function helpWidth({ columns }: Io): number {
  return Math.min(columns, 100);
}

/** One line, as all of ours. */
function errorLine(text: string): string {
  const line = text
    .trim()
    .replace(/^error: /, "")
    .replace(/^command-argument value ('[^']*') is invalid for argument '([^']*)'/, "$2 cannot be $1")
    .replace(/\s*\n\s*/g, " ");
  return `earshot: ${printable(line)}`;
}
