/** A device as it is believed to be: the places where it is present, its advertisements, and where each is heard. */
import type { Deadline } from "../core/agenda.ts";
import type { Datagram, Instant, Link } from "../core/engine.ts";
import { ownText } from "../core/own-text.ts";
import type { SsdpRecord } from "./events.ts";
import type { Fingerprint } from "./fingerprint.ts";
import { whyUnusable } from "./location.ts";
import type { SsdpMessage } from "./message.ts";
import { type KeptLocation, type LiveSighting, MOST_LOCATIONS } from "./record.ts";
import type { Terms } from "./repetitions.ts";
import { MOST_NAME_LENGTH, type Usn, versionedType } from "./usn.ts";

/** An advertisement as it came in. */
export interface Heard {
  readonly message: SsdpMessage;
  readonly usn: Usn;
  readonly datagram: Datagram;
  /** Of a response: the edition of the searches that it answered, where saying it again under that means nothing new. */
  readonly answered?: number | undefined;
}

/** A device, by its UDN: where it is present, and what it advertises. */
export interface Device {
  /** Evened out: the key. */
  readonly udn: string;
  /** The UDN as the device writes it: some compare it letter by letter. */
  readonly writtenUdn: string;
  /** The oldest first. Replaced, not changed. */
  places: readonly Place[];
  readonly entries: Map<string, Entry>;
}

/** One advertisement of a device, and where it is heard. */
export interface Entry {
  readonly device: Device;
  /** At the newest place first: a device that moved is sooner found there. Replaced, not changed. */
  sightings: readonly LiveSighting[];
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
  /** 01-NLS: what devices without BOOTID name their life by. */
  nls: string | undefined;
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
  /** The newest last. */
  #locations: readonly KeptLocation[] = [];
  #fingerprint: Fingerprint | undefined;
  #terms: Terms | undefined;

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
    return this.device.places.includes(this);
  }

  /**
   * Whether the device is present at another address of the same link: it moved, or has two. By IPv6 one of each scope is
   * none, for there a device speaks from both (UDA 2.0 §A.2).
   */
  get hasNeighbour(): boolean {
    for (const other of this.device.places) {
      const isSameScope = isLinkScoped(other) === isLinkScoped(this);
      if (other !== this && other.link.id === this.link.id && isSameScope) return true;
    }
    return false;
  }

  /** How many LOCATIONs are kept. */
  get locationCount(): number {
    return this.#locations.length;
  }

  /** The place's own copy of a LOCATION, shared by all advertisements here; the one unheard longest makes room. */
  keep(url: string, now: Instant): KeptLocation | undefined {
    if (url.length > MOST_NAME_LENGTH) return undefined;
    const known = this.#locations.find((each) => each.url === url);
    const kept = known ?? newLocation(url, this.from, now);
    kept.heardAt = now;
    const others = this.#locations.filter((each) => each !== kept && this.#isFresh(each, now));
    this.#locations = others.length === 0 ? kept.alone : [...others, kept].slice(-MOST_LOCATIONS);
    return kept;
  }

  /** The place's own copy of what messages say, shared by all advertisements that say the same. */
  share(fingerprint: Fingerprint): Fingerprint {
    if (!this.#fingerprint?.equals(fingerprint)) this.#fingerprint = fingerprint;
    return this.#fingerprint;
  }

  /** The place's own copy of the terms, shared by all advertisements here that are under the same. */
  agree(terms: Terms): Terms {
    const { bootId, searchPort, lifetime } = this.#terms ?? {};
    const isSame = bootId === terms.bootId && searchPort === terms.searchPort && lifetime === terms.lifetime;
    if (!this.#terms || !isSame) this.#terms = terms;
    return this.#terms;
  }

  /** Whether what is announced here has a LOCATION in common with what is announced there. */
  sharesLocation(other: Place, now: Instant): boolean {
    const theirs = other.#locations.filter((each) => other.#isFresh(each, now));
    return this.#locations.some(
      (ours) => this.#isFresh(ours, now) && theirs.some(({ url }) => url === ours.url),
    );
  }

  /** Whether a LOCATION was heard here within the time that an announcement holds. */
  #isFresh({ heardAt }: KeptLocation, now: Instant): boolean {
    return now - heardAt <= this.maxAge;
  }
}

function newLocation(url: string, from: string, now: Instant): KeptLocation {
  const alone: KeptLocation[] = [];
  const kept = { url: ownText(url), unusable: whyUnusable(url, from), heardAt: now, alone };
  alone.push(kept);
  return kept;
}

/** Where a device is present at the place that a datagram came from, if it is. */
export function placeOf({ places }: Device, { link, from }: Datagram): Place | undefined {
  for (const place of places) if (place.from === from.address && place.link.id === link.id) return place;
  return undefined;
}

/** Names a link and the address that speaks there. */
export function placeKey(link: Link, from: string): string {
  return `${link.id} ${from}`;
}

/** Where among the sightings of an entry the one at a place is. */
export function sightingAt({ sightings }: Entry, place: Place): LiveSighting | undefined {
  for (const sighting of sightings) if (sighting.place === place) return sighting;
  return undefined;
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

function isLinkScoped({ from }: Place): boolean {
  return from.startsWith("fe80:");
}
