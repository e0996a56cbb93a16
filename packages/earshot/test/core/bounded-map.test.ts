import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BoundedMap } from "../../src/core/bounded-map.ts";
import { UsageError } from "../../src/core/errors.ts";

/** The rule of eviction in the plainest words: one list, stalest first, searched from end to end. */
class Model {
  readonly entries: { key: number; value: number; owner: string }[] = [];
  /** Who did something, the one quiet longest first. */
  #quiet: string[] = [];
  readonly #limit: number;
  readonly #perOwner: number;

  constructor(limit: number, perOwner: number) {
    this.#limit = limit;
    this.#perOwner = perOwner;
  }

  set(key: number, value: number, owner: string): number | undefined {
    const known = this.entries.find((entry) => entry.key === key);
    if (known) {
      known.value = value;
      this.touch(key);
      return undefined;
    }
    this.entries.push({ key, value, owner });
    this.#stir(owner);
    if (this.countOf(owner) > this.#perOwner) return this.#dropStalestOf(owner);
    if (this.entries.length <= this.#limit) return undefined;
    const most = Math.max(...this.#quiet.map((name) => this.countOf(name)));
    return this.#dropStalestOf(this.#quiet.find((name) => this.countOf(name) === most)!);
  }

  touch(key: number): void {
    const index = this.entries.findIndex((entry) => entry.key === key);
    if (index < 0) return;
    const [entry] = this.entries.splice(index, 1);
    this.entries.push(entry!);
    this.#stir(entry!.owner);
  }

  delete(key: number): void {
    const index = this.entries.findIndex((entry) => entry.key === key);
    if (index < 0) return;
    const [entry] = this.entries.splice(index, 1);
    this.#stir(entry!.owner);
  }

  countOf(owner: string): number {
    return this.entries.filter((entry) => entry.owner === owner).length;
  }

  #stir(owner: string): void {
    this.#quiet = [...this.#quiet.filter((name) => name !== owner), owner];
  }

  #dropStalestOf(owner: string): number {
    const entry = this.entries.find((each) => each.owner === owner)!;
    this.entries.splice(this.entries.indexOf(entry), 1);
    this.#stir(owner);
    return entry.key;
  }
}

const step = fc.record({
  kind: fc.constantFrom("set", "set", "set", "touch", "delete"),
  key: fc.integer({ min: 0, max: 20 }),
  owner: fc.constantFrom("a", "b", "c", "d"),
});

describe("fairness", () => {
  test("S-32 G-35 one source that floods drives out its own entries and nobody else's", () => {
    const map = new BoundedMap<string, number>({ limit: 2048, limitPerOwner: 64 });
    for (let host = 0; host < 100; host++) map.set(`device ${host}`, host, `host ${host}`);
    for (let index = 0; index < 10_000; index++) map.set(`flood ${index}`, index, "attacker");
    expect(map.size).toBe(164);
    expect(map.countOf("attacker")).toBe(64);
    expect(map.evictions).toBe(10_000 - 64);
    for (let host = 0; host < 100; host++) expect(map.get(`device ${host}`)).toBe(host);
    expect([...map.keys()].at(-64)).toBe("flood 9936");
  });

  test("S-32 a full map makes room with the stalest entry of who holds most", () => {
    const map = new BoundedMap<string, number>({ limit: 4 });
    map.set("a1", 1, "a");
    map.set("b1", 1, "b");
    map.set("b2", 2, "b");
    map.set("b3", 3, "b");
    map.touch("b1");
    expect(map.set("c1", 1, "c")).toEqual({ key: "b2", value: 2, owner: "b" });
    expect([...map.keys()]).toEqual(["a1", "b1", "b3", "c1"]);
  });

  test("S-32 many sources that flood with one entry each drive out one another, the quietest first", () => {
    const map = new BoundedMap<number, number>({ limit: 3 });
    for (let index = 0; index < 3; index++) map.set(index, index, `source ${index}`);
    map.touch(0);
    expect(map.set(3, 3, "source 3")?.key).toBe(1);
    expect(map.set(4, 4, "source 4")?.key).toBe(2);
    expect(map.set(5, 5, "source 5")?.key).toBe(0);
  });

  test("a new key of who holds most makes room with its own stalest, not with a rival's", () => {
    const map = new BoundedMap<string, number>({ limit: 4 });
    for (const key of ["a1", "a2"]) map.set(key, 0, "a");
    for (const key of ["b1", "b2"]) map.set(key, 0, "b");
    expect(map.set("b3", 0, "b")?.key).toBe("b1");
    expect(map.set("a3", 0, "a")?.key).toBe("a1");
  });

  test("nobody takes over the key of another by setting it", () => {
    const map = new BoundedMap<string, number>({ limit: 10, limitPerOwner: 2 });
    map.set("victim", 1, "a");
    map.set("victim", 2, "attacker");
    expect(map.ownerOf("victim")).toBe("a");
    for (let index = 0; index < 100; index++) map.set(`flood ${index}`, index, "attacker");
    expect(map.get("victim")).toBe(2);
  });

  test("it evicts what the plainest model evicts, after any steps", () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 120 }),
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 1, max: 10 }),
        (steps, limit, limitPerOwner) => {
          const map = new BoundedMap<number, number>({ limit, limitPerOwner });
          const model = new Model(limit, limitPerOwner);
          for (const [index, { kind, key, owner }] of steps.entries()) {
            if (kind === "set") expect(map.set(key, index, owner)?.key).toBe(model.set(key, index, owner));
            else if (kind === "touch") {
              map.touch(key);
              model.touch(key);
            } else {
              map.delete(key);
              model.delete(key);
            }
            expect(map.size).toBeLessThanOrEqual(limit);
            for (const name of ["a", "b", "c", "d"]) expect(map.countOf(name)).toBe(model.countOf(name));
          }
          const expected = new Map(model.entries.map(({ key, value }) => [key, value]));
          expect(new Map(map)).toEqual(expected);
          expect(map.owners).toBe(new Set(model.entries.map(({ owner }) => owner)).size);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("cost", () => {
  test("S-32 a flood of a million keys evicts each once and keeps to the bounds", () => {
    const map = new BoundedMap<number, number>({ limit: 2048, limitPerOwner: 64 });
    let evicted = 0;
    for (let index = 0; index < 1_000_000; index++)
      if (map.set(index, index, `source ${index % 100_003}`)) evicted++;
    expect(map.size).toBe(2048);
    expect(evicted).toBe(1_000_000 - 2048);
    expect(map.evictions).toBe(evicted);
    expect(map.owners).toBe(2048);
  });
});

describe("as a map", () => {
  test("it holds what was set, in the order in which keys came in", () => {
    const map = new BoundedMap<string, number>({ limit: 3 });
    expect(map.set("a", 1, "x")).toBeUndefined();
    expect(map.set("b", 2, "x")).toBeUndefined();
    expect(map.set("a", 3, "x")).toBeUndefined();
    expect([...map]).toEqual([
      ["a", 3],
      ["b", 2],
    ]);
    expect([...map.values()]).toEqual([3, 2]);
    expect([map.has("a"), map.has("c"), map.get("c"), map.touch("c"), map.ownerOf("c")]).toEqual([
      true,
      false,
      undefined,
      false,
      undefined,
    ]);
    expect([map.delete("a"), map.delete("a"), map.size, map.countOf("x")]).toEqual([true, false, 1, 1]);
  });

  test("cleared, it is empty and can be filled again", () => {
    const map = new BoundedMap<number, number>({ limit: 2 });
    for (let index = 0; index < 5; index++) map.set(index, index, "x");
    map.clear();
    expect([map.size, map.owners, map.countOf("x")]).toEqual([0, 0, 0]);
    for (let index = 0; index < 3; index++) map.set(index, index, "x");
    expect([...map.keys()]).toEqual([1, 2]);
  });

  test("entries may be deleted while going through them", () => {
    const map = new BoundedMap<number, number>({ limit: 10 });
    for (let index = 0; index < 10; index++) map.set(index, index, "x");
    for (const [key] of map) if (key % 2 === 0) map.delete(key);
    expect([...map.keys()]).toEqual([1, 3, 5, 7, 9]);
  });

  test.each([0, -1, 1.5, Number.NaN])("a limit of %d is refused", (limit) => {
    expect(() => new BoundedMap({ limit })).toThrow(UsageError);
    expect(() => new BoundedMap({ limit: 1, limitPerOwner: limit })).toThrow(UsageError);
  });

  test("a limit may be infinite, with a limit per owner", () => {
    const map = new BoundedMap<number, number>({ limit: Number.POSITIVE_INFINITY, limitPerOwner: 1 });
    for (let index = 0; index < 100; index++) map.set(index, index, `owner ${index % 10}`);
    expect([...map.keys()]).toEqual([90, 91, 92, 93, 94, 95, 96, 97, 98, 99]);
  });
});
