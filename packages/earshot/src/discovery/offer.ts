/// <reference lib="esnext.disposable" preserve="true" />
import { UsageError } from "../core/errors.ts";
import type { ServiceOffer } from "../dns-sd/index.ts";
import { type DeviceNode, type DeviceOffer, type Dialect, isSsdpType } from "../ssdp/index.ts";
import type { OfferedDescription } from "../upnp/index.ts";

/** What to announce over SSDP. `type` alone makes a root device of that type, or a bare entry of any other type. */
export interface SsdpOffer {
  /** Device type `urn:…:device:…:1` (with `services` and `devices` under it), or any NT for a single bare entry. */
  readonly type: string;
  /** A name for people and for the default UDN. @default type */
  readonly name?: string;
  /** `uuid:…`, the same for ever. @default made from this host, `type` and `name`, stable across restarts */
  readonly udn?: string;
  /** Announces exactly one entry, `type` under this USN, whatever `type` looks like. */
  readonly usn?: string;
  /** URL of the description; `{address}` in it stands for our address on each link. */
  readonly location?: string;
  /** Instead of `location`: TCP port of the description, on our address of each link. */
  readonly port?: number;
  /** With `port` or `description`: its path. @default "/description.xml" */
  readonly path?: string;
  /**
   * Instead of `location` and `port`: what the description says. While the device is announced it is served over HTTP, on
   * every link with a port of its own; where that cannot be, which is a fault, the device is not announced. `{}` tells
   * strangers no more than names and types.
   */
  readonly description?: OfferedDescription;
  /** Service types of the device. */
  readonly services?: readonly string[];
  /** Devices embedded in it. */
  readonly devices?: readonly DeviceNode[];
  /** Lifetime of the announcements, in seconds, 1 to 86400. @default 1800 */
  readonly maxAgeSeconds?: number;
  /** SERVER header. @default operating system, UPnP version and earshot's as product tokens */
  readonly server?: string;
  /** Vendor headers, `NAME.DOMAIN` each. */
  readonly headers?: Readonly<Record<string, string>>;
  /** @default "1.1" */
  readonly dialect?: Dialect;
  /** Announce nothing, answer only who asks for this very type or USN. @default false */
  readonly hidden?: boolean;
  /** CONFIGID.UPNP.ORG, 0 to 16777215. @default a number made from the device tree */
  readonly configId?: number;
}

/** What to announce by DNS-SD over mDNS (RFC 6763): one instance of a service. */
export interface DnsSdOffer extends Omit<ServiceOffer, "name"> {
  /** The instance name, for people: any text of 1 to 63 bytes. Where another host has it already, it gets a number. @default "earshot" */
  readonly name?: string;
  /**
   * Another host has the name that we wanted, and it goes by another one from now on. To be kept, so that it has this name
   * after a restart, too. What it throws is reported as what a listener throws is.
   */
  readonly onRename?: (change: Renaming) => void;
}

/** A name that had to give way. */
export interface Renaming {
  /** The name of the service, or that of the host that offers it. */
  readonly what: "instance" | "host";
  readonly from: string;
  readonly to: string;
}

/** What to announce; the shape of `type` says in which protocol. */
export type Offer = DnsSdOffer | SsdpOffer;

/** A service of ours while it is announced. */
export interface Advertisement extends AsyncDisposable {
  /** May differ from what was asked: conflicts rename in protocols that know names, and tell. */
  readonly name: string;
  /** The host that offers it, such as `printer.local`; it may change as `name` may. `undefined` where hosts have no names. */
  readonly host: string | undefined;
  /**
   * Announces changed content. Over SSDP what strangers may have kept of the old one is revoked first; over DNS-SD they
   * are told the new one, and only a name that is gone gets a goodbye. Rejects with `UsageError`.
   */
  update(changes: Partial<Offer>): Promise<void>;
  /** Announces once more, now, in addition to the schedule. */
  notify(): void;
  /**
   * Says goodbye, and waits until it is said, a second at most; then its description is served no more, for which
   * requests under way have another second. Idempotent.
   */
  close(): Promise<void>;
}

/** That it has the shape of an offer, which says whose it is. @throws UsageError `INVALID_OFFER`. */
export function assertOffer(offer: Offer): void {
  if (typeof offer === "object" && offer !== null && typeof offer.type === "string") return;
  throw new UsageError(
    "INVALID_OFFER",
    'an offer is an object with a type, such as { type: "_http._tcp", port: 80 }',
  );
}

/**
 * The device tree or bare entry that a public offer describes.
 * @param uuid makes a stable UUID from a name.
 * @throws UsageError `INVALID_OFFER`.
 */
export function deviceOffer(offer: SsdpOffer, uuid: (name: string) => string): DeviceOffer {
  const { type, services, devices, headers, maxAgeSeconds, server, dialect, hidden, configId } = offer;
  if (offer.usn === undefined && !isSsdpType(type)) {
    throw new UsageError(
      "INVALID_OFFER",
      `${JSON.stringify(type)} is no type of any protocol; SSDP types begin with urn:`,
    );
  }
  const udn = offer.udn ?? `uuid:${uuid(`${type} ${offer.name ?? ""}`)}`;
  const location = locationOf(offer);
  const isDevice = offer.usn === undefined && /:device:/i.test(type);
  const subject = isDevice
    ? { root: { type, udn, ...(services && { services }), ...(devices && { devices }) } }
    : { bare: { target: type, usn: offer.usn ?? `${udn}::${type}` } };
  return {
    ...subject,
    ...(location !== undefined && { location }),
    ...(headers && { headers: Object.entries(headers) }),
    ...(maxAgeSeconds !== undefined && { maxAgeSeconds }),
    ...(server !== undefined && { server }),
    ...(dialect !== undefined && { dialect }),
    ...(hidden !== undefined && { hidden }),
    ...(configId !== undefined && { configId }),
  };
}

function locationOf({ location, port, path }: SsdpOffer): string | undefined {
  if (location?.includes("{port}")) {
    throw new UsageError("INVALID_OFFER", `{port} in a location stands for nothing; write the number`);
  }
  if (location !== undefined || port === undefined) return location;
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new UsageError("INVALID_OFFER", `port is ${port}; it must be a whole number from 1 to 65535`);
  }
  const rest = path ?? "/description.xml";
  return `http://{address}:${port}${rest.startsWith("/") ? "" : "/"}${rest}`;
}
