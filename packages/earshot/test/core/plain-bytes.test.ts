import { Buffer } from "node:buffer";
import { expect, test } from "vitest";
import { plainBytes } from "../../src/core/plain-bytes.ts";

test("bytes of Node's own class are given as what every platform has, over the same memory", () => {
  const buffer = Buffer.from("abcdef").subarray(1, 4);
  const plain = plainBytes(buffer);
  expect(plain.constructor).toBe(Uint8Array);
  expect([...plain]).toEqual([0x62, 0x63, 0x64]);
  buffer[0] = 0x7a;
  expect(plain[0]).toBe(0x7a);
});

test("plain bytes are given back as they are", () => {
  const bytes = Uint8Array.of(1, 2, 3);
  expect(plainBytes(bytes)).toBe(bytes);
});
