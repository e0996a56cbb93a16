import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { check, FOLDERS, MAX_LINES, type Published } from "./architecture/rules.ts";
import { importsOf, tokenize } from "./architecture/tokens.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const published = readPublished();
const code = filesOf(["packages/earshot", "bench", "examples", "scripts"]);

describe("the house as it stands", () => {
  test("T-01 T-14 keeps every rule", () => {
    const violations = code.flatMap((file) => check(file, readFileSync(join(root, file), "utf8"), published));
    expect(violations.map(({ file, line, message }) => `${file}:${line} ${message}`)).toEqual([]);
  });

  test("was really read", () => {
    expect(code).toContain("packages/earshot/src/core/agenda.ts");
    expect(code).toContain("packages/earshot/test/architecture.test.ts");
    expect(published.files).toContain("packages/earshot/src/index.ts");
  });

  test("has a row in the table for every folder", () => {
    const folders = readdirSync(join(root, "packages/earshot/src"), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && readdirSync(join(entry.parentPath, entry.name)).length > 0)
      .map((entry) => entry.name);
    const rows = Object.keys(FOLDERS).filter((row) => row !== "entries");
    expect(rows).toEqual(expect.arrayContaining(folders));
  });

  test("draws no circle of folders", () => {
    for (const folder of Object.keys(FOLDERS)) expect(reachable(folder)).not.toContain(folder);
  });
});

describe("an import where no arrow leads", () => {
  const upward = [
    ["core", "../network/network.ts"],
    ["network", "../ssdp/index.ts"],
    ["network", "../node/index.ts"],
    ["ssdp", "../discovery/index.ts"],
    ["ssdp", "../node/index.ts"],
    ["ssdp", "../index.ts"],
    ["discovery", "../testing/index.ts"],
    ["testing", "../node/index.ts"],
    ["testing", "../discovery/index.ts"],
    ["node", "../ssdp/index.ts"],
    ["node", "../testing/index.ts"],
  ] as const;

  test.each(upward)("from %s to %s is reported, and the message says what may be imported", (from, to) => {
    expect(messages(`${from}/x.ts`, `import type { A } from "${to}";`)).toEqual([
      expect.stringMatching(
        new RegExp(`^no arrow leads from ${from} to \\w+: ${from} may import .+\\. Move`),
      ),
    ]);
  });

  test("from an entry to cli is reported", () => {
    expect(messages("ssdp.ts", `export { main } from "./cli/main.ts";`)).toEqual([
      expect.stringContaining("no arrow leads from entries to cli"),
    ]);
  });

  test("is reported in every way an import can be written", () => {
    const ways = [
      `import a from "../ssdp/index.ts";`,
      `import "../ssdp/index.ts";`,
      `import a, { type b, c as d } from "../ssdp/index.ts";`,
      `import * as a from '../ssdp/index.ts'`,
      `import {\n  a, // "not/this.ts"\n  b,\n} from "../ssdp/index.ts";`,
      `export * from "../ssdp/index.ts";`,
      `export type { A } from "../ssdp/index.ts";`,
      `const a = await import("../ssdp/index.ts");`,
      `let a: import("../ssdp/index.ts").A;`,
      `let a: typeof import("../ssdp/index.ts");`,
      `const a = require("../ssdp/index.ts");`,
      "const a = `${await import('../ssdp/index.ts')}`;",
      "const a = 1 / 2; import '../ssdp/index.ts'; const b = 1 / 2;",
    ];
    for (const way of ways) expect([way, messages("core/x.ts", way).length]).toEqual([way, 1]);
  });

  test("that only stands in a comment, a string, a template or a pattern is none", () => {
    const harmless = [
      `// import a from "../ssdp/index.ts";`,
      `/* import "../ssdp/index.ts"; */`,
      `const a = 'import "../ssdp/index.ts"';`,
      'const a = `import "../ssdp/index.ts"; ${1}`;',
      `const a = /import "..\\/ssdp\\/index.ts"/;`,
      `a.import("../ssdp/index.ts");`,
      `const url = import.meta.url; export const a = "../ssdp/index.ts";`,
    ];
    for (const text of harmless) expect([text, messages("core/x.ts", text)]).toEqual([text, []]);
  });

  test("with a computed name is reported", () => {
    expect(messages("cli/x.ts", "await import(name);")).toEqual([expect.stringContaining("computed")]);
    expect(messages("cli/x.ts", 'await import("./" + name);')).toEqual([expect.stringContaining("computed")]);
  });
});

