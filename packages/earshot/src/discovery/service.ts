import type { DescribedDevice, Description } from "../upnp/index.ts";

/** Where and when a service was heard. */
export interface Sighting {
  /** The link, such as `eth0/4`. */
  readonly link: string;
  /** The address that spoke, without zone. */
  readonly from: string;
  readonly heardAt: Date;
  /** When the announcement runs out if it is not repeated. */
  readonly expiresAt: Date;
}

/** One LOCATION of a device, and whether it can be used. */
export interface Location {
  /** As announced. */
  readonly url: string;
  /** The link on which it was announced. */
  readonly link: string;
  /** The address that announced it, without zone. */
  readonly from: string;
  /** Why it should not be fetched, such as `loopback address announced from another host`; absent when it is usable. */
  readonly unusable?: string;
}

/** What every service has, whatever its protocol. */
interface ServiceBase {
  /** Stable, and unique among the services of all protocols. */
  readonly id: string;
  /** A name for people. Untrusted text. */
  readonly name: string;
  /** In the protocol's own words. */
  readonly type: string;
  /** Addresses at which it was heard or is offered, most useful first; of SSDP without zone. */
  readonly addresses: readonly string[];
  readonly port: number | undefined;
  readonly sightings: readonly Sighting[];
}

/**
 * One advertisement of a UPnP device or of another SSDP speaker: one USN (UDA 1.1 section 1.2.2). Its fields are getters:
 * `JSON.stringify` and `console.log` show them; spreading and `structuredClone` (so `postMessage` too) do not: those take
 * `{ ...service.toJSON?.() }` and `structuredClone(service.toJSON?.())`.
 */
export interface SsdpService extends ServiceBase {
  readonly protocol: "ssdp";
  /** NT or ST: `upnp:rootdevice`, `uuid:…`, a device type, a service type, or a vendor's own. */
  readonly type: string;
  readonly usn: string;
  /** The device part of the USN, lower case, such as `uuid:…`. All advertisements of one device share it. */
  readonly udn: string;
  /** The most useful LOCATION; `undefined` when none is usable. */
  readonly location: string | undefined;
  readonly locations: readonly Location[];
  /**
   * Two addresses on one link announce it, with different LOCATIONs: it moved, has several addresses or a double with
   * the same UDN, or somebody speaks in its name. `locations` tells who said what.
   */
  readonly conflict: boolean;
  readonly server: string | undefined;
  readonly bootId: number | undefined;
  readonly configId: number | undefined;
  readonly searchPort: number | undefined;
  /** Every header of the newest message, names in upper case. Untrusted text. */
  readonly headers: ReadonlyMap<string, string>;
  /** The document at one of `locations`, mostly at `location`, once a browser that describes has read it. */
  readonly description: Description | undefined;
  /** The device of `description` that this advertisement is of: the one with its UDN, else the root device. */
  readonly device: DescribedDevice | undefined;
  /** Why there is no description, in words, when one was asked for and could not be had. */
  readonly undescribed: string | undefined;
  /** Every field and sighting as a plain object, as it is now. Not there where the service is a plain object already. */
  toJSON?(): SsdpService;
}

/**
 * One instance of a service, resolved: where it is, its text and at least one address are known (RFC 6763 section 4; see
 * `addresses`). A
 * plain object that stays as it is; `browser.services` has the newest.
 */
export interface DnsSdService extends ServiceBase {
  readonly protocol: "dns-sd";
  /** The instance name, such as `Office`. Untrusted text; bytes that are no UTF-8 are U+DC80 to U+DCFF. */
  readonly name: string;
  /** Such as `_ipp._tcp`. */
  readonly type: string;
  /** Such as `local`. */
  readonly domain: string;
  /** Subtypes under which it was found, such as `_universal`; only those that somebody here asked for. */
  readonly subtypes: readonly string[];
  /** The host that offers it, such as `printer.local`. */
  readonly host: string;
  /** `undefined` where only the name is taken: there is no such service (RFC 6763 section 8). */
  readonly port: number | undefined;
  /** Of several hosts that offer one instance the lowest is to be used first (RFC 2782). */
  readonly priority: number;
  /** Among those of one priority, the share of use. */
  readonly weight: number;
  /**
   * What it says of itself, by key, in its order; `true` for a key without value. Of equal keys the first counts, in
   * whatever letter case (RFC 6763 section 6.4); it stands here as it was written. Untrusted bytes.
   */
  readonly txt: ReadonlyMap<string, Uint8Array | true>;
  /** The same as it stood in the record, for who reads it otherwise. */
  readonly txtBytes: Uint8Array;
  /**
   * Addresses of its host, most useful first: those that were heard so far, of which it may have more on other interfaces;
   * none of a host outside of `.local`, unless it says them itself. Link-local IPv6 addresses have the interface as their zone, such as
   * `fe80::1%eth0`: without it nothing can connect to them.
   */
  readonly addresses: readonly string[];
}

/** A service that was heard, told apart by `protocol`. */
export type Service = DnsSdService | SsdpService;

/** The services that a type names, as far as its first letters say so. */
export type ServiceOf<Type extends string> = Type extends `_${string}`
  ? DnsSdService
  : Type extends `${"urn" | "uuid" | "upnp" | "ssdp"}:${string}`
    ? SsdpService
    : Service;

/** What a browser tells. */
export type Change<S extends Service = Service> =
  | { readonly kind: "found"; readonly service: S }
  | { readonly kind: "updated"; readonly service: S; readonly previous: S }
  | { readonly kind: "lost"; readonly service: S; readonly reason: LostReason };

/**
 * `goodbye`: it said so. `expired`: it was silent too long. `link-down`: the interface it was heard on is gone.
 * `evicted`: pushed out because more was heard than the bounds allow.
 */
export type LostReason = "goodbye" | "expired" | "link-down" | "evicted";
