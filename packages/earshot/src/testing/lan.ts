import type { Endpoint, Instant } from "../core/engine.ts";
import { UsageError } from "../core/errors.ts";
import { Random } from "../core/random.ts";
import { Capture } from "./capture.ts";
import { type Conditions, conditionsOf } from "./conditions.ts";
import { Host } from "./host.ts";
import { LanError } from "./lan-error.ts";
import { Nic } from "./nic.ts";
import { Segment } from "./segment.ts";
import { Station } from "./station.ts";
import { Weather } from "./weather.ts";
import { type LanStats, World } from "./world.ts";

/** What every segment is like at first, and what the calendar says. */
export interface LanOptions extends Partial<Conditions> {
  /** The same seed and the same program give the same run, byte for byte. */
  readonly seed: number;
  /** What the calendar says at instant 0. @default 2030-01-01T00:00:00Z */
  readonly startsAt?: Date;
}

export interface InterfaceOptions {
  /** Such as `eth0`. */
  readonly name: string;
  /** The segment it is plugged into. @default "lan" */
  readonly segment?: string;
  /** With prefix, such as `192.168.1.10/24`, `fe80::10/64`. @default one of 10.0.0.0/16 and one of fe80::/64, by order */
  readonly addresses?: readonly string[];
  /** What `Link.mtu` says, in bytes; packets of any size pass nevertheless. @default nothing */
  readonly mtu?: number;
}

export interface HostOptions {
  /** Addresses of the only interface, `eth0`, on segment `lan`. Not together with `interfaces`. */
  readonly addresses?: readonly string[];
  readonly interfaces?: readonly InterfaceOptions[];
  /** Time until a change of links is noticed, in milliseconds. @default 0 */
  readonly noticeMs?: number;
  /** Seeds what the host draws, whoever else is on the LAN. @default drawn from the LAN's seed */
  readonly seed?: number;
}

/** A datagram that a test puts on the wire, with whatever source it claims. */
export interface Injection {
  /** @default "lan" */
  readonly segment?: string;
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly bytes: Uint8Array;
}

/** Most virtual time that a closing program is given, in milliseconds. */
const FINISH_MS = 5_000;
/** So many things at one instant are no simulation but a loop. */
const MOST_AT_ONCE = 1_000_000;
const DEFAULT_WITHIN_MS = 600_000;
const DEFAULT_START_MS = 1_893_456_000_000;
const MOST_DEFAULT_ADDRESSES = 65_534;

/** A network that is not there: hosts, segments and weather in virtual time, replayed from a seed. */
export class Lan {
  readonly seed: number;
  readonly weather: Weather;
  readonly #world: World;
  readonly #conditions: Conditions;
  readonly #random: Random;
  readonly #segments = new Map<string, Segment>();
  readonly #stations = new Map<Host, Station>();
  readonly #names = new Set<string>();
  readonly #plugs = new Map<string, number>();

