/** Options that several commands share, and what they mean for the library. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { Earshot, type EarshotOptions, UsageError, VERSION } from "../index.ts";
import type { Dialect } from "../ssdp.ts";
import type { Faults } from "./faults.ts";
import type { Io } from "./io.ts";
import { seconds, wholeNumber } from "./numbers.ts";

export interface NetworkChoice {
  readonly interface?: readonly string[];
  readonly address?: readonly string[];
  readonly ipv4?: true;
  readonly ipv6?: true;
  readonly allowPublic?: true;
  readonly verbose?: true;
}

export interface EndChoice {
  readonly first?: true;
  readonly count?: number;
}

export type Headers = Readonly<Record<string, string>>;

/** `-i -a -4 -6 --allow-public -v -V`: what every command that uses the network has. */
export function addNetworkOptions(command: Command): Command {
  return command
    .optionsGroup("Network:")
    .option("-i, --interface <name>", "use only this interface, by name or address; repeatable", collect)
    .option("-a, --address <address>", "use only the interface that has this address; repeatable", collect)
    .option("-4, --ipv4", "use IPv4 (default: both families)")
    .option("-6, --ipv6", "use IPv6 (default: both families)")
    .option("--allow-public", "also use interfaces with public addresses")
    .optionsGroup("Other:")
    .option(
      "-v, --verbose",
      "tell on the error output all that goes wrong on the network, and causes of errors",
    )
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help");
}

/**
 * Text after the options of a command's help; its lines are wrapped to the terminal, save those that are
 * indented.
 */
export function afterHelp(text: string): (context: { readonly command: Command }) => string {
  return ({ command }) => {
    const width = command.configureOutput().getOutHelpWidth?.() ?? 80;
    const help = command.createHelp();
    const lines = text.trim().split("\n");
    return `\n${lines.map((line) => (line.startsWith(" ") ? line : help.boxWrap(line, width))).join("\n")}`;
  };
}

/** `--first --count`. @param what is counted. */
export function addCountOptions(command: Command, what: string): Command {
  return command
    .addOption(new Option("--first", `end at the first ${what}`).conflicts("count"))
    .option(
      "--count <n>",
      `end when there were so many; fewer in time: exit code 124`,
      wholeNumber(1, 1_000_000),
    );
}

/** How many were asked for; `undefined` when no number was. */
export function wantedOf({ first, count }: EndChoice): number | undefined {
  return first ? 1 : count;
}

/** `--as`: the dialect to speak. */
export function dialectOption(): Option {
  const dialects: readonly Dialect[] = ["1.0", "1.1", "2.0", "ietf", "both"];
  return new Option(
    "--as <dialect>",
    "UPnP 1.0, 1.1, 2.0, the Internet-Draft, or 1.1 with the draft's AL",
  ).choices(dialects);
}

/** `--ttl` with its short form, if it has one. */
export function ttlOption(flags: string): Option {
  return new Option(flags, "TTL and hop limit of multicast packets (default: 2)").argParser(
    wholeNumber(1, 255),
  );
}

/** `--site-ttl`: how far packets to the site-local group travel; it needs `--site`. */
export function siteTtlOption(): Option {
  return new Option("--site-ttl <hops>", "hop limit of packets to that group (default: 10)").argParser(
    wholeNumber(1, 255),
  );
}

/** `--describe`: the only option that has anything fetched. */
export function describeOption(): Option {
  return new Option(
    "--describe",
    "read the description of each device, from itself only; show name, manufacturer and model",
  );
}

/** `--for`: ends an endless command. */
export function forOption(): Option {
  return new Option("--for <seconds>", "end after so long").argParser(seconds(0));
}

/** `--header NAME VALUE`, repeatable; `long` is another name for it. */
export function headerOption(flags: string): Option {
  return new Option(flags, "vendor header to send, NAME.DOMAIN and its value; repeatable").argParser(
    collectHeader,
  );
}

/** Reads an option that may be repeated. */
export function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}

/** @throws UsageError `INVALID_OPTION` for an option that would be ignored, for it says something of another one. */
export function assertCompanion<Choice>(
  choice: Choice,
  option: keyof Choice & string,
  ...companions: readonly (keyof Choice & string)[]
): void {
  if (choice[option] === undefined || companions.some((name) => choice[name] !== undefined)) return;
  const flags = companions.map((name) => `--${flagOf(name)}`);
  throw new UsageError("INVALID_OPTION", `--${flagOf(option)} needs ${flags.join(" or ")}`);
}

/** `json-array` of `jsonArray`. */
export function flagOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Which protocols are spoken, and how. */
export type ProtocolOptions = Pick<EarshotOptions, "ssdp" | "mdns" | "protocols">;

/** The presence on the network that was chosen. */
export function earshotFor(
  io: Io,
  choice: NetworkChoice,
  faults: Faults,
  protocols: ProtocolOptions = {},
): Earshot {
  return new Earshot({
    ...earshotOptions(choice),
    ...protocols,
    ...(io.network && { network: io.network }),
    onFault: (fault) => faults.take(fault),
  });
}

/** What the options that every command has mean for the library. */
export function earshotOptions(choice: NetworkChoice): EarshotOptions {
  const interfaces = [...(choice.interface ?? []), ...(choice.address ?? [])];
  const families = [...(choice.ipv4 ? [4 as const] : []), ...(choice.ipv6 ? [6 as const] : [])];
  return {
    ...(interfaces.length > 0 && { interfaces }),
    ...(families.length > 0 && { families }),
    ...(choice.allowPublic && { allowPublic: true }),
  };
}

/** `NAME: VALUE`, as `normalised` joins them. */
function collectHeader(text: string, earlier: Headers | undefined): Headers {
  const colon = text.indexOf(":");
  if (colon < 1)
    throw new InvalidArgumentError("It must be a name and a value, such as X.EXAMPLE.COM hello.");
  const name = text.slice(0, colon).trim();
  if (Object.keys(earlier ?? {}).some((other) => other.toUpperCase() === name.toUpperCase())) {
    throw new InvalidArgumentError(`The header ${name} is given twice.`);
  }
  return { ...earlier, [name]: text.slice(colon + 1).trim() };
}
