/** Makes the record of an advertisement from the messages about it, and tells a real change from repetition. */
import type { Instant, Link } from "../core/engine.ts";
import type { AnnouncedLocation, SsdpRecord, SsdpSighting } from "./events.ts";
import { readBootId, readConfigId, readLocations, readSearchPort } from "./fields.ts";
import { whyUnusable } from "./location.ts";
import type { SsdpMessage } from "./message.ts";

/** The place that a sighting is at, as far as a sighting shows it. */
interface At {
  readonly link: Link;
  readonly from: string;
  readonly heardAt: Instant;
  readonly expiresAt: Instant;
  readonly maxAge: number;
}

interface KeptLocation extends AnnouncedLocation {
  heardAt: Instant;
}

/** LOCATIONs kept per advertisement and place: some devices alternate between several. */
const MOST_LOCATIONS = 8;

/** Headers that differ from message to message of one device without anything having changed. */
const VOLATILE = new Set(
  [
    "HOST",
    "DATE",
    "CACHE-CONTROL",
    "EXPIRES",
    "EXT",
    "NT",
    "NTS",
    "ST",
    "USN",
    "LOCATION",
    "AL",
    "MAN",
    "MX",
    "S",
  ].concat(["01-NLS", "OPT", "NEXTBOOTID.UPNP.ORG", "CONTENT-LENGTH", "CONNECTION", "USER-AGENT"]),
);

/** One advertisement at one place, live: it shows the place's instants as they move on. */
export class LiveSighting implements SsdpSighting {
  readonly #at: At;
  #locations: readonly KeptLocation[] = [];

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

  /**
   * Takes up the LOCATIONs of a message and forgets those not heard for the lifetime of the place, or from before
   * a reboot. Returns whether one was new.
   */
  locate(message: SsdpMessage, now: Instant, rebooted: boolean): boolean {
    let isNew = false;
    for (const url of readLocations(message.headers)) {
      const known = this.#locations.find((location) => location.url === url);
      if (known) known.heardAt = now;
      if (known && !rebooted) continue;
      isNew ||= !known;
      const others = this.#locations.filter(
        (location) => !rebooted && now - location.heardAt <= this.#at.maxAge,
      );
      const kept = { url, unusable: whyUnusable(url, this.from), heardAt: now };
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

/**
 * How a message compares to what is known: `changed` when a header has another value than before, `more` when one is
 * there that was not before. A header left out says nothing: devices say less in one kind of message than in another.
 */
export function compareToRecord(record: SsdpRecord, message: SsdpMessage): "same" | "more" | "changed" {
  let result: "same" | "more" = "same";
  for (const [name, value] of message.headers) {
    const known = record.message.headers.get(name);
    if (known === value || VOLATILE.has(name.toUpperCase())) continue;
    if (known !== undefined && message.headers.get(name) === value) return "changed";
    result = "more";
  }
  return result;
}
