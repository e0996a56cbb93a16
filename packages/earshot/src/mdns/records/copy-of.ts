/** Up to so many bytes are copied faster one by one: the platform's own copying begins slowly. */
const FEW = 32;

/** A copy of the bytes from `start` to `end`, in memory of its own: what is kept must not hold the datagram. */
export function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  if (end - start > FEW) return new Uint8Array(bytes.subarray(start, end));
  const copy = new Uint8Array(end - start);
  for (let i = 0; i < copy.length; i++) copy[i] = bytes[start + i] as number;
  return copy;
}
