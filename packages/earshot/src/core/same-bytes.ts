/** Whether both are the same bytes, from `start` on. */
export function sameBytes(a: Uint8Array, b: Uint8Array, start = 0): boolean {
  if (a.length !== b.length) return false;
  for (let at = start; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}
