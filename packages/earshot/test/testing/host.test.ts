import { describe, expect, test } from "vitest";
import { Lan } from "../../src/testing/index.ts";

describe("a host", () => {
  test("F-29 its UUIDs have the shape of RFC 4122, are stable over restarts, and differ by host and name", () => {
    const lan = new Lan({ seed: 1 });
    const [a, b, ab] = ["a", "b", "ab"].map((name) => lan.addHost(name));
    const all = [a?.uuid("x"), a?.uuid("y"), b?.uuid("x"), ab?.uuid("c"), a?.uuid("bc"), a?.uuid("")];
    expect(new Set(all).size).toBe(all.length);
    for (const uuid of all)
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Lan({ seed: 2 }).addHost("a").uuid("x")).toBe(a?.uuid("x"));
  });

  test("no two of 20,000 names share a UUID", () => {
    const host = new Lan({ seed: 1 }).addHost("a");
    expect(new Set(Array.from({ length: 20_000 }, (_, index) => host.uuid(`device ${index}`))).size).toBe(
      20_000,
    );
  });

  test("what it draws depends on the seed, and with a seed of its own on nothing else", () => {
    const draw = (seed: number, own?: number) => {
      const lan = new Lan({ seed });
      lan.addHost("first");
      return lan.addHost("second", own === undefined ? {} : { seed: own }).random.next();
    };
    expect(draw(1)).toBe(draw(1));
    expect(draw(1)).not.toBe(draw(2));
    expect(draw(1, 7)).toBe(draw(2, 7));
  });

  test("it names its system as a product token", () => {
    expect(new Lan({ seed: 1 }).addHost("a").system).toBe("Lan/1.0");
  });
});
