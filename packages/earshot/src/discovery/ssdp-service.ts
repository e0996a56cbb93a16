/** An SSDP record as the user gets it: dates instead of instants, the useful things first. */
import { hostOfUrl, isLinkLocal } from "../core/address.ts";
import type { Instant } from "../core/engine.ts";
import type { SsdpRecord, SsdpSighting } from "../ssdp/index.ts";
import type { Location, Sighting, SsdpService } from "./service.ts";

/** @param dateOf the calendar date of an instant. */
export function ssdpService(record: SsdpRecord, dateOf: (instant: Instant) => Date): SsdpService {
  const locations = record.sightings.flatMap(locationsOf).sort(byUse);
  const location = locations.find((each) => each.unusable === undefined)?.url;
  const host = location === undefined ? undefined : hostOfUrl(location);
  return {
    protocol: "ssdp",
    id: record.id,
    name: productOf(record.server) ?? record.udn,
    type: record.type,
    usn: record.usn,
    udn: record.udn,
    addresses: [...new Set(record.sightings.map(({ from }) => from))].sort((a, b) => reach(a) - reach(b)),
    port: host?.port,
    location,
    locations,
    ...(isInConflict(locations) && { conflict: true as const }),
    server: record.server,
    bootId: record.bootId,
    configId: record.configId,
    searchPort: record.searchPort,
    headers: record.message.headers.toMap(),
    sightings: record.sightings.map((sighting) => liveSighting(sighting, dateOf)),
  };
}

function locationsOf(sighting: SsdpSighting): Location[] {
  return sighting.locations.map(({ url, unusable }) => ({
    url,
    link: sighting.link.id,
    from: sighting.from,
    ...(unusable !== undefined && { unusable }),
  }));
}

/** Whether two addresses of one scope on a link name different LOCATIONs. */
function isInConflict(locations: readonly Location[]): boolean {
  const links = new Map<string, { readonly urls: Set<string>; readonly speakers: Map<string, number> }>();
  for (const { link: id, from, url } of locations) {
    const link = `${id} ${from.startsWith("fe80:")}`; // By IPv6 a device speaks from an address of each scope (UDA 2.0 §A.2).
    const said = links.get(link) ?? { urls: new Set(), speakers: new Map() };
    said.urls.add(url);
    said.speakers.set(from, (said.speakers.get(from) ?? 0) + 1);
    links.set(link, said);
  }
  return [...links.values()].some(({ urls, speakers }) =>
    [...speakers.values()].some((count) => count < urls.size),
  );
}

function byUse(a: Location, b: Location): number {
  return Number(a.unusable !== undefined) - Number(b.unusable !== undefined) || reach(a.from) - reach(b.from);
}

/** IPv4 first, then wide IPv6, then link-local IPv6, which needs a zone that no URL can carry. */
function reach(address: string): number {
  if (isLinkLocal(address)) return 2;
  return address.includes(":") ? 1 : 0;
}

/** The product of `OS/version UPnP/1.1 product/version`, which devices separate by spaces or commas. */
function productOf(server: string | undefined): string | undefined {
  const tokens = server?.split(/[ ,]+/).filter((token) => token !== "" && !/^upnp\//i.test(token));
  return tokens?.at(-1);
}

function liveSighting(sighting: SsdpSighting, dateOf: (instant: Instant) => Date): Sighting {
  return {
    link: sighting.link.id,
    from: sighting.from,
    get heardAt() {
      return dateOf(sighting.heardAt);
    },
    get expiresAt() {
      return dateOf(sighting.expiresAt);
    },
  };
}
