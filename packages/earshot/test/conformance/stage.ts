/**
 * The stage of these tests: what is tested is an SSDP engine on a host of the simulated LAN, and across from it stands
 * a peer that knows nothing of SSDP: it sends what a test writes, and writes down every datagram that it hears.
 */
import type { Binding, BoundLink, Datagram, Endpoint, Outgoing, Socket } from "../../src/core/engine.ts";
import { type Channel, Driver } from "../../src/network/index.ts";
import { advertisement, type DeviceOffer } from "../../src/ssdp/advertisement.ts";
import { type SsdpOptions, ssdpConfig } from "../../src/ssdp/config.ts";
import { SsdpEngine } from "../../src/ssdp/engine.ts";
import type { SsdpEvent, SsdpRecord } from "../../src/ssdp/events.ts";
import { parseMessage, type SsdpMessage } from "../../src/ssdp/message.ts";
import type { SearchRequest } from "../../src/ssdp/searcher.ts";
import type { ForgedOutgoing, Host, HostOptions, Lan } from "../../src/testing/index.ts";

/** The groups of SSDP, the site-local one too. */
const BINDING: Binding = {
  port: 1900,
  groups: { 4: ["239.255.255.250"], 6: ["ff02::c", "ff05::c"] },
  hops: 2,
};

export const ROOT = "uuid:2fac1234-31f8-11b4-a222-08002b34c003";
export const WAN = "uuid:2fac1234-31f8-11b4-a222-08002b34c004";
export const GATEWAY_TYPE = "urn:schemas-upnp-org:device:InternetGatewayDevice:2";
export const WAN_TYPE = "urn:schemas-upnp-org:device:WANDevice:2";
export const FORWARDING = "urn:schemas-upnp-org:service:Layer3Forwarding:1";
export const WAN_IP = "urn:schemas-upnp-org:service:WANIPConnection:2";

/** A root device with one embedded device, each with one service: 3 + 2 + 2 announcements. */
export const GATEWAY: DeviceOffer = {
  location: "http://{address}:49152/gateway.xml",
  root: {
    type: GATEWAY_TYPE,
    udn: ROOT,
    services: [FORWARDING],
    devices: [{ type: WAN_TYPE, udn: WAN, services: [WAN_IP] }],
  },
};

/** NT and USN of each of its announcements. */
export const GATEWAY_SET: readonly (readonly [target: string, usn: string])[] = [
  ["upnp:rootdevice", `${ROOT}::upnp:rootdevice`],
  [ROOT, ROOT],
  [GATEWAY_TYPE, `${ROOT}::${GATEWAY_TYPE}`],
  [FORWARDING, `${ROOT}::${FORWARDING}`],
  [WAN, WAN],
  [WAN_TYPE, `${WAN}::${WAN_TYPE}`],
  [WAN_IP, `${WAN}::${WAN_IP}`],
];

/** One side of the stage: device or control point, whichever a test wants of it. */
export class Subject {
  readonly lan: Lan;
  readonly host: Host;
  readonly engine: SsdpEngine;
  readonly events: SsdpEvent[] = [];
  readonly #driver: Driver<SsdpEvent>;

  constructor(
    lan: Lan,
    options: SsdpOptions & { name?: string; host?: HostOptions; port1900?: boolean } = {},
  ) {
    this.lan = lan;
    this.host = lan.addHost(options.name ?? "subject", options.host);
    if (options.port1900 === false) this.host.blockPort(1900);
    const config = ssdpConfig(options, { bootId: 1000, system: this.host.system });
    this.engine = new SsdpEngine(config, this.host.random);
    this.#driver = new Driver(this.host, this.engine, { deliver: (event) => void this.events.push(event) });
    lan.advance(0);
  }

  /** Announces a device, and lets its initial announcements pass. Returns its number. */
  announce(offer: DeviceOffer = GATEWAY): number {
    const id = this.#driver.turn((turn) => this.engine.offer(advertisement(offer), turn));
    this.lan.advance(2000);
    return id;
  }

  revoke(id: number): void {
    this.#driver.turn((turn) => this.engine.withdraw(id, turn));
  }

  /** Keeps what it hears, as a control point does. */
  listen(): void {
    this.engine.listen();
  }

