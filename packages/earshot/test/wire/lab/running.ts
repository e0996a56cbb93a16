import { type ChildProcessByStdio, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

// Daemons are not in everybody's path.
process.env["PATH"] += ":/usr/local/sbin:/usr/sbin:/sbin";

export interface RunOptions {
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What a line is looked for with: a pattern, a part of it, or a question. */
export type LinePattern = RegExp | string | ((line: string) => boolean);

/** A child process whose lines can be waited for. Disposing kills it. */
export class Running implements AsyncDisposable {
  /** Every line so far of its output and its error output, in the order of arrival. */
  readonly output: string[] = [];
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #words: string;
  readonly #stdout: string[] = [];
  #wake: (() => void)[] = [];
  #exit: Exit | undefined;

  constructor(command: string, args: readonly string[], options: RunOptions = {}) {
    this.#words = [command, ...args].join(" ");
    this.#child = spawn(command, args, {
      stdio: ["pipe", "pipe", "pipe"],
      env: environment(options),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    this.#child.stdin.on("error", () => {});
    this.#read(this.#child.stdout, true);
    this.#read(this.#child.stderr, false);
    this.exited = this.#watchExit();
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get exit(): Exit | undefined {
    return this.#exit;
  }

  /** Lines of the standard output from the first, until the process ends. */
  async *lines(): AsyncGenerator<string> {
    for (let next = 0; ; ) {
      while (next < this.#stdout.length) yield this.#stdout[next++]!;
      if (this.#exit) return;
      await this.#change();
    }
  }

  /**
   * The first line, printed already or yet to come, that matches. It fails, with the last lines printed, after `ms`
   * milliseconds or when the process ends without it.
   */
  async waitFor(pattern: LinePattern, ms = 15_000): Promise<string> {
    const matches = matcher(pattern);
    let next = 0;
    let found: string | undefined;
    const look = (): boolean => {
      while (found === undefined && next < this.output.length) {
        const line = this.output[next++]!;
        if (matches(line)) found = line;
      }
      return found !== undefined;
    };
    await this.waitUntil(look, `print ${pattern}`, ms);
    return found!;
  }

  /** Waits until something holds that only its output can change; `wanted` says what it shall do, for people. */
  async waitUntil(condition: () => boolean, wanted: string, ms = 15_000): Promise<void> {
    const deadline = Date.now() + ms;
    while (!condition()) {
      if (this.#exit) throw this.#failure(`ended (${describeExit(this.#exit)}) and did not ${wanted}`);
      if (Date.now() >= deadline) throw this.#failure(`did not ${wanted} within ${ms} ms`);
      await this.#change(deadline - Date.now());
    }
  }

  write(text: string): void {
    this.#child.stdin.write(text);
  }

  /** Sends `signal`, waits for the end, and after `ms` milliseconds kills. */
  async stop(signal: NodeJS.Signals = "SIGTERM", ms = 8_000): Promise<Exit> {
    if (this.#exit) return this.#exit;
    this.#child.kill(signal);
    const patience = setTimeout(() => this.#child.kill("SIGKILL"), ms);
    const exit = await this.exited;
    clearTimeout(patience);
    return exit;
  }

  /** Ends it without a chance to say anything. */
  kill(): Promise<Exit> {
    return this.stop("SIGKILL");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  #read(stream: Readable, isStandard: boolean): void {
    createInterface({ input: stream }).on("line", (line) => {
      this.output.push(line);
      if (isStandard) this.#stdout.push(line);
      this.#changed();
    });
  }

  async #watchExit(): Promise<Exit> {
    try {
      const [code, signal] = await once(this.#child, "close");
      this.#exit = { code, signal };
    } catch (error) {
      this.output.push(String(error));
      this.#exit = { code: 127, signal: null };
    }
    this.#changed();
    return this.#exit;
  }

  #change(ms?: number): Promise<void> {
    return new Promise((resolve) => {
      const patience = ms === undefined ? undefined : setTimeout(resolve, ms);
      this.#wake.push(() => {
        clearTimeout(patience);
        resolve();
      });
    });
  }

  #changed(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const resolve of wake) resolve();
  }

  #failure(what: string): Error {
    const tail = this.output.slice(-60).map((line) => `  | ${line.slice(0, 200)}`);
    return new Error(`"${this.#words}" ${what}. Its last lines:\n${tail.join("\n") || "  (none)"}`);
  }
}

export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end. It rejects only when the command cannot be started or takes longer than `ms`. */
export function execute(
  command: string,
  args: readonly string[],
  options: RunOptions & { readonly ms?: number } = {},
): Promise<Output> {
  const settings = {
    env: environment(options),
    timeout: options.ms ?? 30_000,
    maxBuffer: 64 << 20,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  };
  return new Promise((resolve, reject) => {
    execFile(command, args, settings, (error, stdout, stderr) => {
      if (!error) resolve({ code: 0, stdout, stderr });
      else if (typeof error.code === "number") resolve({ code: error.code, stdout, stderr });
      else reject(new Error(`${command} ${args.join(" ")}: ${error.message}`, { cause: error }));
    });
  });
}

/** As `execute`, but a command that fails rejects, with what it said. */
export async function succeed(
  command: string,
  args: readonly string[],
  options?: RunOptions,
): Promise<string> {
  const { code, stdout, stderr } = await execute(command, args, options);
  if (code !== 0)
    throw new Error(`${command} ${args.join(" ")} ended with ${code}: ${stderr.trim() || stdout.trim()}`);
  return stdout;
}

function environment({ env }: RunOptions): NodeJS.ProcessEnv {
  return { ...process.env, LC_ALL: "C", ...env };
}

function matcher(pattern: LinePattern): (line: string) => boolean {
  if (typeof pattern === "function") return pattern;
  if (typeof pattern === "string") return (line) => line.includes(pattern);
  return (line) => pattern.test(line);
}

function describeExit({ code, signal }: Exit): string {
  return signal ?? `code ${code}`;
}
