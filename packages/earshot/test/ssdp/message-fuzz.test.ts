import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/core/errors.ts";
import { encodeMessage, parseMessage, type SsdpMessage } from "../../src/ssdp/message.ts";
import { devices, latin1, parsed } from "./corpus.ts";
import { wireFormats } from "./wire-formats.ts";

const utf8 = new TextEncoder();
const everything = [...wireFormats, ...devices];

describe("whatever comes", () => {
  test("S-17 every truncation of every known message is read or malformed", () => {
    for (const { name, text } of everything) {
      const bytes = utf8.encode(text);
      for (let length = 0; length <= bytes.length; length++) {
        const result = parseMessage(bytes.subarray(0, length));
        if (result.kind !== "malformed") expect([...result.headers].length, name).toBe(result.headers.size);
      }
    }
  });

  test("S-17 a message that ends inside a header has no such header, or its beginning", () => {
    expect(parsed("M-SEARCH * HTTP/1.1\r\nS").headers.get("ST")).toBeUndefined();
    expect(parsed("M-SEARCH * HTTP/1.1\r\nST").headers.get("ST")).toBeUndefined();
    expect(parsed("M-SEARCH * HTTP/1.1\r\nST:").headers.get("ST")).toBe("");
    expect(parsed("M-SEARCH * HTTP/1.1\r\nST: ssdp").headers.get("ST")).toBe("ssdp");
  });

  test("no bytes make it throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        readEverything(bytes);
      }),
    );
  });

  test("no bytes after a start line make it throw", () => {
    const start = fc.constantFrom(
      "NOTIFY * HTTP/1.1\r\n",
      "M-SEARCH * HTTP/1.1\r\n",
      "HTTP/1.1 200 OK\r\n",
      "HTTP/1.0 200\n",
    );
    const piece = fc.constantFrom(
      "\r",
      "\n",
      "\r\n",
      ":",
      " ",
      "\t",
      "\0",
      "ST",
      "USN: u",
      "NT:a",
      "é",
      "\xff",
      "=",
      '"',
    );
    fc.assert(
      fc.property(start, fc.array(piece, { maxLength: 60 }), (line, pieces) => {
        readEverything(latin1(line + pieces.join("")));
      }),
      { numRuns: 1000 },
    );
  });

  test("no change of a known message makes it throw", () => {
    const change = fc.record({ at: fc.nat(), to: fc.nat(255), remove: fc.nat(3) });
    fc.assert(
      fc.property(
        fc.constantFrom(...everything),
        fc.array(change, { minLength: 1, maxLength: 6 }),
        ({ text }, changes) => {
          const bytes = [...utf8.encode(text)];
          for (const { at, to, remove } of changes) bytes.splice(at % (bytes.length + 1), remove, to);
          readEverything(Uint8Array.from(bytes));
        },
      ),
      { numRuns: 1000 },
    );
  });

  test("what is written is read again to the last character", () => {
    const name = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,24}$/);
    const value = fc.string({ unit: "grapheme", maxLength: 60 });
    const pairs = fc.uniqueArray(fc.tuple(name, value), {
      maxLength: 20,
      selector: ([key]) => key.toLowerCase(),
    });
    fc.assert(
      fc.property(
        pairs,
        fc.constantFrom("notify" as const, "search" as const, "response" as const),
        (list, kind) => {
          const bytes = encodedOrRefused(kind, list);
          if (!bytes) return;
          const result = parseMessage(bytes) as SsdpMessage;
          expect(result.kind).toBe(kind);
          expect([...result.headers]).toEqual(list.map(([key, text]) => [key, text.replace(/^ +| +$/g, "")]));
          expect(result.violations).toEqual([]);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("S-37 whatever values are given, what is written has exactly as many lines as headers", () => {
    const nasty = fc.string({
      unit: fc.constantFrom("\r", "\n", "\0", "a", ":", " ", "\u0085", "\u2028"),
      maxLength: 8,
    });
    fc.assert(
      fc.property(fc.array(nasty, { maxLength: 5 }), (values) => {
        const bytes = encodedOrRefused(
          "notify",
          values.map((value, i) => [`X${i}`, value] as const),
        );
        if (!bytes) return;
        const text = new TextDecoder().decode(bytes);
        expect(text.split("\r\n")).toHaveLength(values.length + 3);
        expect(text.replaceAll("\r\n", "")).not.toMatch(/[\0\r\n]/);
      }),
      { numRuns: 500 },
    );
  });
});

function readEverything(bytes: Uint8Array): void {
  const result = parseMessage(bytes);
  if (result.kind === "malformed") return;
  const { headers: read } = result;
  for (const [name, value] of read) {
    expect(read.has(name)).toBe(true);
    expect(value).toBe(value.replace(/^[ \t\0]+|[ \t\0]+$/g, ""));
  }
  expect(read.toMap().size).toBeLessThanOrEqual(read.size);
  expect(result.violations.length).toBeLessThan(20);
}

function encodedOrRefused(
  kind: "notify" | "search" | "response",
  pairs: readonly (readonly [string, string])[],
): Uint8Array | undefined {
  try {
    return encodeMessage(kind, pairs);
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}
