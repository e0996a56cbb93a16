import { isMulticast, urlHost } from "../core/address.ts";
import { UsageError } from "../core/errors.ts";
import { formatHttpDate } from "../core/http-date.ts";
import { isSendable } from "../core/http-syntax.ts";
import { LEAST_PORT, MOST_ID, MOST_PORT } from "./fields.ts";
import { encodeMessage } from "./message.ts";

/**
 * Which standard's messages to write: UPnP Device Architecture 1.0, 1.1 or 2.0; `ietf` for draft-cai-ssdp-v1-03;
 * `both` for UDA 1.1 that readers of the draft understand as well, by AL beside LOCATION.
 */
export type Dialect = "1.0" | "1.1" | "2.0" | "ietf" | "both";

/** Longest S that is echoed, in characters. */
export const MOST_SEARCH_ID_LENGTH = 256;

/** What an M-SEARCH says. */
export interface SearchFields {
  readonly dialect: Dialect;
  /** HOST, written by `groupHost`. */
  readonly host: string;
  /** ST */
  readonly target: string;
  /** Whole seconds from 1 to 120 (UDA 1.1 and later: at most 5); absent in a search sent to one host. */
  readonly mx?: number | undefined;
  readonly userAgent?: string | undefined;
  /** CPFN.UPNP.ORG, which UDA 2.0 requires; other dialects send it if given. */
  readonly friendlyName?: string | undefined;
  /** CPUUID.UPNP.ORG */
  readonly uuid?: string | undefined;
  /** TCPPORT.UPNP.ORG: answers are to come over TCP to this port. */
  readonly tcpPort?: number | undefined;
  /** S of the draft: answers echo it. Sent in `ietf` and `both`. */
  readonly searchId?: string | undefined;
  /** Further headers, at the end in this order. */
  readonly extraHeaders?: readonly (readonly [name: string, value: string])[] | undefined;
}

/** What announcements and answers say of one device or service. */
export interface AnnouncementFields {
  readonly dialect: Dialect;
  /** HOST, written by `groupHost`. Not sent in answers. */
  readonly host: string;
  /** NT, and ST in answers. */
  readonly target: string;
  readonly usn: string;
  /** LOCATION; in `ietf` AL, in `both` either. */
  readonly location?: string | undefined;
  /** Whole seconds; when absent, receivers of UDA take a default and those of the draft do not cache. */
  readonly maxAgeSeconds?: number | undefined;
  readonly server: string;
  /** BOOTID.UPNP.ORG and CONFIGID.UPNP.ORG, 31 bits, since UDA 1.1. */
  readonly bootId: number;
  readonly configId: number;
  /** SEARCHPORT.UPNP.ORG since UDA 1.1. Not written outside of 49152 to 65535, the only ports that it may name. */
  readonly searchPort?: number | undefined;
  /** SECURELOCATION.UPNP.ORG since UDA 1.1. */
  readonly secureLocation?: string | undefined;
  /** 01-NLS, with its OPT: what UDA 1.0 over IPv6 has for BOOTID; at most 64 characters. */
  readonly nls?: string | undefined;
  readonly extraHeaders?: readonly (readonly [name: string, value: string])[] | undefined;
}

export interface UpdateFields extends AnnouncementFields {
  /** NEXTBOOTID.UPNP.ORG: what BOOTID will be from the next announcement on. */
  readonly nextBootId: number;
}

export interface ResponseFields extends Omit<AnnouncementFields, "host"> {
  readonly date?: Date | undefined;
  /** S of the search that is answered, echoed in `ietf` and `both`. A stranger's: left out when it cannot be sent. */
  readonly searchId?: string | undefined;
}

/**
 * A search. All encoders here are pure, and throw UsageError `INVALID_HEADER` for a value that cannot be sent and
 * `MESSAGE_TOO_LONG` for more than a receiver takes.
 * @throws UsageError also `INVALID_OPTION` when UDA 2.0 is to be spoken without a friendly name.
 */
