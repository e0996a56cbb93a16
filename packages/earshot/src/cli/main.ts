/** The `earshot` command: routes, and turns errors into one line and an exit code. */
import { type Command, CommanderError } from "commander";
import { NetworkError, printable, UsageError } from "../index.ts";
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
  const program = programFor(io, run);
  try {
    const args = argv[0] === "help" ? helpArguments(program, argv.slice(1)) : normalised(argv);
    await program.parseAsync(args, { from: "user" });
    return run.exitCode;
  } catch (error) {
    return failed(error, run, io);
  }
}

/** `help ssdp search` is `ssdp search --help`. */
function helpArguments(program: Command, names: readonly string[]): string[] {
  let command = program;
  for (const name of names) {
    const next = command.commands.find((each) => each.name() === name);
    if (!next)
      throw new UsageError(
        "UNKNOWN_COMMAND",
        `there is no command ${JSON.stringify(name)}; see earshot --help`,
      );
    command = next;
  }
  return [...names, "--help"];
}

function failed(thrown: unknown, { isVerbose }: Run, io: Io): number {
  const error = firstOf(thrown);
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.found : EXIT.usage;
  io.stderr.write(`earshot: ${printable(describe(error, isVerbose))}\n`);
  if (error instanceof UsageError) return EXIT.usage;
  if (isVerbose && error instanceof Error && !(error instanceof NetworkError))
    io.stderr.write(stackOf(error));
  return EXIT.failed;
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
