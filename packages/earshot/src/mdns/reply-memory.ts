import { byteHash } from "../core/byte-hash.ts";
import { fnv1a } from "../core/fnv.ts";
import { sameBytes } from "../core/same-bytes.ts";

/** Behind the id of a message, which is another in each. */
const ID_BYTES = 2;
/** Counts of questions, answers and authorities stand here: of a query that knows and proposes nothing the last two are 0. */
const KNOWN_AT = 6;
const PROPOSED_AT = 8;
const MOST_REPLIES = 256;

interface Said {
  readonly linkId: string;
  readonly query: Uint8Array;
  readonly reply: Uint8Array;
}

/**
 * What resolvers of old were told of our records as they are: whoever asks the same is told the same, whatever the id.
 * Found by a hash and then compared byte by byte. To be cleared whenever what we have changes.
 */
export class ReplyMemory {
  readonly #said = new Map<number, Said>();
  #edition = 0;

  /** Forgets all when what is said has another edition than before. */
  isOf(edition: number): void {
    if (edition === this.#edition) return;
    this.#edition = edition;
    this.clear();
  }

  /** The reply to the same query, with its id. */
  find(query: Uint8Array, linkId: string): Uint8Array | undefined {
    if (this.#said.size === 0) return undefined;
    const said = this.#said.get(hashOf(query, linkId));
    if (!said || said.linkId !== linkId || !sameBytes(said.query, query, ID_BYTES)) return undefined;
    const reply = said.reply.slice();
    for (let at = 0; at < ID_BYTES; at++) reply[at] = query[at] as number;
    return reply;
  }

  /** Remembers a reply to a query that says nothing besides what it asks. */
  remember(query: Uint8Array, linkId: string, reply: Uint8Array): void {
    if (query[KNOWN_AT] || query[KNOWN_AT + 1] || query[PROPOSED_AT] || query[PROPOSED_AT + 1]) return;
    if (this.#said.size >= MOST_REPLIES) this.clear();
    this.#said.set(hashOf(query, linkId), { linkId, query: query.slice(), reply });
  }

  clear(): void {
    this.#said.clear();
  }
}

function hashOf(query: Uint8Array, linkId: string): number {
  const { buffer, byteOffset, length } = query;
  return byteHash(new Uint8Array(buffer, byteOffset + ID_BYTES, length - ID_BYTES), fnv1a(linkId));
}
