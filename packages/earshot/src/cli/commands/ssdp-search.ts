import { type Command, Option } from "commander";
import { printable } from "../../index.ts";
import type { Dialect, Search, SearchAnswer, SearchOptions } from "../../ssdp.ts";
import { Complaints } from "../complaints.ts";
import { exitCode } from "../exit-code.ts";
import { Faults } from "../faults.ts";
import { ANSWER_FIELD_NAMES, answerValue } from "../fields.ts";
import type { Io } from "../io.ts";
import { seconds, wholeNumber } from "../numbers.ts";
import {
  addCountOptions,
  addNetworkOptions,
  afterHelp,
  assertCompanion,
  dialectOption,
  type EndChoice,
  earshotFor,
  type Headers,
  headerOption,
  type NetworkChoice,
  siteTtlOption,
  ttlOption,
  wantedOf,
} from "../options.ts";
import { answerJson } from "../records.ts";
import { cell } from "../rows.ts";
import { Session } from "../session.ts";
import { template } from "../template.ts";

export interface SearchChoice extends NetworkChoice, EndChoice {
  readonly ttl?: number;
  readonly timeout?: number;
  readonly port?: number;
  readonly mx?: number;
  readonly json?: true;
  readonly jsonArray?: true;
  readonly ascii?: true;
  readonly every?: number;
  readonly broadcast?: true;
  readonly to?: string;
  readonly repeat?: number;
  readonly raw?: true;
  readonly format?: string;
  readonly duplicates?: true;
  readonly as?: Dialect;
  readonly from1900?: true;
  readonly site?: true;
  readonly siteTtl?: number;
  readonly tcp?: true;
  readonly strict?: true;
  readonly userAgent?: string;
  readonly name?: string;
  readonly uuid?: string;
  readonly header?: Headers;
}

/** The options of `earshot ssdp search`. */
export function defineSearch(command: Command): Command {
  command
    .summary("search, and print every answer")
    .description("Sends M-SEARCH and prints each answer with its sender, as it comes; the same answer once.")
    .argument("[ST]", "search target", "ssdp:all")
    .optionsGroup("Search:")
    .option("-m, --mx <seconds>", "how long devices may take to answer (default: 3)", wholeNumber(1, 120))
    .addOption(ttlOption("-t, --ttl <hops>"))
    .option("-p, --port <port>", "port to send to (default: 1900)", wholeNumber(1, 65_535))
    .option("--repeat <n>", "how often each round is sent (default: 3)", wholeNumber(1, 10))
    .option("--every <seconds>", "search anew so often, until the end", seconds(1))
    .addOption(
      new Option("--to <host[:port]>", "search one host, by address").conflicts([
        "broadcast",
        "mx",
        "port",
        "tcp",
      ]),
    )
    .option("--broadcast", "search the broadcast address of each interface instead of the group")
    .option("--site", "also search the site-local IPv6 group")
    .addOption(siteTtlOption())
    .option("--tcp", "let devices that speak UPnP 2.0 answer over TCP")
    .option("--from-1900", "search from port 1900 as well: some devices answer only there")
    .option("--strict", "accept only search targets that the standard lists")
    .addOption(dialectOption())
    .option("--user-agent <text>", "USER-AGENT header")
    .option("--name <text>", "CPFN.UPNP.ORG: name of this control point")
    .option("--uuid <uuid>", "CPUUID.UPNP.ORG: UUID of this control point")
    .addOption(headerOption("-e, --header <name value>"))
    .optionsGroup("Output:")
    .addOption(
      new Option("-j, --json", "one JSON object per answer and line").conflicts([
        "format",
        "raw",
        "jsonArray",
      ]),
    )
    .addOption(new Option("--json-array", "one JSON array at the end").conflicts(["format", "raw"]))
    .option("--ascii", "with --json: escape everything that is not ASCII")
    .addOption(new Option("--raw", "each message as it was received").conflicts("format"))
    .option("--format <template>", "a line for each answer, filled from a template")
    .option("--duplicates", "print the same answer as often as it comes")
    .optionsGroup("End:")
    .option(
      "-o, --timeout <seconds>",
      "how long to listen (default: until the last answer may have come)",
      seconds(0),
    );
  addCountOptions(command, "answer");
  return addNetworkOptions(command).addHelpText("after", afterHelp(HELP));
}

const HELP = `
Templates: ${ANSWER_FIELD_NAMES.map((name) => `{${name}}`).join(" ")} {header.NAME}; {{ and }} are \
braces, \\n and \\t line end and tab. {address} is who answered. Values cannot hold control characters.

Examples:
  earshot ssdp search upnp:rootdevice --mx 2
  earshot ssdp search --to 192.0.2.7 --raw
  earshot ssdp search ssdp:all --every 10 --broadcast --port 1337

Exit codes: 0 something answered, 1 nothing did, 2 wrong usage, 3 network failure, 124 less than --count.`;

