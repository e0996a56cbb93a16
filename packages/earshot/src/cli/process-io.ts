import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Io, Signal, Stop } from "./io.ts";

/** The process itself. Installs what keeps a closed output from ending it with an error. */
export function processIo(): Io {
  const { stdout, stderr } = process;
  const closed = watchOutput();
  return {
    stdout: { write: (text) => void stdout.write(text) },
    stderr: { write: (text) => void stderr.write(text) },
    env: process.env,
    isTTY: stdout.isTTY === true,
    get columns() {
      return stdout.isTTY ? stdout.columns || 80 : Number.POSITIVE_INFINITY;
    },
    get rows() {
      return stdout.isTTY ? stdout.rows || 24 : Number.POSITIVE_INFINITY;
    },
    clock: { now: () => performance.now(), at: callAt, wall: () => new Date() },
    onSignal,
    onOutputClosed: (listener) => closed.add(listener),
    onResize: (listener) => {
      stdout.on("resize", listener);
      return () => void stdout.off("resize", listener);
    },
    onKey,
    onLine,
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
  add(listener: (error: Error | undefined) => void): Stop;
}

function watchOutput(): OutputWatch {
  const listeners = new Set<(error: Error | undefined) => void>();
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    const isGone = error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED";
    for (const listener of [...listeners]) listener(isGone ? undefined : error);
  });
  process.stderr.on("error", () => {}); // Nobody is left to tell.
  return {
    add(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function onSignal(signal: Signal, listener: () => void): Stop {
  process.on(signal, listener);
  return () => void process.off(signal, listener);
}

function onKey(listener: (key: string) => void): Stop {
  const { stdin } = process;
  if (!stdin.isTTY || !isInForeground()) return () => {};
  const onData = (data: Buffer): void => {
    for (const key of data.toString("utf8")) {
      if (key === "\x03") process.kill(process.pid, "SIGINT");
      else if (key === "\x1a") suspend();
      else listener(key);
    }
  };
  stdin.setRawMode(true);
  stdin.on("data", onData).resume();
  return () => {
    stdin.off("data", onData);
    stdin.setRawMode(false);
    release();
  };
}

/** Ctrl-Z, which a terminal in raw mode leaves to us. */
function suspend(): void {
  if (process.platform === "win32") return;
  process.stdin.setRawMode(false);
  process.once("SIGCONT", () => process.stdin.setRawMode(true));
  process.kill(process.pid, "SIGTSTP");
}

function onLine(listener: (line: string) => void): Stop {
  const { stdin } = process;
  if (stdin.isTTY && !isInForeground()) return () => {};
  stdin.on("error", () => {});
  const lines = createInterface({ input: stdin, terminal: false });
  lines.on("line", listener);
  return () => {
    lines.close();
    release();
  };
}

/** An input that nobody reads must not keep the process alive. */
function release(): void {
  process.stdin.pause();
  process.stdin.unref?.();
}

/**
 * A job in the background that reads its terminal is stopped by the system; where that cannot be known, it
 * is not one.
 */
function isInForeground(): boolean {
  try {
    const fields = readFileSync("/proc/self/stat", "latin1").split(") ").at(-1)?.split(" ") ?? [];
    const [, , group, , , terminalGroup] = fields;
    return group === terminalGroup;
  } catch {
    return true;
  }
}
