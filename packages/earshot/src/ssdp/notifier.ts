/**
 * Announces our devices: the initial set, its repeats, refreshes before half of max-age, `ssdp:update` and a new
 * BOOTID when our addresses change, and the byebye at the end (UDA 1.1 section 1.2).
 */
import type { Deadline } from "../core/agenda.ts";
import type { BoundLink, Endpoint, Instant, Link, Turn } from "../core/engine.ts";
import { type Advertised, type Advertisement, dependsOnPort, locationOn } from "./advertisement.ts";
import { productTokens } from "./config.ts";
import { type AnnouncementFields, encodeAlive, encodeByebye, encodeUpdate } from "./dialect.ts";
import type { SsdpEvent } from "./events.ts";
import { type Ground, groupsOn, hostOf, spokenFrom } from "./ground.ts";
import { isSameServed, type Served, stillServed } from "./served.ts";
import * as timing from "./timing.ts";
import { isWholeDevice, splitUsn } from "./usn.ts";

/** An offer while it is announced. */
export interface Announced {
  readonly id: number;
  readonly advertisement: Advertisement;
  /** BOOTID.UPNP.ORG of its messages. */
  readonly bootId: number;
  /** Where we serve its description, if that is for us to do: it is told on these links only. */
  readonly served: Served | undefined;
}

interface State {
  /** Replaced when it is served elsewhere, for answers under way would tell the old place. */
  told: Announced & { bootId: number };
  readonly deadlines: Set<Deadline>;
  /** When it was last announced on demand, and whether that is due again. */
  notifiedAt: Instant;
  isNotifying: boolean;
}

type Encode = (fields: AnnouncementFields) => Uint8Array;

export class Notifier {
  readonly #ground: Ground;
  readonly #states = new Map<number, State>();
  #bootId: number;
  #edition = 0;
  /** What was withdrawn a moment ago, while others were still offered. */
  readonly #left: Advertisement[] = [];

  constructor(ground: Ground) {
    this.#ground = ground;
    this.#bootId = ground.config.bootId;
  }

  /** The offers in force that are told on a link: what searches that came by it are answered from. */
  *announcedOn({ id }: Link): Iterable<Announced> {
    for (const { told } of this.#states.values()) if (!told.served || told.served.has(id)) yield told;
  }

  /** Another number whenever something is announced that was not, or differently, or not any more. */
  get edition(): number {
    return this.#edition;
  }

  get size(): number {
    return this.#states.size;
  }

  /** Whether an offer is still in force. */
  has(announced: Announced): boolean {
    return this.#states.get(announced.id)?.told === announced;
  }

  /** BOOTID.UPNP.ORG of what is announced from now on. */
  get bootId(): number {
    return this.#bootId;
  }

  /**
   * Begins to announce: after 0 to 100 ms on every link and in both families at once (UDA 1.1 §1.2.2, 2.0 §A.2). Other
   * offers of the same device move on to the same BOOTID, for a device has one.
   */
  add(id: number, advertisement: Advertisement, turn: Turn<SsdpEvent>): void {
    this.#edition++;
    this.#renumber(advertisement, turn);
    const served = dependsOnPort(advertisement) ? new Map() : undefined;
    const state: State = {
      told: { id, advertisement, bootId: this.#bootId, served },
      deadlines: new Set(),
      notifiedAt: Number.NEGATIVE_INFINITY,
      isNotifying: false,
    };
    this.#states.set(id, state);
    this.#announceSoon(state, turn.now);
  }

  /**
   * Announces once more, in addition to the schedule: now, or when the last time on demand is a second ago. What is hidden
   * stays so.
   */
  notify(id: number, turn: Turn<SsdpEvent>): void {
    const state = this.#states.get(id);
    if (!state || state.isNotifying || state.told.advertisement.hidden) return;
    const at = Math.max(turn.now, state.notifiedAt + timing.NOTIFY_GAP);
    const announce = (later: Turn<SsdpEvent>): void => {
      state.isNotifying = false;
      state.notifiedAt = later.now;
      this.#sendSet(state, encodeAlive, later);
    };
    if (at === turn.now) {
      announce(turn);
      return;
    }
    state.isNotifying = true;
    const deadline = this.#ground.agenda.set(at, "alive set, on demand", (later) => {
      state.deadlines.delete(deadline);
      announce(later);
    });
    state.deadlines.add(deadline);
  }