/** Runs `earshot ssdp search`. Resolves with the exit code. */
export async function ssdpSearch(target: string, choice: SearchChoice, io: Io): Promise<number> {
  assertCompanion(choice, "ascii", "json", "jsonArray");
  assertCompanion(choice, "siteTtl", "site");
  const printer = printerOf(choice, io);
  const wanted = wantedOf(choice);
  using session = new Session(io);
  const complaints = new Complaints(io.clock, (line) => io.stderr.write(line));
  const faults = new Faults(complaints, choice.verbose === true);
  await using earshot = earshotFor(io, choice, faults, {
    ssdp: {
      ...(choice.ttl !== undefined && { hops: choice.ttl }),
      ...(choice.broadcast && { broadcast: true }),
      ...(choice.site && { siteScope: true }),
      ...(choice.siteTtl !== undefined && { siteHops: choice.siteTtl }),
    },
  });
  if (choice.verbose) complaints.watchDrops(earshot, session);
  const search = earshot.search(target, { ...searchOptions(choice), signal: session.signal });
  await search.ready;
  await faults.opened(earshot, io.clock, { onlyHears: false });
  session.endAfter(choice.timeout);
  const found = await answers(search, choice, session, (answer, count) => {
    printer.print(answer);
    if (wanted !== undefined && count >= wanted) session.end("enough");
  });
  printer.end();
  if (choice.verbose) complaints.tellDrops(earshot);
  return exitCode(found, wanted, session.ending);
}

async function answers(
  search: Search,
  choice: SearchChoice,
  session: Session,
  tell: (answer: SearchAnswer, count: number) => void,
): Promise<number> {
  const seen = new Set<string>();
  let count = 0;
  for await (const answer of search) {
    if (!choice.duplicates && !isFirst(seen, answer)) continue;
    tell(answer, ++count);
    if (session.signal.aborted) break;
  }
  return count;
}

const MOST_REMEMBERED = 10_000;

function isFirst(seen: Set<string>, { usn, location, from }: SearchAnswer): boolean {
  const key = JSON.stringify([usn, location, from]);
  if (seen.has(key)) return false;
  const [oldest] = seen;
  if (oldest !== undefined && seen.size >= MOST_REMEMBERED) seen.delete(oldest);
  seen.add(key);
  return true;
}

/** What the library is asked for. Exported for the test that holds every option to its meaning. */
export function searchOptions(choice: SearchChoice): SearchOptions {
  const { mx, repeat, port, to, userAgent, name, uuid, header } = choice;
  const everyMs = choice.every ?? onceButLonger(choice.timeout);
  return {
    ...(mx !== undefined && { mx }),
    ...(repeat !== undefined && { repeats: repeat }),
    ...(everyMs !== undefined && { everyMs }),
    ...(choice.as !== undefined && { dialect: choice.as }),
    ...(to !== undefined && { to }),
    ...(choice.broadcast && { broadcast: true }),
    ...(choice.tcp && { tcp: true }),
    ...(port !== undefined && { port }),
    ...(choice.from1900 && { fromShared: true }),
    ...(choice.strict && { strict: true }),
    ...(userAgent !== undefined && { userAgent }),
    ...(name !== undefined && { friendlyName: name }),
    ...(uuid !== undefined && { uuid }),
    ...(header !== undefined && { headers: header }),
  };
}

/** A standing search whose second round would come after the end: it listens as long as was asked for. */
function onceButLonger(timeoutMs: number | undefined): number | undefined {
  return timeoutMs === undefined ? undefined : Math.min(2 * timeoutMs + 10_000, 2 ** 31);
}

interface Printer {
  print(answer: SearchAnswer): void;
  end(): void;
}

/** @throws UsageError for a template that cannot be. */
function printerOf(choice: SearchChoice, io: Io): Printer {
  const { stdout, clock } = io;
  const isAscii = choice.ascii === true;
  const each = (text: (answer: SearchAnswer) => string): Printer => ({
    print: (answer) => stdout.write(text(answer)),
    end: () => {},
  });
  if (choice.json) return each((answer) => `${answerJson(answer, clock.wall(), isAscii)}\n`);
  if (choice.jsonArray) {
    const kept: string[] = [];
    return {
      print: (answer) => void kept.push(answerJson(answer, clock.wall(), isAscii)),
      end: () => stdout.write(kept.length === 0 ? "[]\n" : `[\n${kept.join(",\n")}\n]\n`),
    };
  }
  if (choice.raw) return each(rawText);
  if (choice.format !== undefined) {
    const fill = template(choice.format, ANSWER_FIELD_NAMES);
    return each((answer) => fill((name) => answerValue(answer, name)));
  }
  return each(choice.verbose ? wholeText : shortText);
}

function shortText({ from, port, link, target, usn, location, headers }: SearchAnswer): string {
  const lines = [
    ["ST", target],
    ["USN", usn],
    ["LOCATION", location ?? ""],
    ["SERVER", headers.get("SERVER") ?? ""],
  ].filter(([, value]) => value);
  return block(
    { from, port, link },
    lines.map(([name = "", value]) => `${name.padEnd(8)}  ${cell(value)}`),
  );
}

function wholeText(answer: SearchAnswer): string {
  const headers = [...answer.headers].map(([name, value]) => `${printable(name)}: ${printable(value)}`);
  const violations = answer.violations.map(
    ({ code, detail }) => `! ${code}${detail === undefined ? "" : ` (${cell(detail)})`}`,
  );
  return block(answer, [...headers, ...violations]);
}

/** Line ends of the message become line ends here; every other control character is neutralised. */
function rawText(answer: SearchAnswer): string {
  const text = new TextDecoder().decode(answer.bytes);
  const lines = text.split(/\r\n|\n/);
  while (lines.at(-1) === "") lines.pop();
  return block(
    answer,
    lines.map((line) => printable(line)),
    "",
  );
}

function block(
  { from, port, link }: Pick<SearchAnswer, "from" | "port" | "link">,
  lines: readonly string[],
  indent = "  ",
): string {
  const speaker = from.includes(":") ? `[${from}]:${port}` : `${from}:${port}`;
  const head = `${cell(speaker)} on ${cell(link)}`;
  return `${[head, ...lines.map((line) => indent + line)].join("\n")}\n\n`;
}
