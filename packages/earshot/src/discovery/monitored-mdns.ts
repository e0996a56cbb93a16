import { decodeMessage, type MdnsEvent } from "../mdns/index.ts";
import type { Overheard, ReadMdns } from "./protocol-tap.ts";

/** An mDNS datagram as a monitor tells it. */
export function readMdns({ direction, bytes, events }: Overheard<MdnsEvent>): ReadMdns {
  const message = decodeMessage(bytes);
  const reason = events[0]?.reason;
  if (message.kind !== "malformed") {
    const violations = message.violations.map(({ code, message: says }) => ({ code, says }));
    return { protocol: "mdns", message, violations, dropped: reason };
  }
  return {
    protocol: "mdns",
    message,
    violations: [{ code: message.reason, says: `it is no DNS message: ${message.reason}` }],
    dropped: reason ?? (direction === "in" ? "malformed" : undefined),
  };
}
