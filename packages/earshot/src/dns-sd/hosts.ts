import type { Turn } from "../core/engine.ts";
import { type Answer, type AnswerChange, type Asking, type Name, TYPE } from "../mdns/index.ts";
import type { DnsSdEvent } from "./events.ts";
import type { Ground } from "./ground.ts";
import { LOCAL } from "./service-type.ts";
import type { Unsettled } from "./settling.ts";

/** One's interest in the addresses of a host. */
export interface HostInterest {
  readonly name: Name;
  /** Whether they are asked for from now on, or only heard. */
  setActive(isActive: boolean, turn: Turn<DnsSdEvent>): void;
  /** As `Asking.repeat`. */
  repeat(turn: Turn<DnsSdEvent>): void;
  /** Without a turn those who only listen go on being asked for, where that is what is left. */
  end(turn: Turn<DnsSdEvent> | undefined): void;
}

/** The hosts whose addresses somebody wants to know. However many services a host offers, it is asked once. */
export class Hosts {
  readonly #ground: Ground;
  readonly #hosts = new Map<string, Host>();

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  /** How many hosts are of interest. */
  get size(): number {
    return this.#hosts.size;
  }

  /** Marks `whom` as unsettled whenever an address comes or goes from now on. */
  follow(name: Name, whom: Unsettled, isActive: boolean, turn: Turn<DnsSdEvent>): HostInterest {
    const host = this.#hosts.get(name.key) ?? new Host(this.#ground, name);
    this.#hosts.set(name.key, host);
    host.add(whom, isActive, turn);
    return {
      name,
      setActive: (isActive, then) => host.setActive(whom, isActive, then),
      repeat: (then) => host.repeat(then),
      end: (then) => {
        host.remove(whom, then);
        if (host.isForgotten && this.#hosts.get(name.key) === host) this.#hosts.delete(name.key);
      },
    };
  }

  /** The addresses of a host that are known. */
  *addresses(name: Name): Iterable<Answer> {
    yield* this.#ground.mdns.answers(name, TYPE.A);
    yield* this.#ground.mdns.answers(name, TYPE.AAAA);
  }
}

class Host {
  readonly #ground: Ground;
  readonly #name: Name;
  /** Who wants to know, and whether enough to ask. */
  readonly #interested = new Map<Unsettled, boolean>();
  #active = 0;
  #askings: readonly Asking[] = [];
  /** Undefined while it begins to ask, and is told what is known. */
  #isAsked: boolean | undefined;

  constructor(ground: Ground, name: Name) {
    this.#ground = ground;
    this.#name = name;
  }

  get isForgotten(): boolean {
    return this.#interested.size === 0;
  }

  add(whom: Unsettled, isActive: boolean, turn: Turn<DnsSdEvent>): void {
    this.#interested.set(whom, isActive);
    if (isActive) this.#active++;
    this.#adjust(turn);
  }

  setActive(whom: Unsettled, isActive: boolean, turn: Turn<DnsSdEvent>): void {
    const before = this.#interested.get(whom);
    if (before === undefined || before === isActive) return;
    this.#interested.set(whom, isActive);
    this.#active += isActive ? 1 : -1;
    this.#adjust(turn);
  }

  repeat(turn: Turn<DnsSdEvent>): void {
    for (const asking of this.#askings) asking.repeat(turn);
  }

  remove(whom: Unsettled, turn: Turn<DnsSdEvent> | undefined): void {
    if (this.#interested.get(whom) === true) this.#active--;
    this.#interested.delete(whom);
    if (this.isForgotten) this.#end();
    else if (turn) this.#adjust(turn);
  }

  /** mDNS is asked for nothing outside of its own domain (RFC 6762 §3); what it says by itself is heard. */
  #adjust(turn: Turn<DnsSdEvent>): void {
    const asks = this.#name.isWithin(LOCAL) && this.#active > 0;
    if (asks === this.#isAsked) return;
    const before = this.#askings;
    this.#isAsked = undefined;
    this.#askings = this.#ask(asks ? "continuous" : "passive", turn);
    this.#isAsked = asks;
    for (const asking of before) asking.end();
  }

  #end(): void {
    for (const asking of this.#askings) asking.end();
    this.#askings = [];
    this.#isAsked = undefined;
  }

  #ask(mode: "continuous" | "passive", turn: Turn<DnsSdEvent>): readonly Asking[] {
    const hear = (change: AnswerChange, then: Turn<DnsSdEvent>): void => this.#hear(change, then);
    return [TYPE.A, TYPE.AAAA].map((type) =>
      this.#ground.mdns.ask({ name: this.#name, type, mode }, hear, turn),
    );
  }

  #hear(change: AnswerChange, turn: Turn<DnsSdEvent>): void {
    if (change.kind === "refreshed" || change.kind === "none" || this.#isAsked === undefined) return;
    for (const whom of this.#interested.keys()) this.#ground.settling.mark(whom, turn);
  }
}
