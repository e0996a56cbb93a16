import { canonicalAddress, isMulticast, isUnspecified, splitZone } from "../core/address.ts";
import { UsageError } from "../core/errors.ts";
import type { Name } from "../mdns/index.ts";
import { HOST_TTL_SECONDS, OTHER_TTL_SECONDS } from "../mdns/index.ts";
import { checkInstanceName, hostName } from "./instance-name.ts";
import type { ServiceOffer } from "./service-offer.ts";
import {
  checkPublishedType,
  parseServiceType,
  type ServiceType,
  withoutRepetitions,
} from "./service-type.ts";
import { Txt } from "./txt.ts";

/** An address that is published for another machine. */
export interface ProxyAddress {
  readonly address: string;
  /** The only interface that it is said on; from the zone of a link-local address. */
  readonly interfaceName: string | undefined;
}

/** An offer that can be published: checked, and complete. */
export interface PreparedOffer {
  readonly name: string;
  readonly type: ServiceType;
  readonly subtypes: readonly string[];
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
  readonly txt: Txt;
  readonly host: Name;
  /** `undefined`: our own. */
  readonly addresses: readonly ProxyAddress[] | undefined;
  readonly ttl: number;
  readonly hostTtl: number;
  /** `undefined`: all. */
  readonly interfaces: ReadonlySet<string> | undefined;
  readonly probes: boolean;
}

/**
 * Checks an offer and completes it.
 * @param ownHost the host that offers it where the offer names none.
 * @throws UsageError `INVALID_OFFER`, or `INVALID_SERVICE_TYPE` where the type cannot even be read.
 */
export function prepareOffer(offer: ServiceOffer, ownHost: Name): PreparedOffer {
  const { type, subtypes } = parseServiceType(offer.type);
  checkPublishedType(type);
  checkLists(offer);
  const name = composed(offer.name);
  checkInstanceName(name);
  const host = offer.host === undefined ? ownHost : hostName(offer.host);
  if (offer.addresses && offer.host === undefined)
    throw new UsageError("INVALID_OFFER", "addresses are given without the host whose addresses they are");
  return {
    name,
    type,
    subtypes: checkedSubtypes(type, [...subtypes, ...(offer.subtypes ?? [])]),
    port: whole("port", offer.port, 0, 65_535),
    priority: whole("priority", offer.priority ?? 0, 0, 65_535),
    weight: whole("weight", offer.weight ?? 0, 0, 65_535),
    txt: offer.txt === undefined ? Txt.empty : Txt.from(offer.txt),
    host,
    addresses: offer.addresses && proxyAddresses(offer.addresses),
    ttl: whole("ttlSeconds", offer.ttlSeconds ?? OTHER_TTL_SECONDS, 1, 86_400),
    hostTtl: whole("hostTtlSeconds", offer.hostTtlSeconds ?? HOST_TTL_SECONDS, 1, 86_400),
    interfaces: offer.interfaces && new Set(offer.interfaces),
    probes: offer.probes ?? true,
  };
}

/** Names are precomposed (RFC 6762 §16, RFC 5198): systems that keep text in other forms would publish another name. */
function composed(name: string): string {
  return typeof name === "string" ? name.normalize("NFC") : name;
}

/** Without types to keep it from happening a text would be taken for a list of its letters. */
function checkLists(offer: ServiceOffer): void {
  for (const field of ["subtypes", "addresses", "interfaces"] as const) {
    const list: unknown = offer[field];
    if (list === undefined || (Array.isArray(list) && list.every((one) => typeof one === "string"))) continue;
    throw new UsageError("INVALID_OFFER", `${field} is no list of texts`);
  }
  if (offer.probes !== undefined && typeof offer.probes !== "boolean")
    throw new UsageError("INVALID_OFFER", "probes is neither true nor false");
}

function checkedSubtypes(type: ServiceType, subtypes: readonly string[]): readonly string[] {
  for (const subtype of subtypes) {
    try {
      type.subtypeName(subtype);
    } catch (cause) {
      const message = `the subtype ${JSON.stringify(subtype)} is not a label of 1 to 63 bytes`;
      throw new UsageError("INVALID_OFFER", message, { cause });
    }
  }
  return withoutRepetitions(subtypes);
}

function proxyAddresses(texts: readonly string[]): readonly ProxyAddress[] {
  if (texts.length === 0)
    throw new UsageError(
      "INVALID_OFFER",
      "addresses is empty: nobody could reach the host; leave it out for our own",
    );
  const addresses = new Map<string, ProxyAddress>();
  for (const text of texts) {
    const { zone } = splitZone(text);
    const address = canonicalAddress(text);
    if (address === undefined)
      throw new UsageError("INVALID_OFFER", `${JSON.stringify(text)} is no IP address`);
    if (isUnspecified(address) || isMulticast(address))
      throw new UsageError("INVALID_OFFER", `${address} is not the address of a host`);
    addresses.set(`${address}%${zone ?? ""}`, { address, interfaceName: zone });
  }
  return [...addresses.values()];
}

function whole(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new UsageError(
    "INVALID_OFFER",
    `${name} is ${value}; it must be a whole number from ${least} to ${most}`,
  );
}