export function encodeSearch(fields: SearchFields): Uint8Array {
  const { dialect, mx, tcpPort } = fields;
  if (dialect === "2.0" && !fields.friendlyName) {
    throw new UsageError("INVALID_OPTION", "UPnP 2.0 requires a friendlyName in searches");
  }
  return encode("search", dialect, [
    ["HOST", fields.host],
    ["MAN", '"ssdp:discover"'],
    ["MX", mx === undefined ? undefined : decimal("MX", mx, 1, 120)],
    ["ST", fields.target],
    ["S", speaksDraft(dialect) ? fields.searchId : undefined],
    ["USER-AGENT", fields.userAgent],
    [
      "TCPPORT.UPNP.ORG",
      tcpPort === undefined ? undefined : decimal("TCPPORT.UPNP.ORG", tcpPort, LEAST_PORT, MOST_PORT),
    ],
    ["CPFN.UPNP.ORG", fields.friendlyName],
    ["CPUUID.UPNP.ORG", fields.uuid],
    ...(fields.extraHeaders ?? []),
  ]);
}

/** NOTIFY ssdp:alive (UDA section 1.2.2). */
export function encodeAlive(fields: AnnouncementFields): Uint8Array {
  const { dialect } = fields;
  return encode("notify", dialect, [
    ["HOST", fields.host],
    ["CACHE-CONTROL", cacheControl(fields, "notify")],
    ...locations(fields),
    ...nlsHeaders(fields),
    ["NT", fields.target],
    ["NTS", "ssdp:alive"],
    ["SERVER", fields.server],
    ["USN", fields.usn],
    ...ids(fields),
    ...ports(fields),
    ...(fields.extraHeaders ?? []),
  ]);
}

/** NOTIFY ssdp:byebye (UDA section 1.2.3): no LOCATION, no CACHE-CONTROL, no SERVER. */
export function encodeByebye(fields: AnnouncementFields): Uint8Array {
  return encode("notify", fields.dialect, [
    ["HOST", fields.host],
    ...nlsHeaders(fields),
    ["NT", fields.target],
    ["NTS", "ssdp:byebye"],
    ["USN", fields.usn],
    ...ids(fields),
    ...(fields.extraHeaders ?? []),
  ]);
}

/**
 * NOTIFY ssdp:update (UDA section 1.2.4). UDA 1.0 and the draft do not have it: there an ssdp:alive is what tells of
 * a change, and is what is written.
 */
export function encodeUpdate(fields: UpdateFields): Uint8Array {
  if (!hasIds(fields.dialect)) return encodeAlive(fields);
  return encode("notify", fields.dialect, [
    ["HOST", fields.host],
    ...locations(fields),
    ...nlsHeaders(fields),
    ["NT", fields.target],
    ["NTS", "ssdp:update"],
    ["USN", fields.usn],
    ...ids(fields),
    ["NEXTBOOTID.UPNP.ORG", id("NEXTBOOTID.UPNP.ORG", fields.nextBootId)],
    ...ports(fields),
    ...(fields.extraHeaders ?? []),
  ]);
}

/** The answer to a search (UDA section 1.3.3; draft-cai-ssdp-v1-03 section 4.2). */
export function encodeResponse(fields: ResponseFields): Uint8Array {
  const { dialect, date } = fields;
  return encode("response", dialect, [
    ["S", speaksDraft(dialect) ? echo(fields.searchId) : undefined],
    ["CACHE-CONTROL", cacheControl(fields, "response")],
    ["DATE", date && dateText(date)],
    ["EXT", ""],
    ...locations(fields),
    ...nlsHeaders(fields),
    ["SERVER", fields.server],
    ["ST", fields.target],
    ["USN", fields.usn],
    ...ids(fields),
    ...ports(fields),
    ...(fields.extraHeaders ?? []),
  ]);
}

/**
 * HOST for this address and port: no zone ever, IPv6 in brackets, lower case as RFC 5952 has it, but groups in upper
 * case as UDA writes them: `[FF02::C]:1900`.
 */
export function groupHost(address: string, port: number): string {
  const host = urlHost(address);
  return `${isMulticast(address) ? host.toUpperCase() : host}:${port}`;
}

type MaybeHeader = readonly [name: string, value: string | undefined];

/** The draft's own spelling of what UDA writes in capitals. Names compare without case; this is for the eye. */
const draftSpelling: ReadonlyMap<string, string> = new Map([
  ["HOST", "Host"],
  ["MAN", "Man"],
  ["CACHE-CONTROL", "Cache-Control"],
  ["DATE", "Date"],
  ["EXT", "Ext"],
  ["SERVER", "Server"],
  ["USER-AGENT", "User-Agent"],
]);

