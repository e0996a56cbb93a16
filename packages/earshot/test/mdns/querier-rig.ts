import { Agenda } from "../../src/core/agenda.ts";
import type { BoundLink, Datagram, Turn } from "../../src/core/engine.ts";
import { Random } from "../../src/core/random.ts";
import type { AnswerChange, Ask, Asking } from "../../src/mdns/asking.ts";
import { type MdnsOptions, mdnsConfig } from "../../src/mdns/config.ts";
import type { MdnsDropReason, MdnsEvent } from "../../src/mdns/events.ts";
import type { Ground } from "../../src/mdns/ground.ts";
import { Interest } from "../../src/mdns/interest.ts";
import { type DnsMessage, decodeMessage, encodeMessage } from "../../src/mdns/message.ts";
import { Name } from "../../src/mdns/name.ts";
import { Querier } from "../../src/mdns/querier.ts";
import { CLASS, type Question, type RecordData, type ResourceRecord, TYPE } from "../../src/mdns/record.ts";

export const LINK: BoundLink = {
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

export const LINK6: BoundLink = {
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

export const PEER = "192.168.1.20";
export const OTHER = "192.168.1.30";
export const IPP: Name = Name.parse("_ipp._tcp.local");
/** Longer ago than any link came up, so that what is asked now is asked as by somebody who came later. */
const LONG_UP = 60_000;

/** A query of ours. */
export interface Sent {
  /** When, in ms since the rig was made. */
  readonly at: number;
  readonly link: string;
  readonly bytes: Uint8Array;
  readonly message: DnsMessage;
}

export interface RigOptions extends MdnsOptions {
  readonly links?: readonly BoundLink[];
  readonly seed?: number;
  /** The links have only just come up. */
  readonly isNew?: boolean;
}

/** One who asks, and all that he was told: `added office._ipp._tcp.local PTR`. */
export interface Asker {
  readonly asking: Asking;
  readonly changes: AnswerChange[];
  readonly told: string[];
  /** Of each change, when it was told. */
  readonly at: number[];
}

/** A querier in a glass case: time by hand, messages by hand, as real bytes both ways. */
export class QuerierRig {
  readonly querier: Querier;
  readonly ground: Ground;
  readonly interest = new Interest();
  readonly sent: Sent[] = [];
  readonly drops: MdnsDropReason[] = [];
  /** Where queries were sent. */
  readonly destinations = new Set<Parameters<Ground["send"]>[1]>();
  #now = 1_000_000;

  constructor({ links = [LINK], seed = 7, isNew = false, ...options }: RigOptions = {}) {
    this.ground = {
      config: mdnsConfig(options, "00000000"),
      random: new Random(seed),
      agenda: new Agenda<MdnsEvent>(),
      links: new Map(),
      dropped: new Map(),
      send: (bytes, to, link) => this.#keep(bytes, to, link),
    };
    this.querier = new Querier(this.ground, this.interest);
    this.relink(links);
    if (!isNew) this.advance(LONG_UP);
  }

  /** In ms since the rig was made. */
  get now(): number {
    return this.#now - 1_000_000;
  }

  turn<T>(step: (turn: Turn<MdnsEvent>) => T): T {
    return step({
      now: this.#now,
      date: () => new Date(Date.UTC(2026, 0, 1)),
      send: () => {
        throw new Error("what is sent goes by the ground");
      },
      emit: () => undefined,
    });
  }

  relink(links: readonly BoundLink[], resumed = false): void {
    const before = this.ground.links;
    this.ground.links = new Map(links.map((link) => [link.id, link]));
    this.turn((turn) => this.querier.relink(before, resumed, turn));
  }

  advance(ms: number): void {
    const end = this.#now + ms;
    while (this.ground.agenda.nextAt <= end) {
      this.#now = Math.max(this.#now, this.ground.agenda.nextAt);
      this.turn((turn) => this.ground.agenda.runDue(turn));
    }
    this.#now = end;
  }

  /** Time goes by, and nothing runs. */
  pass(ms: number): void {
    this.#now += ms;
  }

  /** The program is held up, and then all that was due runs at once. */
  stall(ms: number): void {
    this.pass(ms);
    this.turn((turn) => this.ground.agenda.runDue(turn));
  }

  ask(ask: Partial<Ask> = {}): Asker {
    const changes: AnswerChange[] = [];
    const told: string[] = [];
    const at: number[] = [];
    const hear = (change: AnswerChange): void => {
      changes.push(change);
      told.push(textOf(change));
      at.push(this.now);
    };
    const complete: Ask = { name: IPP, type: TYPE.PTR, mode: "continuous", ...ask };
    const asking = this.turn((turn) => this.querier.ask(complete, hear, turn));
    return { asking, changes, told, at };
  }

  /** Somebody says these records. Returns whether the message was of interest to anybody. */
  say(records: readonly ResourceRecord[], how: Saying = {}): boolean {
    const { additionals = [], message = {}, ...datagram } = how;
    const bytes = encodeMessage({ kind: "response", answers: records, additionals, ...message });
    return this.#hear(bytes, datagram);
  }

  /** Somebody else asks. */
  hearQuery(questions: readonly Partial<Question>[], how: Querying = {}): boolean {
    const { known = [], truncated = false, ...datagram } = how;
    const complete = questions.map((question) => ({
      name: IPP,
      type: TYPE.PTR,
      class: CLASS.IN,
      unicast: false,
      ...question,
    }));
    const bytes = encodeMessage({ kind: "query", questions: complete, answers: known, truncated });
    return this.#hear(bytes, datagram);
  }

  hearBytes(bytes: Uint8Array, how: Where = {}): boolean {
    return this.#hear(bytes, how);
  }

  /** The questions of what was sent, one text for each message: `_ipp._tcp.local 12 QU`. */
  get asked(): string[] {
    return this.sent.map(({ message }) => message.questions.map(questionText).join(", "));
  }

  /** When each message with questions was sent, from `since` on. */
  askedAt(since = 0): number[] {
    return this.sent.filter(({ message }) => message.questions.length > 0).map(({ at }) => at - since);
  }

  #hear(bytes: Uint8Array, { address = PEER, link = LINK, to = "group", port = 5353 }: Where): boolean {
    if (!this.interest.wants(bytes)) return false;
    const datagram: Datagram = { bytes, from: { address, port }, link, socket: "shared", to };
    const message = decodeMessage(bytes);
    if (message.kind === "malformed") return false;
    this.turn((turn) => {
      if (message.kind === "query") this.querier.hearQuery(message, datagram, turn);
      else {
        const reason = this.querier.hearResponse(message, datagram, turn);
        if (reason) this.drops.push(reason);
      }
    });
    return true;
  }

  #keep(bytes: Uint8Array, to: Parameters<Ground["send"]>[1], link: BoundLink): void {
    const message = decodeMessage(bytes);
    if (message.kind === "malformed" || message.violations.length > 0)
      throw new Error(`we sent what is wrong: ${JSON.stringify(message)}`);
    this.destinations.add(to);
    this.sent.push({ at: this.now, link: link.id, bytes, message });
  }
}

