/** Which tests cite which rows: by an id in their own name or in that of a `describe` around them. */

/** Two that look like ids and are none: the sets of control characters. */
const NO_IDS = ["C0", "C1"];

/** `UD-012`, `A62-012`, `S9`: letters, perhaps the number of a standard, perhaps a hyphen, and a number. */
const LOOKS_LIKE_AN_ID = /(?<![\w%-])[A-Z]{1,2}(?:\d{2}-|-)?\d{1,3}(?!\w)/g;
const RANGE = /\d\s?\.\.\s?[A-Z]{1,2}(?:\d{2}-|-)?\d/;

/**
 * The ids in the name of a test.
 *
 * @param {string} name
 * @param {ReadonlySet<string>} prefixes the letters that ids begin with; what begins otherwise is no id
 * @returns {string[]}
 */
export function idsIn(name, prefixes) {
  const found = [...name.matchAll(LOOKS_LIKE_AN_ID)].map(([id]) => id);
  const ids = found.filter((id) => prefixes.has(prefixOf(id)) && !NO_IDS.includes(id));
  return [...new Set(ids)];
}

/**
 * What the tests cite.
 *
 * @param {readonly { name: string, file: string }[]} tests as `vitest list --json` tells them, paths from the root
 * @param {readonly string[]} known every id that there is
 * @returns {{ citations: Map<string, Map<string, string[]>>, problems: string[] }} names by file by id, in order
 */
export function collectCitations(tests, known) {
  const prefixes = new Set(known.map(prefixOf));
  const ids = new Set(known);
  const citations = new Map();
  const problems = [];
  for (const { file, name } of [...tests].sort(byFileAndName)) {
    if (RANGE.test(name)) problems.push(`${file}: "${name}" cites a range; write each id`);
    for (const id of idsIn(name, prefixes)) {
      if (ids.has(id)) add(citations, id, file, name);
      else problems.push(`${file}: "${name}" cites ${id}, which no row of docs/requirements has`);
    }
  }
  return { citations, problems };
}

function add(citations, id, file, name) {
  if (!citations.has(id)) citations.set(id, new Map());
  const files = citations.get(id);
  if (!files.has(file)) files.set(file, []);
  if (!files.get(file).includes(name)) files.get(file).push(name);
}

function prefixOf(id) {
  return id.replace(/-?\d+$/, "");
}

/** By code points, so that the order is the same on every machine. */
function byFileAndName(one, other) {
  return compare(one.file, other.file) || compare(one.name, other.name);
}

function compare(one, other) {
  return one < other ? -1 : Number(one > other);
}
