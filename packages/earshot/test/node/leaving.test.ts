/** Programs that have nothing left to do end by themselves: processes of their own, on loopback. */
import { execFile } from "node:child_process";
import { networkInterfaces } from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";

const program = fileURLToPath(new URL("children/leaving.js", import.meta.url));
const loopback =
  Object.entries(networkInterfaces()).find(([, addresses]) =>
    addresses?.some(({ internal }) => internal),
  )?.[0] ?? "lo";

/** What the program says; rejects when it fails or has to be killed. */
async function outputOf(what: string): Promise<string> {
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, [program, what, loopback], { timeout: 15_000 });
  return stdout;
}

describe("a program ends by itself", () => {
  test.each([
    ["browse nowhere", "NO_USABLE_INTERFACE"],
    ["search nowhere", "NO_USABLE_INTERFACE"],
    ["find nowhere", "NO_USABLE_INTERFACE"],
    ["advertise nowhere", "NO_USABLE_INTERFACE"],
    ["publish nowhere", "NO_USABLE_INTERFACE"],
    ["query nowhere", "NO_USABLE_INTERFACE"],
    ["listen nowhere", "done"],
  ])("after its start failed: %s", async (what, said) => {
    expect(await outputOf(what)).toBe(`${said}\n`);
  });

  test.each([
    "leave a loop",
    "leave a search",
    "close before ready",
    "update twice",
    "leave a loop over instances",
    "leave a query",
    "close while probing",
  ])("F-30 once what it opened is over: %s", async (what) => {
    expect(await outputOf(what)).toBe("done\n");
  });
});
