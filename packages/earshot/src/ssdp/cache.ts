/**
 * What was heard: devices, where each is present, and the advertisements of each.
 *
 * - A device is a UDN. It is present at one or more places; a place is a link and the address that speaks there.
 * - Any advertisement of a device keeps all of its advertisements at that place alive (UDA 1.1 §1.2.3).
 * - A place that fell silent is asked directly before it is given up.
 * - Goodbyes are believed from the address that advertised; any other goodbye makes us ask (§1.2.3).
 * - Every table is bounded, per source and in all; what is pushed out is told as lost.
 */
import type { Deadline } from "../core/agenda.ts";
import type { Link, Turn } from "../core/engine.ts";
import { ownText } from "../core/own-text.ts";
import { TokenBucket } from "../core/token-bucket.ts";
import { DeviceTable } from "./device-table.ts";
import { type Ask, Doubts } from "./doubts.ts";
import type { DropReason, SsdpEvent, SsdpLoss, SsdpRecord } from "./events.ts";
import { readBootId, readMaxAgeSeconds, readNextBootId, readSearchPort } from "./fields.ts";
import { Goodbyes } from "./goodbyes.ts";
import type { Ground } from "./ground.ts";
import {
  type Device,
  type Entry,
  entryId,
  type Heard,
  newestFirst,
  type Place,
  placeKey,
} from "./presence.ts";
import { LiveSighting, recordOf } from "./record.ts";
import * as timing from "./timing.ts";

export class SsdpCache {
  readonly #ground: Ground;
  readonly #table: DeviceTable;
  readonly #doubts: Doubts;
  readonly #goodbyes = new Goodbyes();
  readonly #down = new Map<string, Deadline>();

  constructor(ground: Ground, ask: Ask) {
    this.#ground = ground;
    this.#table = new DeviceTable(ground.config.limits);
    this.#doubts = new Doubts(ground, ask, (place, turn) => this.#vacate(place, "expired", turn));
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
    this.#goodbyes.clear();
  }

  /** An alive, or an answer to a search. */
  alive(heard: Heard, turn: Turn<SsdpEvent>): DropReason | undefined {
    const { message, datagram, usn } = heard;
    const from = datagram.from.address;
    const key = placeKey(datagram.link, from);
    if (this.#isOvertaken(heard, `${usn.id} ${key}`, turn)) return "overtaken-alive";
    const known = this.#table.device(usn.udn);
    const knownPlace = known?.places.get(key);
    const isNews = !knownPlace?.device.entries.has(entryId(knownPlace.device, heard));
    const full = isNews ? this.#table.whyFull(from, known, knownPlace) : undefined;
    if (full) return full;
    this.#goodbyes.takeBack(`${usn.id} ${key}`);
    const place = knownPlace ?? this.#addPlace(known ?? this.#addDevice(heard, turn), heard, turn);
    this.#table.touch(place);
    place.bootId = readBootId(message.headers) ?? place.bootId;
    place.searchPort = readSearchPort(message.headers);
    this.#doubts.refresh(place, lifetime(heard), turn.now);
    this.#note(place, heard, turn);
    return undefined;
  }

  /** A goodbye (UDA 1.1 §1.2.3). */
  byebye(heard: Heard, turn: Turn<SsdpEvent>): DropReason | undefined {
    const { datagram, message, usn } = heard;
    const from = datagram.from.address;
    const key = placeKey(datagram.link, from);
    const bootId = readBootId(message.headers);
    const device = this.#table.device(usn.udn);
    const place = device?.places.get(key);
    if (place?.bootId !== undefined && bootId !== undefined && bootId < place.bootId) {
      this.#doubts.raise(place, turn);
      return "stale-byebye";
    }
    const isOfThisLife = place === undefined || bootId === undefined || bootId === place.bootId;
    this.#goodbyes.remember(
      `${usn.id} ${key}`,
      from,
      { bootId: bootId ?? place?.bootId, isOfThisLife },
      turn.now,
    );
    if (!device) return "byebye-of-unknown";
    if (place) {
      this.#leave(place, heard, turn);
      return undefined;
    }
    for (const other of device.places.values()) {
      if (other.link.id === datagram.link.id) this.#doubts.raise(other, turn);
    }
    return "foreign-byebye";
  }

