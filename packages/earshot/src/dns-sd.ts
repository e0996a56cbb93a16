/** DNS-SD in its own words (RFC 6763): the types, the names and the places of services, and what they are made of. */
import type {
  Advertisement,
  DnsSdOffer,
  DnsSdService,
  DomainChange,
  Feed,
  FollowOptions,
  InstanceChange,
  PlaceChange,
  ResolveOptions,
  ServiceTypeChange,
} from "./discovery/index.ts";
import type { DomainKind } from "./dns-sd/index.ts";
import { shared } from "./shared.ts";

export type {
  DnsSd,
  DnsSdOffer,
  DnsSdService,
  DomainChange,
  Feed,
  FollowOptions,
  InstanceChange,
  PlaceChange,
  Renaming,
  ResolveOptions,
  ServiceTypeChange,
} from "./discovery/index.ts";
export {
  checkInstanceName,
  type DnsSdCounts,
  type DomainKind,
  doubtsAbout,
  hostName,
  isServiceType,
  nextHost,
  nextName,
  type ParsedServiceType,
  parseServiceType,
  ServiceType,
  splitInstanceName,
  Txt,
  type TxtInput,
} from "./dns-sd/index.ts";

/** As `DnsSd.browseTypes`, on the presence that the functions of this package share. */
export function browseTypes(options?: FollowOptions): Feed<ServiceTypeChange> {
  return shared().dnsSd.browseTypes(options);
}

/** As `DnsSd.browseInstances`, on the presence that the functions of this package share. */
export function browseInstances(type: string, options?: FollowOptions): Feed<InstanceChange> {
  return shared().dnsSd.browseInstances(type, options);
}

/** As `DnsSd.resolve`, on the presence that the functions of this package share. */
export function resolve(name: string, type: string, options?: ResolveOptions): Promise<DnsSdService> {
  return shared().dnsSd.resolve(name, type, options);
}

/** As `DnsSd.follow`, on the presence that the functions of this package share. */
export function follow(name: string, type: string, options?: FollowOptions): Feed<PlaceChange> {
  return shared().dnsSd.follow(name, type, options);
}

/** As `DnsSd.enumerateDomains`, on the presence that the functions of this package share. */
export function enumerateDomains(kind?: DomainKind, options?: FollowOptions): Feed<DomainChange> {
  return shared().dnsSd.enumerateDomains(kind, options);
}

/** As `DnsSd.publish`, on the presence that the functions of this package share. */
export function publish(offer: DnsSdOffer): Promise<Advertisement> {
  return shared().dnsSd.publish(offer);
}
