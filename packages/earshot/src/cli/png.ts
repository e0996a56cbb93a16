/** What a PNG image says of itself. */
export interface PngShape {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Bits per pixel. */
  readonly depth: number;
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const IHDR = 0x49_48_44_52;
const HEAD_BYTES = 26;
/** Samples per pixel by colour type (PNG §11.2.1). */
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** Reads the head of a PNG image; `undefined` when it is none. */
export function pngShape(bytes: Uint8Array): PngShape | undefined {
  if (bytes.length < HEAD_BYTES || SIGNATURE.some((byte, index) => bytes[index] !== byte)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const samples = SAMPLES[view.getUint8(25)];
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  if (view.getUint32(12) !== IHDR || samples === undefined || width === 0 || height === 0) return undefined;
  return { width, height, depth: view.getUint8(24) * samples };
}
