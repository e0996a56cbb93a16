import { type Command, Option } from "commander";
import type { BrowseOptions, Browser, Service } from "../../index.ts";
import { colours } from "../colours.ts";
import { Complaints } from "../complaints.ts";
import { csvHeader, csvLine } from "../csv.ts";
import { DESCRIPTION_COLUMNS, descriptionTexts } from "../description-columns.ts";
import { exitCode } from "../exit-code.ts";
import { Faults } from "../faults.ts";
import { SERVICE_FIELD_NAMES, serviceValue } from "../fields.ts";
import type { Io } from "../io.ts";
import { seconds } from "../numbers.ts";
import {
  addCountOptions,
  addNetworkOptions,
  afterHelp,
  assertCompanion,
  describeOption,
  type EndChoice,
  earshotFor,
  type NetworkChoice,
  wantedOf,
} from "../options.ts";
import { assertOfProtocol, earshotProtocols, type ProtocolChoice, protocolOption } from "../protocols.ts";
import { changeJson } from "../records.ts";
import { cell, placeOf, rowsOf, shortType } from "../rows.ts";
import { Session } from "../session.ts";
import { type Column, table } from "../table.ts";
import { template } from "../template.ts";

export interface FindChoice extends NetworkChoice, EndChoice, ProtocolChoice {
  readonly timeout: number;
  readonly json?: true;
  readonly ascii?: true;
  readonly csv?: true;
  readonly raw?: true;
  readonly format?: string;
  readonly all?: true;
  readonly passive?: true;
  readonly describe?: true;
  readonly color: boolean;
}

/** The options of `earshot find`. */
export function defineFind(command: Command): Command {
  command
    .summary("print what is there")
    .description(
      "Looks for services for some seconds, prints them, and ends. TYPE limits it, as with browse.",
    )
    .argument("[TYPE...]", "what to look for (default: everything)")
    .optionsGroup("Output:")
    .addOption(new Option("-j, --json", "one JSON object per service and line").conflicts(["csv", "format"]))
    .option("--ascii", "with --json: escape everything that is not ASCII")
    .addOption(new Option("--csv", "comma-separated values under a line of names").conflicts("format"))
    .option("--raw", "with --csv: leave alone what a spreadsheet would run as a formula")
    .option("--format <template>", "a line for each service, filled from a template")
    .option("--all", "one table row for each advertisement, not for each device")
    .option("--no-color", "no colours")
    .optionsGroup("End:")
    .addOption(
      new Option("-o, --timeout <seconds>", "how long to look").default(3000, "3").argParser(seconds(0)),
    );
  addCountOptions(command, "one found")
    .optionsGroup("Search:")
    .addOption(protocolOption())
    .option("--passive", "only listen, send nothing")
    .addOption(describeOption());
  return addNetworkOptions(command).addHelpText("after", afterHelp(HELP));
}

const HELP = `
Templates: ${SERVICE_FIELD_NAMES.map((name) => `{${name}}`).join(" ")} {header.NAME} {txt.KEY}; {{ and }} are \
braces, \\n and \\t line end and tab. Values cannot hold control characters.

Examples:
  earshot find
  earshot find _ipp._tcp --format '{name}\\t{host}:{port}\\t{txt.rp}'
  earshot find urn:schemas-upnp-org:device:MediaRenderer:1 --first --format '{location}'
  earshot find upnp:rootdevice --describe --format '{name}: {manufacturer} {model}'
  earshot find ssdp:all --timeout 5 --csv > services.csv

Exit codes: 0 something was found, 1 nothing was, 2 wrong usage, 3 network failure, 124 less than --count.`;

