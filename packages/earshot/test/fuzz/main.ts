/**
 * Usage: npm run fuzz -- TARGET [--seconds N] [--executions N] [--seed S] [--jobs N] [--keep]
 *        npm run fuzz -- TARGET --replay FILE
 * Ends with 1 when something was found; what was found is saved, and can be replayed.
 */
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Culprit, fuzz, MOST_HEAP_GROWTH, type Outcome, reasonOf, runOne } from "./campaign.ts";
import { readCorpus, writeCorpus } from "./corpus-file.ts";
import { distil, shrink } from "./shrink.ts";
import { Signature } from "./signature.ts";
import type { Target } from "./target.ts";
import { TARGETS } from "./targets.ts";

const FOUND = 1;
const MISUSED = 2;
/** Inputs kept for one target. */
const MOST_KEPT = 300;

/** The root of the workspace: this file runs from test/fuzz/dist/test/fuzz. */
const root = join(dirname(fileURLToPath(import.meta.url)), "../../../../../../..");
const home = join(root, "packages/earshot/test/fuzz");

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string" },
    executions: { type: "string" },
    seed: { type: "string" },
    jobs: { type: "string", default: "1" },
    keep: { type: "boolean", default: false },
    replay: { type: "string" },
  },
});

process.exitCode = await main();

async function main(): Promise<number> {
  const [name = ""] = positionals;
  const load = TARGETS[name];
  const jobs = Number(values.jobs);
  if (!load || positionals.length !== 1 || !(jobs >= 1) || (values.keep && jobs > 1)) {
    console.error(
      `a target is needed, one of ${Object.keys(TARGETS).join(", ")}; --keep goes with one job only`,
    );
    return MISUSED;
  }
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(values.seed);
  if (jobs > 1) return share(name, jobs, seed);
  const target = await load();
  return values.replay === undefined ? campaign(target, seed) : replay(target, values.replay);
}

/** As many processes, each with a seed of its own. */
async function share(name: string, jobs: number, seed: number): Promise<number> {
  const limits = [
    ...(values.seconds === undefined ? [] : ["--seconds", values.seconds]),
    ...(values.executions === undefined
      ? []
      : ["--executions", `${Math.ceil(Number(values.executions) / jobs)}`]),
  ];
  const codes = Array.from({ length: jobs }, (_, job) => {
    const args = [
      ...process.execArgv,
      fileURLToPath(import.meta.url),
      name,
      ...limits,
      "--seed",
      `${seed + job}`,
    ];
    const child = spawn(process.execPath, args, { stdio: "inherit" });
    return new Promise<number>((resolve) => child.once("exit", (code) => resolve(code ?? MISUSED)));
  });
  return Math.max(...(await Promise.all(codes)));
}

function campaign(target: Target, seed: number): number {
  const file = join(home, `corpus/${target.name}.txt`);
  const kept = readCorpus(file);
  const outcome = fuzz(target, [...target.seeds, ...kept], {
    seconds:
      values.seconds === undefined && values.executions === undefined
        ? 10
        : Number(values.seconds ?? "Infinity"),
    executions: Number(values.executions ?? "Infinity"),
    seed,
    onProgress: ({ executions, seconds, corpus }) =>
      console.log(
        `${target.name}: ${count(executions)} executions, ${rate(executions, seconds)}, corpus ${corpus}`,
      ),
  });
  report(target, outcome, seed);
  for (const culprit of outcome.culprits) save(target, culprit, seed);
  if (values.keep) keep(target, file, outcome);
  const isBloated = outcome.heapGrowth > MOST_HEAP_GROWTH;
  if (isBloated)
    console.log(
      `the heap grew by ${megabytes(outcome.heapGrowth)}, more than ${megabytes(MOST_HEAP_GROWTH)}`,
    );
  return outcome.culprits.length > 0 || isBloated ? FOUND : 0;
}

function report(target: Target, outcome: Outcome, seed: number): void {
  const { executions, seconds, corpus, behaviours, newBehaviours, culprits, heapGrowth } = outcome;
  const heap = `, heap ${megabytes(heapGrowth)} more than before`;
  const more = target.tally ? `, ${target.tally()}` : "";
  console.log(
    `${target.name}: ${count(executions)} executions in ${seconds.toFixed(1)} s, ${rate(executions, seconds)}, seed ${seed}; ` +
      `corpus ${corpus}, ${behaviours} behaviours (${newBehaviours} new)${more}${heap}; ${culprits.length} findings`,
  );
}

function keep(target: Target, file: string, { inputs }: Outcome): void {
  const distilled = distil(target, inputs, MOST_KEPT);
  writeCorpus(file, distilled);
  console.log(`${target.name}: ${distilled.length} inputs kept in ${file}`);
}

function save(target: Target, { bytes, execution, error }: Culprit, seed: number): void {
  const signature = new Signature();
  const reason = reasonOf(error);
  const smallest = shrink(target, bytes, (shorter) => {
    try {
      runOne(target, shorter, signature);
      return false;
    } catch (other) {
      return reasonOf(other) === reason;
    }
  });
  const file = join(home, `findings/${target.name}-${seed}-${execution}.bin`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, smallest);
  console.log(`\nFOUND by execution ${execution} of seed ${seed}: ${told(error)}`);
  console.log(`${JSON.stringify(Buffer.from(smallest).toString("latin1"))}`);
  console.log(`again: npm run fuzz -- ${target.name} --replay ${file}`);
}

/** An error with the few lines of its stack that matter. */
function told(error: unknown): string {
  return error instanceof Error
    ? (error.stack ?? error.message).split("\n").slice(0, 6).join("\n").slice(0, 2000)
    : String(error);
}

function replay(target: Target, file: string): number {
  const signature = new Signature();
  try {
    runOne(target, readFileSync(file), signature);
  } catch (error) {
    console.log(error);
    return FOUND;
  }
  console.log(`nothing is wrong; features: ${signature.known.join(", ")}`);
  return 0;
}

function rate(executions: number, seconds: number): string {
  return `${count(Math.round(executions / seconds))}/s`;
}

function count(number: number): string {
  return number.toLocaleString("en-GB");
}

function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
