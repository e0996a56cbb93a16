import { byteHash } from "../core/byte-hash.ts";
import type { Datagram } from "../core/engine.ts";
import { fnv1a } from "../core/fnv.ts";
import type { Headers } from "./message.ts";
import type { KeptLocation, LiveSighting } from "./record.ts";

/** What an alive said that its repetition says again. */
export interface Saying {
  readonly sighting: LiveSighting;
  readonly headers: Headers;
  readonly bootId: number | undefined;
  readonly searchPort: number | undefined;
  /** How long it holds, in ms. */
  readonly lifetime: number;
  /** The one LOCATION it names, as the place keeps it. */
  readonly location: KeptLocation | undefined;
}

/**
 * The last alive of each advertisement at each place, to be known again by its bytes. Devices repeat themselves word
 * by word for days: nothing of that needs to be read a second time.
 *
 * Found by a hash and then compared byte by byte, so that no two messages are ever taken for one. As many are kept as
 * there are sightings, at most.
 */
export class Repetitions {
  readonly #sayings = new Map<number, Saying>();

  /** What was said before in just these bytes, at the same place. */
  find({ bytes, link, from }: Datagram): Saying | undefined {
    const saying = this.#sayings.get(byteHash(bytes, seedOf(link.id, from.address)));
    if (!saying || saying.sighting.from !== from.address || saying.sighting.link.id !== link.id)
      return undefined;
    return saying.headers.isReadFrom(bytes) ? saying : undefined;
  }

  /** Remembers an alive, in place of the last one of its sighting. */
  remember(saying: Saying, { bytes, link, from }: Datagram): void {
    this.forget(saying.sighting);
    const hash = byteHash(bytes, seedOf(link.id, from.address));
    const displaced = this.#sayings.get(hash);
    if (displaced) displaced.sighting.saidHash = undefined;
    this.#sayings.set(hash, saying);
    saying.sighting.saidHash = hash;
  }

  /** What else was said of it since may have changed what the last alive means. */
  forget(sighting: LiveSighting): void {
    if (sighting.saidHash === undefined) return;
    this.#sayings.delete(sighting.saidHash);
    sighting.saidHash = undefined;
  }

  clear(): void {
    this.#sayings.clear();
  }
}

function seedOf(linkId: string, address: string): number {
  return fnv1a(address) ^ Math.imul(fnv1a(linkId), 31);
}
