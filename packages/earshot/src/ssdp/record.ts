/** Makes the record of an advertisement from the messages about it, and tells a real change from repetition. */
import type { Instant, Link } from "../core/engine.ts";
import { TokenBucket } from "../core/token-bucket.ts";
import type { AnnouncedLocation, SsdpRecord, SsdpSighting } from "./events.ts";
import { readBootId, readConfigId, readLocations, readSearchPort } from "./fields.ts";
import { Fingerprint } from "./fingerprint.ts";
import type { Headers, SsdpMessage } from "./message.ts";
import type { Place } from "./presence.ts";
import type { Terms } from "./repetitions.ts";
import { LOCATION_SILENCE, UPDATE_RATE } from "./timing.ts";

/** A LOCATION as a place keeps it. */
export interface KeptLocation extends AnnouncedLocation {
  heardAt: Instant;
  /** Nothing but this one: most advertisements have one LOCATION, and many share it. */
  readonly alone: readonly KeptLocation[];
}

/** LOCATIONs looked at in one message, and kept of one advertisement at one place: some devices alternate. */
export const MOST_LOCATIONS = 8;

/** How what a sighting hears compares to what it heard before. */
export interface Comparison {
  /** A header has another value than before. */
  readonly isChanged: boolean;
  /** A header is there that was not before, or the BOOTID that was foretold. */
  readonly isMore: boolean;
  /** The LOCATION to use is another than before. */
  readonly isMoved: boolean;
}

/** One advertisement at one place, live: it shows the place's instants as they move on. */
export class LiveSighting implements SsdpSighting {
  readonly place: Place;
  #locations: readonly KeptLocation[] = [];
  /** Devices say one thing when they announce and another when they answer. */
  #announced: Fingerprint | undefined;
  #answered: Fingerprint | undefined;
  /** The last message, and all that a repetition of it means: kept by `Repetitions`. */
  said: Headers | undefined;
  saidHash = 0;
  saidTerms: Terms | undefined;
  saidLocation: KeptLocation | undefined;
  saidTo: number | undefined;
  #bootId: number | undefined;
  /** The BOOTID that an update said would follow. */
  #nextBootId: number | undefined;
  #updates: TokenBucket | undefined;
  #isUntold = false;

  constructor(place: Place) {
    this.place = place;
  }

  get link(): Link {
    return this.place.link;
  }

  get from(): string {
    return this.place.from;
  }

  get heardAt(): Instant {
    return this.place.heardAt;
  }

  get expiresAt(): Instant {
    return this.place.expiresAt;
  }

  /** Whether there is a change that was not told when it came. */
  get isUntold(): boolean {
    return this.#isUntold;
  }

  /** Newest first. */
  get locations(): readonly KeptLocation[] {
    return this.#locations;
  }

  /** Under this BOOTID the device goes on: that is no reboot (UDA 1.1 §1.2.4). */
  foretell(bootId: number): void {
    this.#nextBootId = bootId;
  }

  /** Takes in a message, and compares it to those before. */
  hear(message: SsdpMessage, now: Instant): Comparison {
    const bootId = readBootId(message.headers);
    const isRenumbered = bootId !== undefined && this.#bootId !== undefined && bootId !== this.#bootId;
    const isReboot = isRenumbered && bootId !== this.#nextBootId;
    this.#bootId = bootId ?? this.#bootId;
    const heard = Fingerprint.of(message.headers);
    const isAnswer = message.kind === "response";
    const known = isAnswer ? this.#answered : this.#announced;
    const difference = known?.compare(heard) ?? "more";
    if (difference !== "same") {
      const all = this.place.share(known?.merge(heard) ?? heard);
      if (isAnswer) this.#answered = all;
      else this.#announced = all;
    }
    const isMoved = this.#locate(message, now, isReboot);
    const isMore = difference === "more" || (isRenumbered && !isReboot);
    return { isChanged: isReboot || difference === "changed", isMore, isMoved };
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
      const kept = this.place.keep(url, now);
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
      ({ url, heardAt }) => url !== kept.url && now - heardAt <= this.place.maxAge,
    );
    this.#locations = others.length === 0 ? kept.alone : [kept, ...others].slice(0, MOST_LOCATIONS);
  }
}

/** What of a record stays the same for as long as it is known. */
export type Identity = Pick<SsdpRecord, "id" | "usn" | "udn" | "type">;

/**
 * The record of an advertisement whose newest message is `message`. What that leaves unsaid stays as it was. Each field is
 * written out, for objects that are made by spreading others take twice the memory.
 */
export function recordOf(
  { id, usn, udn, type }: Identity,
  { kind, headers, violations }: SsdpMessage,
  sightings: readonly SsdpSighting[],
  previous?: SsdpRecord,
): SsdpRecord {
  return {
    id,
    usn,
    udn,
    type,
    server: headers.get("SERVER") || previous?.server,
    bootId: readBootId(headers) ?? previous?.bootId,
    configId: readConfigId(headers) ?? previous?.configId,
    searchPort: readSearchPort(headers) ?? previous?.searchPort,
    message: { kind, headers: headers.compact(), violations },
    sightings,
  };
}
