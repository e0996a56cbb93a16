import { printable, type Service } from "../index.ts";
import { fieldOf, type ServiceField } from "./fields.ts";

const COLUMNS = [
  "protocol",
  "name",
  "type",
  "usn",
  "udn",
  "location",
  "address",
  "port",
  "server",
  "interface",
  "host",
  "txt",
] as const satisfies readonly ServiceField[];
const DESCRIBED_COLUMNS = [...COLUMNS, "manufacturer", "model"] as const satisfies readonly ServiceField[];

/** Which columns there are, and how cells are written. */
export interface CsvStyle {
  /** Leaves formulas alone. */
  readonly raw?: true;
  /** With the columns that descriptions fill. */
  readonly describe?: true;
}

/** The line of column names, without line end. */
export function csvHeader(style: CsvStyle): string {
  return columnsOf(style).map(quoted).join(",");
}

/**
 * One service as a line of comma-separated values, every cell quoted, without line end. Control characters
 * are neutralised; so are cells that a spreadsheet would run as a formula, by a leading apostrophe.
 */
export function csvLine(service: Service, style: CsvStyle): string {
  const cells = columnsOf(style).map((column) => {
    const text = fieldOf(service, column);
    const isFormula = !style.raw && FORMULA.test(text);
    return quoted(`${isFormula ? "'" : ""}${printable(text)}`);
  });
  return cells.join(",");
}

function columnsOf({ describe }: CsvStyle): readonly ServiceField[] {
  return describe ? DESCRIBED_COLUMNS : COLUMNS;
}

/** What spreadsheets take for the beginning of a formula, also after spaces and in full width. */
const FORMULA = /^ *[=+\-@\t\r\n＝＋－＠]/;

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
