import { describe, expect, test } from "vitest";
import { AnnouncedPeers } from "../../src/discovery/announced-peers.ts";
import type { Peer } from "../../src/index.ts";
import type { Clock } from "../../src/network/index.ts";

/** A clock that is set by hand, and shows how many wait for it. */
class HandClock implements Clock {
  readonly waiting = new Set<{ readonly at: number; readonly callback: () => void }>();
  #now = 0;

  now(): number {
    return this.#now;
  }

  wall(): Date {
    return new Date(this.#now);
  }

  at(at: number, callback: () => void): () => void {
    const timer = { at, callback };
    this.waiting.add(timer);
    return () => void this.waiting.delete(timer);
  }

  pass(ms: number): void {
    this.#now += ms;
    for (const timer of [...this.waiting].filter(({ at }) => at <= this.#now)) {
      this.waiting.delete(timer);
      timer.callback();
    }
  }
}

/** @param admitsIn in how many ms new places are admitted. */
function stage(admitsIn: (now: number) => number = () => 0) {
  const clock = new HandClock();
  const lines: string[] = [];
  const announced = new AnnouncedPeers(clock, {
    admits: () => admitsIn(clock.now()) === 0,
    admitsIn: () => admitsIn(clock.now()),
    come: (key) => void lines.push(`+ ${key}`),
    go: (key, reason) => void lines.push(`- ${key} ${reason}`),
  });
  return { clock, lines, announced };
}

function at(...places: readonly string[]): ReadonlyMap<string, Peer> {
  return new Map(
    places.map((place) => {
      const [address = "", port] = place.split(" ");
      return [
        place,
        { name: "a", network: "b", address, port: Number(port), link: "eth0/4", udn: undefined },
      ];
    }),
  );
}

describe("peers that announce themselves", () => {
  test("one that moves 10,000 times at once is told of eight times, then once in 30 seconds", () => {
    const { clock, lines, announced } = stage();
    for (let port = 1; port <= 10_000; port++) {
      announced.hear("x", at(`10.0.0.1 ${port}`));
      expect(announced.size).toBeLessThanOrEqual(8);
      expect(clock.waiting.size).toBeLessThanOrEqual(8);
    }
    expect(lines.filter((line) => line.startsWith("+"))).toHaveLength(8);
    clock.pass(1000);
    for (let second = 0; second < 300; second++) {
      announced.hear("x", at(`10.0.0.1 ${20_000 + second}`));
      clock.pass(1000);
    }
    expect(lines.filter((line) => line.startsWith("+"))).toHaveLength(18);
    expect(lines.filter((line) => line.startsWith("-")).length).toBeGreaterThanOrEqual(17);
    expect(announced.size).toBeLessThanOrEqual(1);
  });

  test("of the places that came too soon the newest is taken up as soon as it may be, with nothing more heard", () => {
    const { clock, lines, announced } = stage();
    for (let port = 1; port <= 10; port++) announced.hear("x", at(`10.0.0.1 ${port}`));
    expect(announced.waiting).toBe(1);
    clock.pass(1000);
    expect(announced.size).toBe(0);
    clock.pass(28_999);
    expect(lines).toHaveLength(16);
    clock.pass(1);
    expect(lines.slice(16)).toEqual(["+ 10.0.0.1 10"]);
    expect(announced.waiting).toBe(0);
    expect(clock.waiting.size).toBe(0);
  });

  test("a place that is one too many is taken up when another has left", () => {
    const { clock, lines, announced } = stage();
    const ports = Array.from({ length: 9 }, (_, index) => `10.0.0.1 ${index + 1}`);
    announced.hear("x", at(...ports.slice(0, 8)));
    clock.pass(60_000);
    announced.hear("x", at(...ports.slice(1)));
    expect(lines).toHaveLength(8);
    clock.pass(1000);
    expect(lines.slice(8)).toEqual(["- 10.0.0.1 1 expired", "+ 10.0.0.1 9"]);
    expect(clock.waiting.size).toBe(0);
  });

  test("places that are not admitted are taken up when they are, but not those that left meanwhile", () => {
    const { clock, lines, announced } = stage((now) => Math.max(0, 5000 - now));
    for (const id of ["a", "b", "c"]) announced.hear(id, at(`10.0.0.1 ${id.charCodeAt(0)}`));
    announced.hear("b", at("10.0.0.1 1"));
    announced.lose("c", "goodbye");
    expect(clock.waiting.size).toBe(1);
    clock.pass(4999);
    expect(lines).toEqual([]);
    clock.pass(1);
    expect(lines).toEqual(["+ 10.0.0.1 97", "+ 10.0.0.1 1"]);
    expect(clock.waiting.size).toBe(0);
  });

  test("of those that wait 8 of one service are kept, of one address 32, of all 1,024, with one timer", () => {
    const { clock, lines, announced } = stage((now) => Math.max(0, 5000 - now));
    announced.hear("x", at(...Array.from({ length: 100 }, (_, index) => `10.0.0.1 ${index + 1}`)));
    expect(announced.waiting).toBe(8);
    for (let id = 0; id < 100; id++) announced.hear(`one ${id}`, at(`10.0.0.2 ${id + 1}`));
    expect(announced.waiting).toBe(40);
    for (let id = 0; id < 1500; id++) announced.hear(`many ${id}`, at(`10.1.${id >> 4}.1 ${(id & 15) + 1}`));
    expect(announced.waiting).toBe(1024);
    expect(clock.waiting.size).toBe(1);
    clock.pass(5000);
    expect(lines).toHaveLength(1024);
    expect(lines).toContain("+ 10.0.0.1 100");
    expect(announced.waiting).toBe(0);
  });

  test("one place that is announced again in time has never left", () => {
    const { clock, lines, announced } = stage();
    announced.hear("x", at("10.0.0.1 1", "fe80::1 1"));
    announced.hear("x", at("fe80::1 1"));
    clock.pass(999);
    announced.hear("x", at("10.0.0.1 1", "fe80::1 1"));
    clock.pass(5000);
    expect(lines).toEqual(["+ 10.0.0.1 1", "+ fe80::1 1"]);
    announced.lose("x", "goodbye");
    expect(lines.slice(2)).toEqual(["- 10.0.0.1 1 goodbye", "- fe80::1 1 goodbye"]);
    expect(announced.size).toBe(0);
  });

  test("F36 of one address 32 are kept, of all 1,024, and the crowd makes room for the others", () => {
    const { lines, announced } = stage();
    announced.hear("honest", at("10.9.9.9 1"));
    for (let id = 0; id < 33; id++) announced.hear(`one ${id}`, at(`10.0.0.1 ${id + 1}`));
    expect(announced.size).toBe(33);
    expect(lines.filter((line) => line.startsWith("-"))).toEqual(["- 10.0.0.1 1 evicted"]);
    for (let id = 0; id < 1500; id++) announced.hear(`many ${id}`, at(`10.1.${id >> 4}.1 ${(id & 15) + 1}`));
    expect(announced.size).toBe(1024);
    expect(lines).not.toContain("- 10.9.9.9 1 evicted");
    announced.lose("one 0", "goodbye");
    expect(lines.at(-1)).toMatch(/evicted$/);
  });

  test("closing forgets who was leaving, and who waited", () => {
    const { clock, lines, announced } = stage((now) => (now < 1 ? 0 : 5000));
    announced.hear("x", at("10.0.0.1 1"));
    announced.hear("x", at("10.0.0.1 2"));
    clock.pass(1);
    announced.hear("y", at("10.0.0.1 3"));
    expect(clock.waiting.size).toBe(2);
    announced.close();
    expect(clock.waiting.size).toBe(0);
    expect(announced.waiting).toBe(0);
    expect(announced.size).toBe(0);
    expect(lines).toEqual(["+ 10.0.0.1 1", "+ 10.0.0.1 2"]);
  });
});