  /** An `ssdp:update`: the BOOTID that will hold from now on (UDA 1.1 §1.2.4). */
  update({ datagram, message, usn }: Heard, turn: Turn<SsdpEvent>): DropReason | undefined {
    const place = this.#table.device(usn.udn)?.places.get(placeKey(datagram.link, datagram.from.address));
    if (!place) return "update-of-unknown";
    const next = readNextBootId(message.headers);
    if (next !== undefined && next > (place.bootId ?? -1)) place.bootId = next;
    place.heardAt = turn.now;
    return undefined;
  }

  /** Links went: what was heard there is kept for ten seconds, for links that flap. */
  relink(before: ReadonlyMap<string, Link>, turn: Turn<SsdpEvent>): void {
    for (const id of this.#ground.links.keys()) {
      this.#down.get(id)?.cancel();
      this.#down.delete(id);
    }
    for (const id of before.keys()) {
      if (this.#ground.links.has(id)) continue;
      const forget = (later: Turn<SsdpEvent>): void => {
        this.#down.delete(id);
        this.#forgetLink(id, later);
      };
      this.#down.set(
        id,
        this.#ground.agenda.set(turn.now + timing.LINK_DOWN_GRACE, `link ${id} is down`, forget),
      );
    }
  }

  /** The machine slept: every place is asked whether it is still there, spread over a few seconds. */
  resume(turn: Turn<SsdpEvent>): void {
    for (const device of this.#table.devices) {
      for (const place of device.places.values()) this.#doubts.afterSleep(place, turn.now);
    }
  }

