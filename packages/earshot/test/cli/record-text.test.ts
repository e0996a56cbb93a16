import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mdnsLines, mdnsNames, mdnsSubject } from "../../src/cli/mdns-text.ts";
import { recordFields } from "../../src/cli/record-json.ts";
import { typeCode, typeName } from "../../src/cli/record-text.ts";
import { bytesText, quotedBytes, txtStrings, txtText } from "../../src/cli/txt-text.ts";
import { decodeMessage } from "../../src/mdns.ts";

/** What a quoted text says, read as zone files are (RFC 1035 section 5.1). */
function unquoted(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const [, digits, escaped, plain] of text.slice(1, -1).matchAll(/\\(\d{3})|\\(.)|([^\\])/gsu))
    bytes.push(...(digits === undefined ? Buffer.from(escaped ?? plain ?? "") : [Number(digits)]));
  return Uint8Array.from(bytes);
}

describe("the text of a record", () => {
  test("A63-006 bytes in quotation marks say what they are, whatever they are, without control characters", () =>
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 255 }), fc.string().map(Buffer.from)), (bytes) => {
        const text = quotedBytes(bytes);
        expect(text).not.toMatch(/[^ -~\u0080-\u{10ffff}]/u);
        expect([...unquoted(text)]).toEqual([...bytes]);
      }),
    ));

  test.each([
    [[], '""'],
    [[0], '""'],
    [[1, 0x61, 0, 2, 0x62, 0x3d], '"a" "b="'],
    [[2, 0xc3, 0xa9], '"é"'],
    [[1, 0xe9], '"\\233"'],
    [[3, 0x22, 0x5c, 9], '"\\"\\\\\\009"'],
    [[1, 0x61, 9, 0x62], '"a"'],
  ])("the TXT data %j are %s; what is cut off at the end is left out", (bytes, text) => {
    expect(txtText(Uint8Array.from(bytes))).toBe(text);
  });

  test("strings of TXT data are as many as there are whole ones, of any bytes", () =>
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const strings = txtStrings(bytes);
        expect(strings.reduce((sum, { length }) => sum + length + 1, 0)).toBeLessThanOrEqual(bytes.length);
        for (const string of strings) expect(typeof bytesText(string)).toBe("string");
      }),
    ));

  test("the name of every type is read back, also where it has none", () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 65_535 }), (code) => {
        expect(typeCode(typeName(code))).toBe(code);
        expect(typeCode(typeName(code).toLowerCase())).toBe(code);
        expect(typeCode(String(code))).toBe(code);
      }),
    ));

  test.each(["", "0", "65536", "TYPE", "TYPE0", "NONE", "-1", "1e3", " 1", "constructor"])(
    "%j is the name of no type",
    (text) => {
      expect(typeCode(text)).toBeUndefined();
    },
  );
});

describe("D-10 what is shown of a message", () => {
  /** A response with records of any type and any data. */
  const message = fc
    .array(
      fc.tuple(
        fc.integer({ min: 0, max: 70 }),
        fc.uint8Array({ maxLength: 40 }),
        fc.uint8Array({ minLength: 1, maxLength: 20 }),
      ),
      {
        maxLength: 6,
      },
    )
    .map((records) => {
      const bodies = records.map(([type, data, label]) => [
        ...[label.length, ...label, 0, 0, type, 0x80, 1, 0, 0, 0, 120],
        ...[0, data.length, ...data],
      ]);
      return Uint8Array.from([0, 0, 0x84, 0, 0, 0, 0, bodies.length, 0, 0, 0, 0, ...bodies.flat()]);
    });

  test("is one line for each question and record, of whatever bytes", () =>
    fc.assert(
      fc.property(fc.oneof(message, fc.uint8Array({ maxLength: 300 })), (bytes) => {
        const decoded = decodeMessage(bytes);
        if (decoded.kind === "malformed") return;
        const { questions, answers, authorities, additionals } = decoded;
        const count = [questions, answers, authorities, additionals].flat().length;
        const lines = mdnsLines(decoded, (_, text) => text);
        expect(lines).toHaveLength(count);
        for (const line of lines) expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
        expect(typeof mdnsSubject(decoded)).toBe("string");
        expect(mdnsNames(decoded).length).toBeLessThanOrEqual(2 * count);
        for (const record of [...answers, ...authorities, ...additionals])
          expect(JSON.parse(JSON.stringify(recordFields(record)))).toHaveProperty("data");
      }),
      { numRuns: 500 },
    ));
});
