import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const read = (path: string): string => readFileSync(`${root}${path}`, "utf8");

interface Manifest {
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly engines: { readonly node: string };
  readonly files: readonly string[];
  readonly os?: unknown;
  readonly cpu?: unknown;
  readonly gypfile?: boolean;
}

interface LockFile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly hasInstallScript?: boolean;
}

const manifest: Manifest = JSON.parse(read("packages/earshot/package.json"));
const lock: LockFile = JSON.parse(read("package-lock.json"));

/** What is installed with the library: names of all packages that it leans on, at whatever remove. */
function installed(): Set<string> {
  const names = new Set(Object.keys(manifest.dependencies ?? {}));
  for (const name of names) for (const next of Object.keys(locked(name).dependencies ?? {})) names.add(next);
  return names;
}

function locked(name: string): LockedPackage {
  const found =
    lock.packages[`packages/earshot/node_modules/${name}`] ?? lock.packages[`node_modules/${name}`];
  return found ?? expect.unreachable(`${name} is not in the lock file`);
}

describe("the package", () => {
  test("G-70 F15 leans on two others at most, at whatever remove, and each that it names has its reason on record", () => {
    expect(installed().size).toBeLessThanOrEqual(2);
    expect([manifest.peerDependencies, manifest.optionalDependencies]).toEqual([undefined, undefined]);
    const records = readdirSync(`${root}docs/decisions`).map((file) => read(`docs/decisions/${file}`));
    for (const name of Object.keys(manifest.dependencies ?? {}))
      expect([name, records.some((text) => text.includes(name))]).toEqual([name, true]);
  });

  test("G-70 names each of them by an exact version", () => {
    for (const [name, version] of Object.entries(manifest.dependencies ?? {}))
      expect([name, version]).toEqual([name, expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
  });

  test("G-71 T-13 runs nothing when it is installed, compiles nothing, and packs what it lists", () => {
    for (const script of ["preinstall", "install", "postinstall", "prepare"])
      expect(manifest.scripts?.[script]).toBeUndefined();
    for (const name of installed())
      expect([name, locked(name).hasInstallScript ?? false]).toEqual([name, false]);
    expect(existsSync(`${root}packages/earshot/binding.gyp`)).toBe(false);
    expect([manifest.os, manifest.cpu, manifest.gypfile]).toEqual([undefined, undefined, undefined]);
    expect(manifest.files.length).toBeGreaterThan(0);
    for (const pattern of manifest.files)
      expect(pattern, "neither sources nor tests").toMatch(/^!?(?:bin|dist|lib|README\.md|LICENSE)(?:\/|$)/);
  });

  test("G-74 is tested by CI on the versions of Node that it promises", () => {
    expect(manifest.engines.node).toBe("^20.19.0 || >=22.12.0");
    const [, versions = ""] = /^for version in ([\d ]+); do$/m.exec(read(".ci/run")) ?? [];
    expect(["20", ...versions.split(" ")]).toEqual(["20", "22", "24", "26"]);
    expect(read(".node-version")).toMatch(/^20\./);
  });
});

describe("SECURITY.md", () => {
  const text = read("SECURITY.md").replace(/\s+/g, " ");

  test("G-75 says how to report in private, by when there is an answer, and what counts", () => {
    expect(text).toMatch(/private security advisory/);
    expect(text).toMatch(/an answer within a week/);
    expect(text).toMatch(/\*\*In scope:\*\*/);
    expect(text).toMatch(/\*\*Out of scope:\*\*/);
    expect(text).toMatch(/credit you/);
  });

  test("G-76 says who is believed to be hostile, what holds against them, and what cannot", () => {
    expect(text).toMatch(/whatever anybody on the link sends/);
    expect(text).toMatch(/They have no authentication/);
    expect(text).toMatch(/What these limits cannot do/);
  });
});
