import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HttpBody } from "../../src/node/http-body.ts";

/** A body, and how many bytes were allocated for it so far. */
function counted(maxBytes: number) {
  const allocated: number[] = [];
  const body = new HttpBody(maxBytes, (bytes) => {
    allocated.push(bytes);
    return new Uint8Array(bytes);
  });
  return { body, total: () => allocated.reduce((sum, bytes) => sum + bytes, 0), allocated };
}

describe("the body of a message while it arrives", () => {
  test("is its pieces, one after another, however they were cut", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 9_000 }), { maxLength: 20 }), (pieces) => {
        const body = new HttpBody(1 << 20);
        for (const piece of pieces) expect(body.add(piece)).toBeUndefined();
        const whole = body.finish();
        expect(Buffer.compare(whole, Buffer.concat(pieces))).toBe(0);
        expect(whole.buffer.byteLength).toBe(whole.length);
      }),
    );
  });

  test("H-04 the limit is exact, and beyond it nothing is kept", () => {
    const exact = new HttpBody(10_000);
    expect(exact.add(new Uint8Array(10_000))).toBeUndefined();
    expect(exact.finish()).toHaveLength(10_000);
    const { body, allocated } = counted(10_000);
    body.add(new Uint8Array(9_999));
    expect(body.add(new Uint8Array(2))).toBe("longer than 10000 bytes");
    expect(allocated.at(-1)).toBe(0);
    expect(body.add(new Uint8Array(1))).toBe("longer than 10000 bytes");
    expect(Math.max(...allocated)).toBeLessThanOrEqual(10_000);
  });

  test("H-03 pieces of one byte cost no more than others: none is kept, and less than twice the limit is", () => {
    const limit = 1 << 20;
    const { body, total } = counted(limit);
    const slab = new Uint8Array(65_536).fill(7);
    let taken = 0;
    while (taken < 2 * limit && body.add(slab.subarray(taken % 65_536, (taken % 65_536) + 1)) === undefined)
      taken++;
    expect(taken).toBe(limit / 64);
    expect(total()).toBeLessThan(2 * limit);
    const { body: kept } = counted(limit);
    kept.add(slab.subarray(5, 6));
    slab.fill(9);
    expect([...kept.finish()]).toEqual([7]);
  });

  test("a whole megabyte in pieces of 64 bytes is taken, with less than three times as much allocated in all", () => {
    const limit = 1 << 20;
    const { body, total, allocated } = counted(limit);
    for (let at = 0; at < limit; at += 64) expect(body.add(new Uint8Array(64))).toBeUndefined();
    expect(body.finish()).toHaveLength(limit);
    expect(total()).toBeLessThan(3 * limit);
    expect(Math.max(...allocated)).toBe(limit);
  });

  test("a low limit still leaves room for a thousand pieces", () => {
    const body = new HttpBody(2_000);
    for (let count = 0; count < 1_024; count++) expect(body.add(Uint8Array.of(1))).toBeUndefined();
    expect(body.add(Uint8Array.of(1))).toBe("in more than 1024 pieces");
  });
});
