/** The characters of RFC 2616 section 2.2, as HTTP-like messages use them. */

/** The class of a byte that may be in a token. */
export const TOKEN = 1;

/** Of each byte whether it is `TOKEN`, or 0. */
export const classes: Uint8Array = new Uint8Array(256).map((_, byte) =>
  byte > 0x20 && byte < 0x7f && !'()<>@,;:\\"/[]?={}'.includes(String.fromCharCode(byte)) ? TOKEN : 0,
);

/** Whether this is a token: what a header may be named. */
export function isToken(name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    if (classes[name.charCodeAt(i)] !== TOKEN) return false;
  }
  return name.length > 0;
}

/**
 * Whether every character may stand in a header value that we send. Refused are the control characters of ASCII and
 * of Latin-1, the line separators of Unicode, which some readers take for line ends, and halves of surrogate pairs.
 */
export function isSendable(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code < 0x20 || (code >= 0x7f && code <= 0x9f) || code === 0x2028 || code === 0x2029) return false;
    if (code >= 0xd800 && code <= 0xdfff && !isPair(code, value.charCodeAt(++i))) return false;
  }
  return true;
}

function isPair(high: number, low: number): boolean {
  return high <= 0xdbff && low >= 0xdc00 && low <= 0xdfff;
}