describe("the front of a folder", () => {
  test.each([
    ["discovery/x.ts", "../ssdp/cache.ts", "ssdp"],
    ["earshot.ts", "./node/udp.ts", "node"],
    ["earshot.ts", "./discovery/registry.ts", "discovery"],
    ["testing.ts", "./testing/lan.ts", "testing"],
    ["testing/crowd.ts", "../ssdp/engine.ts", "ssdp"],
  ])("may not be passed: %s importing %s is reported", (file, specifier, folder) => {
    expect(messages(file, `import { a } from "${specifier}";`)).toEqual([
      `goes past the front of ${folder}/: import it from ${folder}/index.ts, and export it there if neighbours shall have it`,
    ]);
  });

  test.each([
    ["discovery/x.ts", "../ssdp/index.ts"],
    ["ssdp/x.ts", "./cache.ts"],
    ["ssdp/x.ts", "../core/agenda.ts"],
    ["node/x.ts", "../network/http.ts"],
    ["earshot.ts", "./node/index.ts"],
    ["cli/browse.ts", "../index.ts"],
    ["cli/browse/table.ts", "../../ssdp.ts"],
    ["cli/browse/table.ts", "../text.ts"],
  ])("leaves %s free to import %s", (file, specifier) => {
    expect(messages(file, `import { a } from "${specifier}";`)).toEqual([]);
  });
});

describe("users' ground", () => {
  test.each(["../earshot.ts", "../node/index.ts", "../core/errors.ts"])(
    "cli may not import %s",
    (specifier) => {
      expect(messages("cli/x.ts", `import { a } from "${specifier}";`)).toEqual([
        expect.stringContaining("the command uses only what every user can import (index.ts, ssdp.ts"),
      ]);
    },
  );

  test.each(["bench/run.js", "examples/find.ts", "scripts/check.js"])(
    "%s sees only what is published",
    (file) => {
      const look = (specifier: string): string[] => all(file, `import { a } from "${specifier}";`);
      expect(look("../packages/earshot/src/core/agenda.ts")).toEqual([
        expect.stringContaining("a path out of"),
      ]);
      expect(look("earshot/dist/core/agenda.js")).toEqual([expect.stringContaining("is not published")]);
      for (const specifier of ["earshot", "earshot/ssdp", "node:fs", "./own.js"])
        expect([specifier, look(specifier)]).toEqual([specifier, []]);
    },
  );

  test("a test may import anything", () => {
    expect(all("packages/earshot/test/ssdp/x.test.ts", `import "../../src/ssdp/cache.ts";`)).toEqual([]);
  });
});

describe("the outside", () => {
  test.each(["core", "network", "ssdp", "discovery", "testing"])(
    "%s may not import a module of Node",
    (folder) => {
      expect(messages(`${folder}/x.ts`, `import dgram from "node:dgram";`)).toEqual([
        expect.stringContaining("imports a module of Node"),
      ]);
    },
  );

  test.each(["earshot.ts", "node/udp.ts", "cli/main.ts"])("%s may", (file) => {
    expect(messages(file, `import dgram from "node:dgram";`)).toEqual([]);
  });

  test("packages are for cli and xml alone", () => {
    const text = `import { Command } from "commander";`;
    for (const file of ["cli/main.ts", "xml/x.ts"]) expect(messages(file, text)).toEqual([]);
    for (const file of ["ssdp/x.ts", "upnp/x.ts", "node/x.ts", "earshot.ts", "testing/x.ts"])
      expect(messages(file, text)).toEqual([expect.stringContaining('imports the package "commander"')]);
  });

  const ambient = [
    ["const t = Date.now();", "only the edge reads a clock"],
    ["const t = new Date();", "only the edge reads a clock"],
    ["const t = new Date;", "only the edge reads a clock"],
    ["const t = performance.now();", "only the edge reads a clock"],
    ["const r = Math.random();", "use the Random"],
    ["const r = globalThis.crypto.randomUUID();", "use the Random"],
    ["setTimeout(run, 5);", "set a deadline in the Agenda"],
    ["globalThis.setInterval(run, 5);", "set a deadline in the Agenda"],
    ["const later = setImmediate;", "set a deadline in the Agenda"],
    ["process.exit(1);", "knows no process"],
    ["console.log(1);", "knows no process and no console"],
  ] as const;

  test.each(ambient)("`%s` in a pure folder is reported", (text, why) => {
    for (const folder of ["core", "network", "ssdp", "discovery"])
      expect(messages(`${folder}/x.ts`, text)).toEqual([expect.stringContaining(why)]);
  });

  test("time that was given, and names that only look alike, are not reported", () => {
    const harmless = [
      "const d = new Date(turn.date().getTime() + 5);",
      "this.clock.setTimeout(5);",
      "record.process.id;",
      'const text = "Date.now() setTimeout process.exit";',
      "// Math.random() would not replay",
    ];
    for (const text of harmless) expect([text, messages("ssdp/x.ts", text)]).toEqual([text, []]);
  });
});

