import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  checkInstanceName,
  cutToLabel,
  DEFAULT_NAME,
  hostName,
  nextHost,
  nextName,
} from "../../src/dns-sd/instance-name.ts";
import { Name } from "../../src/mdns/name.ts";

const lengthOf = (text: string): number => new TextEncoder().encode(text).length;

function verdict(check: () => unknown): string {
  try {
    check();
    return "taken";
  } catch (error) {
    return (error as { code: string }).code;
  }
}

const nameVerdict = (name: string): string => verdict(() => checkInstanceName(name));
const hostVerdict = (host: string): string => verdict(() => hostName(host));

describe("names of instances", () => {
  test("A63-001 P-05 any text without control characters, dots included", () => {
    const right = [
      "Dr. Lee's Printer",
      "a.b.c",
      "Büro 2",
      "プリンタ",
      "🖨️",
      "x(2)",
      "a/b\\c",
      ' "quoted" ',
      "_tcp",
      "\ufeffx",
    ];
    for (const name of right) expect([name, nameVerdict(name)]).toEqual([name, "taken"]);
    for (const name of ["a\nb", "\u0000", "a\u001b[0m", "a\u007f", "\ud800", "a\udc80"])
      expect([name, nameVerdict(name)]).toEqual([name, "INVALID_OFFER"]);
  });

  test("A63-002 a name has 1 to 63 bytes of UTF-8", () => {
    expect(nameVerdict("")).toBe("INVALID_OFFER");
    expect(nameVerdict("x".repeat(63))).toBe("taken");
    expect(nameVerdict("x".repeat(64))).toBe("INVALID_OFFER");
    expect(nameVerdict("é".repeat(31))).toBe("taken");
    expect(nameVerdict("é".repeat(32))).toBe("INVALID_OFFER");
  });

  test("A63-002 what is cut is cut between characters", () => {
    expect(cutToLabel("é".repeat(40))).toBe("é".repeat(31));
    expect(cutToLabel("🖨".repeat(20))).toBe("🖨".repeat(15));
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 0, max: 63 }), (text, most) => {
        const cut = cutToLabel(text, most);
        expect(text.startsWith(cut)).toBe(true);
        expect(lengthOf(cut)).toBeLessThanOrEqual(most);
        expect(cut).not.toMatch(/\p{Cs}/u);
      }),
    );
  });

  test("A63-003 A63-004 there is a name for those who choose none, and it tells nothing of the machine", () => {
    expect(nameVerdict(DEFAULT_NAME)).toBe("taken");
    expect(DEFAULT_NAME).not.toMatch(/[0-9]|(?:[0-9a-f]{2}[:-]?){3}/i);
  });

  test("A63-006 the presentation form escapes dots and backslashes, and is read back for any bytes", () => {
    expect(Name.of("a.b\\c", "_ipp", "_tcp", "local").toString()).toBe("a\\.b\\\\c._ipp._tcp.local");
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: "grapheme", minLength: 1, maxLength: 6 }), { maxLength: 5 }),
        (labels) => {
          const name = Name.of(...labels);
          expect(Name.parse(name.toString()).labels).toEqual(name.labels);
        },
      ),
    );
  });

  test("A63-007 joining keeps the borders of labels", () => {
    const name = Name.parse("_ipp._tcp.local").prepend("one.two\\three");
    expect(name.labels).toEqual(["one.two\\three", "_ipp", "_tcp", "local"]);
    expect(Name.parse(name.toString()).labels).toEqual(name.labels);
  });

  test("A63-044 a number in parentheses is counted on", () => {
    expect(nextName("Office")).toBe("Office (2)");
    expect(nextName("Office (2)")).toBe("Office (3)");
    expect(nextName("Office (99)")).toBe("Office (100)");
    expect(nextName("Office(2)")).toBe("Office(2) (2)");
    expect(nextName("(2)")).toBe("(2) (2)");
    expect(nextName("Floor (1)")).toBe("Floor (2)");
    expect(nextName("Floor (0)")).toBe("Floor (0) (2)");
  });

  test("A63-002 A63-044 a numbered name has 63 bytes at most, cut between characters", () => {
    const long = nextName("é".repeat(31));
    expect(long).toBe(`${"é".repeat(29)} (2)`);
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (text) => {
        let name = cutToLabel(text);
        const seen = new Set([name]);
        for (let i = 0; i < 12; i++) {
          name = nextName(name);
          expect(lengthOf(name)).toBeLessThanOrEqual(63);
          expect(seen.has(name)).toBe(false);
          seen.add(name);
        }
      }),
    );
  });

  test("M16 names with dots, numbers, slashes and quotes count on without losing anything", () => {
    for (const name of ["a.b", "x/y", 'say "x"', "プリンタ"]) expect(nextName(name)).toBe(`${name} (2)`);
  });
});

describe("names of hosts", () => {
  test("M42 one label, .local once or twice, a trailing dot and capitals make the same name", () => {
    for (const text of ["printer", "printer.local", "printer.local.", "PRINTER.Local.local."])
      expect(hostName(text).toString()).toBe("printer.local");
    expect(hostName("a.b").toString()).toBe("a.b.local");
  });

  test("B-39 M17 a label has letters of any script, digits and inner hyphens", () => {
    for (const text of ["a", "a-b", "4u", "büro", "プリンタ", "x".repeat(63)])
      expect([text, hostVerdict(text)]).toEqual([text, "taken"]);
    const wrong = [
      "",
      ".",
      "local",
      "a b",
      "a_b",
      "a(2)",
      "-a",
      "a-",
      "a\\.b",
      "a..b",
      "x".repeat(64),
      "a\u0000",
      "☎",
    ];
    for (const text of wrong) expect([text, hostVerdict(text)]).toEqual([text, "INVALID_OFFER"]);
  });

  test("A63-044 M40 a number behind a hyphen is counted on, so that it stays a label for hosts", () => {
    expect(nextHost("printer")).toBe("printer-2");
    expect(nextHost("printer-2")).toBe("printer-3");
    expect(nextHost("a-b")).toBe("a-b-2");
    expect(nextHost("x".repeat(63))).toBe(`${"x".repeat(61)}-2`);
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/), (label) => {
        expect(hostVerdict(nextHost(label))).toBe("taken");
      }),
    );
  });
});