  /**
   * Says where the description of an offer is served from now on. Its device is announced there anew, and revoked on
   * links where it is served no more; then under another BOOTID, for an alive that follows a goodbye of the same life is
   * not believed. Nothing for an offer whose LOCATION does not depend on it.
   */
  serve(id: number, served: Served, turn: Turn<SsdpEvent>): void {
    const state = this.#states.get(id);
    const before = state?.told.served;
    if (!state || !before) return;
    const now = stillServed(served, this.#ground.links);
    if (isSameServed(before, now)) return;
    this.#edition++;
    const left = [...this.#ground.links.values()].filter(({ id }) => before.has(id) && !now.has(id));
    if (left.length > 0 && !state.told.advertisement.hidden) {
      const told = { ...state.told };
      state.told = { ...told, served: new Map([...now].filter(([id]) => before.has(id))) };
      for (const link of left) this.#revokeOn(link, told, turn);
      this.#bootId = following(this.#bootId);
      this.#renumber(state.told.advertisement, turn);
    }
    state.told = { ...state.told, served: now };
    this.#announceSoon(state, turn.now);
  }

  /**
   * Says goodbye on every link, twice, and tells `withdrawn` when that is done (UDA 1.1 §1.2.3). Of a device that is
   * offered by others still, nothing but what none of them tells; they move on to another BOOTID and are announced anew.
   */
  remove(id: number, turn: Turn<SsdpEvent>): void {
    const state = this.#states.get(id);
    if (!state) return;
    this.#states.delete(id);
    this.#edition++;
    this.#calm(state);
    this.#bootId = following(this.#bootId);
    this.#sayByebye(state.told, 1, turn);
    this.#renumberSoon(state.told.advertisement, turn.now);
  }

  /**
   * Links came, went or changed address (UDA 1.1 §1.2.4): byebye where our address changed, update with NEXTBOOTID
   * where nothing changed, then the alive set everywhere under the new BOOTID.
   */
  relink(before: ReadonlyMap<string, BoundLink>, turn: Turn<SsdpEvent>): void {
    this.#edition++;
    if (this.#states.size === 0) return;
    const links = [...this.#ground.links.values()];
    const isNews = links.some((link) => !isAsBefore(link, before.get(link.id)));
    if (isNews) this.#renew(before, turn);
    if (this.#leaveGone()) turn.emit({ kind: "relinked" });
  }

  /** After a sleep the announcements may have run out everywhere: say them again. */
  resume(now: Instant): void {
    for (const state of this.#states.values()) this.#announceSoon(state, now);
  }

  #renew(before: ReadonlyMap<string, BoundLink>, turn: Turn<SsdpEvent>): void {
    const next = following(this.#bootId);
    for (const state of this.#states.values()) {
      for (const link of this.#ground.links.values())
        this.#foretell(link, before.get(link.id), state, next, turn);
    }
    this.#bootId = next;
    for (const state of this.#states.values()) {
      state.told.bootId = next;
      this.#announceSoon(state, turn.now);
    }
  }

  /** As `#renumber`, in a moment: who closes one of several offers of a device mostly closes them all. */
  #renumberSoon(advertisement: Advertisement, now: Instant): void {
    if (this.#states.size === 0) return;
    this.#left.push(advertisement);
    if (this.#left.length > 1) return;
    this.#ground.agenda.set(now + timing.RENUMBER_WAIT, "a device whose other offers go on", (turn) => {
      for (const left of this.#left.splice(0)) this.#renumber(left, turn);
    });
  }

  /** Offers with a device of `advertisement` move on to the BOOTID of now: a device has one. */
  #renumber(advertisement: Advertisement, turn: Turn<SsdpEvent>): void {
    this.#edition++;
    for (const state of this.#states.values()) {
      if (state.told.bootId === this.#bootId || !overlap(advertisement, state.told.advertisement)) continue;
      for (const link of this.#ground.links.values()) this.#foretell(link, link, state, this.#bootId, turn);
      state.told.bootId = this.#bootId;
      this.#announceSoon(state, turn.now);
    }
  }

  /** Nothing is served at an address that is no more ours. Returns whether any offer depends on where it is served. */
  #leaveGone(): boolean {
    let isServing = false;
    for (const state of this.#states.values()) {
      const before = state.told.served;
      if (!before) continue;
      isServing = true;
      const served = stillServed(before, this.#ground.links);
      if (!isSameServed(before, served)) state.told = { ...state.told, served };
    }
    return isServing;
  }

  /** UDA 1.0 knows no `ssdp:update`. */
  #foretell(
    link: BoundLink,
    old: BoundLink | undefined,
    state: State,
    next: number,
    turn: Turn<SsdpEvent>,
  ): void {
    if (!old || state.told.advertisement.hidden) return;
    if (old.address !== link.address) this.#sendOn(link, state, encodeByebye, turn);
    else if (state.told.advertisement.dialect !== "1.0") {
      this.#sendOn(link, state, (fields) => encodeUpdate({ ...fields, nextBootId: next }), turn);
    }
  }

  #announceSoon(state: State, now: Instant): void {
    this.#calm(state);
    if (state.told.advertisement.hidden) return;
    this.#later(
      state,
      now + this.#ground.random.between(0, timing.INITIAL_WAIT),
      "alive set, first",
      (turn) => this.#announce(state, 1, timing.INITIAL_COPIES, turn),
    );
  }

  #announce(state: State, copy: number, copies: number, turn: Turn<SsdpEvent>): void {
    this.#sendSet(state, encodeAlive, turn);
    const { random } = this.#ground;
    if (copy < copies) {
      const at = turn.now + random.between(...timing.COPY_GAP);
      this.#later(state, at, `alive set, repeat ${copy + 1} of ${copies}`, (next) =>
        this.#announce(state, copy + 1, copies, next),
      );
      return;
    }
    const at =
      turn.now + state.told.advertisement.maxAgeSeconds * 1000 * random.between(...timing.REFRESH_WINDOW);
    this.#later(state, at, "alive set, before it runs out", (next) =>
      this.#announce(state, 1, timing.REFRESH_COPIES, next),
    );
  }

  #sayByebye(told: Announced, copy: number, turn: Turn<SsdpEvent>): void {
    const { hidden } = told.advertisement;
    for (const link of hidden ? [] : this.#ground.links.values()) {
      if (copy === 1) this.#revokeOn(link, told, turn);
      else this.#revokeAgainOn(link, told, turn);
    }
    if (copy >= timing.BYEBYE_COPIES || hidden) {
      turn.emit({ kind: "withdrawn", offer: told.id });
      return;
    }
    const reason = `byebye, repeat ${copy + 1} of ${timing.BYEBYE_COPIES}`;
    this.#ground.agenda.set(turn.now + timing.BYEBYE_GAP, reason, (next) =>
      this.#sayByebye(told, copy + 1, next),
    );
  }

