/** Where rows are implemented: the source files that name the row, or cite its section of the standard. */

const CITED = /\b(UDA|RFC \d+|draft-[a-z]+-[a-z]+)\b[^§\n]{0,20}?(?:§|clauses? |sections? )(A?[\d.]*\d)/g;

/**
 * The sections that a source file cites, such as `UDA 1.2.2`; UDA 1.0, 1.1 and 2.0 share their numbers.
 *
 * @param {string} text
 * @returns {Set<string>}
 */
export function sectionsIn(text) {
  return new Set(
    [...text.matchAll(CITED)].map(
      ([, standard, number]) => `${standard} ${number.replace(/^A(?=\d)/, "A.")}`,
    ),
  );
}

/**
 * The files that name the row or cite its section.
 *
 * @param {{ id: string, section: string }} row
 * @param {readonly { path: string, text: string, sections: Set<string> }[]} sources
 * @returns {string[]}
 */
export function implementing(row, sources) {
  const [section] = sectionsIn(row.section);
  const named = new RegExp(`(?<![\\w-])${row.id}(?!\\w)`);
  return sources
    .filter(({ text, sections }) => named.test(text) || (section !== undefined && sections.has(section)))
    .map(({ path }) => path);
}
