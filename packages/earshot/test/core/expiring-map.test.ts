import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ExpiringMap } from "../../src/core/expiring-map.ts";

const NEVER = Number.POSITIVE_INFINITY;

describe("expiry", () => {
  test("an entry leaves when its instant has come, not before, and not by itself", () => {
    const map = new ExpiringMap<string, number>({ limit: 10 });
    map.set("b", 2, "x", 200);
    map.set("a", 1, "y", 100);
    expect(map.nextAt).toBe(100);
    expect(map.takeExpired(99.9)).toEqual([]);
    expect(map.get("a")).toBe(1);
    expect(map.takeExpired(100)).toEqual([{ key: "a", value: 1, owner: "y", expiresAt: 100 }]);
    expect([map.has("a"), map.size, map.nextAt, map.countOf("y")]).toEqual([false, 1, 200, 0]);
  });

  test("what expired comes soonest first, equal instants in the order in which keys came in", () => {
    const map = new ExpiringMap<string, number>({ limit: 10 });
    for (const [key, at] of [
      ["c", 5],
      ["a", 3],
      ["d", 5],
      ["b", 4],
      ["e", 5],
    ] as const)
      map.set(key, at, key, at);
    expect(map.takeExpired(5).map(({ key }) => key)).toEqual(["a", "b", "c", "d", "e"]);
    expect(map.nextAt).toBe(NEVER);
  });

  test("a refreshed entry lives on, and one refreshed to sooner leaves sooner", () => {
    const map = new ExpiringMap<string, number>({ limit: 10 });
    map.set("later", 1, "x", 100);
    map.set("sooner", 2, "x", 1000);
    expect(map.refresh("later", 500)).toBe(true);
    expect(map.refresh("sooner", 50)).toBe(true);
    expect(map.refresh("absent", 50)).toBe(false);
    expect(map.nextAt).toBe(50);
    expect(map.takeExpired(100).map(({ key }) => key)).toEqual(["sooner"]);
    expect([map.nextAt, map.expiresAt("later"), map.expiresAt("sooner")]).toEqual([500, 500, undefined]);
    expect(map.takeExpired(500).map(({ key }) => key)).toEqual(["later"]);
  });

  test("setting a key again refreshes it with its new value", () => {
    const map = new ExpiringMap<string, number>({ limit: 10 });
    map.set("a", 1, "x", 100);
    map.set("a", 2, "x", 300);
    expect([map.size, map.get("a"), map.nextAt]).toEqual([1, 2, 300]);
  });

  test("J-03 G-39 instants up to 2^53, and never, are as good as any", () => {
    const map = new ExpiringMap<string, number>({ limit: 10 });
    map.set("never", 0, "x", NEVER);
    map.set("never too", 0, "x", NEVER);
    map.set("far", 0, "x", 2 ** 53);
    map.set("century", 0, "x", 4_294_967_295_000);
    expect(map.nextAt).toBe(4_294_967_295_000);
    expect(map.takeExpired(2 ** 31).length).toBe(0);
    expect(map.takeExpired(2 ** 53).map(({ key }) => key)).toEqual(["century", "far"]);
    expect([map.nextAt, map.size]).toEqual([NEVER, 2]);
    map.refresh("never", 5);
    expect(map.nextAt).toBe(5);
  });

  test("what takes the place of a deleted entry finds its own", () => {
    const map = new ExpiringMap<number, number>({ limit: 10 });
    for (const at of [1, 10, 2, 11, 12, 3, 4]) map.set(at, at, "x", at);
    map.delete(11);
    const order: number[] = [];
    while (map.size > 0) order.push(...map.takeExpired(map.nextAt).map(({ key }) => key));
    expect(order).toEqual([1, 2, 3, 4, 10, 12]);
  });

  test("NaN is a bug of the caller's, and nothing is set", () => {
    const map = new ExpiringMap<string, number>({ limit: 10 });
    expect(() => map.set("a", 1, "x", Number.NaN)).toThrow(RangeError);
    map.set("a", 1, "x", 5);
    expect(() => map.refresh("a", Number.NaN)).toThrow(RangeError);
    expect([map.size, map.nextAt]).toEqual([1, 5]);
  });

  test("it does what a plain list does, after any steps", () => {
    const step = fc.record({
      kind: fc.constantFrom("set", "set", "refresh", "refresh", "delete", "take"),
      key: fc.integer({ min: 0, max: 30 }),
      at: fc.oneof(fc.integer({ min: 0, max: 50 }), fc.constant(NEVER)),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const map = new ExpiringMap<number, number>({ limit: 1000 });
        const model = new Map<number, number>();
        for (const { kind, key, at } of steps) {
          if (kind === "set" || (kind === "refresh" && model.has(key))) model.set(key, at);
          if (kind === "set") map.set(key, key, "x", at);
          if (kind === "refresh") map.refresh(key, at);
          if (kind === "delete") expect(map.delete(key)).toBe(model.delete(key));
          if (kind === "take") {
            const due = [...model].filter(([, expiresAt]) => expiresAt <= at);
            for (const [gone] of due) model.delete(gone);
            const taken = map.takeExpired(at);
            expect(taken.map(({ expiresAt }) => expiresAt)).toEqual(
              due.map(([, expiresAt]) => expiresAt).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)),
            );
            expect(new Set(taken.map((each) => each.key))).toEqual(new Set(due.map(([gone]) => gone)));
          }
          expect(map.size).toBe(model.size);
          expect(map.nextAt).toBe(Math.min(NEVER, ...model.values()));
        }
        for (const [key, at] of model) expect(map.expiresAt(key)).toBe(at);
      }),
      { numRuns: 500 },
    );
  });
});

