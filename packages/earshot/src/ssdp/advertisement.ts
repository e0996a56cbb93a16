/** What a device announces: the set of advertisements of a device tree, UDA 1.1 section 1.2.2, tables 1-1 to 1-3. */
import { isLinkLocal, isOnLink, scopeOf, urlHost } from "../core/address.ts";
import type { Endpoint, Link } from "../core/engine.ts";
import { UsageError } from "../core/errors.ts";
import { fnv1a } from "../core/fnv.ts";
import { within } from "../core/within.ts";
import { type Dialect, encodeAlive, encodeResponse, encodeUpdate, MOST_SEARCH_ID_LENGTH } from "./dialect.ts";
import { validateVendorHeaders } from "./fields.ts";
import type { Served } from "./served.ts";
import { DEFAULT_MAX_AGE_SECONDS } from "./timing.ts";
import { checkSearchTarget, splitUsn, versionedType } from "./usn.ts";

/** A device of a device tree: its type, its UDN (`uuid:…`), its service types and the devices embedded in it. */
export interface DeviceNode {
  readonly type: string;
  readonly udn: string;
  readonly services?: readonly string[];
  readonly devices?: readonly DeviceNode[];
}

/** One message of the set: what it is notified under, and its unique name. */
export interface Advertised {
  readonly target: string;
  readonly usn: string;
}

/** What to announce: a device tree under `root`, or the bare entry `bare`; one of the two. */
export interface DeviceOffer {
  readonly root?: DeviceNode;
  readonly bare?: Advertised;
  /**
   * Absolute URL of the description. `{address}` in it stands for our address on the link, `{port}` for the port at
   * which we serve it there: with that, it is told only where the engine was told a port. A device must have one.
   */
  readonly location?: string;
  /** Lifetime of the announcements, in seconds, 1 to 86400. @default 1800 */
  readonly maxAgeSeconds?: number;
  /** SERVER header. @default operating system, UPnP version and earshot's as product tokens */
  readonly server?: string;
  /** Vendor headers, `NAME.DOMAIN` each, sent with every message. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  /** Version of the standard to speak. @default "1.1" */
  readonly dialect?: Dialect;
  /** Announce nothing and stay out of answers to `ssdp:all`; answer only who asks for the type or USN. @default false */
  readonly hidden?: boolean;
  /** CONFIGID.UPNP.ORG, 0 to 16777215. @default a number made from the device tree */
  readonly configId?: number;
}

/** An offer with every choice made. */
export interface Advertisement {
  readonly set: readonly Advertised[];
  /** UDNs of the root device and those embedded in it, evened out. */
  readonly devices: ReadonlySet<string>;
  readonly location: string | undefined;
  readonly maxAgeSeconds: number;
  readonly server: string | undefined;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly dialect: Dialect;
  readonly hidden: boolean;
  readonly configId: number;
}

const MOST_DEVICES = 256;
const MOST_DEPTH = 8;
/** RFC 4291 §2.7. */
const LINK_LOCAL_SCOPE = 2;

/**
 * Checks and completes an offer.
 * @throws UsageError `INVALID_OFFER`, `INVALID_SEARCH_TARGET`, `INVALID_HEADER` or `INVALID_OPTION`.
 */
export function advertisement(offer: DeviceOffer): Advertisement {
  const set = advertisedSet(offer);
  if (offer.root && !offer.location) {
    throw new UsageError("INVALID_OFFER", "a device needs a location: the URL of its description");
  }
  if (offer.location !== undefined) checkLocation(offer.location);
  validateVendorHeaders(offer.headers ?? []);
  const complete: Advertisement = {
    set,
    devices: new Set(set.map(({ usn }) => splitUsn(usn).udn)),
    location: offer.location,
    maxAgeSeconds: within("maxAgeSeconds", offer.maxAgeSeconds ?? DEFAULT_MAX_AGE_SECONDS, 1, 86_400),
    server: offer.server,
    headers: offer.headers ?? [],
    dialect: offer.dialect ?? "1.1",
    hidden: offer.hidden ?? false,
    configId: within(
      "configId",
      offer.configId ?? contentId(JSON.stringify([set, offer.location])),
      0,
      0xff_ffff,
    ),
  };
  rehearse(complete);
  return complete;
}

/**
 * Our address on `link` that fits `peer`, a host or a group: the one whose prefix it is in, else one of the same scope
 * (UDA 2.0 §A.2), else the main one.
 */
export function localAddress(link: Link, peer?: string): string {
  if (peer === undefined || link.addresses.length === 1) return link.address;
  const near = link.addresses.find((own) => isOnLink(peer, [own]));
  if (near) return near.address;
  if (link.family === 4) return link.address;
  const isNear = isLinkLocal(peer) || scopeOf(peer) === LINK_LOCAL_SCOPE;
  return (link.addresses.find((own) => isLinkLocal(own.address) === isNear) ?? link).address;
}

