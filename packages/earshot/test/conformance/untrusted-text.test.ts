import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const source = fileURLToPath(new URL("../../src/", import.meta.url));
const files = readdirSync(source, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
  .map((entry) => join(entry.parentPath, entry.name));

test("J-19 nothing that was heard is parsed as JSON, so that no key of it becomes a property by that way", () => {
  expect(files.length).toBeGreaterThan(100);
  const parsing = files.filter((file) => /JSON\.parse|\.json\(\)/.test(readFileSync(file, "utf8")));
  expect(parsing).toEqual([]);
});
