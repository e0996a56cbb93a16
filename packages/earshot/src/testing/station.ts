import type { Instant, Link } from "../core/engine.ts";
import { UsageError } from "../core/errors.ts";
import type { Random } from "../core/random.ts";
import type { Nic } from "./nic.ts";
import type { Happening } from "./timeline.ts";
import type { World } from "./world.ts";

/** Ports handed out when none is asked for: the range that IANA leaves to that. */
const FIRST_EPHEMERAL = 49_152;
/** What the kernel keeps for a program that does not read, all sockets together. */
const BUFFER_BYTES = 212_992;
/** A pause longer than this is taken for a machine that slept. */
const RESUME_AFTER_MS = 5000;

/** What a program holds open on a host and the host tells of its changes. */
export interface Holding {
  relink(resumed: boolean): void;
  /** The program died. */
  kill(): void;
  /** In words, for messages. */
  describe(): string;
}

/** The machine behind a `Host`: its interfaces, what runs on it, and whether it runs at all. */
export class Station {
  readonly name: string;
  readonly world: World;
  readonly random: Random;
  /** In the order they were added. */
  readonly nics: Map<string, Nic> = new Map();
  readonly holdings: Set<Holding> = new Set();
  /** How long until a change of links is noticed, in milliseconds. */
  readonly noticeMs: number;
  /** Added to what the calendar says, in milliseconds. */
  wallOffsetMs = 0;
  /** Code of the fault that every datagram sent meets; `undefined` when they leave. */
  refusing: string | undefined;
  /** Whether programs ever died here. */
  hasCrashed = false;
  readonly #cuts = new Set<Station>();
  readonly #ports = new Set<string>();
  readonly #blocked = new Set<number>();
  #timers = new Set<Happening>();
  #overdue: (() => void)[] = [];
  #buffered: (() => void)[] = [];
  #bufferedBytes = 0;
  #pause: { readonly kind: "sleep" | "stall"; readonly from: Instant; readonly until: Instant } | undefined;

  constructor(name: string, world: World, random: Random, noticeMs: number) {
    this.name = name;
    this.world = world;
    this.random = random;
    this.noticeMs = noticeMs;
  }

  /** Whether its programs run. */
  get awake(): boolean {
    return this.#pause === undefined;
  }

  /** Whether it is on: a stalled program's kernel still answers, a machine that sleeps does not. */
  get reachable(): boolean {
    return this.#pause?.kind !== "sleep";
  }

  get links(): readonly Link[] {
    return [...this.nics.values()].flatMap((nic) => nic.links);
  }

  /** Hosts that hear nothing from this one and say nothing to it; `undefined` when there is none. */
  get cuts(): ReadonlySet<Station> | undefined {
    return this.#cuts.size > 0 ? this.#cuts : undefined;
  }

  isCutFrom(other: Station | undefined): boolean {
    return other !== undefined && this.#cuts.has(other);
  }

  cut(other: Station): void {
    if (other === this) return;
    this.#cuts.add(other);
    other.#cuts.add(this);
  }

  mend(other: Station): void {
    this.#cuts.delete(other);
    other.#cuts.delete(this);
  }

  nic(name: string | undefined): Nic {
    const nic = name === undefined ? this.nics.values().next().value : this.nics.get(name);
    if (nic) return nic;
    throw new UsageError("NO_SUCH_INTERFACE", `${this.name} has no interface ${name ?? "at all"}`);
  }

  nicOf(link: Pick<Link, "interfaceName">): Nic | undefined {
    return this.nics.get(link.interfaceName);
  }