/** Runs `earshot find`. Resolves with the exit code. */
export async function find(types: readonly string[], choice: FindChoice, io: Io): Promise<number> {
  assertCompanion(choice, "ascii", "json");
  assertOfProtocol(types, choice);
  assertCompanion(choice, "raw", "csv");
  const print = printerOf(choice, io);
  const wanted = wantedOf(choice);
  using session = new Session(io);
  const complaints = new Complaints(io.clock, (line) => io.stderr.write(line));
  const faults = new Faults(complaints, choice.verbose === true);
  await using earshot = earshotFor(io, choice, faults, earshotProtocols(choice));
  if (choice.verbose) complaints.watchDrops(earshot, session);
  const options = { signal: session.signal, ...(choice.passive && { passive: true }) };
  const browse = (more: BrowseOptions): Browser =>
    types.length > 0 ? earshot.browse(types, more) : earshot.browse(more);
  const browser = browse({ ...options, ...(choice.describe && { describe: true }) });
  const heard = choice.describe ? browse(options) : browser;
  await browser.ready;
  await faults.opened(earshot, io.clock, { onlyHears: choice.passive === true });
  session.endAfter(choice.timeout);
  for await (const _ of browser) {
    if (wanted !== undefined && countOf(fullOnes(browser, choice), choice) >= wanted) session.end("enough");
    if (session.signal.aborted) break;
  }
  const services =
    session.ending === "enough"
      ? fullOnes(browser, choice)
      : [...browser.services.values(), ...undescribed(heard, browser)];
  if (services.length > 0 || choice.csv) print(services);
  if (choice.verbose) complaints.tellDrops(earshot);
  return exitCode(countOf(services, choice), wanted, session.ending);
}

/** What counts as found before time is up: with `--describe`, what was described, if it is one that can be. */
function fullOnes({ services }: Browser, { describe }: FindChoice): Service[] {
  return [...services.values()].filter(
    (service) => !describe || service.protocol !== "ssdp" || service.description !== undefined,
  );
}

/** What was heard and is still held back, for its description was not read by the end. */
function undescribed(heard: Browser, described: Browser): Service[] {
  const told = new Set([...described.services.values()].map(({ id }) => id));
  return [...heard.services.values()].flatMap((service) => {
    if (told.has(service.id) || service.protocol !== "ssdp") return [];
    return { ...(service.toJSON?.() ?? service), undescribed: "its description was not read in time" };
  });
}

/** The table counts its rows; everything else counts services. */
function countOf(services: Iterable<Service>, choice: FindChoice): number {
  const isByService = choice.json || choice.csv || choice.format !== undefined || choice.all;
  return rowsOf(services, isByService === true).length;
}

type Printer = (services: readonly Service[]) => void;

/** @throws UsageError for a template that cannot be. */
function printerOf(choice: FindChoice, io: Io): Printer {
  const { stdout, clock } = io;
  const printLines = (lines: readonly string[]) => stdout.write(lines.map((line) => `${line}\n`).join(""));
  if (choice.json) {
    return (services) => {
      const time = clock.wall();
      printLines(
        services.map((service) => changeJson({ kind: "found", service }, time, choice.ascii === true)),
      );
    };
  }
  if (choice.csv) {
    return (services) =>
      printLines([csvHeader(choice), ...services.map((service) => csvLine(service, choice))]);
  }
  if (choice.format !== undefined) {
    const fill = template(choice.format, SERVICE_FIELD_NAMES);
    return (services) => {
      for (const service of services) stdout.write(fill((name) => serviceValue(service, name)));
    };
  }
  return (services) => printLines(tableLines(services, choice, io));
}

const COLUMNS: readonly Column[] = [
  { title: "name", role: "name", least: 12 },
  { title: "type", role: "type", least: 12 },
  { title: "address", least: 9 },
  { title: "interface", least: 4 },
  { title: "location", role: "faint", least: 12 },
];
/** Where descriptions stand, when they were asked for: behind the type. */
const DESCRIBED_COLUMNS: readonly Column[] = COLUMNS.toSpliced(2, 0, ...DESCRIPTION_COLUMNS);

/** As people look for names: letter case aside, numbers by their value (RFC 6763 §4.2 has lists sorted). */
const { compare } = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

function tableLines(services: readonly Service[], choice: FindChoice, io: Io): string[] {
  const sorted = rowsOf(services, choice.all === true).sort((a, b) => compare(a.lead.name, b.lead.name));
  const rows = sorted.map(({ lead, more, interfaces }) => {
    const type = shortType(lead.type) + (more > 0 ? ` +${more}` : "");
    const described = choice.describe ? descriptionTexts(lead) : [];
    return [lead.name, type, ...described, lead.addresses[0], interfaces.join(","), placeOf(lead)].map(cell);
  });
  return table(choice.describe ? DESCRIBED_COLUMNS : COLUMNS, rows, io.columns, colours(io, choice.color));
}
