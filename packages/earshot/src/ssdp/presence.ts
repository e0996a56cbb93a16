/** A device as it is believed to be: the places where it is present, its advertisements, and where each is heard. */
import type { Deadline } from "../core/agenda.ts";
import type { Datagram, Instant, Link } from "../core/engine.ts";
import { ownText } from "../core/own-text.ts";
import type { SsdpRecord } from "./events.ts";
import { whyUnusable } from "./location.ts";
import type { SsdpMessage } from "./message.ts";
import { type KeptLocation, type LiveSighting, MOST_LOCATIONS } from "./record.ts";
import { MOST_NAME_LENGTH, type Usn, versionedType } from "./usn.ts";

/** An advertisement as it came in. */
export interface Heard {
  readonly message: SsdpMessage;
  readonly usn: Usn;
  readonly datagram: Datagram;
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

/** One place at which a device is present: a link, and the address that speaks there. */
export class Place {
  readonly device: Device;
  readonly link: Link;
  readonly from: string;
  /** Where it says that it can be searched, if not on the protocol's port. */
  searchPort: number | undefined;
  bootId: number | undefined;
  maxAge = 0;
  heardAt: Instant;
  expiresAt: Instant;
  /** When it was last asked whether it is still there. */
  askedAt: Instant = Number.NEGATIVE_INFINITY;
  isDoubtful = false;
  /** How often it could not be asked for want of means. */
  putOffs = 0;
  /** What happens when it runs out. */
  watch: Deadline | undefined;
  readonly #locations = new Map<string, KeptLocation>();

  constructor(device: Device, link: Link, from: string, now: Instant) {
    this.device = device;
    this.link = link;
    this.from = from;
    this.heardAt = now;
    this.expiresAt = now;
  }

  get key(): string {
    return placeKey(this.link, this.from);
  }

  /** Whether the device is still believed to be here. */
  get isCurrent(): boolean {
    return this.device.places.get(this.key) === this;
  }

  /** Whether the device is present at another address of the same link: it moved, or has two. */
  get hasNeighbour(): boolean {
    for (const other of this.device.places.values()) {
      if (other !== this && other.link.id === this.link.id) return true;
    }
    return false;
  }

  /** The place's own copy of a LOCATION, shared by all advertisements here; the one unheard longest makes room. */
  keep(url: string, now: Instant): KeptLocation | undefined {
    if (url.length > MOST_NAME_LENGTH) return undefined;
    const known = this.#locations.get(url);
    const kept = known ?? { url: ownText(url), unusable: whyUnusable(url, this.from), heardAt: now };
    kept.heardAt = now;
    this.#locations.delete(kept.url);
    this.#locations.set(kept.url, kept);
    const [oldest] = this.#locations.keys();
    if (this.#locations.size > MOST_LOCATIONS && oldest !== undefined) this.#locations.delete(oldest);
    return kept;
  }

  /** Whether what is announced here has a LOCATION in common with what is announced there. */
  sharesLocation(other: Place): boolean {
    for (const url of this.#locations.keys()) if (other.#locations.has(url)) return true;
    return false;
  }
}

/** Names a link and the address that speaks there. */
export function placeKey(link: Link, from: string): string {
  return `${link.id} ${from}`;
}

/** The sightings of an entry, at the newest place first: a device that moved is sooner found there. */
export function newestFirst(sightings: ReadonlyMap<Place, LiveSighting>): readonly LiveSighting[] {
  return [...sightings.values()].reverse();
}

/**
 * The entry that an advertisement is about. An answer in an older version of a type that the device is known to have
 * (UDA 1.1 §1.3.3) is about that type.
 */
export function entryId(device: Device, { usn, message }: Heard): string {
  if (message.kind !== "response" || usn.type === undefined || device.entries.has(usn.id)) return usn.id;
  const asked = versionedType(usn.type);
  if (!asked) return usn.id;
  for (const [known, { record }] of device.entries) {
    const offered = versionedType(record.type);
    if (offered && offered.stem === asked.stem && offered.version > asked.version) return known;
  }
  return usn.id;
}
