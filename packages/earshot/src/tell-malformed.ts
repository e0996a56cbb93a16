import { plainBytes } from "./core/plain-bytes.ts";
import type { Dropped } from "./discovery/index.ts";
import { publishMalformed } from "./node/index.ts";
import { parseMessage } from "./ssdp/index.ts";

/** Publishes to `earshot:malformed`, where a datagram was dropped because it is no message. */
export function tellMalformed({ reason, link, from, bytes }: Dropped): void {
  if (reason !== "malformed") return;
  publishMalformed(() => {
    const message = parseMessage(bytes);
    const why = message.kind === "malformed" ? message.reason : reason;
    return { protocol: "ssdp", link: link.id, from, bytes: plainBytes(bytes), reason: why };
  });
}
