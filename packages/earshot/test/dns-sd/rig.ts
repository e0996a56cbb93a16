import { Agenda } from "../../src/core/agenda.ts";
import type { BoundLink, Turn } from "../../src/core/engine.ts";
import { Browser } from "../../src/dns-sd/browser.ts";
import type { DnsSdEvent } from "../../src/dns-sd/events.ts";
import type { Ground } from "../../src/dns-sd/ground.ts";
import { Hosts } from "../../src/dns-sd/hosts.ts";
import { Publisher } from "../../src/dns-sd/publisher.ts";
import { resolve } from "../../src/dns-sd/resolver.ts";
import type { ServiceInstance } from "../../src/dns-sd/service-instance.ts";
import type { ServiceOffer } from "../../src/dns-sd/service-offer.ts";
import { Settling } from "../../src/dns-sd/settling.ts";
import { Txt, type TxtInput } from "../../src/dns-sd/txt.ts";
import type { Departure } from "../../src/mdns/asking.ts";
import { type MdnsLimits, mdnsConfig } from "../../src/mdns/config.ts";
import { Name } from "../../src/mdns/name.ts";
import { CLASS, type RecordData, type ResourceRecord, TYPE } from "../../src/mdns/record.ts";
import { FakeMdns } from "./fake-mdns.ts";

function link(interfaceName: string, family: 4 | 6, ...cidrs: string[]): BoundLink {
  const addresses = cidrs.map((cidr) => {
    const [address = "", length] = cidr.split("/");
    return { address, prefixLength: Number(length) };
  });
  const [first = { address: "", prefixLength: 0 }] = addresses;
  const id = `${interfaceName}/${family}`;
  return { ...first, id, interfaceName, family, addresses, sharedPort: 5353, ownPort: 50_000 };
}

export const V4: BoundLink = link("eth0", 4, "192.168.1.10/24");
export const V6: BoundLink = link("eth0", 6, "fe80::10/64", "fd00::10/64");
export const WLAN: BoundLink = link("wlan0", 4, "10.9.0.10/24");
export const WLAN6: BoundLink = link("wlan0", 6, "fe80::99/64");
export const LO: BoundLink = link("lo", 4, "127.0.0.1/8");
export const PEER = "192.168.1.20";

/** Browser, resolver and publisher in a glass case, with an mDNS that the test is. */
export class Rig {
  readonly mdns = new FakeMdns();
  readonly events: DnsSdEvent[] = [];
  readonly ground: Ground;
  readonly hosts: Hosts;
  readonly browser: Browser;
  readonly publisher: Publisher;
  now = 1_000_000;

  constructor({ limits, links = [V4], host = "me" }: Partial<RigOptions> = {}) {
    const agenda = new Agenda<DnsSdEvent>();
    this.mdns.links = links;
    this.ground = {
      mdns: this.mdns,
      config: mdnsConfig({ host, ...(limits && { limits }) }, "12345678"),
      agenda,
      settling: new Settling(agenda),
      dropped: new Map(),
      hearing: undefined,
    };
    this.hosts = new Hosts(this.ground);
    this.browser = new Browser(this.ground, this.hosts);
    this.publisher = new Publisher(this.ground);
  }

  /** One turn, at whose end conclusions are drawn. */
  turn<T>(step: (turn: Turn<DnsSdEvent>) => T): T {
    const turn: Turn<DnsSdEvent> = {
      now: this.now,
      date: () => new Date(Date.UTC(2026, 0, 1)),
      send: () => {},
      emit: (event) => void this.events.push(event),
    };
    const result = step(turn);
    this.ground.settling.run(turn);
    return result;
  }

  advance(ms: number): void {
    const end = this.now + ms;
    while (this.ground.agenda.nextAt <= end) {
      this.now = Math.max(this.now, this.ground.agenda.nextAt);
      this.turn((turn) => this.ground.agenda.runDue(turn));
    }
    this.now = end;
  }

  browse(type: string | undefined, passive = false): number {
    return this.turn((turn) => this.browser.browse(type, { passive }, turn));
  }

  /** Records of one message. */
  hear(records: readonly ResourceRecord[], on: BoundLink = V4, from: string = PEER): void {
    this.turn((turn) => {
      for (const each of records) this.mdns.learn(each, on, from, turn);
    });
  }

