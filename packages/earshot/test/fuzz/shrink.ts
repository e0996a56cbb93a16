import { runOne } from "./campaign.ts";
import { Behaviours, Signature } from "./signature.ts";
import type { Target } from "./target.ts";

/** Most times that the target is run to shrink one input. */
const MOST_TRIES = 300;

/** A shorter input that still makes `holds` true: parts are left out, halves first, single bytes last. */
export function shrink(bytes: Uint8Array, holds: (shorter: Uint8Array) => boolean): Uint8Array {
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

/** As few and as short inputs as show every feature, and every two features that were ever seen together. */
export function distil(target: Target, inputs: readonly Uint8Array[], most: number): Uint8Array[] {
  const signature = new Signature();
  const covered = new Behaviours();
  const kept: Uint8Array[] = [];
  for (const bytes of [...inputs].sort((a, b) => a.length - b.length)) {
    runOne(target, bytes, signature);
    if (kept.length >= most || signature.addTo(covered) === 0) continue;
    const { value } = signature;
    kept.push(
      shrink(bytes, (shorter) => {
        try {
          runOne(target, shorter, signature);
          return signature.value === value;
        } catch {
          return false; // Failures are for the campaign to find.
        }
      }),
    );
  }
  return kept;
}

function without(bytes: Uint8Array, at: number, size: number): Uint8Array {
  const shorter = new Uint8Array(bytes.length - Math.min(size, bytes.length - at));
  shorter.set(bytes.subarray(0, at));
  shorter.set(bytes.subarray(at + size), at);
  return shorter;
}
