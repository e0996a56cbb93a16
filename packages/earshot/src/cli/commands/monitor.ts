import { isIP } from "node:net";
import { type Command, InvalidArgumentError, Option } from "commander";
import { type Earshot, type Monitor, type MonitoredDatagram, UsageError } from "../../index.ts";
import { colours } from "../colours.ts";
import { Complaints } from "../complaints.ts";
import { DATAGRAM_KINDS, datagramFilter, type FilterChoice } from "../datagram-filter.ts";
import { datagramText } from "../datagram-text.ts";
import { exitCode } from "../exit-code.ts";
import { Faults } from "../faults.ts";
import type { Io } from "../io.ts";
import { wholeNumber } from "../numbers.ts";
import {
  addCountOptions,
  addNetworkOptions,
  afterHelp,
  assertCompanion,
  collect,
  type EndChoice,
  earshotFor,
  forOption,
  type NetworkChoice,
  type ProtocolOptions,
  wantedOf,
} from "../options.ts";
import { type PcapOutput, pcapOutput } from "../pcap-output.ts";
import { datagramJson } from "../records.ts";
import { cell } from "../rows.ts";
import { Session } from "../session.ts";

export interface MonitorChoice extends NetworkChoice, EndChoice, FilterChoice {
  readonly json?: true;
  readonly ascii?: true;
  readonly hex?: true;
  readonly protocol?: MonitoredDatagram["protocol"];
  readonly port?: number;
  readonly site?: true;
  readonly pcap?: string;
  readonly for?: number;
  readonly color: boolean;
}

/** The options of `earshot monitor`. */
export function defineMonitor(command: Command): Command {
  command
    .summary("print every datagram, decoded")
    .description(
      "Prints every datagram of SSDP and mDNS heard, decoded, and in what it breaks the standard. Sends nothing. Of mDNS " +
        "a line each; with -v all questions and records.",
    );
  addFilterOptions(command, "part of NT, ST, USN or a name; with * or ? all of it; repeatable")
    .addOption(new Option("--protocol <protocol>", "ssdp or mdns (default: both)").choices(["ssdp", "mdns"]))
    .option(
      "-p, --port <port>",
      "port to listen on, of SSDP without --protocol (default: 1900, of mDNS 5353)",
      wholeNumber(1, 65_535),
    )
    .option("--site", "also listen to the site-local IPv6 group");
  return addOutputOptions(command).addHelpText("after", afterHelp(HELP));
}

/** The options of `earshot mdns monitor`. */
export function defineMdnsMonitor(command: Command): Command {
  command
    .summary("print every datagram of mDNS, decoded")
    .description(
      "Prints every datagram of mDNS heard, a line each, and in what it breaks the standard; with -v all questions and " +
        "records. Sends nothing.",
    );
  addFilterOptions(command, "part of a name; with * or ? all of it; repeatable").option(
    "-p, --port <port>",
    "port to listen on (default: 5353)",
    wholeNumber(1, 65_535),
  );
  return addOutputOptions(command).addHelpText("after", afterHelp(MDNS_HELP));
}

/** @param names what `--match` is held against. */
function addFilterOptions(command: Command, names: string): Command {
  return command
    .optionsGroup("Filter (those that fit every option; of one option given twice, either):")
    .addOption(new Option("--kind <kind>", `${DATAGRAM_KINDS.join(", ")}; repeatable`).argParser(collectKind))
    .option("--match <pattern>", names, collectPattern)
    .option("--host <address>", "from or to this address; repeatable", collectAddress)
    .option("--bad", "only what breaks the standard")
    .optionsGroup("Where:");
}

function addOutputOptions(command: Command): Command {
  command
    .optionsGroup("Output:")
    .addOption(new Option("-j, --json", "one JSON object per datagram and line"))
    .option("--ascii", "with --json: escape everything that is not ASCII")
    .option("--hex", "the bytes, in hexadecimal, instead of what they say")
    .option(
      "--pcap <file>",
      "also write a capture for Wireshark; - is the standard output, and nothing else then",
      fileName,
    )
    .option("--no-color", "no colours")
    .optionsGroup("End:")
    .addOption(forOption());
  addCountOptions(command, "datagram");
  return addNetworkOptions(command);
}

const SIGNS_HELP = `"!" what it breaks of the standard (UPnP Device Architecture, UDA; RFC 6762), "-" why earshot itself \
would not use it`;

const END_HELP = `
Exit codes: 0 something was heard, 1 nothing was, 2 wrong usage, 3 network failure, 124 less than --count.`;

const HELP = `
After each datagram: ${SIGNS_HELP}. Of mDNS -v prints questions (?), answers (=), authority (^) and additional (+) \
records. In a capture, TTL and hardware addresses are made up: earshot is not told them.

Examples:
  earshot monitor --bad
  earshot monitor --kind search --host 192.0.2.7
  earshot monitor --match '*:MediaServer:?' --json
  earshot monitor --protocol mdns --match _ipp._tcp -v
  earshot monitor --pcap - | tshark -r -
${END_HELP}`;

