import { median } from "../harness.js";
import { killAll } from "./running.js";

/**
 * Measures contenders in turn, several rounds over, one at a time. A peer that fails is left out, and said to be; when what
 * is `isOurs` fails, or what all are compared with, which is the first one, everything does.
 *
 * @template {{ name: string, missing?: string, isOurs?: boolean }} Contender
 * @param {readonly Contender[]} contenders
 * @param {number} rounds
 * @param {(contender: Contender) => Promise<Record<string, number>>} measure
 * @returns the contenders that could be measured, each with its `samples` and their medians, and who was left out and why
 */
export async function inTurns(contenders, rounds, measure) {
  const skipped = contenders
    .filter(({ missing }) => missing)
    .map(({ name, missing }) => `${name}: ${missing}`);
  const samples = new Map(contenders.filter(({ missing }) => !missing).map((one) => [one, []]));
  for (let round = 0; round < rounds; round++)
    for (const [one, taken] of samples) {
      try {
        taken.push(await measure(one));
      } catch (error) {
        killAll();
        if (one.isOurs || one === contenders[0]) throw error;
        skipped.push(`${one.name}: ${error.message.trim().split("\n")[0]}`);
        samples.delete(one);
      }
    }
  const results = [...samples].map(([one, taken]) => ({ ...one, samples: taken, ...medians(taken) }));
  return { results, skipped };
}

function medians(samples) {
  const keys = Object.keys(samples[0]);
  return Object.fromEntries(keys.map((key) => [key, median(samples.map((sample) => sample[key]))]));
}
