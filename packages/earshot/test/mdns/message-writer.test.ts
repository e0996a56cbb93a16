import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/core/errors.ts";
import { type DnsMessage, decodeMessage, encodeMessage } from "../../src/mdns/message.ts";
import { MessageWriter } from "../../src/mdns/message-writer.ts";
import { Name } from "../../src/mdns/name.ts";
import { type Question, type RecordData, type ResourceRecord, TYPE } from "../../src/mdns/record.ts";
import { bytesOf, hexOf, told } from "./telling.ts";

const HOST = Name.of("host", "local");
const TYPE_NAME = Name.of("_ipp", "_tcp", "local");
const INSTANCE = TYPE_NAME.prepend("Office");

describe("writing a message", () => {
  test("A62-134 A62-136 A62-131 A62-135 A62-139 A62-144 a query has id 0 and no bit set, a response QR and AA alone", () => {
    expect(hexOf(new MessageWriter({ kind: "query", limit: 512 }).finish())).toBe("000000000000000000000000");
    expect(hexOf(new MessageWriter({ kind: "response", limit: 512 }).finish())).toBe(
      "000084000000000000000000",
    );
  });

  test("A62-133 an id is written where one is given, and A62-137 TC where it is asked for", () => {
    const writer = new MessageWriter({ kind: "query", id: 0x1d0e, limit: 512 });
    writer.truncate();
    expect(hexOf(writer.finish())).toBe("1d0e02000000000000000000");
  });

  test("A62-147 A62-148 names are compressed between questions, answers and authority, and in PTR, CNAME, SRV and NSEC", () => {
    const writer = new MessageWriter({ kind: "response", limit: 1440 });
    expect(writer.question(question(TYPE_NAME, TYPE.PTR))).toBe(true);
    expect(writer.answer(record(TYPE_NAME, TYPE.PTR, { kind: "PTR", target: INSTANCE }))).toBe(true);
    expect(writer.authority(record(INSTANCE, TYPE.SRV, srv(HOST)))).toBe(true);
    expect(writer.additional(record(HOST, TYPE.NSEC, { kind: "NSEC", next: HOST, types: [1] }))).toBe(true);
    expect(writer.additional(record(HOST, TYPE.CNAME, { kind: "CNAME", target: INSTANCE }))).toBe(true);
    expect(writer.count).toBe(5);
    const { size } = writer;
    const bytes = writer.finish();
    expect(bytes.length).toBe(size);
    expect(hexOf(bytes)).toBe(
      [
        "0000 8400 0001 0001 0001 0002",
        "04 5f697070 04 5f746370 05 6c6f63616c 00 000c 0001",
        "c00c 000c 0001 00000078 0009 06 4f6666696365 c00c",
        "c02d 0021 0001 00000078 000d 0000 0000 0277 04 686f7374 c016",
        "c048 002f 0001 00000078 0005 c048 0001 40",
        "c048 0005 0001 00000078 0002 c02d",
      ]
        .join("")
        .replaceAll(" ", ""),
    );
    expect((decodeMessage(bytes) as DnsMessage).violations).toEqual([]);
  });

  test("A62-148 names in opaque data of the types that may have pointers are compressed: NS, MX, SOA, RP, AFSDB, RT, KX, PX, DNAME", () => {
    const wire = hexOf(HOST.wire);
    for (const [type, data, compressed] of [
      [2, wire, "c00c"],
      [39, wire, "c00c"],
      [15, `000a${wire}`, "000ac00c"],
      [18, `0001${wire}`, "0001c00c"],
      [21, `0001${wire}`, "0001c00c"],
      [36, `0001${wire}`, "0001c00c"],
      [17, `${wire}${wire}`, "c00cc00c"],
      [26, `0001${wire}${wire}`, "0001c00cc00c"],
      [6, `${wire}${wire}${"07".repeat(20)}`, `c00cc00c${"07".repeat(20)}`],
    ] as const) {
      const one = record(HOST, type, { kind: "opaque", bytes: bytesOf(data) });
      const bytes = encodeMessage({ kind: "response", answers: [one] });
      expect(hexOf(bytes).slice(2 * (12 + HOST.byteLength + 10)), `${type}`).toBe(compressed);
      expect((decodeMessage(bytes) as DnsMessage).answers[0]?.data).toEqual(one.data);
    }
  });

  test("data that is not of its type's layout is written as it is", () => {
    for (const data of ["05686f73", "000a", "", "04686f737400ff"]) {
      const one = record(HOST, 2, { kind: "opaque", bytes: bytesOf(data) });
      expect(hexOf(encodeMessage({ kind: "response", answers: [one] })).endsWith(data)).toBe(true);
    }
  });

  test("A62-149 nothing is compressed in the data of other types", () => {
    const wire = hexOf(HOST.wire);
    const opaque = record(HOST, 99, { kind: "opaque", bytes: HOST.wire });
    const svcb = record(HOST, TYPE.HTTPS, { kind: "SVCB", priority: 1, target: HOST, params: new Map() });
    expect(hexOf(encodeMessage({ kind: "response", answers: [opaque] })).endsWith(`000c${wire}`)).toBe(true);
    expect(hexOf(encodeMessage({ kind: "response", answers: [svcb] })).endsWith(`000e0001${wire}`)).toBe(
      true,
    );
  });

  test("A62-151 targets of SRV are written out where that is asked for, and all other names compressed", () => {
    const writer = new MessageWriter({ kind: "response", limit: 512, compressesSrv: false });
    writer.answer(record(HOST, TYPE.A, { kind: "A", address: "10.0.0.1" }));
    writer.answer(record(HOST, TYPE.SRV, srv(HOST)));
    writer.answer(record(HOST, TYPE.CNAME, { kind: "CNAME", target: HOST }));
    expect(hexOf(writer.finish())).toContain(`0012000000000277${hexOf(HOST.wire)}`);
    expect(hexOf(writer.finish()).endsWith("0002c00c")).toBe(true);
  });

  test("A62-125 a name is a pointer only to one of the same case, so that its case comes back", () => {
    const mixed = Name.of("HOST", "Local");
    const answers = [HOST, mixed, HOST, Name.of("other", "Local")].map((name) =>
      record(name, TYPE.A, { kind: "A", address: "10.0.0.1" }),
    );
    const message = decodeMessage(encodeMessage({ kind: "response", answers })) as DnsMessage;
    expect(message.answers.map(({ name }) => String(name))).toEqual([
      "host.local",
      "HOST.Local",
      "host.local",
      "other.Local",
    ]);
  });

  test("what does not fit leaves nothing behind, and what is smaller still fits", () => {
    const writer = new MessageWriter({ kind: "response", limit: 60 });
    expect(writer.answer(record(HOST, TYPE.A, { kind: "A", address: "10.0.0.1" }))).toBe(true);
    const { size } = writer;
    const large = record(INSTANCE, TYPE.TXT, { kind: "TXT", bytes: new Uint8Array(200) });
    for (let i = 0; i < 5000; i++) expect(writer.answer(large)).toBe(false);
    expect([writer.size, writer.count]).toEqual([size, 1]);
    expect(writer.answer(record(HOST, TYPE.A, { kind: "A", address: "10.0.0.2" }))).toBe(true);
    const message = decodeMessage(writer.finish()) as DnsMessage;
    expect(told(message)).toEqual(["1 host.local 1 120 10.0.0.1", "1 host.local 1 120 10.0.0.2"]);
    expect(message.violations).toEqual([]);
  });

  test("a pointer never leads to a name that was taken back", () => {
    const writer = new MessageWriter({ kind: "response", limit: 80 });
    const large = (name: Name): ResourceRecord =>
      record(name, TYPE.TXT, { kind: "TXT", bytes: new Uint8Array(90) });
    expect(writer.answer(large(INSTANCE))).toBe(false);
    expect(writer.answer(record(HOST, TYPE.A, { kind: "A", address: "10.0.0.1" }))).toBe(true);
    expect(writer.answer(large(INSTANCE))).toBe(false);
    expect(writer.answer(record(INSTANCE, TYPE.A, { kind: "A", address: "10.0.0.2" }))).toBe(true);
    expect(told(decodeMessage(writer.finish()) as DnsMessage)).toEqual([
      "1 host.local 1 120 10.0.0.1",
      "1 Office._ipp._tcp.local 1 120 10.0.0.2",
    ]);
  });

  test("a message is filled to the last byte of its limit", () => {
    const txt = (length: number): ResourceRecord =>
      record(HOST, TYPE.TXT, { kind: "TXT", bytes: new Uint8Array(length) });
    const around = 12 + HOST.byteLength + 10;
    for (const limit of [around + 10, 1440, 8972, 9500, 65_535]) {
      const writer = new MessageWriter({ kind: "response", limit });
      expect(writer.answer(txt(limit - around + 1))).toBe(false);
      expect(writer.answer(txt(limit - around))).toBe(true);
      expect(writer.finish()).toHaveLength(limit);
    }
  });

  test("several messages can be under way at once", () => {
    const writers = Array.from({ length: 9 }, () => new MessageWriter({ kind: "response", limit: 512 }));
    writers.forEach((writer, index) => {
      writer.answer(record(Name.of(`h${index}`, "local"), TYPE.A, { kind: "A", address: "10.0.0.1" }));
    });
    writers.forEach((writer, index) => {
      writer.answer(record(Name.of(`h${index}`, "local"), TYPE.A, { kind: "A", address: "10.0.0.2" }));
    });
    for (const [index, writer] of writers.entries())
      expect(told(decodeMessage(writer.finish()) as DnsMessage)).toEqual([
        `1 h${index}.local 1 120 10.0.0.1`,
        `1 h${index}.local 1 120 10.0.0.2`,
      ]);
  });

  test("sections come in their order, and nothing after the end", () => {
    const writer = new MessageWriter({ kind: "response", limit: 512 });
    const one = record(HOST, TYPE.A, { kind: "A", address: "10.0.0.1" });
    writer.additional(one);
    expect(() => writer.answer(one)).toThrow(expect.objectContaining({ code: "SECTION_CLOSED" }));
    const bytes = writer.finish();
    expect(writer.finish()).toBe(bytes);
    expect(() => writer.additional(one)).toThrow(expect.objectContaining({ code: "MESSAGE_FINISHED" }));
    for (const limit of [11, 65_536, Number.NaN])
      expect(() => new MessageWriter({ kind: "query", limit })).toThrow(UsageError);
  });

  test("M-07 what has no place in a record is refused, and leaves nothing behind", () => {
    const writer = new MessageWriter({ kind: "response", limit: 512 });
    const one = record(HOST, TYPE.A, { kind: "A", address: "10.0.0.1" });
    for (const wrong of [{ ttl: -1 }, { ttl: 2 ** 32 }, { type: 65_536 }, { class: 0x8001 }, { ttl: 1.5 }])
      expect(() => writer.answer({ ...one, ...wrong })).toThrow(
        expect.objectContaining({ code: "INVALID_RECORD" }),
      );
    expect(() => writer.answer({ ...one, data: { kind: "A", address: "x" } })).toThrow(UsageError);
    expect(writer.size).toBe(12);
    expect(writer.answer(one)).toBe(true);
    expect(told(decodeMessage(writer.finish()) as DnsMessage)).toEqual(["1 host.local 1 120 10.0.0.1"]);
  });

  test("A62-129 a message of more than 8972 bytes is not written whole", () => {
    const txt = (length: number): ResourceRecord =>
      record(HOST, TYPE.TXT, { kind: "TXT", bytes: new Uint8Array(length) });
    expect(encodeMessage({ kind: "response", answers: [txt(8938)] })).toHaveLength(8972);
    expect(() => encodeMessage({ kind: "response", answers: [txt(8939)] })).toThrow(
      expect.objectContaining({ code: "MESSAGE_TOO_LONG" }),
    );
  });

  test("every field of a message is written as it is given", () => {
    const message = {
      kind: "response" as const,
      id: 7,
      opcode: 5,
      rcode: 3,
      authoritative: false,
      truncated: true,
      questions: [{ ...question(HOST, 255), unicast: true }],
    };
    expect(decodeMessage(encodeMessage(message))).toMatchObject({
      ...message,
      questions: [{ unicast: true, type: 255 }],
    });
  });

  test("names beyond what is remembered of one message are still right", () => {
    const writer = new MessageWriter({ kind: "response", limit: 65_535 });
    const names = Array.from({ length: 3000 }, (_, i) => Name.of(`n${i}`));
    for (const name of [...names, ...names]) writer.question(question(name, 1));
    const bytes = writer.finish();
    expect(bytes.length).toBeGreaterThan(0x4000);
    const message = decodeMessage(bytes) as DnsMessage;
    expect(message.questions.map(({ name }) => name.first)).toEqual(
      names.slice(0, 1024).map(({ first }) => first),
    );
  });
});

function question(name: Name, type: number): Question {
  return { name, type, class: 1, unicast: false };
}

function record(name: Name, type: number, data: RecordData): ResourceRecord {
  return { name, type, class: 1, flush: false, ttl: 120, data };
}

function srv(target: Name): RecordData {
  return { kind: "SRV", priority: 0, weight: 0, port: 631, target };
}
