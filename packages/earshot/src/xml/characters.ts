/** The code points that no XML 1.0 document may contain, not even as a reference: all but Char of XML 1.0 §2.2. */
const ILLEGAL = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;

/** The first code point of `text` that XML has no place for; `undefined` when there is none. */
export function illegalCodePoint(text: string): number | undefined {
  const at = text.search(ILLEGAL);
  return at < 0 ? undefined : text.codePointAt(at);
}

/** `text` with U+FFFD for every code point that XML has no place for. */
export function replaceIllegal(text: string): string {
  return text.replace(ILLEGAL, "\u{fffd}");
}