  gone(records: readonly ResourceRecord[], reason: Departure, on?: BoundLink): void {
    this.turn((turn) => {
      for (const each of records) this.mdns.forget(each, reason, turn, on);
    });
  }

  resolve(text: string): { readonly states: (ServiceInstance | undefined)[]; end(): void } {
    const states: (ServiceInstance | undefined)[] = [];
    const hear = (instance: ServiceInstance | undefined): void => void states.push(instance);
    const { end } = this.turn((turn) => resolve(this.ground, this.hosts, Name.parse(text), hear, turn));
    return { states, end };
  }

  publish(offer: Partial<ServiceOffer> = {}): number {
    const whole: ServiceOffer = { type: "_http._tcp", name: "Web", port: 80, ...offer };
    return this.turn((turn) => this.publisher.publish(whole, turn));
  }

  /** What was told so far, a line each; then it is put aside. */
  get told(): string[] {
    return this.events.splice(0).map(lineOf);
  }

  /** The instance that was told of last. */
  get last(): ServiceInstance {
    const event = this.events.findLast((each) => "instance" in each);
    if (!event || !("instance" in event)) throw new Error("nothing was told of an instance");
    return event.instance;
  }
}

interface RigOptions {
  readonly limits: Partial<MdnsLimits>;
  readonly links: readonly BoundLink[];
  readonly host: string;
}

export function lineOf(event: DnsSdEvent): string {
  switch (event.kind) {
    case "dropped":
      return `dropped ${event.reason}`;
    case "lost":
      return `lost ${event.instance.instance} ${event.reason}`;
    case "found":
    case "updated":
    case "refreshed":
      return `${event.kind} ${event.instance.instance} ${placeOf(event.instance)}`;
    case "published":
      return `published ${event.offer} ${event.name} at ${event.host}`;
    case "renamed":
      return `renamed ${event.offer} ${event.what} ${event.from} to ${event.to}`;
    case "withdrawn":
      return `withdrawn ${event.offer}`;
  }
}

function placeOf({ host, port, addresses }: ServiceInstance): string {
  return `${host}:${port} ${addresses.map(({ address }) => address).join(",")}`;
}

function record(name: Name, type: number, data: RecordData, options: RecordOptions): ResourceRecord {
  const { ttl = 120, flush = type !== TYPE.PTR } = options;
  return { name, type, class: CLASS.IN, flush, ttl, data };
}

interface RecordOptions {
  readonly ttl?: number;
  readonly flush?: boolean;
}

export function ptr(name: string, target: string | Name, options: RecordOptions = {}): ResourceRecord {
  const to = typeof target === "string" ? Name.parse(target) : target;
  return record(Name.parse(name), TYPE.PTR, { kind: "PTR", target: to }, { ttl: 4500, ...options });
}

export function srv(
  name: string | Name,
  target: string,
  port: number,
  options: RecordOptions & { priority?: number; weight?: number } = {},
): ResourceRecord {
  const { priority = 0, weight = 0 } = options;
  const owner = typeof name === "string" ? Name.parse(name) : name;
  return record(
    owner,
    TYPE.SRV,
    { kind: "SRV", priority, weight, port, target: Name.parse(target) },
    options,
  );
}

export function txt(name: string, input: TxtInput = {}, options: RecordOptions = {}): ResourceRecord {
  const { bytes } = Txt.from(input);
  return record(Name.parse(name), TYPE.TXT, { kind: "TXT", bytes }, { ttl: 4500, ...options });
}

export function address(host: string, text: string, options: RecordOptions = {}): ResourceRecord {
  const kind = text.includes(":") ? "AAAA" : "A";
  return record(Name.parse(host), TYPE[kind], { kind, address: text }, options);
}

/** All records of one web server, in the order in which they are mostly sent. */
export function webServer(
  instance = "Web",
  { host = "web.local", port = 80, at = PEER }: { host?: string; port?: number; at?: string } = {},
): readonly [ResourceRecord, ResourceRecord, ResourceRecord, ResourceRecord] {
  const name = Name.of(instance, "_http", "_tcp", "local").toString();
  return [ptr("_http._tcp.local", name), srv(name, host, port), txt(name, { path: "/" }), address(host, at)];
}
