/**
 * README.md and LICENSE live at the root of the project, and npm packs only what lies in the package: `copy` brings
 * them there before packing, `remove` clears them away after it.
 */
import { copyFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const action = process.argv[2];
if (action !== "copy" && action !== "remove") throw new Error("usage: package-documents.js copy|remove");

for (const name of ["README.md", "LICENSE"]) {
  const there = fileURLToPath(new URL(`../packages/earshot/${name}`, import.meta.url));
  if (action === "copy") copyFileSync(new URL(`../${name}`, import.meta.url), there);
  else rmSync(there, { force: true });
}
