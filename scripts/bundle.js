/**
 * Joins the compiled library into few files: `packages/earshot/lib`, what users import and run. A program that imports a
 * hundred small files spends more time finding them than running them. What only some commands or calls need stands in
 * files of its own, loaded when it is needed. Names and lines stay readable: only comments and spaces go.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

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
const joined = [
  ...(await join(entries, "esm", "js")),
  // Node starts a program in modules of the older kind a third sooner.
  ...(await join({ command: "dist/cli/main.js" }, "cjs", "cjs")),
];
rmSync(`${library}lib`, { recursive: true, force: true });
mkdirSync(`${library}lib/shared`, { recursive: true });
for (const { fileName, code } of joined) writeFileSync(`${library}lib/${fileName}`, inAscii(code));
writeFileSync(`${library}lib/THIRD-PARTY.md`, notices(joined));
const bytes = joined.reduce((sum, { code }) => sum + code.length, 0);
console.log(`bundle: ${joined.length} files, ${bytes} bytes`);

/** Joins the modules behind some entries, each into a file, and what several need into files that they share. */
async function join(input, format, extension) {
  const bundle = await rolldown({ ...ways, cwd: library, input });
  const { output } = await bundle.generate({
    format,
    entryFileNames: `[name].${extension}`,
    chunkFileNames: `shared/[name]-[hash].${extension}`,
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
  });
  await bundle.close();
  return output;
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
