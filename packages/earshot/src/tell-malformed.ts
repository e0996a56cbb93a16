import { plainBytes } from "./core/plain-bytes.ts";
import type { Dropped } from "./discovery/index.ts";
import { decodeMessage } from "./mdns/index.ts";
import { publishMalformed } from "./node/index.ts";
import { parseMessage } from "./ssdp/index.ts";

/** Publishes to `earshot:malformed`, where a datagram was dropped because it is no message. */
export function tellMalformed({ protocol, event }: Dropped): void {
  const { reason, link, from, bytes } = event;
  if (reason !== "malformed") return;
  publishMalformed(() => {
    const message = protocol === "ssdp" ? parseMessage(bytes) : decodeMessage(bytes);
    const why = message.kind === "malformed" ? message.reason : reason;
    return { protocol, link: link.id, from, bytes: plainBytes(bytes), reason: why };
  });
}
