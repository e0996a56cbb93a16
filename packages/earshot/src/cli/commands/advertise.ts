import { type Command, Option } from "commander";
import { type SsdpOffer, UsageError } from "../../index.ts";
import { announce, type TellChoice } from "../announcing.ts";
import {
  addDnsSdOptions,
  DNS_SD_OPTIONS,
  type DnsSdChoice,
  dnsSdLines,
  dnsSdOffer,
} from "../dns-sd-offer.ts";
import type { Io } from "../io.ts";
import { wholeNumber } from "../numbers.ts";
import {
  addDescriptionOptions,
  DESCRIPTION_OPTIONS,
  type DescriptionChoice,
  offeredDescription,
} from "../offered-description.ts";
import {
  addNetworkOptions,
  afterHelp,
  assertCompanion,
  collect,
  flagOf,
  forOption,
  type Headers,
  headerOption,
  type NetworkChoice,
} from "../options.ts";
import { isDnsSdType } from "../protocols.ts";
import { cell } from "../rows.ts";

export interface AdvertiseChoice extends NetworkChoice, DescriptionChoice, DnsSdChoice, TellChoice {
  readonly name?: string;
  readonly port?: number;
  readonly path?: string;
  readonly location?: string;
  readonly udn?: string;
  readonly service?: readonly string[];
  readonly header?: Headers;
  readonly maxAge?: number;
  readonly txt?: readonly string[];
  readonly for?: number;
}

/** The options of `earshot advertise`. */
export function defineAdvertise(command: Command): Command {
  command
    .summary("announce a service of your own")
    .description(
      "Announces a service until Ctrl-C, then says goodbye. TYPE says in which protocol: _http._tcp is a service of " +
        "DNS-SD, urn:DOMAIN:device:NAME:VERSION a root device of SSDP with every advertisement that the standard asks " +
        "for, and any other type of SSDP one advertisement.",
    )
    .argument("<TYPE>", "what it is, such as _http._tcp or urn:example-org:device:Site:1")
    .optionsGroup("What is announced:")
    .option("--name <name>", "what you call it; over SSDP the same name gives the same UDN")
    .option(
      "-p, --port <port>",
      "where it listens; over SSDP TCP port of its description, on our address of each link",
      wholeNumber(0, 65_535),
    )
    .option("-j, --json", "tell as JSON, one object per line, what is announced and renamed")
    .option("--ascii", "with --json: escape everything that is not ASCII")
    .addOption(forOption())
    .optionsGroup("Of DNS-SD:")
    .option("--txt <key=value>", "what it says of itself; repeatable", collect);
  addDnsSdOptions(command, true);
  addSsdpOptions(command);
  addDescriptionOptions(command);
  addNetworkOptions(command).addHelpText("after", afterHelp(HELP));
  for (const option of command.options)
    if (option.long === "--address")
      option.description =
        "over SSDP: use only the interface that has this address; of DNS-SD: an address of --host; repeatable";
  return command;
}

function addSsdpOptions(command: Command): void {
  command
    .optionsGroup("Of SSDP:")
    .option("--path <path>", "with --port or --describe: its path (default: /description.xml)")
    .addOption(
      new Option(
        "-l, --location <url>",
        "instead of --port: URL of the description; {address} stands for our address",
      ).conflicts(["port", "path"]),
    )
    .option("--udn <uuid:X>", "unique device name (default: made from this host, type and name)")
    .option("--service <type>", "service type of the device; repeatable", collect)
    .addOption(headerOption("-e, --header <name value>"))
    .option("--max-age <seconds>", "how long others may keep it (default: 1800)", wholeNumber(1, 86_400));
}

const HELP = `
SIGUSR1, or the line "notify" on the standard input, announces once more. Where another host has the name already, a \
service of DNS-SD gets another one, such as "My site (2)", which is told on the error output.

Examples:
  earshot advertise _http._tcp --name "My site" --port 8080 --txt path=/about
  earshot advertise _ipp._tcp --name Office --port 631 --host printer --address 192.0.2.7 --subtype _universal
  earshot advertise urn:example-org:device:Site:1 --name "My site" --port 8080 --path /about.xml
  earshot advertise urn:schemas-upnp-org:device:Basic:1 --name "My lamp" --icon lamp.png
  earshot advertise urn:example-org:service:chat:1 --port 4000

Exit codes: 0 it was announced and ended, 2 wrong usage, 3 network failure.`;

