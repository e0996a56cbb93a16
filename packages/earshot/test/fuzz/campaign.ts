import { performance } from "node:perf_hooks";
import { Random } from "../../src/core/random.ts";
import { heapUsed } from "./heap.ts";
import { Mutant, utf8 } from "./mutant.ts";
import { Behaviours, Signature } from "./signature.ts";
import { Finding, type Target } from "./target.ts";

/** When a campaign ends: at whichever comes first. */
export interface Effort {
  readonly seconds: number;
  readonly executions: number;
  readonly seed: number;
  /** Called every few seconds. */
  readonly onProgress?: (progress: Progress) => void;
}

export interface Progress {
  readonly executions: number;
  readonly seconds: number;
  readonly corpus: number;
}

export interface Culprit {
  readonly bytes: Uint8Array;
  readonly execution: number;
  readonly error: unknown;
}

export interface Outcome extends Progress {
  /** Features and pairs of features seen, and how many of them none of the first inputs showed. */
  readonly behaviours: number;
  readonly newBehaviours: number;
  readonly inputs: readonly Uint8Array[];
  /** One for each message of failure. */
  readonly culprits: readonly Culprit[];
  /** Of what the target leaves behind, in bytes: the heap after it less the heap before, both swept. */
  readonly heapGrowth: number;
}

/** Inputs held at once: beyond that a new one takes the place of another. */
const MOST_INPUTS = 2048;
const MOST_CULPRITS = 10;
const MOST_SEEN = 100_000;
/** One in so many inputs is examined though it is no news. */
const EXAMINED_EVERY = 32;
const PROGRESS_EVERY_MS = 30_000;
/** Longest that one input may take, in ms. */
const MOST_MS = 50;
/** What may be left on the heap at the end, besides the inputs themselves. */
export const MOST_HEAP_GROWTH: number = 48 * 1024 * 1024;

/** Feeds a target with changed inputs, and goes on from those that made it do something new. */
export function fuzz(target: Target, first: readonly Uint8Array[], effort: Effort): Outcome {
  return new Campaign(target, first, effort).run();
}

/** Runs one input and looks closely; what it throws is what is wrong with the target. */
export function runOne(target: Target, bytes: Uint8Array, signature: Signature): void {
  run(target, bytes, signature);
  target.examine?.(bytes);
}

class Campaign {
  readonly #target: Target;
  readonly #effort: Effort;
  readonly #random: Random;
  readonly #dictionary: readonly Uint8Array[];
  readonly #mutant: Mutant;
  readonly #signature = new Signature();
  readonly #behaviours = new Behaviours();
  /** Signatures that can have nothing new, for a glance. */
  readonly #seen = new Set<number>();
  readonly #inputs: Uint8Array[] = [];
  readonly #culprits = new Map<string, Culprit>();
  #executions = 0;

  constructor(target: Target, first: readonly Uint8Array[], effort: Effort) {
    this.#target = target;
    this.#effort = effort;
    this.#random = new Random(effort.seed);
    this.#dictionary = target.dictionary.map(utf8);
    this.#mutant = new Mutant(target.mostBytes);
    for (const bytes of first) {
      this.#inputs.push(bytes);
      this.#feed(bytes);
    }
  }

  run(): Outcome {
    const known = this.#behaviours.size;
    const heapBefore = heapUsed();
    const began = performance.now();
    this.#loop(began);
    const seconds = (performance.now() - began) / 1000;
    const culprits = [...this.#culprits.values()];
    const held = this.#inputs.reduce((sum, { length }) => sum + length + 200, this.#seen.size * 64);
    return {
      ...this.#progress(seconds),
      behaviours: this.#behaviours.size,
      newBehaviours: this.#behaviours.size - known,
      inputs: this.#inputs,
      culprits,
      heapGrowth: heapUsed() - heapBefore - held,
    };
  }

  #loop(began: number): void {
    const { seconds, executions, onProgress } = this.#effort;
    let told = began;
    for (let last = began; this.#executions < executions && this.#culprits.size < MOST_CULPRITS; ) {
      this.#step();
      const now = performance.now();
      if (now - last > this.#mostMs) this.#measure();
      last = now;
      if (now - began >= seconds * 1000) return;
      if (now - told < PROGRESS_EVERY_MS) continue;
      told = now;
      onProgress?.(this.#progress((now - began) / 1000));
    }
  }

  #progress(seconds: number): Progress {
    return { executions: this.#executions, seconds, corpus: this.#inputs.length };
  }

  #step(): void {
    const random = this.#random;
    const mutant = this.#mutant;
    mutant.load(this.#pick());
    const changes = 1 + Math.floor(random.next() * random.next() * 6);
    for (let i = 0; i < changes; i++) {
      if (this.#target.mutate && random.next() < 0.5) this.#target.mutate(mutant, random, this.#pick);
      else mutant.change(random, this.#dictionary, this.#pick);
    }
    if (mutant.length === 0 && random.next() < 0.99) mutant.load(this.#pick());
    this.#executions++;
    this.#feed(mutant.bytes);
  }

  get #mostMs(): number {
    return this.#target.mostMs ?? MOST_MS;
  }

  /** The last input took long: it is to blame only if it keeps the processor busy so long again, and again. */
  #measure(): void {
    const { bytes } = this.#mutant;
    for (let again = 0; again < 3; again++) {
      const began = process.cpuUsage();
      this.#feed(bytes);
      const { user } = process.cpuUsage(began);
      if (user / 1000 <= this.#mostMs) return;
    }
    this.#blame(bytes, new Finding(`takes more than ${this.#mostMs} ms`));
  }

  readonly #pick = (): Uint8Array => {
    const inputs = this.#inputs;
    const drawn = this.#random.next();
    return inputs[Math.floor(drawn * inputs.length)] as Uint8Array;
  };

  #feed(bytes: Uint8Array): void {
    try {
      run(this.#target, bytes, this.#signature);
      const isNews = this.#isNews();
      if (isNews || this.#executions % EXAMINED_EVERY === 0) this.#target.examine?.(bytes);
      if (isNews) this.#take(bytes.slice());
    } catch (error) {
      this.#blame(bytes, error);
    }
  }

  #isNews(): boolean {
    const { value } = this.#signature;
    if (this.#seen.has(value)) return false;
    if (this.#seen.size >= MOST_SEEN) this.#seen.clear();
    this.#seen.add(value);
    return this.#signature.addTo(this.#behaviours).length > 0;
  }

  #take(bytes: Uint8Array): void {
    const { length } = this.#inputs;
    if (length < MOST_INPUTS) this.#inputs.push(bytes);
    else this.#inputs[Math.floor(this.#random.next() * length)] = bytes;
  }

  #blame(bytes: Uint8Array, error: unknown): void {
    const reason = reasonOf(error);
    if (this.#culprits.has(reason) || this.#culprits.size >= MOST_CULPRITS) return;
    this.#culprits.set(reason, { bytes: bytes.slice(), execution: this.#executions, error });
  }
}

function run(target: Target, bytes: Uint8Array, signature: Signature): void {
  signature.clear();
  target.run(bytes, signature);
  if ("polluted" in NOTHING) throw new Finding("Object.prototype was polluted");
}

const NOTHING = {};

/** What a failure is told apart by: the beginning of its message, without the figures. */
export function reasonOf(error: unknown): string {
  return error instanceof Error
    ? `${error.name}: ${error.message}`.replaceAll(/\d+/g, "#").slice(0, 60)
    : String(error);
}
