import { UsageError } from "./errors.ts";

/**
 * `value` if it is a whole number from `least` to `most`.
 * @throws UsageError `INVALID_OPTION`.
 */
export function within(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new UsageError(
    "INVALID_OPTION",
    `${name} is ${value}; it must be a whole number from ${least} to ${most}`,
  );
}
