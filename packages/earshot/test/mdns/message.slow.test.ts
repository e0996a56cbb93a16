import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesOfText, textOfBytes } from "../../src/mdns/label.ts";
import { decodeMessage, encodeMessage } from "../../src/mdns/message.ts";
import { fuzz, MOST_HEAP_GROWTH } from "../fuzz/campaign.ts";
import { readCorpus } from "../fuzz/corpus-file.ts";
import { mdnsCodec } from "../fuzz/mdns-codec.ts";
import { told } from "./telling.ts";

const CASES = 1_000_000;
/** Drawn anew at each run, and printed; EARSHOT_SEED repeats one. */
const SEED = Number(process.env["EARSHOT_SEED"] ?? Math.floor(Math.random() * 2 ** 32));

const kept = readCorpus(fileURLToPath(new URL("../fuzz/corpus/mdns.txt", import.meta.url)));

describe("a million messages", () => {
  test("T-02 T-03 M-01 M-03 M-08 changed in any way, none makes the codec throw, or read what it would not write", () => {
    const outcome = fuzz(mdnsCodec, [...mdnsCodec.seeds, ...kept], {
      executions: CASES,
      seconds: Number.POSITIVE_INFINITY,
      seed: SEED,
    });
    console.log(
      `mdns codec: ${outcome.executions} datagrams, ${outcome.behaviours} behaviours, seed ${SEED}`,
    );
    expect(outcome.culprits).toEqual([]);
    expect(outcome.executions).toBe(CASES);
    expect(outcome.heapGrowth).toBeLessThan(MOST_HEAP_GROWTH);
  });

  test("M-03 of bytes without any sense are read, or found malformed, and what is read is written again", () => {
    let read = 0;
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 12, maxLength: 64, size: "max" }), (bytes) => {
        const message = decodeMessage(withFewEntries(bytes));
        if (message.kind === "malformed") return;
        read++;
        const again = decodeMessage(encodeMessage(message));
        expect(again.kind === "malformed" ? again.reason : told(again)).toEqual(told(message));
      }),
      { numRuns: CASES },
    );
    expect(read).toBeGreaterThan(CASES / 100);
  });

  test("M-30 of labels of any bytes are one text each, and that text is those bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 63, size: "max" }), (bytes) => {
        const again = bytesOfText(textOfBytes(bytes, 0, bytes.length));
        return again?.length === bytes.length && bytes.every((byte, index) => byte === again[index]);
      }),
      { numRuns: CASES },
    );
  });
});

/** Bytes that lengths, types and pointers are made of, the zero most often. */
const USUAL = [0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4, 12, 0x28, 0x61, 0x80, 0xc0];

/** Counts below 8 and mostly usual bytes behind them: of bytes drawn evenly hardly any are a message. */
function withFewEntries(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, index) => {
    if (index < 4 || byte > 250) return byte;
    if (index < 12) return index % 2 === 0 ? 0 : byte & 7;
    return USUAL[byte & 15] as number;
  });
}
