import type { BoundLink, Datagram, Outgoing, Turn } from "../../src/core/engine.ts";
import { Random } from "../../src/core/random.ts";
import { advertisement, type DeviceOffer } from "../../src/ssdp/advertisement.ts";
import { type SsdpOptions, ssdpConfig } from "../../src/ssdp/config.ts";
import { SsdpEngine } from "../../src/ssdp/engine.ts";
import type { SsdpEvent } from "../../src/ssdp/events.ts";
import { parseMessage, type SsdpMessage } from "../../src/ssdp/message.ts";
import type { SearchRequest } from "../../src/ssdp/searcher.ts";

export const V4: BoundLink = {
  id: "eth0/4",
  interfaceName: "eth0",
  family: 4,
  address: "192.168.1.10",
  prefixLength: 24,
  addresses: [{ address: "192.168.1.10", prefixLength: 24 }],
  sharedPort: 1900,
  ownPort: 50_000,
};

export const V6: BoundLink = {
  id: "eth0/6",
  interfaceName: "eth0",
  family: 6,
  address: "fe80::10",
  prefixLength: 64,
  addresses: [
    { address: "fe80::10", prefixLength: 64 },
    { address: "fd00::10", prefixLength: 64 },
  ],
  sharedPort: 1900,
  ownPort: 50_001,
};

export const PEER = "192.168.1.20";

export interface Sent extends Outgoing {
  readonly at: number;
  readonly message: SsdpMessage;
}

/** An engine in a glass case: time by hand, datagrams by hand, everything that comes out kept. */
export class Rig {
  readonly engine: SsdpEngine;
  readonly sent: Sent[] = [];
  readonly events: SsdpEvent[] = [];
  now = 1_000_000;

  constructor(options: SsdpOptions & { links?: readonly BoundLink[]; seed?: number; bootId?: number } = {}) {
    const config = ssdpConfig(options, { bootId: options.bootId ?? 1_700_000_000, system: "Linux/6.1" });
    this.engine = new SsdpEngine(config, new Random(options.seed ?? 7));
    this.engine.listen();
    this.relink(options.links ?? [V4]);
  }

  turn<T>(step: (turn: Turn<SsdpEvent>) => T): T {
    return step({
      now: this.now,
      date: () => new Date(Date.UTC(2026, 0, 1)),
      send: (outgoing) => void this.sent.push({ ...outgoing, at: this.now, message: parsed(outgoing.bytes) }),
      emit: (event) => void this.events.push(event),
    });
  }

  relink(links: readonly BoundLink[], resumed = false): void {
    this.turn((turn) => this.engine.relink(links, resumed, turn));
  }

  /** Lets `ms` pass, waking the engine whenever it asks to be. */
  advance(ms: number): void {
    const end = this.now + ms;
    while (this.engine.wakeAt <= end) {
      this.now = Math.max(this.now, this.engine.wakeAt);
      this.turn((turn) => this.engine.wake(turn));
    }
    this.now = end;
  }

  offer(offer: DeviceOffer): number {
    return this.turn((turn) => this.engine.offer(advertisement(offer), turn));
  }

  search(request: Partial<SearchRequest> = {}): number {
    const complete: SearchRequest = {
      target: "ssdp:all",
      mx: 3,
      copies: 3,
      everyMs: undefined,
      dialect: "1.1",
      to: undefined,
      port: undefined,
      fromShared: false,
      userAgent: undefined,
      friendlyName: undefined,
      uuid: undefined,
      headers: [],
      ...request,
    };
    return this.turn((turn) => this.engine.search(complete, turn));
  }

