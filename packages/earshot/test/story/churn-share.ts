import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { live } from "./churn.ts";

/** Seeds of all shares together: few enough for a look in between; EARSHOT_CHURN_SEEDS says otherwise. */
const SEEDS = Number(process.env["EARSHOT_CHURN_SEEDS"] ?? 4000);
/** One file each, so that they run side by side. */
const SHARES = 4;
const SEEDS_PER_TEST = 2500;
/** A seed that has to be looked at: only that one is played. */
const ONLY = process.env["EARSHOT_CHURN_SEED"];

/** A quarter of the seeds, as tests. @param share from 0 */
export function churnShare(share: number): void {
  const first = Math.floor((SEEDS * share) / SHARES);
  const end = Math.floor((SEEDS * (share + 1)) / SHARES);
  const starts = Array.from(
    { length: Math.ceil((end - first) / SEEDS_PER_TEST) },
    (_, i) => first + i * SEEDS_PER_TEST,
  );

  describe("T-24 hosts that join, leave, crash, move, sleep and are cut off in bad weather", () => {
    if (ONLY !== undefined) playOnly(Number(ONLY), share);
    else
      test.each(starts)("agree on what is there once it clears, from seed %i on", async (from) => {
        const to = Math.min(from + SEEDS_PER_TEST, end);
        let held = 0;
        for (let seed = from; seed < to; seed++) held += await agree(seed);
        console.log(`churn: seeds ${from} to ${to - 1} of ${SEEDS} agreed, on ${held} services in all`);
        expect(held).toBeGreaterThan(to - from);
      });
  });
}

function playOnly(seed: number, share: number): void {
  test.runIf(share === 0)(`agree with seed ${seed}`, async () => {
    const { events } = await live(seed);
    console.log(events.join("\n"));
    await agree(seed);
  });
}

/** How many services all hold together. On failure the traffic is written where the message says. */
async function agree(seed: number): Promise<number> {
  try {
    const { held, disagreements } = await live(seed);
    if (disagreements.length === 0) return held;
    throw new Error(disagreements.join("\n"));
  } catch (error) {
    const { events, pcap } = await live(seed, { capture: true }).catch((again: unknown) => ({
      events: [String(again)],
      pcap: undefined,
    }));
    const file = join(mkdtempSync(join(tmpdir(), "churn-")), `${seed}.pcap`);
    if (pcap) writeFileSync(file, pcap);
    const told = [
      `seed ${seed}, traffic in ${file}, again with EARSHOT_CHURN_SEED=${seed}`,
      String(error),
      ...events,
    ];
    throw new Error(told.join("\n"), { cause: error });
  }
}
