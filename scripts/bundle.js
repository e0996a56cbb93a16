/**
 * Joins the compiled library into few files: `packages/earshot/lib`, what users import and run. A program that imports a
 * hundred small files spends more time finding them than running them. What only some commands or calls need stands in
 * files of its own, loaded when it is needed. Names stay readable: only comments and spaces go, and in the command the
 * names of local variables.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { parseAst } from "rolldown/parseAst";

const library = fileURLToPath(new URL("../packages/earshot/", import.meta.url));

const ways = {
  platform: "node",
  external: ["saxes"], // Large, and needed by few: left to be installed beside.
  // Whatever is not found or not understood is an error here, not at a user's.
  onLog: (level, log) => {
    if (level !== "debug" && level !== "info") throw new Error(`${log.code ?? level}: ${log.message}`);
  },
};
const entries = {
  "dns-sd": "dist/dns-sd.js",
  index: "dist/index.js",
  mdns: "dist/mdns.js",
  pcap: "dist/pcap.js",
  ssdp: "dist/ssdp.js",
  testing: "dist/testing.js",
};
/** mDNS and DNS-SD, which are as large as all the rest; without the numbers of types, which tables are made of at the start. */
const later = {
  name: "later",
  test: /\/dist\/(?:mdns\/(?!record\.js$)|dns-sd\/)|\/dist\/discovery\/(?:dns-sd-\w+|heard-record|monitored-mdns|record-offer)\.js$/,
};
const LOADED = /const (require_later)=require\("[^"]+"\);/;
const joined = [
  ...(await join(entries, "esm", "js")),
  // Node starts a program in modules of the older kind a third sooner.
  ...(await join({ command: "dist/cli/main.js" }, "cjs", "cjs")),
];
rmSync(`${library}lib`, { recursive: true, force: true });
mkdirSync(`${library}lib/shared`, { recursive: true });
for (const { fileName, code } of joined) writeFileSync(`${library}lib/${fileName}`, inLines(inAscii(code)));
writeFileSync(`${library}lib/THIRD-PARTY.md`, notices(joined));
const bytes = joined.reduce((sum, { code }) => sum + code.length, 0);
console.log(`bundle: ${joined.length} files, ${bytes} bytes`);

/** Joins the modules behind some entries, each into a file, and what several need into files that they share. */
async function join(input, format, extension) {
  const bundle = await rolldown({
    ...ways,
    cwd: library,
    input,
    ...(format === "cjs" && { preserveEntrySignatures: "allow-extension" }),
  });
  const { output } = await bundle.generate({
    format,
    entryFileNames: `[name].${extension}`,
    chunkFileNames: `shared/[name]-[hash].${extension}`,
    minify: {
      compress: false,
      mangle: format === "cjs" && { toplevel: false, keepNames: { function: true, class: true } },
      codegen: { removeWhitespace: true },
    },
    ...(format === "cjs" && { codeSplitting: { includeDependenciesRecursively: false, groups: [later] } }),
  });
  await bundle.close();
  return format === "cjs" ? output.map(loadLater) : output;
}

/**
 * Has the protocol that few commands need loaded at its first use, not at the start: who uses it reaches it by a function.
 * @param file a joined file, in CommonJS.
 */
function loadLater(file) {
  const [whole, name] = LOADED.exec(file.code ?? "") ?? [];
  if (!whole) return file;
  const parts = file.code.split(whole);
  const rest = parts.join("");
  const uses = rest.split(name).length - 1;
  const reached = rest.split(`${name}.`).length - 1;
  if (parts.length !== 2 || uses !== reached)
    throw new Error(`${file.fileName}: ${name} is used in another way`);
  const loading = `const ${name}=()=>require(${whole.slice(whole.indexOf("(") + 1, -2)});`;
  return {
    ...file,
    code: loading + parts.map((part) => part.replaceAll(`${name}.`, `(${name}()).`)).join(""),
  };
}

/** Text beyond ASCII as escapes: it stands in strings and patterns only, and a file without it takes half the memory. */
function inAscii(code) {
  return code.replace(/[^\p{ASCII}]/gu, (character) =>
    Array.from(
      { length: character.length },
      (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`,
    ).join(""),
  );
}

/**
 * A line for each statement of the file and each member of a class: of an error that nobody catches Node shows the whole
 * line it comes from.
 */
function inLines(code) {
  const starts = parseAst(code).body.flatMap((statement) => [statement.start, ...membersOf(statement)]);
  const at = [...new Set(starts)].sort((a, b) => a - b);
  return at.map((start, i) => code.slice(i === 0 ? 0 : start, at[i + 1])).join("\n");
}

/** Where the members begin of the class that a statement declares: `class X {}`, `var X = class {}`, `export class X {}`. */
function membersOf(statement) {
  const declared = statement.declaration ?? statement;
  const values = [declared, ...(declared.declarations ?? []).map(({ init }) => init)];
  return values.flatMap((value) =>
    (value?.body?.type === "ClassBody" ? value.body.body : []).map(({ start }) => start),
  );
}

/** The licences of the packages of which something is in the files. */
function notices(files) {
  const modules = files.flatMap(({ moduleIds }) => moduleIds ?? []);
  const folders = modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []);
  const parts = [...new Set(folders)].sort().map((folder) => {
    const { name, version } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
    const licence = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
    if (!licence) throw new Error(`${name} comes without a licence`);
    return `## ${name} ${version}\n\n${readFileSync(`${folder}/${licence}`, "utf8").trim()}\n`;
  });
  return `# What earshot contains of others\n\n${parts.join("\n")}`;
}
