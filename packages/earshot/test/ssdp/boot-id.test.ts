import fc from "fast-check";
import { expect, test } from "vitest";
import { bootIdAt } from "../../src/ssdp/boot-id.ts";

const at = (text: string) => bootIdAt(new Date(text));

test("UD-020 BOOTID is higher at every later start, second by second, until 2088", () => {
  const seconds = fc.integer({ min: Date.UTC(2020, 0, 1) / 1000, max: Date.UTC(2087, 11, 31) / 1000 });
  fc.assert(
    fc.property(seconds, fc.integer({ min: 1, max: 1e6 }), (start, later) => {
      expect(bootIdAt(new Date((start + later) * 1000))).toBe(bootIdAt(new Date(start * 1000)) + later);
    }),
  );
  expect(at("2038-01-19T03:14:08Z"), "where 31 bits of Unix time end").toBeGreaterThan(
    at("2038-01-19T03:14:07Z"),
  );
});

test("UD-020 it has 31 bits whenever it is", () => {
  for (const text of ["1900-01-01", "1970-01-01", "2019-12-31", "2020-01-01", "2088-02-01", "9999-12-31"]) {
    const bootId = at(text);
    expect(Number.isInteger(bootId) && bootId >= 0 && bootId < 2 ** 31, text).toBe(true);
  }
});

test("UD-020 a machine whose clock was never set starts low, and goes up once it is set", () => {
  expect(at("1970-01-01T00:00:30Z")).toBe(30);
  expect(at("1970-01-01T00:00:42Z")).toBeGreaterThan(at("1970-01-01T00:00:30Z"));
  expect(at("2026-06-01T00:00:00Z")).toBeGreaterThan(at("1970-01-05T00:00:30Z"));
});
