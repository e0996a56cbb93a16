import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { type Head, type HeadLimits, HeadReader, writeHead } from "../../src/core/http-message.ts";
import { isSendable, isToken } from "../../src/core/http-syntax.ts";
import { readLenientHead } from "../../src/core/lenient-head.ts";

const limits: HeadLimits = { maxBytes: 400, maxHeaders: 5, maxLineBytes: 60 };
const START = "NOTIFY * HTTP/1.0";
const fast = new HeadReader([START], limits);
const lenient = new HeadReader([], limits);

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function comparable(head: Head | string): unknown {
  if (typeof head === "string") return head;
  const deviations = head.deviations.map(({ code, detail }) => `${code} ${detail}`).sort();
  return { startLine: head.startLine, headers: [...head.headers], deviations };
}

describe("reading a head", () => {
  test("expected or not, a start line is told as it is", () => {
    for (const line of [START, "GET / HTTP/1.1", "", "é"]) {
      const head = fast.read(new TextEncoder().encode(`${line}\r\nA: 1\r\n\r\n`)) as Head;
      expect([head.startLine, [...head.headers], head.deviations]).toEqual([line, [["A", "1"]], []]);
    }
  });

  test("a start line that only begins like the expected one is another one", () => {
    expect((fast.read(bytesOf(`${START}x\r\n\r\n`)) as Head).startLine).toBe(`${START}x`);
  });

  test("the bytes are not kept", () => {
    const bytes = bytesOf(`${START}\r\nA: before\r\n\r\n`);
    const { headers } = fast.read(bytes) as Head;
    bytes.fill(0);
    expect(headers.get("A")).toBe("before");
  });

  test("a head read later leaves the earlier one as it was", () => {
    const first = fast.read(bytesOf(`${START}\r\nA: 1\r\nB: 2\r\n\r\n`)) as Head;
    fast.read(bytesOf(`${START}\r\nLONGER: 3\r\nC: 4\r\nD: 5\r\n\r\n`));
    expect([...first.headers]).toEqual([
      ["A", "1"],
      ["B", "2"],
    ]);
  });

  test("the fast way and the lenient way read the same", () => {
    const line = fc.oneof(
      fc.constantFrom(
        "A: 1",
        "a:2",
        "B:",
        "C:  x y  ",
        "D: ",
        `E: ${"x".repeat(57)}`,
        `F: ${"x".repeat(58)}`,
      ),
      fc.constantFrom(
        "NT: a:b",
        "no colon",
        "X : 1",
        " folded",
        "G:\t1",
        "H: \x7f",
        "I: é",
        ": 1",
        "J(: 1",
        "K",
        "",
      ),
    );
    const end = fc.constantFrom(
      "\r\n\r\n",
      "\r\n",
      "",
      "\n\n",
      "\r\n\r\nbody",
      "\r\n\r\n\r\n",
      "\r\n\r\n\0",
      " \r\n\r\n",
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 7 }), end, (lines, last) => {
        const bytes = bytesOf([START, ...lines].join("\r\n") + last);
        expect(comparable(fast.read(bytes))).toEqual(comparable(lenient.read(bytes)));
      }),
      { numRuns: 2000 },
    );
  });

  test("every limit is where it is said to be, either way", () => {
    const full = (size: number) => `${START}\r\n\r\n${"x".repeat(size - START.length - 4)}`;
    for (const reader of [fast, lenient]) {
      expect(reader.read(bytesOf(full(400)))).toHaveProperty("startLine", START);
      expect(reader.read(bytesOf(full(401)))).toBe("too-long");
      expect(reader.read(bytesOf(`${START}\r\nA: ${"x".repeat(57)}\r\n\r\n`))).toHaveProperty(
        "startLine",
        START,
      );
      expect(reader.read(bytesOf(`${START}\r\nA: ${"x".repeat(58)}\r\n\r\n`))).toBe("line-too-long");
      expect(reader.read(bytesOf(`${START}\r\n${"A: 1\r\n".repeat(5)}\r\n`))).toHaveProperty(
        "startLine",
        START,
      );
      expect(reader.read(bytesOf(`${START}\r\n${"A: 1\r\n".repeat(6)}\r\n`))).toBe("too-many-headers");
      expect(reader.read(bytesOf(""))).toBe("empty");
    }
  });

  test("lines that are skipped or folded count as lines", () => {
    expect(fast.read(bytesOf(`${START}\r\nA: 1\r\n${" x\r\n".repeat(5)}\r\n`))).toBe("too-many-headers");
    expect(fast.read(bytesOf(`${START}\r\n${"x\r\n".repeat(6)}\r\n`))).toBe("too-many-headers");
  });

  test("J-16 S-16 64 kB take twice the looks that 32 kB take, whatever they repeat", () => {
    const wide: HeadLimits = { maxBytes: 65_535, maxHeaders: 64, maxLineBytes: 65_535 };
    const decode = TextDecoder.prototype.decode;
    const spy = vi.spyOn(TextDecoder.prototype, "decode").mockImplementation(function (
      this: InstanceType<typeof TextDecoder>,
      bytes,
    ) {
      return decode.call(this, contents.get(bytes as Uint8Array) ?? bytes);
    });
    for (const unit of [
      " ",
      "\0",
      ":",
      "a",
      "a:",
      "\t",
      "\r",
      "\n",
      "\r\n",
      "a: b\r\n",
      " a: b\r\n",
      "\r\n ",
      "é",
      "\xff",
      '"',
      "=,",
    ]) {
      const looks = (size: number): number => {
        const counter = counted(bytesOf(`${START}\r\n${unit.repeat(size / unit.length)}`));
        readLenientHead(counter.bytes, wide);
        return counter.looks();
      };
      const most = looks(64_000);
      expect(most, JSON.stringify(unit)).toBeLessThanOrEqual(2 * looks(32_000) + 64);
      expect(most, JSON.stringify(unit)).toBeLessThanOrEqual(64_000 * 8);
    }
    spy.mockRestore();
  });
});

