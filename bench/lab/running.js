import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const alive = new Set();
process.on("exit", killAll);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(1));

/** Ticks of /proc/PID/stat in a second: the same on every Linux that Node runs on. */
const TICKS = 100;

/**
 * A program that is measured or that makes load: its lines of output, and what it costs. It does not outlive its time,
 * nor this program.
 */
export class Running {
  /** The lines that it wrote, each with when it was read, in ms. */
  lines = [];
  #child;
  #pid;
  #seconds;
  #timer;
  #waiters = new Set();
  #said = "";

  /**
   * @param {readonly string[]} command
   * @param {{ seconds: number, ipc?: boolean }} options after how long it is killed; `ipc`: it is a Node that is asked
   */
  constructor(command, { seconds, ipc = false }) {
    const [program, ...words] = ["setpriv", "--pdeathsig", "KILL", ...command];
    this.#child = spawn(program, words, { stdio: ["pipe", "pipe", "pipe", ...(ipc ? ["ipc"] : [])] });
    this.#pid = this.#child.pid;
    this.command = command;
    this.ended = once(this.#child, "close").then(([code]) => this.#end(code));
    this.ended.catch(() => {});
    this.#child.stdin.on("error", () => {});
    this.#child.stderr.on("data", (part) => {
      this.#said = (this.#said + part).slice(-2000);
    });
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      this.lines.push({ line, at: performance.timeOrigin + performance.now() });
      for (const waiter of this.#waiters) waiter();
    });
    this.#seconds = seconds;
    this.#begin();
  }

  /** Of a program that goes to the background: who to measure and to kill from now on. */
  becomes(pid) {
    this.#pid = pid;
    this.#begin();
  }

  get pid() {
    return this.#pid;
  }

  /** Resolves with the first line that begins with `beginning`; rejects when the program ends without it. */
  async line(beginning) {
    for (;;) {
      const found = this.lines.find(({ line }) => line.startsWith(beginning));
      if (found) return found;
      if (this.exit !== undefined) throw new Error(`${this.command.join(" ")} ended: ${this.#said}`);
      await new Promise((resolve) => {
        const waiter = () => {
          this.#waiters.delete(waiter);
          resolve();
        };
        this.#waiters.add(waiter);
      });
    }
  }

  /** What it says in the end, as JSON, on a line of its own. */
  async result() {
    await this.ended;
    const last = this.lines.at(-1)?.line;
    if (!last?.startsWith("{")) throw new Error(`${this.command.join(" ")} gave no result: ${this.#said}`);
    return JSON.parse(last);
  }

  /** Asks a Node child something, and resolves with what it answers. */
  async ask(question) {
    const answer = once(this.#child, "message");
    this.#child.send(question);
    const ended = this.ended.then(() =>
      Promise.reject(new Error(`${this.command.join(" ")}: ${this.#said}`)),
    );
    const [message] = await Promise.race([answer, ended]);
    return message;
  }

  /** The processor time that it took until now, in seconds, by all its threads. */
  cpu() {
    return cpuOf(this.#pid);
  }

  endInput() {
    this.#child.stdin.end();
  }

  kill() {
    try {
      process.kill(this.#pid, "SIGKILL");
    } catch {
      // It ended first.
    }
    clearTimeout(this.#timer);
    alive.delete(this);
  }

  async stop() {
    this.kill();
    await this.ended;
  }

  #begin() {
    this.#timer = setTimeout(() => this.kill(), this.#seconds * 1000);
    alive.add(this);
  }

  #end(code) {
    clearTimeout(this.#timer);
    this.exit = code ?? -1;
    if (this.#pid === this.#child.pid) alive.delete(this);
    for (const waiter of this.#waiters) waiter();
  }
}

/** Ends what a measurement that failed left behind, so that it does not disturb the next one. */
export function killAll() {
  for (const running of alive) running.kill();
}

/** Resident memory of a process, in bytes. */
export function residentBytes(pid) {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) * 1024;
}

/** What the scheduler counts per thread is exact, and forgets those that ended; what it counts per process is rounded. */
function cpuOf(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  const exact = threads.reduce((sum, thread) => sum + scheduled(`/proc/${pid}/task/${thread}/schedstat`), 0);
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Math.max(exact, (Number(fields[11]) + Number(fields[12])) / TICKS);
}

function scheduled(path) {
  try {
    return Number(readFileSync(path, "utf8").split(" ")[0]) / 1e9;
  } catch {
    return 0;
  }
}
