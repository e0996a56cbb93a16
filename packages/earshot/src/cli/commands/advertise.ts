import { type Command, Option } from "commander";
import { type Offer, UsageError } from "../../index.ts";
import { announce } from "../announcing.ts";
import type { Io } from "../io.ts";
import { wholeNumber } from "../numbers.ts";
import { addDescriptionOptions, type DescriptionChoice, offeredDescription } from "../offered-description.ts";
import {
  addNetworkOptions,
  afterHelp,
  assertCompanion,
  collect,
  forOption,
  type Headers,
  headerOption,
  type NetworkChoice,
} from "../options.ts";
import { cell } from "../rows.ts";

export interface AdvertiseChoice extends NetworkChoice, DescriptionChoice {
  readonly name?: string;
  readonly port?: number;
  readonly path?: string;
  readonly location?: string;
  readonly udn?: string;
  readonly service?: readonly string[];
  readonly header?: Headers;
  readonly maxAge?: number;
  readonly for?: number;
}

/** The options of `earshot advertise`. */
export function defineAdvertise(command: Command): Command {
  command
    .summary("announce a service of your own")
    .description(
      "Announces a service until Ctrl-C, then says goodbye. A device type, urn:DOMAIN:device:NAME:VERSION, makes a root " +
        "device with every advertisement that the standard asks for; any other type makes one advertisement.",
    )
    .argument("<TYPE>", "what it is, such as urn:example-org:device:Site:1")
    .optionsGroup("What is announced:")
    .option("--name <name>", "what you call it; the same name gives the same UDN")
    .option(
      "-p, --port <port>",
      "TCP port of its description, on our address of each link",
      wholeNumber(1, 65_535),
    )
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
    .option("--max-age <seconds>", "how long others may keep it (default: 1800)", wholeNumber(1, 86_400))
    .addOption(forOption());
  addDescriptionOptions(command);
  return addNetworkOptions(command).addHelpText("after", afterHelp(HELP));
}

const HELP = `
SIGUSR1, or the line "notify" on the standard input, announces once more.

Examples:
  earshot advertise urn:example-org:device:Site:1 --name "My site" --port 8080 --path /about.xml
  earshot advertise urn:schemas-upnp-org:device:Basic:1 --name "My lamp" --icon lamp.png
  earshot advertise urn:example-org:service:chat:1 --port 4000

Exit codes: 0 it was announced and ended, 2 wrong usage, 3 network failure.`;

/** Runs `earshot advertise`. Resolves with the exit code. */
export function advertise(type: string, choice: AdvertiseChoice, io: Io): Promise<number> {
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

/** The standard has a description for every device. @throws UsageError `INVALID_OFFER`. */
function assertDescribed(type: string, { port, location }: AdvertiseChoice): void {
  const isDevice = /^urn:[^:]+:device:[^:]+:\d+$/.test(type);
  if (!isDevice || port !== undefined || location !== undefined) return;
  throw new UsageError(
    "INVALID_OFFER",
    "a device needs a location, that of its description: --describe serves one, --port or --location say where one is",
  );
}

function offerOf(type: string, choice: AdvertiseChoice): Offer {
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
