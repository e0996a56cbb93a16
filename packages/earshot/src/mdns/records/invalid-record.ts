import { UsageError } from "../../core/errors.ts";

/** The error for what has no place in a record. */
export function invalidRecord(what: string): UsageError {
  return new UsageError("INVALID_RECORD", `no DNS record can be written: ${what}`);
}

/** @throws UsageError `INVALID_RECORD` unless `value` is a whole number from 0 to `most`. */
export function checkedNumber(name: string, value: number, most: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= most) return value;
  throw invalidRecord(`${name} is ${value}; it is a whole number from 0 to ${most}`);
}
