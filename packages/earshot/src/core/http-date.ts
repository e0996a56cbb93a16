/**
 * Reads a date of HTTP (RFC 2616 section 3.3.1) in any of its three forms: `Sun, 06 Nov 1994 08:49:37 GMT`,
 * `Sunday, 06-Nov-94 08:49:37 GMT` with years from 1970 to 2069, `Sun Nov  6 08:49:37 1994`. The day of the week is
 * not checked.
 * @returns milliseconds since 1970 in UTC; `undefined` when the text is no date.
 */
export function parseHttpDate(text: string): number | undefined {
  const fixed = FIXED.exec(text);
  if (fixed) return timeOf(Number(fixed[3]), fixed[2], fixed[1], fixed[4]);
  const dashed = DASHED.exec(text);
  if (dashed) return timeOf(fullYear(Number(dashed[3])), dashed[2], dashed[1], dashed[4]);
  const c = C_LIBRARY.exec(text);
  return c ? timeOf(Number(c[4]), c[1], c[2], c[3]) : undefined;
}

/** Writes a date in the one form that may be sent, `Sun, 06 Nov 1994 08:49:37 GMT`. The date must be a valid one. */
export function formatHttpDate(date: Date): string {
  return date.toUTCString();
}

const FIXED = /^[a-z]{3}, (\d{1,2}) ([a-z]{3}) (\d{4}) (\d\d:\d\d:\d\d) (?:GMT|UTC)$/i;
const DASHED = /^[a-z]{6,9}, (\d\d)-([a-z]{3})-(\d\d) (\d\d:\d\d:\d\d) GMT$/i;
const C_LIBRARY = /^[a-z]{3} ([a-z]{3}) ([ \d]\d) (\d\d:\d\d:\d\d) (\d{4})$/i;
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

function fullYear(lastTwoDigits: number): number {
  return lastTwoDigits < 70 ? 2000 + lastTwoDigits : 1900 + lastTwoDigits;
}

function timeOf(year: number, monthName = "", day = "", clock = ""): number | undefined {
  const month = MONTHS.indexOf(monthName.toLowerCase());
  const [hours = 0, minutes = 0, seconds = 0] = clock.split(":").map(Number);
  const midnight = Date.UTC(year, month, Number(day));
  const isDay = month >= 0 && Number(day) >= 1 && year >= 1900 && midnight < Date.UTC(year, month + 1, 1);
  if (!isDay || hours > 23 || minutes > 59 || seconds > 60) return undefined;
  return midnight + ((hours * 60 + minutes) * 60 + seconds) * 1000;
}
