import { type Command, Option } from "commander";
import { printable, UsageError } from "../../index.ts";
import type { RecordChange } from "../../mdns.ts";
import type { Io } from "../io.ts";
import { localName, reverseName } from "../local-name.ts";
import { type LookChoice, type Looking, look } from "../looking.ts";
import { seconds } from "../numbers.ts";
import { addCountOptions, addNetworkOptions, afterHelp, assertCompanion, forOption } from "../options.ts";
import { recordText, typeCode, typeName } from "../record-text.ts";
import { eventJson, recordChangeJson } from "../records.ts";

export interface QueryChoice extends LookChoice {
  readonly once?: true;
  readonly timeout?: number;
  readonly for?: number;
  readonly json?: true;
  readonly ascii?: true;
}

const ONCE_MS = 3000;
/** How long others may take to say the same, after somebody has answered. */
const MORE_MS = 250;

/** The options of `earshot mdns query`. */
export function defineQuery(command: Command): Command {
  command
    .summary("ask for records, and print what is answered")
    .description(
      "Asks for the records of a name until Ctrl-C, and prints those that come and go, as dig does. With --once asks one " +
        "question, prints its answers, and ends.",
    )
    .argument("<NAME>", "such as printer.local (.local may be left out), or an address for its reverse name")
    .argument("[TYPE]", "A, AAAA, PTR, SRV, TXT, ANY or any other, also by number", "ANY")
    .optionsGroup("Output:")
    .option("-j, --json", "one JSON object per record and line")
    .option("--ascii", "with --json: escape everything that is not ASCII")
    .optionsGroup("End:")
    .addOption(new Option("--once", "ask one question").conflicts(["passive", "for"]))
    .option("-o, --timeout <seconds>", "with --once: how long to wait for answers (default: 3)", seconds(0))
    .addOption(forOption());
  addCountOptions(command, "record")
    .optionsGroup("Question:")
    .option("--passive", "only listen, send nothing");
  return addNetworkOptions(command).addHelpText("after", afterHelp(HELP));
}

const HELP = `
Each line is + for a record that came or - for one that went, except with --once; then, separated by tabs, the record, the \
link it was heard on, who said it, and why it went. A line with ! tells that there is no such record: its host says so. A \
dot within a label is written \\., a byte \\ddd. With -v records that are said again are printed as well, with =.

Examples:
  earshot mdns query printer AAAA --once
  earshot mdns query _ipp._tcp PTR
  earshot mdns query 'Front desk\\.2._ipp._tcp.local' SRV --once --json

Exit codes: 0 there was a record, 1 there was none, 2 wrong usage, 3 network failure, 124 less than --count.`;

/** Runs `earshot mdns query`. Resolves with the exit code. */
export function mdnsQuery(name: string, type: string, choice: QueryChoice, io: Io): Promise<number> {
  assertCompanion(choice, "ascii", "json");
  assertCompanion(choice, "timeout", "once");
  const asked = reverseName(name) ?? localName(name);
  const code = typeCode(type);
  if (code === undefined)
    throw new UsageError(
      "INVALID_OPTION",
      `${JSON.stringify(type)} is no type of record, such as A, PTR or 33`,
    );
  const none = `${asked}. ${typeName(code)}`;
  return look(choice, io, { protocols: ["dns-sd"] }, async (looking) => {
    const { earshot, session } = looking;
    const mode = choice.once ? "once" : choice.passive ? "passive" : "continuous";
    const query = earshot.mdns.query(asked, code, { mode, signal: session.signal });
    const printer = new Printer(choice, io, none, looking);
    const forMs = choice.once ? (choice.timeout ?? ONCE_MS) : choice.for;
    await looking.read(query, forMs, (change) => {
      printer.print(change);
      const isAnswer = change.kind === "none" || (change.kind === "added" && change.record.isUnique);
      if (choice.once && isAnswer) session.endAfter(MORE_MS);
    });
    return printer.found;
  });
}

const SIGNS = { added: "+", refreshed: "=", removed: "-", none: "!" } as const;

/** Prints what becomes of records, and counts those that came. */
class Printer {
  found = 0;
  readonly #choice: QueryChoice;
  readonly #io: Io;
  readonly #asked: string;
  readonly #looking: Looking;

  /** @param asked what was asked for, in words. */
  constructor(choice: QueryChoice, io: Io, asked: string, looking: Looking) {
    this.#choice = choice;
    this.#io = io;
    this.#asked = asked;
    this.#looking = looking;
  }

  print(change: RecordChange): void {
    const { json, verbose } = this.#choice;
    if (change.kind === "refreshed" && !verbose) return;
    this.#io.stdout.write(`${json ? this.#record(change) : this.#line(change)}\n`);
    if (change.kind === "added") this.#looking.count(++this.found);
  }

  #line(change: RecordChange): string {
    const { kind } = change;
    const { link, from } = kind === "none" ? change : change.record;
    const text = kind === "none" ? `${this.#asked}: there is none` : recordText(change.record);
    const sign = this.#choice.once && kind === "added" ? [] : [SIGNS[kind]];
    const reason = kind === "removed" ? [change.reason] : [];
    return [...sign, text, link, from, ...reason].map((part) => printable(part)).join("\t");
  }

  #record(change: RecordChange): string {
    const { ascii } = this.#choice;
    const time = this.#io.clock.wall();
    if (change.kind === "none") {
      const { link, from } = change;
      return eventJson("none", { asked: this.#asked, link, from }, time, ascii === true);
    }
    return recordChangeJson(change, time, ascii === true);
  }
}
