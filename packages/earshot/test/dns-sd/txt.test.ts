import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MOST_TXT_BYTES, Txt, type TxtInput } from "../../src/dns-sd/txt.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Strings with a length byte each; `\xNN` in them are bytes. */
function record(...strings: readonly string[]): Uint8Array {
  return Uint8Array.from(
    strings.flatMap((string) => [string.length, ...Array.from(string, (one) => one.charCodeAt(0))]),
  );
}

function refusal(input: TxtInput): string {
  try {
    Txt.from(input);
    return "taken";
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe("what others say", () => {
  test("A63-014 no bytes at all, one zero byte and no record are the same empty text", () => {
    expect(Txt.read(new Uint8Array())).toBe(Txt.empty);
    expect(Txt.read(Uint8Array.of(0))).toBe(Txt.empty);
    expect(Txt.empty.bytes).toEqual(Uint8Array.of(0));
    expect(Txt.empty.size).toBe(0);
  });

  test("A63-026 the four states are told apart: absent, without value, with an empty one, with a value", () => {
    const txt = Txt.read(record("passreq", "PlugIns=", "Color=4"));
    expect([txt.has("paper"), txt.get("paper")]).toEqual([false, undefined]);
    expect([txt.has("passreq"), txt.get("passreq"), txt.text("passreq")]).toEqual([true, true, undefined]);
    expect([txt.get("PlugIns"), txt.text("PlugIns")]).toEqual([new Uint8Array(), ""]);
    expect([txt.get("Color"), txt.text("Color")]).toEqual([bytesOf("4"), "4"]);
  });

  test("A63-017 what is not asked for stands in nobody's way, and is kept", () => {
    const txt = Txt.read(record("x-vendor=1", "path=/a", "\xff\xfe"));
    expect(txt.text("path")).toBe("/a");
    expect(txt.text("x-vendor")).toBe("1");
    expect(txt.size).toBe(3);
  });

  test("A63-020 a string that begins with = is ignored", () => {
    expect(Txt.read(record("=x", "=", "a=1")).entries()).toEqual([["a", bytesOf("1")]]);
  });

  test("A63-023 the case of a key does not count", () => {
    const txt = Txt.read(record("Papersize=A4"));
    expect(["papersize", "PAPERSIZE", "PaperSize"].map((key) => txt.text(key))).toEqual(["A4", "A4", "A4"]);
    expect(txt.keys).toEqual(["Papersize"]);
  });

  test("A63-025 the first of two equal keys counts, whatever its case", () => {
    const txt = Txt.read(record("a=1", "A=2", "a", "b=3"));
    expect(txt.entries().map(([key]) => key)).toEqual(["a", "b"]);
    expect(txt.text("A")).toBe("1");
  });

  test("A63-027 a value is the bytes behind the first =, more of them included", () => {
    const txt = Txt.read(record("sum=a=b==", "raw=\x00\xff\x01"));
    expect(txt.text("sum")).toBe("a=b==");
    expect(txt.get("raw")).toEqual(Uint8Array.of(0, 255, 1));
  });

  test("A63-029 a version that nobody knows is a key like any other", () => {
    expect(Txt.read(record("txtvers=99", "a=1")).text("a")).toBe("1");
  });

  test("M19 raw bytes stay what they were, also where a string is cut off", () => {
    const bytes = Uint8Array.of(3, 0x61, 0x3d, 0x31, 200, 0x62);
    const txt = Txt.read(bytes);
    expect(txt.bytes).toEqual(bytes);
    expect(txt.entries()).toEqual([["a", bytesOf("1")]]);
  });

  test("M19 one long string with spaces is one key, and zero-length strings are skipped", () => {
    expect(Txt.read(record("", "a b c=d e", "")).entries()).toEqual([["a b c", bytesOf("d e")]]);
  });

  test("M-31 names of an object's own parts are keys like any other, and touch no object", () => {
    const txt = Txt.read(record("__proto__=1", "constructor", "toString=", "k\x00y=v"));
    expect(txt.keys).toEqual(["__proto__", "constructor", "toString", "k\x00y"]);
    expect(txt.text("__proto__")).toBe("1");
    expect(Txt.empty.get("__proto__")).toBeUndefined();
    expect(Txt.empty.has("constructor")).toBe(false);
    expect(({} as Record<string, unknown>)["1"]).toBeUndefined();
  });

  test("M-31 a key of 255 bytes is read", () => {
    const key = "k".repeat(255);
    expect(Txt.read(record(key)).get(key)).toBe(true);
  });

  test("any bytes are read, and are kept as they are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const txt = Txt.read(bytes);
        const isEmpty = bytes.length === 0;
        expect(txt.bytes).toEqual(isEmpty ? Uint8Array.of(0) : bytes);
        for (const [key, value] of txt.entries()) expect(txt.get(key)).toEqual(value);
        for (const key of txt.keys) expect(key).not.toBe("");
      }),
    );
  });

  test("two texts are equal when their bytes are", () => {
    expect(Txt.read(record("a=1")).equals(Txt.from({ a: "1" }))).toBe(true);
    expect(Txt.read(record("a=1")).equals(Txt.from({ A: "1" }))).toBe(false);
    expect(Txt.read(record("a=1")).equals(Txt.empty)).toBe(false);
  });
});

