import { ms } from "./judging.js";
import { SHARED_REPLY } from "./thresholds.js";

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Least, middle and most of some times, in words. */
export function spread(times) {
  return `${times.length} answers after ${ms(Math.min(...times))} to ${ms(Math.max(...times))} ms, median ${ms(median(times))} ms`;
}

/** How many times fall into each of some equal parts of 20 to 125 ms; what is beyond falls into the outer ones. */
export function parts(times, count) {
  const { least, most } = SHARED_REPLY;
  const shares = Array.from({ length: count }, () => 0);
  for (const time of times) {
    const part = Math.floor(((time - least) / (most - least)) * count);
    shares[Math.min(count - 1, Math.max(0, part))]++;
  }
  return shares;
}

/**
 * Chi-square of the quarters of 20 to 125 ms against a device that chooses evenly from 20 to 120 ms, the least of the
 * shifts by which its machine is late in common.
 */
export function chiSquare(times) {
  const shares = parts(times, 4);
  const { least, most } = SHARED_REPLY;
  const quarter = (most - least) / 4;
  const chances = [quarter, quarter, quarter, 120 - least - 3 * quarter].map((part) => part / (120 - least));
  return shares.reduce((sum, share, index) => {
    const expected = chances[index] * times.length;
    return sum + (share - expected) ** 2 / expected;
  }, 0);
}
