/**
 * Adds up what a run of `.ci/run` left in its folder, and prints a table and a last line `N passed, N failed`.
 * Ends with 1 if anything failed. Usage: node scripts/ci-report.js FOLDER
 *
 * FOLDER/steps.tsv has a line for each step: its name, its kind, its exit code, its seconds, with tabs between.
 * Kinds: `check` passes or fails; `tests` counts its tests from vitest's JSON report FOLDER/NAME.json; `complete` is
 * the same, and a test that was skipped counts as failed.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * What one step counts for. Only tests are counted as passed. A step that failed without a failed test to show for it
 * (a check, a crash, no report) counts as one failed.
 *
 * @param {{ kind: string, exitCode: number }} step
 * @param {string | undefined} json vitest's report, if there is one
 */
export function count(step, json) {
  if (step.kind === "check") return { passed: 0, failed: step.exitCode === 0 ? 0 : 1, skipped: 0 };
  const report = parse(json);
  if (!report) return { passed: 0, failed: 1, skipped: 0 };
  const skips = report.numPendingTests + report.numTodoTests;
  const strict = step.kind === "complete";
  const empty = report.testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.length === 0,
  );
  const failed = report.numFailedTests + empty.length + (strict ? skips : 0);
  const nothingRan = report.numPassedTests + failed === 0;
  const bad = step.exitCode !== 0 || !report.success || nothingRan;
  return {
    passed: report.numPassedTests,
    failed: bad ? Math.max(failed, 1) : failed,
    skipped: strict ? 0 : skips,
  };
}

/** The lines to print for these steps; `failed` says how CI ends. */
export function summarize(steps, readReport) {
  const rows = steps.map((step) => ({ ...step, ...count(step, readReport(step.name)) }));
  const total = (key) => rows.reduce((sum, row) => sum + row[key], 0);
  const skipped = total("skipped");
  const failed = steps.length === 0 ? 1 : total("failed");
  const last = `${total("passed")} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
  return { lines: [...rows.map(line), last], failed };
}

export function parseSteps(text) {
  return text
    .split("\n")
    .filter((row) => row !== "")
    .map((row) => {
      const [name, kind, exitCode, seconds] = row.split("\t");
      return { name, kind, exitCode: Number(exitCode), seconds: Number(seconds) };
    });
}

function line({ name, kind, seconds, exitCode, passed, failed, skipped }) {
  const verdict = failed === 0 ? "ok    " : "FAILED";
  const tests = kind === "check" ? "" : `  ${passed} passed, ${failed} failed, ${skipped} skipped`;
  const code = exitCode === 0 ? "" : `  exit code ${exitCode}${exitCode === 124 ? " (took too long)" : ""}`;
  return `${verdict}  ${String(seconds).padStart(5)} s  ${name}${tests}${code}`;
}

function parse(json) {
  try {
    return json === undefined ? undefined : JSON.parse(json);
  } catch {
    return undefined;
  }
}

function main(folder) {
  const readReport = (name) => {
    const path = join(folder, `${name}.json`);
    return existsSync(path) ? readFileSync(path, "utf8") : undefined;
  };
  const { lines, failed } = summarize(
    parseSteps(readFileSync(join(folder, "steps.tsv"), "utf8")),
    readReport,
  );
  console.log(lines.join("\n"));
  return failed === 0 ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
  process.exitCode = main(process.argv[2] ?? ".");
