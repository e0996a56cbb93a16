import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Agenda, type Deadline } from "../../src/core/agenda.ts";
import type { Turn } from "../../src/core/engine.ts";

const NEVER = Number.POSITIVE_INFINITY;

describe("order", () => {
  test("deadlines run soonest first, equal instants in the order they were set", () => {
    const { agenda, ran, note } = notebook();
    for (const [name, at] of [
      ["d", 20],
      ["a", 10],
      ["e", 20],
      ["b", 10],
      ["c", 15],
    ] as const)
      agenda.set(at, name, note(name));
    agenda.runDue(turnAt(20));
    expect(ran).toEqual(["a", "b", "c", "d", "e"]);
  });

  test("only what is due runs", () => {
    const { agenda, ran, note } = notebook();
    agenda.set(10, "now", note("now"));
    agenda.set(10.5, "soon", note("soon"));
    agenda.runDue(turnAt(9));
    expect(ran).toEqual([]);
    agenda.runDue(turnAt(10));
    expect([ran, agenda.size, agenda.nextAt]).toEqual([["now"], 1, 10.5]);
  });

  test("each gets the turn that it runs in", () => {
    const agenda = new Agenda<string>();
    const seen: unknown[] = [];
    const turn = turnAt(5);
    agenda.set(1, "x", (given) => seen.push(given));
    agenda.runDue(turn);
    expect(seen[0]).toBe(turn);
  });

  test("J-03 instants up to 2^53, and never, are in order too", () => {
    const { agenda, ran, note } = notebook();
    agenda.set(NEVER, "never", note("never"));
    agenda.set(NEVER, "never too", note("never too"));
    agenda.set(2 ** 53, "last", note("last"));
    agenda.set(4_294_967_295_000, "century", note("century"));
    expect(agenda.nextAt).toBe(4_294_967_295_000);
    agenda.runDue(turnAt(2 ** 53));
    expect([ran, agenda.size, agenda.nextAt]).toEqual([["century", "last"], 2, NEVER]);
  });

  test("an instant that is not a number is a bug, and thrown", () => {
    const { agenda, note } = notebook();
    expect(() => agenda.set(Number.NaN, "x", note("x"))).toThrow(RangeError);
    expect(agenda.size).toBe(0);
  });

  test("what is waited for is told with reasons, soonest first", () => {
    const { agenda, note } = notebook();
    agenda.set(20, "second", note("b"));
    agenda.set(10, "first", note("a"));
    agenda.set(15, "called off", note("c")).cancel();
    expect(agenda.waiting.map(({ at, reason }) => [at, reason])).toEqual([
      [10, "first"],
      [20, "second"],
    ]);
  });

  test("an empty agenda waits for nothing", () => {
    const { agenda } = notebook();
    agenda.runDue(turnAt(NEVER));
    expect([agenda.size, agenda.nextAt, agenda.waiting]).toEqual([0, NEVER, []]);
  });
});

