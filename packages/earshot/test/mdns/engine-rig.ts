import type { BoundLink, Datagram, Outgoing, Turn } from "../../src/core/engine.ts";
import { Random } from "../../src/core/random.ts";
import type { AnswerChange } from "../../src/mdns/asking.ts";
import { type MdnsOptions, mdnsConfig } from "../../src/mdns/config.ts";
import { MdnsEngine } from "../../src/mdns/engine.ts";
import type { MdnsEvent } from "../../src/mdns/events.ts";
import { type DnsMessage, decodeMessage } from "../../src/mdns/message.ts";
import { Name } from "../../src/mdns/name.ts";
import type { OwnRecord, PublicationNews } from "../../src/mdns/publication.ts";
import { CLASS, type ResourceRecord, TYPE } from "../../src/mdns/record.ts";

export const V4: BoundLink = {
  id: "eth0/4",
  interfaceName: "eth0",
  family: 4,
  address: "192.168.1.10",
  prefixLength: 24,
  addresses: [{ address: "192.168.1.10", prefixLength: 24 }],
  mtu: 1500,
  sharedPort: 5353,
  ownPort: 50_000,
};

export const PEER = "192.168.1.20";
export const HTTP: Name = Name.parse("_http._tcp.local");

export interface Sent extends Outgoing {
  readonly at: number;
  readonly message: DnsMessage;
}

/** A whole mDNS engine in a glass case: time by hand, datagrams by hand, everything that comes out kept. */
export class EngineRig {
  readonly engine: MdnsEngine;
  readonly sent: Sent[] = [];
  readonly events: MdnsEvent[] = [];
  readonly changes: AnswerChange[] = [];
  readonly news: PublicationNews[] = [];
  now = 1_000_000;

  constructor(options: MdnsOptions & { links?: readonly BoundLink[]; seed?: number } = {}) {
    this.engine = new MdnsEngine(
      mdnsConfig({ announcements: 2, ...options }, "00000000"),
      new Random(options.seed ?? 7),
    );
    this.relink(options.links ?? [V4]);
  }

  get drops(): readonly string[] {
    return this.events.map(({ reason }) => reason);
  }

  turn<T>(step: (turn: Turn<MdnsEvent>) => T): T {
    return step({
      now: this.now,
      date: () => new Date(Date.UTC(2026, 0, 1)),
      send: (outgoing) => void this.sent.push({ ...outgoing, at: this.now, message: read(outgoing.bytes) }),
      emit: (event) => void this.events.push(event),
    });
  }

  relink(links: readonly BoundLink[], resumed = false): void {
    this.turn((turn) => this.engine.relink(links, resumed, turn));
  }

  advance(ms: number): void {
    const end = this.now + ms;
    while (this.engine.wakeAt <= end) {
      this.now = Math.max(this.now, this.engine.wakeAt);
      this.turn((turn) => this.engine.wake(turn));
    }
    this.now = end;
  }

  /** As the driver: what the engine does not want is not given to it. Returns whether it was wanted. */
  hear(bytes: Uint8Array, how: Partial<Datagram> & { readonly port?: number } = {}): boolean {
    if (!this.engine.wants(bytes)) return false;
    const from = how.from ?? { address: PEER, port: how.port ?? 5353 };
    const datagram: Datagram = { bytes, from, link: V4, socket: "shared", to: "group", ...how };
    this.turn((turn) => this.engine.receive({ ...datagram, from }, turn));
    return true;
  }

  ask(name: Name = HTTP, type: number = TYPE.PTR): void {
    const hear = (change: AnswerChange): void => void this.changes.push(change);
    this.turn((turn) => this.engine.ask({ name, type, mode: "continuous" }, hear, turn));
  }

  publish(records: readonly OwnRecord[]): number {
    const hear = (news: PublicationNews): void => void this.news.push(news);
    return this.turn((turn) => this.engine.publish({ recordsOn: () => records, hear }, turn));
  }
}

/** A PTR as another host says it. */
export function pointer(target: string, changes: Partial<ResourceRecord> = {}): ResourceRecord {
  const data = { kind: "PTR", target: Name.of(target, ...HTTP.labels) } as const;
  return { name: HTTP, type: TYPE.PTR, class: CLASS.IN, flush: false, ttl: 4500, data, ...changes };
}

/** A unique host record of ours. */
export function ownAddress(host: string, address = "192.168.1.10"): OwnRecord {
  const name = Name.of(host, "local");
  return { name, type: TYPE.A, ttl: 120, isShared: false, data: { kind: "A", address } };
}

function read(bytes: Uint8Array): DnsMessage {
  const message = decodeMessage(bytes);
  if (message.kind === "malformed") throw new Error(`we sent what is malformed: ${message.reason}`);
  return message;
}
