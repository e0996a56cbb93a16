import type { ServiceOffer } from "./service-offer.ts";
import { Txt } from "./txt.ts";

/** A TXT record above this fills a packet by itself, and is advised against (RFC 6763 §6.2). */
const MOST_ADVISED_TXT_BYTES = 1300;
const MOST_ADVISED_KEY_LENGTH = 9;
/** Keys whose values are in the SRV record already (RFC 6763 §6.3). */
const PLACES: ReadonlySet<string> = new Set(["host", "hostname", "port"]);

/**
 * What can be published, and yet is advised against by RFC 6763 §6: in whole sentences, for people. The offer is one that
 * `publish` accepts.
 * @throws UsageError `INVALID_OFFER` for a text that cannot be.
 */
export function doubtsAbout(offer: ServiceOffer): string[] {
  if (offer.txt === undefined) return [];
  const txt = Txt.from(offer.txt);
  const doubts = txt.keys.flatMap((key) => doubtsAboutKey(key, txt, offer));
  if (txt.bytes.length > MOST_ADVISED_TXT_BYTES)
    doubts.unshift(
      `The text has ${txt.bytes.length} bytes; above ${MOST_ADVISED_TXT_BYTES} it is not advised.`,
    );
  const versionAt = txt.keys.findIndex((key) => key.toLowerCase() === "txtvers");
  if (versionAt > 0) doubts.push("The key txtvers comes first where it is used.");
  return doubts;
}

function doubtsAboutKey(key: string, txt: Txt, { port, host }: ServiceOffer): string[] {
  const doubts: string[] = [];
  const value = txt.text(key);
  if (key.length > MOST_ADVISED_KEY_LENGTH)
    doubts.push(`The key ${key} has more than ${MOST_ADVISED_KEY_LENGTH} characters.`);
  if (PLACES.has(key.toLowerCase()) && value !== undefined && (value === String(port) || value === host))
    doubts.push(`The key ${key} says what the SRV record says already.`);
  if (value !== undefined && QUOTED.test(value))
    doubts.push(`The value of ${key} has quotation marks around it, which will be part of it.`);
  return doubts;
}

const QUOTED = /^(["']).*\1$/s;
