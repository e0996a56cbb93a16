import { stripVTControlCharacters } from "node:util";
import type { Io } from "./io.ts";
import { textWidth } from "./text-width.ts";

/**
 * A block of lines at the end of a terminal that is drawn anew in place. It moves the cursor and nothing
 * else.
 */
export class Screen {
  readonly #io: Io;
  /** How wide each line now on the terminal is, in cells. */
  #drawn: readonly number[] = [];

  constructor(io: Io) {
    this.#io = io;
  }

  /** Replaces the block. */
  draw(lines: readonly string[]): void {
    this.#io.stdout.write(this.#erasing() + lines.map((line) => `${line}\n`).join(""));
    this.#drawn = lines.map((line) => textWidth(stripVTControlCharacters(line)));
  }

  /** Takes the block away, writes something above it, and leaves it to be drawn anew. */
  above(write: () => void): void {
    this.#io.stdout.write(this.#erasing());
    this.forget();
    write();
  }

  /** Leaves the block where it is: the next one is drawn below. */
  forget(): void {
    this.#drawn = [];
  }

  /** A terminal that was made narrower has wrapped the lines. */
  #erasing(): string {
    const { columns } = this.#io;
    const height = this.#drawn.reduce((rows, width) => rows + Math.max(1, Math.ceil(width / columns)), 0);
    return height === 0 ? "" : `\x1b[${height}A\x1b[1G\x1b[0J`;
  }
}
