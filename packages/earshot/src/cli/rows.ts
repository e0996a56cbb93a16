/** What tables and lines show of services: one row for each device or DNS-SD service, or one for each advertisement. */
import { printable, type Service } from "../index.ts";

/** A device or an advertisement, as a row. */
export interface Row {
  /** The advertisement that tells most. */
  readonly lead: Service;
  /** How many more of the same device there are. */
  readonly more: number;
  /** Names of the interfaces it was heard on. */
  readonly interfaces: readonly string[];
  /** When it was last heard. */
  readonly heardAt: Date | undefined;
}

/**
 * A row for each device, and for each service that DNS-SD names, in the order in which they were first seen; with `all`,
 * for each advertisement.
 */
export function rowsOf(services: Iterable<Service>, all: boolean): Row[] {
  if (all) return [...services].map((service) => rowOf([service]));
  const devices = new Map<string, Service[]>();
  for (const service of services) {
    const entries = devices.get(deviceOf(service));
    if (entries) entries.push(service);
    else devices.set(deviceOf(service), [service]);
  }
  return [...devices.values()].map(rowOf);
}

/** The row of a device with these advertisements, of which there must be one. */
export function rowOf(entries: readonly Service[]): Row {
  const lead = entries.reduce((best, entry) => (telling(entry.type) > telling(best.type) ? entry : best));
  const sightings = entries.flatMap((entry) => entry.sightings);
  const heard = sightings.map(({ heardAt }) => heardAt);
  return {
    lead,
    more: entries.length - 1,
    interfaces: [...new Set(sightings.map(({ link }) => interfaceOf(link)))],
    heardAt: heard.reduce<Date | undefined>((last, at) => (last && last > at ? last : at), undefined),
  };
}

/** What a row is for: all that SSDP says of one device; a DNS-SD service by itself. */
export function deviceOf(service: Service): string {
  return service.protocol === "ssdp" ? service.udn : service.id;
}

/** Where it is in the protocol's own words: the LOCATION, or the host and port of DNS-SD; empty where none is known. */
export function placeOf(service: Service): string {
  if (service.protocol === "ssdp") return service.location ?? "";
  return service.port === undefined ? service.host : `${service.host}:${service.port}`;
}

/** `MediaServer:1` of `urn:schemas-upnp-org:device:MediaServer:1`; any other type as it is. */
export function shortType(type: string): string {
  return /^urn:[^:]+:(?:device|service):([^:]+:[^:]+)$/i.exec(type)?.[1] ?? type;
}

/** The interface of a link such as `eth0/4`. */
export function interfaceOf(link: string): string {
  const slash = link.lastIndexOf("/");
  return slash < 0 ? link : link.slice(0, slash);
}

/** How long ago, in the largest unit that is not below one: `7s`, `12m`, `3h`, `2d`. */
export function ageOf(heardAt: Date | undefined, now: Date): string {
  if (!heardAt) return "";
  const seconds = Math.max(0, Math.floor((now.getTime() - heardAt.getTime()) / 1000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}

/** Untrusted text for a cell or a line. */
export function cell(text: string | number | undefined): string {
  return text === undefined ? "" : printable(String(text), LONGEST_CELL);
}

const LONGEST_CELL = 300;

/**
 * Device types tell more than service types, those more than names of one's own, and the standard's words
 * least.
 */
function telling(type: string): number {
  if (/^urn:[^:]+:device:/i.test(type)) return 4;
  if (/^urn:/i.test(type)) return 3;
  if (/^uuid:/i.test(type)) return 0;
  return type.toLowerCase() === "upnp:rootdevice" ? 1 : 2;
}
