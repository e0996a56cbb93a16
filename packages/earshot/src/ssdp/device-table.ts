import { BoundedMap } from "../core/bounded-map.ts";
import type { Datagram, Instant } from "../core/engine.ts";
import { ownText } from "../core/own-text.ts";
import { TokenBucket } from "../core/token-bucket.ts";
import type { SsdpLimits } from "./config.ts";
import type { DropReason } from "./events.ts";
import { type Device, type Entry, type Heard, Place } from "./presence.ts";
import { ANSWER_DISPLACEMENT_RATE, DISPLACEMENT_RATE } from "./timing.ts";

/** Links and addresses at which one device is believed to be present. */
const MOST_PLACES = 8;

/** Advertisements believed of one device. */
const MOST_ENTRIES = 256;

/**
 * The tables of a cache, each bounded in all and per address that speaks. Who has filled its own share gets no more,
 * rather than turning its own entries over; when all is full, whoever holds most makes room.
 */
export class DeviceTable {
  readonly #devices: BoundedMap<string, Device>;
  readonly #places: BoundedMap<Place, Place>;
  readonly #entries: BoundedMap<string, Entry>;
  readonly #limits: SsdpLimits;
  readonly #displacements = new TokenBucket(DISPLACEMENT_RATE);
  readonly #answerDisplacements = new TokenBucket(ANSWER_DISPLACEMENT_RATE);

  constructor(limits: SsdpLimits) {
    this.#limits = limits;
    this.#devices = new BoundedMap({ limit: limits.devices });
    this.#places = new BoundedMap({ limit: 2 * limits.devices });
    this.#entries = new BoundedMap({ limit: limits.services });
  }

  get devices(): Iterable<Device> {
    return this.#devices.values();
  }

  get entries(): Iterable<Entry> {
    return this.#entries.values();
  }

  get size(): number {
    return this.#entries.size;
  }

  device(udn: string): Device | undefined {
    return this.#devices.get(udn);
  }

  /** Why a new entry is not taken in, if so: its speaker has its share, or others would have to leave too often. */
  whyRefused(
    { datagram, message }: Heard,
    device: Device | undefined,
    place: Place | undefined,
    now: Instant,
  ): DropReason | undefined {
    const full = this.#whyFull(datagram.from.address, device, place);
    if (full || !this.#isCrowded(device)) return full;
    const budget = message.kind === "notify" ? this.#displacements : this.#answerDisplacements;
    return budget.take(now) ? undefined : "displaced-too-often";
  }

  #whyFull(from: string, device: Device | undefined, place: Place | undefined): DropReason | undefined {
    const { devicesPerSource, services } = this.#limits;
    if (!device && this.#devices.countOf(from) >= devicesPerSource) return "too-many-devices";
    if (!place && this.#places.countOf(from) >= 2 * devicesPerSource) return "too-many-places";
    const isFull = this.#entries.countOf(from) >= Math.ceil(services / 8);
    return isFull || (device?.entries.size ?? 0) >= MOST_ENTRIES ? "too-many-services" : undefined;
  }

  /** Whether something else has to leave for a new entry of `device`, or of a new one. */
  #isCrowded(device: Device | undefined): boolean {
    const isFull = this.#entries.size >= this.#limits.services;
    return isFull || (!device && this.#devices.size >= this.#limits.devices);
  }

  addDevice({ usn, datagram }: Heard): { device: Device; displaced: readonly Place[] } {
    const writtenUdn = ownText(usn.writtenUdn);
    const device: Device = { udn: ownText(usn.udn), writtenUdn, places: [], entries: new Map() };
    const evicted = this.#devices.set(device.udn, device, datagram.from.address);
    return { device, displaced: evicted?.value.places ?? [] };
  }

  /** A device said to be at too many places loses one; never the first, which spoke before the others claimed to be it. */
  addPlace(
    device: Device,
    { link, from }: Datagram,
    now: Instant,
  ): { place: Place; displaced: readonly Place[] } {
    const displaced: Place[] = [];
    if (device.places.length >= MOST_PLACES) displaced.push(stalest(device));
    const place = new Place(device, link, from.address, now);
    device.places = [...device.places, place];
    const evicted = this.#places.set(place, place, from.address);
    if (evicted) displaced.push(evicted.value);
    return { place, displaced };
  }

  /** Adds an entry; the one that makes room for it is returned. */
  addEntry(id: string, entry: Entry, from: string): Entry | undefined {
    entry.device.entries.set(id, entry);
    return this.#entries.set(id, entry, from)?.value;
  }

  touch(place: Place): void {
    this.#devices.touch(place.device.udn);
    this.#places.touch(place);
  }

  /** The places of all devices that the same address speaks for on the same link. */
  neighboursOf({ link, from }: Place): readonly Place[] {
    return [...this.#places.heldBy(from)].filter((place) => place.link.id === link.id);
  }

  removePlace(place: Place): void {
    place.watch?.cancel();
    this.#places.delete(place);
    const { device } = place;
    device.places = device.places.filter((other) => other !== place);
    const [other] = device.places;
    if (!other) this.#devices.delete(device.udn);
    else handOn(this.#devices, device.udn, place.from, other.from);
  }

  /** An entry is no longer heard at a place that it may be charged to. */
  handOn(id: string, entry: Entry, place: Place): void {
    const oldest = entry.sightings.at(-1);
    if (oldest) handOn(this.#entries, id, place.from, oldest.from);
  }

  /** Removes an entry, and with its last entry the device. Returns whether it was there. */
  removeEntry(id: string, entry: Entry): boolean {
    const { device } = entry;
    if (device.entries.get(id) !== entry) return false;
    device.entries.delete(id);
    if (this.#entries.get(id) === entry) this.#entries.delete(id);
    if (device.entries.size === 0) for (const place of device.places) this.removePlace(place);
    return true;
  }

  clear(): void {
    for (const place of this.#places.values()) place.watch?.cancel();
    this.#devices.clear();
    this.#places.clear();
    this.#entries.clear();
  }
}

function stalest(device: Device): Place {
  const [first, ...others] = device.places;
  return others.reduce(
    (oldest, place) => (place.heardAt < oldest.heardAt ? place : oldest),
    others[0] ?? (first as Place),
  );
}

/** Charges what was charged to `from` to `to`. */
function handOn<Value>(map: BoundedMap<string, Value>, key: string, from: string, to: string): void {
  const value = map.get(key);
  if (value === undefined || map.ownerOf(key) !== from || from === to) return;
  map.delete(key);
  map.set(key, value, to);
}
