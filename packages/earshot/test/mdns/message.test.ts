import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { glance } from "../../src/mdns/glance.ts";
import { type DnsMessage, decodeMessage, encodeMessage } from "../../src/mdns/message.ts";
import { bytesOf, hexOf, told } from "./telling.ts";
import { wireFormats } from "./wire-formats.ts";

/** `h.local A`, with TTL 120 and the flush bit, all written out. */
const A_RECORD = "0168056c6f63616c0000018001000000780004 0a000001";
const QUESTION = "0168056c6f63616c00 0001 0001";

describe("the header", () => {
  test("A62-130 A62-132 A62-134 id, kind and codes are what they are, and nothing is refused for them", () => {
    for (const [flags, expected] of [
      ["0000", { kind: "query", opcode: 0, rcode: 0, authoritative: false, truncated: false }],
      ["8400", { kind: "response", opcode: 0, rcode: 0, authoritative: true, truncated: false }],
      ["8000", { kind: "response", authoritative: false }],
      ["0200", { kind: "query", truncated: true }],
      ["2800", { kind: "query", opcode: 5 }],
      ["800f", { kind: "response", rcode: 15 }],
    ] as const)
      expect(read(`1d0e ${flags} 0000 0001 0000 0000 ${A_RECORD}`)).toMatchObject({
        id: 0x1d0e,
        ...expected,
      });
  });

  test("A62-136 A62-138 A62-139 A62-140 A62-141 A62-142 A62-143 M6 AA, TC, RD, RA, Z, AD and CD change nothing that is read", () => {
    const plain = read(`0000 8400 0000 0001 0000 0000 ${A_RECORD}`);
    for (const flags of ["8000", "8600", "8500", "8480", "8440", "8420", "8410", "87f0"]) {
      const message = read(`0000 ${flags} 0000 0001 0000 0000 ${A_RECORD}`);
      expect(told(message)).toEqual(told(plain));
      expect(message).toMatchObject({ kind: "response", opcode: 0, rcode: 0, violations: [] });
    }
  });

  test("A62-145 A62-146 the top bit of a class is not part of it", () => {
    const message = read(`0000 0000 0001 0001 0000 0000 0168056c6f63616c00 00ff 8001 ${A_RECORD}`);
    expect(message.questions[0]).toMatchObject({ type: 255, class: 1, unicast: true });
    expect(message.answers[0]).toMatchObject({ type: 1, class: 1, flush: true });
    const other = read(`0000 0000 0001 0000 0000 0000 0168056c6f63616c00 0001 00ff`);
    expect(other.questions[0]).toMatchObject({ class: 255, unicast: false });
  });

  test("M-03 less than a header is malformed, and so is more than a datagram", () => {
    for (let length = 0; length < 12; length++)
      expect(decodeMessage(new Uint8Array(length))).toEqual({ kind: "malformed", reason: "too-short" });
    expect(decodeMessage(new Uint8Array(65_536))).toEqual({ kind: "malformed", reason: "too-long" });
    expect(glance(new Uint8Array(11))).toBeUndefined();
  });

  test("M-10 no question, no answer, a question in a response, answers in a query: all are read", () => {
    expect(read("0000 0000 0000 0000 0000 0000")).toMatchObject({ kind: "query", violations: [] });
    expect(read("0000 8400 0000 0000 0000 0000")).toMatchObject({ kind: "response", violations: [] });
    const response = read(`0000 8400 0001 0001 0000 0000 ${QUESTION} ${A_RECORD}`);
    expect(told(response)).toEqual(["? h.local 1", "1 h.local 1 120 flush 10.0.0.1"]);
    const query = read(`0000 0000 0000 0001 0000 0000 ${A_RECORD}`);
    expect(told(query)).toEqual(["1 h.local 1 120 flush 10.0.0.1"]);
  });

  test("M5 a response that repeats the question is read, question and all", () => {
    const message = read(`0000 8400 0001 0001 0000 0000 ${QUESTION} ${A_RECORD}`);
    expect(message.violations).toEqual([]);
  });

  test("a glance sees what reading sees", () => {
    for (const { hex } of wireFormats) {
      const message = read(hex);
      expect(glance(bytesOf(hex))).toMatchObject({
        isResponse: message.kind === "response",
        opcode: 0,
        rcode: 0,
        truncated: message.truncated,
        questions: message.questions.length,
      });
    }
    expect(glance(bytesOf("0000ab03 0001 0002 0003 0004"))).toEqual({
      isResponse: true,
      opcode: 5,
      rcode: 3,
      truncated: true,
      questions: 1,
      answers: 2,
      authorities: 3,
      additionals: 4,
    });
  });
});

