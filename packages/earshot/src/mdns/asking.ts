import type { Instant, Link, Turn } from "../core/engine.ts";
import type { MdnsEvent } from "./events.ts";
import type { Name } from "./name.ts";
import type { ResourceRecord } from "./record.ts";

/** What to ask, and how. */
export interface Ask {
  readonly name: Name;
  /** TYPE code; 255 asks for all that is known. */
  readonly type: number;
  /**
   * `continuous`: until ended, at growing intervals, and the answers are kept fresh (RFC 6762 §5.2). `passive`: only the
   * cache and what comes by itself; nothing is sent. `once`: one question, asked again after a second if nothing came.
   */
  readonly mode: "continuous" | "passive" | "once";
  /** Only on this link. @default every link */
  readonly link?: string;
  /**
   * Ask for answers by unicast first; the engine clears it where unicast would go to another program.
   * @default true where the link came up within the last second, false for what is asked later (RFC 6762 §5.4)
   */
  readonly unicastFirst?: boolean;
}

/** A record of somebody else, as it was heard on one link: one object from `added` to `removed`, whose fields follow. */
export interface Answer {
  readonly record: ResourceRecord;
  readonly link: Link;
  /** The address that spoke last, without zone. */
  readonly from: string;
  readonly heardAt: Instant;
  readonly expiresAt: Instant;
}

/** Why a record is gone. `replaced`: a cache-flush named others in its place. `unconfirmed`: asked for, and nobody said it. */
export type Departure = "goodbye" | "expired" | "replaced" | "unconfirmed" | "link-down" | "evicted";

/** What became of the answers to one question. On each link for itself. */
export type AnswerChange =
  | { readonly kind: "added"; readonly answer: Answer }
  /** The same data again: only its times, the address that spoke or the TTL changed. */
  | { readonly kind: "refreshed"; readonly answer: Answer }
  | { readonly kind: "removed"; readonly answer: Answer; readonly reason: Departure }
  /** The owner of the name says that it has no record of this type (NSEC, RFC 6762 §6.1). */
  | { readonly kind: "none"; readonly link: Link; readonly from: string };

/** Is told of the answers to one question: at once of what is cached, then of each change, in the turn it happens. */
export type AnswerListener = (change: AnswerChange, turn: Turn<MdnsEvent>) => void;

/** A question that is being asked. */
export interface Asking {
  readonly ask: Ask;
  /** What is known now, in no order. */
  readonly answers: Iterable<Answer>;
  /**
   * Has it asked soon for somebody else who wants to know now, unless it was asked a few seconds ago; nothing where all is
   * known, and where nobody asks but only listens.
   */
  repeat(turn: Turn<MdnsEvent>): void;
  /** Stops asking; nothing is told any more. Idempotent. */
  end(): void;
}
