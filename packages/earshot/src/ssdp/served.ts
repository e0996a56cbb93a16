import type { BoundLink, Endpoint } from "../core/engine.ts";

/** Where we serve a description: by id of link our addresses there, with the port of each. No link has none. */
export type Served = ReadonlyMap<string, readonly Endpoint[]>;

/** What of `served` is on these links, at addresses that are ours. */
export function stillServed(served: Served, links: ReadonlyMap<string, BoundLink>): Served {
  const still = new Map<string, readonly Endpoint[]>();
  for (const [id, places] of served) {
    const own = new Set(links.get(id)?.addresses.map(({ address }) => address));
    const kept = places.filter(({ address }) => own.has(address));
    if (kept.length > 0) still.set(id, kept);
  }
  return still;
}

/** Whether both say the same, whatever the order of the links. */
export function isSameServed(a: Served, b: Served): boolean {
  if (a.size !== b.size) return false;
  for (const [id, places] of a) {
    const others = b.get(id);
    if (others?.length !== places.length) return false;
    const isSame = places.every(({ address, port }, index) => {
      const other = others[index];
      return other?.address === address && other.port === port;
    });
    if (!isSame) return false;
  }
  return true;
}
