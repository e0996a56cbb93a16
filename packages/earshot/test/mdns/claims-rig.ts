import { Agenda } from "../../src/core/agenda.ts";
import type { BoundLink, Datagram, Turn } from "../../src/core/engine.ts";
import { Random } from "../../src/core/random.ts";
import { Claims } from "../../src/mdns/claims.ts";
import { type MdnsOptions, mdnsConfig } from "../../src/mdns/config.ts";
import type { MdnsEvent } from "../../src/mdns/events.ts";
import type { Ground } from "../../src/mdns/ground.ts";
import { type DnsMessage, decodeMessage, encodeMessage } from "../../src/mdns/message.ts";
import { Name } from "../../src/mdns/name.ts";
import { OwnRecords } from "../../src/mdns/own-records.ts";
import type { OwnRecord, Publication, PublicationNews } from "../../src/mdns/publication.ts";
import { CLASS, type RecordData, type ResourceRecord, TYPE } from "../../src/mdns/record.ts";

export const ETH: BoundLink = {
  id: "eth0/4",
  interfaceName: "eth0",
  family: 4,
  address: "192.168.1.10",
  prefixLength: 24,
  addresses: [{ address: "192.168.1.10", prefixLength: 24 }],
  sharedPort: 5353,
  ownPort: 50_000,
};

/** Another interface, in another network. */
export const WIFI: BoundLink = {
  ...ETH,
  id: "wlan0/4",
  interfaceName: "wlan0",
  address: "10.0.0.10",
  addresses: [{ address: "10.0.0.10", prefixLength: 24 }],
};

export const PEER = "192.168.1.20";

export interface Sent {
  readonly at: number;
  readonly link: string;
  readonly bytes: Uint8Array;
  readonly message: DnsMessage;
}

/** What is claimed, on its own: time by hand, messages by hand, everything that comes out kept. */
export class ClaimsRig {
  readonly own = new OwnRecords();
  readonly ground: Ground;
  readonly claims: Claims;
  readonly sent: Sent[] = [];
  now = 1_000_000;

  constructor(options: MdnsOptions & { links?: readonly BoundLink[]; seed?: number } = {}) {
    this.ground = {
      config: mdnsConfig({ announcements: 2, ...options }, "12345678"),
      random: new Random(options.seed ?? 7),
      agenda: new Agenda<MdnsEvent>(),
      links: new Map(),
      dropped: new Map(),
      send: (bytes, _to, link) =>
        void this.sent.push({ at: this.now, link: link.id, bytes, message: decoded(bytes) }),
    };
    this.claims = new Claims(this.ground, this.own);
    this.relink(options.links ?? [ETH]);
  }

  turn<T>(step: (turn: Turn<MdnsEvent>) => T): T {
    return step({ now: this.now, date: () => new Date(0), send: () => {}, emit: () => {} });
  }

  relink(links: readonly BoundLink[], resumed = false): void {
    const before = this.ground.links;
    this.ground.links = new Map(links.map((link) => [link.id, link]));
    this.turn((turn) => this.claims.relink(before, resumed, turn));
  }

  advance(ms: number): void {
    const end = this.now + ms;
    const { agenda } = this.ground;
    for (let runs = 0; agenda.nextAt <= end; runs++) {
      if (runs > 100_000) throw new Error("the agenda runs for ever");
      this.now = Math.max(this.now, agenda.nextAt);
      this.turn((turn) => agenda.runDue(turn));
    }
    this.now = end;
  }

  /** Lets a moment pass in which everything that is due now happens. */
  settle(): void {
    this.advance(0);
  }

  publish(publication: Publication): number {
    return this.turn((turn) => this.claims.add(publication, turn));
  }

  withdraw(id: number): void {
    this.turn((turn) => this.claims.withdraw(id, turn));
  }

  update(id: number): void {
    this.turn((turn) => this.claims.update(id, turn));
  }

  /** A response of another host is heard. */
  hear(
    records: readonly ResourceRecord[],
    from: Partial<Datagram["from"]> & { link?: BoundLink } = {},
  ): void {
    this.#receive({ kind: "response", authoritative: true, answers: [...records] }, from);
  }

  /** A probe of another host is heard. */
  hearProbe(records: readonly ResourceRecord[], from: { link?: BoundLink; port?: number } = {}): void {
    const names = new Map(records.map(({ name }) => [name.key, name]));
    const questions = [...names.values()].map((name) => ({
      name,
      type: TYPE.ANY,
      class: CLASS.IN,
      unicast: true,
    }));
    this.#receive({ kind: "query", questions, authorities: [...records] }, from);
  }