describe("what is cut short", () => {
  test("M-05 counts of more than there is: what is there is read, and nothing is made ready for the rest", () => {
    const message = read(`0000 8400 ffff ffff ffff ffff ${QUESTION}`);
    expect(told(message)).toEqual(["? h.local 1"]);
    expect(message.violations).toMatchObject([{ code: "name-cut-short" }]);
  });

  test("M-08 data that runs past the end ends the message, and what was before stays", () => {
    const message = read(`0000 8400 0000 0002 0000 0000 ${A_RECORD} c00c 0010 8001 00001194 ffff 0161`);
    expect(told(message)).toEqual(["1 h.local 1 120 flush 10.0.0.1"]);
    expect(message.violations).toMatchObject([{ code: "message-cut-short" }]);
  });

  test("M3 a bad question or record is left out, and the others are read", () => {
    const message = read(
      `0000 8400 0002 0003 0000 0000 c0ff 0001 0001 ${QUESTION} c000 0001 8001 00000078 0004 0a000009 ${A_RECORD} c012 0001 8001 00000078 0001 00`,
    );
    expect(told(message)).toEqual(["? h.local 1", "1 h.local 1 120 flush 10.0.0.1"]);
    expect(message.violations.map(({ code }) => code)).toEqual([
      "pointer-past-end",
      "pointer-into-header",
      "bad-rdata",
    ]);
  });

  test("bytes behind the last record are told", () => {
    const message = read(`0000 8400 0000 0001 0000 0000 ${A_RECORD} ffff`);
    expect(told(message)).toHaveLength(1);
    expect(message.violations).toMatchObject([
      { code: "trailing-bytes", message: "2 bytes behind the last record" },
    ]);
  });
});