  search(request: Partial<SearchRequest> = {}): void {
    const complete: SearchRequest = {
      target: "ssdp:all",
      mx: 1,
      copies: 1,
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
    this.#driver.turn((turn) => this.engine.search(complete, turn));
  }

  get records(): SsdpRecord[] {
    return [...this.engine.records];
  }

  /** What was told of a USN: `found`, `updated`, `lost goodbye` and so on. */
  told(usn: string): string[] {
    return this.events.flatMap((event) => {
      if (event.kind === "lost") return event.record.usn === usn ? [`lost ${event.reason}`] : [];
      return "record" in event && event.record.usn === usn ? [event.kind] : [];
    });
  }
}

/** A datagram that the peer heard: when, and what it says. */
export interface HeardMessage extends Datagram {
  readonly at: number;
  readonly message: SsdpMessage;
}

/** How the peer sends: from a port of its own to the IPv4 group, unless a test wants it otherwise. */
export interface Manner {
  readonly to?: Endpoint;
  readonly family?: 4 | 6;
  readonly interfaceName?: string;
  readonly socket?: Socket;
  /** A source that is not the peer's own. */
  readonly from?: Endpoint;
}

/** The scripted peer. */
export class Peer {
  readonly lan: Lan;
  readonly host: Host;
  readonly heard: HeardMessage[] = [];
  readonly #channel: Channel;
  #links: readonly BoundLink[] = [];

  constructor(lan: Lan, options: { name?: string; host?: HostOptions } = {}) {
    this.lan = lan;
    this.host = lan.addHost(options.name ?? "peer", options.host);
    this.#channel = this.host.open(BINDING, {
      datagram: (datagram) => {
        if (this.#isOwn(datagram.from)) return;
        this.heard.push({ ...datagram, at: lan.now, message: read(datagram.bytes) });
      },
      links: (links) => {
        this.#links = links;
      },
      fault: ({ error }) => {
        throw error;
      },
    });
    lan.advance(0);
  }

  link(family: 4 | 6 = 4, interfaceName = "eth0"): BoundLink {
    const link = this.#links.find((one) => one.family === family && one.interfaceName === interfaceName);
    if (!link) throw new Error(`the peer has no link ${interfaceName}/${family}`);
    return link;
  }

  /** Sends lines as a message: CRLF between them, a blank line at the end. */
  say(lines: readonly string[], { to, family, interfaceName, socket, from }: Manner = {}): void {
    const outgoing: Outgoing = {
      bytes: new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`),
      to: to ?? "group",
      link: this.link(family, interfaceName),
      socket: socket ?? "own",
    };
    const forged: Outgoing | ForgedOutgoing = from ? { ...outgoing, from } : outgoing;
    this.#channel.send(forged);
  }

  /** Says something and waits. Whatever came to nobody but us meanwhile, in the order in which it came. */
  ask(lines: readonly string[], manner: Manner = {}, ms = 6000): HeardMessage[] {
    const before = this.heard.length;
    this.say(lines, manner);
    this.lan.advance(ms);
    return this.heard.slice(before).filter(({ to }) => to === "host");
  }

  /** Like every program the peer hears its own multicasts too. */
  #isOwn({ address }: Endpoint): boolean {
    return this.#links.some(({ addresses }) => addresses.some((own) => own.address === address));
  }

  /** What was announced so far under this NTS. */
  announced(nts: string): HeardMessage[] {
    return this.heard.filter(
      ({ message }) => message.kind === "notify" && message.headers.get("NTS") === nts,
    );
  }
}

/** The value of a header of what was heard. */
export function header(heard: HeardMessage | undefined, name: string): string | undefined {
  return heard?.message.headers.get(name);
}

/** Target and USN of messages, sorted: NT of announcements, ST of answers. */
export function pairs(heard: readonly HeardMessage[]): (readonly (string | undefined)[])[] {
  return heard.map((one) => [header(one, "ST") ?? header(one, "NT"), header(one, "USN")]).sort();
}

/** A search that is as it should be, but for `changes`; a header that is `undefined` is left out. */
export function search(
  changes: Record<string, string | undefined> = {},
  start = "M-SEARCH * HTTP/1.1",
): string[] {
  const headers: Record<string, string | undefined> = {
    HOST: "239.255.255.250:1900",
    MAN: '"ssdp:discover"',
    MX: "1",
    ST: "ssdp:all",
    ...changes,
  };
  const lines = Object.entries(headers).filter(([, value]) => value !== undefined);
  return [start, ...lines.map(([name, value]) => `${name}: ${value}`)];
}

function read(bytes: Uint8Array): SsdpMessage {
  const message = parseMessage(bytes);
  if (message.kind === "malformed") throw new Error(`a malformed message was sent: ${message.reason}`);
  return message;
}
