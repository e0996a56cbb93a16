/**
 * What was heard: devices, where each is present, and the advertisements of each.
 *
 * - A device is a UDN. It is present at one or more places; a place is a link and the address that speaks there.
 * - Any advertisement of a device keeps all of its advertisements at that place alive (UDA 1.1 §1.2.3).
 * - A place that fell silent is asked directly before it is given up.
 * - Goodbyes are believed from the address that advertised; any other goodbye makes us ask (§1.2.3).
 * - Every table is bounded, per source and in all; what is pushed out is told as lost.
 */
import { BoundedMap } from "../core/bounded-map.ts";
import type { Datagram, Instant, Link, Turn } from "../core/engine.ts";
import type { DropReason, SsdpEvent, SsdpLoss, SsdpRecord } from "./events.ts";
import { readBootId, readMaxAgeSeconds, readNextBootId, readSearchPort } from "./fields.ts";
import { Goodbyes } from "./goodbyes.ts";
import type { Ground } from "./ground.ts";
import type { SsdpMessage } from "./message.ts";
import {
  addSighting,
  askFor,
  type Device,
  type Entry,
  entryId,
  type Heard,
  hasNeighbour,
  isCurrent,
  newestFirst,
  newPlace,
  type Place,
  placeKey,
  urlsAt,
} from "./presence.ts";
import { compareToRecord, LiveSighting, recordOf } from "./record.ts";
import * as timing from "./timing.ts";
import { splitUsn } from "./usn.ts";

/** Addresses and links at which one device is believed to be present. */
const MOST_PLACES = 16;

/** Asks the device at a place, directly, whether it is still there. */
export type Ask = (place: Place, target: string, turn: Turn<SsdpEvent>) => void;

export class SsdpCache {
  readonly #ground: Ground;
  readonly #ask: Ask;
  readonly #devices: BoundedMap<string, Device>;
  readonly #entries: BoundedMap<string, Entry>;
  /** The places of each link and address: what one host says of all its devices. */
  readonly #placesOf = new Map<string, Set<Place>>();
  readonly #goodbyes = new Goodbyes();

  constructor(ground: Ground, ask: Ask) {
    const { limits } = ground.config;
    this.#ground = ground;
    this.#ask = ask;
    this.#devices = new BoundedMap({ limit: limits.devices, limitPerOwner: limits.devicesPerSource });
    this.#entries = new BoundedMap({ limit: limits.services, limitPerOwner: Math.ceil(limits.services / 8) });
  }

