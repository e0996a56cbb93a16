import { Agenda } from "../../src/core/agenda.ts";
import type { BoundLink, Datagram, Endpoint, Turn } from "../../src/core/engine.ts";
import { Random } from "../../src/core/random.ts";
import { type MdnsOptions, mdnsConfig } from "../../src/mdns/config.ts";
import type { MdnsDropReason, MdnsEvent } from "../../src/mdns/events.ts";
import { drop, type Ground } from "../../src/mdns/ground.ts";
import { type DnsMessage, decodeMessage, encodeMessage } from "../../src/mdns/message.ts";
import { Name } from "../../src/mdns/name.ts";
import { type LiveRecord, OwnRecords } from "../../src/mdns/own-records.ts";
import type { OwnRecord } from "../../src/mdns/publication.ts";
import { CLASS, type Question, type RecordData, type ResourceRecord, TYPE } from "../../src/mdns/record.ts";
import { Responder } from "../../src/mdns/responder.ts";

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

export const V6: BoundLink = {
  id: "eth0/6",
  interfaceName: "eth0",
  family: 6,
  address: "fe80::10",
  prefixLength: 64,
  addresses: [{ address: "fe80::10", prefixLength: 64 }],
  mtu: 1500,
  sharedPort: 5353,
  ownPort: 50_001,
};

export const WLAN: BoundLink = {
  ...V4,
  id: "wlan0/4",
  interfaceName: "wlan0",
  address: "10.0.0.10",
  addresses: [{ address: "10.0.0.10", prefixLength: 24 }],
};

/** Where a question comes from, unless it is said otherwise: an mDNS querier on the link. */
export const ASKER: Endpoint = { address: "192.168.1.20", port: 5353 };

export interface Sent {
  readonly at: number;
  readonly to: "group" | Endpoint;
  readonly link: BoundLink;
  readonly bytes: Uint8Array;
  readonly message: DnsMessage;
}

/** How a message comes in; what is not given is as it mostly is. */
interface Arrival {
  readonly from?: Partial<Endpoint>;
  readonly to?: Datagram["to"];
  readonly link?: BoundLink;
}

/** A responder in a glass case: records put in by hand, time by hand, everything that is said kept and read. */
export class ResponderRig {
  readonly ground: Ground;
  readonly own = new OwnRecords();
  readonly responder: Responder;
  readonly sent: Sent[] = [];
  readonly events: MdnsEvent[] = [];
  now = 1_000_000;

  constructor(options: MdnsOptions & { links?: readonly BoundLink[]; seed?: number } = {}) {
    this.ground = {
      config: mdnsConfig(options, "00000000"),
      random: new Random(options.seed ?? 7),
      agenda: new Agenda(),
      links: new Map(),
      dropped: new Map(),
      send: (bytes, to, link) => void this.sent.push({ at: this.now, to, link, bytes, message: read(bytes) }),
    };
    this.responder = new Responder(this.ground, this.own);
    this.relink(options.links ?? [V4]);
  }

  turn<T>(step: (turn: Turn<MdnsEvent>) => T): T {
    return step({
      now: this.now,
      date: () => new Date(0),
      send: () => {
        throw new Error("the responder speaks through its ground");
      },
      emit: (event) => void this.events.push(event),
    });
  }

  relink(links: readonly BoundLink[], resumed = false): void {
    const before = this.ground.links;
    this.ground.links = new Map(links.map((link) => [link.id, link]));
    this.turn((turn) => this.responder.relink(before, resumed, turn));
  }

  /** Records of ours, established on a link. */
  have(records: readonly OwnRecord[], link: BoundLink = V4): LiveRecord[] {
    return records.map((record) => this.own.hold(link, record, 1, true));
  }

  /** A query comes in, by the wire. Returns why it was not answered, as the engine would count it. */
  ask(
    questions: readonly Question[],
    rest: Partial<DnsMessage> = {},
    arrival: Arrival = {},
  ): MdnsDropReason | undefined {
    const bytes = encodeMessage({ kind: "query", questions, ...rest });
    const datagram = this.#datagram(bytes, arrival);
    return this.turn((turn) => {
      const reason = this.responder.hearQuery(read(bytes), datagram, turn);
      if (reason) drop(this.ground, reason, datagram, turn);
      return reason;
    });
  }

