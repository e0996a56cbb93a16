/** TXT data as people read it. All of it is untrusted, and may hold format characters. */

/** The strings of TXT data (RFC 1035 §3.3.14): as many as there are whole ones. */
export function txtStrings(bytes: Uint8Array): Uint8Array[] {
  const strings: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + (bytes[at] ?? 0);
    if (end > bytes.length) break;
    strings.push(bytes.subarray(at + 1, end));
    at = end;
  }
  return strings;
}

/** Bytes as text: UTF-8 where they are that, else with `\ddd` for every byte that is not printable ASCII. */
export function bytesText(bytes: Uint8Array): string {
  return utf8(bytes) ?? Array.from(bytes, asciiText).join("");
}

/** Bytes in quotation marks, as zone files and dig have them: `"`, `\` and control characters are escaped. */
export function quotedBytes(bytes: Uint8Array): string {
  const text = utf8(bytes);
  return text === undefined ? `"${Array.from(bytes, escapedByte).join("")}"` : quoted(text);
}

/** The same of text. */
export function quoted(text: string): string {
  const escaped = Array.from(text, (character) => {
    const code = character.charCodeAt(0);
    return code > 0x7f ? character : escapedByte(code);
  });
  return `"${escaped.join("")}"`;
}

/** The strings of TXT data, quoted, in the order in which they came; of empty ones only that there is nothing else. */
export function txtText(bytes: Uint8Array): string {
  const strings = txtStrings(bytes).filter(({ length }) => length > 0);
  return strings.length === 0 ? '""' : strings.map(quotedBytes).join(" ");
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}

function escapedByte(byte: number): string {
  return byte === QUOTE || byte === BACKSLASH ? `\\${String.fromCharCode(byte)}` : asciiText(byte);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

function asciiText(byte: number): string {
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\${String(byte).padStart(3, "0")}`;
}
