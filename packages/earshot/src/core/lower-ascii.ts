/**
 * ASCII letters in lower case, and every other as it is (RFC 6762 §16). `toLowerCase` would do more: U+212A, the sign for
 * kelvin, is another letter than k.
 */
export function lowerAscii(text: string): string {
  return OTHER.test(text) ? text.replace(UPPER_CASE, (letters) => letters.toLowerCase()) : text.toLowerCase();
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: it is the ends of ASCII that count
const OTHER = /[^\x00-\x7f]/;
const UPPER_CASE = /[A-Z]+/g;
