/** mDNS in its own words (RFC 6762): questions with every option, records of any kind, and the message codec. */
import type {
  Feed,
  HeardRecord,
  QueryOnceOptions,
  RecordChange,
  RecordOffer,
  RecordQuery,
  RecordResponder,
  RecordType,
  RespondOptions,
} from "./discovery/index.ts";
import type { Name } from "./mdns/index.ts";
import { shared } from "./shared.ts";

export type {
  Feed,
  HeardRecord,
  Mdns,
  NameConflict,
  QueryOnceOptions,
  RecordChange,
  RecordOffer,
  RecordQuery,
  RecordResponder,
  RecordType,
  RespondOptions,
} from "./discovery/index.ts";
export {
  CLASS,
  compareRecords,
  type Departure,
  type DnsMessage,
  type DnsViolation,
  type DnsViolationCode,
  decodeMessage,
  encodeMessage,
  type MalformedDns,
  type MdnsCounts,
  type MdnsDropReason,
  type MdnsLimits,
  type MdnsOptions,
  MessageWriter,
  type MessageWriterOptions,
  Name,
  type Question,
  type RecordData,
  type ResourceRecord,
  rdataOf,
  sameData,
  TYPE,
} from "./mdns/index.ts";

/** As `Mdns.query`, on the presence that the functions of this package share. */
export function query(name: Name | string, type: RecordType, options?: RecordQuery): Feed<RecordChange> {
  return shared().mdns.query(name, type, options);
}

/** As `Mdns.queryOnce`, on the presence that the functions of this package share. */
export function queryOnce(
  name: Name | string,
  type: RecordType,
  options?: QueryOnceOptions,
): Promise<HeardRecord[]> {
  return shared().mdns.queryOnce(name, type, options);
}

/** As `Mdns.respond`, on the presence that the functions of this package share. */
export function respond(records: readonly RecordOffer[], options?: RespondOptions): Promise<RecordResponder> {
  return shared().mdns.respond(records, options);
}
