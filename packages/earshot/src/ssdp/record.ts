/** Makes the record of an advertisement from the messages about it, and tells a real change from repetition. */
import type { Instant, Link } from "../core/engine.ts";
import type { AnnouncedLocation, SsdpRecord, SsdpSighting } from "./events.ts";
import { readBootId, readConfigId, readLocations, readSearchPort } from "./fields.ts";
import { Fingerprint } from "./fingerprint.ts";
import type { SsdpMessage } from "./message.ts";

/** A LOCATION as a place keeps it. */
export interface KeptLocation extends AnnouncedLocation {
  heardAt: Instant;
}

/** The place that a sighting is at, as far as a sighting shows it. */
interface At {
  readonly link: Link;
  readonly from: string;
  readonly heardAt: Instant;
  readonly expiresAt: Instant;
  readonly maxAge: number;
  /** The place's own copy of a LOCATION; `undefined` for one that is not worth keeping. */
  keep(url: string, now: Instant): KeptLocation | undefined;
}

/** LOCATIONs looked at in one message, and kept of one advertisement at one place: some devices alternate. */
export const MOST_LOCATIONS = 8;

/** How what a sighting hears compares to what it heard before. */
export interface Comparison {
  /** A header has another value than before. */
  readonly isChanged: boolean;
  /** A header is there that was not before. */
  readonly isMore: boolean;
  /** A LOCATION is there that was not before. */
  readonly isMoved: boolean;
}

/** One advertisement at one place, live: it shows the place's instants as they move on. */
export class LiveSighting implements SsdpSighting {
  readonly #at: At;
  #locations: readonly KeptLocation[] = [];
  #fingerprint = Fingerprint.empty;
  #bootId: number | undefined;

  constructor(at: At) {
    this.#at = at;
  }

  get link(): Link {
    return this.#at.link;
  }

  get from(): string {
    return this.#at.from;
  }

  get heardAt(): Instant {
    return this.#at.heardAt;
  }

  get expiresAt(): Instant {
    return this.#at.expiresAt;
  }

  /** Newest first. */
  get locations(): readonly AnnouncedLocation[] {
    return this.#locations;
  }

  /** Takes in a message, and compares it to those before. */
  hear(message: SsdpMessage, now: Instant): Comparison {
    const bootId = readBootId(message.headers);
    const isReboot = bootId !== undefined && this.#bootId !== undefined && bootId !== this.#bootId;
    this.#bootId = bootId ?? this.#bootId;
    const heard = Fingerprint.of(message.headers);
    const difference = this.#fingerprint.compare(heard);
    if (difference !== "same") this.#fingerprint = this.#fingerprint.merge(heard);
    const isMoved = this.#locate(message, now, isReboot);
    return { isChanged: isReboot || difference === "changed", isMore: difference === "more", isMoved };
  }

  /** Forgets LOCATIONs not heard for the lifetime of the place, or from before a reboot. Returns whether one is new. */
  #locate(message: SsdpMessage, now: Instant, isReboot: boolean): boolean {
    let isNew = false;
    for (const url of readLocations(message.headers).slice(0, MOST_LOCATIONS)) {
      const kept = this.#at.keep(url, now);
      const isKnown = kept !== undefined && this.#locations.includes(kept);
      if (!kept || (isKnown && !isReboot)) continue;
      isNew ||= !isKnown;
      const others = this.#locations.filter(
        (other) => other !== kept && !isReboot && now - other.heardAt <= this.#at.maxAge,
      );
      this.#locations = [kept, ...others].slice(0, MOST_LOCATIONS);
    }
    return isNew;
  }
}

/** The record of an advertisement whose newest message is `message`. What that leaves unsaid stays as it was. */
export function recordOf(
  identity: { readonly id: string; readonly usn: string; readonly udn: string; readonly type: string },
  message: SsdpMessage,
  sightings: readonly SsdpSighting[],
  previous?: SsdpRecord,
): SsdpRecord {
  const { headers } = message;
  return {
    ...identity,
    server: headers.get("SERVER") || previous?.server,
    bootId: readBootId(headers) ?? previous?.bootId,
    configId: readConfigId(headers) ?? previous?.configId,
    searchPort: readSearchPort(headers) ?? previous?.searchPort,
    message,
    sightings,
  };
}
