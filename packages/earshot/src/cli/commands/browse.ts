import type { Command } from "commander";
import type { Browser, Change } from "../../index.ts";
import { colours, type Paint } from "../colours.ts";
import { Complaints } from "../complaints.ts";
import { descriptionTexts } from "../description-columns.ts";
import { DeviceChanges, type RowChange } from "../device-changes.ts";
import { exitCode } from "../exit-code.ts";
import { Faults } from "../faults.ts";
import type { Io } from "../io.ts";
import { LiveTable } from "../live-table.ts";
import { seconds } from "../numbers.ts";
import {
  addCountOptions,
  addNetworkOptions,
  afterHelp,
  assertCompanion,
  describeOption,
  type EndChoice,
  earshotFor,
  forOption,
  type NetworkChoice,
  wantedOf,
} from "../options.ts";
import { assertOfProtocol, earshotProtocols, type ProtocolChoice, protocolOption } from "../protocols.ts";
import { changeJson } from "../records.ts";
import { cell, placeOf, rowOf } from "../rows.ts";
import { Session } from "../session.ts";

export interface BrowseChoice extends NetworkChoice, EndChoice, ProtocolChoice {
  readonly json?: true;
  readonly ascii?: true;
  readonly all?: true;
  readonly for?: number;
  readonly untilQuiet?: number;
  readonly passive?: true;
  readonly describe?: true;
  readonly color: boolean;
}

/** The options of `earshot browse`. */
export function defineBrowse(command: Command): Command {
  command
    .summary("show live what is heard")
    .description(
      "Shows what is heard, as it comes, changes and goes: a live table on a terminal, plain lines elsewhere. " +
        "TYPE limits it, such as _ipp._tcp or urn:schemas-upnp-org:device:MediaServer:1.",
    )
    .argument("[TYPE...]", "what to look for (default: everything)")
    .optionsGroup("Output:")
    .option("-j, --json", "one JSON object per change and line")
    .option("--ascii", "with --json: escape everything that is not ASCII")
    .option("--all", "one row for each advertisement, not for each device")
    .option("--no-color", "no colours")
    .optionsGroup("End:")
    .addOption(forOption())
    .option("--until-quiet <seconds>", "end when there was no change for so long", seconds(0.1));
  addCountOptions(command, "one found")
    .optionsGroup("Search:")
    .addOption(protocolOption())
    .option("--passive", "only listen, send nothing")
    .addOption(describeOption());
  return addNetworkOptions(command).addHelpText("after", afterHelp(HELP));
}

const HELP = `
Lines in a pipe begin with + for found, ~ for updated and - for lost; then follow, separated by tabs, \
name, protocol, type, address, interface and location (of DNS-SD host and port), with --describe manufacturer \
and model, and of what was lost the reason. --json tells all of every advertisement.

Examples:
  earshot browse --interface eth0
  earshot browse --json --until-quiet 5 | jq -r .service.location
  earshot browse _ipp._tcp _ipps._tcp
  earshot browse --first urn:schemas-upnp-org:device:InternetGatewayDevice:1

Exit codes: 0 something was found, 1 nothing was, 2 wrong usage, 3 network failure, 124 less than --count.`;

/** Runs `earshot browse`. Resolves with the exit code. */
export async function browse(types: readonly string[], choice: BrowseChoice, io: Io): Promise<number> {
  assertCompanion(choice, "ascii", "json");
  assertOfProtocol(types, choice);
  using session = new Session(io);
  const view = viewOf(choice, io, session);
  const complaints = new Complaints(io.clock, (line) => view.complain(line));
  const faults = new Faults(complaints, choice.verbose === true);
  await using earshot = earshotFor(io, choice, faults, earshotProtocols(choice));
  if (choice.verbose) complaints.watchDrops(earshot, session);
  const browseOptions = {
    signal: session.signal,
    ...(choice.passive && { passive: true }),
    ...(choice.describe && { describe: true }),
  };
  const browser = types.length > 0 ? earshot.browse(types, browseOptions) : earshot.browse(browseOptions);
  view.open(browser, () => earshot.links.map(({ id, address }) => `${id} ${address}`));
  try {
    await browser.ready;
    await faults.opened(earshot, io.clock, { onlyHears: choice.passive === true });
    session.endAfter(choice.for);
    session.endWhenQuiet(choice.untilQuiet);
    for await (const change of browser) {
      session.endWhenQuiet(choice.untilQuiet);
      view.change(change);
      if (session.signal.aborted) break;
    }
  } finally {
    view.close();
  }
  return exitCode(view.found, wantedOf(choice), session.ending);
}

