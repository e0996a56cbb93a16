/** The presentation form of names: labels with dots between them (RFC 1035 §5.1, RFC 6763 §4.3). */
import { UsageError } from "../core/errors.ts";
import { isRawUnit } from "./label.ts";

/** Labels in the presentation form, without trailing dot; `.` for none. */
export function presentationOf(labels: readonly string[]): string {
  return labels.length === 0 ? "." : labels.map(presented).join(".");
}

/**
 * The labels that a presentation form is of. A trailing dot ends the last label. Bytes come as what stands for them.
 * @throws UsageError `INVALID_NAME` for a backslash with nothing, or with no byte, behind it.
 */
export function labelsOf(text: string): string[] {
  const labels: string[] = [];
  let label = "";
  let at = 0;
  while (at < text.length) {
    if (text[at] === ".") {
      labels.push(label);
      label = "";
      at++;
      continue;
    }
    const [piece, length] = text[at] === "\\" ? escapeAt(text, at) : [text[at] as string, 1];
    label += piece;
    at += length;
  }
  if (label !== "" || labels.length === 0) labels.push(label);
  return labels;
}

/** The error for what is no name. */
export function invalidName(what: string): UsageError {
  return new UsageError("INVALID_NAME", `no domain name: ${what}`);
}

const encoder = new TextEncoder();

function presented(label: string): string {
  let text = "";
  for (const character of label) {
    const code = character.codePointAt(0) as number;
    if (character === "." || character === "\\") text += `\\${character}`;
    else if (isRawUnit(code)) text += byteEscape(code & 0xff);
    else if (code < 0x20 || (code >= 0x7f && code < 0xa0))
      text += Array.from(encoder.encode(character), byteEscape).join("");
    else text += character;
  }
  return text;
}

function byteEscape(byte: number): string {
  return `\\${String(byte).padStart(3, "0")}`;
}

const THREE_DIGITS = /^[0-9]{3}$/;

/** What the escape at `at` stands for, and how long it is. */
function escapeAt(text: string, at: number): readonly [piece: string, length: number] {
  const next = text[at + 1];
  if (next === undefined) throw invalidName("it ends in a backslash");
  if (next < "0" || next > "9") return [next, 2];
  const digits = text.slice(at + 1, at + 4);
  const byte = Number(digits);
  if (!THREE_DIGITS.test(digits) || byte > 255) throw invalidName(`no byte is \\${digits}`);
  return [String.fromCharCode(byte < 0x80 ? byte : 0xdc00 + byte), 4];
}