  /** An alive after its own goodbye: not believed, but the device is asked when the dust has settled. */
  #isOvertaken({ message, datagram, usn }: Heard, key: string, turn: Turn<SsdpEvent>): boolean {
    const kind = message.kind === "response" ? "response" : "notify";
    if (!this.#goodbyes.overtook(kind, key, readBootId(message.headers), turn.now)) return false;
    if (kind === "notify" && this.#goodbyes.wonder(key)) {
      const udn = ownText(usn.writtenUdn);
      this.#ground.agenda.set(
        turn.now + timing.OVERTAKEN_WINDOW,
        `was ${datagram.from.address}'s goodbye meant`,
        (later) => {
          this.#goodbyes.takeBack(key);
          this.#doubts.inquire(datagram.link, datagram.from.address, udn, later);
        },
      );
    }
    return true;
  }

  #addDevice(heard: Heard, turn: Turn<SsdpEvent>): Device {
    const { device, displaced } = this.#table.addDevice(heard);
    for (const place of displaced) this.#vacate(place, "evicted", turn);
    return device;
  }

  #addPlace(device: Device, { datagram }: Heard, turn: Turn<SsdpEvent>): Place {
    const { place, displaced } = this.#table.addPlace(device, datagram, turn.now);
    for (const other of displaced) this.#vacate(other, "evicted", turn);
    return place;
  }

  #note(place: Place, heard: Heard, turn: Turn<SsdpEvent>): void {
    const id = entryId(place.device, heard);
    const entry = place.device.entries.get(id);
    if (!entry) {
      this.#addEntry(ownText(id), place, heard, turn);
      return;
    }
    const known = entry.sightings.get(place);
    const sighting = known ?? new LiveSighting(place);
    if (!known) entry.sightings.set(place, sighting);
    const { isChanged, isMore, isMoved } = sighting.hear(heard.message, turn.now);
    if (known && !isChanged && !isMore && !isMoved) return;
    const previous = entry.record;
    entry.record = recordOf(previous, heard.message, newestFirst(entry.sightings), previous);
    this.#tell(entry, previous, known ? isChanged || isMoved : place.hasNeighbour, turn);
  }

  /** A device that changes all the time is told of now and then; what is not told shows in the record all the same. */
  #tell(entry: Entry, previous: SsdpRecord, isChange: boolean, turn: Turn<SsdpEvent>): void {
    const { record } = entry;
    if (isChange) entry.updates ??= new TokenBucket(timing.UPDATE_RATE);
    if (isChange && entry.updates?.take(turn.now)) turn.emit({ kind: "updated", record, previous });
    else turn.emit({ kind: "refreshed", record });
  }

  #addEntry(id: string, place: Place, { usn, message }: Heard, turn: Turn<SsdpEvent>): void {
    const { device } = place;
    const sighting = new LiveSighting(place);
    sighting.hear(message, turn.now);
    const identity = {
      id,
      usn: ownText(usn.written),
      udn: device.udn,
      type: ownText(usn.type ?? typeOf(message, usn.written)),
    };
    const record = recordOf(identity, message, [sighting]);
    const entry: Entry = { device, sightings: new Map([[place, sighting]]), record, updates: undefined };
    const evicted = this.#table.addEntry(id, entry, place.from);
    if (evicted) this.#dropEntry(evicted, "evicted", turn);
    turn.emit({ kind: "found", record });
  }

  /**
   * A goodbye of the root device, of the UDN or of a device type takes the device away from that place, with the
   * devices embedded in it; a goodbye of one service takes that entry, and makes us ask for the rest.
   */
  #leave(place: Place, heard: Heard, turn: Turn<SsdpEvent>): void {
    const type = heard.usn.type?.toLowerCase();
    const isWhole = type === undefined || type === "upnp:rootdevice" || type.includes(":device:");
    if (isWhole) {
      const others = [...this.#table.neighboursOf(place)].filter(
        (other) => other !== place && place.sharesLocation(other),
      );
      for (const leaving of [place, ...others]) this.#sayGoodbye(leaving, turn);
      return;
    }
    const entry = place.device.entries.get(entryId(place.device, heard));
    if (entry) this.#endSighting(entry, place, "goodbye", turn);
    this.#doubts.raise(place, turn);
  }

  #sayGoodbye(place: Place, turn: Turn<SsdpEvent>): void {
    for (const [id, { sightings }] of place.device.entries) {
      if (!sightings.has(place)) continue;
      const life = { bootId: place.bootId, isOfThisLife: true };
      this.#goodbyes.remember(`${id} ${place.key}`, place.from, life, turn.now);
    }
    this.#vacate(place, "goodbye", turn);
  }

  #forgetLink(id: string, turn: Turn<SsdpEvent>): void {
    for (const device of [...this.#table.devices]) {
      for (const place of [...device.places.values()]) {
        if (place.link.id === id) this.#vacate(place, "link-down", turn);
      }
    }
  }

  #vacate(place: Place, reason: SsdpLoss, turn: Turn<SsdpEvent>): void {
    this.#table.removePlace(place);
    for (const entry of [...place.device.entries.values()]) this.#endSighting(entry, place, reason, turn);
  }

  /** Silence at one of two addresses of a link is a change: the device moved. In one of two families it is not. */
  #endSighting(entry: Entry, place: Place, reason: SsdpLoss, turn: Turn<SsdpEvent>): void {
    if (!entry.sightings.delete(place)) return;
    if (entry.sightings.size === 0) {
      this.#dropEntry(entry, reason, turn);
      return;
    }
    const previous = entry.record;
    entry.record = { ...previous, sightings: newestFirst(entry.sightings) };
    this.#tell(entry, previous, place.hasNeighbour, turn);
  }

  #dropEntry(entry: Entry, reason: SsdpLoss, turn: Turn<SsdpEvent>): void {
    const { record } = entry;
    if (this.#table.removeEntry(record.id, entry)) turn.emit({ kind: "lost", record, reason });
  }
}

/** How long an advertisement holds, in ms: what devices say, within reason. */
function lifetime({ message }: Heard): number {
  const seconds = readMaxAgeSeconds(message.headers) ?? timing.DEFAULT_MAX_AGE_SECONDS;
  return Math.min(Math.max(seconds, timing.LEAST_MAX_AGE_SECONDS), timing.MOST_MAX_AGE_SECONDS) * 1000;
}

/** NT or ST where the USN names no type: of a device's UDN it is the UDN itself. */
function typeOf({ headers, kind }: Heard["message"], usn: string): string {
  if (/^uuid:/i.test(usn)) return usn;
  return headers.get(kind === "notify" ? "NT" : "ST") ?? usn;
}
