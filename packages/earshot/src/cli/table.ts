import type { Paint, Role } from "./colours.ts";
import { clip, pad, textWidth } from "./text-width.ts";

/** A column: its title, and how its text looks. */
export interface Column {
  readonly title: string;
  readonly role?: Role;
  /** The fewest cells it is narrowed to. @default as many as its longest text */
  readonly least?: number;
  /** The most cells it takes. @default as many as its longest text */
  readonly most?: number;
}

const GAP = 2;

/**
 * A title line and a line for each row, in columns as wide as their longest text, narrowed to `width` cells
 * in all by taking from the widest, and by leaving out the last where not even one cell is left for each. Cells must be
 * neutralised text.
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
  paint: Paint,
): string[] {
  const most = Math.max(1, Math.floor((width + GAP) / (1 + GAP)));
  const titles = columns.slice(0, most).map(({ title }) => title);
  const cells = rows.map((row) => row.slice(0, most).map((text) => text.replace(VARIATION_SELECTORS, "")));
  const widths = narrowed(columns, natural([titles, ...cells]), width);
  const head = tableLine(titles, widths, (text) => paint("title", text));
  const body = cells.map((row) =>
    tableLine(row, widths, (text, at) => painted(paint, columns[at]?.role, text)),
  );
  return [head, ...body];
}

/** Terminals disagree whether these change the width of what is before them. */
const VARIATION_SELECTORS = /[\ufe00-\ufe0f]/g;

function natural(rows: readonly (readonly string[])[]): number[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, text] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, textWidth(text));
  }
  return widths;
}

function narrowed(columns: readonly Column[], wanted: readonly number[], width: number): number[] {
  const widths = wanted.map((natural, at) => Math.min(natural, columns[at]?.most ?? natural));
  const least = widths.map((natural, at) => Math.min(natural, columns[at]?.least ?? natural));
  const room = width - GAP * (widths.length - 1);
  for (let excess = sum(widths) - room; excess > 0; excess--) {
    const at =
      widest(widths, (index) => (widths[index] ?? 0) > (least[index] ?? 0)) ?? widest(widths, () => true);
    if (at === undefined || (widths[at] ?? 0) <= 1) break;
    widths[at] = (widths[at] ?? 0) - 1;
  }
  return widths;
}

function widest(widths: readonly number[], isEligible: (at: number) => boolean): number | undefined {
  let best: number | undefined;
  for (const [at, width] of widths.entries()) {
    if (isEligible(at) && (best === undefined || width > (widths[best] ?? 0))) best = at;
  }
  return best;
}

/** The last column is not padded, so that no line ends in spaces. */
function tableLine(
  row: readonly string[],
  widths: readonly number[],
  paintCell: (text: string, at: number) => string,
): string {
  const cells = row.map((text, at) => {
    const clipped = clip(text, widths[at] ?? 0);
    if (at === row.length - 1) return paintCell(clipped, at);
    return paintCell(clipped, at) + pad("", (widths[at] ?? 0) - textWidth(clipped) + GAP);
  });
  return cells.join("");
}

function painted(paint: Paint, role: Role | undefined, text: string): string {
  return role && text ? paint(role, text) : text;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