describe("what we say", () => {
  test("A63-012 A63-013 no keys make one zero byte, never no bytes", () => {
    for (const none of [{}, [], new Uint8Array(), { a: false, b: null }] satisfies TxtInput[])
      expect(Txt.from(none).bytes).toEqual(Uint8Array.of(0));
  });

  test("the three forms of input make the same bytes, in the order they are given", () => {
    const bytes = record("path=/x", "secure", "note=", "n=7");
    expect(Txt.from({ path: "/x", secure: true, note: "", n: 7 }).bytes).toEqual(bytes);
    const entries = [
      ["path", "/x"],
      ["secure", true],
      ["note", ""],
      ["n", bytesOf("7")],
    ] as const;
    expect(Txt.from(entries).bytes).toEqual(bytes);
    expect(Txt.from(bytes).bytes).toEqual(bytes);
  });

  test("A63-015 a string may have 255 bytes, and no more; also where characters take several", () => {
    expect(refusal({ k: "v".repeat(253) })).toBe("taken");
    expect(refusal({ k: "v".repeat(254) })).toBe("INVALID_OFFER");
    expect(refusal({ k: "é".repeat(126) })).toBe("taken");
    expect(refusal({ k: "é".repeat(127) })).toBe("INVALID_OFFER");
  });

  test("A63-019 a key has at least one character", () => {
    expect(refusal({ "": "x" })).toBe("INVALID_OFFER");
    expect(refusal([["", true]])).toBe("INVALID_OFFER");
  });

  test("A63-022 a key is printable ASCII without =", () => {
    for (const key of ["a=b", "=", "a\tb", "a\x7f", "é", "a\u0000"])
      expect(refusal({ [key]: "x" })).toBe("INVALID_OFFER");
    for (const key of [" ", "~", "a b", "!\"#$%&'()*+,-./:;<>?@[\\]^_`{|}"])
      expect(refusal({ [key]: "x" })).toBe("taken");
  });

  test("A63-024 a key is not given twice, whatever its case", () => {
    expect(refusal([["a", "1"], ["A", "2"]])).toBe("INVALID_OFFER"); // biome-ignore format: one line
    expect(refusal({ a: "1", A: "2" })).toBe("INVALID_OFFER");
  });

  test("A63-028 a value is written as it is, without quotation marks around it", () => {
    expect(Txt.from({ note: 'say "hi" ' }).bytes).toEqual(record('note=say "hi" '));
  });

  test("A63-029 txtvers comes first, wherever an object has it", () => {
    expect(Txt.from({ b: "1", TxtVers: "1", a: "2" }).keys).toEqual(["TxtVers", "b", "a"]);
  });

  test("M-12 a text of more than a message can hold is refused, as is one whose strings do not end where it ends", () => {
    const entries = Array.from({ length: 40 }, (_, index) => [`k${index}`, "v".repeat(250)] as const);
    expect(refusal(entries)).toBe("INVALID_OFFER");
    expect(refusal(entries.slice(0, 30))).toBe("taken");
    const least = Txt.from(entries.slice(0, 34));
    expect(least.bytes.length).toBeLessThanOrEqual(MOST_TXT_BYTES);
    expect(refusal(Uint8Array.of(5, 1, 2))).toBe("INVALID_OFFER");
  });

  test("what we write is what others read", () => {
    const key = fc.stringMatching(/^[ -<>-~]{1,20}$/);
    const value = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.constant(true as const));
    const entries = fc.uniqueArray(fc.tuple(key, value), {
      selector: ([name]) => name.toLowerCase(),
      maxLength: 20,
    });
    fc.assert(
      fc.property(entries, (pairs) => {
        expect(Txt.read(Txt.from(pairs).bytes).entries()).toEqual(pairs);
      }),
    );
  });
});
