import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/core/errors.ts";
import { bytesOfText, textOfBytes } from "../../src/mdns/label.ts";
import { decodeMessage, encodeMessage } from "../../src/mdns/message.ts";
import { Name } from "../../src/mdns/name.ts";
import { bytesOf, hexOf } from "./telling.ts";

/** Labels as bytes: text, ASCII, and anything. */
const labelBytes = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 63, size: "max" }),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }).map(utf8),
  fc.string({ unit: "binary-ascii", minLength: 1, maxLength: 20 }).map(utf8),
);
const labels = fc
  .array(labelBytes, { maxLength: 6 })
  .map((list) => list.filter(({ length }) => length > 0 && length <= 63))
  .filter((list) => list.reduce((sum, { length }) => sum + length + 1, 0) <= 255);
const names = labels.map((list) => Name.of(...list.map(text)));

describe("labels", () => {
  test("M-30 every string of bytes is one label and back", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 63, size: "max" }), (bytes) => {
        expect(bytesOfText(text(bytes))).toEqual(bytes);
      }),
      { numRuns: 3000 },
    );
  });

  test("A62-124 well-formed UTF-8 reads as its text, and U+FEFF is a character at the start as anywhere", () => {
    for (const label of ["Büro", "居間", "💩".repeat(15), "\ufeffBOM", "a\ufeffb", "e\u0301", "\u0000"])
      expect(text(utf8(label))).toBe(label);
    expect(Name.of("\ufeffx").wire).toEqual(bytesOf("04 ef bb bf 78 00"));
  });

  test("M-30 a byte that is not UTF-8 is one of U+DC80 to U+DCFF, and its neighbours keep their sense", () => {
    expect(text(bytesOf("4b fc 63 68 65"))).toBe("K\udcfcche");
    expect(text(bytesOf("c3 a9 ff c3"))).toBe("é\udcff\udcc3");
    expect(text(bytesOf("ed b2 80"))).toBe("\udced\udcb2\udc80");
    expect(text(bytesOf("f0 9f 92"))).toBe("\udcf0\udc9f\udc92");
    expect(text(bytesOf("c0 80"))).toBe("\udcc0\udc80");
  });

  test("raw bytes that are UTF-8 together are the character", () => {
    expect(Name.of("\udcc3\udca9").labels).toEqual(["é"]);
  });

  test("half a character is no label", () => {
    expect(bytesOfText("a\ud83d")).toBeUndefined();
    expect(() => Name.of("a\ud83d")).toThrow(UsageError);
    expect(() => Name.of("\udc00")).toThrow(/half a character/);
  });
});

