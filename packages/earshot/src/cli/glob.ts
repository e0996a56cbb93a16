/**
 * Whether a text fits a pattern, letter case aside: with `*` (anything) and `?` (one character) in it the whole text
 * must fit, without them it is enough that the pattern is a part of the text. The time it takes is bounded by the product
 * of the lengths, whatever a stranger's text is.
 */
export function fitsPattern(pattern: string, text: string): boolean {
  const wanted = pattern.toLowerCase();
  const given = text.toLowerCase();
  return /[*?]/.test(wanted) ? fitsGlob(wanted, given) : given.includes(wanted);
}

/** At a mismatch the last star takes one character more; earlier stars never need to be tried again. */
function fitsGlob(pattern: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let index = 0; index < text.length; ) {
    if (pattern[at] === "*") {
      star = at++;
      resume = index;
    } else if (at < pattern.length && (pattern[at] === "?" || pattern[at] === text[index])) {
      at++;
      index++;
    } else if (star >= 0) {
      at = star + 1;
      index = ++resume;
    } else return false;
  }
  while (pattern[at] === "*") at++;
  return at === pattern.length;
}
