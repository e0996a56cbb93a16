import { describe, expect, test } from "vitest";
import { decodeMessage, encodeMessage } from "../../src/mdns/message.ts";
import { bytesOf, told } from "./telling.ts";
import { wireFormats } from "./wire-formats.ts";

describe("what real implementations send", () => {
  for (const { name, hex, says, violations } of wireFormats)
    test(name, () => {
      const message = decodeMessage(bytesOf(hex));
      if (message.kind === "malformed") throw new Error(message.reason);
      expect(told(message)).toEqual(says);
      expect(message.violations.map(({ code }) => code).sort()).toEqual(violations);
    });

  test("written again it says the same, and is no longer than it was", () => {
    for (const { name, hex, says } of wireFormats) {
      const message = decodeMessage(bytesOf(hex));
      if (message.kind === "malformed") throw new Error(message.reason);
      const bytes = encodeMessage(message);
      const again = decodeMessage(bytes);
      if (again.kind === "malformed") throw new Error(again.reason);
      expect(told(again), name).toEqual(says);
      expect(again.violations).toEqual([]);
      expect(bytes.length, name).toBeLessThanOrEqual(hex.length / 2);
      expect({ id: again.id, truncated: again.truncated }).toEqual({
        id: message.id,
        truncated: message.truncated,
      });
    }
  });

  test("M-03 M-08 cut short at any byte it is read as far as it goes, or is malformed", () => {
    for (const { hex, says } of wireFormats) {
      const bytes = bytesOf(hex);
      for (let length = 0; length < bytes.length; length++) {
        const message = decodeMessage(bytes.subarray(0, length));
        if (message.kind === "malformed") continue;
        expect(says).toEqual(expect.arrayContaining(told(message)));
        expect(told(message).length).toBeLessThan(says.length + 1);
        expect(message.violations.length).toBeGreaterThan(0);
      }
    }
  });
});