describe("names that are compressed", () => {
  test("A62-150 pointers are followed in every section, and in the data of every type that may have them", () => {
    const at = "0168056c6f63616c00"; // h.local at 12, local at 14
    const record = (type: string, data: string) =>
      `c00c ${type} 0001 00000078 ${(data.replaceAll(" ", "").length / 2).toString(16).padStart(4, "0")} ${data}`;
    const hosts = "0168056c6f63616c00";
    const message = read(
      `0000 8400 0001 0005 0005 0004 ${at} 0001 0001 ${[
        record("0005", "c00c"),
        record("000c", "0161c00e"),
        record("0021", "000000000050c00c"),
        record("002f", "c00c 000140"),
        record("0002", "c00c"),
        record("0027", "c00c"),
        record("000f", "000a c00c"),
        record("0012", "0001 c00c"),
        record("0015", "0001 c00c"),
        record("0024", "0001 c00c"),
        record("0011", "c00c c00c"),
        record("001a", "0001 c00c c00c"),
        record("0006", `c00c c00c ${"00".repeat(20)}`),
        record("0063", "c00c"),
      ].join(" ")}`,
    );
    expect(message.violations).toEqual([]);
    expect(told(message)).toEqual([
      "? h.local 1",
      "1 h.local 5 120 -> h.local",
      "1 h.local 12 120 -> a.local",
      "1 h.local 33 120 0 0 80 h.local",
      "1 h.local 47 120 h.local 1",
      `1 h.local 2 120 opaque ${hosts}`,
      `2 h.local 39 120 opaque ${hosts}`,
      `2 h.local 15 120 opaque 000a${hosts}`,
      `2 h.local 18 120 opaque 0001${hosts}`,
      `2 h.local 21 120 opaque 0001${hosts}`,
      `2 h.local 36 120 opaque 0001${hosts}`,
      `3 h.local 17 120 opaque ${hosts}${hosts}`,
      `3 h.local 26 120 opaque 0001${hosts}${hosts}`,
      `3 h.local 6 120 opaque ${hosts}${hosts}${"00".repeat(20)}`,
      "3 h.local 99 120 opaque c00c",
    ]);
  });

  test("M2 a pointer that leads forward and resolves is followed, and told", () => {
    const message = read(`0000 0000 0002 0000 0000 0000 c012 0001 0001 ${QUESTION}`);
    expect(told(message)).toEqual(["? h.local 1", "? h.local 1"]);
    expect(message.violations).toMatchObject([{ code: "forward-pointer" }]);
  });

  test("M-01 names that lead to themselves are none: at once, by a label, in a circle, in data", () => {
    for (const name of ["c00c", "0161c00c", "0161c00e", "c00ec00c"]) {
      const message = decodeMessage(bytesOf(`0000 0000 0001 0000 0000 0000 ${name} 0001 0001`));
      expect(message.kind === "malformed" ? [] : told(message), name).toEqual([]);
    }
    const response = read(`0000 8400 0000 0002 0000 0000 c00c 000c 0001 00000078 0002 c018 ${A_RECORD}`);
    expect(told(response)).toEqual(["1 h.local 1 120 flush 10.0.0.1"]);
  });

  test("M-02 chains of 1,500 and of 16,000 pointers, forward and backward, are no name, and the message ends there", () => {
    for (const length of [1500, 16_000]) {
      const forward = Array.from({ length }, (_, i) => pointer(18 + 2 * (i + 1))).join("");
      const message = read(`0000 0000 0001 0000 0000 0000 c012 0001 0001 ${forward}00`);
      expect(message.questions).toEqual([]);
      expect(message.violations.map(({ code }) => code)).toContain("pointer-loop");
    }
    const backward = Array.from({ length: 8000 }, (_, i) => pointer(i === 0 ? 12 : 12 + 2 * i)).join("");
    expect(decodeMessage(bytesOf(`0000 0000 2000 0000 0000 0000 00 ${backward}`)).kind).toBe("query");
  });

  test("M-02 many names that each begin with a long chain of pointers: no more than 8,192 pointers are followed", () => {
    const chain = Array.from({ length: 126 }, (_, i) => pointer(12 + 6 * 700 + 2 * (i + 1))).join("");
    const message = read(
      `0000 0000 02bc 0000 0000 0000 ${`${pointer(12 + 6 * 700)}00010001`.repeat(700)}${chain}0161 00`,
    );
    expect(message.questions).toHaveLength(Math.floor(8192 / 127));
    expect(message.violations.map(({ code }) => code)).toContain("pointer-loop");
  });

  test("M-04 many pointers to one long name: no more than 256 kB of names are read", () => {
    const long = `${`3f${"61".repeat(63)}`.repeat(3)}3e${"62".repeat(62)}00`;
    const question = `${long} 000c 0001`;
    const ptr = "c00c 000c 0001 00000078 0002 c00c";
    const message = read(`0000 8400 0001 02bc 0000 0000 ${question} ${ptr.repeat(700)}`);
    const octets = [...message.questions, ...message.answers].reduce(
      (sum, { name }) => sum + 2 * name.byteLength,
      0,
    );
    expect(octets).toBeLessThanOrEqual(256 * 1024 + 512);
    expect(message.answers.length).toBeGreaterThan(400);
    expect(message.violations).toMatchObject([{ code: "names-too-large" }, { code: "bad-rdata" }]);
  });

  test("M-04 no more than 1,024 records are read, and no more than 1,024 questions", () => {
    const record = "00 0001 0001 00000078 0004 0a000001";
    const records = read(`0000 8400 0000 0300 0200 0000 ${record.repeat(0x500)}`);
    expect([records.answers.length, records.authorities.length]).toEqual([0x300, 0x100]);
    expect(records.violations).toMatchObject([{ code: "too-many-entries" }]);
    const questions = read(`0000 0000 0600 0000 0000 0000 ${"0000010001".repeat(0x600)}`);
    expect(questions.questions).toHaveLength(1024);
  });

  test("A62-153 a name of 255 bytes is read, one of 256 is not, whether by pointer or at length", () => {
    const labels = (last: number) =>
      `${`3f${"61".repeat(63)}`.repeat(3)}${hexByte(last)}${"62".repeat(last)}00`;
    const ask = (name: string) => decodeMessage(bytesOf(`0000 0000 0001 0000 0000 0000 ${name} 0001 0001`));
    expect((ask(labels(62)) as DnsMessage).questions[0]?.name.byteLength).toBe(256);
    expect(ask(labels(63))).toMatchObject({ questions: [], violations: [{ code: "name-too-long" }] });
    const first = `${labels(62)} 0001 0001`;
    const two = read(`0000 0000 0002 0000 0000 0000 ${first} 0161 c00c 0001 0001`);
    expect(two.questions).toHaveLength(1);
    expect(two.violations).toMatchObject([{ code: "name-too-long" }]);
    expect(read(`0000 0000 0001 0000 0000 0000 ${"0161".repeat(127)}00 0001 0001`).questions).toHaveLength(1);
    expect(read(`0000 0000 0001 0000 0000 0000 ${"0161".repeat(128)}00 0001 0001`).questions).toHaveLength(0);
  });

  test("names read before do not show in names read later", () => {
    const first = read(`0000 0000 0001 0000 0000 0000 ${QUESTION}`);
    const second = read("0000 0000 0001 0000 0000 0000 0148054c4f43414c00 0001 0001");
    expect(first.questions[0]?.name.labels).toEqual(["h", "local"]);
    expect(second.questions[0]?.name.labels).toEqual(["H", "LOCAL"]);
    expect(read(`0000 0000 0001 0000 0000 0000 c014 0001 0001`).questions).toEqual([]);
  });
});

