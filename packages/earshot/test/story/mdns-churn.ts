import { setImmediate } from "node:timers/promises";
import { Random } from "../../src/core/random.ts";
import { Earshot } from "../../src/earshot.ts";
import type { Advertisement, Browser, DnsSdService } from "../../src/index.ts";
import { type Conditions, type Host, Lan } from "../../src/testing/index.ts";
import { disagreements, type There } from "./mdns-churn-judge.ts";

/** How long others believe what is said of a name, a text, a host and an address, in seconds. */
const TTL_S = 60;
/**
 * Until nobody believes any more what nobody says: its life, and 3 seconds in which an SRV record may come back; until who
 * lost his address, and is doubted since, has been asked for in vain: 10 seconds (RFC 6762 §10.4).
 */
const EXPIRY_MS: number = TTL_S * 1000 + 3000 + 10_000;
/** Who comes when the sky is clear has asked at 0, 1 and 3 seconds by then. */
const SOON_MS = 5000;
const CALM: Partial<Conditions> = { loss: 0, duplicate: 0, reorder: 0, latencyMs: [0.2, 1] };
const TYPE = "_churn._tcp";
/** Few, so that several hosts want the same. */
const NAMES = ["Kitchen", "Office", "Hall", "Attic"] as const;
const HOSTS = ["pi", "nas", undefined, undefined] as const;
const MOST_OFFERS = 2;
const LOOK_EVERY_MS = 1000;

export interface LifeOptions {
  /** Records all traffic. @default false */
  readonly capture?: boolean;
  /** How long after the sky cleared all must agree, in ms. @default until all that is old ran out, and all have asked again */
  readonly settleMs?: number;
}

/** What one seed lived through. */
export interface Life {
  readonly events: readonly string[];
  /** Services held by all browsers together at the end. */
  readonly held: number;
  /** Why the browsers do not agree with what is there, a line each; none when all is well. */
  readonly disagreements: readonly string[];
  /** How long after the sky cleared nothing was missing any more, in ms; and nothing wrong either. */
  readonly completeMs: number;
  readonly agreedMs: number;
  /** How often a name had to give way. */
  readonly renamings: number;
  readonly pcap?: Uint8Array;
}

/**
 * Five to eight hosts on one LAN, of which several want the same names; some come, go, crash, move, sleep, are cut off,
 * rename and change what they offer for some minutes in bad weather. Then the sky clears. Who looks only then must hold
 * exactly what is there within 5 seconds; the others when what they know is no longer believed, or at their next query:
 * the interval from one to the next doubles (RFC 6762 §5.2), so that it comes no later than the time they have looked so far.
 */
export function live(seed: number, options: LifeOptions = {}): Promise<Life> {
  return new Village(seed, options.capture ?? false).live(options.settleMs);
}

interface Cottage {
  readonly host: Host;
  readonly wantedHost: string | undefined;
  address: string;
  program: Program | undefined;
}

interface Program {
  readonly earshot: Earshot;
  readonly browser: Browser<DnsSdService>;
  readonly since: number;
  readonly offers: Set<Stand>;
}

/** What somebody offers, and says of it. */
interface Stand {
  readonly advertisement: Advertisement;
  port: number;
  text: string;
}

class Village {
  readonly #random: Random;
  readonly #lan: Lan;
  readonly #cottages: Cottage[];
  readonly #events: string[] = [];
  readonly #capture: ReturnType<Lan["capture"]> | undefined;
  readonly #isDual: boolean;
  #addresses = 0;
  #numbers = 0;
  #renamings = 0;

