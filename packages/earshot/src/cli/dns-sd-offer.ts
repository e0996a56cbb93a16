/** The options that say what a DNS-SD service offers, and what they mean for the library. */
import { type Command, Option } from "commander";
import { doubtsAbout } from "../dns-sd.ts";
import type { DnsSdOffer, Offer } from "../index.ts";
import type { Announced } from "./announcing.ts";
import { wholeNumber } from "./numbers.ts";
import { collect } from "./options.ts";
import { isDnsSdType } from "./protocols.ts";
import { cell } from "./rows.ts";

export interface DnsSdChoice {
  readonly subtype?: readonly string[];
  readonly host?: string;
  readonly ttl?: number;
  readonly hostTtl?: number;
  readonly priority?: number;
  readonly weight?: number;
  readonly probe?: boolean;
}

/** Names of the options that only a DNS-SD service has, as the choice has them. */
export const DNS_SD_OPTIONS: readonly (keyof DnsSdChoice)[] = [
  "subtype",
  "host",
  "ttl",
  "hostTtl",
  "priority",
  "weight",
];

/** `--subtype --ttl --host-ttl --priority --weight --no-probe`, and where `hasHost` also `--host`. */
export function addDnsSdOptions(command: Command, hasHost: boolean): Command {
  command.option("--subtype <_type>", "a subtype, such as _universal; repeatable", collect);
  if (hasHost)
    command.option("--host <name>", "the host that offers it, such as printer.local (default: this one)");
  return command
    .addOption(ttlSeconds("--ttl <seconds>", "how long others may keep it (default: 4500)"))
    .addOption(
      ttlSeconds(
        "--host-ttl <seconds>",
        "how long they may keep host, port and addresses (default: --ttl, 120 at most)",
      ),
    )
    .option(
      "--priority <n>",
      "of several hosts with this name the lowest is used first (default: 0)",
      wholeNumber(0, 65_535),
    )
    .option("--weight <n>", "share of use among those of one priority (default: 0)", wholeNumber(0, 65_535))
    .option("--no-probe", "do not ask first whether the name is free");
}

/** Seconds that records live. */
function ttlSeconds(flags: string, help: string): Option {
  return new Option(flags, help).argParser(wholeNumber(1, 86_400));
}

/** What is offered, besides the options. */
export interface Subject {
  readonly type: string;
  readonly name?: string;
  readonly port: number;
  /** `KEY=VALUE`, or `KEY` for one without value. */
  readonly txt: readonly string[];
  /** Addresses of the host, where it cannot speak for itself. */
  readonly addresses?: readonly string[];
}

/** What the library is asked for, which says what is wrong with it. */
export function dnsSdOffer({ type, name, port, txt, addresses }: Subject, choice: DnsSdChoice): DnsSdOffer {
  const { subtype, host, ttl, priority, weight, probe } = choice;
  const hostTtl = choice.hostTtl ?? (ttl === undefined ? undefined : Math.min(ttl, MOST_HOST_TTL));
  return {
    type,
    port,
    ...(name !== undefined && { name }),
    ...(txt.length > 0 && { txt: txtOf(txt) }),
    ...(subtype !== undefined && { subtypes: subtype }),
    ...(host !== undefined && { host }),
    ...(addresses !== undefined && { addresses }),
    ...(ttl !== undefined && { ttlSeconds: ttl }),
    ...(hostTtl !== undefined && { hostTtlSeconds: hostTtl }),
    ...(priority !== undefined && { priority }),
    ...(weight !== undefined && { weight }),
    ...(probe === false && { probes: false }),
  };
}

/** What is offered by DNS-SD and yet advised against, in sentences. @throws UsageError for a text that cannot be. */
export function offerDoubts(offer: Offer): string[] {
  if (!isDnsSdOffer(offer)) return [];
  return doubtsAbout({ ...offer, name: offer.name ?? "" });
}

function isDnsSdOffer(offer: Offer): offer is DnsSdOffer {
  return isDnsSdType(offer.type);
}

/** What is said when it is announced, under the name that it got. */
export function dnsSdLines(offer: DnsSdOffer, where: string, announced: Announced | undefined): string[] {
  const { type, port, addresses, subtypes = [] } = offer;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["host", announced?.host],
    ["port", String(port)],
    ["address", addresses?.join(", ")],
    ["subtype", subtypes.length > 0 ? subtypes.join(", ") : undefined],
  ];
  return [
    `announcing ${cell(announced?.name ?? offer.name)} ${cell(type)} on ${where}`,
    ...rows.flatMap(([key, value]) => (value === undefined ? [] : [`  ${key.padEnd(8)}  ${cell(value)}`])),
    "Ctrl-C ends it, with a goodbye.",
  ];
}

/** RFC 6762 §10: what names a host, or is its address, changes as hosts come and go. */
const MOST_HOST_TTL = 120;

function txtOf(texts: readonly string[]): (readonly [string, string | true])[] {
  return texts.map((text) => {
    const at = text.indexOf("=");
    return at < 0 ? [text, true] : [text.slice(0, at), text.slice(at + 1)];
  });
}
