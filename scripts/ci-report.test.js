import { describe, expect, test } from "vitest";
import { count, parseSteps, summarize } from "./ci-report.js";

const tests = { name: "pure", kind: "tests", exitCode: 0, seconds: 3 };

describe("a step counts", () => {
  test("its tests, as the report says", () => {
    expect(count(tests, report({ passed: 7, skipped: 2 }))).toEqual({ passed: 7, failed: 0, skipped: 2 });
    expect(count({ ...tests, exitCode: 1 }, report({ passed: 7, failed: 3 }))).toEqual({
      passed: 7,
      failed: 3,
      skipped: 0,
    });
  });

  test("one failed when it left no report, or half of one", () => {
    for (const json of [undefined, "", '{"numPassedTests": 5'])
      expect(count(tests, json)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });

  test("one failed for each file that crashed before its first test", () => {
    const crashed = report({ passed: 7, crashed: 2 });
    expect(count({ ...tests, exitCode: 1 }, crashed)).toEqual({ passed: 7, failed: 2, skipped: 0 });
  });

  test("one failed when it ended badly though every test passed", () => {
    expect(count({ ...tests, exitCode: 124 }, report({ passed: 7 }))).toEqual({
      passed: 7,
      failed: 1,
      skipped: 0,
    });
    expect(count(tests, report({ passed: 7, success: false }))).toEqual({ passed: 7, failed: 1, skipped: 0 });
  });

  test("one failed when nothing was run", () => {
    expect(count(tests, report({}))).toEqual({ passed: 0, failed: 1, skipped: 0 });
    expect(count(tests, report({ skipped: 4 }))).toEqual({ passed: 0, failed: 1, skipped: 4 });
  });

  test("its skipped tests as failed where all must run", () => {
    const complete = { ...tests, kind: "complete" };
    expect(count(complete, report({ passed: 7, skipped: 2 }))).toEqual({ passed: 7, failed: 2, skipped: 0 });
    expect(count(complete, report({ passed: 7 }))).toEqual({ passed: 7, failed: 0, skipped: 0 });
  });

  test("nothing as passed when it has no tests, and one failed when it failed", () => {
    const check = { ...tests, kind: "check" };
    expect(count(check, undefined)).toEqual({ passed: 0, failed: 0, skipped: 0 });
    expect(count({ ...check, exitCode: 2 }, undefined)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });
});

describe("the summary", () => {
  const steps = parseSteps("lint\tcheck\t0\t2\npure\ttests\t0\t9\nslow\ttests\t0\t70\n");

  test("ends with the sum of all runs", () => {
    const { lines, failed } = summarize(steps, () => report({ passed: 7 }));
    expect(lines.at(-1)).toBe("14 passed, 0 failed");
    expect(lines).toHaveLength(4);
    expect(failed).toBe(0);
  });

  test("tells skipped tests and failed steps", () => {
    const { lines, failed } = summarize(steps, (name) =>
      name === "pure" ? report({ passed: 7, skipped: 1 }) : undefined,
    );
    expect(lines.at(-1)).toBe("7 passed, 1 failed, 1 skipped");
    expect(lines[2]).toMatch(/^FAILED .* slow/);
    expect(failed).toBe(1);
  });

  test("fails when no step was run", () => {
    expect(summarize(parseSteps(""), () => undefined).failed).toBe(1);
  });
});

function report({ passed = 0, failed = 0, skipped = 0, crashed = 0, success = failed + crashed === 0 }) {
  const good = { status: failed > 0 ? "failed" : "passed", assertionResults: [{ status: "passed" }] };
  const bad = { status: "failed", assertionResults: [] };
  return JSON.stringify({
    success,
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: skipped,
    numTodoTests: 0,
    testResults: [good, ...Array(crashed).fill(bad)],
  });
}
