/** Reads the requirements of docs/requirements: tables with a row each, in our own words. */

/** What a row may say of itself; a row that says nothing is met, and a test proves it. */
export const STATES = ["met", "in part", "not met", "later", "not ours"];

const COLUMNS = ["id", "level", "role", "section", "meaning", "state"];
const LEVELS = ["MUST", "SHOULD", "RULE"];

/**
 * The family of rows that one document holds.
 *
 * @param {string} text a title, an introduction, and one table with the columns above; all but `id` and `meaning` may
 * be left out, and a level is then RULE
 * @param {string} file its name, for complaints
 * @returns {{ title: string, file: string, rows: object[] }}
 * @throws Error that says which line is wrong, and how
 */
export function parseRequirements(text, file) {
  const lines = text.split("\n");
  const title = lines[0]?.match(/^# (.+)$/)?.[1];
  if (!title) throw new Error(`${file}:1: a title is wanted`);
  const first = lines.findIndex((line) => line.startsWith("|"));
  const columns = cells(lines[first] ?? "");
  if (!columns.includes("id") || !columns.includes("meaning") || columns.some((c) => !COLUMNS.includes(c)))
    throw new Error(`${file}:${first + 1}: the columns may be ${COLUMNS.join(", ")}`);
  const rows = [];
  for (let index = first + 2; lines[index]?.startsWith("|"); index++)
    rows.push(parseRow(cells(lines[index]), columns, `${file}:${index + 1}`));
  return { title, file, rows };
}

function parseRow(values, columns, where) {
  if (values.length !== columns.length)
    throw new Error(`${where}: ${values.length} cells, not ${columns.length}`);
  const row = Object.fromEntries(columns.map((column, index) => [column, values[index]]));
  const { id, level = "RULE", role = "", section = "", meaning } = row;
  if (!/^[A-Z]{1,2}(?:\d{2}-|-)?\d{1,3}$/.test(id)) throw new Error(`${where}: ${id} is no id`);
  if (!LEVELS.includes(level)) throw new Error(`${where}: a level is ${LEVELS.join(", ")}`);
  if (!meaning) throw new Error(`${where}: what does it mean?`);
  return { id, level, role, section, meaning, ...parseState(row.state ?? "", where) };
}

function parseState(text, where) {
  if (text === "") return { state: "met", reason: "" };
  const [, state, reason] = text.match(/^([a-z ]+): (.+)$/) ?? [];
  if (STATES.includes(state) && state !== "met") return { state, reason };
  throw new Error(`${where}: a state is empty (met), or one of ${STATES.slice(1).join(", ")} with ": why"`);
}

/** The cells of a line of a table; `\|` is a bar in a cell. */
function cells(line) {
  return line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll("\\|", "|"));
}
