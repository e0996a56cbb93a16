import { describe, expect, test } from "vitest";
import type { Stop } from "../../src/cli/io.ts";
import { type KeyInput, Keys } from "../../src/cli/keys.ts";

/** A terminal with a job on it. */
class FakeInput implements KeyInput {
  isRaw = false;
  isInFront = true;
  /** Whether a shell stops the job when it asks for that. */
  isControlled = true;
  isStopped = false;
  readonly log: string[] = [];
  readonly #readers = new Set<(text: string) => void>();
  readonly #continued = new Set<() => void>();
  readonly #waiting = new Set<() => void>();

  get left(): number {
    return this.#readers.size + this.#continued.size + this.#waiting.size;
  }

  setRawMode(isRaw: boolean): void {
    if (!this.isInFront) this.log.push("stopped for changing the mode from the background");
    this.isRaw = isRaw;
  }

  read(listener: (text: string) => void): Stop {
    return added(this.#readers, listener);
  }

  isInForeground(): boolean {
    return this.isInFront;
  }

  interrupt(): void {
    this.log.push("interrupted");
  }

  suspend(): void {
    this.log.push(`asked to stop, ${this.isRaw ? "raw" : "cooked"}`);
    this.isStopped = this.isControlled;
    if (this.isStopped) this.isInFront = false;
  }

  onContinue(listener: () => void): Stop {
    return added(this.#continued, listener);
  }

  after(_: number, callback: () => void): Stop {
    return added(this.#waiting, callback);
  }

  type(text: string): void {
    for (const reader of [...this.#readers]) reader(text);
  }

  /** `fg` or `bg`. */
  continue(isInFront: boolean): void {
    this.isInFront = isInFront;
    this.isStopped = false;
    for (const listener of [...this.#continued]) listener();
    this.wait();
  }

  /** A moment passes, which it does not for a job that is stopped. */
  wait(): void {
    const due = this.isStopped ? [] : [...this.#waiting];
    for (const callback of due) {
      this.#waiting.delete(callback);
      callback();
    }
  }
}

function added<T>(set: Set<T>, item: T): Stop {
  set.add(item);
  return () => void set.delete(item);
}

function start(input = new FakeInput()): { input: FakeInput; keys: Keys; pressed: string[] } {
  const pressed: string[] = [];
  return { input, keys: new Keys(input, (key) => void pressed.push(key)), pressed };
}

describe("keys", () => {
  test("come one at a time, and Ctrl-C interrupts", () => {
    const { input, keys, pressed } = start();
    input.type("aq\x03");
    expect(pressed).toEqual(["a", "q"]);
    expect(input.log).toEqual(["interrupted"]);
    keys.stop();
    expect([input.isRaw, input.left]).toEqual([false, 0]);
  });

  test("come again after Ctrl-Z and fg, and the terminal is the shell's in between", () => {
    const { input, pressed } = start();
    input.type("\x1a");
    input.wait();
    expect(input.isRaw).toBe(false);
    input.type("x");
    input.continue(true);
    expect(input.isRaw).toBe(true);
    input.type("a");
    expect(pressed).toEqual(["a"]);
    expect(input.log).toEqual(["asked to stop, cooked"]);
  });

  test("come again after Ctrl-Z where no shell stops the job", () => {
    const { input, pressed } = start();
    input.isControlled = false;
    input.type("\x1a");
    input.wait();
    expect(input.isRaw).toBe(true);
    input.type("q");
    expect(pressed).toEqual(["q"]);
  });

  test("leave the terminal alone in the background, and come when the job is brought to the front", () => {
    const input = new FakeInput();
    input.isInFront = false;
    const { keys, pressed } = start(input);
    input.type("a");
    input.continue(false);
    input.wait();
    expect([input.isRaw, pressed]).toEqual([false, []]);
    input.isInFront = true; // A shell does not tell a job that runs already.
    input.wait();
    input.type("a");
    expect([input.isRaw, pressed]).toEqual([true, ["a"]]);
    keys.stop();
    expect(input.log).toEqual([]);
  });

  test("that never came leave the mode of the terminal as it is", () => {
    const input = new FakeInput();
    input.isInFront = false;
    start(input).keys.stop();
    expect([input.log, input.left]).toEqual([[], 0]);
  });

  test("are given back for good also by one who waits for the end of Ctrl-Z", () => {
    const { input, keys } = start();
    input.type("\x1a");
    keys.stop();
    input.continue(true);
    expect([input.isRaw, input.left]).toEqual([false, 0]);
  });
});
