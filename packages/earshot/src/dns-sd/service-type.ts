import { UsageError } from "../core/errors.ts";
import { lowerAscii } from "../core/lower-ascii.ts";
import { Name } from "../mdns/index.ts";

/** The domain of all that mDNS speaks of. */
export const LOCAL: Name = Name.of("local");

/** What kind of service it is (RFC 6763 §4.1.2): `_ipp._tcp` is the application `ipp` over `tcp`. In lower case. */
export class ServiceType {
  /** Without the underscore. */
  readonly application: string;
  /** `udp` stands for everything that is not TCP. */
  readonly transport: "tcp" | "udp";

  constructor(application: string, transport: "tcp" | "udp") {
    this.application = lowerAscii(application);
    this.transport = transport;
  }

  /** The same for the same type, and for no other. */
  get key(): string {
    return `${this.application}._${this.transport}`;
  }

  /** `_ipp._tcp`; a dot or backslash within the application is escaped. */
  toString(): string {
    return Name.of(`_${this.application}`, `_${this.transport}`).toString();
  }

  /** The name that a PTR question is asked for, such as `_ipp._tcp.local`. */
  name(domain: Name = LOCAL): Name {
    return Name.of(`_${this.application}`, `_${this.transport}`, ...domain.labels);
  }

  /** The name of one of its subtypes, such as `_universal._sub._ipp._tcp.local` (RFC 6763 §7.1). */
  subtypeName(subtype: string, domain: Name = LOCAL): Name {
    return this.name(domain).prepend("_sub").prepend(subtype);
  }
}

/** A type as somebody wrote it, taken apart. */
export interface ParsedServiceType {
  readonly type: ServiceType;
  /** As they stand in names, such as `_universal`; in no particular order, none twice. */
  readonly subtypes: readonly string[];
  readonly domain: Name;
}

/**
 * Reads `_ipp._tcp`, also with a domain (`_ipp._tcp.local.`) and with subtypes before or behind it
 * (`_universal._sub._ipp._tcp`, `_ipp._tcp,_universal`). Lenient, for devices have types that RFC 6335 forbids: any case,
 * any characters, leading dots, `.local` twice.
 * @throws UsageError `INVALID_SERVICE_TYPE`; also for a domain other than `local`, of which mDNS knows nothing.
 */
export function parseServiceType(text: string): ParsedServiceType {
  if (typeof text !== "string") throw new UsageError("INVALID_SERVICE_TYPE", "a service type is a text");
  const [first = "", ...behind] = splitAtCommas(text);
  const labels = labelsOf(first.replace(LEADING_DOTS, ""), text);
  const read = splitType(labels);
  if (!read) throw invalid(text, "it has the form _name._tcp or _name._udp");
  const subtypes = [...read.subtypes, ...behind.map((subtype) => subtypeLabel(subtype, text))];
  const domain = read.domain.map(lowerAscii);
  if (domain.some((label) => label !== "local")) throw invalid(text, "mDNS knows only the domain local");
  return { type: read.type, subtypes: withoutRepetitions(subtypes), domain: LOCAL };
}

/** Whether `parseServiceType` reads it. */
export function isServiceType(text: string): boolean {
  try {
    parseServiceType(text);
    return true;
  } catch {
    return false;
  }
}

/** The type in a name such as `_ipp._tcp.local`, which a stranger may have made up; `undefined` when it is none. */
export function serviceTypeIn(name: Name): { readonly type: ServiceType; readonly domain: Name } | undefined {
  const read = splitType(name.labels);
  if (!read || read.subtypes.length > 0 || read.domain.length === 0) return undefined;
  return { type: read.type, domain: Name.of(...read.domain) };
}

/**
 * The name as text to show, without escapes, the type and the domain of the name of an instance. The type is looked for
 * from the right, for there are programs that break the dots of a name into labels. `undefined` when it is none.
 */
export function splitInstanceName(
  name: Name,
): { readonly instance: string; readonly type: ServiceType; readonly domain: Name } | undefined {
  const { labels } = name;
  for (let at = labels.length - 1; at >= 2; at--) {
    const type = typeOf(labels[at - 1], labels[at]);
    if (!type) continue;
    const instance = labels.slice(0, at - 1).join(".");
    return { instance, type, domain: Name.of(...labels.slice(at + 1)) };
  }
  return undefined;
}

/** RFC 6335 §5.1. @throws UsageError `INVALID_OFFER`. */
export function checkPublishedType({ application, transport }: ServiceType): void {
  const why = whyNoServiceName(application);
  if (why)
    throw new UsageError(
      "INVALID_OFFER",
      `${JSON.stringify(`_${application}._${transport}`)}: a service name ${why}`,
    );
}

function whyNoServiceName(name: string): string | undefined {
  if (name.length < 1 || name.length > 15) return "has 1 to 15 characters after the underscore";
  if (!LETTERS_DIGITS_HYPHENS.test(name)) return "has letters, digits and hyphens only";
  if (!LETTER.test(name)) return "has at least one letter";
  if (name.startsWith("-") || name.endsWith("-")) return "neither begins nor ends with a hyphen";
  return name.includes("--") ? "has no two hyphens side by side" : undefined;
}

const LETTERS_DIGITS_HYPHENS = /^[a-z0-9-]+$/i;
const LETTER = /[a-z]/i;
const LEADING_DOTS = /^\.+/;
function typeOf(application: string | undefined, transport: string | undefined): ServiceType | undefined {
  if (application === undefined || transport === undefined) return undefined;
  const lower = transport.toLowerCase();
  if (application.length < 2 || !application.startsWith("_")) return undefined;
  if (lower !== "_tcp" && lower !== "_udp") return undefined;
  return new ServiceType(application.slice(1), lower === "_tcp" ? "tcp" : "udp");
}

function splitType(
  labels: readonly string[],
): { type: ServiceType; subtypes: readonly string[]; domain: readonly string[] } | undefined {
  const plain = typeOf(labels[0], labels[1]);
  if (plain) return { type: plain, subtypes: [], domain: labels.slice(2) };
  const [subtype, sub] = labels;
  const type = typeOf(labels[2], labels[3]);
  if (!type || subtype === undefined || sub?.toLowerCase() !== "_sub") return undefined;
  return { type, subtypes: [subtype], domain: labels.slice(4) };
}

function labelsOf(text: string, whole: string): readonly string[] {
  try {
    return Name.parse(text).labels;
  } catch {
    throw invalid(whole, "it is no name of labels of 1 to 63 bytes");
  }
}

function subtypeLabel(text: string, whole: string): string {
  const [label, ...rest] = labelsOf(text, whole);
  if (label === undefined || rest.length > 0) throw invalid(whole, "a subtype is one label of 1 to 63 bytes");
  return label;
}

/** A comma behind a backslash belongs to the name. */
function splitAtCommas(text: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === ",") {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

/** Subtypes are names like all others: the case of ASCII letters makes no difference. */
export function withoutRepetitions(labels: readonly string[]): string[] {
  const seen = new Map<string, string>();
  for (const label of labels) if (!seen.has(lowerAscii(label))) seen.set(lowerAscii(label), label);
  return [...seen.values()];
}

function invalid(text: string, why: string): UsageError {
  return new UsageError("INVALID_SERVICE_TYPE", `${JSON.stringify(text)} is no service type: ${why}`);
}
