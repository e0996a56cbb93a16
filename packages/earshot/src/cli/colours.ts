import { styleText } from "node:util";
import type { Io } from "./io.ts";

/** What a piece of text is, and so how it looks. */
export type Role = "title" | "name" | "type" | "faint" | "good" | "changed" | "bad";

export type Paint = (role: Role, text: string) => string;

/**
 * Colours for a terminal: not when it is none, nor with `--no-color`, NO_COLOR or TERM=dumb; FORCE_COLOR
 * turns them on wherever the output goes, and off with 0.
 * @param isAllowed false after `--no-color`.
 */
export function colours(io: Io, isAllowed: boolean): Paint {
  if (!isAllowed || !wantsColour(io)) return (_, text) => text;
  return (role, text) => styleText(STYLES[role], text, { validateStream: false });
}

const STYLES = {
  title: ["bold", "underline"],
  name: ["bold"],
  type: ["cyan"],
  faint: ["dim"],
  good: ["green"],
  changed: ["yellow"],
  bad: ["red"],
} satisfies Record<Role, Parameters<typeof styleText>[0]>;

function wantsColour({ env, isTTY }: Io): boolean {
  const force = env["FORCE_COLOR"];
  if (force !== undefined) return force !== "0" && force !== "false";
  return isTTY && !env["NO_COLOR"] && env["TERM"] !== "dumb";
}
