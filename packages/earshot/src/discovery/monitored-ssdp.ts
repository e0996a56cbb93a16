import { isMulticast } from "../core/address.ts";
import { parseMessage, reviewMessage, type SsdpEvent } from "../ssdp/index.ts";
import type { Overheard, ReadSsdp } from "./protocol-tap.ts";

/** An SSDP datagram as a monitor tells it. */
export function readSsdp({ direction, to, bytes, events }: Overheard<SsdpEvent>): ReadSsdp {
  const message = parseMessage(bytes);
  const reason = events.find((event) => event.kind === "dropped")?.reason;
  const isMalformed = message.kind === "malformed" && direction === "in";
  return {
    protocol: "ssdp",
    message,
    violations: reviewMessage(message, !isMulticast(to.address)),
    dropped: reason ?? (isMalformed ? "malformed" : undefined),
  };
}
