import { Agenda } from "../../src/core/agenda.ts";
import type { BoundLink, Datagram, Turn } from "../../src/core/engine.ts";
import { Random } from "../../src/core/random.ts";
import { Claims } from "../../src/mdns/claims.ts";
import { mdnsConfig } from "../../src/mdns/config.ts";
import type { MdnsEvent } from "../../src/mdns/events.ts";
import type { Ground } from "../../src/mdns/ground.ts";
import { decodeMessage, encodeMessage } from "../../src/mdns/message.ts";
import { Name } from "../../src/mdns/name.ts";
import { OwnRecords } from "../../src/mdns/own-records.ts";
import type { OwnRecord, Publication, PublicationNews } from "../../src/mdns/publication.ts";
import { CLASS, TYPE } from "../../src/mdns/record.ts";
import { Responder } from "../../src/mdns/responder.ts";

interface Weather {
  readonly seed: number;
  /** Share of receivers that a message does not reach, 0 to 1. */
  readonly loss: number;
  /** Most milliseconds that a message takes; each receiver has it at another time. */
  readonly delay: number;
}

/** One link with hosts that claim and answer, and a bystander that asks: virtual time, chance by seed. */
export class Bus {
  readonly hosts: BusHost[] = [];
  readonly #weather: Weather;
  readonly #random: Random;
  readonly #mail = new Agenda<MdnsEvent>();
  #joined = 0;
  now = 0;
  /** Messages sent, by anybody. */
  sent = 0;

  constructor(weather: Weather) {
    this.#weather = weather;
    this.#random = new Random(weather.seed);
  }

  get random(): Random {
    return this.#random;
  }

  join(): BusHost {
    const host = new BusHost(this, ++this.#joined);
    this.hosts.push(host);
    return host;
  }

  deliver(bytes: Uint8Array, to: Parameters<Ground["send"]>[1], from: string): void {
    this.sent++;
    for (const host of this.hosts) {
      if (host.link.address === from || (to !== "group" && to.address !== host.link.address)) continue;
      if (this.#random.next() < this.#weather.loss) continue;
      const at = this.now + this.#random.between(0, this.#weather.delay);
      this.#mail.set(at, "a message on its way", () =>
        host.receive(bytes, from, to === "group" ? "group" : "host"),
      );
    }
  }

  /** Somebody else asks for everything that has a name, and all can hear the answers. */
  ask(name: Name): void {
    const questions = [{ name, type: TYPE.ANY, class: CLASS.IN, unicast: false }];
    this.deliver(encodeMessage({ kind: "query", questions }), "group", "10.0.0.250");
  }

  advance(ms: number): void {
    const end = this.now + ms;
    for (let steps = 0; steps < 1_000_000; steps++) {
      const agendas = [this.#mail, ...this.hosts.map(({ ground }) => ground.agenda)];
      const next = Math.min(...agendas.map(({ nextAt }) => nextAt));
      if (next > end) break;
      this.now = Math.max(this.now, next);
      for (const agenda of agendas) if (agenda.nextAt <= this.now) agenda.runDue(this.turn);
    }
    this.now = end;
  }

  get turn(): Turn<MdnsEvent> {
    return { now: this.now, date: () => new Date(0), send: () => {}, emit: () => {} };
  }
}

export class BusHost {
  readonly link: BoundLink;
  readonly ground: Ground;
  readonly own = new OwnRecords();
  readonly claims: Claims;
  readonly #responder: Responder;
  readonly #bus: Bus;

  constructor(bus: Bus, number: number) {
    this.#bus = bus;
    const address = `10.0.0.${number}`;
    this.link = {
      id: "eth0/4",
      interfaceName: "eth0",
      family: 4,
      address,
      prefixLength: 24,
      addresses: [{ address, prefixLength: 24 }],
      sharedPort: 5353,
      ownPort: 50_000,
    };
    this.ground = {
      config: mdnsConfig({ announcements: 2 }, "12345678"),
      random: bus.random.fork(),
      agenda: new Agenda<MdnsEvent>(),
      links: new Map([[this.link.id, this.link]]),
      dropped: new Map(),
      send: (bytes, to) => bus.deliver(bytes, to, address),
    };
    this.claims = new Claims(this.ground, this.own);
    this.#responder = new Responder(this.ground, this.own);
  }

  /** Claims a name with these records; at each conflict one with a higher number. */
  claim(base: string, recordsOf: (name: Name) => readonly OwnRecord[]): NameClaim {
    const claim = new NameClaim(this, base, recordsOf);
    claim.begin(this.#bus.turn);
    return claim;
  }

  receive(bytes: Uint8Array, address: string, to: "group" | "host"): void {
    const message = decodeMessage(bytes);
    if (message.kind === "malformed") throw new Error(message.reason);
    const from = { address, port: 5353 };
    const datagram: Datagram = { bytes, from, link: this.link, socket: "shared", to };
    const { turn } = this.#bus;
    if (message.kind === "response") {
      this.claims.hearResponse(message, datagram, turn);
      this.#responder.hearResponse(message, datagram, turn);
    } else {
      this.claims.hearQuery(message, datagram, turn);
      this.#responder.hearQuery(message, datagram, turn);
    }
  }
}

/** A name that a host wants, and the one it has come to. */
export class NameClaim implements Publication {
  readonly host: BusHost;
  readonly #base: string;
  readonly #recordsOf: (name: Name) => readonly OwnRecord[];
  #number = 1;
  #id = 0;
  readonly news: PublicationNews[] = [];

  constructor(host: BusHost, base: string, recordsOf: (name: Name) => readonly OwnRecord[]) {
    this.host = host;
    this.#base = base;
    this.#recordsOf = recordsOf;
  }

  begin(turn: Turn<MdnsEvent>): void {
    this.#id = this.host.claims.add(this, turn);
  }

  get name(): Name {
    return Name.of(this.#number === 1 ? this.#base : `${this.#base}-${this.#number}`, "local");
  }

  /** Whether the name is its own: it is answered for. */
  get isOwner(): boolean {
    return this.host.own.at(this.host.link.id, this.name).length > 0;
  }

  recordsOn(): readonly OwnRecord[] {
    return this.#recordsOf(this.name);
  }

  hear(news: PublicationNews, turn: Turn<MdnsEvent>): void {
    this.news.push(news);
    if (news.kind !== "conflict") return;
    this.#number++;
    const again: Publication = {
      recordsOn: () => this.recordsOn(),
      hear: (later, now) => this.hear(later, now),
    };
    this.host.claims.replace(this.#id, again, turn);
  }
}
