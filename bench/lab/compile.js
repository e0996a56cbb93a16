import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const cache = fileURLToPath(new URL("../../node_modules/.cache/earshot-bench/", import.meta.url));

/**
 * The path of a C program, compiled when it is not in the cache yet.
 *
 * @param {URL} source
 * @param {string} [library] by its name for pkg-config
 * @throws when there is no compiler or no such library
 */
export function compile(source, library) {
  const path = fileURLToPath(source);
  const flags = library ? run("pkg-config", "--cflags", "--libs", library).trim().split(/\s+/) : [];
  const headers = readdirSync(dirname(path)).filter((name) => name.endsWith(".h"));
  const digest = createHash("sha256").update(flags.join(" "));
  for (const name of [basename(path), ...headers]) digest.update(readFileSync(join(dirname(path), name)));
  const program = join(cache, `${basename(path, ".c")}-${digest.digest("hex").slice(0, 12)}`);
  if (existsSync(program)) return program;
  mkdirSync(cache, { recursive: true });
  const fresh = `${program}.${process.pid}`;
  run("cc", "-O2", "-Wall", "-Wextra", "-D_GNU_SOURCE", "-o", fresh, path, ...flags);
  renameSync(fresh, program);
  return program;
}

/** Whether there is such a program to run. */
export function isInstalled(program) {
  try {
    return run("sh", "-c", `command -v ${program}`) !== "";
  } catch {
    return false;
  }
}

function run(program, ...words) {
  return execFileSync(program, words, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}
