/**
 * `DEADLOCK`: nothing is left to happen and what is waited for is still pending. `TOO_LATE`: it is pending after
 * the time given. `UNCAUGHT`: code on a host threw, and nobody caught it. `LIVELOCK`: one instant never ends.
 */
export type LanErrorCode = "DEADLOCK" | "TOO_LATE" | "UNCAUGHT" | "LIVELOCK";

/** What a simulation found wrong with the program that ran on it. The message ends with the seed that replays it. */
export class LanError extends Error {
  readonly code: LanErrorCode;
  readonly seed: number;

  constructor(code: LanErrorCode, message: string, seed: number, options?: { cause?: unknown }) {
    super(`${message} (seed ${seed})`, options);
    this.name = "LanError";
    this.code = code;
    this.seed = seed;
  }
}
