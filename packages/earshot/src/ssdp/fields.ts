/**
 * What header values mean. None of the readers throws at any text: a header that is absent or says nothing valid is
 * `undefined`, and what then holds is for the caller to decide.
 */
import { UsageError } from "../core/errors.ts";
import { parseHttpDate } from "../core/http-date.ts";
import { isToken } from "../core/http-syntax.ts";
import type { Headers } from "./message.ts";

/** BOOTID, NEXTBOOTID and CONFIGID are numbers of 31 bits (UDA section 1.2.2). */
export const MOST_ID = 0x7fff_ffff;
/** The ports that SEARCHPORT and TCPPORT may name (UDA sections 1.2.2 and 1.3.2). */
export const LEAST_PORT = 49_152;
export const MOST_PORT = 65_535;

/**
 * A number written with decimal digits and nothing else: no sign, space, point, exponent or other base. Leading zeros
 * do not count; after them there may be ten digits.
 */
export function readDecimal(
  text: string,
  { min, max }: { readonly min: number; readonly max: number },
): number | undefined {
  const value = decimalValue(text);
  return value !== undefined && value < TEN_DIGITS && value >= min && value <= max ? value : undefined;
}

/**
 * For how many seconds an announcement holds: max-age of CACHE-CONTROL, however spelt and among whatever other
 * directives, else EXPIRES less DATE, at least 0. More than 31 bits are taken for the most that these can say.
 */
export function readMaxAgeSeconds(headers: Headers): number | undefined {
  const control = headers.get("CACHE-CONTROL");
  return (control === undefined ? undefined : maxAgeIn(control)) ?? secondsToExpiry(headers);
}

/** MX: whole seconds from 1. More than 120, the most of UDA 1.0, is 120. */
export function readMx(headers: Headers): number | undefined {
  const value = decimalValue(headers.get("MX") ?? "");
  return value === undefined || value < 1 ? undefined : Math.min(value, 120);
}

export function readBootId(headers: Headers): number | undefined {
  return readNumber(headers, "BOOTID.UPNP.ORG", 0, MOST_ID);
}

export function readNextBootId(headers: Headers): number | undefined {
  return readNumber(headers, "NEXTBOOTID.UPNP.ORG", 0, MOST_ID);
}

export function readConfigId(headers: Headers): number | undefined {
  return readNumber(headers, "CONFIGID.UPNP.ORG", 0, MOST_ID);
}

export function readSearchPort(headers: Headers): number | undefined {
  return readNumber(headers, "SEARCHPORT.UPNP.ORG", LEAST_PORT, MOST_PORT);
}

export function readTcpPort(headers: Headers): number | undefined {
  return readNumber(headers, "TCPPORT.UPNP.ORG", LEAST_PORT, MOST_PORT);
}

/**
 * MAN: `quoted` when it is exactly `"ssdp:discover"`, as UDA section 1.3.2 demands; `lenient` when it can be meant:
 * without quotes, in other letters, or with parameters as `; ns=01`; `undefined` when it asks for something else.
 */
export function readMan(headers: Headers): "quoted" | "lenient" | undefined {
  const man = headers.get("MAN");
  if (man === undefined) return undefined;
  if (man === '"ssdp:discover"') return "quoted";
  const semicolon = man.indexOf(";");
  const extension = (semicolon < 0 ? man : man.slice(0, semicolon)).trim().toLowerCase();
  return extension === '"ssdp:discover"' || extension === "ssdp:discover" ? "lenient" : undefined;
}

/**
 * Where the description is said to be: LOCATION first, then those of AL (draft-cai-ssdp-v1-03 section 4.2.1.1:
 * `<uri><uri>`, or one bare URL as some send it), each once. Nothing is checked: they are a stranger's words.
 */
export function readLocations(headers: Headers): readonly string[] {
  const location = headers.get("LOCATION");
  const alternatives = headers.get("AL");
  if (!alternatives) return location ? [location] : [];
  return [...new Set([...(location ? [location] : []), ...alternativesIn(alternatives)])];
}

