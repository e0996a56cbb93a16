import { Agenda } from "../core/agenda.ts";
import type { Binding, BoundLink, Datagram, Endpoint, Engine, Instant, Turn } from "../core/engine.ts";
import { UsageError } from "../core/errors.ts";
import { Random } from "../core/random.ts";
import {
  CLASS,
  type DnsMessage,
  decodeMessage,
  encodeMessage,
  Name,
  type Question,
  type RecordData,
  type ResourceRecord,
  TYPE,
} from "../mdns/index.ts";
import { type CrowdAddresses, crowdAddresses, crowdHost, fromOne } from "./crowd-place.ts";
import type { HostOptions } from "./lan.ts";

export interface MdnsCrowdOptions {
  /** How many services, 1 to 30,000: each on a host of its own, with an IPv4 and an IPv6 address. */
  readonly services: number;
  /** `spread`: each answers at random within 20 to 120 ms, as it should. `burst`: all at once. @default "spread" */
  readonly answers?: "spread" | "burst";
  /** What every service is. @default "_crowd._tcp" */
  readonly type?: string;
  /** Whether who answers with one record adds those that will be asked for next. @default true */
  readonly additionals?: boolean;
  /** Seconds that names and texts live. @default 4500 */
  readonly ttlSeconds?: number;
  /** Seconds that hosts, ports and addresses live. @default 120 */
  readonly hostTtlSeconds?: number;
  /** Seeds when who answers. @default 1 */
  readonly seed?: number;
}

/** One synthetic service: `Device 17._crowd._tcp.local` on `device-17.local`. */
export interface CrowdService {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly addresses: CrowdAddresses;
}

const PORT = 5353;
const FIRST_PORT = 20_000;
const MOST_SERVICES = 30_000;
/** Answers under way at most; a query that would exceed it is not answered. */
const MOST_PENDING = 1_000_000;
const ANSWER_DELAY: readonly [number, number] = [20, 120];
/** QR: responses, the crowd's own and others', are none of its business. */
const RESPONSE_BIT = 0x80;
const TEXT = new TextEncoder().encode("\u0006path=/");

/**
 * Thousands of services of DNS-SD in one engine, each on a host of its own:
 *
 *     const crowd = new MdnsCrowd({ services: 5000 });
 *     const driver = new Driver(lan.addHost("crowd", crowd.host), crowd, { deliver: () => {} });
 *
 * It answers for its PTR, SRV, TXT, A and AAAA records, by unicast where that is asked for, and announces when told to. It
 * heeds the known answers of a query (RFC 6762 §7.1), but no more of politeness: it neither probes nor counts how often it
 * says what.
 */
export class MdnsCrowd implements Engine<never> {
  readonly binding: Binding = {
    port: PORT,
    groups: { 4: ["224.0.0.251"], 6: ["ff02::fb"] },
    hops: 255,
    speaksFromPort: true,
  };
  readonly services: readonly CrowdService[];
  /** How often it was heard that all are asked for, and messages of answers that were sent. */
  readonly counts: { queries: number; answers: number } = { queries: 0, answers: 0 };
  readonly #options: Required<MdnsCrowdOptions>;
  readonly #type: Name;
  readonly #random: Random;
  readonly #agenda = new Agenda<never>();
  readonly #byName = new Map<string, Member>();
  readonly #members: readonly Member[];
  #links: readonly BoundLink[] = [];

