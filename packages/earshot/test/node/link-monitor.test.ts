import { beforeEach, describe, expect, test } from "vitest";
import { LinkMonitor, type LinkReport, POLL_MS } from "../../src/node/link-monitor.ts";
import type { UsableLink } from "../../src/node/links.ts";
import { linkAt } from "./support.ts";

/** A machine whose time passes when told, awake or asleep. */
class Machine {
  links: UsableLink[] = [linkAt("eth0", "10.0.0.1")];
  looks = 0;
  #now = 0;
  #sleptMs = 0;
  #timer: { at: number; callback: () => void } | undefined;

  readonly monitor = new LinkMonitor(
    () => {
      this.looks++;
      return { links: this.links, skipped: [] };
    },
    {
      now: () => this.#now,
      uptime: () => (this.#now + this.#sleptMs) / 1_000,
      after: (ms, callback) => {
        const timer = { at: this.#now + ms, callback };
        this.#timer = timer;
        return () => {
          if (this.#timer === timer) this.#timer = undefined;
        };
      },
    },
  );

  get isPolling(): boolean {
    return this.#timer !== undefined;
  }

  pass(ms: number): void {
    const end = this.#now + ms;
    while (this.#timer && this.#timer.at <= end) {
      this.#now = Math.max(this.#now, this.#timer.at);
      this.#fire();
    }
    this.#now = end;
  }

  /** Time passes and no timer fires: the process is stopped, or its event loop is held up. */
  stall(ms: number): void {
    this.#now += ms;
  }

  /** The machine sleeps: neither the monotonic clock nor timers run. */
  sleep(ms: number): void {
    this.#sleptMs += ms;
  }

  #fire(): void {
    const timer = this.#timer;
    this.#timer = undefined;
    timer?.callback();
  }
}

let machine: Machine;
let reports: LinkReport[];

beforeEach(() => {
  machine = new Machine();
  reports = [];
});

const watch = (): (() => void) => machine.monitor.watch((report) => reports.push(report));
const real = (): LinkReport[] => reports.filter(({ changed, resumed }) => changed || resumed);

describe("J-13 watching the interfaces", () => {
  test("they are looked at every 3 s while somebody watches, and not before or after", () => {
    expect(machine.isPolling).toBe(false);
    const [stop, stopToo] = [watch(), watch()];
    machine.pass(10 * POLL_MS);
    expect(reports).toHaveLength(20);
    stop();
    stop();
    expect(machine.isPolling).toBe(true);
    stopToo();
    expect(machine.isPolling).toBe(false);
  });

  test("only real differences are told as changes", () => {
    watch();
    machine.pass(60_000);
    expect(real()).toEqual([]);
    machine.links = [linkAt("eth0", "10.0.0.1")];
    machine.pass(POLL_MS);
    expect(real()).toEqual([]);
    machine.links = [linkAt("eth0", "10.0.0.2")];
    machine.pass(2 * POLL_MS);
    expect(real()).toEqual([{ links: machine.links, changed: true, resumed: false }]);
  });

  test("after an error they are looked at at once, but not more than four times a second", () => {
    watch();
    machine.pass(1_000);
    const before = machine.looks;
    for (let errors = 0; errors < 100; errors++) {
      machine.monitor.hasten();
      machine.pass(10);
    }
    expect(machine.looks - before).toBeGreaterThanOrEqual(3);
    expect(machine.looks - before).toBeLessThanOrEqual(5);
  });

  test("nobody watching, the links are read when asked for, and an error hastens nothing", () => {
    expect(machine.monitor.links).toBe(machine.links);
    machine.links = [];
    expect(machine.monitor.links).toEqual([]);
    machine.monitor.hasten();
    expect(machine.isPolling).toBe(false);
  });

  test("who watches first gets no report of a change that there was not", () => {
    watch();
    machine.pass(POLL_MS);
    expect(real()).toEqual([]);
  });
});

describe("F-05 J-18 P6 sleep", () => {
  test("a sleep is seen by the uptime, though no timer came late, and told once", () => {
    watch();
    machine.pass(POLL_MS);
    machine.sleep(8 * 3_600_000);
    machine.pass(5 * POLL_MS);
    expect(real()).toEqual([{ links: machine.links, changed: false, resumed: true }]);
  });

  test("a stopped process is seen by its late timer, and told once, without catching up", () => {
    watch();
    machine.pass(POLL_MS);
    reports = [];
    machine.stall(60_000);
    machine.pass(POLL_MS);
    expect(reports).toHaveLength(2);
    expect(real()).toHaveLength(1);
    expect(reports[0]?.resumed).toBe(true);
  });

  test("F-28 an event loop held up for 2 s is no sleep", () => {
    watch();
    for (let times = 0; times < 20; times++) {
      machine.stall(2_000);
      machine.pass(POLL_MS);
    }
    expect(real()).toEqual([]);
  });

  test("F-06 a machine that never slept never resumes, whatever the calendar does", () => {
    watch();
    machine.pass(3_600_000);
    expect(real()).toEqual([]);
  });
});
