import type { BoundLink, Link, Turn } from "../core/engine.ts";
import type { MdnsEvent } from "./events.ts";
import type { Name } from "./name.ts";
import type { RecordData, ResourceRecord } from "./record.ts";

/** A record of ours. */
export interface OwnRecord {
  readonly name: Name;
  /** TYPE code. */
  readonly type: number;
  /** Seconds (RFC 6762 §10: 120 where a host name or address is in it, 4500 for the rest). */
  readonly ttl: number;
  /** Others may have records of the same name and type too, and all are true (RFC 6762 §2). Else it is unique, and probed for. */
  readonly isShared: boolean;
  readonly data: RecordData;
}

/** Records that come and go together. Their unique names are probed for, each link by itself. */
export interface Publication {
  /**
   * The records on one link, as they are now; none where it is not to be published there. Asked anew at `update` and
   * whenever links changed. All records of one unique name and type are in one publication, or equal in several.
   */
  recordsOn(link: BoundLink): readonly OwnRecord[];
  /** Whether unique names must be probed for; false for records that were verified already (RFC 6762 §8.1). @default true */
  readonly probes?: boolean;
  /**
   * Its names are left to any other program of this machine that probes for them, instead of being defended: a conflict is
   * told then. For what two programs of one machine would both be right to say. @default false
   */
  readonly yields?: boolean;
  /** Is told how it fares, in the turn it happens. */
  hear(news: PublicationNews, turn: Turn<MdnsEvent>): void;
}

export type PublicationNews =
  /** Probing is over on every link it is on (at once where there is nothing to probe for), and the first announcement sent. */
  | { readonly kind: "established" }
  /**
   * Somebody else has `name`: the publication is silent on every link now, and waits for `replace` with other names or
   * for `withdraw`. The rate limits of RFC 6762 §8.1 apply to what replaces it.
   */
  | {
      readonly kind: "conflict";
      readonly name: Name;
      readonly link: Link;
      /** What they have; absent when they were faster in a tie-break for a name nobody had. */
      readonly theirs: ResourceRecord | undefined;
      readonly from: string;
      /** How many conflicts it has met, replacements included. */
      readonly conflicts: number;
    }
  /** The goodbye was handed to the network; nothing follows. */
  | { readonly kind: "withdrawn" };
