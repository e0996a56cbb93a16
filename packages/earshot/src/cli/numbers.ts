/** Numbers as people write them on a command line: decimal digits, nothing else. */
import { InvalidArgumentError } from "commander";

/** Reads whole numbers from `least` to `most`: no sign, space, exponent, other base or unit. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

/** The most seconds that a duration may have: 24 days. */
export const MOST_SECONDS = 2_073_600;

/** Reads seconds, with up to three decimals, and gives milliseconds. */
export function seconds(least: number, most: number = MOST_SECONDS): (text: string) => number {
  return (text) => {
    const value = /^(?:\d{1,7}(?:\.\d{1,3})?|\.\d{1,3})$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return Math.round(value * 1000);
    throw new InvalidArgumentError(`It must be seconds from ${least} to ${most}, such as 2 or 0.5.`);
  };
}