const MDNS_HELP = `
Behind each datagram: what is asked and said; "knows", answers that need not be repeated; "claims", what is being probed \
for; "more to come", the query goes on in another one. Below it: ${SIGNS_HELP}.
With -v each question (?), answer (=), authority (^) and additional (+) record.

Examples:
  earshot mdns monitor
  earshot mdns monitor --match printer -v
  earshot mdns monitor --pcap - | tshark -r -
${END_HELP}`;

/** Runs `earshot monitor`. Resolves with the exit code. */
export async function monitor(choice: MonitorChoice, io: Io): Promise<number> {
  assertCompanion(choice, "ascii", "json");
  if (choice.site && choice.protocol === "mdns")
    throw new UsageError("INVALID_OPTION", "--site is for SSDP: mDNS stays on the link");
  if (choice.pcap === "-" && (choice.json || choice.hex))
    throw new UsageError("INVALID_OPTION", "--pcap - takes the whole output: leave out --json and --hex");
  using session = new Session(io);
  const complaints = new Complaints(io.clock, (line) => io.stderr.write(line));
  const faults = new Faults(complaints, choice.verbose === true);
  const protocol = choice.protocol ?? (choice.port === undefined ? undefined : "ssdp");
  await using earshot = earshotFor(io, choice, faults, protocolsOf(choice));
  const datagrams = earshot.monitor({ signal: session.signal, ...(protocol && { protocols: [protocol] }) });
  await datagrams.ready;
  await faults.opened(earshot, io.clock, { onlyHears: true });
  session.endAfter(choice.for);
  await using capture = await captureOf(choice, session, complaints, io);
  if (io.isTTY) io.stderr.write(`listening on ${listening(earshot)}; Ctrl-C ends it\n`);
  const shown = await show(datagrams, choice, session, printerOf(choice, io, capture));
  await capture?.close();
  if (datagrams.lost > 0)
    complaints.say("lost", `${datagrams.lost} datagrams were lost: they came faster than they were printed`);
  if (capture && capture.lost > 0)
    complaints.say(
      "not captured",
      `${capture.lost} datagrams were not written to ${choice.pcap}: it is read too slowly`,
    );
  return exitCode(shown, wantedOf(choice), session.ending);
}

/** A port is that of one protocol. */
function protocolsOf({ protocol, port, site }: MonitorChoice): ProtocolOptions {
  const own = port === undefined ? {} : { port };
  return protocol === "mdns" ? { mdns: own } : { ssdp: { ...own, ...(site && { siteScope: true }) } };
}

async function captureOf(
  { pcap }: MonitorChoice,
  session: Session,
  complaints: Complaints,
  io: Io,
): Promise<PcapOutput | undefined> {
  if (pcap === undefined) return undefined;
  return pcapOutput(pcap, session, io, () => complaints.say("reader", `nobody reads ${pcap} yet: waiting`));
}

type Print = (datagram: MonitoredDatagram) => void;

/** Resolves with how many were printed. */
async function show(
  datagrams: Monitor,
  choice: MonitorChoice,
  session: Session,
  print: Print,
): Promise<number> {
  const fits = datagramFilter(choice);
  const wanted = wantedOf(choice);
  let shown = 0;
  for await (const datagram of datagrams) {
    if (fits(datagram)) {
      print(datagram);
      if (++shown === wanted) session.end("enough");
    }
    if (session.signal.aborted) break;
  }
  return shown;
}

function printerOf(choice: MonitorChoice, io: Io, capture: PcapOutput | undefined): Print {
  const paint = colours(io, choice.color);
  const hex = choice.hex === true;
  const text = (datagram: MonitoredDatagram): string =>
    choice.json
      ? `${datagramJson(datagram, choice.ascii === true, hex)}\n`
      : datagramText(datagram, paint, { hex, whole: choice.verbose === true });
  return (datagram) => {
    capture?.write(datagram);
    if (choice.pcap !== "-") io.stdout.write(text(datagram));
  };
}

function listening(earshot: Earshot): string {
  return earshot.links.map(({ id, address }) => cell(`${id} ${address}`)).join(", ");
}

function collectKind(value: string, earlier: readonly string[] | undefined): readonly string[] {
  if ((DATAGRAM_KINDS as readonly string[]).includes(value)) return collect(value, earlier);
  throw new InvalidArgumentError(`It must be one of ${DATAGRAM_KINDS.join(", ")}.`);
}

function collectPattern(value: string, earlier: readonly string[] | undefined): readonly string[] {
  if (value !== "") return collect(value, earlier);
  throw new InvalidArgumentError("It must be some text: everything has the empty one.");
}

/** As datagrams have it: in its one canonical form (RFC 5952), without zone. */
function collectAddress(value: string, earlier: readonly string[] | undefined): readonly string[] {
  const bare = value.replace(/^\[(.*)\]$/, "$1");
  const family = isIP(bare);
  const [address = ""] = bare.split("%");
  if (family === 4) return collect(address, earlier);
  if (family === 6) return collect(new URL(`http://[${address}]/`).hostname.slice(1, -1), earlier);
  throw new InvalidArgumentError("It must be an IPv4 or IPv6 address, such as 192.0.2.7 or fe80::1.");
}

function fileName(value: string): string {
  if (value !== "") return value;
  throw new InvalidArgumentError("It must be a file, or - for the standard output.");
}
