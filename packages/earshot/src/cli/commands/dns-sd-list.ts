/** `earshot dns-sd types`, `browse` and `domains`: what comes and goes, a line or an object each. */
import { type Command, InvalidArgumentError, Option } from "commander";
import type { DomainKind, InstanceChange } from "../../dns-sd.ts";
import { UsageError } from "../../index.ts";
import type { Io } from "../io.ts";
import { type ListChoice, Lister } from "../lister.ts";
import { type LookChoice, look } from "../looking.ts";
import { seconds } from "../numbers.ts";
import {
  addCountOptions,
  addNetworkOptions,
  afterHelp,
  assertCompanion,
  collect,
  forOption,
} from "../options.ts";
import { changeJson } from "../records.ts";
import { txtText } from "../txt-text.ts";

export interface TypesChoice extends LookChoice, ListChoice {
  readonly for?: number;
  readonly untilQuiet?: number;
}

export interface InstancesChoice extends TypesChoice {
  readonly resolve?: true;
}

export interface DomainsChoice extends LookChoice, ListChoice {
  readonly kind?: readonly DomainKind[];
  readonly watch?: true;
  readonly timeout?: number;
}

/** The options of `earshot dns-sd types`. */
export function defineTypes(command: Command): Command {
  command
    .summary("the types of services that there are")
    .description("Prints the types of which there are services, as they come and go, until Ctrl-C.");
  return addListOptions(command, "type").addHelpText("after", afterHelp(TYPES_HELP));
}

/** The options of `earshot dns-sd browse`. */
export function defineInstances(command: Command): Command {
  command
    .summary("the services of a type, by name")
    .description(
      "Prints the names of the services of a type, as they come and go, until Ctrl-C. Where they are is not asked, except " +
        "with --resolve.",
    )
    .argument("<TYPE>", "such as _ipp._tcp, or with a subtype _universal._sub._ipp._tcp")
    .option("--resolve", "tell those alone of which it is known where they are, and where that is");
  return addListOptions(command, "service").addHelpText("after", afterHelp(INSTANCES_HELP));
}

/** The options of `earshot dns-sd domains`. */
export function defineDomains(command: Command): Command {
  command
    .summary("the domains that are recommended for browsing and registering")
    .description(
      "Prints the domains that somebody on the link recommends, besides local, for a few seconds. Few networks have one.",
    )
    .addOption(
      new Option("--kind <kind>", `${DOMAIN_KINDS.join(", ")}; repeatable (default: all)`).argParser(
        collectKind,
      ),
    )
    .option("-w, --watch", "go on until Ctrl-C")
    .option("-o, --timeout <seconds>", "how long to look (default: 3; with --watch for ever)", seconds(0))
    .option("-j, --json", "one JSON object per domain and line")
    .option("--ascii", "with --json: escape everything that is not ASCII");
  addCountOptions(command, "domain");
  return addNetworkOptions(command).addHelpText("after", afterHelp(DOMAINS_HELP));
}

function addListOptions(command: Command, what: string): Command {
  command
    .optionsGroup("Output:")
    .option("-j, --json", "one JSON object per change and line")
    .option("--ascii", "with --json: escape everything that is not ASCII")
    .optionsGroup("End:")
    .addOption(forOption())
    .option("--until-quiet <seconds>", "end when there was no change for so long", seconds(0.1));
  return addNetworkOptions(addCountOptions(command, what));
}

const EXIT_CODES =
  "Exit codes: 0 something was found, 1 nothing was, 2 wrong usage, 3 network failure, 124 less than --count.";

const TYPES_HELP = `
Lines begin with + for what came and - for what went; then follow, separated by tabs, type and domain.

Example:
  earshot dns-sd types --until-quiet 2

${EXIT_CODES}`;

const INSTANCES_HELP = `
Lines begin with + for what came, ~ for what changed and - for what went; then follow, separated by tabs, name, type and \
domain, with --resolve host, port, addresses and text, and of what went the reason.

Examples:
  earshot dns-sd browse _ipp._tcp
  earshot dns-sd browse _ipp._tcp --resolve --until-quiet 2 --json

${EXIT_CODES}`;

const DOMAINS_HELP = `
Lines are + or -, what the domain is recommended for, and the domain, separated by tabs.

Example:
  earshot dns-sd domains --kind browse --watch

${EXIT_CODES}`;

