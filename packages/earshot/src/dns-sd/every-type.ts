import type { Deadline } from "../core/agenda.ts";
import type { Turn } from "../core/engine.ts";
import { TokenBucket } from "../core/token-bucket.ts";
import type { DnsSdEvent } from "./events.ts";
import { drop, type Ground } from "./ground.ts";
import { type Pointer, pointers, type RepeatedFollowing } from "./pointers.ts";
import type { ServiceType } from "./service-type.ts";
import { ENUMERATION, typeChange } from "./type-browser.ts";

/** Who asks for the instances of a type. */
interface Follower {
  follow(type: ServiceType, user: string, passive: boolean, turn: Turn<DnsSdEvent>): void;
  unfollow(type: ServiceType, user: string, turn: Turn<DnsSdEvent>): void;
  /** Whether an instance of it is known. */
  has(type: ServiceType): boolean;
}

/** New types that are asked for per second: somebody may name a hundred thousand. */
const NEW_TYPES = { perSecond: 10, burst: 10 };

/** Follows every type that there is, as far as the bounds allow, for those who want to know of everything. */
export class EveryType {
  readonly #ground: Ground;
  readonly #follower: Follower;
  readonly #users = new Map<string, boolean>();
  readonly #rate = new TokenBucket(NEW_TYPES);
  /** The types that are followed or are about to be. */
  readonly #types = new Map<string, ServiceType>();
  /** Those of them whose record is gone. */
  readonly #unnamed = new Set<string>();
  readonly #queue = new Set<string>();
  readonly #followed = new Set<string>();
  #deadline: Deadline | undefined;
  #asking: RepeatedFollowing | undefined;
  #isPassive: boolean | undefined;

  constructor(ground: Ground, follower: Follower) {
    this.#ground = ground;
    this.#follower = follower;
  }

  add(user: string, passive: boolean, turn: Turn<DnsSdEvent>): void {
    this.#users.set(user, passive);
    for (const key of this.#followed) this.#followFor(key, user, passive, turn);
    if (!passive) this.#asking?.repeat(turn);
    this.#adjust(turn);
  }

  remove(user: string, turn: Turn<DnsSdEvent>): void {
    if (!this.#users.delete(user)) return;
    for (const key of this.#followed) this.#unfollowFor(key, user, turn);
    this.#adjust(turn);
  }

  #adjust(turn: Turn<DnsSdEvent>): void {
    const isPassive = this.#users.size === 0 ? undefined : [...this.#users.values()].every(Boolean);
    if (isPassive === this.#isPassive) return;
    this.#isPassive = isPassive;
    const before = this.#asking;
    this.#asking =
      isPassive === undefined
        ? undefined
        : pointers(
            this.#ground.mdns,
            { names: [ENUMERATION], passive: isPassive },
            (pointer, then) => this.#hear(pointer, then),
            turn,
          );
    before?.end();
    if (isPassive === undefined) this.#clear();
  }

  #clear(): void {
    this.#deadline?.cancel();
    this.#deadline = undefined;
    this.#types.clear();
    this.#unnamed.clear();
    this.#queue.clear();
    this.#followed.clear();
  }

  #hear(pointer: Pointer, turn: Turn<DnsSdEvent>): void {
    const change = typeChange(pointer);
    if (!change) return;
    const { key } = change.type;
    if (change.kind === "removed") this.#gone(key, turn);
    else this.#named(key, change.type, turn);
  }

  #named(key: string, type: ServiceType, turn: Turn<DnsSdEvent>): void {
    this.#unnamed.delete(key);
    if (this.#types.has(key)) return;
    if (this.#types.size >= this.#ground.config.limits.types && !this.#makeRoom(turn)) {
      drop(this.#ground, "too-many-types", turn);
      return;
    }
    this.#types.set(key, type);
    this.#queue.add(key);
    this.#advance(turn);
  }

  /** Where instances of it are still known, the record was one host's goodbye for what others have, too. */
  #gone(key: string, turn: Turn<DnsSdEvent>): void {
    const known = this.#types.get(key);
    if (!known) return;
    this.#unnamed.add(key);
    if (!this.#follower.has(known)) this.#stop(key, turn);
  }

  #makeRoom(turn: Turn<DnsSdEvent>): boolean {
    for (const key of this.#unnamed) {
      const type = this.#types.get(key);
      if (type && this.#follower.has(type)) continue;
      this.#stop(key, turn);
      return true;
    }
    return false;
  }

  #stop(key: string, turn: Turn<DnsSdEvent>): void {
    if (this.#followed.delete(key)) for (const user of this.#users.keys()) this.#unfollowFor(key, user, turn);
    this.#queue.delete(key);
    this.#types.delete(key);
    this.#unnamed.delete(key);
  }

  #advance(turn: Turn<DnsSdEvent>): void {
    for (const key of this.#queue) {
      if (!this.#rate.take(turn.now)) break;
      this.#queue.delete(key);
      this.#followed.add(key);
      for (const [user, passive] of this.#users) this.#followFor(key, user, passive, turn);
    }
    if (this.#queue.size === 0) return;
    const at = turn.now + Math.max(1, this.#rate.waitFor(turn.now));
    this.#deadline?.cancel();
    this.#deadline = this.#ground.agenda.set(at, "the next type to follow", (then) => this.#advance(then));
  }

  #followFor(key: string, user: string, passive: boolean, turn: Turn<DnsSdEvent>): void {
    const known = this.#types.get(key);
    if (known) this.#follower.follow(known, user, passive, turn);
  }

  #unfollowFor(key: string, user: string, turn: Turn<DnsSdEvent>): void {
    const known = this.#types.get(key);
    if (known) this.#follower.unfollow(known, user, turn);
  }
}
