import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Random } from "../../src/core/random.ts";

const seed = fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.constantFrom(0, 1, -1, 2 ** 53 - 1));

describe("replay", () => {
  test("the same seed gives the same sequence, wherever and whenever", () => {
    expect(draw(new Random(42), 5)).toEqual(draw(new Random(42), 5));
    fc.assert(
      fc.property(seed, (number) => {
        expect(draw(new Random(number), 20)).toEqual(draw(new Random(number), 20));
      }),
    );
  });

  test("a seed written down today replays tomorrow: sfc32 with its counter starting at 1", () => {
    expect(draw(new Random(42), 3).map((drawn) => drawn * 2 ** 32)).toEqual([
      1849552023, 4223452576, 118919111,
    ]);
    expect(new Random(42).fork().next() * 2 ** 32).toBe(2432808500);
  });

  test("seeds that differ in any of their low 53 bits give sequences that differ", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.integer({ min: 0, max: 52 }), (number, bit) => {
        const other = Number(BigInt(number) ^ (1n << BigInt(bit)));
        expect(draw(new Random(number), 4)).not.toEqual(draw(new Random(other), 4));
      }),
    );
  });
});

describe("uniformity", () => {
  test.each([1, 2, 42, 123_456_789, 2 ** 52])("chi-square over 100 cells, seed %d", (number) => {
    const random = new Random(number);
    const cells = new Array<number>(100).fill(0);
    for (let index = 0; index < 100_000; index++) cells[Math.floor(random.next() * 100)]!++;
    expect(chiSquare(cells)).toBeLessThan(148.2); // 99 degrees of freedom, p = 0.001
    expect(chiSquare(cells)).toBeGreaterThan(60.9); // p = 0.999: too even is not random either
  });

  test("pairs of neighbours fill the square evenly", () => {
    const random = new Random(7);
    const cells = new Array<number>(100).fill(0);
    for (let index = 0; index < 100_000; index++)
      cells[10 * Math.floor(random.next() * 10) + Math.floor(random.next() * 10)]!++;
    expect(chiSquare(cells)).toBeLessThan(148.2);
  });

  test("every bit of 32 is set half of the time", () => {
    const random = new Random(3);
    const bits = new Array<number>(32).fill(0);
    for (let index = 0; index < 20_000; index++) {
      const word = random.next() * 2 ** 32;
      for (let bit = 0; bit < 32; bit++) if ((word / 2 ** bit) & 1) bits[bit]!++;
    }
    for (const count of bits) expect(Math.abs(count - 10_000)).toBeLessThan(350); // five standard deviations
  });

  test("the first numbers of neighbouring seeds are spread as evenly as those of one", () => {
    const cells = new Array<number>(10).fill(0);
    for (let number = 0; number < 10_000; number++) cells[Math.floor(new Random(number).next() * 10)]!++;
    expect(chiSquare(cells)).toBeLessThan(27.9); // 9 degrees of freedom, p = 0.001
  });
});

describe("bounds", () => {
  test("0 ≤ next < 1", () => {
    fc.assert(
      fc.property(seed, (number) => {
        for (const drawn of draw(new Random(number), 50)) {
          expect(drawn).toBeGreaterThanOrEqual(0);
          expect(drawn).toBeLessThan(1);
        }
      }),
    );
  });

  test("from ≤ between < to, however far from zero they are", () => {
    fc.assert(
      fc.property(
        seed,
        fc.maxSafeInteger(),
        fc.oneof(fc.integer({ min: 1, max: 1000 }), fc.constant(2 ** 40)),
        (number, from, width) => {
          fc.pre(Number.isSafeInteger(from + width));
          const random = new Random(number);
          for (let index = 0; index < 20; index++) {
            const drawn = random.between(from, from + width);
            expect(drawn).toBeGreaterThanOrEqual(from);
            expect(drawn).toBeLessThan(from + width);
          }
        },
      ),
    );
  });

  test("where no number lies between, it is the lower one", () => {
    const random = new Random(1);
    for (let index = 0; index < 100; index++)
      expect(random.between(2 ** 53 - 2, 2 ** 53 - 1)).toBe(2 ** 53 - 2);
    expect(random.between(5, 5)).toBe(5);
  });

  test("from ≤ integer ≤ to, whole, and both ends come up", () => {
    fc.assert(
      fc.property(seed, fc.integer(), fc.nat(1000), (number, from, width) => {
        const random = new Random(number);
        for (let index = 0; index < 20; index++) {
          const drawn = random.integer(from, from + width);
          expect(Number.isInteger(drawn) && drawn >= from && drawn <= from + width).toBe(true);
        }
      }),
    );
    const random = new Random(9);
    const faces = new Set(Array.from({ length: 200 }, () => random.integer(1, 6)));
    expect([...faces].sort()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(random.integer(-3, -3)).toBe(-3);
  });
});

describe("forks", () => {
  test("a fork replays from its parent's seed, and goes its own way", () => {
    const forks = [new Random(5).fork(), new Random(5).fork()];
    expect(draw(forks[0]!, 20)).toEqual(draw(forks[1]!, 20));
    const parent = new Random(5);
    const child = parent.fork();
    expect(draw(parent, 20)).not.toEqual(draw(child, 20));
  });

  test("how much a fork draws changes nothing for its parent or its siblings", () => {
    const family = (drawn: number) => {
      const parent = new Random(11);
      const [first, second] = [parent.fork(), parent.fork()];
      draw(first, drawn);
      return [draw(second, 10), draw(parent, 10)];
    };
    expect(family(0)).toEqual(family(1000));
  });

  test("forks do not run in step: numbers drawn at the same place are independent", () => {
    const parent = new Random(13);
    const [first, second] = [parent.fork(), parent.fork()];
    const cells = new Array<number>(100).fill(0);
    for (let index = 0; index < 100_000; index++)
      cells[10 * Math.floor(first.next() * 10) + Math.floor(second.next() * 10)]!++;
    expect(chiSquare(cells)).toBeLessThan(148.2);
  });

  test("ten thousand forks begin with ten thousand numbers, evenly spread", () => {
    const parent = new Random(17);
    const firsts = Array.from({ length: 10_000 }, () => parent.fork().next());
    expect(new Set(firsts).size).toBeGreaterThan(9_990);
    const cells = new Array<number>(10).fill(0);
    for (const first of firsts) cells[Math.floor(first * 10)]!++;
    expect(chiSquare(cells)).toBeLessThan(27.9);
  });
});

function draw(random: Random, count: number): number[] {
  return Array.from({ length: count }, () => random.next());
}

function chiSquare(cells: readonly number[]): number {
  const expected = cells.reduce((sum, count) => sum + count, 0) / cells.length;
  return cells.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}
