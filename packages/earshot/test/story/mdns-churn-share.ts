import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Life, live } from "./mdns-churn.ts";

/** Seeds of all shares together; EARSHOT_MDNS_CHURN_SEEDS says otherwise, EARSHOT_MDNS_CHURN_FROM which is the first. */
const SEEDS = Number(process.env["EARSHOT_MDNS_CHURN_SEEDS"] ?? 2000);
const FIRST = Number(process.env["EARSHOT_MDNS_CHURN_FROM"] ?? 0);
/** One file each, so that they run side by side. */
const SHARES = 2;
const SEEDS_PER_TEST = 1000;
/** A seed that has to be looked at: only that one is played. */
const ONLY = process.env["EARSHOT_MDNS_CHURN_SEED"];

/** Half of the seeds, as tests. @param share from 0 */
export function mdnsChurnShare(share: number): void {
  const first = FIRST + Math.floor((SEEDS * share) / SHARES);
  const end = FIRST + Math.floor((SEEDS * (share + 1)) / SHARES);
  const starts = Array.from(
    { length: Math.ceil((end - first) / SEEDS_PER_TEST) },
    (_, i) => first + i * SEEDS_PER_TEST,
  );

  describe("T-24 T-28 F-01 F-02 F-05 F-06 F-07 F-08 F-09 F-29 F-31 mDNS hosts that want the same names, in bad weather", () => {
    if (ONLY !== undefined) playOnly(Number(ONLY), share);
    else
      test.each(starts)("agree on what is there once it clears, from seed %i on", async (from) => {
        const to = Math.min(from + SEEDS_PER_TEST, end);
        const lives: Life[] = [];
        for (let seed = from; seed < to; seed++) lives.push(await agree(seed));
        console.log(`mdns churn: seeds ${from} to ${to - 1} agreed: ${told(lives)}`);
        expect(lives.reduce((sum, { held }) => sum + held, 0)).toBeGreaterThan(10 * (to - from));
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

/** On failure the traffic is written where the message says. */
async function agree(seed: number): Promise<Life> {
  try {
    const life = await live(seed);
    if (life.disagreements.length === 0) return life;
    throw new Error(life.disagreements.join("\n"));
  } catch (error) {
    const { events, pcap } = await live(seed, { capture: true }).catch((again: unknown) => ({
      events: [String(again)],
      pcap: undefined,
    }));
    const file = join(mkdtempSync(join(tmpdir(), "mdns-churn-")), `${seed}.pcap`);
    if (pcap) writeFileSync(file, pcap);
    const lines = [
      `seed ${seed}, traffic in ${file}, again with EARSHOT_MDNS_CHURN_SEED=${seed}`,
      String(error),
      ...events,
    ];
    throw new Error(lines.join("\n"), { cause: error });
  }
}

/** How long it took, of all lives, in seconds of virtual time. */
function told(lives: readonly Life[]): string {
  const sum = (of: (life: Life) => number): number => lives.reduce((total, life) => total + of(life), 0);
  return (
    `${sum(({ held }) => held)} services held, ${sum(({ renamings }) => renamings)} renamings; after it cleared ` +
    `nothing was missing after ${spread(lives, ({ completeMs }) => completeMs)} s, ` +
    `nothing wrong after ${spread(lives, ({ agreedMs }) => agreedMs)} s (half, 95 %, all)`
  );
}

function spread(lives: readonly Life[], of: (life: Life) => number): string {
  const sorted = lives.map(of).sort((a, b) => a - b);
  return [0.5, 0.95, 1]
    .map((share) => (sorted[Math.ceil(share * sorted.length) - 1] ?? 0) / 1000)
    .map((seconds) => seconds.toFixed())
    .join(", ");
}
