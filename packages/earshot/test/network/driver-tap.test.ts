import { describe, expect, test } from "vitest";
import type { Tap } from "../../src/network/driver.ts";
import { datagram, packet, setUp } from "./fake-network.ts";

/** Writes what it is told into the log of the rig, among all else that happens there. */
function logging(log: string[]): Tap<string> {
  return {
    received: ({ bytes }, events) => void log.push(`in ${bytes[0]} (${events.join()})`),
    sent: ({ bytes }) => void log.push(`out ${bytes[0]}`),
  };
}

describe("F21 a tap on a driver", () => {
  test("is told of what was heard, with what became of it, before anything of that leaves or is delivered", () => {
    const { driver, channel, engine, log } = setUp();
    driver.tap = logging(log);
    engine.onReceive = ({ bytes }, turn) => {
      turn.emit("answered");
      turn.send(packet((bytes[0] ?? 0) + 1));
    };
    channel.listener?.datagram(datagram(7));
    expect(log).toEqual(["in 7 (answered)", "send 8", "out 8", "event answered"]);
  });

  test("is told of datagrams that the engine does not want", () => {
    const { driver, channel, engine, log } = setUp();
    engine.wants = () => false;
    engine.onReceive = () => void log.push("received");
    driver.tap = logging(log);
    channel.listener?.datagram(datagram(7));
    expect(log).toEqual(["in 7 ()"]);
  });

  test("is told of a datagram at which the engine fails", () => {
    const { driver, channel, engine, log, faults } = setUp();
    driver.tap = logging(log);
    engine.onReceive = (_, turn) => {
      turn.emit("half");
      throw new Error("broken");
    };
    channel.listener?.datagram(datagram(7));
    expect(log.slice(0, 2)).toEqual(["in 7 (half)", "event half"]);
    expect(faults).toHaveLength(1);
  });

  test("is told of what is sent in any turn, and of nothing once it is taken off", () => {
    const { driver, channel, log } = setUp();
    driver.tap = logging(log);
    driver.turn((turn) => turn.send(packet(1)));
    driver.tap = undefined;
    driver.turn((turn) => turn.send(packet(2)));
    channel.listener?.datagram(datagram(3));
    expect(log).toEqual(["send 1", "out 1", "send 2"]);
  });

  test("that throws loses nothing: all is sent and delivered, and the error is reported", () => {
    const reports: unknown[] = [];
    const { driver, channel, engine, log } = setUp({ report: (error) => void reports.push(error) });
    const fail = (): never => {
      throw new Error("tap");
    };
    driver.tap = { received: fail, sent: fail };
    engine.onReceive = (_, turn) => {
      turn.send(packet(1));
      turn.emit("heard");
    };
    channel.listener?.datagram(datagram(7));
    expect(log).toEqual(["send 1", "event heard"]);
    expect(reports).toEqual([new Error("tap"), new Error("tap")]);
  });

  test("is told nothing after the driver was closed", async () => {
    const { driver, channel, log } = setUp();
    driver.tap = logging(log);
    await driver.close();
    channel.listener?.datagram(datagram(7));
    driver.turn((turn) => turn.send(packet(1)));
    expect(log.filter((line) => /^(in|out) /.test(line))).toEqual([]);
  });
});
