import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const source = fileURLToPath(new URL("../../src/", import.meta.url));

/** Every module that is loaded along with a file, packages by their names. */
function loadedWith(file: string, known = new Set<string>()): Set<string> {
  if (known.has(file)) return known;
  known.add(file);
  if (!file.startsWith("/")) return known;
  const text = readFileSync(file, "utf8");
  for (const [, specifier = ""] of text.matchAll(/^(?:import|export)\s(?!type\s)[^;]*?\sfrom\s"([^"]+)"/gm))
    loadedWith(specifier.startsWith(".") ? join(dirname(file), specifier) : specifier, known);
  return known;
}

test.each(["index.ts", "ssdp.ts"])(
  "%s does not load the XML parser: only who describes waits for it",
  (entry) => {
    const loaded = loadedWith(join(source, entry));
    expect(loaded).toContain(join(source, "upnp/describer.ts"));
    expect(loaded).not.toContain("saxes");
  },
);

test("the XML parser is what reading a description loads", () => {
  expect(loadedWith(join(source, "upnp/read-description.ts"))).toContain("saxes");
});
