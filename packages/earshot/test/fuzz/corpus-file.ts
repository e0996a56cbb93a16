import { existsSync, readFileSync, writeFileSync } from "node:fs";

/** The inputs kept for a target, a line of Base64 each. */
export function readCorpus(file: string): Uint8Array[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => Uint8Array.from(Buffer.from(line, "base64")));
}

export function writeCorpus(file: string, inputs: readonly Uint8Array[]): void {
  const lines = inputs.map((bytes) => Buffer.from(bytes).toString("base64"));
  writeFileSync(
    file,
    `${[...new Set(lines)].sort((a, b) => a.length - b.length || (a < b ? -1 : 1)).join("\n")}\n`,
  );
}
