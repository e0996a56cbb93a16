import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isUtf8 } from "../../src/core/utf8.ts";

const strict = new TextDecoder("utf-8", { fatal: true });

/** What the platform's decoder says. */
function decodes(bytes: Uint8Array): boolean {
  try {
    strict.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

describe("whether bytes are UTF-8", () => {
  test("is judged of every sequence of three bytes at the edges as the decoder judges it", () => {
    const edges = [
      0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee,
      0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff,
    ];
    for (const a of edges)
      for (const b of edges)
        for (const c of edges)
          for (const bytes of [[a], [a, b], [a, b, c], [a, b, c, 0x80], [0x41, a, b, c, 0xbf, 0x41]])
            expect([bytes, isUtf8(Uint8Array.from(bytes))]).toEqual([bytes, decodes(Uint8Array.from(bytes))]);
  });

  test("is judged of any text, whole or damaged, as the decoder judges it", () => {
    const damage = fc.record({ at: fc.nat(), to: fc.nat(255) });
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.option(damage), fc.nat(3), (text, change, cut) => {
        const bytes = new TextEncoder().encode(text).slice(0, -cut || undefined);
        if (change && bytes.length > 0) bytes[change.at % bytes.length] = change.to;
        expect(isUtf8(bytes)).toBe(decodes(bytes));
      }),
      { numRuns: 2000 },
    );
  });
});
