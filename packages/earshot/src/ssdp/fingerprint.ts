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

/**
 * What messages have said of a device, header by header, as hashes: enough to tell repetition from news without
 * keeping the messages. BOOTID and LOCATION are left out, for they have rules of their own.
 */
export class Fingerprint {
  readonly #values: ReadonlyMap<number, number>;

  private constructor(values: ReadonlyMap<number, number>) {
    this.#values = values;
  }

  static of(headers: Headers): Fingerprint {
    const values = new Map<number, number>();
    for (const [name, value] of headers) {
      const upper = name.toUpperCase();
      const key = fnv1a(upper);
      if (!VOLATILE.has(upper) && !values.has(key)) values.set(key, fnv1a(value));
    }
    return new Fingerprint(values);
  }

  /**
   * How newer words compare: `changed` when a header has another value, `more` when one is there that was not. A header
   * left out says nothing: devices say less in one kind of message than in another.
   */
  compare(newer: Fingerprint): "same" | "more" | "changed" {
    let result: "same" | "more" = "same";
    for (const [name, value] of newer.#values) {
      const known = this.#values.get(name);
      if (known === undefined) result = "more";
      else if (known !== value) return "changed";
    }
    return result;
  }

  /** All that was said, the newer words where both speak. */
  merge(newer: Fingerprint): Fingerprint {
    return new Fingerprint(new Map([...this.#values, ...newer.#values].slice(-MOST_HEADERS)));
  }
}

/** Headers remembered: no message has more. */
const MOST_HEADERS = 64;
