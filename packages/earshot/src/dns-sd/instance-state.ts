import type { Answer } from "../mdns/index.ts";
import { sameAddresses } from "./address-order.ts";
import type { InstanceSighting, ServiceInstance } from "./service-instance.ts";

/** Whether nothing changed that is to be told. */
export function isSameInstance(a: ServiceInstance, b: ServiceInstance): boolean {
  return (
    a.port === b.port &&
    a.priority === b.priority &&
    a.weight === b.weight &&
    a.host.equals(b.host) &&
    a.txt.equals(b.txt) &&
    a.subtypes.length === b.subtypes.length &&
    a.subtypes.every((subtype, index) => subtype === b.subtypes[index]) &&
    sameAddresses(a.addresses, b.addresses)
  );
}

/** Where it was heard: of several records on one link the one that was said last, for as long as the longest. */
export function sightingsOf(answers: Iterable<Answer>): InstanceSighting[] {
  const sightings = new Map<string, InstanceSighting>();
  for (const answer of answers) {
    const known = sightings.get(answer.link.id);
    const { link, from, heardAt } = known && known.heardAt > answer.heardAt ? known : answer;
    const expiresAt = Math.max(answer.expiresAt, known?.expiresAt ?? answer.expiresAt);
    sightings.set(link.id, { link, from, heardAt, expiresAt });
  }
  return [...sightings.values()].sort((a, b) => (a.link.id < b.link.id ? -1 : 1));
}
