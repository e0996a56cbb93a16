import type { RecordData } from "../record.ts";
import type { Form } from "./form.ts";
import { checkedNumber } from "./invalid-record.ts";

/** RFC 2782, whose target mDNS lets be compressed (RFC 6762 §18.14). */
export const SRV: Form<Extract<RecordData, { kind: "SRV" }>> = {
  read(reader, end) {
    const { at } = reader;
    if (end - at < 7) return undefined;
    reader.at = at + 6;
    const target = reader.name();
    if (target === undefined) return undefined;
    return {
      kind: "SRV",
      priority: reader.u16(at),
      weight: reader.u16(at + 2),
      port: reader.u16(at + 4),
      target,
    };
  },
  write({ priority, weight, port, target }, writer) {
    writer.u16(checkedNumber("priority", priority, 0xffff));
    writer.u16(checkedNumber("weight", weight, 0xffff));
    writer.u16(checkedNumber("port", port, 0xffff));
    if (writer.compressesSrv) writer.name(target);
    else writer.plainName(target);
  },
};