describe("what could be turned against us", () => {
  test("S-19 memory that was not cleared is allocated nowhere", () => {
    for (const file of ["node/udp.ts", "cli/main.ts", "testing/lan.ts", "earshot.ts"])
      for (const text of [
        "Buffer.allocUnsafe(9);",
        "Buffer.allocUnsafeSlow(9);",
        "const { allocUnsafe } = Buffer;",
      ])
        expect(messages(file, text)).toEqual([expect.stringContaining("S-19")]);
  });

  test("S-27 the library starts no program and makes no code or pattern from text", () => {
    const attempts = [
      `import { exec } from "node:child_process";`,
      `import { exec } from "child_process";`,
      "eval(text);",
      `new Function("a", text);`,
      "new RegExp(text);",
    ];
    for (const text of attempts)
      for (const file of ["node/udp.ts", "ssdp/x.ts", "earshot.ts"])
        expect([text, messages(file, text)]).toEqual([text, [expect.stringContaining("S-27")]]);
  });
});

describe("size and name", () => {
  test.each(["packages/earshot/src/ssdp/x.ts", "packages/earshot/test/x.test.ts", "bench/run.js"])(
    "%s may have 400 lines and not 401",
    (file) => {
      expect(all(file, "\n".repeat(MAX_LINES))).toEqual([]);
      expect(all(file, "\n".repeat(MAX_LINES + 1))).toEqual([expect.stringContaining("has 401 lines")]);
    },
  );

  test("a file is named in kebab-case", () => {
    for (const name of ["http-message.ts", "usn.ts", "lan-2.ts", "platform.d.ts", "usn.property.test.ts"])
      expect(messages(`core/${name}`, "")).toEqual([]);
    for (const name of ["httpMessage.ts", "USN.ts", "http_message.ts", "a--b.ts"])
      expect(messages(`core/${name}`, "")).toEqual([expect.stringContaining("kebab-case")]);
  });

  test("a folder without a row in the table is reported", () => {
    expect(messages("slp/x.ts", `import "../core/agenda.ts";`)).toEqual([
      expect.stringContaining("has no row"),
    ]);
  });
});

test("the scanner reads every file of the project to its end", () => {
  for (const file of code) {
    const text = readFileSync(join(root, file), "utf8");
    const lines = text.slice(0, text.trimEnd().length).split("\n").length;
    expect([file, (tokenize(`${text}\n"the end"`).at(-1)?.line ?? 0) >= lines]).toEqual([file, true]);
  }
  expect(importsOf(tokenize('import "a";\nimport b from "b";'))).toEqual([
    { specifier: "a", line: 1 },
    { specifier: "b", line: 2 },
  ]);
});

function messages(file: string, text: string): string[] {
  return all(`packages/earshot/src/${file}`, text);
}

function all(file: string, text: string): string[] {
  return check(file, text, published).map((violation) => violation.message);
}

function reachable(folder: string, seen: Set<string> = new Set()): Set<string> {
  for (const next of FOLDERS[folder]?.imports ?? []) {
    if (seen.has(next)) continue;
    seen.add(next);
    reachable(next, seen);
  }
  return seen;
}

function readPublished(): Published {
  const manifest: { exports: Record<string, { types: string } | string> } = JSON.parse(
    readFileSync(join(root, "packages/earshot/package.json"), "utf8"),
  );
  const entries = Object.entries(manifest.exports).flatMap(([subpath, target]) =>
    typeof target === "string" ? [] : [{ subpath, types: target.types }],
  );
  return {
    specifiers: entries.map(({ subpath }) => posix.join("earshot", subpath)),
    files: entries.map(({ types }) =>
      posix.join("packages/earshot", types.replace("./dist/", "./src/").replace(".d.ts", ".ts")),
    ),
  };
}

function filesOf(folders: readonly string[]): string[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile() && /\.[jt]s$/.test(entry.name))
      .map((entry) => posix.join(entry.parentPath.slice(root.length), entry.name))
      .filter((file) => !/(^|\/)(dist|lib|node_modules)\//.test(file)),
  );
}
