import { printable } from "../index.ts";
import type { Io } from "./io.ts";
import type { Looking } from "./looking.ts";
import { eventJson } from "./records.ts";

/** How a list is printed. */
export interface ListChoice {
  readonly json?: true;
  readonly ascii?: true;
}

const SIGNS = { added: "+", found: "+", updated: "~", removed: "-", lost: "-" } as const;

/** Prints what comes and goes, a line or a JSON object for each change, and counts what came. */
export class Lister {
  found = 0;
  readonly #choice: ListChoice;
  readonly #io: Io;
  readonly #looking: Pick<Looking, "count">;

  constructor(choice: ListChoice, io: Io, looking: Pick<Looking, "count">) {
    this.#choice = choice;
    this.#io = io;
    this.#looking = looking;
  }

  /** The values of `content` in a line; or `content` under `key` as JSON. */
  change(kind: keyof typeof SIGNS, key: string, content: Readonly<Record<string, string>>): void {
    this.line(kind, Object.values(content), (time, isAscii) => eventJson(kind, content, time, isAscii, key));
  }

  /**
   * Prints a line; nothing of it is cut off.
   * @param record the same as JSON, without line end.
   */
  line(
    kind: keyof typeof SIGNS,
    texts: readonly (string | number | undefined)[],
    record: (time: Date, isAscii: boolean) => string,
  ): void {
    const { stdout, clock } = this.#io;
    const { json, ascii } = this.#choice;
    const text = json
      ? record(clock.wall(), ascii === true)
      : [SIGNS[kind], ...texts.map((each) => printable(String(each ?? "")))].join("\t");
    stdout.write(`${text}\n`);
    if (SIGNS[kind] === "+") this.#looking.count(++this.found);
  }
}
