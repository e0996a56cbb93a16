import type { BoundLink } from "../../src/core/engine.ts";

import type { ServiceOffer } from "../../src/dns-sd/service-offer.ts";
import { Name } from "../../src/mdns/name.ts";
import type { OwnRecord } from "../../src/mdns/publication.ts";
import { Rig, V4 } from "./rig.ts";

const KINDS: Readonly<Record<number, string>> = { 1: "A", 12: "PTR", 16: "TXT", 28: "AAAA", 33: "SRV" };

function lineOf({ name, type, ttl, isShared, data }: OwnRecord): string {
  const said =
    data.kind === "SRV"
      ? `${data.priority} ${data.weight} ${data.port} ${data.target}`
      : data.kind === "TXT"
        ? [...data.bytes].join(",")
        : "target" in data
          ? data.target.toString()
          : "address" in data
            ? data.address
            : "?";
  return `${name} ${KINDS[type]} ${said} ${ttl}${isShared ? " shared" : ""}`;
}

/** What is published on a link; equal records count once. */
export function published(rig: Rig, link: BoundLink = V4): string[] {
  return [...new Set(rig.mdns.recordsOn(link).map(lineOf))].sort();
}

/** Everything that is being probed for is ours. */
export function establish(rig: Rig): void {
  rig.turn((turn) => {
    for (const publication of [...rig.mdns.publications.values()])
      publication.hear({ kind: "established" }, turn);
  });
}

/** Somebody else has a name. */
export function conflict(rig: Rig, text: string | Name): void {
  const name = typeof text === "string" ? Name.parse(text) : text;
  rig.turn((turn) => {
    for (const publication of [...rig.mdns.publications.values()])
      if (publication.recordsOn(V4).some((record) => !record.isShared && record.name.equals(name)))
        publication.hear(
          { kind: "conflict", name, link: V4, theirs: undefined, from: "192.168.1.20", conflicts: 1 },
          turn,
        );
  });
}

export function refusal(offer: Partial<ServiceOffer>, rig: Rig = new Rig()): string {
  try {
    rig.publish(offer);
    return "taken";
  } catch (error) {
    return (error as { code: string }).code;
  }
}
