import { spawn } from "node:child_process";

/** A program that runs beside the script: what it printed can be waited for, and it can be interrupted. */
export class Child {
  #name;
  #process;
  #printed = "";
  #onPrint = () => {};
  #ended;

  /** Starts `program` in a process group of its own, as a shell does. */
  constructor(program, args, options = {}) {
    this.#name = [program, ...args].join(" ");
    this.#process = spawn(program, args, { ...options, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream.setEncoding("utf8").on("data", (text) => {
        this.#printed += text;
        this.#onPrint();
      });
    this.#ended = new Promise((resolve, reject) => {
      this.#process.once("error", reject);
      this.#process.once("close", (code, signal) => resolve(signal ?? code));
    });
    process.once("exit", () => this.#signal("SIGKILL"));
  }

  get printed() {
    return this.#printed;
  }

  /** Resolves with what was printed as soon as it matches; rejects with it when that takes too long. */
  async prints(pattern, withinMs) {
    const printed = new Promise((resolve) => {
      this.#onPrint = () => {
        if (pattern.test(this.#printed)) resolve(this.#printed);
      };
      this.#onPrint();
    });
    return this.#within(Promise.race([printed, this.#endedBefore(pattern)]), withinMs, `print ${pattern}`);
  }

  /** Resolves with the exit code, or the name of the signal that ended it. */
  async ends(withinMs) {
    return this.#within(this.#ended, withinMs, "end");
  }

  /** What Ctrl-C does: the whole group gets the signal. */
  interrupt() {
    this.#signal("SIGINT");
  }

  async #endedBefore(pattern) {
    const code = await this.#ended;
    if (pattern.test(this.#printed)) return this.#printed;
    throw new Error(`${this.#name} ended with ${code} and did not print ${pattern}:\n${this.#printed}`);
  }

  async #within(promise, milliseconds, what) {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => {
        reject(
          new Error(`${this.#name} did not ${what} within ${milliseconds} ms; it printed:\n${this.#printed}`),
        );
      }, milliseconds);
    });
    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
  }

  #signal(signal) {
    try {
      if (this.#process.pid && this.#process.exitCode === null) process.kill(-this.#process.pid, signal);
    } catch (error) {
      if (error.code !== "ESRCH") throw error;
    }
  }
}
