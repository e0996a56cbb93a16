/** A device as it is believed to be: the places where it is present, its advertisements, and where each is heard. */
import type { Deadline } from "../core/agenda.ts";
import type { Datagram, Instant, Link } from "../core/engine.ts";
import type { SsdpRecord } from "./events.ts";
import type { SsdpMessage } from "./message.ts";
import { LiveSighting } from "./record.ts";
import { splitUsn, versionedType } from "./usn.ts";

/** An advertisement as it came in. */
export interface Heard {
  readonly message: SsdpMessage;
  readonly usn: string;
  /** NT or ST. */
  readonly type: string;
  readonly datagram: Datagram;
}

/** One place at which a device is present. */
export interface Place {
  readonly device: Device;
  readonly link: Link;
  readonly from: string;
  port: number | undefined;
  bootId: number | undefined;
  maxAge: number;
  heardAt: Instant;
  expiresAt: Instant;
  /** When it was last asked whether it is still there. */
  askedAt: Instant;
  isDoubtful: boolean;
  /** What happens when it runs out. */
  watch: Deadline | undefined;
}

/** A device, by its UDN: where it is present, and what it advertises. */
export interface Device {
  /** Evened out: the key. */
  readonly udn: string;
  /** The UDN as the device writes it: some compare it letter by letter. */
  readonly writtenUdn: string;
  readonly places: Map<string, Place>;
  readonly entries: Map<string, Entry>;
}

/** One advertisement of a device, and where it is heard. */
export interface Entry {
  readonly device: Device;
  readonly sightings: Map<Place, LiveSighting>;
  record: SsdpRecord;
}

/** A device at a place where it is heard for the first time. */
export function newPlace(device: Device, link: Link, from: string, now: Instant): Place {
  return {
    device,
    link,
    from,
    port: undefined,
    bootId: undefined,
    maxAge: 0,
    heardAt: now,
    expiresAt: now,
    askedAt: Number.NEGATIVE_INFINITY,
    isDoubtful: false,
    watch: undefined,
  };
}

/** The entry's sighting at a place where it was not heard yet. */
export function addSighting(entry: Entry, place: Place): LiveSighting {
  const sighting = new LiveSighting(place);
  entry.sightings.set(place, sighting);
  return sighting;
}

/** The sightings of an entry, at the newest place first: a device that moved is sooner found there. */
export function newestFirst(sightings: ReadonlyMap<Place, LiveSighting>): readonly LiveSighting[] {
  return [...sightings.values()].reverse();
}

/** Whether the device is present at another address of the same link: it moved, or has two. */
export function hasNeighbour(place: Place): boolean {
  for (const other of place.device.places.values()) {
    if (other !== place && other.link.id === place.link.id) return true;
  }
  return false;
}

/** Names a link and the address that speaks there. */
export function placeKey(link: Link, from: string): string {
  return `${link.id} ${from}`;
}

/** Whether the device is still believed to be at this place. */
export function isCurrent(place: Place): boolean {
  return place.device.places.get(placeKey(place.link, place.from)) === place;
}

/**
 * The USN evened out, so that the same advertisement written differently is one. An answer in an older version of a
 * type that the device is known to have (UDA 1.1 §1.3.3) is about that type.
 */
export function entryId(device: Device, heard: Heard): string {
  const { id, type } = splitUsn(heard.usn);
  if (heard.message.kind !== "response" || type === undefined || device.entries.has(id)) return id;
  const asked = versionedType(type);
  if (!asked) return id;
  for (const [known, { record }] of device.entries) {
    const offered = versionedType(record.type);
    if (offered && offered.stem === asked.stem && offered.version > asked.version) return known;
  }
  return id;
}

/** What to search for to learn whether a device is still there. */
export function askFor(device: Device): string {
  if (device.udn.startsWith("uuid:")) return device.writtenUdn;
  const [first] = device.entries.values();
  return first?.record.type ?? "ssdp:all";
}

/** Every LOCATION that the device gives at a place. */
export function urlsAt(place: Place): string[] {
  return [...place.device.entries.values()].flatMap(
    (entry) => entry.sightings.get(place)?.locations.map((location) => location.url) ?? [],
  );
}
