import { runOne } from "./campaign.ts";
import { Behaviours, type Pair, Signature } from "./signature.ts";
import type { Target } from "./target.ts";

/** Most times that the target is run to shrink one input. */
const MOST_TRIES = 300;

/** A shorter input that still makes `holds` true: parts are left out, the target's own first, then halves to bytes. */
export function shrink(
  target: Target,
  bytes: Uint8Array,
  holds: (shorter: Uint8Array) => boolean,
): Uint8Array {
  return shrinkBytes(shrinkParts(target, bytes, holds), holds);
}

function shrinkParts(target: Target, bytes: Uint8Array, holds: (shorter: Uint8Array) => boolean): Uint8Array {
  let kept = bytes;
  for (let part = 0; ; ) {
    const shorter = target.without?.(kept, part);
    if (!shorter) return kept;
    if (holds(shorter)) kept = shorter;
    else part++;
  }
}

function shrinkBytes(bytes: Uint8Array, holds: (shorter: Uint8Array) => boolean): Uint8Array {
  let kept = bytes;
  let tries = 0;
  for (let size = kept.length >> 1; size >= 1; size >>= 1) {
    for (let at = 0; at < kept.length && tries < MOST_TRIES; ) {
      const shorter = without(kept, at, size);
      tries++;
      if (holds(shorter)) kept = shorter;
      else at += size;
    }
  }
  return kept;
}

/** Few and short inputs that show every feature, and every two features that were ever seen together. */
export function distil(target: Target, inputs: readonly Uint8Array[], most: number): Uint8Array[] {
  const signature = new Signature();
  const covered = new Behaviours();
  const kept: Uint8Array[] = [];
  for (const bytes of [...inputs].sort((a, b) => a.length - b.length)) {
    runOne(target, bytes, signature);
    const news = kept.length < most ? signature.addTo(covered) : [];
    if (news.length === 0) continue;
    const smallest = shrink(target, bytes, (shorter) => shows(target, shorter, signature, news));
    runOne(target, smallest, signature);
    signature.addTo(covered);
    kept.push(smallest);
  }
  return kept;
}

/** What fails is not kept: failures are for the campaign to find. */
function shows(target: Target, bytes: Uint8Array, signature: Signature, pairs: readonly Pair[]): boolean {
  try {
    runOne(target, bytes, signature);
    return signature.shows(pairs);
  } catch {
    return false;
  }
}

function without(bytes: Uint8Array, at: number, size: number): Uint8Array {
  const shorter = new Uint8Array(bytes.length - Math.min(size, bytes.length - at));
  shorter.set(bytes.subarray(0, at));
  shorter.set(bytes.subarray(at + size), at);
  return shorter;
}
