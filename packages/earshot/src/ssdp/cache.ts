/**
 * What was heard: devices, where each is present, and the advertisements of each.
 *
 * - A device is a UDN. It is present at one or more places; a place is a link and the address that speaks there.
 * - Any advertisement of a device keeps all of its advertisements at that place alive (UDA 1.1 §1.2.3).
 * - A place that fell silent is asked directly before it is given up.
 * - Goodbyes are believed from the address that advertised; any other goodbye makes us ask (§1.2.3).
 * - Every table is bounded, per source and in all; what is pushed out is told as lost.
 */
import { isOnLink } from "../core/address.ts";
import type { Datagram, Instant, Link, Turn } from "../core/engine.ts";
import { ownText } from "../core/own-text.ts";
import { DeviceTable } from "./device-table.ts";
import { type Ask, Doubts } from "./doubts.ts";
import { DownLinks } from "./down-links.ts";
import type { DropReason, SsdpEvent, SsdpLoss, SsdpRecord } from "./events.ts";
import { readBootId, readNextBootId, readSearchPort } from "./fields.ts";
import { Goodbyes, type Life } from "./goodbyes.ts";
import type { Ground } from "./ground.ts";
import { Holds } from "./holds.ts";
import {
  type Device,
  type Entry,
  entryId,
  type Heard,
  type Place,
  placeKey,
  placeOf,
  sightingAt,
} from "./presence.ts";
import { LiveSighting, recordOf } from "./record.ts";
import { Repetitions } from "./repetitions.ts";
import { lifetimeOf, sayingOf } from "./saying.ts";
import * as timing from "./timing.ts";
import { isWholeDevice } from "./usn.ts";

export class SsdpCache {
  readonly #ground: Ground;
  readonly #table: DeviceTable;
  readonly #doubts: Doubts;
  readonly #goodbyes = new Goodbyes();
  readonly #repetitions = new Repetitions();
  readonly #holds: Holds;
  readonly #downLinks: DownLinks;

  constructor(ground: Ground, ask: Ask) {
    this.#ground = ground;
    this.#table = new DeviceTable(ground.config.limits);
    this.#holds = new Holds(ground.agenda, ground.config.holdGoodbyeMs);
    this.#doubts = new Doubts(ground, ask, (place, turn) => this.#giveUp(place, turn));
    this.#downLinks = new DownLinks(ground, (id, turn) => this.#forgetUnreachable(id, turn));
  }

