/**
 * A UUID that is always the same for these texts: 128 bits of an FNV-like hash, dressed as RFC 4122 version 5. It is
 * no SHA-1 and hides nothing: on a simulated network there is nobody to hide from.
 */
export function uuidOf(host: string, name: string): string {
  const text = `${host.length}:${host}${name}`;
  const words = [0, 1, 2, 3].map((index) => hash(text, 0x811c9dc5 ^ Math.imul(index + 1, 0x9e3779b9)));
  const hex = words.map((word) => word.toString(16).padStart(8, "0")).join("");
  const variant = (8 + (Number.parseInt(hex.charAt(16), 16) & 3)).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `5${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20),
  ].join("-");
}

/** FNV-1a over UTF-16 units, with the finishing mix of MurmurHash3. */
function hash(text: string, seed: number): number {
  let state = seed;
  for (let index = 0; index < text.length; index++)
    state = Math.imul(state ^ text.charCodeAt(index), 0x01000193);
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}
