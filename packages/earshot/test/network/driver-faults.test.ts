import { describe, expect, test } from "vitest";
import type { Turn } from "../../src/core/engine.ts";
import { NetworkError } from "../../src/core/errors.ts";
import { datagram, link, packet, setUp } from "./fake-network.ts";

const NEVER = Number.POSITIVE_INFINITY;

describe("an engine that throws", () => {
  test("J-11 at a datagram: what it did until then takes place, then a fault with its cause; the next datagram is served", () => {
    const { channel, engine, log, faults } = setUp();
    const bug = new TypeError("a bug");
    engine.onReceive = (datagram, turn) => {
      turn.send(packet(1));
      turn.emit(`got ${datagram.bytes[0]}`);
      if (datagram.bytes[0] === 1) throw bug;
    };
    channel.listener?.datagram(datagram(1));
    expect(log).toEqual(["send 1", "event got 1"]);
    expect(faults.map(({ link, error }) => [link, error.code, error.cause])).toEqual([
      ["eth0/4", "ENGINE_FAULT", bug],
    ]);
    channel.listener?.datagram(datagram(2));
    expect(log.slice(2)).toEqual(["send 1", "event got 2"]);
  });

  test("J-11 at a deadline and at a change of links: what it did until then takes place, before the fault is told", () => {
    const told: string[] = [];
    const { driver, channel, clock, engine } = setUp({
      deliver: (event) => void told.push(event),
      fault: ({ error }) => void told.push(error.message),
    });
    engine.wakeAt = 100;
    driver.turn(() => {});
    const bug = (turn: Turn<string>, what: string): never => {
      turn.send(packet(1));
      turn.emit(what);
      throw new Error("a bug");
    };
    engine.onWake = (turn) => bug(turn, "the others are lost");
    clock.advance(100);
    engine.onRelink = (_links, _resumed, turn) => bug(turn, "relinked");
    channel.listener?.links([link], false);
    expect(told).toEqual([
      "the others are lost",
      "the engine failed at a deadline",
      "relinked",
      "the engine failed at a change of links",
    ]);
    expect(channel.sent).toHaveLength(2);
    expect(clock.armed).toEqual([1100]);
  });

  test("J-11 at a glance at a datagram: a fault, and the next datagram is served", () => {
    const { channel, engine, log, faults } = setUp();
    engine.onReceive = (_, turn) => turn.emit("got");
    engine.wants = (bytes) => {
      if (bytes[0] === 1) throw new Error("a bug");
      return bytes[0] === 2;
    };
    for (const byte of [1, 2, 3]) channel.listener?.datagram(datagram(byte));
    expect(faults.map(({ link, error }) => [link, error.code])).toEqual([["eth0/4", "ENGINE_FAULT"]]);
    expect(log).toEqual(["event got"]);
  });

  test("the network is told of the bug too, in a simulation that is to fail on it", () => {
    const { channel, network, engine, faults } = setUp();
    const reported: unknown[] = [];
    network.report = (error) => void reported.push(error);
    engine.onReceive = () => {
      throw new Error("a bug");
    };
    channel.listener?.datagram(datagram(1));
    expect(reported).toEqual(faults.map(({ error }) => error));
  });

  test("J-11 at a deadline: a fault, and it is woken again, but not at once", () => {
    const { driver, clock, engine, faults } = setUp();
    engine.wakeAt = 100;
    driver.turn(() => {});
    engine.onWake = () => {
      throw new Error("a bug");
    };
    clock.advance(10_000);
    expect(faults.map(({ error }) => error.code)).toEqual(new Array(10).fill("ENGINE_FAULT"));
    expect(faults[0]?.link).toBeUndefined();
    expect(clock.armed).toEqual([10_100]);
    engine.onWake = () => {
      engine.wakeAt = NEVER;
    };
    clock.advance(11_000);
    expect([faults.length, clock.armed]).toEqual([10, []]);
  });

  test("J-11 at a change of links: a fault", () => {
    const { channel, engine, faults } = setUp();
    engine.onRelink = () => {
      throw new Error("a bug");
    };
    channel.listener?.links([link], false);
    expect(faults.map(({ error }) => error.code)).toEqual(["ENGINE_FAULT"]);
  });

  test("a fault of the channel is told as it is", () => {
    const { channel, faults } = setUp();
    const fault = { link: "eth0/4", error: new NetworkError("SEND_FAILED", "no buffer") };
    channel.listener?.fault(fault);
    expect(faults).toEqual([fault]);
  });

  test("without a fault listener it goes on", () => {
    const { channel, engine, log } = setUp({ fault: undefined });
    engine.onReceive = () => {
      throw new Error("a bug");
    };
    channel.listener?.datagram(datagram(1));
    expect(log).toEqual([]);
  });
});

describe("after close", () => {
  test("nothing leaves, nothing is delivered, nothing is armed; steps still run", async () => {
    const { driver, clock, engine, log } = setUp();
    engine.wakeAt = 100;
    driver.turn(() => {});
    await driver.close();
    expect(clock.armed).toEqual([]);
    engine.wakeAt = 50;
    const result = driver.turn((turn) => {
      turn.send(packet(1));
      turn.emit("x");
      return 7;
    });
    expect(() =>
      driver.turn(() => {
        throw new Error("the caller's");
      }),
    ).toThrow("the caller's");
    clock.advance(1000);
    expect([result, log, clock.armed, engine.wakes]).toEqual([7, [], [], 0]);
  });

  test("a channel that still calls is not heard", async () => {
    const { driver, channel, engine, log, faults } = setUp();
    engine.onReceive = (_, turn) => turn.emit("x");
    await driver.close();
    channel.listener?.datagram(datagram(1));
    channel.listener?.links([], false);
    channel.listener?.fault({ link: undefined, error: new NetworkError("X", "x") });
    engine.onReceive = () => {
      throw new Error("a bug");
    };
    channel.listener?.datagram(datagram(1));
    expect([log, faults]).toEqual([[], []]);
  });

  test("closed by a listener, the events behind it are not delivered", () => {
    const log: string[] = [];
    const { driver, clock, engine } = setUp({
      deliver: (event) => {
        log.push(event);
        if (event === "b") void driver.close();
      },
    });
    engine.wakeAt = 100;
    driver.turn((turn) => {
      for (const event of ["a", "b", "c"]) turn.emit(event);
    });
    expect([log, clock.armed]).toEqual([["a", "b"], []]);
  });

  test("what was sent before leaves: the channel is closed once, and both callers wait for it", async () => {
    const { driver, channel, log } = setUp();
    driver.turn((turn) => turn.send(packet(1)));
    const both = [driver.close(), driver.close()];
    expect(both[0]).toBe(both[1]);
    await Promise.all(both);
    expect([log, channel.closes]).toEqual([["send 1"], 1]);
  });
});
