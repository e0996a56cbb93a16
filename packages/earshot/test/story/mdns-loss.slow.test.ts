import { describe, expect, test } from "vitest";
import { askingInTheory, foundByAsking, foundByListening, leastBy, listeningInTheory } from "./mdns-loss.ts";

const TRIALS = 2000;
const SEED = 1000;

describe("T-20 F-07 a browser that asks finds as many as its queries can find", () => {
  test.each([0.01, 0.05, 0.1, 0.2, 0.3])("with a loss of %s on each way", async (loss) => {
    const times = await foundByAsking({ loss, trials: TRIALS, seed: SEED });
    const lines = [
      [1500, 2],
      [15_500, 5],
      [63_500, 7],
    ].map(([ms = 0, queries = 0]) => {
      const share = times.filter((at) => at <= ms).length / TRIALS;
      const theory = askingInTheory(loss, queries);
      expect(share, `${ms} ms`).toBeGreaterThanOrEqual(leastBy(theory, TRIALS));
      return `${ms / 1000} s ${percent(share)} (theory ${percent(theory)})`;
    });
    console.log(`loss ${loss}, ${TRIALS} trials from seed ${SEED}: ${lines.join(", ")}`);
  });
});

describe("T-21 who only listens hears as many as announcements can tell", () => {
  test.each([
    [0.1, 2],
    [0.1, 3],
    [0.1, 8],
    [0.3, 2],
    [0.3, 3],
    [0.3, 8],
  ])("with a loss of %s and %i announcements", async (loss, announcements) => {
    const { length } = await foundByListening({ loss, trials: TRIALS, seed: SEED }, announcements);
    const theory = listeningInTheory(loss, announcements);
    expect(length / TRIALS).toBeGreaterThanOrEqual(leastBy(theory, TRIALS));
    console.log(
      `loss ${loss}, ${announcements} announcements: ${percent(length / TRIALS)} (theory ${percent(theory)})`,
    );
  });
});

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
