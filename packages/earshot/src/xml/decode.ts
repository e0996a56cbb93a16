import { MalformedError } from "../core/errors.ts";
import type { XmlDeviations } from "./deviation.ts";

/**
 * The text of a document in UTF-8, its byte order mark taken off. What names another encoding, in the document or in
 * `charset`, is refused (UDA 1.1 §2.3: UTF-8).
 * @throws MalformedError `XML_BAD_ENCODING`.
 */
export function decodeStrictly(bytes: Uint8Array, charset?: string): string {
  const named = [charset, declaredEncoding(bytes)].filter((label) => label !== undefined);
  const foreign = named.find((label) => !/^(?:utf-?8|us-ascii)$/i.test(label));
  if (foreign !== undefined) throw badEncoding(`its encoding is ${JSON.stringify(foreign)}, not UTF-8`);
  const text = decodeAs("utf-8", bytes, true);
  if (text === undefined) throw badEncoding("it is not UTF-8");
  return text;
}

/**
 * The text of a document as its sender must have meant it. A byte order mark decides, of UTF-16 too; then UTF-8 if the
 * bytes are that, whatever is said of them; then the encoding that the response names, then the one that the document
 * names, if it is one that contains ASCII; else UTF-8 with U+FFFD for what is not.
 * @throws MalformedError `XML_BAD_ENCODING` for UTF-16 without a byte order mark.
 */
export function decodeLeniently(
  bytes: Uint8Array,
  charset: string | undefined,
  deviations: XmlDeviations,
): string {
  if (isUnmarkedUtf16(bytes)) throw badEncoding("it seems to be UTF-16 without a byte order mark");
  const marked = markedAsUtf16(bytes);
  const text = marked === undefined ? decodeAs("utf-8", bytes, true) : decodeAs(marked, bytes, false);
  if (marked !== undefined || text === undefined) deviations.add("WRONG_ENCODING");
  return text ?? decodeAsNamed(bytes, charset);
}

/** Encodings in which devices write, and in which every ASCII byte is that character. */
const NAMED =
  /^(?:iso-?8859-?\d{1,2}|latin-?\d|windows-(?:125\d|874)|cp-?125\d|gb-?2312|gbk|gb18030|big5|euc-(?:kr|jp)|shift[_-]jis|koi8-[ru]|tis-620)$/i;
const LESS_THAN = 0x3c;
const DECLARATION = /^[^<]{0,64}<\?xml[^>]{0,128}?\sencoding\s{0,8}=\s{0,8}["']([\w.:-]{1,40})["']/;

function decodeAsNamed(bytes: Uint8Array, charset: string | undefined): string {
  for (const label of [charset, declaredEncoding(bytes)]) {
    const text = label !== undefined && NAMED.test(label) ? decodeAs(label, bytes, false) : undefined;
    if (text !== undefined) return text;
  }
  return new TextDecoder().decode(bytes);
}

/** `undefined` when `fatal` and the bytes are not in this encoding, or when the platform does not know it. */
function decodeAs(label: string, bytes: Uint8Array, fatal: boolean): string | undefined {
  try {
    return new TextDecoder(label, { fatal }).decode(bytes);
  } catch {
    return undefined;
  }
}

function declaredEncoding(bytes: Uint8Array): string | undefined {
  return DECLARATION.exec(new TextDecoder().decode(bytes.subarray(0, 256)))?.[1];
}

function markedAsUtf16([first, second]: Uint8Array): string | undefined {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : undefined;
}

function isUnmarkedUtf16([first, second, third]: Uint8Array): boolean {
  return second === 0 ? first === LESS_THAN : first === 0 && second === LESS_THAN && third === 0;
}

function badEncoding(why: string): MalformedError {
  return new MalformedError("XML_BAD_ENCODING", `the document cannot be read: ${why}`);
}
