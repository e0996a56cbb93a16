import { describe, expect, test } from "vitest";
import { Interest } from "../../src/mdns/interest.ts";
import { type DnsMessage, decodeMessage, encodeMessage } from "../../src/mdns/message.ts";
import { Name } from "../../src/mdns/name.ts";
import { bytesOf } from "./telling.ts";
import { wireFormats } from "./wire-formats.ts";

const QUERY = bytesOf("0000 0000 0001 0000 0000 0000 0168056c6f63616c00 0001 0001");

describe("interest in names", () => {
  test("every owner and every question of a message is seen, in all sections, in any case", () => {
    for (const { hex } of wireFormats) {
      const bytes = bytesOf(hex);
      const { questions, answers, authorities, additionals } = decodeMessage(bytes) as DnsMessage;
      for (const { name } of [...questions, ...answers, ...authorities, ...additionals]) {
        const swapped = name.labels.map((label) => label.replace(/[a-z]/g, (letter) => letter.toUpperCase()));
        expect(interestIn(Name.of(...swapped)).wants(bytes), String(name)).toBe(true);
      }
    }
  });

  test("names that only stand in the data of records are not seen, nor parts of names", () => {
    const answer = { name: Name.of("_http", "_tcp", "local"), type: 12, class: 1, flush: false, ttl: 1 };
    const target = Name.of("a", "_http", "_tcp", "local");
    const bytes = encodeMessage({
      kind: "response",
      answers: [{ ...answer, data: { kind: "PTR", target } }],
    });
    expect(interestIn(answer.name).wants(bytes)).toBe(true);
    for (const name of [target, Name.of("local"), Name.of("_tcp", "local"), Name.root])
      expect(interestIn(name).wants(bytes), String(name)).toBe(false);
  });

  test("a name is wanted until as many no longer want it as did", () => {
    const interest = new Interest();
    const name = Name.of("h", "local");
    expect(interest.wants(QUERY)).toBe(false);
    interest.add(name);
    interest.add(Name.of("H", "LOCAL"));
    interest.delete(name);
    expect(interest.wants(QUERY)).toBe(true);
    interest.delete(name);
    expect(interest.wants(QUERY)).toBe(false);
    interest.delete(name);
    interest.add(name);
    expect(interest.wants(QUERY)).toBe(true);
    interest.clear();
    expect(interest.wants(QUERY)).toBe(false);
  });

  test("M-03 what is no message is not wanted: cut short, with labels or pointers that are none", () => {
    const interest = interestIn(Name.of("h", "local"));
    for (let length = 0; length < QUERY.length - 4; length++)
      expect(interest.wants(QUERY.subarray(0, length))).toBe(false);
    for (const name of ["c00c", "c0ff", "4168", "8168", "0168c000", "c00ec00c"])
      expect(interest.wants(bytesOf(`0000 0000 0002 0000 0000 0000 ${name} 0001 0001`)), name).toBe(false);
  });

  test("M3 a bad name is passed over, and those behind it are seen", () => {
    const bytes = bytesOf("0000 0000 0002 0000 0000 0000 c0ff 0001 0001 0168056c6f63616c00 0001 0001");
    expect(interestIn(Name.of("h", "local")).wants(bytes)).toBe(true);
  });

  test("M-02 M-04 what would take for ever is not wanted: pointers in a circle, from every record", () => {
    const record = "c00c 0001 0001 00000078 0000";
    const circle = bytesOf(`0000 8400 0000 0400 0000 0000 ${record.repeat(1024)}`);
    expect(interestIn(Name.of("h", "local")).wants(circle)).toBe(false);
    const counts = bytesOf(`0000 8400 ffff ffff ffff ffff ${"0000010001".repeat(1700)}`);
    expect(interestIn(Name.of("h", "local")).wants(counts)).toBe(false);
  });

  test("ten thousand other names are all of no interest, and each of the wanted is of some", () => {
    const interest = new Interest();
    const names = Array.from({ length: 1000 }, (_, i) => Name.of(`wanted ${i}`, "_http", "_tcp", "local"));
    for (const name of names) interest.add(name);
    const asks = (name: Name): Uint8Array =>
      encodeMessage({ kind: "query", questions: [{ name, type: 33, class: 1, unicast: false }] });
    expect(names.filter((name) => !interest.wants(asks(name)))).toEqual([]);
    const others = Array.from({ length: 10_000 }, (_, i) => Name.of(`other ${i}`, "_http", "_tcp", "local"));
    expect(others.filter((name) => interest.wants(asks(name)))).toEqual([]);
  });
});

function interestIn(...names: readonly Name[]): Interest {
  const interest = new Interest();
  for (const name of names) interest.add(name);
  return interest;
}
