/**
 * A label as text. Every string of bytes is one text and back: what is UTF-8 is what it says (U+FEFF is a character like
 * any other, RFC 6762 §16), and each byte that is not is one of U+DC80 to U+DCFF, which UTF-8 has no form for.
 */
import { isUtf8 } from "../core/utf8.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** U+DC80 stands for the byte 0x80, and so on. */
const RAW = 0xdc00;

/** The text of the bytes from `start` to `end`. */
export function textOfBytes(bytes: Uint8Array, start: number, end: number): string {
  let seen = 0;
  for (let at = start; at < end; at++) seen |= bytes[at] as number;
  return seen < 0x80 ? asciiText(bytes, start, end) : otherText(bytes, start, end);
}

/** The bytes of a text; `undefined` when it has a surrogate that stands for no byte and is no half of a character. */
export function bytesOfText(text: string): Uint8Array | undefined {
  if (!hasSurrogate(text)) return encoder.encode(text);
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    if (code >= RAW + 0x80 && code <= RAW + 0xff) bytes.push(code - RAW);
    else if (code >= 0xd800 && code <= 0xdfff) return undefined;
    else bytes.push(...encoder.encode(character));
  }
  return Uint8Array.from(bytes);
}

/** Whether a UTF-16 unit stands for a byte that is not UTF-8, where it is no half of a character. */
export function isRawUnit(code: number): boolean {
  return code >= RAW + 0x80 && code <= RAW + 0xff;
}

/** The text of bytes that are all ASCII. */
function asciiText(bytes: Uint8Array, start: number, end: number): string {
  const { latin1Slice } = bytes as { latin1Slice?: (start: number, end: number) => string };
  if (latin1Slice) return latin1Slice.call(bytes, start, end);
  let text = "";
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at] as number);
  return text;
}

function hasSurrogate(text: string): boolean {
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xf800) === 0xd800) return true;
  return false;
}

function otherText(bytes: Uint8Array, start: number, end: number): string {
  const own = bytes.subarray(start, end);
  if (isUtf8(own)) return decoder.decode(own);
  let text = "";
  for (let at = start; at < end; ) {
    const length = sequenceLength(bytes, at, end);
    if (length === 0) text += String.fromCharCode(RAW + (bytes[at] as number));
    else text += decoder.decode(bytes.subarray(at, at + length));
    at += Math.max(1, length);
  }
  return text;
}

/** How many bytes the character at `at` has; 0 when there is none. */
function sequenceLength(bytes: Uint8Array, at: number, end: number): number {
  for (let length = 1; length <= 4 && at + length <= end; length++)
    if (isUtf8(bytes.subarray(at, at + length))) return length;
  return 0;
}
