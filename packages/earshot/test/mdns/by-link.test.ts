import { describe, expect, test } from "vitest";
import { ByLink } from "../../src/mdns/by-link.ts";

describe("A map by links", () => {
  test("gives what was set last, and nothing of what was deleted", () => {
    const map = new ByLink<number>();
    map.set("a", 1);
    map.set("b", 2);
    map.set("a", 3);
    map.delete("b");
    map.delete("c");
    expect([map.get("a"), map.get("b"), map.size]).toEqual([3, undefined, 1]);
  });

  test("can be changed while somebody walks through it as it was", () => {
    const map = new ByLink<number>();
    map.set("a", 1);
    map.set("b", 2);
    const seen: string[] = [];
    for (const [id] of map) {
      seen.push(id);
      map.delete("b");
      map.set("c", 3);
    }
    expect(seen).toEqual(["a", "b"]);
  });
});