describe("names", () => {
  test("A62-153 a name of 255 bytes and its zero is one, one byte more is none", () => {
    const name = Name.of("a".repeat(63), "b".repeat(63), "c".repeat(63), "d".repeat(62));
    expect(name.byteLength).toBe(256);
    expect(() => Name.of("a".repeat(63), "b".repeat(63), "c".repeat(63), "d".repeat(63))).toThrow(/255/);
    expect(() => name.prepend("e")).toThrow(UsageError);
    const question = { name, type: 1, class: 1, unicast: false };
    const heard = decodeMessage(encodeMessage({ kind: "query", questions: [question] }));
    expect(heard).toMatchObject({ violations: [] });
    expect(heard.kind === "query" && heard.questions[0]?.name.labels).toEqual(name.labels);
  });

  test("M-06 M-07 a name that cannot be written is refused: an empty label, one of 64 bytes", () => {
    for (const list of [[""], ["a", "", "b"], ["a".repeat(64)], ["é".repeat(32)]])
      expect(() => Name.of(...list)).toThrow(UsageError);
    for (const written of ["", "..", ".a", "a..b", "a\\", "a\\25", "a\\256", "a\\1x2"])
      expect(() => Name.parse(written), written).toThrow(UsageError);
    expect(() => Name.of("")).toThrow(expect.objectContaining({ code: "INVALID_NAME" }));
  });

  test("the presentation form has a backslash before dots and backslashes, and bytes by number where they are not to be shown", () => {
    const name = Name.of("a.b\\c", "\u001b[2J\n\u007f\u0085", "K\udcfcche", "local");
    expect(name.toString()).toBe("a\\.b\\\\c.\\027[2J\\010\\127\\194\\133.K\\252che.local");
    expect(Name.parse(`${name}.`).labels).toEqual(name.labels);
    expect(Name.parse("Dr\\. No._http._tcp.local").first).toBe("Dr. No");
    expect(Name.parse(".")).toBe(Name.root);
    expect(Name.root.toString()).toBe(".");
  });

  test("what is written parses to the same name, byte for byte", () => {
    fc.assert(
      fc.property(names, (name) => {
        const again = Name.parse(name.toString());
        expect(again.labels).toEqual(name.labels);
        expect(again.wire).toEqual(name.wire);
        expect(name.toString()).not.toMatch(/[\u0000-\u001f\u007f-\u009f\udc80-\udcff]/u);
      }),
    );
  });

  test("the wire form is a length byte before each label and a zero at the end, as long as byteLength says", () => {
    fc.assert(
      fc.property(labels, (list) => {
        const name = Name.of(...list.map(text));
        expect(hexOf(name.wire)).toBe(
          `${list.map((one) => hexOf(Uint8Array.of(one.length, ...one))).join("")}00`,
        );
        expect(name.byteLength).toBe(name.wire.length);
      }),
    );
  });

  test("A62-125 case counts for ASCII letters not, and for all others", () => {
    expect(Name.of("PRINTER", "Local").equals(Name.of("printer", "lOCAL"))).toBe(true);
    expect(Name.of("Büro").equals(Name.of("bürO"))).toBe(true);
    expect(Name.of("BÜRO").equals(Name.of("büro"))).toBe(false);
    expect(Name.of("\u212a").equals(Name.of("k"))).toBe(false);
    expect(Name.of("[").equals(Name.of("{"))).toBe(false);
    expect(Name.of("PRINTER").labels).toEqual(["PRINTER"]);
  });

  test("A62-125 keys are equal exactly where the bytes are, with small letters for capital ones", () => {
    fc.assert(
      fc.property(names, names, (one, other) => {
        expect(one.key === other.key).toBe(folded(one) === folded(other));
        expect(one.equals(other)).toBe(folded(one) === folded(other));
        expect(one.exact === other.exact).toBe(hexOf(one.wire) === hexOf(other.wire));
      }),
    );
    fc.assert(
      fc.property(names, (name) => {
        const swapped = Name.of(...name.labels.map(swapCase));
        expect(swapped.key).toBe(name.key);
        expect(swapped.equals(name)).toBe(true);
      }),
    );
  });

  test("a dot in a label is not one between labels", () => {
    expect(Name.of("a.b", "local").key).not.toBe(Name.of("a", "b", "local").key);
    expect(Name.of("a\\.b").key).not.toBe(Name.of("a\\", "b").key);
    expect(Name.of(".").key).not.toBe(Name.root.key);
  });

  test("a name is within each of its ends, in any case, and within no other", () => {
    const name = Name.of("Office", "_ipp", "_tcp", "local");
    expect(name.isWithin(Name.of("_TCP", "LOCAL"))).toBe(true);
    expect(name.isWithin(name)).toBe(true);
    expect(name.isWithin(Name.root)).toBe(true);
    expect(name.isWithin(Name.of("_udp", "local"))).toBe(false);
    expect(Name.of("local").isWithin(name)).toBe(false);
    expect(Name.of("a.local").isWithin(Name.of("local"))).toBe(false);
  });

  test("labels come off and on at the front", () => {
    const name = Name.of("Office", "_ipp", "_tcp", "local");
    expect(name.first).toBe("Office");
    expect(name.withoutFirst().labels).toEqual(["_ipp", "_tcp", "local"]);
    expect(name.withoutFirst().prepend("Office").equals(name)).toBe(true);
    expect(name.withoutFirst()).toBe(name.withoutFirst());
    expect(Name.of("local").withoutFirst()).toBe(Name.root);
    expect(Name.root.withoutFirst()).toBe(Name.root);
    expect(Name.root.first).toBe("");
    expect(name.withoutFirst().byteLength).toBe(name.byteLength - 7);
  });

  test("names of labels like __proto__ are names like others", () => {
    const keys = new Set(["__proto__", "constructor", "toString"].map((label) => Name.of(label).key));
    expect([...keys]).toEqual(["__proto__", "constructor", "tostring"]);
  });
});

function utf8(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

function text(bytes: Uint8Array): string {
  return textOfBytes(bytes, 0, bytes.length);
}

/** What RFC 6762 §16 compares: the bytes, capital letters of ASCII as small ones. Length bytes are below 0x41. */
function folded({ wire }: Name): string {
  return hexOf(wire.map((byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte)));
}

function swapCase(label: string): string {
  return label.replace(/[a-z]|[A-Z]/g, (letter) =>
    letter < "a" ? letter.toLowerCase() : letter.toUpperCase(),
  );
}