describe("writing a head", () => {
  test("what is read is written as it was", () => {
    const text = `${START}\r\nA: 1\r\nEXT:\r\nB: x y\r\n\r\n`;
    const head = fast.read(bytesOf(text)) as Head;
    expect(new TextDecoder().decode(writeHead(head.startLine, [...head.headers], limits))).toBe(text);
  });

  test("what a reader with the same limits refuses is not written", () => {
    const tooLong = expect.objectContaining({ code: "MESSAGE_TOO_LONG" });
    const many = (count: number, size: number) =>
      Array.from({ length: count }, (_, i) => [`H${i}`, "x".repeat(size)] as const);
    expect(() => writeHead(START, many(5, 56), limits)).not.toThrow();
    expect(() => writeHead(START, many(5, 57), limits)).toThrow(tooLong);
    expect(() => writeHead(START, many(6, 1), limits)).toThrow(tooLong);
    expect(() => writeHead(START, [["A", "é".repeat(29)]], limits)).toThrow(tooLong);
    expect(() => writeHead(START, many(5, 50), { ...limits, maxBytes: 200 })).toThrow(tooLong);
  });
});

describe("syntax", () => {
  test("a token is one or more of the characters that RFC 2616 leaves it", () => {
    const allowed = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).filter(isToken);
    expect(allowed.join("")).toBe(
      "!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~",
    );
    expect(isToken("")).toBe(false);
    expect(isToken("\u0141")).toBe(false);
  });

  test("a pair of surrogates can be sent, a half cannot", () => {
    expect(isSendable("🎧x🎧")).toBe(true);
    for (const half of ["\ud83c", "\udfa7", "\ud83cx", "x\ud83c", "\udfa7\ud83c", "\ud83c\ud83c"]) {
      expect(isSendable(half), JSON.stringify(half)).toBe(false);
    }
  });
});

/** The bytes behind those that are counted: a decoder takes no proxy, and its looks are its own. */
const contents = new WeakMap<Uint8Array, Uint8Array>();

/** Bytes that count how often one of them is looked at. */
function counted(content: Uint8Array): { readonly bytes: Uint8Array; looks(): number } {
  let looks = 0;
  const bytes = new Proxy(content, {
    get(target, property) {
      looks++;
      const member: unknown = Reflect.get(target, property, target);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
  contents.set(bytes, content);
  return { bytes, looks: () => looks };
}
