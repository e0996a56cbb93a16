import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const documents = ["", "docs/", "examples/", "bench/"].flatMap((folder) =>
  readdirSync(join(root, folder), { withFileTypes: true, recursive: folder === "docs/" })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".md"))
    .map((entry) => posix.join(entry.parentPath.slice(root.length), entry.name)),
);

describe("the documents", () => {
  test.each(documents)("%s links to nothing that is not there", (document) => {
    const broken = linksOf(read(document)).filter((link) => !exists(join(root, dirname(document), link)));
    expect(broken).toEqual([]);
  });

  test("of decisions are all in their list, numbered without a gap", () => {
    const records = readdirSync(join(root, "docs/decisions")).filter((name) => /^\d{4}-/.test(name));
    expect(records.map((name) => Number(name.slice(0, 4)))).toEqual(records.map((_, index) => index + 1));
    expect(linksOf(read("docs/decisions/README.md"))).toEqual(records);
  });

  test("name only commands of package.json", () => {
    const { scripts }: { scripts: Record<string, string> } = JSON.parse(read("package.json"));
    const named = documents.flatMap((document) => [...read(document).matchAll(/\bnpm run ([\w:-]+)/g)]);
    expect(named.length).toBeGreaterThan(0);
    for (const [, script = ""] of named) expect(Object.keys(scripts)).toContain(script);
  });
});

/** The targets of a document's links to files of the project, without the part after `#`. */
function linksOf(text: string): string[] {
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link.replace(/#.*$/, ""));
  return links.filter((link) => link !== "" && !/^[a-z]+:/.test(link));
}

/** A folder with nothing in it is not there for whoever clones the project. */
function exists(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isDirectory() ? readdirSync(path).length > 0 : found !== undefined;
}

function read(document: string): string {
  return readFileSync(join(root, document), "utf8");
}
