import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { Random } from "../../src/core/random.ts";
import { fuzz, runOne } from "./campaign.ts";
import { readCorpus } from "./corpus-file.ts";
import { Mutant, utf8 } from "./mutant.ts";
import { readScript, writeScript } from "./script.ts";
import { distil, shrink } from "./shrink.ts";
import { Signature } from "./signature.ts";
import { insist, type Target } from "./target.ts";
import { TARGETS } from "./targets.ts";

/** Machines are slow at times. */
vi.setConfig({ testTimeout: 30_000 });

describe.each(Object.keys(TARGETS))("everything that fuzzing kept for %s", (name) => {
  const kept = readCorpus(fileURLToPath(new URL(`corpus/${name}.txt`, import.meta.url)));
  let target: Target;
  beforeAll(async () => {
    target = (await TARGETS[name]?.()) as Target;
  });

  test("T-02 is read without a fault", () => {
    const signature = new Signature();
    for (const bytes of [...target.seeds, ...kept])
      expect(() => runOne(target, bytes, signature), Buffer.from(bytes).toString("base64")).not.toThrow();
    expect(kept.length).toBeGreaterThan(20);
  });

  test("T-02 and a hundred changes of it are", () => {
    const { executions, culprits } = fuzz(target, [...target.seeds, ...kept], {
      seconds: Number.POSITIVE_INFINITY,
      executions: 100,
      seed: 7,
    });
    expect(culprits.map(({ error }) => error)).toEqual([]);
    expect(executions).toBe(100);
  });
});

describe("the fuzzer", () => {
  /** Fails where an X stands between brackets, and behaves otherwise by the letters it meets. */
  const brittle: Target = {
    name: "brittle",
    seeds: [],
    dictionary: ["[", "]"],
    mostBytes: 64,
    run(bytes, signature) {
      const text = Buffer.from(bytes).toString("latin1");
      for (const letter of text) signature.note(letter);
      insist(!/\[[^\]]*X[^\]]*\]/.test(text), "an X between brackets");
    },
  };
  const effort = { seconds: Number.POSITIVE_INFINITY, executions: 100_000, seed: 3 };

  test("T-02 finds a fault, names the execution, finds it again with the same seed, and shrinks it to what matters", () => {
    const [culprit] = fuzz(brittle, [utf8("abc[def]ghi")], effort).culprits;
    const [again] = fuzz(brittle, [utf8("abc[def]ghi")], effort).culprits;
    expect(culprit?.error).toMatchObject({ message: "an X between brackets" });
    expect(again).toEqual(culprit);
    const smallest = shrink(brittle, culprit?.bytes ?? utf8(""), (bytes) => {
      try {
        brittle.run(bytes, new Signature());
        return false;
      } catch {
        return true;
      }
    });
    expect(Buffer.from(smallest).toString("latin1")).toBe("[X]");
  });

  test("keeps inputs that did something new, and distils them to few that still do", () => {
    const { inputs, behaviours, newBehaviours } = fuzz(brittle, [utf8("a")], { ...effort, executions: 5000 });
    expect(newBehaviours).toBeGreaterThan(0);
    const seen = new Set(distil(brittle, inputs, 300).flatMap((bytes) => [...bytes]));
    const all = new Set(inputs.flatMap((bytes) => [...bytes]));
    expect(behaviours).toBeGreaterThan(all.size / 2);
    expect(seen.size).toBeGreaterThan(20);
  });

  test("reports an input that pollutes the prototype of everything", () => {
    const polluting: Target = {
      ...brittle,
      run(bytes) {
        if (bytes[0] === 0x50) Object.assign(Object.prototype, { polluted: true });
      },
    };
    try {
      expect(() => runOne(polluting, utf8("P"), new Signature())).toThrow("polluted");
    } finally {
      Reflect.deleteProperty(Object.prototype, "polluted");
    }
  });

  test("changes inputs of any length without leaving the buffer", () => {
    const random = new Random(5);
    const mutant = new Mutant(300);
    const dictionary = [utf8("\r\nNT: x"), utf8(":")];
    for (let round = 0; round < 20_000; round++) {
      if (round % 40 === 0) mutant.load(new Uint8Array(round % 301).fill(0x0a));
      mutant.change(random, dictionary, () => utf8("GET 12\r\nA: 77\r\n\r\n"));
      expect(mutant.bytes.length).toBe(mutant.length);
      expect(mutant.length).toBeLessThanOrEqual(300);
    }
  });

  test("reads any bytes as a script, and writes a script as it was read", () => {
    const random = new Random(9);
    for (let round = 0; round < 500; round++) {
      const bytes = Uint8Array.from({ length: random.integer(0, 80) }, () => random.integer(0, 9));
      const script = readScript(bytes);
      expect(readScript(writeScript(script))).toEqual(script);
    }
  });
});
