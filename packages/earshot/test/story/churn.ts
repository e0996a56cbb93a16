import { setImmediate } from "node:timers/promises";
import { Random } from "../../src/core/random.ts";
import type { SsdpService } from "../../src/discovery/service.ts";
import { Earshot } from "../../src/earshot.ts";
import type { Advertisement, Browser } from "../../src/index.ts";
import { type Conditions, type Host, Lan } from "../../src/testing/index.ts";

/** The shortest lifetime that is believed, in seconds. */
const MAX_AGE_S = 60;
/** How long who fell silent is remembered: the lifetime, and 3 seconds for the answer to a last question. */
const EXPIRY_MS: number = MAX_AGE_S * 1000 + 3000;
/** For what is still on its way when the sky clears. */
const MARGIN_MS = 2000;
const CALM: Partial<Conditions> = { loss: 0, duplicate: 0, reorder: 0, latencyMs: [0.2, 1] };
const TYPE = "urn:x:service:Churn:1";
const DEVICE = "urn:x:device:Churn:1";
const MOST_OFFERS = 2;

export interface LifeOptions {
  /** Records all traffic. @default false */
  readonly capture?: boolean;
  /** How long after the sky cleared all must agree, in ms. @default 65 s, when everything old has run out */
  readonly settleMs?: number;
}

/** What one seed lived through. */
export interface Life {
  readonly events: readonly string[];
  /** Services held by all browsers together at the end. */
  readonly held: number;
  /** Why the browsers do not agree with what is there, a line each; none when all is well. */
  readonly disagreements: readonly string[];
  readonly pcap?: Uint8Array;
}

/**
 * A few hosts, some of which come, go, crash, move, sleep and are cut off for some minutes in bad weather. Then the sky
 * clears, and once everything old has run out every browser must hold exactly what is there, at its addresses.
 */
export function live(seed: number, options: LifeOptions = {}): Promise<Life> {
  return new Village(seed, options.capture ?? false).live(options.settleMs ?? EXPIRY_MS + MARGIN_MS);
}

interface Cottage {
  readonly host: Host;
  address: string;
  program: Program | undefined;
}

interface Program {
  readonly earshot: Earshot;
  readonly browser: Browser<SsdpService>;
  readonly offers: Map<string, Advertisement>;
}

class Village {
  readonly #random: Random;
  readonly #lan: Lan;
  readonly #cottages: Cottage[];
  readonly #isDual: boolean;
  readonly #events: string[] = [];
  readonly #capture: ReturnType<Lan["capture"]> | undefined;
  #addresses = 0;
  #offers = 0;

  constructor(seed: number, capture: boolean) {
    this.#random = new Random(seed);
    this.#lan = new Lan({ seed, ...this.#weather() });
    this.#capture = capture ? this.#lan.capture() : undefined;
    this.#isDual = this.#random.next() < 0.05;
    this.#cottages = Array.from(
      { length: 3 + Math.floor(4 * this.#random.next() * this.#random.next()) },
      (_, i) => {
        const address = this.#nextAddress();
        const host = this.#lan.addHost(`host-${i}`, { addresses: this.#addressesOf(address) });
        return { host, address, program: undefined };
      },
    );
  }

  async live(settleMs: number): Promise<Life> {
    for (const cottage of this.#cottages) if (this.#random.next() < 0.8) await this.#join(cottage);
    for (let left = this.#random.integer(8, 16); left > 0; left--) {
      await this.#happen();
      await this.#pass(this.#random.between(0, 12_000) * this.#random.next());
    }
    await this.#clear(settleMs);
    const disagreements = this.#disagreements();
    const held = this.#cottages.reduce((sum, { program }) => sum + (program?.browser.services.size ?? 0), 0);
    for (const { program } of this.#cottages) await program?.earshot.close();
    return {
      events: this.#events,
      disagreements,
      held,
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
      () => this.#lan.weather.jumpWall(host, this.#told(`${host.name} sets its calendar by`, -3_600_000)),
      () => this.#lan.weather.change(this.#told("weather", this.#weather())),
    ];
  }

  async #join(cottage: Cottage): Promise<void> {
    this.#told(`${cottage.host.name} joins`, undefined);
    const earshot = new Earshot({ network: cottage.host });
    const browser = earshot.browse("ssdp:all");
    const program = { earshot, browser, offers: new Map() };
    cottage.program = program;
    await this.#lan.until(browser.ready);
    if (this.#random.next() < 0.7) await this.#offer(cottage, program);
  }

  async #offer({ host, address }: Cottage, { earshot, offers }: Program): Promise<void> {
    if (offers.size >= MOST_OFFERS) return;
    const udn = `uuid:${host.name}-${this.#offers++}`;
    const isDevice = this.#random.next() < 0.05;
    const usn = `${udn}::${TYPE}`;
    this.#told(`${host.name} at ${address} offers ${udn}${isDevice ? ", a device" : ""}`, undefined);
    const common = { maxAgeSeconds: MAX_AGE_S };
    const advertisement = await this.#lan.until(
      earshot.advertise(
        isDevice
          ? { ...common, type: DEVICE, udn, port: 80, services: [TYPE] }
          : { ...common, type: TYPE, usn },
      ),
    );
    offers.set(udn, advertisement);
  }

  async #withdraw(host: Host, { offers }: Program): Promise<void> {
    const [first] = offers;
    if (!first) return;
    const [udn, advertisement] = first;
    this.#told(`${host.name} withdraws ${udn}`, undefined);
    offers.delete(udn);
    await this.#lan.until(advertisement.close());
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
    this.#told(`${host.name} changes ${first[0]}`, undefined);
    await this.#lan.until(first[1].update({ headers: { "COLOUR.EXAMPLE.COM": `${this.#offers++}` } }));
  }

  /** From here on nothing is lost, and everything old runs out. */
  async #clear(settleMs: number): Promise<void> {
    this.#told("the sky clears", undefined);
    this.#lan.weather.repair();
    this.#lan.weather.change(CALM);
    await this.#pass(settleMs);
  }

  #disagreements(): string[] {
    const there = new Map<string, string>();
    for (const { address, program } of this.#cottages)
      for (const udn of program?.offers.keys() ?? []) there.set(udn, address);
    return this.#cottages.flatMap(({ host, program }) => {
      if (!program) return [];
      const held = [...program.browser.services.values()];
      return [...wrong(held, there), ...missing(held, there)].map((line) => `${host.name} ${line}`);
    });
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

/** What is held and is not there, or not at that address. */
function wrong(held: readonly SsdpService[], there: ReadonlyMap<string, string>): string[] {
  return held.flatMap(({ id, udn, sightings }) => {
    const address = there.get(udn);
    if (address === undefined) return [`still holds ${id}`];
    const stale = sightings.filter(({ from }) => from !== address && from !== `fe80::${address.slice(7)}`);
    return stale.map(({ from }) => `holds ${id} at ${from}, where it is no more`);
  });
}

/** What is there and is not held: one entry of a bare service, four of a device. */
function missing(held: readonly SsdpService[], there: ReadonlyMap<string, string>): string[] {
  return [...there.keys()].flatMap((udn) => {
    const entries = held.filter((service) => service.udn === udn);
    const isWhole = entries.length === 1 ? entries[0]?.type === TYPE : entries.length === 4;
    return isWhole ? [] : [`holds ${entries.length} entries of ${udn}`];
  });
}