describe("what deadlines do to one another while they run", () => {
  test("one that is called off by another in the same run does not run", () => {
    const { agenda, ran, note } = notebook();
    const later: Deadline[] = [];
    agenda.set(1, "first", () => later[0]?.cancel());
    later.push(agenda.set(1, "second", note("second")));
    agenda.set(1, "third", note("third"));
    agenda.runDue(turnAt(1));
    expect([ran, agenda.size]).toEqual([["third"], 0]);
  });

  test("calling one off twice, or while it runs, or after it ran, does nothing", () => {
    const { agenda, ran, note } = notebook();
    const own: Deadline = agenda.set(1, "own", () => own.cancel());
    const twice = agenda.set(1, "twice", note("twice"));
    agenda.set(2, "stays", note("stays"));
    twice.cancel();
    twice.cancel();
    agenda.runDue(turnAt(1));
    own.cancel();
    expect([agenda.size, agenda.nextAt]).toEqual([1, 2]);
    agenda.runDue(turnAt(2));
    expect(ran).toEqual(["stays"]);
  });

  test("one that renews itself for now runs once in a run", () => {
    const agenda = new Agenda<string>();
    let runs = 0;
    const renew = (turn: Turn<string>) => {
      runs++;
      agenda.set(turn.now, "again", renew);
    };
    agenda.set(1, "first", renew);
    agenda.runDue(turnAt(1));
    expect([runs, agenda.size, agenda.nextAt]).toEqual([1, 1, 1]);
    agenda.runDue(turnAt(1));
    expect(runs).toBe(2);
  });

  test("F-05 one that catches up step by step does not keep the others from running", () => {
    const { agenda, ran, note } = notebook();
    const everySecond = (at: number) => agenda.set(at, "tick", () => everySecond(at + 1000));
    everySecond(1000);
    agenda.set(3_600_000, "other", note("other"));
    agenda.runDue(turnAt(3_600_000));
    expect(ran).toEqual(["other"]);
    expect([agenda.size, agenda.nextAt]).toEqual([1, 2000]);
  });

  test("what is set during a run for later is there at once, and can be called off before it ever runs", () => {
    const { agenda, ran, note } = notebook();
    const set: Deadline[] = [];
    const seen: unknown[] = [];
    agenda.set(5, "setter", () => {
      set.push(
        agenda.set(5, "now", note("now")),
        agenda.set(4, "before", note("before")),
        agenda.set(9, "later", note("later")),
      );
      seen.push(
        agenda.size,
        agenda.nextAt,
        agenda.waiting.map(({ reason }) => reason),
      );
    });
    agenda.runDue(turnAt(5));
    expect(seen).toEqual([3, 4, ["before", "now", "later"]]);
    set[0]?.cancel();
    agenda.runDue(turnAt(5));
    expect([ran, agenda.size]).toEqual([["before"], 1]);
  });

  test("one set and called off within a run leaves nothing", () => {
    const agenda = new Agenda<string>();
    agenda.set(5, "setter", () => agenda.set(5, "now", () => {}).cancel());
    agenda.runDue(turnAt(5));
    expect([agenda.size, agenda.nextAt, agenda.waiting]).toEqual([0, NEVER, []]);
  });

  test("one that throws is gone, and keeps none of the others that are due from running", () => {
    const { agenda, ran, note } = notebook();
    agenda.set(1, "bad", () => {
      agenda.set(1, "set by the bad one", note("set by the bad one"));
      throw new Error("bad");
    });
    agenda.set(1, "good", note("good"));
    expect(() => agenda.runDue(turnAt(1))).toThrow("bad");
    expect([ran, agenda.size, agenda.nextAt]).toEqual([["good"], 1, 1]);
    agenda.runDue(turnAt(1));
    expect(ran).toEqual(["good", "set by the bad one"]);
  });

  test("when several throw, all are told of together, after everything has run", () => {
    const { agenda, ran, note } = notebook();
    const bad = (what: string) => () => {
      throw new Error(what);
    };
    agenda.set(1, "bad", bad("first"));
    agenda.set(2, "good", note("good"));
    agenda.set(3, "bad", bad("second"));
    agenda.set(4, "good", note("too"));
    const errors = [new Error("first"), new Error("second")];
    expect(() => agenda.runDue(turnAt(4))).toThrow(expect.objectContaining({ errors }));
    expect([ran, agenda.size]).toEqual([["good", "too"], 0]);
  });
});

describe("bounds", () => {
  test("10^5 deadlines run in order", () => {
    const agenda = new Agenda<string>();
    const ran: number[] = [];
    for (let index = 0; index < 100_000; index++) {
      const at = (index * 7919) % 100_003;
      agenda.set(at, "x", () => ran.push(at));
    }
    for (let now = 0; agenda.size > 0; now += 10_000) agenda.runDue(turnAt(now));
    expect(ran.length).toBe(100_000);
    expect(ran.every((at, index) => index === 0 || ran[index - 1]! <= at)).toBe(true);
  });

  test("S-32 the memory of deadlines called off is swept: what is held is at most about twice what is live", async () => {
    const agenda = new Agenda<string>();
    const held: WeakRef<object>[] = [];
    for (let index = 0; index < 20_000; index++) {
      const deadline = agenda.set(1_000_000 + index, "x", () => {});
      held.push(new WeakRef(deadline));
      if (index % 100 !== 0) deadline.cancel();
    }
    expect(agenda.size).toBe(200);
    expect(agenda.waiting.length).toBe(200);
    expect(await stillThere(held)).toBeLessThanOrEqual(2 * 200 + 64);
    expect(agenda.nextAt).toBe(1_000_000);
  });

  test("it does what a plain list does, after any steps", () => {
    fc.assert(
      fc.property(commands(), (steps) => {
        fc.modelRun(() => ({ model: new Model(), real: new Real() }), steps);
      }),
      {
        numRuns: 300,
      },
    );
  });
});

