/** An instance of a service as the user gets it: text instead of names, dates instead of instants. */

import { isLinkLocal } from "../core/address.ts";
import type { Instant } from "../core/engine.ts";
import { lowerAscii } from "../core/lower-ascii.ts";
import type { InstanceAddress, InstanceSighting, ServiceInstance } from "../dns-sd/index.ts";
import type { DnsSdService, Sighting } from "./service.ts";

/** @param dateOf the calendar date of an instant. */
export function dnsSdService(instance: ServiceInstance, dateOf: (instant: Instant) => Date): DnsSdService {
  const { txt, port } = instance;
  const service: DnsSdService = {
    protocol: "dns-sd",
    id: instanceId(instance),
    name: instance.instance,
    type: instance.type.toString(),
    domain: instance.domain.toString(),
    subtypes: Object.freeze([...instance.subtypes]),
    host: instance.host.toString(),
    port: port === 0 ? undefined : port,
    priority: instance.priority,
    weight: instance.weight,
    txt: new Map(txt.entries()),
    txtBytes: txt.bytes,
    addresses: Object.freeze([...new Set(instance.addresses.map(addressText))]),
    sightings: Object.freeze(instance.sightings.map((sighting) => sightingOf(sighting, dateOf))),
  };
  return Object.freeze(service);
}

/** Unique among the services of all protocols: no type of another begins so. */
export function instanceId({ name }: Pick<ServiceInstance, "name">): string {
  return `${PREFIX}${lowerAscii(name.toString())}`;
}

/** The name of the instance that an id is of, in presentation form. */
export function nameOfId(id: string): string {
  return id.slice(PREFIX.length);
}

const PREFIX = "dns-sd ";

function addressText({ address, link }: InstanceAddress): string {
  return address.includes(":") && isLinkLocal(address) ? `${address}%${link.interfaceName}` : address;
}

function sightingOf(
  { link, from, heardAt, expiresAt }: InstanceSighting,
  dateOf: (instant: Instant) => Date,
): Sighting {
  return Object.freeze({ link: link.id, from, heardAt: dateOf(heardAt), expiresAt: dateOf(expiresAt) });
}
