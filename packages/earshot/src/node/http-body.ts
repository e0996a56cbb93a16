/** What is allocated for a body at first; it doubles from there. */
const FIRST_BYTES = 4_096;
/** A body may come in one piece for so many bytes of its limit, and in this many pieces however low that is. */
const BYTES_PER_PIECE = 64;
const LEAST_MAX_PIECES = 1_024;

/**
 * The body of a message while it arrives. Its pieces are copied: what Node hands out is a view that keeps a whole read
 * buffer alive, and some 400 bytes of its own, so that a stranger who sends chunks of one byte would cost hundreds of
 * times the limit. Holds at most `maxBytes`, and half as much again while it grows.
 */
export class HttpBody {
  readonly #maxBytes: number;
  readonly #maxPieces: number;
  readonly #allocate: (bytes: number) => Uint8Array;
  #kept: Uint8Array;
  #length = 0;
  #pieces = 0;
  #fault: string | undefined;

  /** @param allocate gives zeroed memory: replaced in tests. */
  constructor(maxBytes: number, allocate: (bytes: number) => Uint8Array = (bytes) => new Uint8Array(bytes)) {
    this.#maxBytes = maxBytes;
    this.#maxPieces = Math.max(LEAST_MAX_PIECES, Math.ceil(maxBytes / BYTES_PER_PIECE));
    this.#allocate = allocate;
    this.#kept = allocate(0);
  }

  /** Takes a piece; or tells what is wrong with the body, such as `longer than 10 bytes`: then nothing of it is kept. */
  add(piece: Uint8Array): string | undefined {
    this.#fault ??= this.#refusal(piece.length);
    if (this.#fault === undefined) this.#keep(piece);
    else this.#kept = this.#allocate(0);
    return this.#fault;
  }

  /** All of it, in memory of its own. To be called once, after the last piece. */
  finish(): Uint8Array {
    if (this.#length === this.#kept.length) return this.#kept;
    const whole = this.#allocate(this.#length);
    whole.set(this.#kept.subarray(0, this.#length));
    return whole;
  }

  #refusal(bytes: number): string | undefined {
    if (this.#length + bytes > this.#maxBytes) return `longer than ${this.#maxBytes} bytes`;
    return ++this.#pieces > this.#maxPieces ? `in more than ${this.#maxPieces} pieces` : undefined;
  }

  #keep(piece: Uint8Array): void {
    const needed = this.#length + piece.length;
    if (needed > this.#kept.length) this.#grow(needed);
    this.#kept.set(piece, this.#length);
    this.#length = needed;
  }

  #grow(needed: number): void {
    const wanted = Math.max(needed, this.#kept.length * 2, FIRST_BYTES);
    const larger = this.#allocate(Math.min(wanted, this.#maxBytes));
    larger.set(this.#kept.subarray(0, this.#length));
    this.#kept = larger;
  }
}
