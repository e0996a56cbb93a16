/** Makes the record of an advertisement from the messages about it, and tells a real change from repetition. */
import type { Instant, Link } from "../core/engine.ts";
import { TokenBucket } from "../core/token-bucket.ts";
import type { AnnouncedLocation, SsdpRecord, SsdpSighting } from "./events.ts";
import { readBootId, readConfigId, readLocations, readSearchPort } from "./fields.ts";
import { Fingerprint } from "./fingerprint.ts";
import type { SsdpMessage } from "./message.ts";
import { LOCATION_SILENCE, UPDATE_RATE } from "./timing.ts";

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
  /** The LOCATION to use is another than before. */
  readonly isMoved: boolean;
}

/** One advertisement at one place, live: it shows the place's instants as they move on. */
export class LiveSighting implements SsdpSighting {
  readonly #at: At;
  #locations: readonly KeptLocation[] = [];
  /** By kind of message: devices say one thing when they announce and another when they answer. */
  readonly #fingerprints = new Map<SsdpMessage["kind"], Fingerprint>();
  #bootId: number | undefined;
  #updates: TokenBucket | undefined;
  /** Whether there is a change that was not told when it came. */
  #isUntold = false;

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
    const known = this.#fingerprints.get(message.kind);
    const difference = known?.compare(heard) ?? "more";
    if (difference !== "same") this.#fingerprints.set(message.kind, known?.merge(heard) ?? heard);
    const isMoved = this.#locate(message, now, isReboot);
    return { isChanged: isReboot || difference === "changed", isMore: difference === "more", isMoved };
  }

  /**
   * Whether a change is to be told now: devices that change all the time are told of in moderation. What was not told
   * is told with a later message.
   */
  tells(isChange: boolean, now: Instant): boolean {
    if (!isChange && !this.#isUntold) return false;
    this.#updates ??= new TokenBucket(UPDATE_RATE);
    this.#isUntold = !this.#updates.take(now);
    return !this.#isUntold;
  }

  /**
   * Takes up the LOCATIONs of a message, the first of them last so that it stands in front; those from before a reboot
   * are forgotten. Returns whether the one to use is another than before.
   */
  #locate(message: SsdpMessage, now: Instant, isReboot: boolean): boolean {
    const before = this.#locations[0];
    if (isReboot) this.#locations = [];
    for (const url of readLocations(message.headers).slice(0, MOST_LOCATIONS).reverse()) {
      const kept = this.#at.keep(url, now);
      if (kept) this.#put(kept, now);
    }
    return this.#locations[0]?.url !== before?.url;
  }

  /**
   * The newest comes first. One that is known comes first again when the one in its place is silent: some devices
   * alternate between several, others return to an old one. Those not heard for the lifetime of the place are forgotten.
   */
  #put(kept: KeptLocation, now: Instant): void {
    const [first] = this.#locations;
    const isKnown = this.#locations.some(({ url }) => url === kept.url);
    const isFirstSilent = first !== undefined && now - first.heardAt > LOCATION_SILENCE;
    if (isKnown && !isFirstSilent) return;
    const others = this.#locations.filter(
      ({ url, heardAt }) => url !== kept.url && now - heardAt <= this.#at.maxAge,
    );
    this.#locations = [kept, ...others].slice(0, MOST_LOCATIONS);
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
