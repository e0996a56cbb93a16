/** What is published runs where a program has taken measures of its own: processes of their own, in memory. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const program = fileURLToPath(new URL("children/household.js", import.meta.url));

test.each([
  ["--disable-proto=delete"],
  ["--disable-proto=throw"],
  ["--frozen-intrinsics", "--no-warnings"],
  ["--disallow-code-generation-from-strings"],
])("G-82 J-05 with node %s a whole household announces, finds and says goodbye", async (...flags) => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [...flags, program], {
    timeout: 15_000,
  });
  expect(stderr).toBe("");
  expect(stdout).toBe("found 4, lost 4, polluted undefined\n");
});