  constructor(options: LanOptions) {
    this.seed = options.seed;
    this.#random = new Random(options.seed);
    this.#conditions = conditionsOf(options);
    this.#world = new World(
      options.seed,
      this.#random.fork(),
      options.startsAt?.getTime() ?? DEFAULT_START_MS,
    );
    this.weather = new Weather({
      segments: this.#segments,
      stations: this.#stations,
      segment: (name) => this.#segment(name),
    });
    this.#segment("lan");
  }

  /** Milliseconds since the start. */
  get now(): Instant {
    return this.#world.timeline.now;
  }

  /** What happened to datagrams so far. */
  get stats(): Readonly<LanStats> {
    return { ...this.#world.stats };
  }

  get hosts(): readonly Host[] {
    return [...this.#stations.keys()];
  }

  /** Adds a machine. Its name is for messages, and for what `uuid()` says. @throws UsageError */
  addHost(name: string, options: HostOptions = {}): Host {
    if (this.#names.has(name))
      throw new UsageError("DUPLICATE_HOST", `there is a host named ${name} already`);
    this.#names.add(name);
    const random = options.seed === undefined ? this.#random.fork() : new Random(options.seed);
    const station = new Station(name, this.#world, random, options.noticeMs ?? 0);
    for (const plan of interfacesOf(options)) {
      const segment = this.#segment(plan.segment ?? "lan");
      const nic = station.newNic(plan.name, () => new Nic(plan.name, station, segment, plan.mtu));
      nic.plug(segment, plan.addresses ?? this.#nextAddresses(segment.name));
    }
    const host = new Host(station, (promise) => this.#finish(station, promise));
    this.#stations.set(host, station);
    return host;
  }

  /** Lets virtual time pass, synchronously: promises settle only after it returned. @throws LanError `UNCAUGHT` */
  advance(ms: number): void {
    const { timeline } = this.#world;
    const end = timeline.now + ms;
    if (!(ms >= 0 && end < Number.POSITIVE_INFINITY))
      throw new UsageError("INVALID_DURATION", `time cannot pass by ${ms} ms`);
    while (timeline.nextAt <= end) this.#runInstant();
    timeline.skipTo(end);
    this.#world.throwUncaught();
  }

  /**
   * Lets virtual time pass until the promise settles, and settles as it does.
   * @throws LanError at once when nothing is left to happen (`DEADLOCK`), when the promise is pending after `withinMs`
   * of virtual time (`TOO_LATE`, @default 10 minutes), and when code on a host threw (`UNCAUGHT`)
   */
  async until<T>(promise: PromiseLike<T>, options: { readonly withinMs?: number } = {}): Promise<T> {
    const { timeline } = this.#world;
    const limit = timeline.now + (options.withinMs ?? DEFAULT_WITHIN_MS);
    const settled = watch(promise);
    for (let idle = 0; ; ) {
      await macrotask();
      this.#world.throwUncaught();
      if (settled.outcome) return unwrap(settled.outcome);
      if (timeline.nextAt > limit) {
        if (timeline.nextAt === Number.POSITIVE_INFINITY && idle++ < 3) continue;
        throw this.#stuck(limit);
      }
      idle = 0;
      this.#runInstant();
    }
  }

  /** Puts a datagram on the wire as if from anywhere. A host drops it when the source is not on-link, as real ones do. */
  inject(injection: Injection): void {
    const { from, to, bytes } = injection;
    const segment = this.#segment(injection.segment ?? "lan");
    segment.send({ bytes: bytes.slice(), from, to, hops: 64, sender: undefined });
  }

  /** Records every datagram sent from now on. */
  capture(): Capture {
    return new Capture((recorder) => this.#world.record(recorder), this.#world.epochMs);
  }

  /** What each host has open and waits for, one line each. */
  describe(): string {
    return [...this.#stations.values()].map((station) => `  ${station.describe()}`).join("\n");
  }

  /** On a host that crashed or sleeps nothing can be waited for: it is given up quietly. */
  async #finish(station: Station, promise: Promise<void>): Promise<void> {
    try {
      await this.until(promise, { withinMs: FINISH_MS });
    } catch (error) {
      const isStuck = error instanceof LanError && (error.code === "DEADLOCK" || error.code === "TOO_LATE");
      const isHopeless = station.hasCrashed || !station.awake;
      if (!(isStuck && isHopeless)) throw error;
    }
  }

  #runInstant(): void {
    const { timeline } = this.#world;
    const at = timeline.nextAt;
    for (let count = 0; timeline.nextAt === at; count++) {
      if (count > MOST_AT_ONCE)
        throw new LanError("LIVELOCK", `the instant ${at} ms does not end\n${this.describe()}\n`, this.seed);
      timeline.runNext();
    }
    this.#world.throwUncaught();
  }

  #stuck(limit: Instant): LanError {
    const { timeline } = this.#world;
    const left = timeline.nextAt !== Number.POSITIVE_INFINITY;
    if (left) timeline.skipTo(limit);
    const what = left
      ? `the promise is still pending at ${limit} ms, the most it was given`
      : `nothing is left to happen at ${this.now} ms, and the promise is still pending`;
    return new LanError(left ? "TOO_LATE" : "DEADLOCK", `${what}\n${this.describe()}\n`, this.seed);
  }

  #segment(name: string): Segment {
    const segment = this.#segments.get(name) ?? new Segment(name, this.#world, this.#conditions);
    this.#segments.set(name, segment);
    return segment;
  }

  /** `10.{segment}.x.y/16` and `fe80::…/64`, by the order in which interfaces were plugged into the segment. */
  #nextAddresses(segment: string): readonly string[] {
    const order = (this.#plugs.get(segment) ?? 0) + 1;
    const number = [...this.#segments.keys()].indexOf(segment);
    if (order > MOST_DEFAULT_ADDRESSES || number > 255)
      throw new UsageError("NO_ADDRESS", "there are no default addresses left: say which ones the host has");
    this.#plugs.set(segment, order);
    const ipv6 = `fe80::${number === 0 ? "" : `${number.toString(16)}:`}${order.toString(16)}`;
    return [`10.${number}.${order >> 8}.${order & 255}/16`, `${ipv6}/64`];
  }
}

function interfacesOf({ addresses, interfaces }: HostOptions): readonly InterfaceOptions[] {
  if (!interfaces) return [{ name: "eth0", ...(addresses ? { addresses } : {}) }];
  if (!addresses) return interfaces;
  throw new UsageError("ADDRESSES_TWICE", "give the addresses of each interface with the interface");
}

type Outcome<T> = { readonly value: T } | { readonly error: unknown };

function watch<T>(promise: PromiseLike<T>): { readonly outcome: Outcome<T> | undefined } {
  const settled: { outcome: Outcome<T> | undefined } = { outcome: undefined };
  promise.then(
    (value) => {
      settled.outcome = { value };
    },
    (error: unknown) => {
      settled.outcome = { error };
    },
  );
  return settled;
}

function unwrap<T>(outcome: Outcome<T>): T {
  if ("error" in outcome) throw outcome.error;
  return outcome.value;
}

/** Everything that only waited for promises has run when this resolves. */
function macrotask(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
