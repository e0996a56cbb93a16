import { cpus } from "node:os";

/**
 * Runs each contender in turn, several rounds over, so that what the machine does meanwhile hits all alike, and takes
 * the median of each. Compare ratios within one run; the figures themselves are those of one machine at one time.
 *
 * @param {readonly { name: string, run: () => unknown }[]} contenders `run` does the job once
 * @param {{ rounds: number, roundMs: number }} effort
 * @returns {{ name: string, nanoseconds: number }[]} for one job, in the order given
 */
export function race(contenders, { rounds, roundMs }) {
  const loops = contenders.map(({ run }) => calibrate(run, roundMs));
  const samples = contenders.map(() => []);
  for (let round = 0; round < rounds; round++)
    contenders.forEach(({ run }, index) => {
      samples[index].push(time(run, loops[index]));
    });
  if (sink === 0) throw new Error("no run did anything");
  return contenders.map(({ name }, index) => ({ name, nanoseconds: median(samples[index]) }));
}

/** How many runs fill a round; finding that out also warms the code up. */
function calibrate(run, roundMs) {
  for (let loops = 64; ; loops *= 2) {
    const nanoseconds = time(run, loops) * loops;
    if (nanoseconds >= (roundMs * 1e6) / 2)
      return Math.max(1, Math.round((loops * roundMs * 1e6) / nanoseconds));
  }
}

/** What a run returns is summed up into this, so that no run can be optimised away. */
let sink = 0;

function time(run, loops) {
  const began = process.hrtime.bigint();
  for (let i = 0; i < loops; i++) sink += run() ? 1 : 0;
  return Number(process.hrtime.bigint() - began) / loops;
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** What was measured on, in words. */
export function machine() {
  return `Node.js ${process.version}, ${cpus()[0]?.model ?? "unknown processor"}`;
}

/** A Markdown table, its columns padded. */
export function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map(
    (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(" | ")} |`,
  );
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [lines[0], rule, ...lines.slice(1)].join("\n");
}

/** `12,345`. */
export function number(value) {
  return Math.round(value).toLocaleString("en-US");
}

/** A ratio, such as `1.25`. */
export function times(ratio) {
  return ratio.toFixed(2);
}

/** A share of one, such as `3.4 %` or `85 %`. */
export function percent(share) {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}
