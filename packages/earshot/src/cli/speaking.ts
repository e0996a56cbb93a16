/** Options of the commands that speak and print all that is said: who they are, how they search, what they print. */
import { type Command, Option } from "commander";
import type { Offer } from "../index.ts";
import { type Dialect, type SearchOptions, splitUsn } from "../ssdp.ts";
import type { ConversationChoice } from "./conversation.ts";
import { seconds, wholeNumber } from "./numbers.ts";
import {
  addNetworkOptions,
  collect,
  dialectOption,
  forOption,
  type Headers,
  headerOption,
  ttlOption,
} from "./options.ts";

/** Who a command is as a device. */
export interface IdentityChoice {
  readonly usn?: string;
  readonly type?: string;
  readonly uuid?: string;
  readonly name?: string;
  readonly location?: string;
  readonly maxAge?: number;
  readonly server?: string;
  readonly configId?: number;
}

/** How a command searches. */
export interface AskingChoice {
  readonly search?: readonly string[];
  readonly every?: number;
  readonly mx?: number;
  readonly repeat?: number;
  readonly userAgent?: string;
  readonly name?: string;
  readonly uuid?: string;
}

/** What both have. */
export interface SpeakingChoice extends ConversationChoice {
  readonly as?: Dialect;
  readonly ttl?: number;
  readonly port?: number;
  readonly header?: Headers;
}

/** `--usn -t -l --max-age --server --config-id`. */
export function addIdentityOptions(command: Command, defaultType: string): Command {
  return command
    .optionsGroup("What is announced:")
    .addOption(new Option("--usn <usn>", "exactly this USN, and nothing else").conflicts(["uuid", "name"]))
    .option("-t, --type <type>", `device type, or any NT (default: ${defaultType})`)
    .option(
      "-l, --location <url>",
      "URL of a description; {address} stands for our address (default: one that is served here)",
    )
    .option("--max-age <seconds>", "how long others may keep it (default: 1800)", wholeNumber(1, 86_400))
    .option("--server <text>", "SERVER header")
    .option("--config-id <n>", "CONFIGID.UPNP.ORG", wholeNumber(0, 0xff_ffff));
}

/** `--search --every -m --repeat --user-agent`. */
export function addAskingOptions(command: Command, every: number, mx: number): Command {
  return command
    .optionsGroup("What is searched:")
    .option("--search <st>", "search target, as an argument is; repeatable", collect)
    .option("--every <seconds>", `search anew so often; 0: never (default: ${every})`, searchInterval)
    .option("-m, --mx <seconds>", `how long devices may take to answer (default: ${mx})`, wholeNumber(1, 120))
    .option("--repeat <n>", "how often each round is sent (default: 3)", wholeNumber(1, 10))
    .option("--user-agent <text>", "USER-AGENT header");
}

/** `--name --uuid -p --as --ttl --header`, what is printed, `--for`, and the network options. */
export function addSpeakingOptions(command: Command, port: number): Command {
  command
    .optionsGroup("How:")
    .option("--name <text>", "what it calls itself: friendly name of the device, CPFN.UPNP.ORG in searches")
    .option("--uuid <uuid>", "UUID of the device (default: made from this host), CPUUID.UPNP.ORG in searches")
    .option("-p, --port <port>", `port of the protocol (default: ${port})`, wholeNumber(1, 65_535))
    .addOption(dialectOption())
    .addOption(ttlOption("--ttl <hops>"))
    .addOption(headerOption("-e, --header <name value>"))
    .optionsGroup("Output:")
    .addOption(new Option("-j, --json", "one JSON object per line").conflicts("quiet"))
    .option("--ascii", "with --json: escape everything that is not ASCII")
    .option("-q, --quiet", "one line for each datagram, without its contents")
    .optionsGroup("End:")
    .addOption(forOption());
  return addNetworkOptions(command);
}

/** A root device with a description, unless one bare USN, or some other NT, was asked for. */
export function identityOffer(choice: IdentityChoice & SpeakingChoice, defaultType: string): Offer {
  const { usn, uuid, location, maxAge, server, configId, header } = choice;
  const type = choice.type ?? (usn === undefined ? undefined : splitUsn(usn).type) ?? defaultType;
  const isDevice = usn === undefined && /^urn:.*:device:/i.test(type);
  return {
    type,
    ...(usn === undefined ? { name: choice.name ?? "earshot" } : { usn }),
    ...(uuid !== undefined && { udn: `uuid:${bareUuid(uuid)}` }),
    ...(location === undefined ? isDevice && { description: {} } : { location }),
    ...(maxAge !== undefined && { maxAgeSeconds: maxAge }),
    ...(server !== undefined && { server }),
    ...(configId !== undefined && { configId }),
    ...(header !== undefined && { headers: header }),
    ...(choice.as !== undefined && { dialect: choice.as }),
  };
}

export function askingOptions(
  choice: AskingChoice & SpeakingChoice,
  defaultMx: number,
): Omit<SearchOptions, "everyMs" | "signal"> {
  const { repeat, userAgent, name, uuid, header } = choice;
  return {
    mx: choice.mx ?? defaultMx,
    ...(repeat !== undefined && { repeats: repeat }),
    ...(userAgent !== undefined && { userAgent }),
    ...(name !== undefined && { friendlyName: name }),
    ...(uuid !== undefined && { uuid: bareUuid(uuid) }),
    ...(header !== undefined && { headers: header }),
    ...(choice.as !== undefined && { dialect: choice.as }),
  };
}

/** `every 10 s` or `once`. */
export function rhythm(everyMs: number): string {
  return everyMs === 0 ? "once" : `every ${everyMs / 1000} s`;
}

/** 0, or at least a second. */
function searchInterval(text: string): number {
  return /^0+$/.test(text) ? 0 : seconds(1)(text);
}

function bareUuid(uuid: string): string {
  return uuid.replace(/^uuid:/i, "");
}
