import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/core/errors.ts";
import { type DnsMessage, decodeMessage, encodeMessage } from "../../src/mdns/message.ts";
import { Name } from "../../src/mdns/name.ts";
import { type RecordData, type ResourceRecord, TYPE } from "../../src/mdns/record.ts";
import { compareRecords, rdataOf, sameData } from "../../src/mdns/record-data.ts";
import { bytesOf, hexOf, told } from "./telling.ts";

const HOST = Name.of("host", "local");

const name = fc
  .array(fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 }), { maxLength: 4 })
  .map((labels) => Name.of(...labels));
const u16 = fc.integer({ min: 0, max: 0xffff });
const short = fc.uint8Array({ maxLength: 40 });
const v4 = fc.ipV4().map((address) => ({ type: TYPE.A, data: { kind: "A" as const, address } }));
const target = fc.record({ kind: fc.constantFrom("PTR" as const, "CNAME" as const), target: name });
const srv = fc.record({ priority: u16, weight: u16, port: u16, target: name });
const strings = fc.array(fc.uint8Array({ maxLength: 255 }), { maxLength: 6 });
const types = fc.uniqueArray(u16, { maxLength: 12 }).map((list) => list.sort((a, b) => a - b));
const params = fc.uniqueArray(fc.tuple(u16, short), { maxLength: 5, selector: ([key]) => key });
const options = fc.array(fc.record({ code: u16, bytes: short }), { maxLength: 4 });

/** Data of every kind, with a type that it is of. */
const typed: fc.Arbitrary<{ type: number; data: RecordData }> = fc.oneof(
  v4,
  target.map((data) => ({ type: TYPE[data.kind], data })),
  srv.map((data) => ({ type: TYPE.SRV, data: { kind: "SRV" as const, ...data } })),
  strings.map((list) => ({ type: TYPE.TXT, data: { kind: "TXT" as const, bytes: joined(list) } })),
  fc
    .record({ next: name, types })
    .map((data) => ({ type: TYPE.NSEC, data: { kind: "NSEC" as const, ...data } })),
  fc
    .record({ cpu: fc.string({ maxLength: 40 }), os: fc.string({ maxLength: 40 }) })
    .map((data) => ({ type: TYPE.HINFO, data: { kind: "HINFO" as const, ...data } })),
  fc.record({ priority: u16, target: name, params }).map((data) => ({
    type: TYPE.HTTPS,
    data: { kind: "SVCB" as const, ...data, params: new Map(data.params.sort(([a], [b]) => a - b)) },
  })),
  options.map((list) => ({ type: TYPE.OPT, data: { kind: "OPT" as const, options: list } })),
  short.map((bytes) => ({ type: 99, data: { kind: "opaque" as const, bytes } })),
);

