import type { Deadline } from "../core/agenda.ts";
import type { Instant, Turn } from "../core/engine.ts";
import {
  type Answer,
  type AnswerChange,
  type Asking,
  type Departure,
  type Name,
  TYPE,
} from "../mdns/index.ts";
import { usefulAddresses } from "./address-order.ts";
import { BURST, type ChosenService, chooseService, chooseText, latest } from "./choice.ts";
import type { DnsSdEvent } from "./events.ts";
import type { Ground } from "./ground.ts";
import type { HostInterest, Hosts } from "./hosts.ts";
import { isSameInstance, sightingsOf } from "./instance-state.ts";
import type { Line, Waiting } from "./line.ts";
import type { InstanceAddress, InstanceLoss, ServiceInstance } from "./service-instance.ts";
import { LOCAL, splitInstanceName, withoutRepetitions } from "./service-type.ts";
import type { Unsettled } from "./settling.ts";
import { Txt } from "./txt.ts";

/** What becomes of an instance that is followed. */
export type InstanceNews =
  | { readonly kind: "found"; readonly instance: ServiceInstance }
  | { readonly kind: "updated"; readonly instance: ServiceInstance; readonly previous: ServiceInstance }
  | { readonly kind: "refreshed"; readonly instance: ServiceInstance }
  | { readonly kind: "lost"; readonly instance: ServiceInstance; readonly reason: InstanceLoss };

/** How an instance is followed. */
export interface InstanceOptions {
  /** The address that named it first. */
  readonly owner: string;
  /** It is there only as long as a PTR record says so; else as long as its SRV record. */
  readonly isPointedAt: boolean;
  /** Where it stands in line before it asks. @default it asks at once */
  readonly line?: Line;
  hear(news: InstanceNews, turn: Turn<DnsSdEvent>): void;
  /** No PTR record says any more that it is there; if it was found, `lost` was told. */
  over?(turn: Turn<DnsSdEvent>): void;
}

/** How long a text may be missing when all else is known, before it counts as empty (RFC 6763 §6.1). */
const TEXT_PATIENCE = 3000;
/**
 * How long addresses may be missing of a host outside of `.local`, before it is told without: they are a matter of unicast
 * DNS, and nobody here may ever say them.
 */
const FOREIGN_PATIENCE = 1000;
/** How long an SRV record may be gone before the service is. */
const SERVICE_GRACE = 3000;
/** That it was heard again is told no more often than this: devices may say it every second, for days. */
const REFRESH_GAP = 10_000;
/** Changes within this time are told as one. */
const GATHERING = 100;

/**
 * One instance that is followed: asks for its SRV and TXT records and for the addresses of the host that these name,
 * in whatever order and messages they come, and tells when it is complete, when it changed and when it is gone. It
 * keeps no records: what is known is in the cache of mDNS.
 */
export class Instance implements Unsettled, Waiting {
  readonly name: Name;
  readonly owner: string;
  readonly #ground: Ground;
  readonly #hosts: Hosts;
  readonly #options: InstanceOptions;
  readonly #parts: ReturnType<typeof splitInstanceName>;
  /** The PTR records that name it, by the name and link they were said on. */
  readonly #pointers = new Map<string, { readonly subtype: string | undefined; readonly answer: Answer }>();
  #mode: "passive" | "continuous" | undefined;
  #mayAsk = false;
  /** While it begins to ask it is told what is known, and that it has looked up before. */
  #isAsking = false;
  #askings: readonly Asking[] = [];
  #host: HostInterest | undefined;
  #told: ServiceInstance | undefined;
  #toldAt: Instant = Number.NEGATIVE_INFINITY;
  #departure: Departure = "expired";
  /** Since when the SRV record of what was told is missing, or a text of what could be told. */
  #serviceGoneAt: Instant | undefined;
  #textMissingAt: Instant | undefined;
  #addressMissingAt: Instant | undefined;
  #hasNoText = false;
  /** Something new is said of it: what was heard before may not be true any more. */
  #isDoubtful = false;
  #changedAt: Instant | undefined;
  #wasHeard = false;
  #deadline: Deadline | undefined;
  #isOver = false;

