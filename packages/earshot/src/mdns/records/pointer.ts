import type { RecordData } from "../record.ts";
import type { Form } from "./form.ts";

/** PTR and CNAME: a name (RFC 1035 §3.3.12, §3.3.1). */
type PointerData = Extract<RecordData, { kind: "PTR" | "CNAME" }>;

export const PTR: Form<PointerData> = pointer("PTR");
export const CNAME: Form<PointerData> = pointer("CNAME");

function pointer(kind: "PTR" | "CNAME"): Form<PointerData> {
  return {
    read(reader) {
      const target = reader.name();
      return target && { kind, target };
    },
    write({ target }, writer) {
      writer.name(target);
    },
  };
}
