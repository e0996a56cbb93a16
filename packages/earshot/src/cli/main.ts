/** The `earshot` command: routes, and turns errors into one line and an exit code. */
import { type Command, CommanderError } from "commander";
import { NetworkError, printable, RemoteError, UsageError } from "../index.ts";
import { normalised } from "./arguments.ts";
import { describe } from "./complaints.ts";
import { EXIT } from "./exit-code.ts";
import type { Io } from "./io.ts";
import { processIo } from "./process-io.ts";
import { programFor, type Run } from "./program.ts";

/**
 * Runs the command with these arguments. Resolves with the exit code when everything is closed; never
 * rejects.
 * @param io
 * @default the process
 */
export async function main(argv: readonly string[], io: Io = processIo()): Promise<number> {
  const run: Run = { exitCode: EXIT.found, isVerbose: false };
  const exitCode = await ended(argv, run, io);
  try {
    await io.close();
    return exitCode;
  } catch (error) {
    return exitCode === EXIT.failed ? exitCode : failed(error, run, io);
  }
}

async function ended(argv: readonly string[], run: Run, io: Io): Promise<number> {
  try {
    const program = await programFor(argv, io, run);
    const args = helpArguments(program, argv) ?? normalised(argv, optionsOf(program));
    await program.parseAsync(args, { from: "user" });
    return run.exitCode;
  } catch (error) {
    return failed(error, run, io);
  }
}

/** `help ssdp search` and `ssdp help search` are `ssdp search --help`; `undefined` where no help is asked for so. */
function helpArguments(program: Command, argv: readonly string[]): string[] | undefined {
  const at = argv.indexOf("help");
  const group = at < 0 ? undefined : commandOf(program, argv.slice(0, at));
  if (!group || group.commands.length === 0) return undefined;
  const names = argv.toSpliced(at, 1);
  for (const [index, name] of names.entries()) {
    if (commandOf(program, names.slice(0, index + 1))) continue;
    throw new UsageError(
      "UNKNOWN_COMMAND",
      `there is no command ${JSON.stringify(name)}; see earshot --help`,
    );
  }
  return [...names, "--help"];
}

function commandOf(program: Command, names: readonly string[]): Command | undefined {
  return names.reduce<Command | undefined>(
    (command, name) => command?.commands.find((each) => each.name() === name),
    program,
  );
}

/** The options of all commands, long and short, and whether they have a value: no option has one in some only. */
function optionsOf(command: Command): ReadonlyMap<string, boolean> {
  const own = command.options.flatMap(({ long, short, required }) =>
    [long, short].flatMap((name) => (name === undefined ? [] : [[name, required] as const])),
  );
  return new Map([...own, ...command.commands.flatMap((each) => [...optionsOf(each)])]);
}

function failed(thrown: unknown, { isVerbose }: Run, io: Io): number {
  const error = firstOf(thrown);
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.found : EXIT.usage;
  io.stderr.write(`earshot: ${printable(describe(error, isVerbose))}\n`);
  if (error instanceof UsageError) return EXIT.usage;
  if (isVerbose && error instanceof Error && !isExpected(error)) io.stderr.write(stackOf(error));
  return EXIT.failed;
}

/** What the network or another host refused: its message says all. */
function isExpected(error: Error): boolean {
  return error instanceof NetworkError || error instanceof RemoteError;
}

/** What went wrong first, where closing after it went wrong as well. */
function firstOf(error: unknown): unknown {
  const isBoth = error instanceof Error && error.name === "SuppressedError" && "suppressed" in error;
  return isBoth ? firstOf(error.suppressed) : error;
}

/** Of an error that should not be: where it comes from. */
function stackOf({ stack = "" }: Error): string {
  return stack
    .split("\n")
    .slice(1)
    .map((line) => `${printable(line)}\n`)
    .join("");
}