  /** Every advertisement that is known now. */
  *records(): Iterable<SsdpRecord> {
    for (const entry of this.#entries.values()) yield entry.record;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Forgets everything without a word. */
  clear(): void {
    for (const device of this.#devices.values())
      for (const place of device.places.values()) place.watch?.cancel();
    this.#devices.clear();
    this.#entries.clear();
    this.#placesOf.clear();
    this.#goodbyes.clear();
  }

  /** An alive, or an answer to a search. */
  alive(heard: Heard, turn: Turn<SsdpEvent>): DropReason | undefined {
    const { message, datagram } = heard;
    const { udn, id } = splitUsn(heard.usn);
    const bootId = readBootId(message.headers);
    const key = placeKey(datagram.link, datagram.from.address);
    const kind = message.kind === "response" ? "response" : "notify";
    if (this.#goodbyes.overtook(kind, `${id} ${key}`, bootId, turn.now)) return "overtaken-alive";
    const device = this.#devices.get(udn) ?? this.#addDevice(heard, udn, turn);
    const known = device.places.get(key);
    if (!known && device.places.size >= MOST_PLACES) return "too-many-places";
    const place = known ?? this.#addPlace(device, key, datagram, turn.now);
    this.#devices.touch(udn);
    this.#goodbyes.takeBack(`${id} ${key}`);
    this.#refresh(place, message, bootId, turn.now);
    this.#note(place, heard, !known, turn);
    return undefined;
  }

  /** A goodbye (UDA 1.1 §1.2.3). */
  byebye(heard: Heard, turn: Turn<SsdpEvent>): DropReason | undefined {
    const { datagram, message } = heard;
    const { udn, id } = splitUsn(heard.usn);
    const key = placeKey(datagram.link, datagram.from.address);
    const bootId = readBootId(message.headers);
    const device = this.#devices.get(udn);
    const place = device?.places.get(key);
    if (bootId !== undefined && place?.bootId !== undefined && bootId < place.bootId) return "stale-byebye";
    this.#goodbyes.remember(`${id} ${key}`, datagram.from.address, bootId ?? place?.bootId, turn.now);
    if (!device) return "byebye-of-unknown";
    if (place) {
      this.#leave(place, heard, turn);
      return undefined;
    }
    for (const other of device.places.values()) {
      if (other.link.id === datagram.link.id) this.#doubtOnce(other, turn);
    }
    return "foreign-byebye";
  }

  /** An `ssdp:update`: the BOOTID that will hold from now on (UDA 1.1 §1.2.4). */
  update(heard: Heard, turn: Turn<SsdpEvent>): DropReason | undefined {
    const { datagram, message } = heard;
    const device = this.#devices.get(splitUsn(heard.usn).udn);
    const place = device?.places.get(placeKey(datagram.link, datagram.from.address));
    if (!device || !place) return "update-of-unknown";
    const next = readNextBootId(message.headers);
    if (next !== undefined && next > (place.bootId ?? -1)) place.bootId = next;
    place.heardAt = turn.now;
    return undefined;
  }

  /** Links went: what was heard there is kept for ten seconds, for links that flap. */
  relink(before: ReadonlyMap<string, Link>, turn: Turn<SsdpEvent>): void {
    for (const id of before.keys()) {
      if (this.#ground.links.has(id)) continue;
      this.#ground.agenda.set(turn.now + timing.LINK_DOWN_GRACE, `link ${id} is down`, (later) => {
        if (!this.#ground.links.has(id)) this.#forgetLink(id, later);
      });
    }
  }

  /** The machine slept: ask every place whether it is still there, spread over a few seconds. */
  resume(turn: Turn<SsdpEvent>): void {
    for (const device of this.#devices.values()) {
      for (const place of device.places.values()) {
        const at = turn.now + this.#ground.random.between(timing.ANSWER_MARGIN, 4 * timing.ANSWER_MARGIN);
        this.#ground.agenda.set(at, `is ${place.from} still there after the sleep`, (later) => {
          if (place.heardAt < turn.now) this.#doubtOnce(place, later);
        });
      }
    }
  }

  #addDevice(heard: Heard, udn: string, turn: Turn<SsdpEvent>): Device {
    const at = heard.usn.indexOf("::");
    const writtenUdn = (at < 0 ? heard.usn : heard.usn.slice(0, at)).trim();
    const device: Device = { udn, writtenUdn, places: new Map(), entries: new Map() };
    const evicted = this.#devices.set(udn, device, heard.datagram.from.address);
    if (evicted) for (const place of [...evicted.value.places.values()]) this.#vacate(place, "evicted", turn);
    return device;
  }

  #addPlace(device: Device, key: string, datagram: Datagram, now: Instant): Place {
    const place = newPlace(device, datagram.link, datagram.from.address, now);
    device.places.set(key, place);
    const neighbours = this.#placesOf.get(key);
    if (neighbours) neighbours.add(place);
    else this.#placesOf.set(key, new Set([place]));
    return place;
  }

