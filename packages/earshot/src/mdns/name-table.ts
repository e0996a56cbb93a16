import { textOfBytes } from "./label.ts";
import { labelHash, Name } from "./name.ts";

const SLOTS = 4096;
/** Longer names are not remembered: so the table stays below a few megabytes, whatever strangers send. */
const MOST_REMEMBERED_BYTES = 128;

/**
 * Names that were read of late, so that a name heard again is the same object, with all that was found out about it. Each
 * has one place that it can be in, and makes room for the next that belongs there: strangers who send ever new names make
 * us read them anew, no more.
 */
const slots: (Name | undefined)[] = new Array<Name | undefined>(SLOTS).fill(undefined);

/** The name that has the label whose length byte is at `at` before `rest`. */
export function nameBefore(bytes: Uint8Array, at: number, rest: Name): Name {
  const hash = labelHash(bytes, at, rest.hash);
  const slot = (hash ^ (hash >>> 12)) & (SLOTS - 1);
  const known = slots[slot];
  if (known !== undefined && known.hash === hash && isJoined(known, bytes, at, rest)) return known;
  const length = bytes[at] as number;
  const label = textOfBytes(bytes, at + 1, at + 1 + length);
  const name = Name.joined(label, length, rest, hash);
  if (name.byteLength <= MOST_REMEMBERED_BYTES) slots[slot] = name;
  return name;
}

/** Whether a name is that label before that rest. Only names of the table are asked, whose rest is at hand. */
function isJoined(name: Name, bytes: Uint8Array, at: number, rest: Name): boolean {
  if (name.withoutFirst() !== rest) return false;
  const { wire } = name;
  const length = bytes[at] as number;
  for (let i = 0; i <= length; i++) if (wire[i] !== bytes[at + i]) return false;
  return true;
}
