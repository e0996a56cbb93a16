/** Writes docs/compliance.md. */
import { STATES } from "./requirements.js";

const SHOWN_NAMES = 2;
const SHOWN_FILES = 4;
const LONGEST_NAME = 150;
const ROOT = "../";

const BEGINNING = `# Compliance

What the standards, the known attacks and the field ask of earshot, and the tests that prove it. This file is written
by \`npm run compliance\` from the tables of [requirements](requirements) and the names of the tests; \`npm run check\`
fails when it is not what they give. A row is met when tests that cite it prove all of it; met in part when something
is missing, and then the row says what; later when the part of earshot that it is about does not exist yet; not ours
when it is about something that earshot is not.
`;

/**
 * @param {readonly { title: string, rows: object[] }[]} families judged rows
 * @returns {string} the whole document
 */
export function report(families) {
  return [BEGINNING, summary(families), ...families.map(section)].join("\n");
}

function summary(families) {
  const all = { title: "**all**", rows: families.flatMap(({ rows }) => rows) };
  const lines = [...families.map((family) => counted(family, link(family.title))), counted(all, all.title)];
  return `${[`| family | rows | ${STATES.join(" | ")} |`, `|---|${"---:|".repeat(STATES.length + 1)}`, ...lines].join("\n")}\n`;
}

function counted({ rows }, title) {
  const counts = STATES.map((state) => rows.filter((row) => row.state === state).length);
  return `| ${title} | ${rows.length} | ${counts.join(" | ")} |`;
}

/** A title and where it stands in this document. */
function link(title) {
  const anchor = title
    .toLowerCase()
    .replace(/[^\w\s-]/g, "")
    .replace(/\s/g, "-");
  return `[${title}](#${anchor})`;
}

function section({ title, file, rows }) {
  const header = "| id | level | what it asks | state | proven by | source |\n|---|---|---|---|---|---|";
  return `## ${title}\n\nFrom [${file}](requirements/${file}).\n\n${header}\n${rows.map(line).join("\n")}\n`;
}

function line(row) {
  const about = [row.section, row.role]
    .filter((text) => text !== "")
    .map(plain)
    .join(", ");
  const asks = about === "" ? plain(row.meaning) : `${plain(row.meaning)} (${about})`;
  const state = row.reason === "" ? row.state : `${row.state}: ${plain(row.reason)}`;
  return `| ${[row.id, row.level, asks, state, proof(row.proof), sources(row.sources)].join(" | ")} |`;
}

function proof(files) {
  return shortened(
    [...files].map(
      ([file, names]) => `${fileLink(file)}: ${shortened(names.map(testName), SHOWN_NAMES, "; ")}`,
    ),
    SHOWN_FILES,
    "<br>",
  );
}

function sources(paths) {
  return shortened(paths.map(fileLink), SHOWN_FILES, ", ");
}

/** The first `most` of them, and how many more there are. */
function shortened(texts, most, separator) {
  const rest = texts.length - most;
  return [...texts.slice(0, most), ...(rest > 0 ? [`and ${rest} more`] : [])].join(separator);
}

function fileLink(path) {
  const short = path.replace(/^packages\/earshot\/(?:test\/|src\/)?/, "");
  return `[${short}](${ROOT}${path})`;
}

function testName(name) {
  const points = [...name];
  const short = points.length > LONGEST_NAME ? `${points.slice(0, LONGEST_NAME).join("")}…` : name;
  return plain(short.replaceAll(" > ", " › "));
}

/** Text without a meaning in Markdown, on one line. */
function plain(text) {
  return text
    .replace(/[\p{Cc}\p{Cf}]/gu, "?")
    .replace(/[\\`*_[\]<|&~]/g, (character) => `&#${character.codePointAt(0)};`);
}
