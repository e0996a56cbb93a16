import { type Command, Option } from "commander";
import { type HeardRecord, type Name, type RecordChange, TYPE } from "../../mdns.ts";
import type { Io } from "../io.ts";
import { localName, reverseName } from "../local-name.ts";
import { type LookChoice, look } from "../looking.ts";
import { seconds } from "../numbers.ts";
import { addNetworkOptions, afterHelp, assertCompanion } from "../options.ts";
import { eventJson } from "../records.ts";
import { cell, interfaceOf } from "../rows.ts";

export interface HostChoice extends LookChoice {
  readonly timeout: number;
  readonly json?: true;
  readonly ascii?: true;
}

/** How long the other family, and other links, may take once there was an answer. */
const MORE_MS = 250;

/** The options of `earshot mdns host`. */
export function defineHost(command: Command): Command {
  command
    .summary("the addresses of a host, or the name of an address")
    .description(
      "Prints the addresses of each host, and the name of each address, a line each, and ends when all were answered.",
    )
    .argument(
      "<NAME|ADDRESS...>",
      "such as printer.local (.local may be left out), 192.0.2.7 or fe80::1%eth0",
    )
    .option("-j, --json", "one JSON object per address and line")
    .option("--ascii", "with --json: escape everything that is not ASCII")
    .addOption(
      new Option("-o, --timeout <seconds>", "how long to wait").default(3000, "3").argParser(seconds(0)),
    );
  return addNetworkOptions(command).addHelpText("after", afterHelp(HELP));
}

const HELP = `
Lines are name and address, separated by a tab. Link-local IPv6 addresses have their interface behind %. With -4 only \
IPv4 addresses are asked for, over IPv4; with -6 only those of IPv6, over IPv6.

Examples:
  earshot mdns host printer
  earshot mdns host -4 printer nas
  earshot mdns host 192.0.2.7 192.0.2.8

Exit codes: 0 all were answered, 1 none was, 2 wrong usage, 3 network failure, 124 some were.`;

/** Runs `earshot mdns host`. Resolves with the exit code. */
export function mdnsHost(texts: readonly string[], choice: HostChoice, io: Io): Promise<number> {
  assertCompanion(choice, "ascii", "json");
  const targets = texts.map((text) => new Target(text, choice));
  const counted = { ...choice, count: targets.length };
  return look(counted, io, { protocols: ["dns-sd"] }, async (looking) => {
    const { earshot, session } = looking;
    const hear = (target: Target, type: number, change: RecordChange): void => {
      const answer = target.answer(type, change);
      if (answer) io.stdout.write(`${choice.json ? hostJson(answer, choice, io) : lineOf(answer)}\n`);
      if (targets.every(({ isAnswered }) => isAnswered)) session.endAfter(MORE_MS);
    };
    const asking = targets.flatMap((target) =>
      target.types.map((type) => {
        const query = earshot.mdns.query(target.name, type, { mode: "once", signal: session.signal });
        return looking.read(query, choice.timeout, (change) => hear(target, type, change));
      }),
    );
    await Promise.all(asking);
    return targets.filter(({ isFound }) => isFound).length;
  });
}

/** A name and an address of it. Untrusted. */
interface HostAddress {
  readonly name: string;
  /** Of a link-local IPv6 address with its zone. */
  readonly address: string;
  readonly record: HeardRecord;
}

/** A host or an address that was asked for, and what was answered. */
class Target {
  readonly name: Name;
  /** TYPE codes to ask for. */
  readonly types: readonly number[];
  /** The address that was given, if it was one. */
  readonly #address: string | undefined;
  readonly #told = new Set<string>();
  readonly #without = new Set<number>();

  /** @throws UsageError `INVALID_NAME`. */
  constructor(text: string, families: Pick<HostChoice, "ipv4" | "ipv6">) {
    const reverse = reverseName(text);
    this.name = reverse ?? localName(text);
    this.types = reverse ? [TYPE.PTR] : addressTypes(families);
    this.#address = reverse && text;
  }

  get isFound(): boolean {
    return this.#told.size > 0;
  }

  /** Something was found, or its host says that there is nothing. */
  get isAnswered(): boolean {
    return this.isFound || this.types.every((type) => this.#without.has(type));
  }

  /** What to tell of a change; `undefined` where that is nothing new. */
  answer(type: number, change: RecordChange): HostAddress | undefined {
    if (change.kind === "none") this.#without.add(type);
    if (change.kind !== "added") return undefined;
    const { record } = change;
    const answer = this.#read(record);
    if (!answer || this.#told.has(JSON.stringify(answer))) return undefined;
    this.#told.add(JSON.stringify(answer));
    return { ...answer, record };
  }

  #read({ name, data, link }: HeardRecord): Omit<HostAddress, "record"> | undefined {
    if (data.kind === "PTR") return { name: `${data.target}`, address: this.#address ?? "" };
    if (data.kind !== "A" && data.kind !== "AAAA") return undefined;
    const isLinkLocal = /^fe[89ab]/i.test(data.address);
    return { name: `${name}`, address: isLinkLocal ? `${data.address}%${interfaceOf(link)}` : data.address };
  }
}

/** Who wants one family alone wants its addresses alone. */
function addressTypes({ ipv4, ipv6 }: Pick<HostChoice, "ipv4" | "ipv6">): readonly number[] {
  if (ipv4 === ipv6) return [TYPE.A, TYPE.AAAA];
  return ipv4 ? [TYPE.A] : [TYPE.AAAA];
}

function lineOf({ name, address }: HostAddress): string {
  return `${cell(name)}\t${cell(address)}`;
}

function hostJson({ name, address, record }: HostAddress, { ascii }: HostChoice, { clock }: Io): string {
  const { ttl, link, from } = record;
  return eventJson("host", { name, address, ttl, link, from }, clock.wall(), ascii === true);
}