  /** A timer of a program on this host: late when the host is not awake, never when the program died. */
  at(instant: Instant, callback: () => void): () => void {
    if (Number.isNaN(instant)) throw new UsageError("INVALID_INSTANT", "a timer cannot be set for NaN");
    let live = true;
    const run = (): void => {
      if (!live) return;
      live = false;
      this.world.guard(this.name, callback);
    };
    const happening = this.world.timeline.set(instant, () => this.#due(happening, run), this.name);
    this.#timers.add(happening);
    return () => {
      live = false;
      happening.cancel();
      this.#timers.delete(happening);
    };
  }

  /** Runs a program's code now, or when the host runs again. */
  whenAwake(run: () => void): void {
    if (this.awake) this.world.guard(this.name, run);
    else this.#overdue.push(() => this.world.guard(this.name, run));
  }

  /** Keeps a datagram for a stalled program; a host that sleeps hears nothing. */
  buffer(bytes: number, passage: () => void): void {
    if (this.#pause?.kind === "sleep") this.world.stats.asleep++;
    else if (this.#bufferedBytes + bytes > BUFFER_BYTES) this.world.stats.overflowed++;
    else {
      this.#bufferedBytes += bytes;
      this.#buffered.push(passage);
    }
  }

  /** Tells the programs that links changed, once they can notice. */
  changed(): void {
    this.at(this.world.timeline.now + this.noticeMs, () => this.#relink(false));
  }

  /** `sleep`: the machine is off for a while. `stall`: only its programs stand still, and sockets fill up. */
  pause(kind: "sleep" | "stall", ms: number): void {
    const { now } = this.world.timeline;
    const until = Math.max(this.#pause?.until ?? 0, now + ms);
    this.#pause = {
      kind: this.#pause?.kind === "sleep" ? "sleep" : kind,
      from: this.#pause?.from ?? now,
      until,
    };
    this.#refresh();
    this.world.timeline.set(until, () => this.#wake(), this.name);
  }

  /** The programs die without a word: their sockets, timers and servers are gone, and the machine stays. */
  crash(): void {
    this.hasCrashed = true;
    for (const holding of this.holdings) holding.kill();
    this.holdings.clear();
    for (const timer of this.#timers) timer.cancel();
    this.#timers = new Set();
    this.#overdue = [];
    this.#dropBuffered();
  }

  /** Whether a port can be shared: another program may keep it to itself. */
  isBlocked(port: number): boolean {
    return this.#blocked.has(port);
  }

  block(port: number): void {
    this.#blocked.add(port);
  }

  unblock(port: number): void {
    this.#blocked.delete(port);
  }

  /** The lowest free port of ours. */
  claimPort(transport: "udp" | "tcp"): number {
    let port = FIRST_EPHEMERAL;
    while (this.#ports.has(`${transport} ${port}`) || this.#blocked.has(port)) port++;
    if (port > 65_535)
      throw new UsageError("NO_FREE_PORT", `${this.name} has no free ${transport} port left`);
    this.#ports.add(`${transport} ${port}`);
    return port;
  }

  freePort(transport: "udp" | "tcp", port: number): void {
    this.#ports.delete(`${transport} ${port}`);
  }

  newNic(name: string, make: () => Nic): Nic {
    const nic = make();
    this.nics.set(name, nic);
    nic.refresh();
    return nic;
  }

  /** What it has open and what it waits for, in words. */
  describe(): string {
    const timers = [...this.#timers].map((timer) => timer.at).sort((a, b) => a - b);
    const soonest = timers.length > 0 ? `${timers.length} timers, the next at ${timers[0]} ms` : "no timer";
    const state = this.#pause ? `${this.#pause.kind} until ${this.#pause.until} ms; ` : "";
    const links = this.links.length > 0 ? "" : "no link; ";
    const open = [...this.holdings].map((holding) => holding.describe());
    return `${this.name}: ${state}${links}${open.length > 0 ? open.join("; ") : "nothing open"}; ${soonest}`;
  }

  #due(happening: Happening, run: () => void): void {
    this.#timers.delete(happening);
    if (this.awake) run();
    else this.#overdue.push(run);
  }

  #relink(resumed: boolean): void {
    for (const holding of [...this.holdings]) holding.relink(resumed);
  }

  #wake(): void {
    const pause = this.#pause;
    if (!pause || this.world.timeline.now < pause.until) return;
    this.#pause = undefined;
    this.#refresh();
    if (pause.kind === "sleep" || pause.until - pause.from > RESUME_AFTER_MS) this.#relink(true);
    while (this.awake && this.#overdue.length > 0) this.#overdue.shift()?.();
    if (this.awake) for (const passage of this.#dropBuffered()) passage();
  }

  #dropBuffered(): (() => void)[] {
    const buffered = this.#buffered;
    this.#buffered = [];
    this.#bufferedBytes = 0;
    return buffered;
  }

  #refresh(): void {
    for (const nic of this.nics.values()) nic.refresh();
  }
}