  /** Says goodbye of what is told on a link by no other offer. */
  #revokeOn(link: BoundLink, told: Announced, turn: Turn<SsdpEvent>): void {
    const kept = this.#usnsOn(link, told.advertisement);
    const gone = told.advertisement.set.filter(({ usn }) => !kept.has(usn));
    this.#sendItems(link, told, gone, encodeByebye, turn);
  }

  /**
   * A goodbye repeated after its device was offered anew would revoke that: then only services are taken away, and from
   * the life that has begun.
   */
  #revokeAgainOn(link: BoundLink, told: Announced, turn: Turn<SsdpEvent>): void {
    const kept = this.#usnsOn(link, told.advertisement);
    const isBack = kept.size > 0;
    const life = isBack ? { ...told, bootId: this.#bootId } : told;
    const gone = told.advertisement.set.filter(
      ({ usn }) => !kept.has(usn) && !(isBack && isWholeDevice(splitUsn(usn))),
    );
    this.#sendItems(link, life, gone, encodeByebye, turn);
  }

  /** The USNs that offers in force with a device of `revoked` announce on a link. */
  #usnsOn(link: BoundLink, revoked: Advertisement): ReadonlySet<string> {
    const usns = new Set<string>();
    for (const { advertisement } of this.announcedOn(link)) {
      if (advertisement.hidden || !overlap(revoked, advertisement)) continue;
      for (const { usn } of advertisement.set) usns.add(usn);
    }
    return usns;
  }

  #sendSet(state: State, encode: Encode, turn: Turn<SsdpEvent>): void {
    for (const link of this.#ground.links.values()) this.#sendOn(link, state, encode, turn);
  }

  #sendOn(link: BoundLink, { told }: State, encode: Encode, turn: Turn<SsdpEvent>): void {
    this.#sendItems(link, told, told.advertisement.set, encode, turn);
  }

  #sendItems(
    link: BoundLink,
    told: Announced,
    items: readonly Advertised[],
    encode: Encode,
    turn: Turn<SsdpEvent>,
  ): void {
    if (told.served && !told.served.has(link.id)) return;
    for (const to of groupsOn(this.#ground, link)) {
      for (const item of items) {
        const bytes = encode(this.fields(told, item, link, to));
        turn.send({ bytes, to, link, socket: spokenFrom(link) });
      }
    }
  }
  /** What all messages about `item` to `to` on `link` say of it; `to` is a group, or who asked. */
  fields(announced: Announced, item: Advertised, link: BoundLink, to: Endpoint): AnnouncementFields {
    const { advertisement, bootId, served } = announced;
    const { dialect, location, headers, server } = advertisement;
    const uda = dialect === "1.0" || dialect === "2.0" ? dialect : "1.1";
    return {
      dialect,
      host: hostOf(to),
      target: item.target,
      usn: item.usn,
      maxAgeSeconds: advertisement.maxAgeSeconds,
      server: server ?? productTokens(this.#ground.config.system, uda),
      bootId,
      configId: advertisement.configId,
      extraHeaders: headers,
      ...(location !== undefined && { location: locationOn(location, link, to.address, served) }),
      ...(link.sharedPort === undefined && { searchPort: link.ownPort }),
      ...(dialect === "1.0" && link.family === 6 && { nls: String(bootId) }),
    };
  }

  #later(state: State, at: Instant, reason: string, run: (turn: Turn<SsdpEvent>) => void): void {
    const deadline: Deadline = this.#ground.agenda.set(at, reason, (turn) => {
      state.deadlines.delete(deadline);
      run(turn);
    });
    state.deadlines.add(deadline);
  }

  #calm(state: State): void {
    state.isNotifying = false;
    for (const deadline of state.deadlines) deadline.cancel();
    state.deadlines.clear();
  }
}

/** Whether there is a device in both. */
function overlap({ devices }: Advertisement, other: Advertisement): boolean {
  for (const udn of devices) if (other.devices.has(udn)) return true;
  return false;
}

/** Whether what is announced on a link stays true: our address there, and the port at which we can be searched. */
function isAsBefore(link: BoundLink, before: BoundLink | undefined): boolean {
  if (!before || before.address !== link.address || before.sharedPort !== link.sharedPort) return false;
  return link.sharedPort !== undefined || before.ownPort === link.ownPort;
}

/** The BOOTID after `bootId`: 31 bits. */
function following(bootId: number): number {
  return (bootId + 1) % 0x8000_0000;
}