function encode(
  kind: "notify" | "search" | "response",
  dialect: Dialect,
  headers: readonly MaybeHeader[],
): Uint8Array {
  const present: (readonly [string, string])[] = [];
  for (const [name, value] of headers) {
    if (value === undefined) continue;
    present.push([dialect === "ietf" ? (draftSpelling.get(name) ?? name) : name, value]);
  }
  return encodeMessage(kind, present);
}

function locations({ dialect, location }: Pick<AnnouncementFields, "dialect" | "location">): MaybeHeader[] {
  if (location === undefined) return [];
  const alternatives = `<${location}>`;
  if (dialect === "ietf") return [["AL", alternatives]];
  return dialect === "both"
    ? [
        ["LOCATION", location],
        ["AL", alternatives],
      ]
    : [["LOCATION", location]];
}

/** UDA 1.0 annex on IPv6, section 3. */
function nlsHeaders({ nls }: Pick<AnnouncementFields, "nls">): MaybeHeader[] {
  if (nls === undefined) return [];
  if (nls.length > 64) throw new UsageError("INVALID_HEADER", "01-NLS may have at most 64 characters");
  return [
    ["OPT", '"http://schemas.upnp.org/upnp/1/0/"; ns=01'],
    ["01-NLS", nls],
  ];
}

function ids({
  dialect,
  bootId,
  configId,
}: Pick<AnnouncementFields, "dialect" | "bootId" | "configId">): MaybeHeader[] {
  if (!hasIds(dialect)) return [];
  return [
    ["BOOTID.UPNP.ORG", id("BOOTID.UPNP.ORG", bootId)],
    ["CONFIGID.UPNP.ORG", id("CONFIGID.UPNP.ORG", configId)],
  ];
}

function ports(fields: Pick<AnnouncementFields, "dialect" | "searchPort" | "secureLocation">): MaybeHeader[] {
  if (!hasIds(fields.dialect)) return [];
  const port = fields.searchPort;
  const isAllowed = port !== undefined && port >= LEAST_PORT && port <= MOST_PORT;
  return [
    [
      "SEARCHPORT.UPNP.ORG",
      isAllowed ? decimal("SEARCHPORT.UPNP.ORG", port, LEAST_PORT, MOST_PORT) : undefined,
    ],
    ["SECURELOCATION.UPNP.ORG", fields.secureLocation],
  ];
}

/** Whether the dialect knows BOOTID, CONFIGID, SEARCHPORT and ssdp:update. */
function hasIds(dialect: Dialect): boolean {
  return dialect !== "1.0" && dialect !== "ietf";
}

function speaksDraft(dialect: Dialect): boolean {
  return dialect === "ietf" || dialect === "both";
}

/** The draft puts spaces around the sign, and in answers asks caches to leave Ext alone (section 4.2.1.1). */
function cacheControl(
  { dialect, maxAgeSeconds }: Pick<AnnouncementFields, "dialect" | "maxAgeSeconds">,
  kind: "notify" | "response",
): string | undefined {
  if (maxAgeSeconds === undefined) return undefined;
  const seconds = decimal("CACHE-CONTROL", maxAgeSeconds, 0, MOST_ID);
  if (dialect !== "ietf") return `max-age=${seconds}`;
  return kind === "response" ? `no-cache="Ext", max-age = ${seconds}` : `max-age = ${seconds}`;
}

function dateText(date: Date): string {
  if (Number.isNaN(date.getTime())) throw new UsageError("INVALID_HEADER", "DATE must be a valid date");
  return formatHttpDate(date);
}

function echo(searchId: string | undefined): string | undefined {
  return searchId && searchId.length <= MOST_SEARCH_ID_LENGTH && isSendable(searchId) ? searchId : undefined;
}

function id(name: string, value: number): string {
  return decimal(name, value, 0, MOST_ID);
}

function decimal(name: string, value: number, min: number, max: number): string {
  if (Number.isInteger(value) && value >= min && value <= max) return String(value);
  throw new UsageError(
    "INVALID_HEADER",
    `${name} must be a whole number from ${min} to ${max}, not ${value}`,
  );
}