describe("bounds", () => {
  test("S-32 what makes room leaves no deadline behind", () => {
    const map = new ExpiringMap<string, number>({ limit: 10, limitPerOwner: 2 });
    map.set("a", 1, "x", 100);
    map.set("b", 2, "x", 200);
    map.refresh("a", 150);
    expect(map.set("c", 3, "x", 300)).toEqual({ key: "b", value: 2, owner: "x", expiresAt: 200 });
    expect(map.evictions).toBe(1);
    expect(map.takeExpired(NEVER).map(({ key }) => key)).toEqual(["a", "c"]);
  });

  test("S-32 a flood of 10^5 keys leaves the limit, each with one deadline", () => {
    const map = new ExpiringMap<number, number>({ limit: 2048, limitPerOwner: 64 });
    let departed = 0;
    for (let index = 0; index < 100_000; index++)
      if (map.set(index, index, `source ${index % 5000}`, (index * 7919) % 86_400_000)) departed++;
    expect([map.size, departed]).toEqual([2048, 100_000 - 2048]);
    expect(map.takeExpired(NEVER).length).toBe(2048);
    expect([map.size, map.nextAt]).toEqual([0, NEVER]);
  });

  test("a deleted or cleared entry does not come up again", () => {
    const map = new ExpiringMap<string, number>({ limit: 10 });
    for (const key of ["a", "b", "c"]) map.set(key, 1, "x", key.charCodeAt(0));
    map.delete("a");
    expect(map.nextAt).toBe(98);
    map.clear();
    expect([map.size, map.nextAt, map.takeExpired(NEVER)]).toEqual([0, NEVER, []]);
  });

  test("refreshing keeps an entry from making room", () => {
    const map = new ExpiringMap<string, number>({ limit: 2 });
    map.set("a", 1, "x", 10);
    map.set("b", 2, "x", 10);
    map.refresh("a", 20);
    expect(map.set("c", 3, "x", 10)?.key).toBe("b");
    expect([...map.keys()]).toEqual(["a", "c"]);
    expect([...map.values()]).toEqual([1, 3]);
    expect([...map]).toEqual([
      ["a", 1],
      ["c", 3],
    ]);
  });
});
