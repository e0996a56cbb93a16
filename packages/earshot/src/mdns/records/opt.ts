import type { RecordData } from "../record.ts";
import { copyOf } from "./copy-of.ts";
import type { Form } from "./form.ts";
import { checkedNumber, invalidRecord } from "./invalid-record.ts";

type OptData = Extract<RecordData, { kind: "OPT" }>;

/** EDNS(0) (RFC 6891 §6.1.2): options one after the other. */
export const OPT: Form<OptData> = {
  read(reader, end) {
    const { bytes } = reader;
    const options: OptData["options"][number][] = [];
    let { at } = reader;
    while (at + 4 <= end) {
      const next = at + 4 + reader.u16(at + 2);
      if (next > end) return undefined;
      options.push({ code: reader.u16(at), bytes: copyOf(bytes, at + 4, next) });
      at = next;
    }
    if (at !== end) return undefined;
    reader.at = end;
    return { kind: "OPT", options };
  },
  write({ options }, writer) {
    for (const { code, bytes } of options) {
      if (bytes.length > 0xffff) throw invalidRecord(`option ${code} has ${bytes.length} bytes`);
      writer.u16(checkedNumber("an option's code", code, 0xffff));
      writer.u16(bytes.length);
      writer.bytes(bytes);
    }
  },
};
