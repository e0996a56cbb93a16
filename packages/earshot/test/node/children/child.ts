import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";

/** A program of this folder, whose lines can be waited for. It ends with the test that began it. */
export class Child implements AsyncDisposable {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  readonly exited: Promise<number | null>;

  constructor(name: string, ...words: string[]) {
    const path = fileURLToPath(new URL(name, import.meta.url));
    this.#process = spawn(process.execPath, [path, ...words], { stdio: ["pipe", "pipe", "inherit"] });
    this.#process.stdin.on("error", () => {});
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
    this.exited = new Promise((resolve) => this.#process.once("close", (code) => resolve(code)));
  }

  get id(): number | undefined {
    return this.#process.pid;
  }

  /** The next line that begins so; lines before it are left out. */
  async line(start: string): Promise<string> {
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) throw new Error(`the child ended without a line that begins with ${start}`);
      if (value.startsWith(start)) return value;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.stdin.end();
    this.#process.kill();
    await this.exited;
  }
}
