/**
 * Writes docs/compliance.md: which requirements are met, and by which tests that is proven. Ends with 1 when a row
 * claims what no test proves, when a test cites what no row is, or, with --check, when the file is not up to date.
 * Usage: node scripts/compliance.js [--check] [--tests=FILE]   FILE is what `vitest list --json=FILE` wrote, if at hand
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { judge } from "./compliance/judge.js";
import { report } from "./compliance/report.js";
import { parseRequirements } from "./compliance/requirements.js";
import { sectionsIn } from "./compliance/sources.js";

const root = fileURLToPath(new URL("../", import.meta.url));
const target = join(root, "docs/compliance.md");

function readFamilies() {
  const folder = join(root, "docs/requirements");
  const files = readdirSync(folder).filter((file) => /^\d\d-.*\.md$/.test(file));
  return files.sort().map((file) => parseRequirements(readFileSync(join(folder, file), "utf8"), file));
}

/** Every test of every suite by its full name, without running any. */
function listTests() {
  const folder = mkdtempSync(join(tmpdir(), "compliance-"));
  const file = join(folder, "tests.json");
  try {
    const vitest = join(root, "node_modules/vitest/vitest.mjs");
    execFileSync(process.execPath, [vitest, "list", `--json=${file}`], { cwd: root, stdio: "inherit" });
    return readTests(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readTests(file) {
  const tests = JSON.parse(readFileSync(file, "utf8"));
  return tests.map(({ name, file }) => ({ name, file: fromRoot(file) }));
}

function readSources() {
  const folder = join(root, "packages/earshot/src");
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter(({ name }) => name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name));
  return paths
    .map((path) => ({ path: fromRoot(path), text: readFileSync(path, "utf8") }))
    .sort((one, other) => (one.path < other.path ? -1 : 1))
    .map((source) => ({ ...source, sections: sectionsIn(source.text) }));
}

function fromRoot(path) {
  return relative(root, path).split(sep).join("/");
}

function main({ check, tests: file }) {
  const tests = file === undefined ? listTests() : readTests(file);
  const { families, problems } = judge(readFamilies(), tests, readSources());
  const text = report(families);
  if (!check) writeFileSync(target, text);
  else if (readFileSync(target, "utf8") !== text)
    problems.push("docs/compliance.md is not what the tests give: run `npm run compliance`");
  for (const problem of problems) console.error(problem);
  return problems.length === 0 ? 0 : 1;
}

const { values } = parseArgs({ options: { check: { type: "boolean" }, tests: { type: "string" } } });
process.exitCode = main(values);
