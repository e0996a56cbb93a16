/**
 * Packs the library as it would be published, installs it into an empty folder, and checks what a user gets:
 * the files, the size, the dependencies, the command, the entries and their types. Ends with 1 if anything is wrong.
 */
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

const MAX_PACKAGES = 3;
const MAX_BYTES = 2_000_000;
const PACKED =
  /^(?:package\.json|README\.md|LICENSE|bin\/earshot\.js|dist\/[\w/-]+\.d\.ts|lib\/[\w/-]+\.c?js|lib\/THIRD-PARTY\.md)$/;
const INSTALL_SCRIPTS = ["preinstall", "install", "postinstall"];

const root = fileURLToPath(new URL("../", import.meta.url));
const library = join(root, "packages/earshot");
const scratch = mkdtempSync(join(tmpdir(), "earshot-package-"));
const user = join(scratch, "user");
const installed = join(user, "node_modules/earshot");

process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));
const failed = [];

const tarball = pack();
await step("publint", () => lint(tarball));
await step("are the types wrong", () => areTheTypesWrong(tarball));
install(tarball);
await step("files", files);
await step("packages", packages);
await step("size", size);
await step("install scripts", installScripts);
await step("command", command);
await step("what is loaded later", loadedLater);
await step("entries", entries);
await step("types, with Node's", () =>
  types({ types: ["node"], typeRoots: [join(root, "node_modules/@types")] }),
);
await step("types, with a browser's", () =>
  types({ types: [], lib: ["ES2023", "DOM", "ESNext.Disposable"] }),
);

