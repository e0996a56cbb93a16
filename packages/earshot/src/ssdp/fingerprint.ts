import { fnv1a } from "../core/fnv.ts";
import type { Headers } from "../core/http-headers.ts";

/** Headers that differ from message to message of one device without anything having changed. */
const VOLATILE: ReadonlySet<string> = new Set([
  "01-NLS",
  "AL",
  "BOOTID.UPNP.ORG",
  "CACHE-CONTROL",
  "CONNECTION",
  "CONTENT-LENGTH",
  "DATE",
  "EXPIRES",
  "EXT",
  "HOST",
  "LOCATION",
  "MAN",
  "MX",
  "NEXTBOOTID.UPNP.ORG",
  "NT",
  "NTS",
  "OPT",
  "S",
  "ST",
  "USER-AGENT",
  "USN",
]);

/** Headers remembered: no message has more. */
const MOST_HEADERS = 64;

/**
 * What messages have said of a device, header by header, as hashes: enough to tell repetition from news without
 * keeping the messages. BOOTID and LOCATION are left out, for they have rules of their own.
 */
export class Fingerprint {
  /** A hash of each name, and behind it one of its value. Few enough to be searched from end to end. */
  readonly #hashes: readonly number[];

  private constructor(hashes: readonly number[]) {
    this.#hashes = hashes;
  }

  static of(headers: Headers): Fingerprint {
    const hashes: number[] = [];
    for (const [name, value] of headers) {
      const upper = name.toUpperCase();
      if (VOLATILE.has(upper)) continue;
      const key = fnv1a(upper) | 0;
      if (at(hashes, key) < 0) hashes.push(key, fnv1a(value) | 0);
    }
    return new Fingerprint(hashes);
  }

  /**
   * How newer words compare: `changed` when a header has another value, `more` when one is there that was not. A header
   * left out says nothing: devices say less in one kind of message than in another.
   */
  compare(newer: Fingerprint): "same" | "more" | "changed" {
    let result: "same" | "more" = "same";
    const theirs = newer.#hashes;
    for (let i = 0; i < theirs.length; i += 2) {
      const known = at(this.#hashes, theirs[i] as number);
      if (known < 0) result = "more";
      else if (this.#hashes[known + 1] !== theirs[i + 1]) return "changed";
    }
    return result;
  }

  /** All that was said, the newer words where both speak. */
  merge(newer: Fingerprint): Fingerprint {
    const merged: number[] = [];
    const ours = this.#hashes;
    for (let i = 0; i < ours.length; i += 2) {
      if (at(newer.#hashes, ours[i] as number) < 0) merged.push(ours[i] as number, ours[i + 1] as number);
    }
    return new Fingerprint([...merged, ...newer.#hashes].slice(-2 * MOST_HEADERS));
  }

  equals(other: Fingerprint): boolean {
    const [ours, theirs] = [this.#hashes, other.#hashes];
    return ours.length === theirs.length && ours.every((hash, i) => hash === theirs[i]);
  }
}

/** Where `key` stands among the names; -1 when it does not. */
function at(hashes: readonly number[], key: number): number {
  for (let i = 0; i < hashes.length; i += 2) if (hashes[i] === key) return i;
  return -1;
}
