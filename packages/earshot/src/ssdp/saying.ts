/** What a message says of its device besides, for as long as it holds. */
import { readBootId, readLocations, readMaxAgeSeconds, readSearchPort } from "./fields.ts";
import type { Headers } from "./message.ts";
import type { LiveSighting } from "./record.ts";
import type { Saying } from "./repetitions.ts";
import * as timing from "./timing.ts";

/** How long an advertisement holds, in ms: what devices say, within reason. */
export function lifetimeOf(headers: Headers): number {
  const seconds = readMaxAgeSeconds(headers) ?? timing.DEFAULT_MAX_AGE_SECONDS;
  return Math.min(Math.max(seconds, timing.LEAST_MAX_AGE_SECONDS), timing.MOST_MAX_AGE_SECONDS) * 1000;
}

/**
 * What the headers of a message say that its repetition says again.
 * @param kept the same headers, as they are to be kept.
 */
export function sayingOf(
  sighting: LiveSighting,
  headers: Headers,
  kept: Headers,
  answered: number | undefined,
): Saying {
  const [url] = readLocations(headers);
  return {
    headers: kept,
    terms: sighting.place.agree({
      bootId: readBootId(headers),
      searchPort: readSearchPort(headers),
      lifetime: lifetimeOf(headers),
    }),
    location: url === undefined ? undefined : sighting.locations.find((location) => location.url === url),
    answered,
  };
}
