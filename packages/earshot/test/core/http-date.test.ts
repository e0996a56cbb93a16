import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatHttpDate, parseHttpDate } from "../../src/core/http-date.ts";

const instant = Date.UTC(1994, 10, 6, 8, 49, 37);

describe("dates of HTTP", () => {
  test.each([
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Sun, 6 Nov 1994 08:49:37 GMT",
    "sun, 06 nov 1994 08:49:37 utc",
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "Sun Nov  6 08:49:37 1994",
  ])("%j is read", (text) => {
    expect(parseHttpDate(text)).toBe(instant);
  });

  test("a year of two digits lies between 1970 and 2069", () => {
    expect(parseHttpDate("Thursday, 01-Jan-70 00:00:00 GMT")).toBe(0);
    expect(parseHttpDate("Tuesday, 01-Jan-69 00:00:00 GMT")).toBe(Date.UTC(2069, 0, 1));
  });

  test.each([
    "",
    "0",
    "-1",
    "Sun, 06 Nov 1994 08:49:37",
    "Sun, 06 Nov 1994 08:49:37 CET",
    "Sun, 31 Feb 1994 08:49:37 GMT",
    "Sun, 00 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nox 1994 08:49:37 GMT",
    "Sun, 06 ovd 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 24:00:00 GMT",
    "Sun, 06 Nov 1994 08:60:37 GMT",
    "Sun, 06 Nov 1994 08:49:61 GMT",
    "Sun, 06 Nov 0050 08:49:37 GMT",
    "1994-11-06T08:49:37Z",
  ])("%j is none", (text) => {
    expect(parseHttpDate(text)).toBeUndefined();
  });

  test("what is written is read again, to the second", () => {
    const dates = fc.date({ min: new Date(0), max: new Date("9999-01-01"), noInvalidDate: true });
    fc.assert(
      fc.property(dates, (date) => {
        expect(parseHttpDate(formatHttpDate(date))).toBe(Math.floor(date.getTime() / 1000) * 1000);
      }),
    );
  });

  test("no text makes it throw", () => {
    fc.assert(fc.property(fc.string({ maxLength: 40 }), (text) => parseHttpDate(text) === undefined));
  });
});
