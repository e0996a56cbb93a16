import {
  readBootId,
  readConfigId,
  readLocations,
  readMan,
  readMaxAgeSeconds,
  readMx,
  readNextBootId,
  readSearchPort,
  readTcpPort,
} from "./fields.ts";
import type { Headers, MalformedMessage, MalformedReason, SsdpMessage, ViolationCode } from "./message.ts";
import { type ContentCode, MALFORMED_WORDS, WORDS } from "./review-words.ts";

/** One thing in which a message breaks the standard, UPnP Device Architecture (UDA) 1.1 unless it says otherwise. */
export interface Breach {
  readonly code: ViolationCode | ContentCode | MalformedReason;
  /** The header concerned, where there is one. */
  readonly detail?: string;
  /** What the standard asks for, and where. None of it is the stranger's text. */
  readonly says: string;
}

/**
 * Everything in which a message breaks the standard: its form, the headers that its kind must have, and their values.
 * What came with UDA 1.1 is asked only of who says that he speaks it. Of what is malformed: why.
 * @param isUnicast of a search: it was sent to one host, and needs no MX then.
 */
export function reviewMessage(message: SsdpMessage | MalformedMessage, isUnicast = false): readonly Breach[] {
  if (message.kind === "malformed") return [{ code: message.reason, says: MALFORMED_WORDS[message.reason] }];
  const { headers, violations } = message;
  const form = violations.map(({ code, detail }): Breach => {
    const says = code === "conflicting-header" ? CONFLICT : WORDS[code];
    return detail === undefined ? { code, says } : { code, detail, says };
  });
  return [...form, ...missing(message, isUnicast), ...badValues(headers), ...badUsn(headers)];
}

const CONFLICT = "a header that decides something comes with one value; of two, neither can be believed";

interface Rule {
  readonly section: string;
  readonly names: readonly string[];
  /** Asked for since UDA 1.1. */
  readonly since11: readonly string[];
}

const RULES: { readonly [Kind in "search" | "response" | "alive" | "byebye" | "update"]: Rule } = {
  search: { section: "1.3.2", names: ["HOST", "MAN", "ST"], since11: [] },
  response: {
    section: "1.3.3",
    names: ["CACHE-CONTROL", "EXT", "LOCATION", "SERVER", "ST", "USN"],
    since11: ["BOOTID.UPNP.ORG"],
  },
  alive: {
    section: "1.2.2",
    names: ["HOST", "CACHE-CONTROL", "LOCATION", "NT", "NTS", "SERVER", "USN"],
    since11: ["BOOTID.UPNP.ORG", "CONFIGID.UPNP.ORG"],
  },
  byebye: {
    section: "1.2.3",
    names: ["HOST", "NT", "NTS", "USN"],
    since11: ["BOOTID.UPNP.ORG", "CONFIGID.UPNP.ORG"],
  },
  update: {
    section: "1.2.4",
    names: ["HOST", "LOCATION", "NT", "NTS", "USN", "BOOTID.UPNP.ORG", "NEXTBOOTID.UPNP.ORG"],
    since11: ["CONFIGID.UPNP.ORG"],
  },
};

/** The draft's words for the same: EXPIRES for CACHE-CONTROL, AL for LOCATION. */
const SUBSTITUTES: Readonly<Record<string, string>> = { "CACHE-CONTROL": "EXPIRES", LOCATION: "AL" };

function missing({ kind, headers }: SsdpMessage, isUnicast: boolean): Breach[] {
  const rule = RULES[kind === "notify" ? notice(headers) : kind];
  const names = [
    ...rule.names,
    ...(speaks11(headers) ? rule.since11 : []),
    ...(kind === "search" && !isUnicast ? ["MX"] : []),
  ];
  return names.flatMap((name): Breach[] => {
    if (headers.has(name) || headers.has(SUBSTITUTES[name] ?? name)) return [];
    return [{ code: "missing-header", detail: name, says: `${name} is required (UDA ${rule.section})` }];
  });
}

