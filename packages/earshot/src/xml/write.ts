import { UsageError } from "../core/errors.ts";
import { illegalCodePoint } from "./characters.ts";

/** An element to write: its name with prefix, and either text or elements within. */
export interface XmlOutput {
  readonly name: string;
  readonly attributes?: readonly (readonly [name: string, value: string])[];
  readonly content: string | readonly XmlOutput[];
}

/**
 * A document in UTF-8 with its declaration. Every text is escaped; text and attributes read back as they are.
 * @throws UsageError `INVALID_XML` for a name that is none, or text with a code point that XML has no place for.
 */
export function writeXml(root: XmlOutput): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`<?xml version="1.0"?>\n${written(root, "")}`);
}

/**
 * `text` as it may stand in an element or between quotes. White space that a parser would change is written as a
 * reference.
 * @throws UsageError `INVALID_XML` when it has a code point that XML has no place for.
 */
export function escapeXml(text: string): string {
  const illegal = illegalCodePoint(text);
  if (illegal !== undefined)
    throw new UsageError(
      "INVALID_XML",
      `XML cannot contain the code point U+${illegal.toString(16).toUpperCase()}`,
    );
  return text.replace(/[&<>"'\r]/g, (character) => ESCAPES.get(character) ?? character);
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&apos;"],
  ["\r", "&#13;"],
  ["\n", "&#10;"],
  ["\t", "&#9;"],
]);

function written({ name, attributes = [], content }: XmlOutput, indent: string): string {
  const tag = `${checkName(name)}${attributes.map(attribute).join("")}`;
  if (typeof content === "string") return `${indent}<${tag}>${escapeXml(content)}</${name}>\n`;
  const within = content.map((element) => written(element, `${indent}  `)).join("");
  return `${indent}<${tag}>\n${within}${indent}</${name}>\n`;
}

function attribute([name, value]: readonly [string, string]): string {
  const escaped = escapeXml(value).replace(/[\n\t]/g, (character) => ESCAPES.get(character) ?? character);
  return ` ${checkName(name)}="${escaped}"`;
}

function checkName(name: string): string {
  if (/^[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?$/.test(name)) return name;
  throw new UsageError("INVALID_XML", `${JSON.stringify(name)} is no name of an element or attribute`);
}