  /** A response of another host comes in. */
  tell(answers: readonly ResourceRecord[], rest: Partial<DnsMessage> = {}, arrival: Arrival = {}): void {
    const bytes = encodeMessage({ kind: "response", answers, ...rest });
    this.turn((turn) => this.responder.hearResponse(read(bytes), this.#datagram(bytes, arrival), turn));
  }

  /** Lets `ms` pass. */
  advance(ms: number): void {
    const end = this.now + ms;
    while (this.ground.agenda.nextAt <= end) {
      this.now = Math.max(this.now, this.ground.agenda.nextAt);
      this.turn((turn) => this.ground.agenda.runDue(turn));
    }
    this.now = end;
  }

  /** What was said so far, which is then put aside. */
  heard(): Sent[] {
    return this.sent.splice(0);
  }

  get dropped(): MdnsDropReason[] {
    return this.events.map(({ reason }) => reason);
  }

  #datagram(bytes: Uint8Array, { from, to = "group", link = V4 }: Arrival): Datagram {
    return { bytes, from: { ...ASKER, ...from }, link, socket: "shared", to };
  }
}

function read(bytes: Uint8Array): DnsMessage {
  const message = decodeMessage(bytes);
  if (message.kind === "malformed") throw new Error(`malformed: ${message.reason}`);
  if (message.violations.length > 0) throw new Error(`violations: ${JSON.stringify(message.violations)}`);
  return message;
}

/** A question for a name, by multicast unless `QU` is said. */
export function question(
  name: string,
  type: number,
  how: "QM" | "QU" = "QM",
  code = CLASS.IN as number,
): Question {
  return { name: Name.parse(name), type, class: code, unicast: how === "QU" };
}

export function unique(name: string, type: number, data: RecordData, ttl = 120): OwnRecord {
  return { name: Name.parse(name), type, ttl, isShared: false, data };
}

export function shared(name: string, type: number, data: RecordData, ttl = 4500): OwnRecord {
  return { name: Name.parse(name), type, ttl, isShared: true, data };
}

export function a(name: string, address: string, ttl = 120): OwnRecord {
  return unique(name, TYPE.A, { kind: "A", address }, ttl);
}

export function aaaa(name: string, address: string, ttl = 120): OwnRecord {
  return unique(name, TYPE.AAAA, { kind: "AAAA", address }, ttl);
}

export function srv(name: string, target: string, port = 80, ttl = 120): OwnRecord {
  return unique(
    name,
    TYPE.SRV,
    { kind: "SRV", priority: 0, weight: 0, port, target: Name.parse(target) },
    ttl,
  );
}

export function txt(name: string, ...strings: string[]): OwnRecord {
  const parts = strings.map((text) => new TextEncoder().encode(text));
  const bytes = Uint8Array.from(parts.flatMap((part) => [part.length, ...part]));
  return unique(name, TYPE.TXT, { kind: "TXT", bytes }, 4500);
}

export function ptr(name: string, target: string, ttl = 4500): OwnRecord {
  return shared(name, TYPE.PTR, { kind: "PTR", target: Name.parse(target) }, ttl);
}

/** A record as another host says it, or as one says to know it. */
export function said(
  { name, type, data, ttl }: OwnRecord,
  at: { ttl?: number; flush?: boolean } = {},
): ResourceRecord {
  return { name, type, class: CLASS.IN, flush: at.flush ?? false, ttl: at.ttl ?? ttl, data };
}

const TYPE_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(TYPE).map(([name, code]) => [code, name]),
);

/** A record in a few words: `Host.local A 192.168.1.10`. */
export function words({ name, type, data }: Pick<ResourceRecord, "name" | "type" | "data">): string {
  return `${name} ${TYPE_NAMES.get(type) ?? type}${detail(data)}`;
}

function detail(data: RecordData): string {
  if (data.kind === "A" || data.kind === "AAAA") return ` ${data.address}`;
  if (data.kind === "PTR" || data.kind === "SRV" || data.kind === "CNAME") return ` ${data.target}`;
  return data.kind === "NSEC" ? ` ${data.types.map((type) => TYPE_NAMES.get(type) ?? type).join("+")}` : "";
}

/** A printer with one service, as it is mostly published. */
export const PRINTER: readonly OwnRecord[] = [
  a("Host.local", "192.168.1.10"),
  aaaa("Host.local", "fe80::10"),
  srv("Office._ipp._tcp.local", "Host.local", 631),
  txt("Office._ipp._tcp.local", "rp=ipp/print"),
  ptr("_ipp._tcp.local", "Office._ipp._tcp.local"),
  ptr("_services._dns-sd._udp.local", "_ipp._tcp.local"),
];