/** A way to show changes. */
interface View {
  /** How many were found so far: rows, lines or objects. */
  readonly found: number;
  open(browser: Browser, listening: () => readonly string[]): void;
  change(change: Change): void;
  complain(line: string): void;
  close(): void;
}

function viewOf(choice: BrowseChoice, io: Io, session: Session): View {
  const wanted = wantedOf(choice);
  const count = (found: number): void => {
    if (wanted !== undefined && found >= wanted) session.end("enough");
  };
  const paint = colours(io, choice.color);
  const describes = choice.describe === true;
  if (choice.json) return new JsonView(io, count, choice.ascii === true);
  if (io.isTTY && io.env["TERM"] !== "dumb")
    return new LiveTable({ io, session, paint, count, all: choice.all === true, describes });
  return new LineView(io, count, paint, { all: choice.all === true, describes });
}

class JsonView implements View {
  found = 0;
  readonly #io: Io;
  readonly #count: (found: number) => void;
  readonly #isAscii: boolean;

  constructor(io: Io, count: (found: number) => void, isAscii: boolean) {
    this.#io = io;
    this.#count = count;
    this.#isAscii = isAscii;
  }

  open(): void {}

  change(change: Change): void {
    this.#io.stdout.write(`${changeJson(change, this.#io.clock.wall(), this.#isAscii)}\n`);
    if (change.kind === "found") this.#count(++this.found);
  }

  complain(line: string): void {
    this.#io.stderr.write(line);
  }

  close(): void {}
}

const SIGNS = { found: ["+", "good"], updated: ["~", "changed"], lost: ["-", "bad"] } as const;

class LineView implements View {
  found = 0;
  readonly #io: Io;
  readonly #count: (found: number) => void;
  readonly #paint: Paint;
  readonly #devices: DeviceChanges | undefined;
  readonly #describes: boolean;

  constructor(
    io: Io,
    count: (found: number) => void,
    paint: Paint,
    { all, describes }: { readonly all: boolean; readonly describes: boolean },
  ) {
    this.#io = io;
    this.#count = count;
    this.#paint = paint;
    this.#describes = describes;
    this.#devices = all ? undefined : new DeviceChanges(io.clock, (change) => this.#line(change));
  }

  open(): void {}

  change(change: Change): void {
    if (this.#devices) {
      this.#devices.change(change);
      return;
    }
    const reason = change.kind === "lost" ? { reason: change.reason } : {};
    this.#line({ kind: change.kind, row: rowOf([change.service]), ...reason });
  }

  complain(line: string): void {
    this.#io.stderr.write(line);
  }

  close(): void {
    this.#devices?.flush();
  }

  #line({ kind, row, reason }: RowChange): void {
    const [sign, role] = SIGNS[kind];
    const { name, protocol, type, addresses } = row.lead;
    const texts = [name, protocol, type, addresses[0], row.interfaces.join(","), placeOf(row.lead)];
    if (this.#describes) texts.push(...descriptionTexts(row.lead));
    if (reason) texts.push(reason);
    this.#io.stdout.write(`${this.#paint(role, sign)}\t${texts.map(cell).join("\t")}\n`);
    if (kind === "found") this.#count(++this.found);
  }
}
