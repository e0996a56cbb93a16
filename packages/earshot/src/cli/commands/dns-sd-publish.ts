import type { Command } from "commander";
import { announce, type TellChoice } from "../announcing.ts";
import { addDnsSdOptions, type DnsSdChoice, dnsSdLines, dnsSdOffer, type Subject } from "../dns-sd-offer.ts";
import type { Io } from "../io.ts";
import { wholeNumber } from "../numbers.ts";
import { addNetworkOptions, afterHelp, assertCompanion, forOption, type NetworkChoice } from "../options.ts";

export interface PublishChoice extends NetworkChoice, DnsSdChoice, TellChoice {
  readonly for?: number;
}

/** The options of `earshot dns-sd publish`. */
export function definePublish(command: Command): Command {
  command
    .summary("announce a service")
    .description("Announces a service of this host until Ctrl-C, then says goodbye.")
    .argument("<NAME>", "what people see, any text of up to 63 bytes")
    .argument("<TYPE>", "such as _http._tcp; subtypes may follow, each behind a comma")
    .argument("<PORT>", "where it listens; 0: only the name is taken", port)
    .argument("[KEY=VALUE...]", "what it says of itself; KEY alone is one without value");
  return addPublishOptions(command, true).addHelpText("after", afterHelp(HELP));
}

/** The options of `earshot dns-sd proxy`. */
export function defineProxy(command: Command): Command {
  command
    .summary("announce a service of a host that does not do so itself")
    .description(
      "Announces a service of another host, and answers for its name and addresses, until Ctrl-C; then says goodbye.",
    )
    .argument("<NAME>", "what people see, any text of up to 63 bytes")
    .argument("<TYPE>", "such as _ipp._tcp; subtypes may follow, each behind a comma")
    .argument("<PORT>", "where it listens", port)
    .argument("<HOST>", "the name of the host, such as printer.local; .local may be left out")
    .argument("<ADDRESS>", "its address; several with commas between them")
    .argument("[KEY=VALUE...]", "what it says of itself; KEY alone is one without value");
  return addPublishOptions(command, false).addHelpText("after", afterHelp(PROXY_HELP));
}

function addPublishOptions(command: Command, hasHost: boolean): Command {
  addDnsSdOptions(command, hasHost)
    .option("-j, --json", "tell as JSON, one object per line, what is announced and renamed")
    .option("--ascii", "with --json: escape everything that is not ASCII")
    .addOption(forOption());
  return addNetworkOptions(command);
}

const port = wholeNumber(0, 65_535);

const COMMON_HELP = `Where another host has the name, it becomes "NAME (2)" or so; the error output tells, or with --json a record.
SIGUSR1, or the line "notify" on the standard input, announces once more.`;

const HELP = `
${COMMON_HELP}

Examples:
  earshot dns-sd publish "My site" _http._tcp 8080 path=/about
  earshot dns-sd publish Office _ipp._tcp,_universal 631 rp=ipp/print Color

Exit codes: 0 it was announced and ended, 2 wrong usage, 3 network failure.`;

const PROXY_HELP = `
${COMMON_HELP}

Example:
  earshot dns-sd proxy Office _ipp._tcp 631 printer 192.0.2.7,fd00::7 rp=ipp/print

Exit codes: 0 it was announced and ended, 2 wrong usage, 3 network failure.`;

/** Runs `earshot dns-sd proxy`. Resolves with the exit code. */
export function dnsSdProxy(
  subject: Omit<Subject, "addresses"> & { readonly host: string; readonly addresses: string },
  choice: PublishChoice,
  io: Io,
): Promise<number> {
  const { host, addresses, ...rest } = subject;
  return dnsSdPublish({ ...rest, addresses: addresses.split(",") }, { ...choice, host }, io);
}

/** Runs `earshot dns-sd publish`. Resolves with the exit code. */
export function dnsSdPublish(subject: Subject, choice: PublishChoice, io: Io): Promise<number> {
  assertCompanion(choice, "ascii", "json");
  const offer = dnsSdOffer(subject, choice);
  return announce(
    {
      offers: [offer],
      protocols: { protocols: ["dns-sd"] },
      forMs: choice.for,
      lines: (where, [announced]) => dnsSdLines(offer, where, announced),
    },
    choice,
    io,
  );
}
