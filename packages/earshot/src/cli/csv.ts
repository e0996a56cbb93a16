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
] as const satisfies readonly ServiceField[];

/** The line of column names, without line end. */
export function csvHeader(): string {
  return COLUMNS.map(quoted).join(",");
}

/**
 * One service as a line of comma-separated values, every cell quoted, without line end. Control characters
 * are neutralised; so are cells that a spreadsheet would run as a formula, by a leading apostrophe.
 * @param isRaw leaves formulas alone.
 */
export function csvLine(service: Service, isRaw: boolean): string {
  return COLUMNS.map((column) => {
    const text = fieldOf(service, column);
    const isFormula = !isRaw && FORMULA.test(text);
    return quoted(`${isFormula ? "'" : ""}${printable(text)}`);
  }).join(",");
}

/** What spreadsheets take for the beginning of a formula, also after spaces and in full width. */
const FORMULA = /^ *[=+\-@\t\r\n＝＋－＠]/;

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
