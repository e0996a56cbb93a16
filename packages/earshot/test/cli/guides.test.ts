import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { describe, expect, test } from "vitest";
import { normalised } from "../../src/cli/arguments.ts";
import { programFor } from "../../src/cli/program.ts";
import { Lan } from "../../src/testing.ts";
import { FakeIo } from "./support.ts";

const GUIDES = ["docs/guide/command-line.md", "docs/guide/from-dns-sd-and-avahi.md", "README.md"];
const root = fileURLToPath(new URL("../../../../", import.meta.url));

/** The commands that a document has between backticks, without shell, placeholders and what is left out. */
function commandsIn(document: string): string[] {
  const text = readFileSync(`${root}${document}`, "utf8");
  const commands = [...text.matchAll(/`(earshot [^`]+)`/g)].map(([, command = ""]) => command);
  return [...new Set(commands)].filter(
    (command) => !/[|&>$…[]|\b[A-Z]{2,}\b(?!\w)/.test(withoutTypes(command)),
  );
}

/** Types of records are words in capitals that are no placeholders. */
function withoutTypes(command: string): string {
  return command.replace(/ (?:TXT|PTR|SRV|AAAA|ANY)\b/g, "");
}

/** What is wrong with a command that is not to be run. */
async function faultOf(text: string): Promise<string | undefined> {
  const io = new FakeIo(new Lan({ seed: 1 }).addHost("user"));
  const [, ...argv] = text.split(" ");
  const program = await programFor(argv, io, { exitCode: 0, isVerbose: false });
  for (const command of [program, ...program.commands.flatMap((each) => [each, ...each.commands])])
    if (!isGroup(command)) command.action(() => {});
  try {
    await program.parseAsync(normalised(argv, new Map()), { from: "user" });
    return undefined;
  } catch (error) {
    return String(error);
  }
}

function isGroup(command: Command): boolean {
  return command.commands.length > 0;
}

describe("the guides", () => {
  test.each(GUIDES.flatMap((guide) => commandsIn(guide).map((command) => [guide, command] as const)))(
    "%s: %s is a command with options that there are",
    async (_, command) => {
      expect(await faultOf(command)).toBeUndefined();
    },
  );

  test("a command that is not there would be found", async () => {
    expect(await faultOf("earshot mdns host nas --nonsense")).toContain("unknown option");
    expect(await faultOf("earshot dns-sd nonsense")).toContain("no command");
  });

  test("say of avahi and dns-sd what the table promises", () => {
    expect(commandsIn("docs/guide/from-dns-sd-and-avahi.md").length).toBeGreaterThan(20);
  });
});
