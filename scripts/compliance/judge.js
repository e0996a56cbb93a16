/** What becomes of each row, by what it says of itself and by what the tests cite. */
import { collectCitations } from "./citations.js";
import { implementing } from "./sources.js";

/**
 * @param {readonly { title: string, file: string, rows: object[] }[]} families
 * @param {readonly { name: string, file: string }[]} tests
 * @param {readonly { path: string, text: string, sections: Set<string> }[]} sources
 * @returns {{ families: object[], problems: string[] }} the rows with `proof` (names by file) and `sources` added; a
 * row that claims to be met and has no test is not met, and a problem
 */
export function judge(families, tests, sources) {
  const known = families.flatMap(({ rows }) => rows.map(({ id }) => id));
  const problems = twice(known).map((id) => `${id} is there twice`);
  const { citations, problems: wrong } = collectCitations(tests, known);
  problems.push(...wrong);
  const judged = families.map(({ title, file, rows }) => ({
    title,
    file,
    rows: rows.map((row) => {
      const proof = citations.get(row.id) ?? new Map();
      const problem = complaint(row, proof);
      if (problem) problems.push(`docs/requirements/${file}: ${problem}`);
      const isUnproven = proof.size === 0 && (row.state === "met" || row.state === "in part");
      const state = isUnproven ? { state: "not met", reason: "no test cites it" } : {};
      return { ...row, ...state, proof, sources: implementing(row, sources) };
    }),
  }));
  return { families: judged, problems };
}

function complaint({ id, state }, proof) {
  const isCited = proof.size > 0;
  if (state === "met" || state === "in part")
    return isCited
      ? undefined
      : `${id} is said to be ${state}, and no test cites it; cite it, or say why not`;
  if (state === "not ours" || !isCited) return undefined;
  return `${id} is said to be "${state}", and a test cites it: ${[...proof.keys()][0]}`;
}

function twice(ids) {
  return [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))];
}
