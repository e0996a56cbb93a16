import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Turn } from "../../src/core/engine.ts";
import { NetworkError } from "../../src/core/errors.ts";
import type { Fault } from "../../src/network/network.ts";
import { datagram, link, packet, setUp, uncaughtOf } from "./fake-network.ts";

const NEVER = Number.POSITIVE_INFINITY;

describe("a turn", () => {
  test("what it sends leaves before its events are delivered, both in order", () => {
    const { driver, log } = setUp();
    const result = driver.turn((turn) => {
      turn.emit("first");
      turn.send(packet(1));
      turn.emit("second");
      turn.send(packet(2));
      log.push("stepped");
      return 7;
    });
    expect(result).toBe(7);
    expect(log).toEqual(["stepped", "send 1", "send 2", "event first", "event second"]);
  });

  test("J-17 it has the clock's instant, and the calendar's date for display alone", () => {
    const { driver, clock } = setUp();
    clock.time = 1234.5;
    driver.turn((turn) => {
      expect(turn.now).toBe(1234.5);
      expect(turn.date()).toEqual(new Date(0));
    });
  });

  test("F-06 a calendar that jumps moves no deadline", () => {
    const { driver, clock, engine } = setUp();
    engine.wakeAt = 5000;
    driver.turn(() => {});
    clock.calendar = new Date("2036-01-01");
    driver.turn(() => {});
    expect(clock.armed).toEqual([5000]);
    clock.advance(4999);
    expect(engine.wakes).toBe(0);
  });

  test("J-11 what a step did before it threw takes place, then the caller gets the error", () => {
    const { driver, log, clock, engine } = setUp();
    const step = (turn: Turn<string>) => {
      turn.send(packet(1));
      turn.emit("seen");
      engine.wakeAt = 300;
      throw new RangeError("the caller's");
    };
    expect(() => driver.turn(step)).toThrow("the caller's");
    expect(log).toEqual(["send 1", "event seen"]);
    expect(clock.armed).toEqual([300]);
    driver.turn((turn) => turn.emit("next"));
    expect(log.at(-1)).toBe("event next");
  });

  test("what comes in becomes a turn: datagrams and links", () => {
    const { channel, engine, log } = setUp();
    engine.onReceive = (datagram, turn) => turn.emit(`got ${datagram.bytes[0]}`);
    engine.onRelink = (links, resumed, turn) => turn.emit(`${links.length} links, resumed ${resumed}`);
    channel.listener?.datagram(datagram(9));
    channel.listener?.links([link], true);
    expect(log).toEqual(["event got 9", "event 1 links, resumed true"]);
  });

  test("the channel is opened with the engine's binding, and its readiness is the driver's", async () => {
    const { driver, channel, engine } = setUp();
    expect(channel.binding).toBe(engine.binding);
    channel.becomeReady();
    await expect(driver.ready).resolves.toBeUndefined();
  });
});

describe("listeners", () => {
  test("one that throws loses nothing of the turn: the others get their events, then it is reported", () => {
    const log: string[] = [];
    const { driver } = setUp({
      deliver: (event) => {
        if (event === "bad") throw new Error("listener");
        log.push(event);
      },
      report: (error) => void log.push(`report ${(error as Error).message}`),
    });
    driver.turn((turn) => {
      for (const event of ["a", "bad", "b", "bad", "c"]) turn.emit(event);
    });
    expect(log).toEqual(["a", "b", "c", "report listener", "report listener"]);
    driver.turn((turn) => turn.emit("d"));
    expect(log.at(-1)).toBe("d");
  });

  test("J-11 without a report what it threw is thrown where nobody can catch it, and never into the channel", async () => {
    const { channel, engine } = setUp({
      deliver: () => {
        throw new Error("listener");
      },
    });
    engine.onReceive = (_, turn) => turn.emit("x");
    const uncaught = await uncaughtOf(() => channel.listener?.datagram(datagram(1)));
    expect(uncaught).toEqual([new Error("listener")]);
  });

  test("a report or a fault listener that throws itself is no fault of the engine's", async () => {
    const faults: Fault[] = [];
    const bad = () => {
      throw new Error("report");
    };
    const { channel, engine, driver } = setUp({
      deliver: bad,
      report: bad,
      fault: (fault) => void faults.push(fault),
    });
    engine.onReceive = (_, turn) => turn.emit("x");
    expect(await uncaughtOf(() => channel.listener?.datagram(datagram(1)))).toEqual([new Error("report")]);
    expect(faults).toEqual([]);
    await driver.close();

    const reports: unknown[] = [];
    const other = setUp({ fault: bad, report: (error) => void reports.push(error) });
    other.channel.listener?.fault({ link: undefined, error: new NetworkError("X", "x") });
    other.engine.onReceive = bad;
    other.channel.listener?.datagram(datagram(1));
    expect(reports).toEqual([new Error("report"), new Error("report")]);
  });

  test("the events of turns that listeners start come after those of the turn being delivered, in order", () => {
    const log: string[] = [];
    const { driver, network } = setUp({
      deliver: (event) => {
        log.push(event);
        if (!event.startsWith("nested") && event !== "last") {
          driver.turn((turn) => {
            turn.emit(`nested in ${event}, 1`);
            turn.send(packet(1));
            turn.emit(`nested in ${event}, 2`);
          });
          log.push(`sent ${network.channel.sent.length}`);
        }
        if (event === "nested in a, 2") driver.turn((turn) => turn.emit("last"));
      },
    });
    driver.turn((turn) => {
      turn.emit("a");
      turn.emit("b");
    });
    expect(log).toEqual([
      "a",
      "sent 1",
      "b",
      "sent 2",
      "nested in a, 1",
      "nested in a, 2",
      "nested in b, 1",
      "nested in b, 2",
      "last",
    ]);
  });

  test("whatever turns are started from listeners, and whichever listeners throw, all is delivered once in order of emission", () => {
    const leaf = fc.record({ throws: fc.boolean(), turns: fc.constant([]) });
    const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.record({
          throws: fc.boolean(),
          turns: fc.array(fc.array(tie("tree"), { maxLength: 2 }), { maxLength: 2 }),
        }),
      ),
    }));
    fc.assert(
      fc.property(fc.array(tree, { maxLength: 4 }), (events) => {
        const { emitted, delivered, reported, thrown } = runTree(events);
        expect(delivered).toEqual(emitted);
        expect(reported).toBe(thrown);
      }),
    );
  });
});

