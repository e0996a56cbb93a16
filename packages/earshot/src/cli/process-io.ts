import { readFileSync } from "node:fs";
import { isatty } from "node:tty";
import type { Io, Signal, Stop } from "./io.ts";
import { type KeyInput, Keys } from "./keys.ts";

/** The process itself. Installs what keeps a closed output from ending it with an error. */
export function processIo(): Io {
  const { stdout, stderr } = process;
  const output = watchOutput();
  const terminal = watchTerminal();
  return {
    stdout: { write: (text) => void stdout.write(text) },
    stderr: { write: (text) => void stderr.write(text) },
    writeBytes: (bytes) => void stdout.write(bytes),
    env: process.env,
    isTTY: stdout.isTTY === true,
    get columns() {
      return stdout.isTTY ? stdout.columns || 80 : Number.POSITIVE_INFINITY;
    },
    get rows() {
      return stdout.isTTY ? stdout.rows || 24 : Number.POSITIVE_INFINITY;
    },
    clock: { now: () => performance.now(), at: callAt, wall: () => new Date() },
    onSignal: terminal.onSignal,
    onOutputClosed: (listener) => output.add(listener),
    onResize: (listener) => {
      stdout.on("resize", listener);
      return () => void stdout.off("resize", listener);
    },
    onKey,
    onLine,
    async close() {
      await written();
      terminal.hangUp();
      if (output.failure) throw output.failure;
    },
  };
}

/** Longest timer that Node takes without making it 1 ms. */
const LONGEST_TIMER = 2 ** 31 - 1;

function callAt(instant: number, callback: () => void): Stop {
  const ms = Math.min(Math.max(0, instant - performance.now()), LONGEST_TIMER);
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
}

interface OutputWatch {
  /** What made the output unusable first, save that nobody reads it. */
  readonly failure: Error | undefined;
  add(listener: (error: Error | undefined) => void): Stop;
}

function watchOutput(): OutputWatch {
  const listeners = new Set<(error: Error | undefined) => void>();
  let failure: Error | undefined;
  // A closed terminal is an EIO to who writes to it, mostly after the SIGHUP and sometimes before.
  const gone = new Set(["EPIPE", "ERR_STREAM_DESTROYED", ...(process.stdout.isTTY ? ["EIO"] : [])]);
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    const isGone = gone.has(error.code ?? "");
    if (!isGone) failure ??= error;
    for (const listener of [...listeners]) listener(isGone ? undefined : error);
  });
  process.stderr.on("error", () => {}); // Nobody is left to tell.
  return {
    get failure() {
      return failure;
    },
    add(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Resolves when all that was written before is out or lost, and the errors of it were told. */
function written(): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write("", () => setImmediate(resolve));
  });
}

interface TerminalWatch {
  readonly onSignal: Io["onSignal"];
  /**
   * Where our terminal was closed, ends the process as SIGHUP does when nobody listens. Node itself, which wants to set
   * terminals back to their first mode when it exits, aborts there.
   */
  readonly hangUp: () => void;
}

function watchTerminal(): TerminalWatch {
  const terminals = process.platform === "win32" ? [] : [0, 1, 2].filter((fd) => isatty(fd));
  let wasHungUp = false;
  return {
    onSignal: (signal, listener) =>
      onSignal(signal, () => {
        wasHungUp ||= signal === "SIGHUP";
        listener();
      }),
    hangUp: () => {
      const isClosed = terminals.some((fd) => !isatty(fd));
      if (isClosed || (wasHungUp && terminals.length > 0)) process.kill(process.pid, "SIGHUP");
    },
  };
}

function onSignal(signal: Signal, listener: () => void): Stop {
  process.on(signal, listener);
  return () => void process.off(signal, listener);
}

function onKey(listener: (key: string) => void): Stop {
  if (!process.stdin.isTTY) return () => {};
  const keys = new Keys(keyInput(), listener);
  return () => {
    keys.stop();
    release();
  };
}

function keyInput(): KeyInput {
  const { stdin } = process;
  stdin.on("error", () => {}); // A terminal that was closed: SIGHUP tells.
  return {
    setRawMode: (isRaw) => void stdin.setRawMode(isRaw),
    read(listener) {
      const onData = (data: Buffer): void => listener(data.toString("utf8"));
      stdin.on("data", onData).resume();
      return () => void stdin.off("data", onData).pause();
    },
    isInForeground,
    interrupt: () => void process.kill(process.pid, "SIGINT"),
    suspend: () => {
      if (process.platform !== "win32") process.kill(process.pid, "SIGTSTP");
    },
    onContinue: (listener) => onSignal("SIGCONT", listener),
    after: (ms, callback) => callAt(performance.now() + ms, callback),
  };
}

function onLine(listener: (line: string) => void): Stop {
  const { stdin } = process;
  if (stdin.isTTY && !isInForeground()) return () => {};
  stdin.on("error", () => {});
  let stop: Stop | undefined = () => {};
  void import("node:readline").then(({ createInterface }) => {
    if (!stop) return;
    const lines = createInterface({ input: stdin, terminal: false });
    lines.on("line", listener);
    stop = () => lines.close();
  });
  return () => {
    stop?.();
    stop = undefined;
    release();
  };
}

/** An input that nobody reads must not keep the process alive. */
function release(): void {
  process.stdin.pause();
  process.stdin.unref?.();
}

/** Whether this job may use its terminal; true where that cannot be known. */
function isInForeground(): boolean {
  try {
    const fields = readFileSync("/proc/self/stat", "latin1").split(") ").at(-1)?.split(" ") ?? [];
    const [, , group, , , terminalGroup] = fields;
    return group === terminalGroup;
  } catch {
    return true;
  }
}
