import { describe, expect, test } from "vitest";
import { type DnsMessage, decodeMessage, type MalformedDns } from "../../src/mdns/message.ts";
import { bytesOf, told } from "./telling.ts";
import { vectors } from "./vectors.ts";

describe("literal datagrams", () => {
  for (const { name, hex, is } of vectors)
    test(name, () => {
      expect(summary(decodeMessage(bytesOf(hex)))).toEqual(is);
    });

  test("V-24 A62-135 OPCODE 5 is told as it is, for the engine to ignore", () => {
    const hex = "0000ac0000000001000000000168056c6f63616c00000180010000007800040a000001";
    expect(decodeMessage(bytesOf(hex))).toMatchObject({ kind: "response", opcode: 5, rcode: 0 });
  });

  test("V-25 A62-144 RCODE 3 is told as it is, for the engine to ignore", () => {
    const hex = "0000840300000001000000000168056c6f63616c00000180010000007800040a000001";
    expect(decodeMessage(bytesOf(hex))).toMatchObject({ kind: "response", opcode: 0, rcode: 3 });
  });
});

function summary(message: DnsMessage | MalformedDns): unknown {
  if (message.kind === "malformed") return message;
  return { kind: message.kind, says: told(message), codes: message.violations.map(({ code }) => code) };
}