/** Runs `earshot dns-sd types`. Resolves with the exit code. */
export function dnsSdTypes(choice: TypesChoice, io: Io): Promise<number> {
  assertCompanion(choice, "ascii", "json");
  return look(choice, io, DNS_SD, async (looking) => {
    const { earshot, session } = looking;
    const lister = new Lister(choice, io, looking);
    session.endWhenQuiet(choice.untilQuiet);
    await looking.read(
      earshot.dnsSd.browseTypes({ signal: session.signal }),
      choice.for,
      ({ kind, type, domain }) => {
        session.endWhenQuiet(choice.untilQuiet);
        lister.change(kind, "serviceType", { type, domain });
      },
    );
    return lister.found;
  });
}

/** Runs `earshot dns-sd browse`. Resolves with the exit code. */
export function dnsSdBrowse(type: string, choice: InstancesChoice, io: Io): Promise<number> {
  assertCompanion(choice, "ascii", "json");
  if (!type.startsWith("_"))
    throw new UsageError(
      "INVALID_SERVICE_TYPE",
      `${JSON.stringify(type)} is no service type, such as _ipp._tcp`,
    );
  return choice.resolve ? browseResolved(type, choice, io) : browseNames(type, choice, io);
}

function browseNames(type: string, choice: InstancesChoice, io: Io): Promise<number> {
  return look(choice, io, DNS_SD, async (looking) => {
    const { earshot, session } = looking;
    const lister = new Lister(choice, io, looking);
    const feed = earshot.dnsSd.browseInstances(type, { signal: session.signal });
    session.endWhenQuiet(choice.untilQuiet);
    await looking.read(feed, choice.for, ({ kind, name, type, domain }: InstanceChange) => {
      session.endWhenQuiet(choice.untilQuiet);
      lister.change(kind, "instance", { name, type, domain });
    });
    return lister.found;
  });
}

function browseResolved(type: string, choice: InstancesChoice, io: Io): Promise<number> {
  return look(choice, io, DNS_SD, async (looking) => {
    const { earshot, session } = looking;
    const lister = new Lister(choice, io, looking);
    session.endWhenQuiet(choice.untilQuiet);
    await looking.read(earshot.browse(type, { signal: session.signal }), choice.for, (change) => {
      session.endWhenQuiet(choice.untilQuiet);
      const { service } = change;
      if (service.protocol !== "dns-sd") return;
      const { name, domain, host, port, addresses, txtBytes } = service;
      const texts = [name, service.type, domain, host, port, addresses.join(","), txtText(txtBytes)];
      const reason = change.kind === "lost" ? [change.reason] : [];
      lister.line(change.kind, [...texts, ...reason], (time, isAscii) => changeJson(change, time, isAscii));
    });
    return lister.found;
  });
}

/** Runs `earshot dns-sd domains`. Resolves with the exit code. */
export function dnsSdDomains(choice: DomainsChoice, io: Io): Promise<number> {
  assertCompanion(choice, "ascii", "json");
  const forMs = choice.timeout ?? (choice.watch ? undefined : DOMAINS_MS);
  return look(choice, io, DNS_SD, async (looking) => {
    const { earshot, session } = looking;
    const lister = new Lister(choice, io, looking);
    const feeds = (choice.kind ?? DOMAIN_KINDS).map((use) => {
      const feed = earshot.dnsSd.enumerateDomains(use, { signal: session.signal });
      return looking.read(feed, forMs, ({ kind, domain }) =>
        lister.change(kind, "domain", { use, name: domain }),
      );
    });
    await Promise.all(feeds);
    return lister.found;
  });
}

const DNS_SD = { protocols: ["dns-sd"] } as const;
const DOMAINS_MS = 3000;
const DOMAIN_KINDS = [
  "browse",
  "default-browse",
  "register",
  "default-register",
  "legacy",
] as const satisfies readonly DomainKind[];

function collectKind(value: string, earlier: readonly string[] | undefined): readonly string[] {
  if ((DOMAIN_KINDS as readonly string[]).includes(value)) return collect(value, earlier);
  throw new InvalidArgumentError(`It must be one of ${DOMAIN_KINDS.join(", ")}.`);
}
