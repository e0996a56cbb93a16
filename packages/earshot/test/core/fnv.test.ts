import { expect, test } from "vitest";
import { fnv1a } from "../../src/core/fnv.ts";

test("the published values of FNV-1a for ASCII", () => {
  expect([fnv1a(""), fnv1a("a"), fnv1a("foobar")]).toEqual([0x811c9dc5, 0xe40c292c, 0xbf9cf968]);
});