/** Names without a domain that programs in the field insist on: voice assistants, DIAL, older control points. */
const ESTABLISHED_NAMES: ReadonlySet<string> = new Set(["HUE-BRIDGEID", "WAKEUP", "X-USER-AGENT"]);

/**
 * Whether this is the form of a vendor's header name, `token.domain` (UDA section 1.1.3), and no domain of UPnP's own;
 * or one of the few without a domain that the field insists on.
 */
export function isVendorHeaderName(name: string): boolean {
  if (ESTABLISHED_NAMES.has(name.toUpperCase())) return true;
  const dot = name.indexOf(".");
  if (dot <= 0 || !isToken(name)) return false;
  const domain = name.slice(dot + 1);
  return isDomain(domain) && domain.toLowerCase() !== "upnp.org";
}

/**
 * Checks the headers that a user adds to messages.
 * @throws UsageError `INVALID_HEADER` for a name that is not `token.domain`, belongs to the standard, or comes twice,
 * and for a value that is not printable ASCII.
 */
export function validateVendorHeaders(pairs: readonly (readonly [name: string, value: string])[]): void {
  const seen = new Set<string>();
  for (const [name, value] of pairs) {
    if (!isVendorHeaderName(name)) {
      throw invalid(`${JSON.stringify(name)} is not a vendor's header name, such as NAME.EXAMPLE.COM`);
    }
    if (seen.has(name.toUpperCase())) throw invalid(`the header ${name} is given twice`);
    if (!isPrintableAscii(value)) throw invalid(`the value of ${name} must be printable ASCII`);
    seen.add(name.toUpperCase());
  }
}

const TEN_DIGITS = 1e10;

function readNumber(headers: Headers, name: string, min: number, max: number): number | undefined {
  const text = headers.get(name);
  return text === undefined ? undefined : readDecimal(text, { min, max });
}

/** The value of digits, exact below 1e10 and at least that above. */
function decimalValue(text: string): number | undefined {
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    value = Math.min(value * 10 + digit, TEN_DIGITS);
  }
  return text === "" ? undefined : value;
}

function maxAgeIn(control: string): number | undefined {
  for (const directive of splitDirectives(control)) {
    const equals = directive.indexOf("=");
    if (equals < 0 || directive.slice(0, equals).trim().toLowerCase() !== "max-age") continue;
    const seconds = decimalValue(unquoted(directive.slice(equals + 1).trim()));
    if (seconds !== undefined) return Math.min(seconds, MOST_ID);
  }
  return undefined;
}

/** What stands between commas that are not in quotes. */
function splitDirectives(text: string): string[] {
  const directives: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') isQuoted = !isQuoted;
    else if (character === "\\" && isQuoted) at++;
    else if (character === "," && !isQuoted) {
      directives.push(text.slice(start, at));
      start = at + 1;
    }
  }
  directives.push(text.slice(start));
  return directives;
}

function unquoted(text: string): string {
  return text.length >= 2 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1).trim() : text;
}

function secondsToExpiry(headers: Headers): number | undefined {
  const expires = parseHttpDate(headers.get("EXPIRES") ?? "");
  const date = parseHttpDate(headers.get("DATE") ?? "");
  if (expires === undefined || date === undefined) return undefined;
  return Math.min(Math.max(0, Math.round((expires - date) / 1000)), MOST_ID);
}

function alternativesIn(text: string): string[] {
  const uris: string[] = [];
  let open = text.indexOf("<");
  if (open < 0) return [text];
  while (open >= 0) {
    const close = text.indexOf(">", open);
    if (close < 0) break;
    const uri = text.slice(open + 1, close).trim();
    if (uri) uris.push(uri);
    open = text.indexOf("<", close);
  }
  return uris;
}

/** Labels of letters, digits and inner hyphens between single dots. */
function isDomain(text: string): boolean {
  return (
    text.length <= 253 && text.split(".").every((label) => DOMAIN_LABEL.test(label) && !label.endsWith("-"))
  );
}

const DOMAIN_LABEL = /^[a-z\d][a-z\d-]{0,62}$/i;

function isPrintableAscii(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code < 0x20 || code > 0x7e) return false;
  }
  return true;
}

function invalid(message: string): UsageError {
  return new UsageError("INVALID_HEADER", message);
}
