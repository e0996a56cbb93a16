import { byteHash } from "../core/byte-hash.ts";
import type { Datagram } from "../core/engine.ts";
import { fnv1a } from "../core/fnv.ts";
import type { Headers } from "./message.ts";
import type { KeptLocation, LiveSighting } from "./record.ts";

/** What an alive says of its device besides: mostly the same in all alives of one place. */
export interface Terms {
  readonly bootId: number | undefined;
  readonly searchPort: number | undefined;
  /** How long it holds, in ms. */
  readonly lifetime: number;
}

/** What an alive or an answer said that its repetition says again. */
export interface Saying {
  readonly headers: Headers;
  readonly terms: Terms;
  /** The one LOCATION it names, as the place keeps it. */
  readonly location: KeptLocation | undefined;
  /** Of an answer: the edition of the searches that it answered. */
  readonly answered: number | undefined;
}

/**
 * The last alive or answer of each advertisement at each place, to be known again by its bytes. Devices repeat themselves
 * word by word for days, and answer every copy of a search: nothing of that needs to be read a second time.
 *
 * Found by a hash and then compared byte by byte, so that no two messages are ever taken for one. As many are kept as
 * there are sightings, at most.
 */
export class Repetitions {
  readonly #sightings = new Map<number, LiveSighting>();

  /** The sighting whose last message was just these bytes, at the same place. */
  find({ bytes, link, from }: Datagram): LiveSighting | undefined {
    const sighting = this.#sightings.get(byteHash(bytes, seedOf(link.id, from.address)));
    if (!sighting || sighting.from !== from.address || sighting.link.id !== link.id) return undefined;
    return sighting.said?.isReadFrom(bytes) ? sighting : undefined;
  }

  /** Remembers a message, in place of the last one of its sighting. */
  remember(
    sighting: LiveSighting,
    { headers, terms, location, answered }: Saying,
    { bytes, link, from }: Datagram,
  ): void {
    this.forget(sighting);
    const hash = byteHash(bytes, seedOf(link.id, from.address));
    const displaced = this.#sightings.get(hash);
    if (displaced) this.forget(displaced);
    this.#sightings.set(hash, sighting);
    sighting.saidHash = hash;
    sighting.said = headers;
    sighting.saidTerms = terms;
    sighting.saidLocation = location;
    sighting.saidTo = answered;
  }

  /** What else was said of it since may have changed what the last message means. */
  forget(sighting: LiveSighting): void {
    if (sighting.said === undefined) return;
    this.#sightings.delete(sighting.saidHash);
    sighting.said = undefined;
    sighting.saidTerms = undefined;
    sighting.saidLocation = undefined;
  }

  clear(): void {
    this.#sightings.clear();
  }
}

function seedOf(linkId: string, address: string): number {
  return fnv1a(address) ^ Math.imul(fnv1a(linkId), 31);
}