/** An unknown NTS is told as such; of the rest it is taken for `ssdp:alive`. */
function notice(headers: Headers): "alive" | "byebye" | "update" {
  const nts = headers.get("NTS")?.toLowerCase();
  return nts === "ssdp:byebye" ? "byebye" : nts === "ssdp:update" ? "update" : "alive";
}

function speaks11(headers: Headers): boolean {
  const product = headers.get("SERVER") ?? headers.get("USER-AGENT") ?? "";
  const version = /UPnP\/(\d{1,3})\.(\d{1,3})/i.exec(product);
  return version !== null && (Number(version[1]) > 1 || Number(version[2]) > 0);
}

interface Value {
  readonly name: string;
  readonly isGood: (headers: Headers) => boolean;
  readonly says: string;
}

const NTS_VALUES: ReadonlySet<string> = new Set(["ssdp:alive", "ssdp:byebye", "ssdp:update"]);

const VALUES: readonly Value[] = [
  {
    name: "CACHE-CONTROL",
    isGood: (headers) => readMaxAgeSeconds(headers) !== undefined,
    says: "CACHE-CONTROL is max-age= and whole seconds (UDA 1.2.2)",
  },
  {
    name: "LOCATION",
    isGood: (headers) => readLocations(headers).every((url) => /^https?:\/\/[^/]/i.test(url)),
    says: "LOCATION is an absolute URL (UDA 1.2.2)",
  },
  {
    name: "NTS",
    isGood: (headers) => NTS_VALUES.has(headers.get("NTS") ?? ""),
    says: "NTS is ssdp:alive, ssdp:byebye or ssdp:update (UDA 1.2.2 to 1.2.4)",
  },
  {
    name: "MAN",
    isGood: (headers) => readMan(headers) === "quoted",
    says: 'MAN is "ssdp:discover", in quotes (UDA 1.3.2)',
  },
  {
    name: "MX",
    isGood: (headers) => (readMx(headers) ?? 0) >= 1 && (!speaks11(headers) || (readMx(headers) ?? 0) <= 5),
    says: "MX is whole seconds, 1 to 5 since UDA 1.1 and to 120 before (UDA 1.3.2)",
  },
  number("BOOTID.UPNP.ORG", readBootId, "1.2.2"),
  number("CONFIGID.UPNP.ORG", readConfigId, "1.2.2"),
  number("NEXTBOOTID.UPNP.ORG", readNextBootId, "1.2.4"),
  port("SEARCHPORT.UPNP.ORG", readSearchPort, "1.2.2"),
  port("TCPPORT.UPNP.ORG", readTcpPort, "UDA 2.0 1.3.2"),
];

type Reader = (headers: Headers) => number | undefined;

function number(name: string, read: Reader, section: string): Value {
  const says = `${name} is a decimal number of 31 bits (UDA ${section})`;
  return { name, isGood: (headers) => read(headers) !== undefined, says };
}

function port(name: string, read: Reader, section: string): Value {
  const says = `${name} is a port from 49152 to 65535 (${section.startsWith("UDA") ? section : `UDA ${section}`})`;
  return { name, isGood: (headers) => read(headers) !== undefined, says };
}

function badValues(headers: Headers): Breach[] {
  return VALUES.flatMap(({ name, isGood, says }): Breach[] =>
    headers.has(name) && !isGood(headers) ? [{ code: "bad-header-value", detail: name, says }] : [],
  );
}

/** UDA tables 1-1 to 1-3: `uuid:X::NT`, or `uuid:X` alone where that is NT itself. */
function badUsn(headers: Headers): Breach[] {
  const usn = headers.get("USN");
  const type = headers.get("NT") ?? headers.get("ST");
  if (usn === undefined || type === undefined) return [];
  const isDevice = /^uuid:[^:]/i.test(usn);
  const fits = type.toLowerCase().startsWith("uuid:") ? usn === type : usn.endsWith(`::${type}`);
  if (isDevice && fits) return [];
  const says = "USN is uuid:, a device UUID, :: and what NT or ST says; or the UUID alone (UDA 1.2.2)";
  return [{ code: "inconsistent-usn", detail: "USN", says }];
}
