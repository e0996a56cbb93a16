import { describe, expect, test } from "vitest";
import { Memo } from "../../src/core/memo.ts";

describe("a memo", () => {
  test("asks the function once for each key, also where it gives undefined", () => {
    const asked: string[] = [];
    const memo = new Memo<string, number | undefined>(4, (key) => {
      asked.push(key);
      return key === "none" ? undefined : key.length;
    });
    expect([memo.get("one"), memo.get("none"), memo.get("one"), memo.get("none")]).toEqual([
      3,
      undefined,
      3,
      undefined,
    ]);
    expect(asked).toEqual(["one", "none"]);
  });

  test("holds no more than its limit, and is right when it begins anew", () => {
    let asked = 0;
    const memo = new Memo<number, number>(3, (key) => {
      asked++;
      return key * 2;
    });
    for (let round = 0; round < 2; round++)
      for (let key = 0; key < 4; key++) expect(memo.get(key)).toBe(key * 2);
    expect(asked).toBeGreaterThan(4);
    expect(asked).toBeLessThanOrEqual(8);
  });

  test("forgets when told to", () => {
    let answer = 1;
    const memo = new Memo<string, number>(3, () => answer);
    memo.get("a");
    answer = 2;
    expect(memo.get("a")).toBe(1);
    memo.clear();
    expect(memo.get("a")).toBe(2);
  });
});