console.log(failed.length === 0 ? "package: all checks passed" : `package: failed: ${failed.join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;

/** Runs one check. It returns what it measured, and throws a list of complaints. */
async function step(name, check) {
  try {
    console.log(`ok    ${name}: ${await check()}`);
  } catch (error) {
    failed.push(name);
    console.log(`FAIL  ${name}:\n${String(error.message).replace(/^/gm, "        ")}`);
  }
}

function pack() {
  run("npm", ["pack", "--pack-destination", scratch], library);
  const name = readdirSync(scratch).find((file) => file.endsWith(".tgz"));
  if (!name) throw new Error("npm pack made no tarball");
  return join(scratch, name);
}

function install(tarball) {
  mkdirSync(user);
  writeFileSync(join(user, "package.json"), JSON.stringify({ name: "user", private: true, type: "module" }));
  run("npm", ["install", "--no-audit", "--no-fund", tarball], user);
}

async function lint(tarball) {
  const bytes = readFileSync(tarball);
  const { messages } = await publint({
    pack: { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) },
    strict: true,
  });
  const manifest = JSON.parse(readFileSync(join(library, "package.json"), "utf8"));
  complain(messages.map((message) => formatMessage(message, manifest, { color: false }) ?? message.code));
  return "clean";
}

function areTheTypesWrong(tarball) {
  const program = join(root, "node_modules/@arethetypeswrong/cli/dist/index.js");
  run(process.execPath, [program, tarball, "--profile", "esm-only", "--no-color", "--no-emoji"], root);
  return "clean";
}

function files() {
  const names = filesOf(installed);
  const wrong = names
    .filter((name) => !PACKED.test(name))
    .map((name) => `${name} has no business in the package`);
  for (const name of names.filter((name) => name.startsWith("dist/"))) {
    const source = name.replace(/^dist\//, "src/").replace(/\.d\.ts$/, ".ts");
    if (!existsSync(join(library, source))) wrong.push(`${name} is left over from a source that is gone`);
  }
  for (const name of [
    "README.md",
    "LICENSE",
    "bin/earshot.js",
    "lib/index.js",
    "lib/THIRD-PARTY.md",
    "dist/index.d.ts",
  ])
    if (!names.includes(name)) wrong.push(`${name} is missing`);
  complain(wrong);
  return `${names.length} files, ${statSync(tarball).size} bytes packed`;
}

function packages() {
  const names = installedPackages().map(({ name, version }) => `${name} ${version}`);
  complain(
    names.length > MAX_PACKAGES
      ? [`${names.length} packages, more than ${MAX_PACKAGES}: ${names.join(", ")}`]
      : [],
  );
  return `${names.length} of at most ${MAX_PACKAGES} (${names.join(", ")})`;
}

function size() {
  const folder = join(user, "node_modules");
  const bytes = filesOf(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  complain(bytes > MAX_BYTES ? [`${bytes} bytes in node_modules, more than ${MAX_BYTES}`] : []);
  return `${bytes} of at most ${MAX_BYTES} bytes in node_modules`;
}

/** Any script that npm would run at installing, and a binding.gyp, which is one without being written down. */
function installScripts() {
  const wrong = installedPackages().flatMap(({ name, folder, scripts = {} }) => [
    ...INSTALL_SCRIPTS.filter((script) => scripts[script]).map((script) => `${name} has a script ${script}`),
    ...(existsSync(join(folder, "binding.gyp")) ? [`${name} has a binding.gyp`] : []),
  ]);
  complain(wrong);
  return "none";
}

function command() {
  const { version } = JSON.parse(readFileSync(join(library, "package.json"), "utf8"));
  const printed = run("npx", ["earshot", "--version"], user).trim();
  const help = run("npx", ["earshot", "--help"], user);
  complain([
    ...(printed === version ? [] : [`earshot --version printed ${JSON.stringify(printed)}, not ${version}`]),
    ...(/\bbrowse\b/.test(help) ? [] : ["earshot --help does not mention browse"]),
  ]);
  return `earshot ${printed}, help of ${help.split("\n").length} lines`;
}

function entries() {
  const counts = entryNames().map((name) => {
    const program = `console.log(Object.keys(await import(${JSON.stringify(name)})).length)`;
    const count = Number(run(process.execPath, ["--input-type=module", "-e", program], user));
    return { name, count };
  });
  complain(counts.filter(({ count }) => !(count > 0)).map(({ name }) => `${name} exports nothing`));
  return counts.map(({ name, count }) => `${name} (${count} names)`).join(", ");
}

/** mDNS is read by who speaks it, and by no other: without this nobody would notice a table that is made at the start. */
function loadedLater() {
  const count = (...words) => {
    const program = `require("./node_modules/earshot/lib/command.cjs").main(${JSON.stringify(words)}).then(() =>
      console.error(Object.keys(require.cache).filter((name) => /later-/.test(name)).length))`;
    const { stderr } = spawnSync(process.execPath, ["-e", program], { cwd: user, encoding: "utf8" });
    return stderr.trim();
  };
  const loopback = ["--interface", "127.0.0.1", "--passive", "--timeout", "0"];
  complain([
    ...(count("find", "ssdp:all", ...loopback) === "0" ? [] : ["a command of SSDP loads mDNS"]),
    ...(count("find", "_http._tcp", ...loopback) === "1" ? [] : ["a command of DNS-SD does not load mDNS"]),
  ]);
  return "mDNS and DNS-SD, by the command";
}

/** The names under which the library's entries are imported, such as `earshot/ssdp`. */
function entryNames() {
  const { exports } = JSON.parse(readFileSync(join(library, "package.json"), "utf8"));
  return Object.entries(exports).flatMap(([subpath, target]) =>
    typeof target === "string" ? [] : [subpath.replace(/^\./, "earshot")],
  );
}

/**
 * Compiles against the installed package, with every strictness and with our declarations checked: the examples and
 * the programs of the README, or, for users without Node's types, the entries alone.
 */
function types(options) {
  const programs = options.types.length > 0 ? [...examples(), ...readme()] : [entriesAlone()];
  const folder = mkdtempSync(join(user, "types-"));
  for (const { name, text } of programs) writeFileSync(join(folder, name), text);
  const config = { compilerOptions: { ...strictest(), ...options }, files: programs.map(({ name }) => name) };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  run(
    process.execPath,
    [join(root, "node_modules/typescript/bin/tsc"), "-p", folder, "--pretty", "false"],
    folder,
  );
  return programs.map(({ name }) => name).join(", ");
}

function examples() {
  const names = readdirSync(join(root, "examples")).filter((name) => name.endsWith(".ts"));
  if (names.length === 0) throw new Error("there are no examples to compile");
  return names.map((name) => ({ name, text: readFileSync(join(root, "examples", name), "utf8") }));
}

function readme() {
  const blocks = [...readFileSync(join(root, "README.md"), "utf8").matchAll(/^```ts\n(.*?)^```$/gms)];
  if (blocks.length === 0) throw new Error("there are no programs in the README to compile");
  return blocks.map(([, text], index) => ({ name: `readme-${index + 1}.ts`, text }));
}

function entriesAlone() {
  const names = entryNames().map((name, index) => `export type * as Entry${index} from "${name}";\n`);
  return { name: "entries.ts", text: names.join("") };
}

function strictest() {
  const base = JSON.parse(readFileSync(join(root, "tsconfig.base.json"), "utf8")).compilerOptions;
  const { composite, declaration, isolatedDeclarations, rewriteRelativeImportExtensions, ...rest } = base;
  return {
    ...rest,
    noEmit: true,
    skipLibCheck: false,
    noUncheckedSideEffectImports: true,
    noUnusedLocals: false,
  };
}

function installedPackages() {
  const lock = JSON.parse(readFileSync(join(user, "node_modules/.package-lock.json"), "utf8"));
  return Object.keys(lock.packages).map((path) => {
    const folder = join(user, path);
    return { ...JSON.parse(readFileSync(join(folder, "package.json"), "utf8")), folder };
  });
}

function filesOf(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

function complain(complaints) {
  if (complaints.length > 0) throw new Error(complaints.join("\n"));
}

/** Runs a program to its end and returns what it printed; throws that and the exit code when it fails. */
function run(program, args, cwd) {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    encoding: "utf8",
    timeout: 300_000,
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${status}\n${stdout}${stderr}`);
  return stdout;
}
