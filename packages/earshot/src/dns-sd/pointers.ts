import type { Turn } from "../core/engine.ts";
import {
  type Answer,
  type AnswerChange,
  type Asking,
  type Departure,
  type Name,
  TYPE,
} from "../mdns/index.ts";
import type { DnsSdEvent } from "./events.ts";
import type { Mdns } from "./ground.ts";

/** Something that was begun and is told of until it is ended. */
export interface Following {
  /** Nothing is told any more. Idempotent. */
  end(): void;
}

/** What is followed may be asked for once more. */
export interface RepeatedFollowing extends Following {
  /** As `Asking.repeat`. */
  repeat(turn: Turn<DnsSdEvent>): void;
}

/** What PTR records name: when the first record on any link came, and when the last one went. */
export interface Pointer {
  readonly kind: "added" | "removed";
  readonly target: Name;
  /** The record that came first, or that went last. */
  readonly answer: Answer;
  /** Why it went. */
  readonly reason: Departure | undefined;
}

export interface PointerQuestion {
  readonly names: readonly Name[];
  /** Ask nothing; only tell of what is heard. @default false */
  readonly passive?: boolean;
}

/** Asks for PTR records, and tells of each target once, however many links and names it is found by. */
export function pointers(
  mdns: Mdns,
  { names, passive = false }: PointerQuestion,
  tell: (pointer: Pointer, turn: Turn<DnsSdEvent>) => void,
  turn: Turn<DnsSdEvent>,
): RepeatedFollowing {
  /** The records that name a target, by the target's key. */
  const held = new Map<string, Set<string>>();
  const hear = (change: AnswerChange, then: Turn<DnsSdEvent>): void => {
    if (isOver || change.kind === "none") return;
    const pointer = count(held, change);
    if (pointer) tell(pointer, then);
  };
  let isOver = false;
  const mode = passive ? "passive" : "continuous";
  const askings: Asking[] = names.map((name) => mdns.ask({ name, type: TYPE.PTR, mode }, hear, turn));
  return {
    repeat: (then) => {
      for (const asking of askings) asking.repeat(then);
    },
    end: () => {
      isOver = true;
      for (const asking of askings.splice(0)) asking.end();
    },
  };
}

/** Counts the records of one target; tells when it is the first or was the last. */
function count(
  held: Map<string, Set<string>>,
  change: Exclude<AnswerChange, { kind: "none" }>,
): Pointer | undefined {
  const { answer } = change;
  if (change.kind === "refreshed") return undefined;
  if (answer.record.data.kind !== "PTR") return undefined;
  const { target } = answer.record.data;
  const records = held.get(target.key) ?? new Set();
  const record = `${answer.link.id} ${answer.record.name.key}`;
  if (change.kind !== "removed") {
    records.add(record);
    if (held.has(target.key)) return undefined;
    held.set(target.key, records);
    return { kind: "added", target, answer, reason: undefined };
  }
  if (!records.delete(record) || records.size > 0) return undefined;
  held.delete(target.key);
  return { kind: "removed", target, answer, reason: change.reason };
}