  constructor(seed: number, capture: boolean) {
    this.#random = new Random(seed);
    this.#lan = new Lan({ seed, ...this.#weather() });
    this.#capture = capture ? this.#lan.capture() : undefined;
    this.#isDual = this.#random.next() < 0.1;
    this.#cottages = Array.from({ length: this.#random.integer(5, 8) }, (_, i) => {
      const address = this.#nextAddress();
      const host = this.#lan.addHost(`host-${i}`, { addresses: this.#addressesOf(address) });
      return { host, wantedHost: this.#pick(HOSTS), address, program: undefined };
    });
  }

  async live(settleMs: number | undefined): Promise<Life> {
    for (const cottage of this.#cottages) if (this.#random.next() < 0.6) await this.#join(cottage);
    for (let left = this.#random.integer(8, 16); left > 0; left--) {
      await this.#happen();
      await this.#pass(this.#random.between(0, 12_000) * this.#random.next());
    }
    this.#clear();
    const newcomer = settleMs === undefined ? await this.#newcomer() : [];
    const { completeMs, agreedMs } = await this.#settle(settleMs ?? this.#patience());
    const disagreements = [...newcomer, ...this.#disagreements()];
    const held = this.#cottages.reduce((sum, { program }) => sum + (program?.browser.services.size ?? 0), 0);
    const closing = Promise.all(this.#cottages.map(({ program }) => program?.earshot.close()));
    await this.#lan.until(closing, { withinMs: SOON_MS });
    return {
      events: this.#events,
      disagreements,
      held,
      completeMs,
      agreedMs,
      renamings: this.#renamings,
      ...(this.#capture && { pcap: this.#capture.pcap() }),
    };
  }

  async #happen(): Promise<void> {
    const cottage = this.#pick(this.#cottages);
    const deeds = cottage.program ? this.#deeds(cottage, cottage.program) : [() => this.#join(cottage)];
    await this.#pick(deeds)();
  }

  #deeds(cottage: Cottage, program: Program): (() => unknown)[] {
    const { host } = cottage;
    return [
      () => this.#offer(cottage, program),
      () => this.#withdraw(host, program),
      () => this.#leave(cottage, program),
      () => this.#crash(cottage),
      () => this.#move(cottage),
      () => this.#flap(cottage),
      () => this.#part(),
      () => this.#repair(),
      () => this.#sleep(host),
      () => this.#hold(host),
      () => this.#update(host, program),
      () => this.#rename(host, program),
      () => this.#lan.weather.jumpWall(host, this.#told(`${host.name} sets its calendar by`, -3_600_000)),
      () => this.#lan.weather.change(this.#told("weather", this.#weather())),
    ];
  }

  async #join(cottage: Cottage): Promise<void> {
    this.#told(`${cottage.host.name} joins`, undefined);
    const { host, wantedHost } = cottage;
    const mdns = wantedHost === undefined ? {} : { host: wantedHost };
    const earshot = new Earshot({ network: host, protocols: ["dns-sd"], mdns });
    const browser = earshot.browse(TYPE);
    const program = { earshot, browser, since: this.#lan.now, offers: new Set<Stand>() };
    cottage.program = program;
    await this.#lan.until(browser.ready);
    if (this.#random.next() < 0.8) await this.#offer(cottage, program);
  }

  async #offer({ host, address }: Cottage, { earshot, offers }: Program): Promise<void> {
    if (offers.size >= MOST_OFFERS) return;
    const name = this.#pick(NAMES);
    const port = ++this.#numbers;
    this.#told(`${host.name} at ${address} offers ${name}, port ${port}`, undefined);
    const advertisement = await this.#lan.until(
      earshot.advertise({
        ...{ type: TYPE, name, port, txt: { at: String(port) } },
        ...{ ttlSeconds: TTL_S, hostTtlSeconds: TTL_S },
        onRename: ({ what, from, to }) => {
          this.#renamings++;
          this.#told(`${host.name}: the ${what} ${from} is ${to} now`, undefined);
        },
      }),
    );
    offers.add({ advertisement, port, text: String(port) });
  }

  async #withdraw(host: Host, { offers }: Program): Promise<void> {
    const [first] = offers;
    if (!first) return;
    this.#told(`${host.name} withdraws ${first.advertisement.name}`, undefined);
    offers.delete(first);
    await this.#lan.until(first.advertisement.close());
  }

  async #leave(cottage: Cottage, { earshot }: Program): Promise<void> {
    this.#told(`${cottage.host.name} leaves`, undefined);
    cottage.program = undefined;
    await this.#lan.until(earshot.close());
  }

  #crash(cottage: Cottage): void {
    this.#told(`${cottage.host.name} crashes`, undefined);
    cottage.program = undefined;
    this.#lan.weather.crash(cottage.host);
  }

  #move(cottage: Cottage): void {
    cottage.address = this.#nextAddress();
    this.#told(`${cottage.host.name} moves to ${cottage.address}`, undefined);
    this.#lan.weather.plug(cottage.host, "eth0", this.#addressesOf(cottage.address));
  }

  async #flap(cottage: Cottage): Promise<void> {
    const ms = this.#random.between(0, 20_000) * this.#random.next();
    this.#told(`${cottage.host.name} is unplugged for ${ms.toFixed()} ms`, undefined);
    this.#lan.weather.unplug(cottage.host);
    await this.#pass(ms);
    this.#lan.weather.plug(cottage.host);
  }

  #part(): void {
    const [one, other] = [this.#some(), this.#some()];
    this.#told(`${one.map(({ name }) => name)} are parted from ${other.map(({ name }) => name)}`, undefined);
    this.#lan.weather.partition(
      one,
      other.filter((host) => !one.includes(host)),
    );
  }

  #repair(): void {
    this.#told("the partitions end", undefined);
    this.#lan.weather.repair();
  }

  async #sleep(host: Host): Promise<void> {
    const ms = this.#random.between(100, 40_000) * this.#random.next();
    const how = this.#random.next() < 0.5 ? "sleep" : "stall";
    this.#told(`${host.name}: ${how} for ${ms.toFixed()} ms`, undefined);
    this.#lan.weather[how](host, ms);
    await this.#pass(ms + 1);
  }

  /** What the host says and hears comes seconds late, all at once. */
  async #hold(host: Host): Promise<void> {
    const ms = this.#random.between(0, 15_000) * this.#random.next();
    this.#told(`${host.name} is held up for ${ms.toFixed()} ms`, undefined);
    this.#lan.weather.hold(host);
    await this.#pass(ms);
    this.#lan.weather.release(host);
  }

  async #update(host: Host, { offers }: Program): Promise<void> {
    const [first] = offers;
    if (!first) return;
    first.text = String(++this.#numbers);
    if (this.#random.next() < 0.3) first.port = ++this.#numbers;
    const { advertisement, port, text } = first;
    this.#told(`${host.name} changes ${advertisement.name} to port ${port}, text ${text}`, undefined);
    await this.#lan.until(advertisement.update({ port, txt: { at: text } }));
  }

  async #rename(host: Host, { offers }: Program): Promise<void> {
    const [first] = offers;
    if (!first) return;
    const name = this.#pick(NAMES);
    this.#told(`${host.name} calls ${first.advertisement.name} ${name}`, undefined);
    await this.#lan.until(first.advertisement.update({ name }));
  }

  /** From here on nothing is lost. */
  #clear(): void {
    this.#told("the sky clears", undefined);
    this.#lan.weather.repair();
    this.#lan.weather.change(CALM);
  }

  /**
   * What is wrong with what somebody sees who looks only now. What two hosts have at once is left out: they learn of each
   * other when both say it by multicast (RFC 6762 §9), and who asks for the first time is answered by unicast (§5.4).
   */
  async #newcomer(): Promise<string[]> {
    const contested = this.#contested();
    const network = this.#lan.addHost("newcomer", { addresses: this.#addressesOf(this.#nextAddress()) });
    const earshot = new Earshot({ network, protocols: ["dns-sd"] });
    const browser = earshot.browse(TYPE);
    await this.#pass(SOON_MS);
    const names = new Set(
      [...contested, ...this.#contested()].flatMap(([stand, name]) => [
        name,
        stand.advertisement.name.toLowerCase(),
      ]),
    );
    const wrong = disagreements(browser, this.#there()).filter(({ name }) => !names.has(name));
    await this.#lan.until(earshot.close());
    return wrong.map(({ text }) => `the newcomer ${text}`);
  }

  /** The services of which two have the name or the host, as happens while they are parted; with their names now. */
  #contested(): Map<Stand, string> {
    const holders = new Map<string, Set<Program>>();
    const there = this.#cottages.flatMap(({ program }) =>
      program ? [...program.offers].map((stand) => ({ stand, program })) : [],
    );
    const keysOf = ({ advertisement: { name, host } }: Stand) => [`name ${name}`, `host ${host}`];
    for (const { stand, program } of there)
      for (const key of keysOf(stand)) holders.set(key, (holders.get(key) ?? new Set()).add(program));
    const contested = there.filter(({ stand }) =>
      keysOf(stand).some((key) => (holders.get(key)?.size ?? 0) > 1),
    );
    return new Map(contested.map(({ stand }) => [stand, stand.advertisement.name.toLowerCase()]));
  }

  /** How long the others may take: until what is old has run out, and they have asked again and been answered. */
  #patience(): number {
    const { now } = this.#lan;
    const ages = this.#cottages.map(({ program }) => (program ? now - program.since : 0));
    return Math.max(EXPIRY_MS, ...ages) + SOON_MS;
  }

  /** Looks again and again, until the time is up. */
  async #settle(ms: number): Promise<{ completeMs: number; agreedMs: number }> {
    let completeMs = 0;
    let agreedMs = 0;
    const soon = Math.min(ms, EXPIRY_MS);
    for (let at = LOOK_EVERY_MS; at <= soon; at += LOOK_EVERY_MS) {
      await this.#pass(LOOK_EVERY_MS);
      const lines = this.#disagreements();
      if (lines.length > 0) agreedMs = at;
      if (lines.some((line) => line.includes("misses"))) completeMs = at;
    }
    await this.#pass(ms - soon);
    return { completeMs, agreedMs };
  }

  #there(): Map<string, There> {
    const there = new Map<string, There>();
    for (const { address, program, host } of this.#cottages)
      for (const { advertisement, port, text } of program?.offers ?? []) {
        const name = advertisement.name.toLowerCase();
        const double = there.get(name);
        const by = double ? `${double.by} and ${host.name}` : host.name;
        there.set(name, {
          by,
          isDouble: double !== undefined,
          port,
          text,
          host: advertisement.host,
          address,
        });
      }
    return there;
  }

  #disagreements(): string[] {
    const there = this.#there();
    const doubles = [...there].filter(([, { isDouble }]) => isDouble);
    const twice = doubles.map(([name, { by }]) => `${by} both have ${name}`);
    const others = this.#cottages.flatMap(({ host, program }) =>
      program ? disagreements(program.browser, there).map(({ text }) => `${host.name} ${text}`) : [],
    );
    return [...twice, ...others];
  }

  /** Lets time pass, and what waits for promises go on. */
  async #pass(ms: number): Promise<void> {
    this.#lan.advance(ms);
    await setImmediate();
  }

  #weather(): Partial<Conditions> {
    const random = this.#random;
    const rate = random.next() * random.next();
    const isBursty = random.next() < 0.3;
    return {
      loss: isBursty ? { rate: rate / 2, burstMs: random.between(50, 5000) } : rate,
      duplicate: random.next() < 0.5 ? random.next() * 0.3 : 0,
      reorder: random.next() < 0.5 ? random.next() * 0.5 : 0,
      reorderMs: [1, random.between(2, 2000)],
    };
  }

  #nextAddress(): string {
    return `10.0.0.${++this.#addresses}`;
  }

  #addressesOf(address: string): readonly string[] {
    const v6 = `fe80::${address.slice(7)}/64`;
    return this.#isDual ? [`${address}/16`, v6] : [`${address}/16`];
  }

  #some(): Host[] {
    return this.#cottages.filter(() => this.#random.next() < 0.5).map(({ host }) => host);
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.#random.next() * items.length)] as Item;
  }

  #told<Value>(what: string, value: Value): Value {
    const more = value === undefined ? "" : ` ${JSON.stringify(value)}`;
    this.#events.push(`${this.#lan.now.toFixed()} ms: ${what}${more}`);
    return value;
  }
}