interface Where {
  readonly address?: string;
  readonly link?: BoundLink;
  readonly to?: "group" | "host";
  readonly port?: number;
}

interface Saying extends Where {
  readonly additionals?: readonly ResourceRecord[];
  /** The rest of the message. */
  readonly message?: Partial<DnsMessage>;
}

interface Querying extends Where {
  readonly known?: readonly ResourceRecord[];
  readonly truncated?: boolean;
}

export const instance = (name: string): Name => Name.of(name, ...IPP.labels);
export const host = (name: string): Name => Name.of(name, "local");

export function ptr(name: string, changes: Partial<ResourceRecord> = {}): ResourceRecord {
  return record(
    IPP,
    TYPE.PTR,
    { kind: "PTR", target: instance(name) },
    { ttl: 4500, flush: false, ...changes },
  );
}

export function srv(name: string, at: string, changes: Partial<ResourceRecord> = {}): ResourceRecord {
  const data = { kind: "SRV", priority: 0, weight: 0, port: 631, target: host(at) } as const;
  return record(instance(name), TYPE.SRV, data, changes);
}

export function txt(name: string, text: string, changes: Partial<ResourceRecord> = {}): ResourceRecord {
  const bytes = Uint8Array.from([text.length, ...new TextEncoder().encode(text)]);
  return record(instance(name), TYPE.TXT, { kind: "TXT", bytes }, { ttl: 4500, ...changes });
}

export function a(name: string, address: string, changes: Partial<ResourceRecord> = {}): ResourceRecord {
  return record(host(name), TYPE.A, { kind: "A", address }, changes);
}

export function nsec(
  name: Name,
  types: readonly number[],
  changes: Partial<ResourceRecord> = {},
): ResourceRecord {
  return record(name, TYPE.NSEC, { kind: "NSEC", next: name, types }, changes);
}

export function cname(name: Name, target: Name, changes: Partial<ResourceRecord> = {}): ResourceRecord {
  return record(name, TYPE.CNAME, { kind: "CNAME", target }, changes);
}

/** A unique record of two minutes, as a host says it of itself. */
export function record(
  name: Name,
  type: number,
  data: RecordData,
  changes: Partial<ResourceRecord> = {},
): ResourceRecord {
  return { name, type, class: CLASS.IN, flush: true, ttl: 120, data, ...changes };
}

export const gone = (said: ResourceRecord): ResourceRecord => ({ ...said, ttl: 0 });

function questionText({ name, type, unicast }: Question): string {
  return `${name} ${type}${unicast ? " QU" : ""}`;
}

/** What a record says, short. */
export function dataText({ data }: ResourceRecord): string {
  if (data.kind === "PTR" || data.kind === "CNAME") return data.target.toString();
  if (data.kind === "A" || data.kind === "AAAA") return data.address;
  if (data.kind === "SRV") return `${data.target}:${data.port}`;
  if (data.kind === "TXT") return new TextDecoder().decode(data.bytes.subarray(1));
  return data.kind;
}

function textOf(change: AnswerChange): string {
  if (change.kind === "none") return "none";
  const text = `${change.kind} ${dataText(change.answer.record)}`;
  return change.kind === "removed" ? `${text} ${change.reason}` : text;
}
