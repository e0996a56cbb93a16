import type { BoundLink, Datagram, Turn } from "../../src/core/engine.ts";
import { Random } from "../../src/core/random.ts";
import type { Asking } from "../../src/mdns/asking.ts";
import { mdnsConfig } from "../../src/mdns/config.ts";
import { MdnsEngine } from "../../src/mdns/engine.ts";
import type { MdnsEvent } from "../../src/mdns/events.ts";
import { encodeMessage } from "../../src/mdns/message.ts";
import { Name } from "../../src/mdns/name.ts";
import type { OwnRecord, Publication, PublicationNews } from "../../src/mdns/publication.ts";
import { CLASS, type RecordData, type ResourceRecord, TYPE } from "../../src/mdns/record.ts";
import { V4 } from "../mdns/engine-rig.ts";
import { bytesOf } from "../mdns/telling.ts";
import { vectors } from "../mdns/vectors.ts";
import { wireFormats } from "../mdns/wire-formats.ts";
import { MDNS_WORDS, mdnsCodec } from "./mdns-codec.ts";
import { RATES, Said } from "./mdns-said.ts";
import { Mutant } from "./mutant.ts";
import { readScript, type Script, ScriptChanger, type Step, writeScript } from "./script.ts";
import type { Signature } from "./signature.ts";
import { insist, type Target } from "./target.ts";

const DAY_MS = 86_400_000;
/** How long nothing happens before a step, in ms. */
const DELAYS = [0, 0, 0, 1, 10, 30, 100, 250, 300, 500, 1000, 2900, 11_000, 70_000, 400_000, 3_700_000];
const V6: BoundLink = {
  ...V4,
  id: "eth0/6",
  family: 6,
  address: "fe80::10",
  prefixLength: 64,
  addresses: [{ address: "fe80::10", prefixLength: 64 }],
};
/** Neighbours in both families, one that is off the link, and one of our own addresses. */
const SOURCES = {
  4: ["192.168.1.20", "192.168.1.21", "192.168.1.22", "10.9.9.9", "192.168.1.10"],
  6: ["fe80::20", "fe80::21", "fe80::22", "2001:db8::1", "fe80::10"],
};
const PORTS = [5353, 5353, 5353, 50_000, 0];
/** Tight, so that every table overflows; and as it comes. */
const TIGHT = { records: 12, recordsPerSource: 5, knownAnswers: 2, deferredSources: 2, deferredPerSource: 2 };
const LOOSE = { records: 10_000, recordsPerSource: 2500 };
/** Deadlines of what is asked, published and awaited; what is deferred comes on top. */
const MOST_DEADLINES = 1200;
const MOST_WAKES = 20_000;
const MOST_WAKES_AT_ONCE = 50;

const HTTP = Name.parse("_http._tcp.local");
const HOSTS = ["ours", "ours-2", "ours-3"].map((label) => Name.of(label, "local"));
const INSTANCES = ["web", "web (2)"].map((label) => Name.of(label, ...HTTP.labels));

const changer = new ScriptChanger(MDNS_WORDS, 9100);
const packetMutant = new Mutant(9100);
let datagrams = 0;

/** A whole engine that asks and publishes on two links, whatever strangers, the clock and the machine do. */
export const mdnsEngine: Target = {
  name: "mdns-engine",
  seeds: seeds(),
  dictionary: MDNS_WORDS,
  mostBytes: 24_000, // A script of many datagrams.
  mostMs: 250,
  mutate: change,
  run(bytes, signature) {
    new Play(readScript(bytes)).perform(signature);
  },
  examine(bytes) {
    new Play(readScript(bytes)).end();
  },
  without(bytes, part) {
    const { setup, steps } = readScript(bytes);
    return part < steps.length ? writeScript({ setup, steps: steps.toSpliced(part, 1) }) : undefined;
  },
  tally: () => `${datagrams.toLocaleString("en-GB")} datagrams`,
};

/** Half the time one packet, by what is known of messages. */
function change(mutant: Mutant, random: Random, pick: () => Uint8Array): void {
  const { setup, steps } = readScript(mutant.bytes);
  const at = Math.floor(random.next() * steps.length);
  const step = steps[at];
  if (!step || step.packet.length === 0 || random.next() < 0.5) {
    changer.change(mutant, random, pick);
    return;
  }
  const another = (): Uint8Array => readScript(pick()).steps[0]?.packet ?? step.packet;
  packetMutant.load(step.packet);
  mdnsCodec.mutate?.(packetMutant, random, another);
  const packet = packetMutant.bytes.slice();
  mutant.replace(0, mutant.length, writeScript({ setup, steps: steps.with(at, { ...step, packet }) }));
}

