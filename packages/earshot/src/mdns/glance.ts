/** What the header of a message says (RFC 1035 §4.1.1). Counts are what is claimed, not what is there. */
export interface Glance {
  readonly isResponse: boolean;
  readonly opcode: number;
  readonly rcode: number;
  readonly truncated: boolean;
  readonly questions: number;
  readonly answers: number;
  readonly authorities: number;
  readonly additionals: number;
}

/** Reads the header alone. `undefined` when there are not even its 12 bytes. Never throws. */
export function glance(bytes: Uint8Array): Glance | undefined {
  if (bytes.length < 12) return undefined;
  const high = bytes[2] as number;
  return {
    isResponse: high >= 0x80,
    opcode: (high >> 3) & 15,
    rcode: (bytes[3] as number) & 15,
    truncated: (high & 2) !== 0,
    questions: u16(bytes, 4),
    answers: u16(bytes, 6),
    authorities: u16(bytes, 8),
    additionals: u16(bytes, 10),
  };
}

function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}
