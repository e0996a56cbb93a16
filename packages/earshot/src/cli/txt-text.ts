/** TXT data as people read it. All of it is untrusted. */

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

/**
 * Bytes as text: UTF-8 where they are that, else ASCII with `\ddd` for every other byte (RFC 1035 §5.1). It may hold
 * control characters.
 */
export function bytesText(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    return Array.from(bytes, (byte) => (byte < 0x7f ? String.fromCharCode(byte) : decimal(byte))).join("");
  }
}

/** Bytes in quotation marks, as zone files and dig have them: `"`, `\` and control characters escaped. */
export function quotedText(bytes: Uint8Array): string {
  const text = bytesText(bytes.map((byte) => byte));
  return `"${text.replace(/["\\]/g, "\\$&").replace(/[\0-\x1f\x7f]/g, (control) => decimal(control.charCodeAt(0)))}"`;
}

/** `key=value`, `key=` or `key`, each quoted; in the order in which they came. */
export function txtText(bytes: Uint8Array): string {
  const strings = txtStrings(bytes).filter(({ length }) => length > 0);
  return strings.map(quotedText).join(" ");
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decimal(byte: number): string {
  return `\\${String(byte).padStart(3, "0")}`;
}
