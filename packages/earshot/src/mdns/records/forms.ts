import type { ByteWriter } from "../byte-writer.ts";
import type { MessageReader } from "../message-reader.ts";
import { type RecordData, TYPE } from "../record.ts";
import { A, AAAA } from "./address.ts";
import { HINFO } from "./hinfo.ts";
import { NSEC } from "./nsec.ts";
import { opaqueForm } from "./opaque.ts";
import { OPT } from "./opt.ts";
import { CNAME, PTR } from "./pointer.ts";
import { SRV } from "./srv.ts";
import { SVCB } from "./svcb.ts";
import { TXT } from "./txt.ts";

/** Reads RDATA from `reader.at` to `end`, as `Form.read` does. */
export function readData(type: number, reader: MessageReader, end: number): RecordData | undefined {
  switch (type) {
    case TYPE.A:
      return A.read(reader, end);
    case TYPE.AAAA:
      return AAAA.read(reader, end);
    case TYPE.PTR:
      return PTR.read(reader, end);
    case TYPE.CNAME:
      return CNAME.read(reader, end);
    case TYPE.SRV:
      return SRV.read(reader, end);
    case TYPE.TXT:
      return TXT.read(reader, end);
    case TYPE.NSEC:
      return NSEC.read(reader, end);
    case TYPE.HINFO:
      return HINFO.read(reader, end);
    case TYPE.SVCB:
    case TYPE.HTTPS:
      return SVCB.read(reader, end);
    case TYPE.OPT:
      return OPT.read(reader, end);
    default:
      return opaqueForm(type).read(reader, end);
  }
}

/** Writes RDATA, as `Form.write` does: in the form that it is of; `type` tells of opaque data whether names are in it. */
export function writeData(data: RecordData, type: number, writer: ByteWriter): void {
  switch (data.kind) {
    case "A":
      A.write(data, writer);
      break;
    case "AAAA":
      AAAA.write(data, writer);
      break;
    case "PTR":
    case "CNAME":
      PTR.write(data, writer);
      break;
    case "SRV":
      SRV.write(data, writer);
      break;
    case "TXT":
      TXT.write(data, writer);
      break;
    case "NSEC":
      NSEC.write(data, writer);
      break;
    case "HINFO":
      HINFO.write(data, writer);
      break;
    case "SVCB":
      SVCB.write(data, writer);
      break;
    case "OPT":
      OPT.write(data, writer);
      break;
    case "opaque":
      opaqueForm(type).write(data, writer);
      break;
  }
}