describe("the timer", () => {
  test("it is armed at the engine's instant, one at a time, and armed anew only when that changes", () => {
    const { driver, clock, engine } = setUp();
    engine.wakeAt = 100;
    driver.turn(() => {});
    driver.turn(() => {});
    driver.turn(() => {});
    expect([clock.armed, clock.timesArmed]).toEqual([[100], 1]);
    engine.wakeAt = 50;
    driver.turn(() => {});
    expect([clock.armed, clock.timesArmed]).toEqual([[50], 2]);
    engine.wakeAt = 200;
    driver.turn(() => {});
    expect([clock.armed, clock.timesArmed]).toEqual([[200], 3]);
  });

  test("nothing is armed when nothing is due, at the start and later", () => {
    const { driver, clock, engine } = setUp();
    driver.turn(() => {});
    expect(clock.timesArmed).toBe(0);
    engine.wakeAt = 100;
    driver.turn(() => {});
    engine.wakeAt = NEVER;
    driver.turn(() => {});
    expect(clock.armed).toEqual([]);
  });

  test("the engine is woken when it is due, and the next deadline is armed before events are delivered", () => {
    const armed: (readonly number[])[] = [];
    const { driver, clock, engine } = setUp({ deliver: () => void armed.push(clock.armed) });
    engine.wakeAt = 100;
    driver.turn(() => {});
    engine.onWake = (turn) => {
      engine.wakeAt = turn.now + 100;
      turn.emit("woken");
    };
    clock.advance(1000);
    expect(engine.wakes).toBe(10);
    expect(armed.map(([at]) => at)).toEqual([200, 300, 400, 500, 600, 700, 800, 900, 1000, 1100]);
    expect(clock.most).toBe(1);
  });

  test("an engine woken too early is armed for the same instant again", () => {
    const { driver, clock, engine } = setUp();
    engine.wakeAt = 100;
    driver.turn(() => {});
    engine.onWake = (turn) => {
      engine.wakeAt = turn.now < 100 ? 100 : NEVER;
    };
    clock.fireEarly(99);
    expect(clock.armed).toEqual([100]);
    clock.advance(100);
    expect(clock.armed).toEqual([]);
  });

  test("J-03 G-39 instants beyond 2^31 and 2^32 ms pass unchanged to the clock", () => {
    fc.assert(
      fc.property(fc.double({ min: 2 ** 31, max: 2 ** 53, noNaN: true }), (at) => {
        const { driver, clock, engine } = setUp();
        engine.wakeAt = at;
        driver.turn(() => {});
        expect(clock.armed).toEqual([at]);
      }),
    );
  });

  test("whatever an engine says, there is one timer for it, or none for never", () => {
    const instant = fc.oneof(fc.nat(1000), fc.constant(NEVER), fc.constant(4_294_967_295_000));
    fc.assert(
      fc.property(fc.array(instant, { maxLength: 40 }), (instants) => {
        const { driver, clock, engine } = setUp();
        let changes = 0;
        let before = NEVER;
        for (const at of instants) {
          engine.wakeAt = at;
          driver.turn(() => {});
          expect(clock.armed).toEqual(at === NEVER ? [] : [at]);
          if (at !== before && at !== NEVER) changes++;
          before = at;
        }
        expect(clock.timesArmed).toBe(changes);
      }),
    );
  });
});

interface Tree {
  readonly throws: boolean;
  readonly turns: readonly (readonly Tree[])[];
}

function runTree(events: readonly Tree[]): {
  emitted: number[];
  delivered: number[];
  reported: number;
  thrown: number;
} {
  const seen = { emitted: [] as number[], delivered: [] as number[], reported: 0, thrown: 0 };
  const trees: Tree[] = [];
  const emit = (tree: Tree, turn: Turn<string>) => {
    seen.emitted.push(trees.length);
    turn.emit(`${trees.length}`);
    trees.push(tree);
  };
  const deliver = (event: string) => {
    const tree = trees[Number(event)]!;
    seen.delivered.push(Number(event));
    for (const turn of tree.turns) driver.turn((given) => turn.forEach((each) => void emit(each, given)));
    if (!tree.throws) return;
    seen.thrown++;
    throw new Error(event);
  };
  const { driver } = setUp({ deliver, report: () => void seen.reported++ });
  driver.turn((turn) => events.forEach((each) => void emit(each, turn)));
  return seen;
}
