import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { printable } from "../../src/core/printable.ts";

/** Everything from the whole of Unicode, and often from where the danger is. */
const character = fc.oneof(
  fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code)),
  fc.integer({ min: 0, max: 0xa0 }).map((code) => String.fromCodePoint(code)),
  fc.integer({ min: 0x2000, max: 0x206f }).map((code) => String.fromCodePoint(code)),
  fc.integer({ min: 0xd800, max: 0xdfff }).map((code) => String.fromCharCode(code)),
  fc.integer({ min: 0x300, max: 0x36f }).map((code) => String.fromCodePoint(code)),
  fc.integer({ min: 0xe0000, max: 0xe0fff }).map((code) => String.fromCodePoint(code)),
);
const hostile = fc.array(character, { maxLength: 60 }).map((all) => all.join(""));

describe("what a terminal obeys", () => {
  test.each([
    ["\x1b]0;pwned\x07", "\\u{1b}]0;pwned\\u{7}"],
    ["\x1b[2J\x1b[1;1H", "\\u{1b}[2J\\u{1b}[1;1H"],
    ["\x1b]8;;http://evil\x07link\x1b]8;;\x07", "\\u{1b}]8;;http://evil\\u{7}link\\u{1b}]8;;\\u{7}"],
    ["\x1b]52;c;ZXZpbA==\x07", "\\u{1b}]52;c;ZXZpbA==\\u{7}"],
    ["\x9b31m", "\\u{9b}31m"],
    ["\r OK", "\\u{d} OK"],
    ["\x08\x08\x08", "\\u{8}\\u{8}\\u{8}"],
    ["\u202egnp.exe", "\\u{202e}gnp.exe"],
    ["\u2066abc\u2069", "\\u{2066}abc\\u{2069}"],
    ["a\nb\tc\x7f", "a\\u{a}b\\u{9}c\\u{7f}"],
    ["a\u2028b\u2029", "a\\u{2028}b\\u{2029}"],
    ["\ufeffx\u200b\u200d\u2060", "\\u{feff}x\\u{200b}\\u{200d}\\u{2060}"],
    ["\u061c\u200e\u200f", "\\u{61c}\\u{200e}\\u{200f}"],
    ["\ud800x\udc00", "\\u{d800}x\\u{dc00}"],
    ["\u{e0041}\u{e007f}", "\\u{e0041}\\u{e007f}"],
    ["\u3164\u115f\u00ad", "\\u{3164}\\u{115f}\\u{ad}"],
  ])("V-91 D-10 %j is shown as %j", (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  test("D-10 no control, format or separator character is left of any text", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const shown = printable(text);
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        for (const code of [0x1b, 0x9b, 0x07, 0x08, 0x0d, 0x0a])
          expect(shown).not.toContain(String.fromCharCode(code));
      }),
      { numRuns: 1000 },
    );
  });

  test("D-10 what is named one by one is escaped, each of it", () => {
    const ranges = [
      [0, 0x1f], [0x7f, 0x9f], [0x61c, 0x61c], [0x200b, 0x200f], [0x2028, 0x202e], [0x2060, 0x206f], [0xfeff, 0xfeff],
      [0xd800, 0xdfff], [0xfff9, 0xfffb], [0xe0000, 0xe007f],
    ] as const; // biome-ignore format: a table
    for (const [from, to] of ranges)
      for (let code = from; code <= to; code++)
        expect(printable(`a${String.fromCodePoint(code)}`)).toBe(`a\\u{${code.toString(16)}}`);
  });

  test("D-11 a name cannot make a line of its own", () => {
    fc.assert(fc.property(hostile, (text) => !/[\r\n\v\f\u0085\u2028\u2029]/.test(printable(text))));
  });
});

describe("what stays as it is", () => {
  test.each([
    "Living Room (2.1)",
    "Büro",
    "プリンター",
    "Принтер",
    "طابعة",
    "מדפסת",
    "เครื่องพิมพ์",
    "प्रिंटर",
    "🖨️",
    "a\\b",
  ])("%s", (text) => {
    expect(printable(text)).toBe(text);
  });

  test("text made printable is printable", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const shown = printable(text);
        expect(printable(shown)).toBe(shown);
      }),
    );
  });
});

describe("marks that pile up", () => {
  test("V-91 D-10 of 300 marks on one character a few remain, and it is seen that there were more", () => {
    expect(printable(`e${"\u0301".repeat(300)}x`)).toBe(`e${"\u0301".repeat(4)}\\u{301}x`);
  });

  test("a mark at the start does not fall on what stands before the text", () => {
    expect(printable("\u0301a")).toBe("\\u{301}a");
    expect(printable("\u0301\u0301\u0301a\u0301")).toBe("\\u{301}a\u0301");
  });

  test("there are never more than four in a row", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("a", "\u0301", "\u20dd", "\ufe0f", "\u200b"), { maxLength: 40 }),
        (parts) => {
          expect(printable(parts.join(""))).not.toMatch(/^[\p{Mn}\p{Me}]|[\p{Mn}\p{Me}]{5}/u);
        },
      ),
    );
  });
});

describe("the length", () => {
  test.each([
    ["abcdef", 6, "abcdef"],
    ["abcdef", 5, "abcd…"],
    ["abcdef", 1, "…"],
    ["abcdef", 0, ""],
    ["", 0, ""],
    ["😀😀😀", 3, "😀😀😀"],
    ["😀😀😀", 2, "😀…"],
    ["ab\x1bcd", 9, "ab\\u{1b}…"],
    ["ab\x1bcd", 8, "ab…"],
    ["ab\x1b", 8, "ab\\u{1b}"],
  ])("%j in %d code points is %j", (text, most, shown) => {
    expect(printable(text, most)).toBe(shown);
  });

  test("D-10 a cut text is no longer than asked, begins as the whole does, and ends in an ellipsis", () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 0, max: 80 }), (text, most) => {
        const whole = printable(text);
        const shown = printable(text, most);
        expect([...shown].length).toBeLessThanOrEqual(most);
        if ([...whole].length <= most) expect(shown).toBe(whole);
        else if (most > 0) {
          expect(shown.endsWith("…")).toBe(true);
          expect(whole.startsWith(shown.slice(0, -1))).toBe(true);
          expect(shown.slice(0, -1)).not.toMatch(/\\u\{[0-9a-f]*$/);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
