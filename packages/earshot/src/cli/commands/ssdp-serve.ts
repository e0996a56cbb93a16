import type { Command } from "commander";
import { type SsdpOffer, UsageError } from "../../index.ts";
import { type Dialect, splitUsn } from "../../ssdp.ts";
import { announce } from "../announcing.ts";
import type { Io } from "../io.ts";
import { wholeNumber } from "../numbers.ts";
import {
  addNetworkOptions,
  afterHelp,
  assertCompanion,
  collect,
  dialectOption,
  forOption,
  type Headers,
  headerOption,
  type NetworkChoice,
  siteTtlOption,
  ttlOption,
} from "../options.ts";
import { cell } from "../rows.ts";

export interface ServeChoice extends NetworkChoice {
  readonly type?: string;
  readonly location?: string;
  readonly maxAge?: number;
  readonly port?: number;
  readonly header?: Headers;
  readonly as?: Dialect;
  readonly ttl?: number;
  readonly server?: string;
  readonly device?: true;
  readonly service?: readonly string[];
  readonly hidden?: true;
  readonly lenient?: true;
  readonly configId?: number;
  readonly site?: true;
  readonly siteTtl?: number;
  readonly alwaysRoot?: true;
  readonly answerByTcp?: true;
  readonly for?: number;
}

/** The options of `earshot ssdp serve`. */
export function defineServe(command: Command): Command {
  command
    .summary("announce a USN, and answer searches for it")
    .description(
      "Announces a USN until Ctrl-C, answers searches for it, and says goodbye. USN is sent as it is written, save that " +
        "a bare uuid:X is completed to uuid:X::TYPE, as the standard has it. With --device it is a root device with " +
        "every advertisement that the standard asks for, and USN is its uuid:X.",
    )
    .argument("<USN>", "unique service name, such as uuid:X::upnp:rootdevice")
    .optionsGroup("What is announced:")
    .option(
      "-t, --type <type>",
      "NT (default: what follows :: in the USN, else upnp:rootdevice; for a device Basic:1)",
    )
    .option("-l, --location <url>", "URL of the description; {address} stands for our address on each link")
    .option("--max-age <seconds>", "how long others may keep it (default: 1800)", wholeNumber(1, 86_400))
    .option("--device", "announce a root device: USN is uuid:X, --type its device type")
    .option("--service <type>", "service type of the device, with --device; repeatable", collect)
    .option("--server <text>", "SERVER header")
    .addOption(headerOption("-e, --header <name value>"))
    .option("--config-id <n>", "CONFIGID.UPNP.ORG", wholeNumber(0, 0xff_ffff))
    .option("--hidden", "announce nothing, answer only who asks for this very type or USN")
    .optionsGroup("How:")
    .addOption(dialectOption())
    .addOption(ttlOption("--ttl <hops>"))
    .option("-p, --port <port>", "port of the protocol (default: 1900)", wholeNumber(1, 65_535))
    .option("--site", "also announce to the site-local IPv6 group")
    .addOption(siteTtlOption())
    .option("--lenient", "answer searches with MAN unquoted or MX missing, and for pnp:rootdevice, too")
    .option("--always-root", "answer every search with the root device as well")
    .option("--answer-by-tcp", "answer over TCP who asks for that by TCPPORT.UPNP.ORG")
    .addOption(forOption());
  return addNetworkOptions(command).addHelpText("after", afterHelp(HELP));
}

const HELP = `
SIGUSR1, or the line "notify" on the standard input, announces once more. --extra-field and \
--device-type are other names of --header and --type.

Examples:
  earshot ssdp serve uuid:2f402f80-da50-11e1-9b23-001788255acc --location 'http://{address}:8080/'
  earshot ssdp serve my-usn --type my-type --location http://192.0.2.5/ -e X.EXAMPLE.COM hello
  earshot ssdp serve uuid:2f402f80-da50-11e1-9b23-001788255acc --device \\
    --type urn:schemas-upnp-org:device:MediaServer:1 \\
    --service urn:schemas-upnp-org:service:ContentDirectory:1 --location 'http://{address}:8200/desc.xml'

Exit codes: 0 it was announced and ended, 2 wrong usage, 3 network failure.`;

const BASIC_DEVICE = "urn:schemas-upnp-org:device:Basic:1";

/** Runs `earshot ssdp serve`. Resolves with the exit code. */
export function ssdpServe(usn: string, choice: ServeChoice, io: Io): Promise<number> {
  const offer = offerOf(usn, choice);
  assertCompanion(choice, "siteTtl", "site");
  const { ttl, port } = choice;
  const subject = choice.device ? `the device ${offer.udn}` : offer.usn;
  return announce(
    {
      offers: [offer],
      forMs: choice.for,
      protocols: {
        ssdp: {
          ...(ttl !== undefined && { hops: ttl }),
          ...(port !== undefined && { port }),
          ...(choice.site && { siteScope: true }),
          ...(choice.siteTtl !== undefined && { siteHops: choice.siteTtl }),
          ...(choice.alwaysRoot && { alwaysReplyWithRootDevice: true }),
          ...(choice.answerByTcp && { answerByTcp: true }),
          ...(choice.lenient && { lenient: true }),
        },
      },
      lines: (where) => [
        `${choice.hidden ? "answering for" : "announcing"} ${cell(subject)} on ${where}`,
        `  type      ${cell(offer.type)}`,
        ...(offer.services ?? []).map((type) => `  service   ${cell(type)}`),
        ...(offer.location === undefined ? [] : [`  location  ${cell(offer.location)}`]),
        "Ctrl-C ends it, with a goodbye.",
      ],
    },
    choice,
    io,
  );
}

/**
 * What is announced. Exported for the test that holds every option to its meaning.
 * @throws UsageError `INVALID_OPTION`.
 */
export function offerOf(usn: string, choice: ServeChoice): SsdpOffer {
  const { location, maxAge, header, server, hidden, configId } = choice;
  return {
    ...subjectOf(usn, choice),
    ...(location !== undefined && { location }),
    ...(maxAge !== undefined && { maxAgeSeconds: maxAge }),
    ...(header !== undefined && { headers: header }),
    ...(choice.as !== undefined && { dialect: choice.as }),
    ...(server !== undefined && { server }),
    ...(hidden && { hidden }),
    ...(configId !== undefined && { configId }),
  };
}

function subjectOf(
  usn: string,
  { type, device, service }: ServeChoice,
): Pick<SsdpOffer, "type" | "usn" | "udn" | "services"> {
  const { type: typeInUsn } = splitUsn(usn);
  if (device) {
    if (typeInUsn !== undefined || !/^uuid:/i.test(usn)) throw invalid("with --device USN must be uuid:X");
    return { type: type ?? BASIC_DEVICE, udn: usn, ...(service && { services: service }) };
  }
  if (service) throw invalid("--service needs --device");
  const target = type ?? typeInUsn ?? "upnp:rootdevice";
  const isBareUuid = /^uuid:/i.test(usn) && typeInUsn === undefined && target !== usn;
  return { type: target, usn: isBareUuid ? `${usn}::${target}` : usn };
}

function invalid(why: string): UsageError {
  return new UsageError("INVALID_OPTION", why);
}