  #refresh(place: Place, message: SsdpMessage, bootId: number | undefined, now: Instant): void {
    const seconds = readMaxAgeSeconds(message.headers) ?? timing.DEFAULT_MAX_AGE_SECONDS;
    const clamped = Math.min(Math.max(seconds, timing.LEAST_MAX_AGE_SECONDS), timing.MOST_MAX_AGE_SECONDS);
    const isNew = place.maxAge === 0;
    place.maxAge = clamped * 1000;
    place.heardAt = now;
    place.isDoubtful = false;
    place.bootId = bootId ?? place.bootId;
    place.port = readSearchPort(message.headers);
    const expiresAt = now + place.maxAge;
    const isSooner = expiresAt < place.expiresAt;
    place.expiresAt = expiresAt;
    if (isNew || isSooner) this.#watch(place);
  }

  /** One deadline a place, which moves on by itself while the place is heard. */
  #watch(place: Place): void {
    place.watch?.cancel();
    place.watch = this.#ground.agenda.set(place.expiresAt, "an advertisement runs out", (turn) => {
      if (place.expiresAt > turn.now) this.#watch(place);
      else if (place.isDoubtful) this.#vacate(place, "expired", turn);
      else this.#doubt(place, turn);
    });
  }

  /** Asks, and gives the place a few seconds more to speak up. */
  #doubt(place: Place, turn: Turn<SsdpEvent>): void {
    place.isDoubtful = true;
    place.askedAt = turn.now;
    place.expiresAt = turn.now + timing.VERIFY_WINDOW;
    this.#watch(place);
    this.#ask(place, askFor(place.device), turn);
  }

  #doubtOnce(place: Place, turn: Turn<SsdpEvent>): void {
    if (isCurrent(place) && turn.now - place.askedAt >= timing.VERIFY_AGAIN_AFTER) this.#doubt(place, turn);
  }

  #note(place: Place, heard: Heard, isNewPlace: boolean, turn: Turn<SsdpEvent>): void {
    const { device } = place;
    const id = entryId(device, heard);
    const entry = device.entries.get(id);
    if (!entry) {
      this.#addEntry(id, place, heard, turn);
      return;
    }
    this.#entries.touch(id);
    const previous = entry.record;
    const difference = compareToRecord(previous, heard.message);
    const known = entry.sightings.get(place);
    const sighting = known ?? addSighting(entry, place);
    const rebooted = difference === "changed" && previous.bootId !== readBootId(heard.message.headers);
    const moved = sighting.locate(heard.message, turn.now, rebooted);
    if (known && !moved && difference === "same") return;
    entry.record = recordOf(previous, heard.message, newestFirst(entry.sightings), previous);
    const isChange = difference === "changed" || (known ? moved : isNewPlace && hasNeighbour(place));
    if (isChange) turn.emit({ kind: "updated", record: entry.record, previous });
    else turn.emit({ kind: "refreshed", record: entry.record });
  }

  #addEntry(id: string, place: Place, heard: Heard, turn: Turn<SsdpEvent>): void {
    const { device } = place;
    const sighting = new LiveSighting(place);
    sighting.locate(heard.message, turn.now, false);
    const identity = { id, usn: heard.usn.trim(), udn: device.udn, type: heard.type.trim() };
    const entry: Entry = {
      device,
      sightings: new Map([[place, sighting]]),
      record: recordOf(identity, heard.message, [sighting]),
    };
    device.entries.set(id, entry);
    const evicted = this.#entries.set(id, entry, place.from);
    if (evicted) this.#dropEntry(evicted.value, "evicted", turn);
    turn.emit({ kind: "found", record: entry.record });
  }

  /**
   * A goodbye of the root device, of the UDN or of a device type takes the device away from that place, with the
   * devices embedded in it; a goodbye of one service takes that entry, and makes us ask for the rest.
   */
  #leave(place: Place, heard: Heard, turn: Turn<SsdpEvent>): void {
    const type = heard.type.toLowerCase();
    const isWhole = type === "upnp:rootdevice" || type === place.device.udn || type.includes(":device:");
    if (isWhole) {
      for (const other of this.#sharingDescription(place)) this.#sayGoodbye(other, turn);
      return;
    }
    const entry = place.device.entries.get(entryId(place.device, heard));
    if (entry) this.#endSighting(entry, place, "goodbye", turn);
    if (isCurrent(place)) this.#doubtOnce(place, turn);
  }

  #sayGoodbye(place: Place, turn: Turn<SsdpEvent>): void {
    const key = placeKey(place.link, place.from);
    for (const [id, { sightings }] of place.device.entries) {
      if (sightings.has(place)) this.#goodbyes.remember(`${id} ${key}`, place.from, place.bootId, turn.now);
    }
    this.#vacate(place, "goodbye", turn);
  }

  /** The place itself, and those of the devices that the same address describes under the same LOCATION. */
  #sharingDescription(place: Place): readonly Place[] {
    const urls = new Set(urlsAt(place));
    const neighbours = this.#placesOf.get(placeKey(place.link, place.from)) ?? [];
    return [...neighbours].filter((other) => other === place || urlsAt(other).some((url) => urls.has(url)));
  }

  #forgetLink(id: string, turn: Turn<SsdpEvent>): void {
    for (const device of [...this.#devices.values()]) {
      for (const place of [...device.places.values()]) {
        if (place.link.id === id) this.#vacate(place, "link-down", turn);
      }
    }
  }

  #vacate(place: Place, reason: SsdpLoss, turn: Turn<SsdpEvent>): void {
    const { device } = place;
    this.#removePlace(place);
    for (const entry of [...device.entries.values()]) this.#endSighting(entry, place, reason, turn);
    if (device.places.size === 0) this.#devices.delete(device.udn);
  }

  #removePlace(place: Place): void {
    const key = placeKey(place.link, place.from);
    place.watch?.cancel();
    place.device.places.delete(key);
    const neighbours = this.#placesOf.get(key);
    neighbours?.delete(place);
    if (neighbours?.size === 0) this.#placesOf.delete(key);
  }

  /** Silence at one of two addresses of a link is a change: the device moved. In one of two families it is not. */
  #endSighting(entry: Entry, place: Place, reason: SsdpLoss, turn: Turn<SsdpEvent>): void {
    if (!entry.sightings.delete(place)) return;
    if (entry.sightings.size === 0) {
      this.#dropEntry(entry, reason, turn);
      return;
    }
    const previous = entry.record;
    const record = { ...previous, sightings: newestFirst(entry.sightings) };
    entry.record = record;
    if (hasNeighbour(place)) turn.emit({ kind: "updated", record, previous });
    else turn.emit({ kind: "refreshed", record });
  }

  #dropEntry(entry: Entry, reason: SsdpLoss, turn: Turn<SsdpEvent>): void {
    const { device, record } = entry;
    if (!device.entries.delete(record.id)) return;
    this.#entries.delete(record.id);
    turn.emit({ kind: "lost", record, reason });
    if (device.entries.size > 0) return;
    for (const place of [...device.places.values()]) this.#removePlace(place);
    this.#devices.delete(device.udn);
  }
}