  /** Every advertisement that is known now. */
  *records(): Iterable<SsdpRecord> {
    for (const { record } of this.#table.entries) yield record;
  }

  get size(): number {
    return this.#table.size;
  }

  /** Forgets everything without a word. */
  clear(): void {
    this.#table.clear();
    this.#repetitions.clear();
    this.#goodbyes.clear();
    this.#holds.clear();
  }

  /**
   * The last message of an advertisement, word by word: all that it says is that the device is still there. Returns
   * whether it was one; all else is to be read.
   * @param answered of a response, the edition of the searches.
   */
  repeat(datagram: Datagram, answered: number | undefined, now: Instant): boolean {
    const sighting = this.#repetitions.find(datagram);
    if (!sighting?.saidTerms || sighting.isUntold || sighting.saidTo !== answered) return false;
    const { place, saidLocation: location } = sighting;
    const { bootId, searchPort, lifetime } = sighting.saidTerms;
    if (place.locationCount > 1) return false;
    if (answered !== undefined && bootId !== undefined && bootId !== place.bootId) return false;
    this.#table.touch(place);
    place.bootId = bootId ?? place.bootId;
    place.searchPort = searchPort;
    if (location) location.heardAt = now;
    this.#doubts.refresh(place, lifetime, now);
    return true;
  }

  /** An alive, or an answer to a search. */
  alive(heard: Heard, turn: Turn<SsdpEvent>): DropReason | undefined {
    const { datagram, usn } = heard;
    const from = datagram.from.address;
    const key = placeKey(datagram.link, from);
    if (this.#isOvertaken(heard, key, turn.now)) return "overtaken-alive";
    const known = this.#table.device(usn.udn);
    const knownPlace = known && placeOf(known, datagram);
    const isNews = !knownPlace?.device.entries.has(entryId(knownPlace.device, heard));
    const refusal = isNews ? this.#table.whyRefused(heard, known, knownPlace, turn.now) : undefined;
    if (refusal) return refusal;
    if (!this.#goodbyes.isEmpty) for (const id of [usn.id, usn.udn]) this.#goodbyes.takeBack(`${id} ${key}`);
    const displaced: Place[] = [];
    const place = knownPlace ?? this.#addPlace(known, heard, displaced, turn.now);
    this.#table.touch(place);
    this.#takeIn(place, heard, turn);
    for (const other of displaced) this.#vacate(other, "evicted", turn);
    return undefined;
  }

  /** A goodbye (UDA 1.1 §1.2.3). */
  byebye(heard: Heard, turn: Turn<SsdpEvent>): DropReason | undefined {
    const { datagram, message, usn } = heard;
    const from = datagram.from.address;
    const key = placeKey(datagram.link, from);
    const bootId = readBootId(message.headers);
    const device = this.#table.device(usn.udn);
    const place = device && placeOf(device, datagram);
    if (place?.bootId !== undefined && bootId !== undefined && bootId < place.bootId) {
      this.#doubt(place, turn);
      return "stale-byebye";
    }
    const isOfThisLife = place === undefined || bootId === undefined || bootId === place.bootId;
    const life = { bootId: bootId ?? place?.bootId, isOfThisLife };
    this.#goodbyes.remember(`${isWholeDevice(usn) ? usn.udn : usn.id} ${key}`, from, life, turn.now);
    if (!device) return "byebye-of-unknown";
    if (place) {
      this.#leave(place, heard, life, turn);
      return undefined;
    }
    for (const other of device.places) {
      if (other.link.id === datagram.link.id) this.#doubt(other, turn);
    }
    return "foreign-byebye";
  }

  /** An `ssdp:update`: the BOOTID that will hold from now on (UDA 1.1 §1.2.4). */
  update({ datagram, message, usn }: Heard, turn: Turn<SsdpEvent>): DropReason | undefined {
    const device = this.#table.device(usn.udn);
    const place = device && placeOf(device, datagram);
    if (!place) return "update-of-unknown";
    const next = readNextBootId(message.headers);
    const least = Math.max(place.bootId ?? -1, readBootId(message.headers) ?? -1);
    if (next !== undefined && next > least) {
      place.bootId = next;
      for (const entry of place.device.entries.values()) sightingAt(entry, place)?.foretell(next);
    }
    place.heardAt = turn.now;
    return undefined;
  }

  /**
   * Links went, or became others: what was heard there and cannot be heard there any more is kept for ten seconds, for
   * links that flap. What is back is asked whether it is still there.
   */
  relink(before: ReadonlyMap<string, Link>, turn: Turn<SsdpEvent>): void {
    for (const id of this.#downLinks.relink(before, turn)) this.#askAll(id, turn.now);
  }

  /** The machine slept: every place is asked whether it is still there, spread over a few seconds. */
  resume(turn: Turn<SsdpEvent>): void {
    for (const id of this.#ground.links.keys()) this.#askAll(id, turn.now);
  }

  #askAll(linkId: string, now: Instant): void {
    for (const { places } of this.#table.devices) {
      for (const place of places) if (place.link.id === linkId) this.#doubts.afterSleep(place, now);
    }
  }

  /** An alive after its own goodbye: not believed, but the device is asked when the dust has settled. */
  #isOvertaken(heard: Heard, place: string, now: Instant): boolean {
    const { message, datagram, usn } = heard;
    const { link } = datagram;
    const from = datagram.from.address;
    const kind = message.kind === "response" ? "response" : "notify";
    if (kind === "notify" && !this.#ground.asks) return false;
    if (this.#goodbyes.isEmpty) return false;
    const life = { bootId: readBootId(message.headers), nls: message.headers.get("01-NLS") };
    const keys = [`${usn.udn} ${place}`, `${usn.id} ${place}`];
    const window = this.#isHeld(heard) ? timing.OVERTAKEN_WHILE_HELD : timing.OVERTAKEN_WINDOW;
    if (!keys.some((key) => this.#goodbyes.overtook(kind, key, life, window, now))) return false;
    const own = keys.map(ownText);
    const takeBack = (): void => {
      for (const key of own) this.#goodbyes.takeBack(key);
    };
    const target = ownText(usn.type ?? usn.writtenUdn);
    if (kind === "notify") this.#doubts.inquire(link, from, target, takeBack, now);
    return true;
  }

  /** What has to make room leaves only after the newcomer has settled, for it may be of the same device. */
  #addPlace(known: Device | undefined, heard: Heard, displaced: Place[], now: Instant): Place {
    const added = known ? { device: known, displaced: [] } : this.#table.addDevice(heard);
    const { place, displaced: others } = this.#table.addPlace(added.device, heard.datagram, now);
    displaced.push(...added.displaced, ...others);
    return place;
  }

  #takeIn(place: Place, heard: Heard, turn: Turn<SsdpEvent>): void {
    const { headers, kind } = heard.message;
    const bootId = readBootId(headers);
    const isLate = kind === "response" && bootId !== undefined && bootId < (place.bootId ?? 0);
    if (!isLate) place.bootId = bootId ?? place.bootId;
    const nls = headers.get("01-NLS");
    if (nls !== undefined && nls !== place.nls) place.nls = ownText(nls);
    place.searchPort = readSearchPort(headers);
    this.#doubts.refresh(place, lifetimeOf(headers), turn.now);
    if (kind === "response") for (const held of this.#heldAt(place)) this.#holds.releaseWhole(held);
    this.#note(place, heard, turn);
  }

  #note(place: Place, heard: Heard, turn: Turn<SsdpEvent>): void {
    const id = entryId(place.device, heard);
    const entry = place.device.entries.get(id);
    if (!entry) {
      this.#addEntry(ownText(id), place, heard, turn);
      return;
    }
    const known = sightingAt(entry, place);
    const sighting = known ?? new LiveSighting(place);
    if (known) this.#holds.release(known);
    else entry.sightings = [sighting, ...entry.sightings];
    const { isChanged, isMore, isMoved } = sighting.hear(heard.message, turn.now);
    const previous = entry.record;
    const isNews = !known || isChanged || isMore || isMoved;
    if (isNews) entry.record = recordOf(previous, heard.message, entry.sightings, previous);
    this.#say(heard, sighting, isNews ? entry.record : undefined);
    const isChange = known ? isChanged || isMoved : place.hasNeighbour;
    if (sighting.tells(isChange, turn.now)) turn.emit({ kind: "updated", record: entry.record, previous });
    else if (isNews) turn.emit({ kind: "refreshed", record: entry.record });
  }

  /**
   * Remembers a message for its repetitions. An answer that tells something new ends what its sighting last said.
   * @param news the record made of the message, if it was news.
   */
  #say(heard: Heard, sighting: LiveSighting, news: SsdpRecord | undefined): void {
    const { message, datagram, answered } = heard;
    if (message.kind === "notify" || answered !== undefined) {
      const kept = news?.message.headers ?? message.headers.compact();
      this.#repetitions.remember(sighting, sayingOf(sighting, message.headers, kept, answered), datagram);
    } else if (news) this.#repetitions.forget(sighting);
  }

  #addEntry(id: string, place: Place, heard: Heard, turn: Turn<SsdpEvent>): void {
    const { usn, message } = heard;
    const { device } = place;
    const sighting = new LiveSighting(place);
    sighting.hear(message, turn.now);
    const identity = {
      id,
      usn: usn.written === id ? id : ownText(usn.written),
      udn: device.udn,
      type: ownText(usn.type ?? typeOf(message, usn.written)),
    };
    const sightings = [sighting];
    const record = recordOf(identity, message, sightings);
    const entry: Entry = { device, sightings, record };
    this.#say(heard, sighting, record);
    const evicted = this.#table.addEntry(id, entry, place.from);
    if (evicted) this.#dropEntry(evicted, "evicted", turn);
    turn.emit({ kind: "found", record });
  }

  /**
   * A goodbye of the root device, of the UDN or of a device type takes the device away from that place, with the
   * devices embedded in it; a goodbye of one service takes that entry, and makes us ask for the rest.
   */
  #leave(place: Place, heard: Heard, life: Life, turn: Turn<SsdpEvent>): void {
    if (isWholeDevice(heard.usn)) {
      const others = this.#table
        .neighboursOf(place)
        .filter((other) => other !== place && place.sharesLocation(other, turn.now));
      for (const leaving of [place, ...others]) this.#sayGoodbye(leaving, life, turn);
      return;
    }
    const entry = place.device.entries.get(entryId(place.device, heard));
    if (entry) this.#endSoon(entry, place, false, turn);
    this.#doubt(place, turn);
  }

  #sayGoodbye(place: Place, { bootId }: Life, turn: Turn<SsdpEvent>): void {
    const isOfThisLife = bootId === place.bootId;
    const life = { bootId: latest(bootId, place.bootId), nls: place.nls, isOfThisLife };
    this.#goodbyes.remember(`${place.device.udn} ${place.key}`, place.from, life, turn.now);
    if (!this.#holds.isOn) this.#vacate(place, "goodbye", turn);
    else for (const entry of [...place.device.entries.values()]) this.#endSoon(entry, place, true, turn);
  }

  /** A goodbye takes effect: at once, or when the advertisement is not back in time. */
  #endSoon(entry: Entry, place: Place, isWhole: boolean, turn: Turn<SsdpEvent>): void {
    const sighting = sightingAt(entry, place);
    if (!sighting) return;
    if (!this.#holds.isOn) {
      this.#endSighting(entry, place, "goodbye", turn);
      return;
    }
    this.#repetitions.forget(sighting);
    this.#holds.hold(sighting, isWhole, turn.now, (later) => {
      this.#endSighting(entry, place, "goodbye", later);
      for (const other of place.device.entries.values()) if (sightingAt(other, place)) return;
      if (place.isCurrent) this.#vacate(place, "goodbye", later);
    });
  }

  #forgetUnreachable(id: string, turn: Turn<SsdpEvent>): void {
    const link = this.#ground.links.get(id);
    for (const device of [...this.#table.devices]) {
      for (const place of device.places) {
        const isThere = place.link.id !== id || (link !== undefined && isOnLink(place.from, link.addresses));
        if (!isThere) this.#vacate(place, "link-down", turn);
      }
    }
  }

  /** A stranger's word against a place. One that said goodbye by itself need not be asked. */
  #doubt(place: Place, turn: Turn<SsdpEvent>): void {
    const held = this.#heldAt(place).length;
    if (held > 0 && held === sightingsAt(place).length) return;
    this.#doubts.raise(place, turn);
  }

  /** Silence. Of what had said goodbye that was to be expected: it may be back until its time is over. */
  #giveUp(place: Place, turn: Turn<SsdpEvent>): void {
    const held = new Set(this.#heldAt(place));
    if (held.size === 0) {
      this.#vacate(place, "expired", turn);
      return;
    }
    for (const entry of [...place.device.entries.values()]) {
      const sighting = sightingAt(entry, place);
      if (sighting && !held.has(sighting)) this.#endSighting(entry, place, "expired", turn);
    }
    this.#doubts.putOff(place, this.#ground.config.holdGoodbyeMs, turn.now);
  }

  /** What is held at a place. */
  #heldAt(place: Place): readonly LiveSighting[] {
    return this.#holds.isEmpty ? [] : sightingsAt(place).filter((sighting) => this.#holds.has(sighting));
  }

  /** Whether a message is about what is held. */
  #isHeld(heard: Heard): boolean {
    if (this.#holds.isEmpty) return false;
    const device = this.#table.device(heard.usn.udn);
    const place = device && placeOf(device, heard.datagram);
    const entry = device?.entries.get(entryId(device, heard));
    const sighting = place && entry && sightingAt(entry, place);
    return sighting !== undefined && this.#holds.has(sighting);
  }

  #vacate(place: Place, reason: SsdpLoss, turn: Turn<SsdpEvent>): void {
    this.#table.removePlace(place);
    for (const entry of [...place.device.entries.values()]) this.#endSighting(entry, place, reason, turn);
  }

  /** Silence at one of two addresses of a link is a change: the device moved. In one of two families it is not. */
  #endSighting(entry: Entry, place: Place, reason: SsdpLoss, turn: Turn<SsdpEvent>): void {
    const ended = sightingAt(entry, place);
    if (!ended) return;
    entry.sightings = entry.sightings.filter((sighting) => sighting !== ended);
    this.#holds.release(ended);
    this.#repetitions.forget(ended);
    if (entry.sightings.length === 0) {
      this.#dropEntry(entry, reason, turn);
      return;
    }
    this.#table.handOn(entry.record.id, entry, place);
    const previous = entry.record;
    const record = { ...previous, sightings: entry.sightings };
    entry.record = record;
    if (place.hasNeighbour) turn.emit({ kind: "updated", record, previous });
    else turn.emit({ kind: "refreshed", record });
  }

  #dropEntry(entry: Entry, reason: SsdpLoss, turn: Turn<SsdpEvent>): void {
    const { record } = entry;
    for (const sighting of entry.sightings) {
      this.#repetitions.forget(sighting);
      this.#holds.release(sighting);
    }
    if (this.#table.removeEntry(record.id, entry)) turn.emit({ kind: "lost", record, reason });
  }
}

function sightingsAt(place: Place): readonly LiveSighting[] {
  return [...place.device.entries.values()].flatMap((entry) => sightingAt(entry, place) ?? []);
}

function latest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
}

/** NT or ST where the USN names no type: of a device's UDN it is the UDN itself. */
function typeOf({ headers, kind }: Heard["message"], usn: string): string {
  if (/^uuid:/i.test(usn)) return usn;
  return headers.get(kind === "notify" ? "NT" : "ST") ?? usn;
}