  constructor(ground: Ground, hosts: Hosts, name: Name, options: InstanceOptions) {
    this.#ground = ground;
    this.#hosts = hosts;
    this.name = name;
    this.owner = options.owner;
    this.#options = options;
    this.#parts = splitInstanceName(name);
  }

  /** What was told last; `undefined` before it was found and after it was lost. */
  get told(): ServiceInstance | undefined {
    return this.#told;
  }

  get isPointedAt(): boolean {
    return this.#pointers.size > 0;
  }

  /** A PTR record says that it is there. `key` is the same for what is said of it again. */
  point(key: string, subtype: string | undefined, answer: Answer, turn: Turn<DnsSdEvent>): void {
    if (this.#pointers.get(key)?.answer === answer && turn.now < this.#toldAt + REFRESH_GAP) return;
    if (!this.isPointedAt && answer.heardAt === turn.now) this.#isDoubtful = true;
    this.#pointers.set(key, { subtype, answer });
    this.#wasHeard = true;
    this.#ground.settling.mark(this, turn);
  }

  /** A PTR record is gone. */
  unpoint(key: string, reason: Departure, turn: Turn<DnsSdEvent>): void {
    if (!this.#pointers.delete(key)) return;
    this.#departure = reason;
    this.#ground.settling.mark(this, turn);
  }

  /** Forgets the PTR records whose keys begin like this, without a word. */
  forget(prefix: string, turn: Turn<DnsSdEvent>): void {
    for (const key of this.#pointers.keys()) if (key.startsWith(prefix)) this.#pointers.delete(key);
    this.#ground.settling.mark(this, turn);
  }

  /** Whether it may ask from now on, when its turn comes, or only listen. */
  setMayAsk(mayAsk: boolean, turn: Turn<DnsSdEvent>): void {
    this.#mayAsk = mayAsk;
    this.#ground.settling.mark(this, turn);
  }

  /** Somebody else wants to know where it is. */
  repeat(turn: Turn<DnsSdEvent>): void {
    if (this.#told) return;
    for (const asking of this.#askings) asking.repeat(turn);
    this.#host?.repeat(turn);
  }

  /** Follows it no more, without a word. */
  end(turn: Turn<DnsSdEvent> | undefined): void {
    this.#isOver = true;
    this.#deadline?.cancel();
    if (turn) this.#options.line?.leave(this, turn);
    this.#host?.end(turn);
    for (const asking of this.#askings) asking.end();
    this.#askings = [];
  }

  /** Has to make room for others. */
  evict(turn: Turn<DnsSdEvent>): void {
    this.#lose("evicted", turn);
    this.end(turn);
  }

  go(turn: Turn<DnsSdEvent>): void {
    this.#setMode("continuous", turn);
  }

  pause(turn: Turn<DnsSdEvent>): void {
    this.#setMode("passive", turn);
  }

  settle(turn: Turn<DnsSdEvent>): void {
    if (this.#isOver) return;
    if (this.#options.isPointedAt && !this.isPointedAt) {
      this.#lose(lossBy(this.#departure), turn);
      this.#options.over?.(turn);
    } else this.#conclude(turn);
    if (this.#isOver) return;
    this.#verify(turn);
    this.#remind(turn);
  }

  /**
   * Who comes, or moves to another place, says SRV and TXT at once: of what is older the news was lost, or comes in a
   * moment. Without that an old text would stand until its 75 minutes are over. Who only listens asks nothing.
   */
  #verify(turn: Turn<DnsSdEvent>): void {
    if (!this.#isDoubtful || this.#mode !== "continuous") return;
    this.#isDoubtful = false;
    for (const type of [TYPE.SRV, TYPE.TXT]) {
      const said = [...this.#ground.mdns.answers(this.name, type)];
      if (said.length > 0 && said.every(({ heardAt }) => heardAt < turn.now - BURST))
        this.#ground.mdns.reconfirm(this.name, type, turn);
    }
  }

  #conclude(turn: Turn<DnsSdEvent>): void {
    const service = chooseService(this.#ground.mdns.answers(this.name, TYPE.SRV));
    if (service) this.#serviceGoneAt = undefined;
    if (service && this.#isGathering(turn.now)) {
      this.#adjustAsking(true, turn);
      this.#followHost(service, turn);
      return;
    }
    const instance = service && this.#assemble(service, turn.now);
    if (!service && this.#told) this.#missService(turn);
    else if (instance) this.#tell(instance, turn);
    if (this.#isOver) return;
    this.#adjustAsking(instance !== undefined, turn);
    this.#followHost(service, turn);
  }

  /** Whether what was found was heard of a moment ago, so that more may follow before it is told. */
  #isGathering(now: Instant): boolean {
    if (!this.#told) return false;
    if (this.#wasHeard) this.#changedAt ??= now;
    return this.#changedAt !== undefined && now < this.#changedAt + GATHERING;
  }

  /** Complete it asks as long as it is followed, to be kept fresh; until then when its turn in the line comes. */
  #adjustAsking(isComplete: boolean, turn: Turn<DnsSdEvent>): void {
    const { line } = this.#options;
    if (!this.#mayAsk) {
      line?.leave(this, turn);
      this.#setMode("passive", turn);
    } else if (isComplete || !line) {
      this.#setMode("continuous", turn);
      line?.leave(this, turn);
    } else if (!line.has(this)) {
      this.#setMode("passive", turn);
      line.join(this, turn);
    }
  }

  /** What was asked for before goes on being of interest until the new asking has begun. */
  #setMode(mode: "passive" | "continuous", turn: Turn<DnsSdEvent>): void {
    if (mode === this.#mode || this.#isOver) return;
    this.#mode = mode;
    const before = this.#askings;
    this.#isAsking = true;
    this.#askings = [
      this.#ask(TYPE.SRV, mode, (change, then) => this.#hearService(change, then), turn),
      this.#ask(TYPE.TXT, mode, (change, then) => this.#hearText(change, then), turn),
    ];
    this.#isAsking = false;
    for (const asking of before) asking.end();
    this.#host?.setActive(mode === "continuous", turn);
  }

  #ask(
    type: number,
    mode: "passive" | "continuous",
    hear: (change: AnswerChange, turn: Turn<DnsSdEvent>) => void,
    turn: Turn<DnsSdEvent>,
  ): Asking {
    return this.#ground.mdns.ask({ name: this.name, type, mode }, hear, turn);
  }

  #hearService(change: AnswerChange, turn: Turn<DnsSdEvent>): void {
    if (change.kind === "none" || this.#isAsking) return;
    if (change.kind === "removed") this.#departure = change.reason;
    if (change.kind === "added" && change.answer.heardAt === turn.now && this.#told) this.#isDoubtful = true;
    if (change.kind === "refreshed") {
      if (this.#options.isPointedAt) return;
      this.#wasHeard = true;
    }
    this.#ground.settling.mark(this, turn);
  }

  #hearText(change: AnswerChange, turn: Turn<DnsSdEvent>): void {
    if (change.kind === "refreshed") return;
    const hasNoText = change.kind === "none";
    if (this.#isAsking && hasNoText === this.#hasNoText) return;
    this.#hasNoText = hasNoText;
    this.#ground.settling.mark(this, turn);
  }

  #followHost(service: ChosenService | undefined, turn: Turn<DnsSdEvent>): void {
    const target = service?.data.target;
    if (!target || this.#host?.name.equals(target)) return;
    this.#host?.end(turn);
    this.#host = this.#hosts.follow(target, this, this.#mode === "continuous", turn);
  }

  /** All that is known, if it is enough: where it is, its text (or that it has none), and an address at first. */
  #assemble(service: ChosenService, now: Instant): ServiceInstance | undefined {
    const addresses = this.#addresses(service);
    if (!this.#parts || (addresses.length === 0 && !this.#doesWithoutAddress(service, now))) return undefined;
    const txt = this.#text(service, now);
    if (!txt) return undefined;
    const pointers = [...this.#pointers.values()];
    const { target, port, priority, weight } = service.data;
    const { instance, type, domain } = this.#parts;
    return {
      name: this.name,
      instance,
      type,
      domain,
      subtypes: withoutRepetitions(pointers.flatMap(({ subtype }) => subtype ?? [])).sort(),
      host: target,
      port,
      priority,
      weight,
      txt,
      addresses,
      sightings: sightingsOf(pointers.length > 0 ? pointers.map(({ answer }) => answer) : service.answers),
    };
  }

  #doesWithoutAddress({ data }: ChosenService, now: Instant): boolean {
    if (this.#told) return true;
    if (data.target.isWithin(LOCAL)) return false;
    this.#addressMissingAt ??= now;
    return now >= this.#addressMissingAt + FOREIGN_PATIENCE;
  }

  #addresses({ data, strangers }: ChosenService): InstanceAddress[] {
    const said: InstanceAddress[] = [];
    for (const { record, link } of latest(this.#hosts.addresses(data.target)))
      if ("address" in record.data && !strangers.has(link.interfaceName))
        said.push({ address: record.data.address, link });
    return usefulAddresses(said);
  }

  /** A text that went, or never came, is waited for; then it is as if it were empty. */
  #text(service: ChosenService, now: Instant): Txt | undefined {
    const bytes = chooseText(this.#ground.mdns.answers(this.name, TYPE.TXT), service);
    if (bytes) {
      this.#textMissingAt = undefined;
      const txt = Txt.read(bytes);
      return this.#told?.txt.equals(txt) ? this.#told.txt : txt;
    }
    this.#textMissingAt ??= now;
    if (this.#hasNoText || now >= this.#textMissingAt + TEXT_PATIENCE) return Txt.empty;
    return this.#told?.txt;
  }

  #missService(turn: Turn<DnsSdEvent>): void {
    this.#serviceGoneAt ??= turn.now;
    const grace = MAY_COME_BACK.has(this.#departure) ? SERVICE_GRACE : 0;
    if (turn.now >= this.#serviceGoneAt + grace) this.#lose(lossBy(this.#departure), turn);
  }

  #tell(instance: ServiceInstance, turn: Turn<DnsSdEvent>): void {
    const previous = this.#told;
    if (!previous) {
      this.#settleWith(instance, turn.now);
      this.#options.hear({ kind: "found", instance }, turn);
      return;
    }
    const isSame = isSameInstance(instance, previous);
    if (isSame && !this.#wasHeard) this.#changedAt = undefined;
    else this.#changedAt ??= turn.now;
    if (this.#changedAt === undefined || turn.now < this.#changedAt + GATHERING) return;
    this.#settleWith(instance, turn.now);
    const news: InstanceNews = isSame
      ? { kind: "refreshed", instance }
      : { kind: "updated", instance, previous };
    this.#options.hear(news, turn);
  }

  #settleWith(instance: ServiceInstance | undefined, toldAt = Number.NEGATIVE_INFINITY): void {
    this.#told = instance;
    this.#toldAt = toldAt;
    this.#changedAt = undefined;
    this.#wasHeard = false;
  }

  #lose(reason: InstanceLoss, turn: Turn<DnsSdEvent>): void {
    const instance = this.#told;
    this.#settleWith(undefined);
    this.#serviceGoneAt = undefined;
    this.#textMissingAt = undefined;
    this.#addressMissingAt = undefined;
    if (instance) this.#options.hear({ kind: "lost", instance, reason }, turn);
  }

  /** Looks again when what is waited for is over. */
  #remind({ now }: Turn<DnsSdEvent>): void {
    this.#deadline?.cancel();
    const dues = [
      this.#changedAt === undefined ? now : this.#changedAt + GATHERING,
      this.#serviceGoneAt === undefined ? now : this.#serviceGoneAt + SERVICE_GRACE,
      this.#textMissingAt === undefined ? now : this.#textMissingAt + TEXT_PATIENCE,
      this.#addressMissingAt === undefined ? now : this.#addressMissingAt + FOREIGN_PATIENCE,
    ].filter((due) => due > now);
    this.#deadline =
      dues.length === 0
        ? undefined
        : this.#ground.agenda.set(Math.min(...dues), "what belongs together of an instance", (turn) =>
            this.settle(turn),
          );
  }
}

/** A record that was said to be no more, or that ran out, may be one that is being changed. */
const MAY_COME_BACK: ReadonlySet<Departure> = new Set(["goodbye", "replaced", "expired"]);

function lossBy(departure: Departure): InstanceLoss {
  if (departure === "replaced") return "goodbye";
  return departure === "unconfirmed" ? "expired" : departure;
}