/** What is published, and what it was told. */
class Offered implements Publication {
  readonly probes: boolean;
  readonly news: PublicationNews[] = [];
  records: (link: BoundLink) => readonly OwnRecord[];

  constructor(records: (link: BoundLink) => readonly OwnRecord[], probes: boolean) {
    this.records = records;
    this.probes = probes;
  }

  recordsOn(link: BoundLink): readonly OwnRecord[] {
    return this.records(link);
  }

  hear(news: PublicationNews): void {
    this.news.push(news);
  }
}

class Play {
  readonly #script: Script;
  readonly #engine: MdnsEngine;
  readonly #limits: { readonly records: number };
  readonly #askings = new Map<number, Asking>();
  readonly #published = new Map<number, Offered>();
  readonly #told: string[] = [];
  readonly #said = new Said();
  #now = 1_000_000;
  #wakes = 0;
  #renames = 0;

  constructor(script: Script) {
    const { setup } = script;
    this.#script = script;
    this.#limits = setup & 1 ? TIGHT : LOOSE;
    const options = { limits: { ...this.#limits, ...RATES }, verifyGoodbye: (setup & 2) === 0 };
    this.#engine = new MdnsEngine(mdnsConfig(options, "00000000"), new Random(setup));
    this.#relink(3, false);
    if (setup & 4) for (const deed of [0, 1, 2, 3]) this.#act(deed, deed);
    if (setup & 8) for (const deed of [4, 5]) this.#act(deed, deed);
    if (setup & 16) this.#advance(3000);
  }

  perform(signature: Signature): void {
    this.#steps();
    for (const word of this.#told) signature.note(word);
    for (const word of this.#said.words) signature.note(word);
    for (const { news } of this.#published.values()) for (const { kind } of news) signature.note(kind);
    signature.count("known", this.#engine.counts.known);
    signature.count("waiting", this.#engine.waiting.length);
  }

  /** Once nobody asks or publishes, everything is forgotten, nothing is waited for, and nobody is listened to. */
  end(): void {
    this.#steps();
    for (const asking of this.#askings.values()) asking.end();
    for (const id of this.#published.keys()) this.#turn((turn) => this.#engine.withdraw(id, turn));
    this.#advance(2 * DAY_MS);
    const { known, asks, publications } = this.#engine.counts;
    insist(known + asks + publications === 0, `${known} records, ${asks} asks for ever`);
    const [waiting] = this.#engine.waiting;
    insist(waiting === undefined, `"${waiting?.reason}" is waited for for ever`);
    insist(this.#engine.wakeAt === Number.POSITIVE_INFINITY, "it wakes for ever");
    for (const { bytes } of this.#said.sent) insist(!this.#engine.wants(bytes), "it listens for ever");
  }

  #steps(): void {
    for (const step of this.#script.steps) {
      this.#advance(DELAYS[step.delay & 15] ?? 0);
      this.#perform(step);
      this.#check();
    }
    this.#advance(3000);
    this.#said.check(this.#now);
  }

  #perform({ deed, source, packet }: Step): void {
    if (deed >= 0xf0) this.#relink(deed & 3, (deed & 4) !== 0);
    else if (deed >= 0xe0) this.#act(deed & 15, source);
    else this.#hear(packet, deed, source);
  }

  #hear(packet: Uint8Array, deed: number, source: number): void {
    datagrams++;
    const link = deed & 1 ? V6 : V4;
    const address = SOURCES[link.family][(source & 7) % 5] ?? "";
    const port = PORTS[(source >> 3) % 5] ?? 0;
    if (!this.#engine.wants(packet)) return;
    this.#said.heard(packet, link.id, this.#now);
    const to = deed & 2 ? "host" : "group";
    const datagram: Datagram = { bytes: packet, from: { address, port }, link, socket: "shared", to };
    this.#turn((turn) => this.#engine.receive(datagram, turn));
  }

  #relink(which: number, resumed: boolean): void {
    const links = [V4, V6].filter((_, index) => which & (1 << index));
    this.#turn((turn) => this.#engine.relink(links, resumed, turn));
  }

  /** Something that the program does itself. */
  #act(deed: number, source: number): void {
    const engine = this.#engine;
    const [id] = [...this.#published.keys()].slice(source % 3);
    const [asked] = [...this.#askings.keys()].slice(source % 3);
    this.#turn((turn) => {
      if (deed < 4) this.#ask(deed, turn);
      else if (deed === 4) this.#publish(this.#host(source), turn);
      else if (deed === 5) this.#publish(this.#service(source), turn);
      else if (deed === 10) engine.reconfirm(HTTP, TYPE.ANY, turn);
      else if (deed === 11 && asked !== undefined) {
        this.#askings.get(asked)?.end();
        this.#askings.delete(asked);
      }
      if (id === undefined || deed < 6) return;
      if (deed === 6) {
        this.#published.delete(id);
        engine.withdraw(id, turn);
      } else if (deed === 7) {
        const other = source & 8 ? this.#host(source) : this.#service(source);
        this.#published.set(id, other);
        engine.replace(id, other, turn);
      } else if (deed === 8) {
        const offered = this.#published.get(id);
        if (offered) offered.records = this.#service(source).records;
        engine.update(id, turn);
      } else if (deed === 9) engine.announce(id, turn);
    });
  }

  #ask(deed: number, turn: Turn<MdnsEvent>): void {
    if (this.#askings.size >= 8) return;
    const [name, type, mode] = ASKS[deed] ?? ([HTTP, TYPE.PTR, "continuous"] as const);
    const asking = this.#engine.ask({ name, type, mode }, ({ kind }) => this.#told.push(kind), turn);
    this.#askings.set(++this.#renames, asking);
  }

  #publish(offered: Offered, turn: Turn<MdnsEvent>): void {
    if (this.#published.size < 6) this.#published.set(this.#engine.publish(offered, turn), offered);
  }

  #host(source: number): Offered {
    const name = HOSTS[source % 3] as Name;
    return new Offered(
      ({ family, address }) => {
        const type = family === 4 ? TYPE.A : TYPE.AAAA;
        const kind = family === 4 ? "A" : "AAAA";
        return [{ name, type, ttl: 120, isShared: false, data: { kind, address } }];
      },
      (source & 16) === 0,
    );
  }

  #service(source: number): Offered {
    const name = INSTANCES[source % 2] as Name;
    const target = HOSTS[source % 3] as Name;
    const bytes = new Uint8Array([1, source]);
    const pointer: OwnRecord = {
      name: HTTP,
      type: TYPE.PTR,
      ttl: 4500,
      isShared: true,
      data: { kind: "PTR", target: name },
    };
    const srv = { kind: "SRV", priority: 0, weight: 0, port: 80, target } as const;
    const own = { name, isShared: false };
    const txt: OwnRecord = { ...own, type: TYPE.TXT, ttl: 4500, data: { kind: "TXT", bytes } };
    const records = [pointer, { ...own, type: TYPE.SRV, ttl: 120, data: srv }, txt];
    return new Offered(() => records, (source & 16) === 0);
  }

  #turn(step: (turn: Turn<MdnsEvent>) => void): void {
    const now = this.#now;
    step({
      now,
      date: () => new Date(0),
      send: (outgoing) => this.#said.add(outgoing, now),
      emit: ({ reason }) => void this.#told.push(reason),
    });
    insist(!Number.isNaN(this.#engine.wakeAt), "wakeAt is no instant");
  }

  /** Lets time pass; time must go on, however the engine is woken. */
  #advance(ms: number): void {
    const end = this.#now + ms;
    let atOnce = 0;
    while (this.#engine.wakeAt <= end) {
      insist(++this.#wakes <= MOST_WAKES, `is woken more than ${MOST_WAKES} times`);
      atOnce = this.#engine.wakeAt <= this.#now ? atOnce + 1 : 0;
      insist(atOnce <= MOST_WAKES_AT_ONCE, `is woken again and again: ${this.#engine.waiting[0]?.reason}`);
      this.#now = Math.max(this.#now, this.#engine.wakeAt);
      this.#turn((turn) => this.#engine.wake(turn));
      insist(this.#engine.wakeAt >= this.#now, "wakeAt is in the past after a wake");
    }
    this.#now = end;
  }

  #check(): void {
    const { known, publications } = this.#engine.counts;
    insist(known <= this.#limits.records, `${known} records are known`);
    insist(publications === this.#published.size, `${publications} publications`);
    const { length } = this.#engine.waiting;
    insist(length <= MOST_DEADLINES, `${length} deadlines`);
  }
}

const ASKS: readonly (readonly [Name, number, "continuous" | "passive" | "once"])[] = [
  [HTTP, TYPE.PTR, "continuous"],
  [INSTANCES[0] as Name, TYPE.ANY, "continuous"],
  [Name.parse("debian.local"), TYPE.A, "continuous"],
  [HTTP, TYPE.PTR, "once"],
];

/** Short stories, and every known message by itself, to an engine that asks, publishes, both, or neither. */
function seeds(): Uint8Array[] {
  const packets = [...wireFormats, ...vectors]
    .map(({ hex }) => bytesOf(hex))
    .filter(({ length }) => length <= 2000);
  const alone = packets.map((packet, at) =>
    writeScript({
      setup: [12, 28, 29, 4][at % 4] ?? 12,
      steps: [{ delay: 9, source: at % 3, deed: 0, packet }],
    }),
  );
  return [
    ...alone,
    ...stories().flatMap((steps) => [12, 13, 28, 31].map((setup) => writeScript({ setup, steps }))),
  ];
}

function stories(): Step[][] {
  const hear = (packet: Uint8Array, delay = 9, source = 0, deed = 0): Step => ({
    delay,
    source,
    deed,
    packet,
  });
  const act = (deed: number, source = 0, delay = 9): Step => hear(new Uint8Array(0), delay, source, deed);
  const [host = HTTP] = HOSTS;
  const [web = HTTP] = INSTANCES;
  const theirs: RecordData = { kind: "A", address: "192.168.1.20" };
  const conflict = response(record(host, TYPE.A, theirs, true));
  const probe = encodeMessage({
    kind: "query",
    questions: [{ name: host, type: TYPE.ANY, class: CLASS.IN, unicast: true }],
    authorities: [record(host, TYPE.A, { kind: "A", address: "192.168.1.250" })],
  });
  const ask = (
    name: Name,
    type: number,
    changes: { unicast?: boolean; truncated?: boolean } = {},
  ): Uint8Array =>
    encodeMessage({
      kind: "query",
      truncated: changes.truncated ?? false,
      questions: [{ name, type, class: CLASS.IN, unicast: changes.unicast ?? false }],
    });
  const pointer = record(HTTP, TYPE.PTR, { kind: "PTR", target: Name.of("printer", ...HTTP.labels) });
  const own = record(HTTP, TYPE.PTR, { kind: "PTR", target: web });
  const known = encodeMessage({ kind: "query", answers: [own] });
  const alias = record(web, TYPE.CNAME, { kind: "CNAME", target: host });
  return [
    [hear(conflict, 11), hear(conflict, 3), hear(conflict, 7), act(0xe7, 8), hear(conflict, 7)],
    [hear(probe, 4), hear(probe, 7), hear(probe, 11), hear(probe, 3)],
    [
      hear(ask(HTTP, TYPE.PTR), 11),
      hear(ask(HTTP, TYPE.PTR, { unicast: true }), 7),
      hear(ask(web, TYPE.ANY), 11),
    ],
    [hear(ask(HTTP, TYPE.PTR, { truncated: true }), 11), hear(known, 6), hear(ask(host, TYPE.AAAA), 10, 27)],
    [hear(response(pointer)), hear(response({ ...pointer, ttl: 0 })), act(0xf0), act(0xf7, 0, 10)],
    [
      hear(response(alias)),
      hear(response({ ...alias, ttl: 1 }), 11),
      hear(response({ ...alias, ttl: 0 }), 11),
    ],
    [hear(response({ ...own, ttl: 0 }), 11), hear(response({ ...own, ttl: 1 }), 9), act(0xf1), act(0xf3)],
    [act(0xe6), act(0xe8, 1), act(0xe9), act(0xea), act(0xeb), act(0xe4, 1), act(0xe5, 1), act(0xf7)],
  ];
}

function response(...answers: ResourceRecord[]): Uint8Array {
  return encodeMessage({ kind: "response", authoritative: true, answers });
}

function record(name: Name, type: number, data: RecordData, flush = false): ResourceRecord {
  return { name, type, class: CLASS.IN, flush, ttl: type === TYPE.PTR ? 4500 : 120, data };
}
