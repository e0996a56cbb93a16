import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { Random } from "../../src/core/random.ts";
import { fuzz, MOST_HEAP_GROWTH } from "../fuzz/campaign.ts";
import { readCorpus } from "../fuzz/corpus-file.ts";
import { heapUsed } from "../fuzz/heap.ts";
import { Mutant, pickFrom, utf8 } from "../fuzz/mutant.ts";
import { ssdpCodec } from "../fuzz/ssdp-codec.ts";
import { Rig, SERVICE, V4, V6 } from "./rig.ts";

const CASES = 1_000_000;
/** Drawn anew at each run, and printed; EARSHOT_SEED repeats one. */
const SEED = Number(process.env["EARSHOT_SEED"] ?? Math.floor(Math.random() * 2 ** 32));
const MEGABYTE = 1024 * 1024;

const kept = readCorpus(fileURLToPath(new URL("../fuzz/corpus/ssdp.txt", import.meta.url)));
const inputs = [...ssdpCodec.seeds, ...kept];

describe("a million changed datagrams", () => {
  test("T-27 T-02 T-03 S-16 S-17 none makes the codec throw, or read what it would not write", () => {
    const outcome = fuzz(ssdpCodec, inputs, {
      executions: CASES,
      seconds: Number.POSITIVE_INFINITY,
      seed: SEED,
    });
    console.log(`codec: ${outcome.executions} datagrams, ${outcome.behaviours} behaviours, seed ${SEED}`);
    expect(outcome.culprits).toEqual([]);
    expect(outcome.executions).toBe(CASES);
    expect(outcome.heapGrowth).toBeLessThan(MOST_HEAP_GROWTH);
  });

  test("T-27 T-02 S-16 S-17 S-20 one engine that browses and announces lives through all, within its bounds", () => {
    const limits = { devices: 512, devicesPerSource: 32, services: 1024, pendingAnswers: 64 };
    const rig = new Rig({ links: [V4, V6], limits, seed: SEED });
    const search = rig.search({ everyMs: 10_000 });
    const offer = rig.offer({ bare: { target: SERVICE, usn: `uuid:own::${SERVICE}` } });
    const before = heapUsed();
    let grown = 0;
    let most = 0;
    for (let done = 0; done < CASES; done += BATCH) {
      hearMany(rig, new Random(SEED + done));
      most = Math.max(most, rig.engine.counts.known);
      expect(rig.engine.counts.known).toBeLessThanOrEqual(limits.services);
      expect(rig.engine.waiting.length).toBeLessThan(2 * limits.devices + limits.pendingAnswers + 160);
      rig.forget();
      if (done % (CASES / 10) === 0) grown = Math.max(grown, heapUsed() - before);
    }
    const { heard } = rig.engine.counts;
    const dropped = [...rig.engine.counts.dropped].sort(([, a], [, b]) => b - a);
    console.log(`engine: ${heard} of ${CASES} heard, at most ${most} known, heap at most ${mb(grown)} more`);
    console.log(`dropped: ${dropped.map(([reason, count]) => `${count} ${reason}`).join(", ")}`);
    expect(heard).toBeGreaterThan(CASES / 2);
    expect(most).toBeGreaterThan(100);
    expect(grown).toBeLessThan(32 * MEGABYTE);

    rig.engine.endSearch(search);
    rig.turn((turn) => rig.engine.withdraw(offer, turn));
    rig.advance(90_000_000);
    expect([...rig.engine.records]).toEqual([]);
    expect(rig.engine.waiting).toEqual([]);
  });
});

const BATCH = 1000;
const LETTER_H = 0x48;
const words = ssdpCodec.dictionary.map(utf8);
const mutant = new Mutant(ssdpCodec.mostBytes);

/** A second of a busy and hostile network. */
function hearMany(rig: Rig, random: Random): void {
  const pick = (): Uint8Array => pickFrom(inputs, random);
  for (let i = 0; i < BATCH; i++) {
    mutant.load(random.next() < 0.5 ? pickFrom(ssdpCodec.seeds, random) : pick());
    const changes = random.integer(0, 3);
    for (let change = 0; change < changes; change++) mutant.change(random, words, pick);
    const isV6 = random.next() < 0.3;
    const host = random.integer(20, 220);
    const isAnswer = mutant.bytes[0] === LETTER_H && random.next() < 0.8;
    rig.hear([], {
      bytes: mutant.bytes.slice(),
      link: isV6 ? V6 : V4,
      address: isV6 ? `fe80::${host}` : `192.168.1.${host}`,
      port: random.integer(1, 65_535),
      socket: isAnswer || random.next() < 0.1 ? "own" : "shared",
      to: isAnswer || random.next() < 0.1 ? "host" : "group",
    });
    rig.advance(1);
  }
}

function mb(bytes: number): string {
  return `${(bytes / MEGABYTE).toFixed(1)} MB`;
}
