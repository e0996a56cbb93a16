import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const running = new Set();
process.once("exit", () => {
  for (const program of running) program.killNow();
});

/** A program that runs beside, and whose lines can be waited for. It ends with this process at the latest. */
export class Program {
  #child;
  #words;
  #lines = [];
  #wake = [];
  #ended = false;

  constructor(words, env = {}) {
    const [command, ...args] = words;
    this.#words = words.join(" ");
    this.#child = spawn(command, args, { env: { ...process.env, LC_ALL: "C", ...env } });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      createInterface({ input: stream }).on("line", (line) => this.#hear(line));
    this.#child.stdin.on("error", () => {});
    this.#child.once("error", (error) => this.#hear(String(error)));
    this.#child.once("close", () => {
      this.#ended = true;
      running.delete(this);
      this.#hear();
    });
    running.add(this);
  }

  get pid() {
    return this.#child.pid;
  }

  /** The first line that matches, printed already or to come. Throws with what it printed when none comes in time. */
  async prints(pattern, ms = 20_000) {
    const deadline = Date.now() + ms;
    for (let next = 0; ; ) {
      while (next < this.#lines.length) {
        const line = this.#lines[next++];
        if (pattern.test(line)) return line;
      }
      const left = deadline - Date.now();
      if (this.#ended || left <= 0)
        throw new Error(`"${this.#words}" did not print ${pattern}:\n${this.#lines.slice(-20).join("\n")}`);
      await this.#change(left);
    }
  }

  write(line) {
    this.#child.stdin.write(`${line}\n`);
  }

  /** Ends it as its user would, and after five seconds by force. */
  async stop(signal = "SIGTERM") {
    if (this.#ended) return;
    const closed = once(this.#child, "close");
    this.#child.kill(signal);
    const patience = setTimeout(() => this.killNow(), 5000);
    await closed;
    clearTimeout(patience);
  }

  killNow() {
    this.#child.kill("SIGKILL");
  }

  #hear(line) {
    if (line !== undefined) this.#lines.push(line);
    for (const wake of this.#wake.splice(0)) wake();
  }

  #change(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