/** A list in the order of setting; what is due is looked for from end to end. */
class Model {
  now = 0;
  entries: { at: number; name: number; renew: number | undefined }[] = [];
  names = 0;
  ran: number[] = [];
}

class Real {
  readonly agenda = new Agenda<string>();
  readonly deadlines = new Map<number, Deadline>();
  readonly ran: number[] = [];
  names = 0;
}

type Command = fc.Command<Model, Real>;

function commands(): fc.Arbitrary<Iterable<Command>> {
  const at = fc.oneof(fc.nat(40), fc.constant(NEVER));
  return fc.commands(
    [
      fc
        .tuple(fc.nat(40), fc.option(fc.nat(10), { nil: undefined }))
        .map(([after, renew]) => new SetOne(after, renew)),
      at.map((after) => new SetOne(after, undefined)),
      fc.nat().map((pick) => new CancelOne(pick)),
      fc.nat(30).map((gap) => new Run(gap)),
    ],
    { maxCommands: 80 },
  );
}

class SetOne implements Command {
  readonly #after: number;
  readonly #renew: number | undefined;

  /** @param renew when it runs, it sets another, so much after its own instant. */
  constructor(after: number, renew: number | undefined) {
    this.#after = after;
    this.#renew = renew;
  }

  check(): boolean {
    return true;
  }

  run(model: Model, real: Real): void {
    const at = model.now + this.#after;
    model.entries.push({ at, name: model.names++, renew: this.#renew });
    setReal(real, at, this.#renew);
    compare(model, real);
  }

  toString(): string {
    return `set(+${this.#after}, renew ${this.#renew})`;
  }
}

class CancelOne implements Command {
  readonly #pick: number;

  constructor(pick: number) {
    this.#pick = pick;
  }

  check(model: Readonly<Model>): boolean {
    return model.entries.length > 0;
  }

  run(model: Model, real: Real): void {
    const [entry] = model.entries.splice(this.#pick % model.entries.length, 1);
    real.deadlines.get(entry!.name)?.cancel();
    compare(model, real);
  }

  toString(): string {
    return `cancel(${this.#pick})`;
  }
}

class Run implements Command {
  readonly #gap: number;

  constructor(gap: number) {
    this.#gap = gap;
  }

  check(): boolean {
    return true;
  }

  run(model: Model, real: Real): void {
    model.now += this.#gap;
    const due = model.entries
      .filter(({ at }) => at <= model.now)
      .sort((a, b) => a.at - b.at || a.name - b.name);
    model.entries = model.entries.filter(({ at }) => at > model.now);
    for (const { at, name, renew } of due) {
      model.ran.push(name);
      if (renew !== undefined) model.entries.push({ at: at + renew, name: model.names++, renew: undefined });
    }
    real.agenda.runDue(turnAt(model.now));
    compare(model, real);
  }

  toString(): string {
    return `run(+${this.#gap})`;
  }
}

function setReal(real: Real, at: number, renew: number | undefined): void {
  const name = real.names++;
  const run = () => {
    real.ran.push(name);
    if (renew !== undefined) setReal(real, at + renew, undefined);
  };
  real.deadlines.set(name, real.agenda.set(at, `${name}`, run));
}

function compare(model: Model, real: Real): void {
  expect(real.ran).toEqual(model.ran);
  expect(real.agenda.size).toBe(model.entries.length);
  expect(real.agenda.nextAt).toBe(Math.min(NEVER, ...model.entries.map(({ at }) => at)));
}

interface Notebook {
  readonly agenda: Agenda<string>;
  readonly ran: string[];
  note(name: string): () => void;
}

function notebook(): Notebook {
  const ran: string[] = [];
  return { agenda: new Agenda(), ran, note: (name) => () => void ran.push(name) };
}

function turnAt(now: number): Turn<string> {
  return { now, date: () => new Date(0), send: () => {}, emit: () => {} };
}

/** How many are left when the garbage collector has been. */
async function stillThere(held: readonly WeakRef<object>[]): Promise<number> {
  const { setFlagsFromString } = await import("node:v8");
  const { runInNewContext } = await import("node:vm");
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  await new Promise((resolve) => setImmediate(resolve)); // A WeakRef holds its target until the job ends.
  collect();
  return held.filter((reference) => reference.deref()).length;
}