  #receive(
    message: Parameters<typeof encodeMessage>[0],
    { address = PEER, port = 5353, link = ETH }: { address?: string; port?: number; link?: BoundLink },
  ): void {
    const bytes = encodeMessage(message);
    const datagram: Datagram = { bytes, from: { address, port }, link, socket: "shared", to: "group" };
    const read = decoded(bytes);
    this.turn((turn) => {
      if (read.kind === "response") this.claims.hearResponse(read, datagram, turn);
      else this.claims.hearQuery(read, datagram, turn);
    });
  }

  /** What was sent so far is put aside. */
  forget(): void {
    this.sent.length = 0;
  }

  get probes(): Sent[] {
    return this.sent.filter(({ message }) => message.kind === "query");
  }

  get responses(): Sent[] {
    return this.sent.filter(({ message }) => message.kind === "response");
  }

  /** The announcements so far: when, and each record as text. */
  get announced(): string[][] {
    return this.responses.map(({ message }) => message.answers.map(textOf));
  }
}

/** A publication that can be changed, and keeps what it was told. */
export class Offer implements Publication {
  records: (link: BoundLink) => readonly OwnRecord[];
  readonly probes: boolean;
  readonly news: PublicationNews[] = [];
  /** Does something whenever it is told something. */
  react: (news: PublicationNews, turn: Turn<MdnsEvent>) => void = () => {};

  constructor(
    records: readonly OwnRecord[] | ((link: BoundLink) => readonly OwnRecord[]),
    { probes = true }: { probes?: boolean } = {},
  ) {
    this.records = typeof records === "function" ? records : () => records;
    this.probes = probes;
  }

  recordsOn(link: BoundLink): readonly OwnRecord[] {
    return this.records(link);
  }

  hear(news: PublicationNews, turn: Turn<MdnsEvent>): void {
    this.news.push(news);
    this.react(news, turn);
  }

  get told(): string[] {
    return this.news.map((news) => (news.kind === "conflict" ? `conflict ${news.name}` : news.kind));
  }
}

export const HOST = Name.parse("office.local");
export const TYPE_NAME = Name.parse("_ipp._tcp.local");
export const INSTANCE = Name.of("Office", "_ipp", "_tcp", "local");

export function a(address: string, name: Name = HOST): OwnRecord {
  return { name, type: TYPE.A, ttl: 120, isShared: false, data: { kind: "A", address } };
}

export function srv(port: number, name: Name = INSTANCE, target: Name = HOST): OwnRecord {
  const data: RecordData = { kind: "SRV", priority: 0, weight: 0, port, target };
  return { name, type: TYPE.SRV, ttl: 120, isShared: false, data };
}

export function txt(text: string, name: Name = INSTANCE): OwnRecord {
  const value = new TextEncoder().encode(text);
  const bytes = new Uint8Array([value.length, ...value]);
  return { name, type: TYPE.TXT, ttl: 4500, isShared: false, data: { kind: "TXT", bytes } };
}

export function ptr(target: Name = INSTANCE, name: Name = TYPE_NAME): OwnRecord {
  return { name, type: TYPE.PTR, ttl: 4500, isShared: true, data: { kind: "PTR", target } };
}

/** A printer as DNS-SD has it: PTR, SRV and TXT of the instance, the address of its host. */
export function printer(instance: string = "Office", port = 631, address = "192.168.1.10"): OwnRecord[] {
  const name = Name.of(instance, "_ipp", "_tcp", "local");
  return [ptr(name), srv(port, name), txt("rp=ipp", name), a(address)];
}

/** A record as another host says it. */
export function said(record: OwnRecord, changes: Partial<ResourceRecord> = {}): ResourceRecord {
  const { name, type, ttl, data } = record;
  return { name, type, class: CLASS.IN, flush: !record.isShared, ttl, data, ...changes };
}

/** A record in a line: `SRV Office._ipp._tcp.local 631 flush`. */
export function textOf({ name, data, flush, ttl }: ResourceRecord): string {
  const rest = [...(flush ? ["flush"] : []), ...(ttl === 0 ? ["goodbye"] : [])];
  return [data.kind, name.toString(), dataText(data), ...rest].join(" ");
}

function dataText(data: RecordData): string {
  if (data.kind === "A" || data.kind === "AAAA") return data.address;
  if (data.kind === "PTR") return data.target.toString();
  if (data.kind === "SRV") return String(data.port);
  if (data.kind === "TXT") return new TextDecoder().decode(data.bytes.subarray(1));
  return "";
}

function decoded(bytes: Uint8Array): DnsMessage {
  const message = decodeMessage(bytes);
  if (message.kind === "malformed") throw new Error(`malformed: ${message.reason}`);
  if (message.violations.length > 0)
    throw new Error(`not by the book: ${JSON.stringify(message.violations)}`);
  return message;
}
