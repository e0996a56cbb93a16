import type { BoundLink, Instant, Link, Turn } from "../../src/core/engine.ts";
import type { DnsSdEvent } from "../../src/dns-sd/events.ts";
import type { Mdns } from "../../src/dns-sd/ground.ts";
import type { Answer, AnswerChange, AnswerListener, Ask, Asking, Departure } from "../../src/mdns/asking.ts";
import type { Name } from "../../src/mdns/name.ts";
import type { OwnRecord, Publication } from "../../src/mdns/publication.ts";
import type { ResourceRecord } from "../../src/mdns/record.ts";

interface FakeAsk {
  readonly ask: Ask;
  readonly hear: AnswerListener;
}

/** An mDNS engine that asks nobody: what it knows, and what becomes of what is published, is up to the test. */
export class FakeMdns implements Mdns {
  links: readonly BoundLink[] = [];
  readonly asks = new Set<FakeAsk>();
  /** Every question that was ever asked for, as `continuous PTR _http._tcp.local`. */
  readonly asked: string[] = [];
  readonly reconfirmed: string[] = [];
  readonly publications = new Map<number, Publication>();
  /** What was done with publications, as `update 2`. */
  readonly done: string[] = [];
  readonly #answers = new Map<string, Map<string, Answer>>();
  #ids = 0;

  /** The questions that are being asked now; those that only listen are left out. */
  get asking(): string[] {
    return [...this.asks].filter(({ ask }) => ask.mode !== "passive").map(({ ask }) => textOf(ask));
  }

  ask(ask: Ask, hear: AnswerListener, turn: Turn<DnsSdEvent>): Asking {
    const entry: FakeAsk = { ask, hear };
    this.asks.add(entry);
    this.asked.push(`${ask.mode} ${textOf(ask)}`);
    for (const answer of this.answers(ask.name, ask.type)) hear({ kind: "added", answer }, turn);
    return {
      ask,
      answers: this.answers(ask.name, ask.type),
      repeat: () => void this.asked.push(`again ${textOf(ask)}`),
      end: () => void this.asks.delete(entry),
    };
  }

  answers(name: Name, type: number): Answer[] {
    return [...(this.#answers.get(keyOf(name, type))?.values() ?? [])];
  }

  /** A record is heard: it is added, or refreshed. */
  learn(record: ResourceRecord, link: BoundLink, from: string, turn: Turn<DnsSdEvent>): void {
    const key = keyOf(record.name, record.type);
    const answers = this.#answers.get(key) ?? new Map<string, Answer>();
    this.#answers.set(key, answers);
    const expiresAt: Instant = turn.now + record.ttl * 1000;
    const identity = identityOf(record, link);
    const kind = answers.has(identity) ? "refreshed" : "added";
    const answer: Answer = { record, link, from, heardAt: turn.now, expiresAt };
    answers.set(identity, answer);
    this.#tell(record, { kind, answer }, turn);
  }

  /** A record is gone, on one link or on all. */
  forget(record: ResourceRecord, reason: Departure, turn: Turn<DnsSdEvent>, link?: BoundLink): void {
    const answers = this.#answers.get(keyOf(record.name, record.type));
    for (const [identity, answer] of answers ?? []) {
      if (link && answer.link.id !== link.id) continue;
      if (identity !== identityOf(record, answer.link)) continue;
      answers?.delete(identity);
      this.#tell(record, { kind: "removed", answer, reason }, turn);
    }
  }

  /** The owner of the name has no record of the type. */
  deny(name: Name, type: number, link: BoundLink, turn: Turn<DnsSdEvent>): void {
    const change: AnswerChange = { kind: "none", link, from: "192.168.1.20" };
    for (const { ask, hear } of [...this.asks])
      if (ask.name.equals(name) && ask.type === type) hear(change, turn);
  }

  reconfirm(name: Name, type: number): void {
    this.reconfirmed.push(textOf({ name, type }));
  }

  publish(publication: Publication): number {
    this.publications.set(++this.#ids, publication);
    this.done.push(`publish ${this.#ids}`);
    return this.#ids;
  }

  replace(id: number, publication: Publication): void {
    this.publications.set(id, publication);
    this.done.push(`replace ${id}`);
  }

  update(id: number): void {
    this.done.push(`update ${id}`);
  }

  announce(id: number): void {
    this.done.push(`announce ${id}`);
  }

  withdraw(id: number, turn: Turn<DnsSdEvent>): void {
    const publication = this.publications.get(id);
    this.publications.delete(id);
    this.done.push(`withdraw ${id}`);
    publication?.hear({ kind: "withdrawn" }, turn);
  }

  /** All that is published on a link. */
  recordsOn(link: BoundLink): OwnRecord[] {
    return [...this.publications.values()].flatMap((publication) => publication.recordsOn(link));
  }

  #tell({ name, type }: ResourceRecord, change: AnswerChange, turn: Turn<DnsSdEvent>): void {
    for (const { ask, hear } of [...this.asks])
      if (ask.type === type && ask.name.equals(name)) hear(change, turn);
  }
}

const TYPES: Readonly<Record<number, string>> = { 1: "A", 12: "PTR", 16: "TXT", 28: "AAAA", 33: "SRV" };

function textOf({ name, type }: Pick<Ask, "name" | "type">): string {
  return `${TYPES[type]} ${name}`;
}

function keyOf(name: Name, type: number): string {
  return `${type} ${name.key}`;
}

function identityOf({ data }: ResourceRecord, link: Link): string {
  const words = Object.values(data).map((value) =>
    value instanceof Uint8Array ? [...value].join() : String(value),
  );
  return [link.id, ...words].join(" ").toLowerCase();
}