/** Runs `earshot advertise`. Resolves with the exit code. */
export function advertise(type: string, choice: AdvertiseChoice, io: Io): Promise<number> {
  assertCompanion(choice, "ascii", "json");
  return isDnsSdType(type) ? advertiseDnsSd(type, choice, io) : advertiseSsdp(type, choice, io);
}

function advertiseDnsSd(type: string, choice: AdvertiseChoice, io: Io): Promise<number> {
  refuse(type, "DNS-SD", choice, SSDP_OPTIONS);
  const { name, port, txt = [], address: addresses, ...network } = choice;
  if (port === undefined) throw new UsageError("INVALID_OFFER", `${type} needs --port: where it listens`);
  if (addresses !== undefined && choice.host === undefined) {
    throw new UsageError(
      "INVALID_OPTION",
      "of a DNS-SD service --address needs --host, whose address it is; --interface chooses interfaces by address, too",
    );
  }
  const subject = { type, port, txt, ...(name !== undefined && { name }), ...(addresses && { addresses }) };
  const offer = dnsSdOffer(subject, choice);
  return announce(
    {
      offers: [offer],
      forMs: choice.for,
      lines: (where, [announced]) => dnsSdLines(offer, where, announced),
    },
    network,
    io,
  );
}

function advertiseSsdp(type: string, choice: AdvertiseChoice, io: Io): Promise<number> {
  refuse(type, "SSDP", choice, ["txt", ...DNS_SD_OPTIONS]);
  if (choice.probe === false) throw notOf(type, "SSDP", "no-probe");
  const description = offeredDescription(choice);
  if (!description) {
    assertCompanion(choice, "path", "port", "describe");
    assertDescribed(type, choice);
  }
  return announce(
    {
      offers: [{ ...offerOf(type, choice), ...(description && { description }) }],
      forMs: choice.for,
      lines: (where) => [`announcing ${cell(type)} on ${where}`, "Ctrl-C ends it, with a goodbye."],
    },
    choice,
    io,
  );
}

/** Options that mean nothing for a service of DNS-SD. */
const SSDP_OPTIONS: readonly (keyof AdvertiseChoice)[] = [
  "path",
  "location",
  "udn",
  "service",
  "header",
  "maxAge",
  ...DESCRIPTION_OPTIONS,
];

/** @throws UsageError `INVALID_OPTION` for an option that would be ignored. */
function refuse(
  type: string,
  protocol: string,
  choice: AdvertiseChoice,
  options: readonly (keyof AdvertiseChoice & string)[],
): void {
  for (const option of options) if (choice[option] !== undefined) throw notOf(type, protocol, flagOf(option));
}

function notOf(type: string, protocol: string, option: string): UsageError {
  return new UsageError("INVALID_OPTION", `--${option} means nothing for ${type}, a type of ${protocol}`);
}

/** The standard has a description for every device. @throws UsageError `INVALID_OFFER`. */
function assertDescribed(type: string, { port, location }: AdvertiseChoice): void {
  const isDevice = /^urn:[^:]+:device:[^:]+:\d+$/.test(type);
  if (!isDevice || port !== undefined || location !== undefined) return;
  throw new UsageError(
    "INVALID_OFFER",
    "a device needs a location, that of its description: --describe serves one, --port or --location say where one is",
  );
}

function offerOf(type: string, choice: AdvertiseChoice): SsdpOffer {
  const { name, port, path, location, udn, service, header, maxAge } = choice;
  return {
    type,
    ...(name !== undefined && { name }),
    ...(port !== undefined && { port }),
    ...(path !== undefined && { path }),
    ...(location !== undefined && { location }),
    ...(udn !== undefined && { udn }),
    ...(service !== undefined && { services: service }),
    ...(header !== undefined && { headers: header }),
    ...(maxAge !== undefined && { maxAgeSeconds: maxAge }),
  };
}