describe("any bytes at all", () => {
  test("M-03 never throw, and are the same message in memory of any class", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300, size: "max" }), (bytes) => {
        expect(words(new Uint8Array(bytes))).toBe(words(Buffer.from(bytes)));
      }),
      { numRuns: 3000 },
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...wireFormats),
        fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 4 }),
        ({ hex }, pokes) => {
          const bytes = bytesOf(hex);
          for (const [at, value] of pokes) bytes[at % bytes.length] = value;
          const message = decodeMessage(bytes);
          if (message.kind === "malformed") return;
          const again = decodeMessage(encodeMessage(message)) as DnsMessage;
          expect(told(again)).toEqual(told(message));
          expect(again.violations).toEqual([]);
        },
      ),
      { numRuns: 3000 },
    );
  });
});

function read(hex: string): DnsMessage {
  const message = decodeMessage(bytesOf(hex));
  if (message.kind === "malformed") throw new Error(message.reason);
  return message;
}

function words(bytes: Uint8Array): string {
  const message = decodeMessage(bytes);
  return message.kind === "malformed" ? message.reason : JSON.stringify([told(message), message.violations]);
}

function pointer(place: number): string {
  return hexOf(Uint8Array.of(0xc0 | ((place >> 8) & 0x3f), place & 0xff));
}

function hexByte(value: number): string {
  return value.toString(16).padStart(2, "0");
}
