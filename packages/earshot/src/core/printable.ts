/**
 * Untrusted text made safe for a terminal and for a log: every character that moves the cursor, starts a control
 * sequence, turns the direction of writing, or cannot be seen is written as `\u{…}` in hexadecimal; of marks that
 * pile up on one character a few remain. Everything else, in whatever script, stays as it is.
 * @param maxLength most code points of the result; a longer one is cut between characters and ends in `…`.
 * @default maxLength no limit
 */
export function printable(text: string, maxLength: number = Number.POSITIVE_INFINITY): string {
  if (text.length <= maxLength && PLAIN.test(text)) return text;
  let result = "";
  let length = 0;
  let cut = 0;
  let marks = MOST_MARKS; // A mark at the very start would fall on what is printed before it.
  for (const character of text) {
    marks = MARK.test(character) ? marks + 1 : 0;
    if (marks > MOST_MARKS + 1) continue;
    const piece = marks > MOST_MARKS || UNSAFE.test(character) ? escaped(character) : character;
    length += piece === character ? 1 : piece.length;
    if (length > maxLength) return maxLength >= 1 ? `${result.slice(0, cut)}…` : "";
    result += piece;
    if (length < maxLength) cut = result.length;
  }
  return result;
}

const PLAIN = /^[\x20-\x7e]*$/;
/** Marks that take no room of their own. */
const MARK = /[\p{Mn}\p{Me}]/u;
/** Marks in a row that are kept. Scripts in use stay below; the first one too many is escaped, the rest left out. */
const MOST_MARKS = 4;
/**
 * Controls, format characters (bidirectional controls, zero width, tags, byte order mark), lone surrogates, line and
 * paragraph separators, and whatever else Unicode lets a display leave out, save the marks counted above.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|(?!\p{M})\p{Default_Ignorable_Code_Point}/u;

function escaped(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`;
}
