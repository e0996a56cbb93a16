import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { compile, isInstalled } from "../lab/compile.js";

const interopSources = new URL("../../packages/earshot/test/wire/lab/src/", import.meta.url);
const ownSources = new URL("./", import.meta.url);
const loadSources = new URL("../load/", import.meta.url);

/** A program of ours against a peer's library: `{ command }`, or `{ missing }`, why it cannot be had. */
export function libupnp(program, ...words) {
  return compiled(new URL(`${program}.c`, interopSources), "libupnp", words);
}

/** As `libupnp`, against GSSDP. */
export function gssdp(program, ...words) {
  return compiled(new URL(`${program}.c`, ownSources), "gssdp-1.6", words);
}

/** A program that makes load. */
export function load(program, ...words) {
  return compiled(new URL(`${program}.c`, loadSources), undefined, words);
}

/** An installed program. */
export function installed(program, ...words) {
  return isInstalled(program) ? { command: [program, ...words] } : { missing: `${program} is not installed` };
}

/** A program of ours on python-zeroconf, by the first Python that has it: Debian's own may not be the first one found. */
export function zeroconf(program, ...words) {
  const python = ["python3", "/usr/bin/python3"].find(hasZeroconf);
  if (!python) return { missing: "python-zeroconf is not installed" };
  return {
    command: [python, "-u", fileURLToPath(new URL(`${program}.py`, ownSources)), ...words.map(String)],
  };
}

function hasZeroconf(python) {
  return spawnSync(python, ["-c", "import zeroconf"], { stdio: "ignore" }).status === 0;
}

function compiled(source, library, words) {
  try {
    return { command: [compile(source, library), ...words.map(String)] };
  } catch (error) {
    const [said = ""] = String(error.stderr || error.message).split("\n");
    return { missing: library ? `no ${library} to compile with` : `no C compiler: ${said}` };
  }
}