describe("the data of records", () => {
  test("M-06 M-38 whatever is written is read as the same, and as long as it was said to be", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(name, typed), { maxLength: 8 }), (list) => {
        const answers = list.map(([owner, one]) => record(owner, one));
        const message = read(encodeMessage({ kind: "response", answers }));
        expect(message.violations).toEqual([]);
        expect(told(message)).toEqual(told({ ...message, answers }));
        message.answers.forEach(({ data, type }, index) => {
          const own = answers[index] as ResourceRecord;
          expect(sameData(data, own.data)).toBe(true);
          expect(hexOf(rdataOf(data, type))).toBe(hexOf(rdataOf(own.data, type)));
        });
      }),
      { numRuns: 500 },
    );
  });

  test("an IPv6 address reads in its one form, and one of IPv4 within it stays what it is", () => {
    for (const [hex, address] of [
      ["fe80000000000000021788fffe1a2b3c", "fe80::217:88ff:fe1a:2b3c"],
      ["00000000000000000000ffffc0a80114", "::ffff:192.168.1.20"],
      ["00000000000000000000000000000001", "::1"],
    ] as const) {
      const { data } = only(answer(TYPE.AAAA, hex));
      expect(data).toEqual({ kind: "AAAA", address });
      expect(hexOf(rdataOf(data, TYPE.AAAA))).toBe(hex);
    }
  });

  test("many addresses, each its own, whatever was read before", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        const { data } = only(answer(TYPE.AAAA, hexOf(bytes)));
        expect(hexOf(rdataOf(data, TYPE.AAAA))).toBe(hexOf(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  test("M-12 TXT is kept to the byte: none, one that is empty, a thousand strings", () => {
    const thousand = joined(Array.from({ length: 34 }, () => new Uint8Array(255).fill(0x61)));
    for (const hex of ["", "00", "0000", "03613d31", hexOf(thousand)])
      expect(only(answer(TYPE.TXT, hex)).data).toEqual({ kind: "TXT", bytes: bytesOf(hex) });
    expect(only(answer(TYPE.TXT, "00".repeat(1000))).data).toMatchObject({ bytes: new Uint8Array(1000) });
  });

  test("M-12 TXT that cannot be is not written: a string past its end, more than a message holds", () => {
    const bad = { type: TYPE.TXT, data: { kind: "TXT" as const, bytes: bytesOf("0361") } };
    expect(() => rdataOf(bad.data, bad.type)).toThrow(expect.objectContaining({ code: "INVALID_RECORD" }));
    const long = { kind: "TXT" as const, bytes: new Uint8Array(70_000) };
    expect(() => rdataOf(long, TYPE.TXT)).toThrow(UsageError);
    const answers = [record(HOST, { type: TYPE.TXT, data: long })];
    expect(() => encodeMessage({ kind: "response", answers })).toThrow(
      expect.objectContaining({ code: "MESSAGE_TOO_LONG" }),
    );
  });

  test("A62-043 M-09 M1 NSEC: windows in order, of 1 to 32 bytes each, or the record is left out", () => {
    const next = "00";
    expect(only(answer(TYPE.NSEC, `${next}000440000008`)).data).toMatchObject({ types: [1, 28] });
    expect(only(answer(TYPE.NSEC, `${next}000440000008 0101 40`)).data).toMatchObject({
      types: [1, 28, 257],
    });
    expect(only(answer(TYPE.NSEC, next)).data).toMatchObject({ types: [] });
    const all = only(answer(TYPE.NSEC, `${next}0020${"ff".repeat(32)}`)).data;
    expect(all).toMatchObject({ types: Array.from({ length: 256 }, (_, type) => type) });
    for (const windows of ["0000", "0021", "00", "0004400000", "010140 000140", "000140 000140", "0001"])
      isLeftOut(TYPE.NSEC, next + windows);
  });

  test("A62-046 A62-045 a message with an NSEC that cannot be read is read, and a strange next name is data like others", () => {
    const good = only(answer(TYPE.NSEC, "05616c69656e00 000140"));
    expect(good.data).toMatchObject({ types: [1] });
    const bad = `${answerHex(TYPE.NSEC, "c0ff000140")}${answerHex(TYPE.A, "0a000001")}`;
    const message = read(bytesOf(`0000840000000002000000 00 ${bad}`));
    expect(told(message)).toEqual(["1 host.local 1 120 flush 10.0.0.1"]);
  });

  test("NSEC is written with its bitmap no longer than needed, in one window where one will do", () => {
    const bitmap = (list: number[]) =>
      hexOf(rdataOf({ kind: "NSEC", next: Name.root, types: list }, TYPE.NSEC));
    expect(bitmap([1, 28])).toBe("00000440000008");
    expect(bitmap([255])).toBe(`000020${"00".repeat(31)}01`);
    expect(bitmap([28, 257])).toBe("000004000000080101 40".replace(" ", ""));
    expect(bitmap([])).toBe("00");
  });

  test("M-08 fixed forms are of their length, no less and no more, or are left out", () => {
    for (const hex of ["", "0a0000", "0a00000100"]) isLeftOut(TYPE.A, hex);
    for (const hex of ["", "fe80", "00".repeat(17)]) isLeftOut(TYPE.AAAA, hex);
    for (const hex of ["", "0000", "000000000050", "0000000000500161"]) isLeftOut(TYPE.SRV, hex);
    for (const hex of ["", "0361", "0161", "01610261"]) isLeftOut(TYPE.HINFO, hex);
    for (const hex of ["", "0001", "0001000001000302", "0001 00 0003000100 0001000100"])
      isLeftOut(TYPE.SVCB, hex);
    for (const hex of ["00", "0004", "00040002aa"]) isLeftOut(TYPE.OPT, hex);
    for (const hex of ["", "0161"]) isLeftOut(TYPE.PTR, hex);
    for (const hex of ["", "00", "000a", "000a0161"]) isLeftOut(15, hex);
  });

  test("M4 data longer than what is used is read, and the next record found by its length", () => {
    const bytes = bytesOf(
      `000084000000000200000000 ${answerHex(TYPE.SRV, "000000000050c00c ffff")}${answerHex(TYPE.A, "0a000001")}`,
    );
    const message = decodeMessage(bytes) as DnsMessage;
    expect(told(message)).toEqual([
      "1 host.local 33 120 flush 0 0 80 host.local",
      "1 host.local 1 120 flush 10.0.0.1",
    ]);
    expect(message.violations).toEqual([expect.objectContaining({ code: "rdata-left-over" })]);
  });

  test("M-35 types without a form of their own are bytes, whatever is in them", () => {
    fc.assert(
      fc.property(fc.integer({ min: 65_280, max: 65_534 }), short, (type, bytes) => {
        expect(only(answer(type, hexOf(bytes))).data).toEqual({ kind: "opaque", bytes });
      }),
    );
    for (const type of [3, 50, 51, 65_400]) expect(only(answer(type, "c00c")).data.kind).toBe("opaque");
  });

  test("data that is kept does not hold the datagram", () => {
    const bytes = answer(TYPE.TXT, "03613d31");
    const { data } = only(bytes);
    expect(data.kind === "TXT" && data.bytes.buffer.byteLength).toBe(4);
    bytes.fill(0xff);
    expect(data).toEqual({ kind: "TXT", bytes: bytesOf("03613d31") });
  });

  test("what has no place in a record is refused", () => {
    const cases: readonly { type: number; data: RecordData }[] = [
      { type: TYPE.A, data: { kind: "A", address: "fe80::1" } },
      { type: TYPE.A, data: { kind: "A", address: "1.2.3" } },
      { type: TYPE.AAAA, data: { kind: "AAAA", address: "10.0.0.1" } },
      { type: TYPE.SRV, data: { kind: "SRV", priority: 0, weight: 0, port: 65_536, target: HOST } },
      { type: TYPE.SRV, data: { kind: "SRV", priority: -1, weight: 0, port: 1, target: HOST } },
      { type: TYPE.SRV, data: { kind: "SRV", priority: 0, weight: 0.5, port: 1, target: HOST } },
      { type: TYPE.HINFO, data: { kind: "HINFO", cpu: "x".repeat(256), os: "" } },
      { type: TYPE.HINFO, data: { kind: "HINFO", cpu: "\ud800", os: "" } },
      { type: TYPE.NSEC, data: { kind: "NSEC", next: HOST, types: [65_536] } },
      { type: TYPE.OPT, data: { kind: "OPT", options: [{ code: 70_000, bytes: new Uint8Array() }] } },
    ];
    for (const { type, data } of cases)
      expect(() => rdataOf(data, type), JSON.stringify(data)).toThrow(
        expect.objectContaining({ code: "INVALID_RECORD" }),
      );
  });
});

describe("comparing records", () => {
  test("RFC 6762 §8.2.1: by class, then type, then the bytes of the data, of which fewer come first", () => {
    const a = (address: string) => record(HOST, { type: TYPE.A, data: { kind: "A", address } });
    expect(compareRecords(a("169.254.99.200"), a("169.254.200.50"))).toBeLessThan(0);
    expect(compareRecords(a("10.0.0.1"), { ...a("10.0.0.1"), flush: false, ttl: 7 })).toBe(0);
    expect(compareRecords({ ...a("10.0.0.1"), class: 255 }, a("10.0.0.2"))).toBeGreaterThan(0);
    const text = (hex: string) =>
      record(HOST, { type: TYPE.TXT, data: { kind: "TXT", bytes: bytesOf(hex) } });
    expect(compareRecords(a("255.0.0.0"), text("00"))).toBeLessThan(0);
    expect(compareRecords(text("0161"), text("01610162"))).toBeLessThan(0);
    expect(compareRecords(text("01ff"), text("017f"))).toBeGreaterThan(0);
  });

  test("RFC 6762 §8.2.1: names in the data are compared as they are uncompressed", () => {
    const ptr = (...labels: string[]): ResourceRecord =>
      record(HOST, { type: TYPE.PTR, data: { kind: "PTR", target: Name.of(...labels) } });
    expect(compareRecords(ptr("a", "local"), ptr("aa"))).toBeLessThan(0);
    expect(hexOf(rdataOf(ptr("a", "local").data, TYPE.PTR))).toBe("0161056c6f63616c00");
  });

  test("data is the same when its names are but for the case of letters, and everything else is to the byte", () => {
    const srv = (host: string, port = 80): RecordData => ({
      kind: "SRV",
      priority: 0,
      weight: 0,
      port,
      target: Name.of(host, "local"),
    });
    expect(sameData(srv("Host"), srv("hOST"))).toBe(true);
    expect(sameData(srv("host"), srv("host", 81))).toBe(false);
    expect(sameData(srv("host"), srv("host2"))).toBe(false);
    const txt = (value: string): RecordData => ({ kind: "TXT", bytes: bytesOf(value) });
    expect(sameData(txt("0141"), txt("0161"))).toBe(false);
    expect(sameData(txt("0141"), { kind: "opaque", bytes: bytesOf("0141") })).toBe(false);
    const pointer = (kind: "PTR" | "CNAME"): RecordData => ({ kind, target: HOST });
    expect(sameData(pointer("PTR"), pointer("CNAME"))).toBe(false);
  });

  test("the order of records is one: of any two, one comes first, or they are the same", () => {
    fc.assert(
      fc.property(typed, typed, typed, (one, other, third) => {
        const records = [one, other, third].map((item) => record(HOST, item));
        const [a, b, c] = records.sort(compareRecords) as [ResourceRecord, ResourceRecord, ResourceRecord];
        expect(compareRecords(a, b)).toBeLessThanOrEqual(0);
        expect(compareRecords(b, c)).toBeLessThanOrEqual(0);
        expect(compareRecords(a, c)).toBeLessThanOrEqual(0);
        expect(Math.sign(compareRecords(c, a))).toBe(-Math.sign(compareRecords(a, c)) || 0);
      }),
    );
  });
});

function record(owner: Name, { type, data }: { type: number; data: RecordData }): ResourceRecord {
  return { name: owner, type, class: 1, flush: true, ttl: 120, data };
}

function joined(list: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(list.flatMap((bytes) => [bytes.length, ...bytes]));
}

function answerHex(type: number, rdata: string): string {
  const hex = rdata.replaceAll(" ", "");
  return `04686f7374056c6f63616c00${u16Hex(type)}800100000078${u16Hex(hex.length / 2)}${hex}`;
}

/** A response with one record of `host.local`, which stands at 12. */
function answer(type: number, rdata: string): Uint8Array {
  return bytesOf(`000084000000000100000000${answerHex(type, rdata)}`);
}

function u16Hex(value: number): string {
  return value.toString(16).padStart(4, "0");
}

function read(bytes: Uint8Array): DnsMessage {
  const message = decodeMessage(bytes);
  if (message.kind === "malformed") throw new Error(message.reason);
  return message;
}

function only(bytes: Uint8Array): ResourceRecord {
  const { answers, violations } = read(bytes);
  expect(violations).toEqual([]);
  expect(answers).toHaveLength(1);
  return answers[0] as ResourceRecord;
}

function isLeftOut(type: number, rdata: string): void {
  const message = read(answer(type, rdata));
  expect(message.answers, rdata).toEqual([]);
  expect(message.violations.map(({ code }) => code)).toContain("bad-rdata");
}
