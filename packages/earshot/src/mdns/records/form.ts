import type { ByteWriter } from "../byte-writer.ts";
import type { MessageReader } from "../message-reader.ts";
import type { RecordData } from "../record.ts";

/** How the RDATA of one kind of record is read and written. */
export interface Form<Data extends RecordData> {
  /**
   * Reads from `reader.at` to `end`, which lies within the message, and goes to where what it read ends. `undefined` when
   * it is not of this form: then the record is left out.
   */
  read(reader: MessageReader, end: number): Data | undefined;
  /** @throws UsageError `INVALID_RECORD` for what has no place in a record. */
  write(data: Data, writer: ByteWriter): void;
}
