import { describe, expect, test } from "vitest";
import type { Datagram, Engine, Instant, Link, Turn } from "../../src/core/engine.ts";
import type { Random } from "../../src/core/random.ts";
import { Driver } from "../../src/network/index.ts";
import { Lan, readPcap, simulate } from "../../src/testing/index.ts";
import { bytesOf, Notebook, SSDP, textOf } from "./kit.ts";

/** Says a number now and then, and answers what it hears. */
class Chatterer implements Engine<string> {
  readonly binding = SSDP;
  readonly #random: Random;
  #links: readonly Link[] = [];
  wakeAt: Instant = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  wake(turn: Turn<string>): void {
    this.wakeAt = turn.now + this.#random.between(10, 200);
    for (const link of this.#links)
      turn.send({
        bytes: bytesOf(`say ${this.#random.integer(0, 99)}`),
        to: "group",
        link,
        socket: "shared",
      });
  }

  receive({ bytes, from, link }: Datagram, turn: Turn<string>): void {
    const text = textOf(bytes);
    turn.emit(`${turn.now} ${from.address} ${text}`);
    if (text.startsWith("say") && this.#random.next() < 0.2)
      turn.send({ bytes: bytesOf("answer"), to: from, link, socket: "own" });
  }

  relink(links: readonly Link[]): void {
    this.#links = links;
  }
}

function run(seed: number): { pcap: Uint8Array; events: string[] } {
  const lan = new Lan({ seed, loss: 0.1, duplicate: 0.05, reorder: 0.05, latencyMs: [0.1, 3] });
  const capture = lan.capture();
  const events: string[] = [];
  const hosts = Array.from({ length: 10 }, (_, index) => lan.addHost(`host${index}`));
  for (const host of hosts)
    new Driver(host, new Chatterer(host.random), {
      deliver: (event) => events.push(`${host.name} ${event}`),
    });
  lan.advance(1000);
  lan.weather.partition(hosts.slice(0, 3), hosts.slice(3));
  for (const host of hosts.slice(5)) lan.weather.sleep(host, host.random.between(100, 900));
  lan.advance(1000);
  lan.weather.repair();
  lan.advance(1000);
  return { pcap: capture.pcap(), events };
}

describe("replay", () => {
  test("T-04 the same seed gives the same run, byte for byte; another seed another run", () => {
    const first = run(42);
    expect(first.events.length).toBeGreaterThan(1000);
    const second = run(42);
    expect(Buffer.compare(first.pcap, second.pcap)).toBe(0);
    expect(second.events).toEqual(first.events);
    expect(Buffer.compare(first.pcap, run(43).pcap)).not.toBe(0);
  });

  test("hosts that are added later do not disturb what earlier ones draw", () => {
    const draw = (more: number): number => {
      const lan = new Lan({ seed: 8 });
      const first = lan.addHost("first");
      for (let index = 0; index < more; index++) lan.addHost(`h${index}`);
      return first.random.next();
    };
    expect(draw(0)).toBe(draw(5));
  });
});

describe("simulate", () => {
  test("gives what the body gives", async () => {
    await expect(simulate({ seed: 1 }, async (lan) => lan.seed)).resolves.toBe(1);
  });

  test("T-04 what the body throws tells the seed, and the traffic is at hand", async () => {
    let traffic: Uint8Array = new Uint8Array();
    const onFailure = (pcap: Uint8Array, seed: number): void => {
      expect(seed).toBe(4711);
      traffic = pcap;
    };
    const failing = simulate({ seed: 4711, onFailure }, (lan) => {
      const a = new Notebook(lan.addHost("a"));
      lan.advance(0);
      a.say("evidence");
      expect(a.texts).toEqual(["something else"]);
    });
    await expect(failing).rejects.toThrow(/to deeply equal.*\(seed 4711\)/);
    expect(readPcap(traffic).map((datagram) => textOf(datagram.bytes))).toEqual(["evidence"]);
  });

  test("an error of the LAN tells its seed once; what is no error becomes one", async () => {
    const stuck = await simulate({ seed: 3 }, (lan) => lan.until(new Promise(() => {}))).catch(String);
    expect(stuck).toMatch(/LanError: nothing is left to happen/);
    expect(String(stuck).match(/\(seed 3\)/g)).toHaveLength(1);
    await expect(simulate({ seed: 5 }, () => Promise.reject("no reason"))).rejects.toThrow(
      "no reason (seed 5)",
    );
    const frozen = Object.freeze(new Error("cold"));
    await expect(simulate({ seed: 6 }, () => Promise.reject(frozen))).rejects.toThrow("cold (seed 6)");
  });
});

describe("drivers", () => {
  test("an engine that fails and a listener that throws fail the simulation", () => {
    const lan = new Lan({ seed: 1 });
    const host = lan.addHost("host");
    const engine: Engine<string> = {
      binding: SSDP,
      wakeAt: Number.POSITIVE_INFINITY,
      wake: () => {},
      receive: () => {
        throw new Error("cannot parse");
      },
      relink: (_, __, turn) => turn.emit("linked"),
    };
    const driver = new Driver(host, engine, {
      deliver: () => {
        throw new Error("listener");
      },
    });
    expect(() => lan.advance(0)).toThrow(/uncaught on host at 0 ms: Error: listener/);
    const [link] = host.links;
    driver.turn((turn) =>
      turn.send({ bytes: bytesOf("x"), to: "group", link: link ?? expect.unreachable(), socket: "shared" }),
    );
    expect(() => lan.advance(5)).toThrow(/NetworkError: a datagram could not be processed.*: cannot parse/);
  });

  test("1,000 engines hear each other: a million deliveries", () => {
    const lan = new Lan({ seed: 1 });
    let heard = 0;
    const drivers = Array.from({ length: 1000 }, (_, index) => {
      const host = lan.addHost(`h${index}`);
      const engine: Engine<never> = {
        binding: SSDP,
        wakeAt: Number.POSITIVE_INFINITY,
        wake: () => {},
        receive: () => void heard++,
        relink: () => {},
      };
      return { host, driver: new Driver(host, engine, { deliver: () => {} }) };
    });
    lan.advance(0);
    const bytes = bytesOf("hello");
    for (const { host, driver } of drivers)
      driver.turn((turn) => {
        const [link] = host.links;
        if (link) turn.send({ bytes, to: "group", link, socket: "shared" });
      });
    lan.advance(5);
    expect(heard).toBe(1_000_000);
    expect(lan.stats.delivered).toBe(1_000_000);
  });
});
