import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/**
 * The compiler's and the linter's share of keeping the house: a copy of their real configuration in an empty
 * project, a file that breaks a rule, and the error that must come.
 */
const root = fileURLToPath(new URL("../../../", import.meta.url));
const copied = ["tsconfig.base.json", "biome.json", "package.json", ".gitignore"];
const project = "packages/earshot";
const platform = `${project}/src/core/platform.d.ts`;
let scratch = "";

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "earshot-house-"));
  for (const file of [...copied, platform, `${project}/tsconfig.pure.json`])
    cpSync(join(root, file), join(scratch, file), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(scratch, "node_modules"));
  write("src/node/clock.ts", "export const now: () => number = () => performance.now();\n");
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("the compiler in the pure folders", () => {
  test("accepts what is allowed", () => {
    expect(
      compile("export const a: Uint8Array = new TextEncoder().encode(new URL('http://a/').host);"),
    ).toEqual([]);
  });

  test("refuses a file of node/ with TS6307", () => {
    expect(compile(`export { now } from "../node/clock.ts";`)).toContain("TS6307");
  });

  test.each([
    ["setTimeout(() => {}, 5);", "TS2304"],
    ["setInterval(() => {}, 5);", "TS2304"],
    ["setImmediate(() => {});", "TS2304"],
    ["performance.now();", "TS2304"],
    ["crypto.randomUUID();", "TS2304"],
    ["console.log(1);", "TS2584"],
    ["fetch('http://a/');", "TS2304"],
  ])("does not know `%s`", (statement, code) => {
    expect(compile(statement)).toEqual([code]);
  });

  test.each([
    ["process.exit(1);", "TS2591"],
    ["Buffer.alloc(1);", "TS2591"],
    [`import dgram from "node:dgram"; dgram.createSocket("udp4");`, "TS2591"],
    ["require('dgram');", "TS2591"],
  ])("has no types of Node for `%s`", (statement, code) => {
    expect(compile(statement)).toEqual([code]);
  });

  test.each([
    ["let a = [1][0] + 1;", "TS2532"],
    ["export function f(a: number) { return a + f.length; }", "TS9013"],
    ["export enum A { B }", "TS1294"],
    [`import { A } from "../core/a.ts"; export type B = A;`, "TS1484"],
    ["let unused = 1;", "TS6133"],
    ["interface A { b?: number } const c: A = { b: undefined }; f(c); function f(_: A): void {}", "TS2375"],
  ])("is strict about `%s`", (statement, code) => {
    write("src/core/a.ts", "export interface A { a: number }\n");
    expect(compile(statement)).toContain(code);
  });
});

describe("the linter", () => {
  const long = `export function f(): void {\n${"  queueMicrotask(f);\n".repeat(51)}}\n`;

  test.each([
    ["suspicious/noConsole", "console.log(1);\n"],
    ["suspicious/noExplicitAny", "export const a: any = 1;\n"],
    ["style/noNonNullAssertion", "export const f = (a: string | undefined): string => a!;\n"],
    ["style/noDefaultExport", "export default 1;\n"],
    ["style/useNodejsImportProtocol", `import fs from "fs";\nexport const a: unknown = fs;\n`],
    ["complexity/noExcessiveLinesPerFunction", long],
    ["nursery/noFloatingPromises", "async function f(): Promise<void> {}\nf();\n"],
    ["nursery/noMisusedPromises", "[1].forEach(async (a) => {\n  await Promise.resolve(a);\n});\n"],
    [
      "nursery/useExhaustiveSwitchCases",
      `export function f(a: "b" | "c"): void {\n  switch (a) {\n    case "b":\n      f(a);\n  }\n}\n`,
    ],
  ])("reports %s", (rule, text) => {
    expect(lint({ "src/core/x.ts": text })).toContain(`lint/${rule}`);
  });

  test("reports a circle of imports", () => {
    const text = (other: string): string =>
      `import { a as b } from "./${other}.ts";\nexport const a = (): unknown => b;\n`;
    expect(lint({ "src/core/x.ts": text("y"), "src/core/y.ts": text("x") })).toContain(
      "lint/suspicious/noImportCycles",
    );
  });

  test("reports a file name that is not kebab-case", () => {
    expect(lint({ "src/core/X_y.ts": "export const a = 1;\n" })).toContain(
      "lint/style/useFilenamingConvention",
    );
  });

  test("accepts what is clean", () => {
    expect(lint({ "src/core/x.ts": "export const a = 1;\n" })).toEqual([]);
  });
});

function write(file: string, text: string): void {
  const path = join(scratch, project, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** The codes of the errors that the compiler finds in a file of core/ with this text. */
function compile(text: string): string[] {
  write("src/core/x.ts", `${text}\nexport {};\n`);
  const output = run("typescript/bin/tsc", [
    "-p",
    join(scratch, project, "tsconfig.pure.json"),
    "--pretty",
    "false",
  ]);
  return [...output.matchAll(/error (TS\d+):/g)].map(([, code]) => code ?? "");
}

/** The names of the rules that the linter finds broken in these files. */
function lint(files: Readonly<Record<string, string>>): string[] {
  rmSync(join(scratch, project, "src/core"), { recursive: true, force: true });
  for (const [file, text] of Object.entries(files)) write(file, text);
  const output = run("@biomejs/biome/bin/biome", ["lint", "--colors=off", `${project}/src/core`]);
  return [...output.matchAll(/^\S+ (lint\/\w+\/\w+)/gm)].map(([, rule]) => rule ?? "");
}

function run(program: string, args: readonly string[]): string {
  const { stdout, stderr, error } = spawnSync(
    process.execPath,
    [join(root, "node_modules", program), ...args],
    { cwd: scratch, encoding: "utf8" },
  );
  if (error) throw error;
  return stdout + stderr;
}
