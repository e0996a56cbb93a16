/**
 * Search targets (ST), notification types (NT) and unique service names (USN), UDA 1.1 sections 1.2.2 and 1.3.2.
 * What devices send is opaque text; what a caller asks for is checked.
 */
import { UsageError } from "../core/errors.ts";

/** A versioned type: `urn:domain:device:Name:version` and `urn:domain:service:Name:version`. */
export interface VersionedType {
  /** All before the version, with its colon, such as `urn:schemas-upnp-org:device:Basic:`. */
  readonly stem: string;
  readonly version: number;
}

/** Longest ST, NT or USN that is believed, in characters. */
export const MOST_NAME_LENGTH = 1024;

/** A USN taken apart: `uuid:X::urn:…`, or `uuid:X` alone. */
export interface Usn {
  /** Without surrounding space. */
  readonly written: string;
  /** Evened out: the same for the same advertisement, however it is written. */
  readonly id: string;
  /** The device part, as written and evened out. */
  readonly writtenUdn: string;
  readonly udn: string;
  readonly type: string | undefined;
}

/** Takes a USN apart. Never throws. */
export function splitUsn(usn: string): Usn {
  const written = usn.trim();
  const at = written.indexOf("::");
  const writtenUdn = at < 0 ? written : written.slice(0, at);
  const udn = normaliseUdn(writtenUdn);
  const type = at < 0 ? undefined : written.slice(at + 2) || undefined;
  return { written, id: type === undefined ? udn : `${udn}::${type}`, writtenUdn, udn, type };
}

/** Whether a goodbye under this USN is of a whole device: of the root device, the UDN or a device type (UDA 1.1 §1.2.3). */
export function isWholeDevice({ type }: Usn): boolean {
  const lower = type?.toLowerCase();
  return lower === undefined || lower === "upnp:rootdevice" || lower.includes(":device:");
}

/** Lower case, without surrounding space, `uuid:uuid:` made one: devices vary all of that from message to message. */
export function normaliseUdn(udn: string): string {
  let rest = udn.trim().toLowerCase();
  while (rest.startsWith("uuid:uuid:")) rest = rest.slice(5);
  return rest;
}

/** The versioned type that `type` is, or `undefined`. */
export function versionedType(type: string): VersionedType | undefined {
  const at = type.lastIndexOf(":");
  if (!/^urn:/i.test(type) || at < 4) return undefined;
  const digits = type.slice(at + 1);
  if (!/^\d{1,5}$/.test(digits)) return undefined;
  return { stem: type.slice(0, at + 1), version: Number(digits) };
}

/**
 * Whether an advertised `type` serves someone who asks for `wanted`: the same, or the same stem in an equal or
 * higher version (UDA 1.1 §1.3.3), letter case aside.
 */
export function typeServes(type: string, wanted: string): boolean {
  if (type.toLowerCase() === wanted.toLowerCase()) return true;
  const offered = versionedType(type);
  const asked = versionedType(wanted);
  if (!offered || !asked) return false;
  return offered.stem.toLowerCase() === asked.stem.toLowerCase() && offered.version >= asked.version;
}

/**
 * The search target as it is sent. Lenient mode accepts any visible ASCII; strict mode only what UDA 1.1 §1.3.2
 * lists: `ssdp:all`, `upnp:rootdevice`, `uuid:…`, and `urn:domain:device|service:type:version`.
 * @throws UsageError `INVALID_SEARCH_TARGET`.
 */
export function checkSearchTarget(target: string, strict = false): string {
  const trimmed = target.trim();
  const legal = strict ? isStandardTarget(trimmed) : /^[\x21-\x7e]+$/.test(trimmed);
  if (legal && trimmed.length <= MOST_NAME_LENGTH) return trimmed;
  throw new UsageError(
    "INVALID_SEARCH_TARGET",
    `${JSON.stringify(target.slice(0, 80))} is not a search target; use ssdp:all, upnp:rootdevice, uuid:<device>, ` +
      "urn:<domain>:device:<type>:<version> or urn:<domain>:service:<type>:<version>",
  );
}

/** Whether `text` is in SSDP's own words: the types that `browse` and `advertise` hand to this protocol. */
export function isSsdpType(text: string): boolean {
  return /^(?:urn|uuid|upnp|ssdp|roku|hnap|pnp):./i.test(text);
}

function isStandardTarget(target: string): boolean {
  if (target === "ssdp:all" || target === "upnp:rootdevice") return true;
  if (/^uuid:[\x21-\x7e]+$/.test(target)) return true;
  return /^urn:[A-Za-z0-9.-]+:(?:device|service):[A-Za-z0-9._-]+:\d+$/.test(target);
}
