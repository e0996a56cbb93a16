import { type Command, Option } from "commander";
import { splitInstanceName } from "../../dns-sd.ts";
import { type DnsSdService, printable, UsageError } from "../../index.ts";
import { Name } from "../../mdns.ts";
import type { Io } from "../io.ts";
import type { ListChoice } from "../lister.ts";
import { type LookChoice, look } from "../looking.ts";
import { seconds } from "../numbers.ts";
import { addNetworkOptions, afterHelp, assertCompanion } from "../options.ts";
import { followedJson } from "../records.ts";
import { cell } from "../rows.ts";
import { quotedBytes, txtStrings } from "../txt-text.ts";

export interface ResolveChoice extends LookChoice, ListChoice {
  readonly watch?: true;
  readonly timeout?: number;
}

const RESOLVE_MS = 5000;
/** How long the other family, and other links, may take once it is known where it is. */
const MORE_MS = 250;

/** The options of `earshot dns-sd resolve`. */
export function defineResolve(command: Command): Command {
  command
    .summary("where a service is, and what it says of itself")
    .description(
      "Finds out where a service is: prints its host, port, addresses and text, and ends. With --watch goes on until " +
        "Ctrl-C, and prints each change.",
    )
    .argument(
      "<NAME>",
      "its name; or with its type, as Office._ipp._tcp.local, where a dot in the name is \\.",
    )
    .argument("[TYPE]", "such as _ipp._tcp")
    .option("-w, --watch", "go on, and print each change")
    .option("-j, --json", "one JSON object per state and line")
    .option("--ascii", "with --json: escape everything that is not ASCII")
    .addOption(
      new Option("-o, --timeout <seconds>", "how long to wait (default: 5; with --watch for ever)").argParser(
        seconds(0),
      ),
    );
  return addNetworkOptions(command).addHelpText("after", afterHelp(HELP));
}

const HELP = `
Examples:
  earshot dns-sd resolve Office _ipp._tcp
  earshot dns-sd resolve 'Front desk\\.2._ipp._tcp.local'
  earshot dns-sd resolve Office _ipp._tcp --json | jq -r '.service | .addresses[0], .port'

Exit codes: 0 it was found, 1 it was not, 2 wrong usage, 3 network failure.`;

/** Runs `earshot dns-sd resolve`. Resolves with the exit code. */
export function dnsSdResolve(
  text: string,
  givenType: string | undefined,
  choice: ResolveChoice,
  io: Io,
): Promise<number> {
  assertCompanion(choice, "ascii", "json");
  const { name, type } = givenType === undefined ? splitName(text) : { name: text, type: givenType };
  const forMs = choice.timeout ?? (choice.watch ? undefined : RESOLVE_MS);
  return look(choice, io, { protocols: ["dns-sd"] }, async (looking) => {
    const { earshot, session } = looking;
    const states = new States(choice, io);
    let latest: DnsSdService | undefined;
    await looking.read(earshot.dnsSd.follow(name, type, { signal: session.signal }), forMs, (change) => {
      const service = change.kind === "resolved" ? change.service : undefined;
      if (choice.watch) states.tell(service);
      else if (service) {
        latest = service;
        session.endAfter(MORE_MS);
      }
    });
    if (latest) states.tell(latest);
    return states.found;
  });
}

/** `Office._ipp._tcp.local` in its parts. @throws UsageError `INVALID_NAME`, `INVALID_OPTION`. */
function splitName(text: string): { readonly name: string; readonly type: string } {
  const full = splitInstanceName(Name.parse(text));
  if (full && full.instance !== "") return { name: full.instance, type: `${full.type}` };
  throw new UsageError(
    "INVALID_OPTION",
    `${JSON.stringify(text)} has no type: write it behind the name, as in Office _ipp._tcp or Office._ipp._tcp.local`,
  );
}

/** Prints one state of a service after the other. */
class States {
  found = 0;
  readonly #choice: ResolveChoice;
  readonly #io: Io;
  #last: DnsSdService | undefined;

  constructor(choice: ResolveChoice, io: Io) {
    this.#choice = choice;
    this.#io = io;
  }

  /** @param service `undefined` when it is gone. */
  tell(service: DnsSdService | undefined): void {
    const shown = service ?? this.#last;
    if (!shown) return;
    const kind = service === undefined ? "lost" : this.#last === undefined ? "found" : "updated";
    const { stdout, clock } = this.#io;
    const { json, ascii } = this.#choice;
    if (json) stdout.write(`${followedJson(kind, shown, clock.wall(), ascii === true)}\n`);
    else stdout.write(service ? block(service) : `${cell(fullName(shown))} is gone\n\n`);
    if (service) this.found = 1;
    this.#last = service;
  }
}

function fullName({ name, type, domain }: DnsSdService): string {
  return `${name}.${type}.${domain}`;
}

/** What dns-sd -L and avahi-resolve tell, and every text on a line of its own. */
function block(service: DnsSdService): string {
  const { host, port, addresses, priority, weight, subtypes, txtBytes } = service;
  const texts = txtStrings(txtBytes).filter(({ length }) => length > 0);
  const rows: readonly (readonly [string, string])[] = [
    ["host", host],
    ["port", port === undefined ? "none: only the name is taken" : `${port}`],
    ...addresses.map((address) => ["address", address] as const),
    ...(priority > 0 || weight > 0 ? [["priority", `${priority}, weight ${weight}`] as const] : []),
    ...subtypes.map((subtype) => ["subtype", subtype] as const),
    ...texts.map((text) => ["txt", quotedBytes(text)] as const),
  ];
  const lines = rows.map(([key, value]) => `  ${key.padEnd(8)}  ${printable(value)}`);
  return `${[cell(fullName(service)), ...lines].join("\n")}\n\n`;
}
