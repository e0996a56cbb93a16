import type { Turn } from "../../src/core/engine.ts";
import {
  DnsSdEngine,
  type DnsSdEvent,
  type ServiceInstance,
  type ServiceOffer,
} from "../../src/dns-sd/index.ts";
import { type DnsMessage, decodeMessage, type MdnsOptions, mdnsConfig } from "../../src/mdns/index.ts";
import { Driver } from "../../src/network/driver.ts";
import { type Capture, type Host, type HostOptions, Lan, type LanOptions } from "../../src/testing/index.ts";
import { lineOf } from "./rig.ts";

/** A DNS-SD engine on a host of the simulated LAN, and what it told. */
export class Neighbour {
  readonly engine: DnsSdEngine;
  readonly host: Host;
  readonly driver: Driver<DnsSdEvent>;
  readonly events: DnsSdEvent[] = [];

  /** @param on the LAN that it gets a host of its own on, or the host that it shares with others. */
  constructor(on: Lan | Host, name: string, options: MdnsOptions & { readonly lan?: HostOptions } = {}) {
    const { lan: hostOptions, ...mdns } = options;
    const host = on instanceof Lan ? on.addHost(name, hostOptions) : on;
    this.host = host;
    this.engine = new DnsSdEngine(mdnsConfig({ host: name, ...mdns }, "12345678"), host.random.fork());
    this.driver = new Driver<DnsSdEvent>(host, this.engine, {
      deliver: (event) => void this.events.push(event),
    });
  }

  turn<T>(step: (turn: Turn<DnsSdEvent>) => T): T {
    return this.driver.turn(step);
  }

  browse(type = "_http._tcp", passive = false): number {
    return this.turn((turn) => this.engine.browse(type, { passive }, turn));
  }

  browseEverything(): number {
    return this.turn((turn) => this.engine.browse(undefined, { passive: false }, turn));
  }

  publish(offer: Partial<ServiceOffer> = {}): number {
    const whole: ServiceOffer = { type: "_http._tcp", name: "Web", port: 80, ...offer };
    return this.turn((turn) => this.engine.publish(whole, turn));
  }

  change(id: number, offer: Partial<ServiceOffer>): void {
    const whole: ServiceOffer = { type: "_http._tcp", name: "Web", port: 80, ...offer };
    this.turn((turn) => this.engine.change(id, whole, turn));
  }

  withdraw(id: number): void {
    this.turn((turn) => this.engine.withdraw(id, turn));
  }

  /** What is found now, by name. */
  get found(): ServiceInstance[] {
    return [...this.engine.instances].sort((a, b) => (a.instance < b.instance ? -1 : 1));
  }

  /** What was told since last asked, without what was only heard again. */
  get told(): string[] {
    return this.events
      .splice(0)
      .filter(({ kind }) => kind !== "refreshed" && kind !== "dropped")
      .map(lineOf);
  }
}

/** A LAN with neighbours on it, each with one interface `eth0` of both families. */
export function street<const Names extends readonly string[]>(
  names: Names,
  options: Partial<LanOptions> = {},
): { readonly lan: Lan } & { readonly [Each in Names[number]]: Neighbour } {
  const lan = new Lan({ seed: 4, ...options });
  const neighbours = Object.fromEntries(names.map((name) => [name, new Neighbour(lan, name)]));
  return { lan, ...neighbours } as { lan: Lan } & { [Each in Names[number]]: Neighbour };
}

/** What everybody says, decoded. */
export function messagesOf(
  capture: Capture,
): { readonly at: number; readonly from: string; readonly message: DnsMessage }[] {
  return capture.datagrams.map(({ at, from, bytes }) => {
    const message = decodeMessage(bytes);
    if (message.kind === "malformed") throw new Error(`somebody said what is malformed: ${message.reason}`);
    return { at, from: from.address, message };
  });
}

/** Where an instance is, its text and addresses, in one line. */
export function describeInstance({ instance, host, port, txt, addresses }: ServiceInstance): string {
  const text = txt.entries().map(([key, value]) => (value === true ? key : `${key}=${txt.text(key)}`));
  return [`${instance} ${host}:${port}`, ...text, ...addresses.map(({ address }) => address)].join(" ");
}
