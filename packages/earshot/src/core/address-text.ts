/** The text of addresses: IPv4 as an unsigned 32-bit number, IPv6 as 16 bytes. For `address.ts`, which gives it sense. */

/** Four decimal numbers without leading zeros, and nothing else. */
export function parseV4(text: string): number | undefined {
  if (text.length < 7 || text.length > 15) return undefined;
  let address = 0;
  let part = -1;
  let dots = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === DOT) {
      if (part < 0 || ++dots > 3) return undefined;
      address = address * 256 + part;
      part = -1;
    } else {
      if (code < 0x30 || code > 0x39 || part === 0) return undefined;
      part = (part < 0 ? 0 : part * 10) + code - 0x30;
      if (part > 255) return undefined;
    }
  }
  return part < 0 || dots < 3 ? undefined : address * 256 + part;
}

/** RFC 4291 section 2.2, without zone. */
export function parseV6(text: string): Uint8Array | undefined {
  if (text.length < 2 || text.length > 45) return undefined;
  const bytes = new Uint8Array(16);
  const leading = text.startsWith("::") ? 2 : 0;
  let gap = leading > 0 ? 0 : -1; // Where `::` stands, in bytes.
  let end = 0;
  let start = leading;
  for (let index = leading; index <= text.length; index++) {
    const code = index < text.length ? text.charCodeAt(index) : COLON;
    if (code === DOT) {
      const v4 = end > 12 ? undefined : parseV4(text.slice(start));
      if (v4 === undefined) return undefined;
      writeGroup(bytes, end, v4 >>> 16);
      writeGroup(bytes, end + 2, v4);
      return spread(bytes, gap, end + 4);
    }
    if (code !== COLON) continue;
    if (index > start) {
      const group = parseGroup(text, start, index);
      if (group < 0 || end > 14) return undefined;
      writeGroup(bytes, end, group);
      end += 2;
    } else if (index < text.length) {
      if (gap >= 0 || index === 0) return undefined;
      gap = end;
    } else if (end !== gap) return undefined; // It ends in a single colon.
    start = index + 1;
  }
  return spread(bytes, gap, end);
}

export function formatV4(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/** The form of RFC 5952, a mapped IPv4 address in mixed notation. */
export function formatV6(bytes: Uint8Array): string {
  return isMapped(bytes) ? `::ffff:${formatV4(v4At(bytes, 12))}` : formatGroups(bytes);
}

/** Whether it is in ::ffff:0:0/96 (RFC 4291 section 2.5.5.2). */
export function isMapped(bytes: Uint8Array): boolean {
  for (let index = 0; index < 10; index++) if (bytes[index] !== 0) return false;
  return bytes[10] === 0xff && bytes[11] === 0xff;
}

/** The four bytes at `index` as an IPv4 address. */
export function v4At(bytes: Uint8Array, index: number): number {
  const high = (byteAt(bytes, index) << 8) | byteAt(bytes, index + 1);
  return high * 0x1_0000 + ((byteAt(bytes, index + 2) << 8) | byteAt(bytes, index + 3));
}

/** The byte at `index`; 0 beyond the end. */
export function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
}

const DOT = 0x2e;
const COLON = 0x3a;

/** One to four hexadecimal digits; -1 when they are not. */
function parseGroup(text: string, start: number, end: number): number {
  if (end - start > 4) return -1;
  let group = 0;
  for (let index = start; index < end; index++) {
    const code = text.charCodeAt(index) | 0x20;
    const digit = code >= 0x61 && code <= 0x66 ? code - 0x57 : text.charCodeAt(index) - 0x30;
    if (digit < 0 || digit > 15 || (digit > 9 && code < 0x61)) return -1;
    group = group * 16 + digit;
  }
  return group;
}

function writeGroup(bytes: Uint8Array, at: number, group: number): void {
  bytes[at] = group >>> 8;
  bytes[at + 1] = group;
}

/** Moves what stands behind the gap to the end. A gap is at least one group, and there is none in a full address. */
function spread(bytes: Uint8Array, gap: number, end: number): Uint8Array | undefined {
  if (gap < 0) return end === 16 ? bytes : undefined;
  if (end > 14) return undefined;
  bytes.copyWithin(gap + 16 - end, gap, end);
  return bytes.fill(0, gap, gap + 16 - end);
}

function formatGroups(bytes: Uint8Array): string {
  const groups: number[] = [];
  for (let at = 0; at < 16; at += 2) groups.push((byteAt(bytes, at) << 8) | byteAt(bytes, at + 1));
  const { start, length } = longestZeros(groups);
  let text = "";
  for (let index = 0; index < 8; index++) {
    if (length > 1 && index === start) {
      text += "::";
      index += length - 1;
    } else text += `${text === "" || text.endsWith(":") ? "" : ":"}${groups[index]?.toString(16)}`;
  }
  return text;
}

/** The longest run of zero groups, the first of equals (RFC 5952 section 4.2.3). */
function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let length = 0;
  for (const [index, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0;
    if (length > best.length) best = { start: index + 1 - length, length };
  }
  return best;
}
