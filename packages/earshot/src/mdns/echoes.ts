import { byteHash } from "../core/byte-hash.ts";
import type { Datagram, Instant } from "../core/engine.ts";
import { sameBytes } from "../core/same-bytes.ts";

/** How long an echo may take: the kernel's is at once, that of another interface in the same network soon. */
const MOST_DELAY = 2000;
const MOST_REMEMBERED = 512;

/** A datagram of ours, and where it came back already. */
interface Sent {
  readonly hash: number;
  readonly bytes: Uint8Array;
  readonly at: Instant;
  readonly heardOn: string[];
}

/**
 * Our own datagrams as we hear them: what goes to the group comes back on its link, and on every other link that is in
 * the same network (RFC 6762 §14). The address alone tells nothing, for other programs of this machine speak from it too,
 * and may say the very same: so each datagram of ours counts once on each link.
 */
export class Echoes {
  readonly #sent: Sent[] = [];

  remember(bytes: Uint8Array, now: Instant): void {
    this.#forget(now);
    if (this.#sent.length >= MOST_REMEMBERED) this.#sent.shift();
    this.#sent.push({ hash: byteHash(bytes), bytes, at: now, heardOn: [] });
  }

  /** Whether we said this. Asked once of each datagram. @param isOurs whether an address is one of this machine's */
  isEcho({ bytes, from, link }: Datagram, now: Instant, isOurs: (address: string) => boolean): boolean {
    if (this.#sent.length === 0 || !isOurs(from.address)) return false;
    this.#forget(now);
    const hash = byteHash(bytes);
    const sent = this.#sent.find(
      (each) => each.hash === hash && sameBytes(each.bytes, bytes) && !each.heardOn.includes(link.id),
    );
    sent?.heardOn.push(link.id);
    return sent !== undefined;
  }

  #forget(now: Instant): void {
    let old = 0;
    while (old < this.#sent.length && now - (this.#sent[old] as Sent).at > MOST_DELAY) old++;
    if (old > 0) this.#sent.splice(0, old);
  }
}
