/** A code point that no XML 1.0 document may contain, not even as a reference (XML 1.0 §2.2, Char). */
const ILLEGAL = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u;
const EVERY_ILLEGAL = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;

/** The first code point of `text` that XML has no place for; `undefined` when there is none. */
export function illegalCodePoint(text: string): number | undefined {
  return ILLEGAL.exec(text)?.[0].codePointAt(0);
}

/** `text` with U+FFFD for every code point that XML has no place for. */
export function replaceIllegal(text: string): string {
  return text.replace(EVERY_ILLEGAL, "\u{fffd}");
}
