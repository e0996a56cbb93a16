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

function stage() {
  const clock = new HandClock();
  const lines: string[] = [];
  const announced = new AnnouncedPeers(clock, {
    admits: () => true,
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

  test("a place that came too soon is taken up when the service is heard again", () => {
    const { clock, lines, announced } = stage();
    for (let port = 1; port <= 9; port++) announced.hear("x", at(`10.0.0.1 ${port}`));
    clock.pass(31_000);
    expect(lines).not.toContain("+ 10.0.0.1 9");
    announced.hear("x", at("10.0.0.1 9"));
    expect(lines.at(-1)).toBe("+ 10.0.0.1 9");
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

  test("closing forgets who was leaving", () => {
    const { clock, lines, announced } = stage();
    announced.hear("x", at("10.0.0.1 1"));
    announced.hear("x", at("10.0.0.1 2"));
    announced.close();
    expect(clock.waiting.size).toBe(0);
    expect(announced.size).toBe(0);
    expect(lines).toEqual(["+ 10.0.0.1 1", "+ 10.0.0.1 2"]);
  });
});
