import { BoundedMap } from "../core/bounded-map.ts";
import type { Turn } from "../core/engine.ts";
import { type AnswerChange, type Asking, type Name, TYPE } from "../mdns/index.ts";
import type { DnsSdEvent } from "./events.ts";
import { EveryType } from "./every-type.ts";
import { drop, type Ground } from "./ground.ts";
import type { Hosts } from "./hosts.ts";
import { Instance } from "./instance.ts";
import { Line } from "./line.ts";
import type { ServiceInstance } from "./service-instance.ts";
import { LOCAL, parseServiceType, type ServiceType } from "./service-type.ts";

export interface BrowseOptions {
  /** Ask nothing; only tell of what is heard. */
  readonly passive: boolean;
}

/** What to find: the instances of a type, or of one subtype of it. */
export interface Quest {
  readonly type: ServiceType;
  readonly subtype: string | undefined;
}

/** Finds instances by the PTR records of their types, and follows each of them (RFC 6763 §4). */
export class Browser {
  readonly #ground: Ground;
  readonly #hosts: Hosts;
  readonly #line: Line;
  readonly #everyType: EveryType;
  readonly #browses = new Map<number, readonly Quest[] | undefined>();
  /** What is asked for, by the key of its name. */
  readonly #quests = new Map<string, FollowedQuest>();
  readonly #instances: BoundedMap<string, Instance>;
  #ids = 0;

