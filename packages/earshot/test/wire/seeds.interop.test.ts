import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { describeWithPeers } from "./lab/require.ts";

const quiet = fileURLToPath(new URL("../../../../scripts/on-a-quiet-link.sh", import.meta.url));
const child = fileURLToPath(new URL("lab/children/convenience.js", import.meta.url));

describeWithPeers("F26 the functions that need no object", [], () => {
  test("F35 use every interface, share one presence, and let the program end when nothing is open", async () => {
    const { stdout } = await promisify(execFile)(quiet, [process.execPath, child], { timeout: 60_000 });
    const { found, ports, answers } = JSON.parse(stdout);
    expect(found).toEqual(["urn:example-org:device:Convenient:1"]);
    expect(new Set(ports)).toEqual(new Set([8048]));
    expect(answers).toBeGreaterThan(0);
  });
});
