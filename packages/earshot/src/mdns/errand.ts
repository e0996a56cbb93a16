import type { Instant } from "../core/engine.ts";
import type { Waiting } from "./due-heap.ts";
import type { Name } from "./name.ts";

/** A reason to ask a question on one link, once or again and again. */
export interface Errand extends Waiting {
  readonly name: Name;
  /** TYPE code; 255 asks for all. */
  readonly type: number;
  /** May be asked from this instant on, when others are asked anyway; `due` at the latest. */
  readonly soonest: Instant;
  /** It goes when it is due, and waits for no other question to share a message with. */
  readonly isUrgent: boolean;
  /** Answers by unicast are welcome (QU, RFC 6762 §5.4). */
  readonly isUnicast: boolean;
  /** Another host's asking the same is as good (RFC 6762 §7.3). */
  readonly isShared: boolean;
  /** Whether there is still a reason to ask. */
  isNeeded(now: Instant): boolean;
  /** It was asked, or somebody else has asked it. Returns when it is due again; `Infinity` for never. */
  asked(now: Instant): Instant;
}
