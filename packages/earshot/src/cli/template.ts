import { printable, UsageError } from "../index.ts";

/** A template made ready: fills its placeholders by name, neutralised, and ends in a line end. */
export type Template = (value: (name: string) => string) => string;

/**
 * Reads a template: `{name}` placeholders, `{{` and `}}` for braces, `\n`, `\t` and `\\`. Control
 * characters cannot come from values.
 * @param names the placeholders there are, besides `header.NAME`, and `txt.KEY` where `txt` is one.
 * @throws UsageError `INVALID_OPTION` for a placeholder that there is not.
 */
export function template(text: string, names: readonly string[]): Template {
  const parts = [...text.matchAll(PART)].map(([part]) => read(part, names));
  return (value) => {
    const line = parts
      .map((part) => (typeof part === "string" ? part : printable(value(part.name))))
      .join("");
    return line.endsWith("\n") ? line : `${line}\n`;
  };
}

const PART = /\{\{|\}\}|\{[^{}]*\}|\\[nt\\]|[^{}\\]+|[{}\\]/g;
const ESCAPES: Readonly<Record<string, string>> = {
  "{{": "{",
  "}}": "}",
  "\\n": "\n",
  "\\t": "\t",
  "\\\\": "\\",
};

function read(part: string, names: readonly string[]): string | { readonly name: string } {
  const meant = ESCAPES[part];
  if (meant !== undefined) return meant;
  if (part === "{" || part === "}")
    throw invalid(`a single ${part} is no placeholder; write ${part}${part} for a brace`);
  if (!part.startsWith("{")) return part;
  const name = part.slice(1, -1);
  if (names.includes(name) || /^header\.[\w.-]+$/.test(name)) return { name };
  if (names.includes("txt") && /^txt\.[^=]+$/.test(name)) return { name };
  const known = [...names, "header.NAME", ...(names.includes("txt") ? ["txt.KEY"] : [])]
    .map((each) => `{${each}}`)
    .join(" ");
  throw invalid(`${part} is no placeholder; there are ${known}`);
}

function invalid(why: string): UsageError {
  return new UsageError("INVALID_OPTION", `--format: ${why}`);
}