/** The LOCATION to tell on `link`, to `peer` or to everybody (UDA 1.1 §1.2.2: reachable on the interface it is sent on). */
export function locationOn(template: string, link: Link, peer?: string, served?: Served): string {
  const places = served?.get(link.id) ?? [];
  const address = localAddress(places.length > 0 ? linkWithin(link, places) : link, peer);
  const port = places.find((place) => place.address === address)?.port ?? "";
  return template.replaceAll("{address}", urlHost(address)).replaceAll("{port}", String(port));
}

/** Whether LOCATION depends on where we serve the description. */
export function dependsOnPort({ location }: Advertisement): boolean {
  return location?.includes("{port}") ?? false;
}

/** The link as if it had these addresses of its only. */
function linkWithin(link: Link, places: readonly Endpoint[]): Link {
  const addresses = link.addresses.filter((own) => places.some(({ address }) => address === own.address));
  const main = addresses.find(({ address }) => address === link.address) ?? addresses[0] ?? link;
  return { ...link, ...main, addresses };
}

function advertisedSet(offer: DeviceOffer): readonly Advertised[] {
  if ((offer.root === undefined) === (offer.bare === undefined)) {
    throw new UsageError("INVALID_OFFER", "an offer is either a device tree or a bare entry");
  }
  if (offer.bare) {
    if (!offer.bare.usn.trim()) throw new UsageError("INVALID_OFFER", "a bare entry needs a USN");
    return [{ target: checkSearchTarget(offer.bare.target), usn: offer.bare.usn.trim() }];
  }
  const root = offer.root as DeviceNode;
  const set = [{ target: "upnp:rootdevice", usn: `${root.udn}::upnp:rootdevice` }, ...deviceSet(root, 1)];
  if (set.length > 4 * MOST_DEVICES) throw new UsageError("INVALID_OFFER", "the device tree is too large");
  return set;
}

function deviceSet(device: DeviceNode, depth: number): Advertised[] {
  if (depth > MOST_DEPTH)
    throw new UsageError("INVALID_OFFER", `devices are nested deeper than ${MOST_DEPTH}`);
  if (!/^uuid:[\x21-\x7e]{1,200}$/.test(device.udn)) {
    throw new UsageError(
      "INVALID_OFFER",
      `${JSON.stringify(device.udn)} is not a UDN: it must begin with "uuid:"`,
    );
  }
  const types = [device.type, ...highestVersions(device.services ?? [])];
  return [
    { target: device.udn, usn: device.udn },
    ...types.map((type) => ({ target: checkSearchTarget(type), usn: `${device.udn}::${type}` })),
    ...(device.devices ?? []).flatMap((embedded) => deviceSet(embedded, depth + 1)),
  ];
}

/** Each distinct type once, in its highest version only (UDA 1.1 §1.2.2). */
function highestVersions(types: readonly string[]): string[] {
  const highest = new Map<string, string>();
  for (const type of types) {
    const stem = versionedType(type)?.stem ?? type;
    const before = highest.get(stem);
    const isHigher = !before || (versionedType(type)?.version ?? 0) > (versionedType(before)?.version ?? 0);
    if (isHigher) highest.set(stem, type);
  }
  return [...highest.values()];
}

/** As long as each can get. */
const LONGEST = {
  host: "[FF02::C]:65535",
  bootId: 0x7fff_ffff,
  nextBootId: 0x7fff_ffff,
  searchPort: 65_535,
  maxAgeSeconds: 86_400,
  date: new Date(0),
  searchId: "S".repeat(MOST_SEARCH_ID_LENGTH),
  address: "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]",
  server: "s".repeat(128),
  nls: String(0x7fff_ffff),
};

/** Encodes every message once, as long as it can get, so that what cannot be sent is refused now and not later. */
function rehearse({ set, dialect, headers, server, configId, location }: Advertisement): void {
  for (const { target, usn } of set) {
    const fields = {
      ...LONGEST,
      dialect,
      target,
      usn,
      configId,
      server: server ?? LONGEST.server,
      extraHeaders: headers,
      nls: dialect === "1.0" ? LONGEST.nls : undefined,
      ...(location !== undefined && {
        location: location.replaceAll("{address}", LONGEST.address).replaceAll("{port}", "65535"),
      }),
    };
    encodeAlive(fields);
    encodeUpdate(fields);
    encodeResponse(fields);
  }
}

function checkLocation(location: string): void {
  const sample = location
    .replaceAll("{address}", "192.0.2.1")
    .replaceAll("{port}", "80")
    .replace(SCHEME, (scheme) => scheme.replaceAll("_", "-"));
  if (/^[\x21-\x7e]+$/.test(sample) && !/[{}]/.test(sample) && URL.canParse(sample)) return;
  throw new UsageError(
    "INVALID_OFFER",
    `${JSON.stringify(location)} is not an absolute URL, with {address} where ours belongs`,
  );
}

/** With the underscore, which RFC 3986 does not allow, and by which the peers of some programs know each other. */
const SCHEME = /^[a-z][a-z\d+._-]*:/i;

/** A number for CONFIGID.UPNP.ORG, 24 bits: changes when the text does, which is all that is asked of it. */
export function contentId(text: string): number {
  const hash = fnv1a(text);
  return ((hash >>> 24) ^ hash) & 0xff_ffff;
}
