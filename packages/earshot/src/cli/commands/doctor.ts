import type { Command } from "commander";
import { type Diagnosis, diagnose, type Finding, type FindingLevel, printable } from "../../index.ts";
import { colours, type Paint, type Role } from "../colours.ts";
import { EXIT } from "../exit-code.ts";
import type { Io } from "../io.ts";
import { seconds } from "../numbers.ts";
import {
  addNetworkOptions,
  afterHelp,
  assertCompanion,
  earshotOptions,
  type NetworkChoice,
} from "../options.ts";
import { type ProtocolChoice, protocolOption } from "../protocols.ts";
import { diagnosisJson } from "../records.ts";
import { cell } from "../rows.ts";
import { Session } from "../session.ts";

export interface DoctorChoice extends NetworkChoice, ProtocolChoice {
  readonly json?: true;
  readonly ascii?: true;
  readonly timeout?: number;
  readonly search: boolean;
  readonly color: boolean;
}

/** The options of `earshot doctor`. */
export function defineDoctor(command: Command): Command {
  command
    .summary("find out what keeps things from being heard")
    .description(
      "Examines the interfaces, the ports 1900 and 5353 and who shares them, whether multicast and answers come, and what keeps " +
        "them back; and says what to do.",
    )
    .option("-o, --timeout <seconds>", "how long to listen to others (default: 3)", seconds(0.1, 60))
    .option("--no-search", "send nothing that anybody answers")
    .addOption(protocolOption())
    .optionsGroup("Output:")
    .option("-j, --json", "one JSON object")
    .option("--ascii", "with --json: escape everything that is not ASCII")
    .option("--no-color", "no colours");
  return addNetworkOptions(command).addHelpText("after", afterHelp(HELP));
}

const HELP = `
It sends searches that nobody answers to the groups, to hear whether they come back, and one search for everything \
of each protocol. No router passes them on.

Examples:
  earshot doctor
  earshot doctor --interface eth0 --json

Ctrl-C ends it early, with what was found by then.

Exit codes: 0 no problem was found, 1 one was, 2 wrong usage.`;

/** Runs `earshot doctor`. Resolves with the exit code. */
export async function doctor(choice: DoctorChoice, io: Io): Promise<number> {
  assertCompanion(choice, "ascii", "json");
  const { interfaces, families, allowPublic } = earshotOptions(choice);
  using session = new Session(io);
  const diagnosis = await diagnose({
    ...(interfaces && { interfaces }),
    ...(families && { families }),
    ...(allowPublic && { allowPublic }),
    ...(choice.timeout !== undefined && { waitMs: choice.timeout }),
    ...(choice.protocol && { protocols: [choice.protocol] }),
    search: choice.search,
    signal: session.signal,
    ...(io.network && { network: io.network }),
  });
  if (session.ending === "output-closed") return EXIT.found;
  const time = io.clock.wall();
  const text = choice.json
    ? `${diagnosisJson(diagnosis, time, choice.ascii === true)}\n`
    : reportText(diagnosis, colours(io, choice.color));
  io.stdout.write(text);
  return diagnosis.isWell ? EXIT.found : EXIT.nothingFound;
}

const SIGNS: { readonly [Level in FindingLevel]: readonly [sign: string, role: Role] } = {
  ok: ["ok      ", "good"],
  note: ["note    ", "faint"],
  warning: ["warning ", "changed"],
  problem: ["PROBLEM ", "bad"],
};

function reportText({ findings, isWell }: Diagnosis, paint: Paint): string {
  const width = Math.max(0, ...findings.map(({ subject }) => cell(subject).length));
  const lines = findings.map((finding) => findingText(finding, width, paint));
  const count = findings.filter(({ level }) => level === "problem").length;
  const verdict = isWell
    ? "no problem was found"
    : `${count} ${count === 1 ? "problem was" : "problems were"} found`;
  return `${[...lines, verdict].join("\n")}\n`;
}

function findingText({ level, subject, says, advice }: Finding, width: number, paint: Paint): string {
  const [sign, role] = SIGNS[level];
  const line = `${paint(role, sign)} ${cell(subject).padEnd(width)}  ${printable(says)}`;
  const indent = " ".repeat(sign.length + width + 3);
  return advice === undefined ? line : `${line}\n${indent}-> ${printable(advice)}`;
}
