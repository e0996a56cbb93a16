/**
 * A hash of bytes, 32 bits, in which every byte counts: to find what may be the same, never to tell that it is.
 * @param seed another hash, or 0: what the bytes are to be told apart by besides.
 */
export function byteHash(bytes: Uint8Array, seed = 0): number {
  let hash = seed ^ bytes.length;
  const whole = bytes.length & ~3;
  for (let i = 0; i < whole; i += 4) {
    const word =
      (bytes[i] as number) |
      ((bytes[i + 1] as number) << 8) |
      ((bytes[i + 2] as number) << 16) |
      ((bytes[i + 3] as number) << 24);
    hash = Math.imul(hash ^ word, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  for (let i = whole; i < bytes.length; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  return (hash ^ (hash >>> 13)) | 0;
}
