import type { BoundLink, Datagram, Engine, Outgoing, Turn } from "../../src/core/engine.ts";
import { NetworkError } from "../../src/core/errors.ts";
import { Random } from "../../src/core/random.ts";
import { Driver, type DriverOptions } from "../../src/network/driver.ts";
import type { Channel, ChannelListener, Clock, Fault, Network } from "../../src/network/network.ts";

const NEVER = Number.POSITIVE_INFINITY;

export const link: BoundLink = {
  id: "eth0/4",
  interfaceName: "eth0",
  family: 4,
  address: "192.0.2.1",
  prefixLength: 24,
  addresses: [{ address: "192.0.2.1", prefixLength: 24 }],
  sharedPort: 1900,
  ownPort: 50000,
};

export interface SetUp {
  readonly driver: Driver<string>;
  readonly network: FakeNetwork;
  readonly clock: FakeClock;
  readonly channel: FakeChannel;
  readonly engine: FakeEngine;
  /** What left and what was delivered, in order. */
  readonly log: string[];
  readonly faults: Fault[];
}

export function setUp(
  options: { [Name in keyof DriverOptions<string>]?: DriverOptions<string>[Name] | undefined } = {},
): SetUp {
  const log: string[] = [];
  const faults: Fault[] = [];
  const network = new FakeNetwork(log);
  const engine = new FakeEngine();
  const { deliver = (event) => void log.push(`event ${event}`), report } = options;
  const fault = "fault" in options ? options.fault : (told: Fault) => void faults.push(told);
  const driver = new Driver(network, engine, { deliver, ...(fault && { fault }), ...(report && { report }) });
  return { driver, network, clock: network.clock, channel: network.channel, engine, log, faults };
}

export class FakeEngine implements Engine<string> {
  readonly binding = { port: 1900, groups: { 4: ["239.255.255.250"], 6: [] }, hops: 2 };
  wakeAt = NEVER;
  wakes = 0;
  onWake: (turn: Turn<string>) => void = () => {
    this.wakeAt = NEVER;
  };
  onReceive: Engine<string>["receive"] = () => {};
  onRelink: Engine<string>["relink"] = () => {};
  wants: (bytes: Uint8Array) => boolean = () => true;

  wake(turn: Turn<string>): void {
    this.wakes++;
    this.onWake(turn);
  }

  receive(datagram: Datagram, turn: Turn<string>): void {
    this.onReceive(datagram, turn);
  }

  relink(links: readonly BoundLink[], resumed: boolean, turn: Turn<string>): void {
    this.onRelink(links, resumed, turn);
  }
}

export class FakeClock implements Clock {
  time = 0;
  calendar = new Date(0);
  timesArmed = 0;
  /** Most timers armed at once. */
  most = 0;
  readonly #timers = new Map<number, { at: number; callback: () => void }>();

  /** The instants of the timers armed. */
  get armed(): readonly number[] {
    return [...this.#timers.values()].map(({ at }) => at);
  }

  now(): number {
    return this.time;
  }

  wall(): Date {
    return this.calendar;
  }

  at(at: number, callback: () => void): () => void {
    const id = this.timesArmed++;
    this.#timers.set(id, { at, callback });
    this.most = Math.max(this.most, this.#timers.size);
    return () => this.#timers.delete(id);
  }

  advance(to: number): void {
    for (;;) {
      const due = [...this.#timers].filter(([, { at }]) => at <= to).sort(([, a], [, b]) => a.at - b.at);
      const first = due[0];
      if (!first) break;
      this.#fire(first[0], Math.max(this.time, first[1].at));
    }
    this.time = to;
  }

  /** Runs the one timer before its instant. */
  fireEarly(now: number): void {
    for (const id of [...this.#timers.keys()]) this.#fire(id, now);
  }

  #fire(id: number, now: number): void {
    const timer = this.#timers.get(id)!;
    this.#timers.delete(id);
    this.time = now;
    timer.callback();
  }
}

export class FakeChannel implements Channel {
  readonly sent: Outgoing[] = [];
  readonly ready: Promise<void>;
  becomeReady: () => void = () => {};
  binding: unknown;
  listener: ChannelListener | undefined;
  closes = 0;
  readonly #log: string[];

  constructor(log: string[]) {
    this.#log = log;
    this.ready = new Promise((resolve) => {
      this.becomeReady = resolve;
    });
  }

  send(outgoing: Outgoing): void {
    this.sent.push(outgoing);
    this.#log.push(`send ${outgoing.bytes[0]}`);
  }

  async close(): Promise<void> {
    this.closes++;
  }
}

export class FakeNetwork implements Network {
  readonly clock = new FakeClock();
  readonly random = new Random(1);
  readonly links = [link];
  readonly system = "Test/1";
  readonly http = { request: () => Promise.reject(new NetworkError("X", "no HTTP here")) };
  readonly channel: FakeChannel;
  report?: (error: unknown) => void;

  constructor(log: string[]) {
    this.channel = new FakeChannel(log);
  }

  open(binding: unknown, listener: ChannelListener): Channel {
    this.channel.binding = binding;
    this.channel.listener = listener;
    return this.channel;
  }

  listen(): Promise<never> {
    return Promise.reject(new NetworkError("X", "no HTTP here"));
  }

  uuid(): string {
    return "00000000-0000-4000-8000-000000000000";
  }
}

export function packet(byte: number): Outgoing {
  return { bytes: Uint8Array.of(byte), to: "group", link, socket: "shared" };
}

export function datagram(byte: number): Datagram {
  return {
    bytes: Uint8Array.of(byte),
    from: { address: "192.0.2.7", port: 1900 },
    link,
    socket: "shared",
    to: "group",
  };
}

/** What was thrown where nobody can catch it: the test runner's own listeners stand aside for so long. */
export async function uncaughtOf(action: () => void): Promise<unknown[]> {
  const uncaught: unknown[] = [];
  const others = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", (error) => void uncaught.push(error));
  try {
    action();
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.removeAllListeners("uncaughtException");
    for (const other of others) process.on("uncaughtException", other);
  }
  return uncaught;
}
