import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { succeed } from "./running.ts";

const sources = fileURLToPath(new URL("src/", import.meta.url));
const cache = fileURLToPath(new URL("../../../../../node_modules/.cache/earshot-peers/", import.meta.url));

/** The path of a program of ours, `src/<name>.c`, compiled against a library when it is not in the cache yet. */
export async function compile(name: string, library: string): Promise<string> {
  const source = join(sources, `${name}.c`);
  const flags = (await succeed("pkg-config", ["--cflags", "--libs", library])).split(/\s+/).filter(Boolean);
  const digest = createHash("sha256")
    .update(await readFile(source))
    .update(flags.join(" "))
    .digest("hex");
  const path = join(cache, `${name}-${digest.slice(0, 12)}`);
  if (existsSync(path)) return path;
  await mkdir(cache, { recursive: true });
  const fresh = `${path}.${process.pid}`;
  await succeed("cc", ["-O1", "-Wall", "-Wextra", "-D_GNU_SOURCE", "-o", fresh, source, ...flags]);
  await rename(fresh, path);
  return path;
}
