import type { Capture } from "./capture.ts";
import { Lan, type LanOptions } from "./lan.ts";

export interface SimulateOptions extends LanOptions {
  /** Most virtual time that the body may take, in milliseconds. @default 24 hours */
  readonly withinMs?: number;
  /** Gets the traffic as a pcap file when the body throws, to write it where the test wants it. */
  readonly onFailure?: (pcap: Uint8Array, seed: number) => void;
}

const DAY_MS = 86_400_000;

/**
 * Runs `body` on a LAN of its own, as one `lan.until`: whenever it waits, virtual time passes, so that it can be
 * written like any program, `await using` included. What it throws is thrown again with the seed in its message, so
 * that a test that failed can be repeated: the way to run properties over many seeds.
 */
export async function simulate<T>(
  options: SimulateOptions,
  body: (lan: Lan) => T | PromiseLike<T>,
): Promise<T> {
  const lan = new Lan(options);
  const capture: Capture | undefined = options.onFailure && lan.capture();
  const run = async (): Promise<T> => body(lan);
  try {
    return await lan.until(run(), { withinMs: options.withinMs ?? DAY_MS });
  } catch (error) {
    if (capture) options.onFailure?.(capture.pcap(), lan.seed);
    throw withSeed(error, lan.seed);
  }
}

/** The same error where it can be written to: test runners know their own assertion errors by identity. */
function withSeed(error: unknown, seed: number): unknown {
  const told = `(seed ${seed})`;
  if (!(error instanceof Error)) return new Error(`${String(error)} ${told}`, { cause: error });
  if (error.message.includes(told)) return error;
  try {
    error.message = `${error.message} ${told}`;
    return error;
  } catch {
    return new Error(`${error.message} ${told}`, { cause: error });
  }
}