  constructor(ground: Ground, hosts: Hosts) {
    this.#ground = ground;
    this.#hosts = hosts;
    this.#line = new Line(ground.agenda, ground.config.limits.resolving);
    this.#instances = new BoundedMap({ limit: ground.config.limits.instances });
    this.#everyType = new EveryType(ground, {
      follow: (type, user, passive, turn) => this.#follow({ type, subtype: undefined }, user, passive, turn),
      unfollow: (type, user, turn) => this.#unfollow({ type, subtype: undefined }, user, turn),
      has: (type) => this.#hasInstanceOf(type),
    });
  }

  get size(): number {
    return this.#instances.size;
  }

  /** How many instances wait for their turn to be resolved. */
  get waiting(): number {
    return this.#line.waiting;
  }

  *found(): Iterable<ServiceInstance> {
    for (const { told } of this.#instances.values()) if (told) yield told;
  }

  /** @throws UsageError `INVALID_SERVICE_TYPE`. */
  browse(type: string | undefined, { passive }: BrowseOptions, turn: Turn<DnsSdEvent>): number {
    const quests = type === undefined ? undefined : questsFor(type);
    const id = ++this.#ids;
    this.#browses.set(id, quests);
    if (!quests) this.#everyType.add(`browse ${id}`, passive, turn);
    else for (const quest of quests) this.#follow(quest, `browse ${id}`, passive, turn);
    return id;
  }

  endBrowse(id: number, turn: Turn<DnsSdEvent>): void {
    if (!this.#browses.has(id)) return;
    const quests = this.#browses.get(id);
    this.#browses.delete(id);
    if (!quests) this.#everyType.remove(`browse ${id}`, turn);
    else for (const quest of quests) this.#unfollow(quest, `browse ${id}`, turn);
  }

  #follow(quest: Quest, user: string, passive: boolean, turn: Turn<DnsSdEvent>): void {
    const name = nameOf(quest);
    const followed = this.#quests.get(name.key) ?? new FollowedQuest(quest, name);
    this.#quests.set(name.key, followed);
    followed.users.set(user, passive);
    if (!passive) this.#repeat(followed, turn);
    this.#adjust(followed, turn);
  }

  /** Somebody else wants to know, too: whoever has not answered so far is asked once more. */
  #repeat({ asking, instances }: FollowedQuest, turn: Turn<DnsSdEvent>): void {
    asking?.repeat(turn);
    for (const key of instances) this.#instances.get(key)?.repeat(turn);
  }

  #unfollow(quest: Quest, user: string, turn: Turn<DnsSdEvent>): void {
    const followed = this.#quests.get(nameOf(quest).key);
    if (!followed?.users.delete(user)) return;
    if (followed.users.size > 0) this.#adjust(followed, turn);
    else this.#forget(followed, turn);
  }

  /** Asks if one of its users does, else only listens. */
  #adjust(followed: FollowedQuest, turn: Turn<DnsSdEvent>): void {
    const mode = followed.isPassive ? "passive" : "continuous";
    if (mode === followed.mode) return;
    followed.mode = mode;
    const before = followed.asking;
    const ask = { name: followed.name, type: TYPE.PTR, mode } as const;
    followed.asking = this.#ground.mdns.ask(ask, (change, then) => this.#hear(followed, change, then), turn);
    before?.end();
    for (const key of followed.instances) this.#adjustInstance(key, turn);
  }

  #hear(followed: FollowedQuest, change: AnswerChange, turn: Turn<DnsSdEvent>): void {
    if (change.kind === "none" || this.#quests.get(followed.name.key) !== followed) return;
    const { answer } = change;
    if (answer.record.data.kind !== "PTR") return;
    const { target } = answer.record.data;
    if (!isBelow(followed.typeName, target)) return;
    const pointer = `${followed.name.key} ${answer.link.id}`;
    if (change.kind === "removed") {
      this.#instances.get(target.key)?.unpoint(pointer, change.reason, turn);
      return;
    }
    const instance = this.#instances.get(target.key) ?? this.#add(target, answer.from, turn);
    instance.point(pointer, followed.quest.subtype, answer, turn);
    if (followed.instances.has(target.key)) return;
    followed.instances.add(target.key);
    this.#adjustInstance(target.key, turn);
  }

  #add(name: Name, owner: string, turn: Turn<DnsSdEvent>): Instance {
    const instance: Instance = new Instance(this.#ground, this.#hosts, name, {
      owner,
      isPointedAt: true,
      line: this.#line,
      hear: (news, then) => then.emit(news),
      over: (then) => this.#remove(instance, then),
    });
    const evicted = this.#instances.set(name.key, instance, owner);
    if (evicted) {
      this.#disown(evicted.key);
      evicted.value.evict(turn);
      drop(this.#ground, "too-many-instances", turn);
    }
    return instance;
  }

  #remove(instance: Instance, turn: Turn<DnsSdEvent>): void {
    instance.end(turn);
    if (this.#instances.get(instance.name.key) !== instance) return;
    this.#instances.delete(instance.name.key);
    this.#disown(instance.name.key);
  }

  #disown(key: string): void {
    for (const { instances } of this.#quests.values()) instances.delete(key);
  }

  /** It may ask when something that it was found by is asked for. */
  #adjustInstance(key: string, turn: Turn<DnsSdEvent>): void {
    let mayAsk = false;
    for (const { instances, isPassive } of this.#quests.values())
      if (!isPassive && instances.has(key)) mayAsk = true;
    this.#instances.get(key)?.setMayAsk(mayAsk, turn);
  }

  #forget(followed: FollowedQuest, turn: Turn<DnsSdEvent>): void {
    this.#quests.delete(followed.name.key);
    followed.asking?.end();
    for (const key of followed.instances) {
      const instance = this.#instances.get(key);
      if (!instance) continue;
      instance.forget(`${followed.name.key} `, turn);
      if (instance.isPointedAt) this.#adjustInstance(key, turn);
      else this.#remove(instance, turn);
    }
  }

  #hasInstanceOf(type: ServiceType): boolean {
    return (this.#quests.get(type.name().key)?.instances.size ?? 0) > 0;
  }
}

/** A name that is asked for, for whom, and what was found by it. */
class FollowedQuest {
  readonly quest: Quest;
  readonly name: Name;
  readonly typeName: Name;
  /** Who wants it, and whether only by listening. */
  readonly users = new Map<string, boolean>();
  /** The keys of the names of what was found. */
  readonly instances = new Set<string>();
  asking: Asking | undefined;
  mode: "continuous" | "passive" | undefined;

  constructor(quest: Quest, name: Name) {
    this.quest = quest;
    this.name = name;
    this.typeName = quest.type.name(LOCAL);
  }

  get isPassive(): boolean {
    for (const passive of this.users.values()) if (!passive) return false;
    return true;
  }
}

function questsFor(text: string): readonly Quest[] {
  const { type, subtypes } = parseServiceType(text);
  return subtypes.length === 0
    ? [{ type, subtype: undefined }]
    : subtypes.map((subtype) => ({ type, subtype }));
}

function nameOf({ type, subtype }: Quest): Name {
  return subtype === undefined ? type.name(LOCAL) : type.subtypeName(subtype, LOCAL);
}

/** Whether a name is below the type, as the names of its instances are. A subtype's own instances have no `_sub` in their names (RFC 6763 §7.1). */
export function isBelow(type: Name, name: Name): boolean {
  return name.labels.length > type.labels.length && name.isWithin(type);
}
