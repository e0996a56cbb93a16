import { isIP } from "node:net";
import type { Command } from "commander";
import { type Earshot, UsageError } from "../../index.ts";
import type { NameConflict, RecordOffer } from "../../mdns.ts";
import { type Announced, announce, type TellChoice } from "../announcing.ts";
import type { Io } from "../io.ts";
import { localName, reverseName } from "../local-name.ts";
import { wholeNumber } from "../numbers.ts";
import { addNetworkOptions, afterHelp, assertCompanion, forOption, type NetworkChoice } from "../options.ts";
import { cell } from "../rows.ts";

export interface HostPublishChoice extends NetworkChoice, TellChoice {
  readonly reverse: boolean;
  readonly probe: boolean;
  readonly ttl?: number;
  readonly for?: number;
}

/** The options of `earshot mdns publish`. */
export function defineHostPublish(command: Command): Command {
  command
    .summary("announce a host name and its addresses")
    .description(
      "Answers for a host name until Ctrl-C, then says goodbye; and for the names of its addresses. It does not begin when " +
        "another host has the name, and says so when one turns up.",
    )
    .argument("<NAME>", "such as nas.local; .local may be left out")
    .argument("<ADDRESS...>", "its IPv4 and IPv6 addresses")
    .option("--no-reverse", "do not answer for the names of the addresses")
    .option("--ttl <seconds>", "how long others may keep it (default: 120)", wholeNumber(1, 86_400))
    .option("--no-probe", "do not ask first whether the name is free")
    .option("-j, --json", "tell as JSON, one object per line")
    .option("--ascii", "with --json: escape everything that is not ASCII")
    .addOption(forOption());
  return addNetworkOptions(command).addHelpText("after", afterHelp(HELP));
}

const HELP = `
SIGUSR1, or the line "notify" on the standard input, announces once more.

Example:
  earshot mdns publish nas 192.0.2.7 fd00::7

Exit codes: 0 it was announced and ended, 2 wrong usage, 3 network failure, or another host has the name.`;

/** Runs `earshot mdns publish`. Resolves with the exit code. */
export function mdnsPublish(
  name: string,
  addresses: readonly string[],
  choice: HostPublishChoice,
  io: Io,
): Promise<number> {
  assertCompanion(choice, "ascii", "json");
  const records = hostRecords(name, addresses, choice);
  const host = String(localName(name));
  return announce(
    {
      offers: [],
      protocols: { protocols: ["dns-sd"] },
      more: (earshot, { conflict }) => [respond(earshot, host, records, choice, conflict)],
      forMs: choice.for,
      lines: (where) => [
        `announcing ${cell(host)} on ${where}`,
        ...addresses.map((address) => `  address   ${cell(address)}`),
        "Ctrl-C ends it, with a goodbye.",
      ],
    },
    choice,
    io,
  );
}

async function respond(
  earshot: Earshot,
  host: string,
  records: readonly RecordOffer[],
  { probe }: HostPublishChoice,
  onConflict: (conflict: NameConflict) => void,
): Promise<Announced> {
  const responder = await earshot.mdns.respond(records, { probes: probe, onConflict });
  return {
    name: host,
    host,
    notify: () => responder.notify(),
    close: () => responder.close(),
  };
}

/**
 * A and AAAA records, and the PTR records of the reverse names.
 * @throws UsageError `INVALID_OPTION`, `INVALID_NAME`.
 */
function hostRecords(
  text: string,
  addresses: readonly string[],
  { reverse, ttl }: HostPublishChoice,
): RecordOffer[] {
  const name = localName(text);
  const life = ttl === undefined ? {} : { ttlSeconds: ttl };
  return addresses.flatMap((address) => {
    const family = isIP(address);
    const back = reverseName(address);
    if (family === 0 || !back || address.includes("%"))
      throw new UsageError(
        "INVALID_OPTION",
        `${JSON.stringify(address)} is no address, such as 192.0.2.7 or fd00::7`,
      );
    const type = family === 4 ? "A" : "AAAA";
    const forward: RecordOffer = { name, type, data: { kind: type, address }, ...life };
    const backward: RecordOffer = { name: back, type: "PTR", data: { kind: "PTR", target: name }, ...life };
    return reverse ? [forward, backward] : [forward];
  });
}
