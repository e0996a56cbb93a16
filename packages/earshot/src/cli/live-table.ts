import type { Browser, Change, Service } from "../index.ts";
import type { Paint } from "./colours.ts";
import { DESCRIPTION_COLUMNS, descriptionTexts } from "./description-columns.ts";
import type { Io, Stop } from "./io.ts";
import { ageOf, cell, deviceOf, type Row, rowsOf, shortType } from "./rows.ts";
import { Screen } from "./screen.ts";
import type { Session } from "./session.ts";
import { type Column, table } from "./table.ts";
import { clip } from "./text-width.ts";

export interface LiveTableParts {
  readonly io: Io;
  readonly session: Session;
  readonly paint: Paint;
  /** Told how many rows were seen so far. */
  readonly count: (found: number) => void;
  /** One row for each advertisement, not for each device. */
  readonly all: boolean;
  /** With the columns that descriptions fill. */
  readonly describes: boolean;
}

const COLUMNS: readonly Column[] = [
  { title: "name", role: "name", least: 12, most: 40 },
  { title: "protocol", role: "faint", least: 4 },
  { title: "type", role: "type", least: 12, most: 60 },
  { title: "address", least: 9 },
  { title: "port", role: "faint" },
  { title: "interface", least: 4 },
  { title: "age", role: "faint" },
];
/** Where descriptions stand, when they were asked for: behind the name. */
const DESCRIBED_COLUMNS: readonly Column[] = COLUMNS.toSpliced(1, 0, ...DESCRIPTION_COLUMNS);

/** Changes are shown together, this often at most. */
const DRAW_MS = 100;
const TICK_MS = 1000;
/**
 * Lines that are no rows: the titles, the line that says how many more there are, the last line, and the
 * cursor's.
 */
const OTHER_LINES = 4;
/** Below the table. A terminal of one line has room for nothing else: what is drawn in it would scroll away. */
const CURSOR_LINES = 1;

/** What a browser knows, as a table that is drawn anew in place. */
export class LiveTable {
  readonly #parts: LiveTableParts;
  readonly #screen: Screen;
  readonly #seen = new Set<string>();
  #all: boolean;
  #services: ReadonlyMap<string, Service> = new Map();
  #listening: () => readonly string[] = () => [];
  #drawing: Stop | undefined;
  #stopKeys: Stop = () => {};
  #isOpen = false;

  constructor(parts: LiveTableParts) {
    this.#parts = parts;
    this.#all = parts.all;
    this.#screen = new Screen(parts.io);
  }

  /** How many rows there have been. */
  get found(): number {
    return this.#seen.size;
  }

  /** @param listening which links are listened on. */
  open(browser: Browser, listening: () => readonly string[]): void {
    const { io, session } = this.#parts;
    this.#services = browser.services;
    this.#listening = listening;
    this.#isOpen = true;
    this.#stopKeys = io.onKey((key) => this.#key(key));
    session.signal.addEventListener("abort", () => this.#stopKeys(), { once: true });
    session.also(io.onResize(() => this.#draw()));
    session.also(io.onSignal("SIGCONT", () => this.#resume()));
    session.every(TICK_MS, () => this.#draw());
    this.#draw();
  }

  change({ service }: Change): void {
    const { io, count, all } = this.#parts;
    this.#seen.add(all ? service.id : deviceOf(service));
    count(this.found);
    this.#drawing ??= io.clock.at(io.clock.now() + DRAW_MS, () => this.#draw());
  }

  /** Writes a line to the error output, above the table. */
  complain(line: string): void {
    this.#screen.above(() => this.#parts.io.stderr.write(line));
    this.#draw();
  }

  /** Leaves the last state on the terminal. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#stopKeys();
    this.#drawing?.();
    this.#screen.draw(this.#lines());
  }

  #key(key: string): void {
    if (key === "q") this.#parts.session.end("interrupted");
    if (key !== "a") return;
    this.#all = !this.#all;
    this.#draw();
  }

  /** After Ctrl-Z others have written below the table. */
  #resume(): void {
    this.#screen.forget();
    this.#draw();
  }

  #draw(): void {
    this.#drawing?.();
    this.#drawing = undefined;
    if (this.#isOpen) this.#screen.draw(this.#lines());
  }

  #lines(): string[] {
    const { io, paint } = this.#parts;
    const rows = rowsOf(this.#services.values(), this.#all);
    const body = rows.length === 0 ? this.#emptyLines() : this.#tableLines(rows);
    const lines = [...body, paint("faint", clip(this.#lastLine(rows), io.columns))];
    return this.#isOpen ? lines.slice(Math.max(0, lines.length - (io.rows - CURSOR_LINES))) : lines;
  }

  #tableLines(rows: readonly Row[]): string[] {
    const { io, paint, describes } = this.#parts;
    const room = Math.max(1, io.rows - OTHER_LINES);
    const now = io.clock.wall();
    const shown = rows.slice(0, room).map((row) => texts(row, now, describes));
    const hidden = rows.length - shown.length;
    const more = hidden > 0 ? [paint("faint", clip(`… ${hidden} more`, io.columns))] : [];
    return [...table(describes ? DESCRIBED_COLUMNS : COLUMNS, shown, io.columns, paint), ...more];
  }

  #emptyLines(): string[] {
    const { io } = this.#parts;
    if (!this.#isOpen) return [clip("Nothing was heard.", io.columns)];
    const links = this.#listening();
    const where = links.length === 0 ? "Opening the network …" : `Listening on ${links.join(", ")} …`;
    const hint = "Nothing yet. Try earshot demo, or another network with --interface NAME.";
    return [where, hint].map((line) => clip(cell(line), io.columns));
  }

  #lastLine(rows: readonly Row[]): string {
    const counts = countsText(this.#services.values());
    if (!this.#isOpen) return counts;
    const other = this.#all ? "a: one row per device" : "a: one row per advertisement";
    return rows.length === 0 ? `${counts}   q: quit` : `${counts}   q: quit   ${other}`;
  }
}

function texts({ lead, more, interfaces, heardAt }: Row, now: Date, describes: boolean): string[] {
  const type = shortType(lead.type) + (more > 0 ? ` +${more}` : "");
  const [address] = lead.addresses;
  const described = describes ? descriptionTexts(lead) : [];
  const where = [address, lead.port, interfaces.join(","), ageOf(heardAt, now)];
  return [lead.name, ...described, lead.protocol, type, ...where].map(cell);
}

/** SSDP's devices and advertisements, unless only DNS-SD has something; then its services, if there are any. */
function countsText(services: Iterable<Service>): string {
  const all = [...services];
  const advertisements = all.filter(({ protocol }) => protocol === "ssdp");
  const others = all.length - advertisements.length;
  const devices = new Set(advertisements.map(deviceOf)).size;
  const ssdp = [plural(devices, "device"), plural(advertisements.length, "advertisement")];
  return [
    ...(devices > 0 || others === 0 ? ssdp : []),
    ...(others > 0 ? [plural(others, "service")] : []),
  ].join(", ");
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
