import { UsageError } from "../core/errors.ts";
import { lowerAscii } from "../core/lower-ascii.ts";
import { Name } from "../mdns/index.ts";
import { LOCAL } from "./service-type.ts";

/** Most bytes of a label. */
const MOST_BYTES = 63;

/** RFC 6763 §4.1.1: any text of 1 to 63 bytes of UTF-8 without control characters. @throws UsageError `INVALID_OFFER`. */
export function checkInstanceName(name: string): void {
  if (typeof name !== "string") throw new UsageError("INVALID_OFFER", "the name of a service is a text");
  if (CONTROLS.test(name)) throw invalid(name, "has a control character in it");
  if (LONE_SURROGATE.test(name)) throw invalid(name, "is no Unicode text");
  const length = byteLength(name);
  if (length === 0) throw invalid(name, "is empty");
  if (length > MOST_BYTES) throw invalid(name, `has ${length} bytes of UTF-8; 63 is the most`);
}

/** The first 63 bytes of a text, whole characters only (RFC 6763 §4.1.1). */
export function cutToLabel(text: string, most: number = MOST_BYTES): string {
  let length = 0;
  let cut = "";
  for (const character of text) {
    length += byteLength(character);
    if (length > most) break;
    cut += character;
  }
  return cut;
}

/** The name to try when somebody else has this one: `Name`, `Name (2)`, `Name (3)` (RFC 6763 appendix D). */
export function nextName(name: string): string {
  const [, stem = name, number] = NUMBERED_NAME.exec(name) ?? [];
  return numbered(stem, ` (${next(number)})`);
}

/** The host label to try when somebody else has this one: `host`, `host-2`, `host-3` (RFC 6763 appendix D). */
export function nextHost(label: string): string {
  const [, stem = label, number] = NUMBERED_HOST.exec(label) ?? [];
  return numbered(stem, `-${next(number)}`);
}

/**
 * The name of a host as it is published: `printer`, `printer.local` or `Printer.local.local.` are `printer.local`. Each
 * label is letters, digits and hyphens, or letters of other scripts.
 * @throws UsageError `INVALID_OFFER`.
 */
export function hostName(text: string): Name {
  const labels = hostLabels(text);
  while (labels.at(-1) === "local") labels.pop();
  if (labels.length === 0) throw invalidHost(text, "it has no label before .local");
  for (const label of labels) {
    if (!HOST_LABEL.test(label)) throw invalidHost(text, "a label has letters, digits and hyphens");
    if (label.startsWith("-") || label.endsWith("-"))
      throw invalidHost(text, "no label begins or ends with a hyphen");
  }
  return namedHost(text, labels);
}

/** What would be the default and tells nothing about the machine: no address, no serial number (RFC 6763 §4.1.1). */
export const DEFAULT_NAME = "earshot";

const encoder = new TextEncoder();

/** A byte that is no UTF-8, which a label keeps as a lone surrogate, is one byte. */
function byteLength(text: string): number {
  return encoder.encode(text).length;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that a name must not have
const CONTROLS = /[\x00-\x1f\x7f]/;
const LONE_SURROGATE = /\p{Cs}/u;
const NUMBERED_NAME = /^(.+) \(([1-9][0-9]{0,8})\)$/su;
const NUMBERED_HOST = /^(.+)-([1-9][0-9]{0,8})$/su;
const HOST_LABEL = /^[\p{L}\p{M}\p{N}-]+$/u;

/** `1` is not counted on: what is called so was called so by somebody. */
function next(number: string | undefined): number {
  return number === undefined ? 2 : Math.max(2, Number(number) + 1);
}

function numbered(stem: string, suffix: string): string {
  return cutToLabel(stem, MOST_BYTES - suffix.length).trimEnd() + suffix;
}

function hostLabels(text: string): string[] {
  try {
    return Name.parse(text).labels.map(lowerAscii);
  } catch (cause) {
    throw new UsageError("INVALID_OFFER", `${JSON.stringify(text)} is no host name`, { cause });
  }
}

function namedHost(text: string, labels: readonly string[]): Name {
  try {
    return Name.of(...labels, ...LOCAL.labels);
  } catch (cause) {
    throw new UsageError("INVALID_OFFER", `${JSON.stringify(text)} is no host name`, { cause });
  }
}

function invalid(name: string, why: string): UsageError {
  return new UsageError("INVALID_OFFER", `the name ${JSON.stringify(name)} ${why}`);
}

function invalidHost(text: string, why: string): UsageError {
  return new UsageError("INVALID_OFFER", `the host name ${JSON.stringify(text)} cannot be published: ${why}`);
}