  /** @throws UsageError `INVALID_CROWD`, `INVALID_NAME` */
  constructor(options: MdnsCrowdOptions) {
    const { services } = options;
    if (!Number.isInteger(services) || services < 1 || services > MOST_SERVICES)
      throw new UsageError("INVALID_CROWD", `a crowd has 1 to ${MOST_SERVICES} services, not ${services}`);
    const defaults = { answers: "spread", type: "_crowd._tcp", additionals: true, seed: 1 } as const;
    this.#options = { ...defaults, ttlSeconds: 4500, hostTtlSeconds: 120, ...options };
    this.#random = new Random(this.#options.seed);
    this.#type = Name.parse(`${this.#options.type}.local`);
    this.services = Array.from({ length: services }, (_, index) => serviceAt(index));
    this.#members = this.services.map((service) => ({
      service,
      instance: this.#type.prepend(service.name),
      host: Name.parse(service.host),
    }));
    for (const member of this.#members) {
      this.#byName.set(member.instance.key, member);
      this.#byName.set(member.host.key, member);
    }
  }

  /** The host to put it on: one interface that has the address of every service. */
  get host(): HostOptions {
    return crowdHost(this.services);
  }

  get wakeAt(): Instant {
    return this.#agenda.nextAt;
  }

  wake(turn: Turn<never>): void {
    this.#agenda.runDue(turn);
  }

  relink(links: readonly BoundLink[]): void {
    this.#links = links;
  }

  wants(bytes: Uint8Array): boolean {
    return bytes.length > 2 && ((bytes[2] ?? 0) & RESPONSE_BIT) === 0;
  }

  receive(datagram: Datagram, turn: Turn<never>): void {
    const message = decodeMessage(datagram.bytes);
    const link = this.#links.find((bound) => bound.id === datagram.link.id);
    if (message.kind !== "query" || !link || datagram.from.port !== PORT) return;
    if (message.authorities.length > 0 || this.#agenda.size > MOST_PENDING) return; // Who probes is none of ours.
    if (message.questions.some(({ name }) => name.equals(this.#type))) this.counts.queries++;
    const known = knownIn(message);
    const wanted = new Map<Member, { readonly answers: ResourceRecord[]; isUnicast: boolean }>();
    for (const question of message.questions)
      for (const [member, records] of this.#answersTo(question, known)) {
        const plan = wanted.get(member) ?? { answers: [], isUnicast: true };
        plan.answers.push(...records);
        plan.isUnicast &&= question.unicast;
        wanted.set(member, plan);
      }
    for (const [member, { answers, isUnicast }] of wanted)
      this.#later(turn, this.#options.answers === "burst" ? undefined : ANSWER_DELAY, (then) =>
        this.#say(member, answers, link, isUnicast ? datagram.from : "group", then),
      );
  }

  /** Every service says that it is there, on every link, at random within `withinMs`. */
  announce(turn: Turn<never>, withinMs = 0): void {
    this.#notify(turn, withinMs, (member) => this.#recordsOf(member));
  }

  /** Every service says goodbye, on every link, at random within `withinMs`. */
  sayGoodbye(turn: Turn<never>, withinMs = 0): void {
    this.#notify(turn, withinMs, (member) =>
      this.#recordsOf(member).map((record) => ({ ...record, ttl: 0 })),
    );
  }

  #notify(turn: Turn<never>, withinMs: number, recordsOf: (member: Member) => ResourceRecord[]): void {
    for (const link of this.#links)
      for (const member of this.#members)
        this.#later(turn, withinMs === 0 ? undefined : [0, withinMs], (then) => {
          const bytes = encodeMessage({ kind: "response", answers: recordsOf(member) });
          then.send(fromOne(member.service.addresses, link, "group", bytes));
        });
  }

  *#answersTo(question: Question, known: ReadonlySet<string>): Iterable<[Member, ResourceRecord[]]> {
    const { name, type } = question;
    const isAsked = (record: ResourceRecord): boolean => type === TYPE.ANY || type === record.type;
    if (name.equals(this.#type)) {
      if (type !== TYPE.PTR && type !== TYPE.ANY) return;
      for (const member of this.#members)
        if (!known.has(member.instance.key)) yield [member, [this.#pointer(member)]];
      return;
    }
    const member = this.#byName.get(name.key);
    const records =
      member && this.#recordsOf(member).filter((record) => record.name.equals(name) && isAsked(record));
    if (member && records && records.length > 0) yield [member, records];
  }

  #say(
    member: Member,
    answers: readonly ResourceRecord[],
    link: BoundLink,
    to: Endpoint | "group",
    turn: Turn<never>,
  ): void {
    this.counts.answers++;
    const said = new Set(answers.map(({ name, type }) => `${type} ${name.key}`));
    const additionals = this.#options.additionals
      ? this.#recordsOf(member).filter(
          ({ name, type }) => type !== TYPE.PTR && !said.has(`${type} ${name.key}`),
        )
      : [];
    const bytes = encodeMessage({ kind: "response", answers, additionals });
    turn.send(fromOne(member.service.addresses, link, to, bytes));
  }

  #later(
    turn: Turn<never>,
    within: readonly [number, number] | undefined,
    run: (turn: Turn<never>) => void,
  ): void {
    if (!within) run(turn);
    else this.#agenda.set(turn.now + this.#random.between(...within), "one of a crowd", run);
  }

  #pointer({ instance }: Member): ResourceRecord {
    return record(this.#type, this.#options.ttlSeconds, { kind: "PTR", target: instance }, false);
  }

  #recordsOf(member: Member): ResourceRecord[] {
    const { instance, host, service } = member;
    const { ttlSeconds, hostTtlSeconds } = this.#options;
    const place = { kind: "SRV", priority: 0, weight: 0, port: service.port, target: host } as const;
    return [
      this.#pointer(member),
      record(instance, hostTtlSeconds, place, true),
      record(instance, ttlSeconds, { kind: "TXT", bytes: TEXT }, true),
      record(host, hostTtlSeconds, { kind: "A", address: service.addresses[4] }, true),
      record(host, hostTtlSeconds, { kind: "AAAA", address: service.addresses[6] }, true),
    ];
  }
}

interface Member {
  readonly service: CrowdService;
  readonly instance: Name;
  readonly host: Name;
}

function serviceAt(index: number): CrowdService {
  return {
    name: `Device ${index}`,
    host: `device-${index}.local`,
    port: FIRST_PORT + index,
    addresses: crowdAddresses(index),
  };
}

function record(
  name: Name,
  ttl: number,
  data: Extract<RecordData, { kind: keyof typeof TYPE }>,
  flush: boolean,
): ResourceRecord {
  return { name, type: TYPE[data.kind], class: CLASS.IN, flush, ttl, data };
}

/** What the asker has said that it knows already: the targets of PTR records. */
function knownIn({ answers }: DnsMessage): ReadonlySet<string> {
  return new Set(answers.flatMap(({ data }) => (data.kind === "PTR" ? [data.target.key] : [])));
}