  hear(
    lines: readonly string[],
    datagram: Partial<Datagram> & { address?: string; port?: number } = {},
  ): void {
    const { address = PEER, port = 1900, ...rest } = datagram;
    const bytes = rest.bytes ?? new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`);
    const full: Datagram = {
      from: { address, port },
      link: V4,
      socket: "shared",
      to: "group",
      ...rest,
      bytes,
    };
    if (this.engine.wants(full.bytes)) this.turn((turn) => this.engine.receive(full, turn));
  }

  /** The kinds of the events so far, with what they are about; dropped ones by reason. */
  get told(): string[] {
    return this.events.flatMap((event) => {
      if (event.kind === "dropped") return [`dropped ${event.reason}`];
      if (event.kind === "lost") return [`lost ${event.record.usn} ${event.reason}`];
      if ("record" in event) return [`${event.kind} ${event.record.usn}`];
      return [event.kind];
    });
  }

  /** What was told and sent so far is put aside. */
  forget(): void {
    this.events.length = 0;
    this.sent.length = 0;
  }

  record(usn: string) {
    return [...this.engine.records].find((record) => record.usn === usn);
  }
}

export const UDN = "uuid:2fac1234-31f8-11b4-a222-08002b34c003";
export const DEVICE = "urn:schemas-upnp-org:device:MediaServer:2";

export function alive(headers: Record<string, string> = {}): string[] {
  return notify({ NTS: "ssdp:alive", ...headers });
}

export const ROOT = `${UDN}::upnp:rootdevice`;
export const TYPED = `${UDN}::${DEVICE}`;
export const SERVICE = "urn:schemas-upnp-org:service:ContentDirectory:1";

/** A root device of four advertisements is heard. */
export function hearSet(
  rig: Rig,
  headers: Record<string, string> = {},
  from: { address?: string } = {},
): void {
  rig.hear(alive(headers), from);
  rig.hear(alive({ NT: UDN, USN: UDN, ...headers }), from);
  rig.hear(alive({ NT: DEVICE, USN: TYPED, ...headers }), from);
  rig.hear(alive({ NT: SERVICE, USN: `${UDN}::${SERVICE}`, ...headers }), from);
}

export function byebye(headers: Record<string, string> = {}): string[] {
  return notify({ NTS: "ssdp:byebye", ...headers }, ["LOCATION", "CACHE-CONTROL"]);
}

function notify(headers: Record<string, string>, without: readonly string[] = []): string[] {
  const all: Record<string, string> = {
    HOST: "239.255.255.250:1900",
    "CACHE-CONTROL": "max-age=1800",
    LOCATION: `http://${PEER}:8200/rootDesc.xml`,
    SERVER: "Linux/6.1 UPnP/1.1 Peer/1.0",
    NT: "upnp:rootdevice",
    USN: `${UDN}::upnp:rootdevice`,
    ...headers,
  };
  return ["NOTIFY * HTTP/1.1", ...lines(all, without)];
}

export function response(headers: Record<string, string> = {}): string[] {
  const all: Record<string, string> = {
    "CACHE-CONTROL": "max-age=1800",
    EXT: "",
    LOCATION: `http://${PEER}:8200/rootDesc.xml`,
    SERVER: "Linux/6.1 UPnP/1.1 Peer/1.0",
    ST: "upnp:rootdevice",
    USN: `${UDN}::upnp:rootdevice`,
    ...headers,
  };
  return ["HTTP/1.1 200 OK", ...lines(all, [])];
}

export function msearch(headers: Record<string, string | undefined> = {}): string[] {
  const all: Record<string, string | undefined> = {
    HOST: "239.255.255.250:1900",
    MAN: '"ssdp:discover"',
    MX: "2",
    ST: "ssdp:all",
    ...headers,
  };
  return ["M-SEARCH * HTTP/1.1", ...lines(all, [])];
}

function lines(headers: Record<string, string | undefined>, without: readonly string[]): string[] {
  return Object.entries(headers)
    .filter(([name, value]) => value !== undefined && !without.includes(name))
    .map(([name, value]) => `${name}: ${value}`);
}

function parsed(bytes: Uint8Array): SsdpMessage {
  const message = parseMessage(bytes);
  if (message.kind === "malformed") throw new Error(`we sent a malformed message: ${message.reason}`);
  if (message.violations.length > 0)
    throw new Error(`we broke the standard: ${JSON.stringify(message.violations)}`);
  return message;
}
